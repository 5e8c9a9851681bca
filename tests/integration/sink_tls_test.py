#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TLS as other people's programs see it: openssl, curl, swaks, smtplib, sslscan; and certificates read again."""
import signal
import smtplib
import socket
import ssl
import subprocess

import mailvoid

_MESSAGE = "Subject: hello\r\n\r\nhello\r\n"


def run(*command, said=None):
    return subprocess.run([str(part) for part in command], input=said, capture_output=True, text=True, check=False,
                          timeout=mailvoid.PATIENCE)


def make_certificate(folder, name, host, key=("ec", "-pkeyopt", "ec_paramgen_curve:P-256")):
    made = run("openssl", "req", "-x509", "-newkey", *key, "-nodes", "-days", "2", "-subj", f"/CN={host}",
               "-addext", f"subjectAltName=DNS:{host},IP:127.0.0.1", "-keyout", folder / f"{name}.key", "-out",
               folder / f"{name}.pem")
    assert made.returncode == 0, made.stderr
    return folder / f"{name}.pem", folder / f"{name}.key"


class TlsCase(mailvoid.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.scratch()

    @staticmethod
    def metric(sink, name):
        return sink.scrape()[name]

    def served(self, *options):
        """A sink with STARTTLS on one port and implicit TLS on another."""
        sink = self.sink(*options, listen=("127.0.0.1:0", "127.0.0.1:0,tls=implicit"))
        return sink, sink.addresses[0], sink.addresses[1]


class Programs(TlsCase):
    def setUp(self):
        super().setUp()
        self.certificate, self.key = make_certificate(self.folder, "mx", "mx.example")
        self.sink_, self.clear, self.implicit = self.served("--tls-cert", f"{self.certificate}:{self.key}")

    def accepted(self):
        return self.metric(self.sink_, "mailvoid_sink_messages_accepted_total")

    def test_openssl_verifies_and_resumes(self):
        for port, how in ((self.clear, ["-starttls", "smtp"]), (self.implicit, [])):
            for version in ("-tls1_2", "-tls1_3"):
                saved = self.folder / "session"
                common = ["openssl", "s_client", "-connect", f"127.0.0.1:{port[1]}", *how, version, "-CAfile",
                          self.certificate, "-verify_return_error", "-servername", "mx.example", "-crlf"]
                said = "EHLO a.example\nNOOP\nQUIT\n"
                first = run(*common, "-sess_out", saved, "-ign_eof", said=said)
                self.assertIn("Verify return code: 0 (ok)", first.stdout)
                self.assertIn("221 2.0.0", first.stdout)
                second = run(*common, "-sess_in", saved, "-ign_eof", said=said)
                self.assertIn("Reused, TLSv1", second.stdout)
                self.assertIn("221 2.0.0", second.stdout)

    def test_curl_requires_tls(self):
        mail = self.folder / "mail"
        mail.write_text(_MESSAGE)
        for url, how in ((f"smtp://127.0.0.1:{self.clear[1]}", ["--ssl-reqd"]),
                         (f"smtps://127.0.0.1:{self.implicit[1]}", [])):
            sent = run("curl", "-sS", *how, "--cacert", self.certificate, "--url", url, "--mail-from", "a@b.example",
                       "--mail-rcpt", "c@d.example", "-T", mail)
            self.assertEqual(sent.returncode, 0, sent.stderr)
        refused = run("curl", "-sS", "--url", f"smtps://127.0.0.1:{self.implicit[1]}", "--mail-from", "a@b.example",
                      "--mail-rcpt", "c@d.example", "-T", mail)
        self.assertEqual(refused.returncode, 60, "a certificate that curl does not know")
        self.assertEqual(self.accepted(), 2)
        self.assertEqual(
            self.metric(self.sink_, 'mailvoid_sink_tls_handshake_failures_total{reason="alert_received"}'), 1)

    def test_swaks_speaks_both(self):
        for port, how in ((self.clear, "--tls"), (self.implicit, "--tls-on-connect")):
            sent = run("swaks", how, "--server", f"127.0.0.1:{port[1]}", "--from", "a@b.example", "--to", "c@d.example",
                       "--tls-verify", "--tls-ca-path", self.certificate)
            self.assertEqual(sent.returncode, 0, sent.stdout + sent.stderr)
            self.assertIn("~> QUIT", sent.stdout)
        self.assertEqual(self.accepted(), 2)

    def test_smtplib_speaks_both(self):
        context = ssl.create_default_context(cafile=self.certificate)
        with smtplib.SMTP("127.0.0.1", self.clear[1]) as client:
            client.ehlo()
            self.assertTrue(client.has_extn("starttls"))
            client.starttls(context=context)
            client.ehlo()
            self.assertFalse(client.has_extn("starttls"))
            client.sendmail("a@b.example", ["c@d.example"], _MESSAGE)
        with smtplib.SMTP_SSL("127.0.0.1", self.implicit[1], context=context) as client:
            client.sendmail("a@b.example", ["c@d.example"], _MESSAGE * 100_000)
        self.assertEqual(self.accepted(), 2)

    def test_sslscan_finds_nothing_weak(self):
        for port, how in ((self.clear, ["--starttls-smtp"]), (self.implicit, [])):
            scanned = run("sslscan", "--no-colour", *how, f"127.0.0.1:{port[1]}").stdout
            for wanted in ("TLSv1.2   enabled", "TLSv1.3   enabled", "Session renegotiation not supported",
                           "TLSv1.3 not vulnerable", "Server supports TLS Fallback SCSV"):
                self.assertIn(wanted, scanned)
            for old in ("SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1"):
                self.assertRegex(scanned, rf"{old} +disabled")
            for line in scanned.splitlines():
                if line.startswith(("Preferred", "Accepted")):
                    self.assertRegex(line, r"(GCM|POLY1305)_?")
                    self.assertGreaterEqual(int(line.split()[2]), 128)

    def test_an_octet_that_is_no_tls_ends_only_its_own_session(self):
        with smtplib.SMTP_SSL("127.0.0.1", self.implicit[1], context=ssl._create_unverified_context()) as other:
            with socket.create_connection(self.implicit, timeout=mailvoid.PATIENCE) as rubbish:
                rubbish.sendall(b"EHLO a.example\r\n")
                rubbish.shutdown(socket.SHUT_WR)
                while rubbish.recv(4096):
                    pass
            self.assertEqual(other.noop()[0], 250)


class Certificates(TlsCase):
    def subject(self, port, name="mx.example"):
        shown = run("openssl", "s_client", "-connect", f"127.0.0.1:{port[1]}", "-servername", name, said="")
        return next(line for line in shown.stdout.splitlines() if line.startswith("subject="))

    def test_sighup_reads_them_again_and_keeps_the_old_ones_if_they_are_bad(self):
        certificate, key = make_certificate(self.folder, "mx", "old.example")
        sink, _, implicit = self.served("--tls-cert", certificate, "--tls-key", key)
        self.assertIn("old.example", self.subject(implicit))
        make_certificate(self.folder, "mx", "new.example")
        sink.signal(signal.SIGHUP)
        mailvoid.eventually("new certificate", lambda: "new.example" in self.subject(implicit))
        certificate.write_text("rubbish")
        sink.signal(signal.SIGHUP)
        mailvoid.eventually("failed reload",
                            lambda: self.metric(sink, 'mailvoid_sink_tls_reloads_total{result="failed"}') == 1)
        self.assertIn("new.example", self.subject(implicit))
        ended = sink.stop()
        self.assertIn(f"--tls-cert: {certificate}: holds no certificate", ended.err)

    def test_the_name_that_is_asked_for_chooses(self):
        options = []
        for name in ("one", "two"):
            certificate, key = make_certificate(self.folder, name, f"{name}.example")
            options += ["--tls-cert", f"{certificate}:{key}"]
        _, _, implicit = self.served(*options)
        self.assertIn("two.example", self.subject(implicit, "two.example"))
        self.assertIn("one.example", self.subject(implicit, "one.example"))
        self.assertIn("one.example", self.subject(implicit, "other.example"))

    def test_a_client_certificate_can_be_required(self):
        certificate, key = make_certificate(self.folder, "client", "client.example")
        _, _, implicit = self.served("--tls-self-signed", "--tls-client-cert", "required", "--tls-client-ca", certificate)
        context = ssl._create_unverified_context()
        with self.assertRaises((ssl.SSLError, OSError, smtplib.SMTPException)):
            smtplib.SMTP_SSL("127.0.0.1", implicit[1], context=context).noop()
        context.load_cert_chain(certificate, key)
        with smtplib.SMTP_SSL("127.0.0.1", implicit[1], context=context) as client:
            self.assertEqual(client.noop()[0], 250)


if __name__ == "__main__":
    mailvoid.main()
