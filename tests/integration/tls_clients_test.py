#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Other people's mail clients inside TLS, logging in by every mechanism that they know: swaks, msmtp, Nodemailer.
All of them check the sink's certificate. (sink_tls_test.py has the rest of TLS, sink_auth_test.py AUTH without.)"""
import json
import shutil
import subprocess

import clients
import mailvoid
from sink_tls_test import make_certificate

MESSAGE = b"Subject: inside TLS\r\n\r\nhello\r\n.dot\r\n"
USER, PASSWORD = "alice", "wonder land"
PREFIX = "mailvoid_sink_"


class Inside(mailvoid.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.scratch()
        self.certificate, key = make_certificate(self.folder, "mx", "localhost")
        users = self.folder / "users"
        users.write_text(f"{USER}:{PASSWORD}\n")
        users.chmod(0o600)
        self.mail = self.folder / "mail.eml"
        self.mail.write_bytes(MESSAGE)
        self.sink_, self.received = self.capturing_sink(
            "--tls-cert", f"{self.certificate}:{key}", "--auth", f"file:{users}", "--auth-requires-tls", "--auth-required",
            "--tls-required", listen=("127.0.0.1:0", "127.0.0.1:0,tls=implicit"))
        self.places = tuple(zip(("starttls", "implicit"), self.sink_.addresses))

    def each(self, mechanisms, send):
        """send(how, address, mechanism, password) gives whether the message was taken, and what was said."""
        for how, address in self.places:
            for mechanism in mechanisms:
                for password in (PASSWORD, "wrong"):
                    taken, said = send(how, address, mechanism, password)
                    self.assertEqual(taken, password == PASSWORD, (how, mechanism, said))
        metrics = self.sink_.scrape_when_idle()
        for mechanism in mechanisms:
            for result, count in (("succeeded", 2), ("failed", 2), ("abandoned", 0)):
                name = f'{PREFIX}auth_exchanges_total{{mechanism="{mechanism}",result="{result}"}}'
                self.assertEqual(metrics[name], count, name)
        self.assertEqual(metrics.total(PREFIX + "tls_handshake_failures_total"), 0)
        self.assertEqual(self.received(), [MESSAGE] * 2 * len(mechanisms))

    def run_client(self, *command, environment=None, stdin=None):
        ended = clients.run([str(part) for part in command], environment=environment, stdin=stdin)
        return ended.returncode == 0, (ended.stdout + ended.stderr).decode()

    def test_swaks(self):
        self.mail.write_bytes(clients.Swaks().prepared(MESSAGE))

        def send(how, address, mechanism, password):
            taken, said = self.run_client(
                clients.program("swaks"), "--server", address[0], "--port", address[1], "--helo", clients.HELO,
                "--from", clients.SENDER, "--to", clients.RECIPIENT, "--tls" if how == "starttls" else "--tls-on-connect",
                "--tls-verify", "--tls-ca-path", self.certificate, "--auth", mechanism, "--auth-user", USER,
                "--auth-password", password, "--no-data-fixup", "--data", f"@{self.mail}")
            self.assertIn("=== TLS started with cipher TLSv1.3", said)
            return taken, said
        self.each(("PLAIN", "LOGIN", "CRAM-MD5"), send)

    def test_msmtp(self):
        def send(how, address, mechanism, password):
            with open(self.mail, "rb") as message:
                return self.run_client(
                    mailvoid.needed(clients.Msmtp.program), "--file=/dev/null", f"--host={address[0]}",
                    f"--port={address[1]}", f"--from={clients.SENDER}", "--tls=on", f"--tls-trust-file={self.certificate}",
                    f"--tls-starttls={'on' if how == 'starttls' else 'off'}", f"--auth={mechanism.lower()}",
                    f"--user={USER}", f"--passwordeval=echo '{password}'", "--set-from-header=off",
                    "--set-date-header=off", "--set-msgid-header=off", "--", clients.RECIPIENT, stdin=message)
        # 1.8.28 (Debian 13) gives up before it says AUTH if it is to use SCRAM inside TLS without binding to it, which
        # 1.8.22 (Debian 12) cannot do.
        version = subprocess.run([clients.Msmtp.program, "--version"], capture_output=True, text=True, check=True)
        scram = "SCRAM-SHA-256-PLUS" if "scram-sha-256-plus" in version.stdout else "SCRAM-SHA-256"
        self.each(("PLAIN", "LOGIN", "CRAM-MD5", scram), send)

    def test_nodemailer(self):
        folder = clients.Nodemailer.folder
        mailvoid.needed(folder / "node_modules/nodemailer/package.json")

        def send(how, address, mechanism, password):
            job = self.folder / "job.json"
            job.write_text(json.dumps({
                "host": address[0], "port": address[1], "name": clients.HELO, "connections": 0, "from": clients.SENDER,
                "to": [clients.RECIPIENT], "files": [str(self.mail)], "tls": how, "ca": str(self.certificate),
                "auth": {"user": USER, "pass": password, "method": mechanism}}))
            ran, said = self.run_client(shutil.which("node") or clients.program("node"), folder / "send.js", job)
            self.assertTrue(ran, said)
            told, = json.loads(said)
            self.assertEqual(told.get("code", 535), 535)
            return "error" not in told, said
        self.each(("PLAIN", "LOGIN", "CRAM-MD5"), send)


if __name__ == "__main__":
    mailvoid.main()
