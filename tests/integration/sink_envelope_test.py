#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-sink --capture: all that a client says of a message in its envelope stands before the message."""
import base64
import smtplib
import ssl

import mailvoid
import samples
from smtp_client import Client


class Envelope(mailvoid.TestCase):
    def capturing(self, *arguments, **more):
        directory = self.scratch() / "samples"
        return self.sink("--capture", directory, "--capture-when-behind", "wait", *arguments, **more), directory

    def only(self, directory):
        """The one sample that is there, which goes."""
        (sample,) = samples.read(directory, "maildir")
        for path in samples.files(directory, "maildir"):
            path.unlink()
        return sample

    def sent(self, client, directory, mail, *recipients, content=b"x\r\n", chunks=False):
        client.expect(250, mail)
        for recipient in recipients:
            client.expect(250, recipient)
        if chunks:
            client.send(b"BDAT %d LAST\r\n" % len(content) + content)
        else:
            client.expect(354, "DATA")
            client.send(content + b".\r\n")
        client.expect(250)
        sample = self.only(directory)
        self.assertEqual(sample.content, content)
        return sample

    def test_every_parameter_of_every_extension(self):
        sink, directory = self.capturing("--auth", "accept")
        with Client(sink.address).greet() as client:
            sample = self.sent(
                client, directory,
                "mail from:<a@client.example> size=1000 body=8bitmime ret=hdrs envid=QQ+2B314159 holdfor=3600 "
                "mt-priority=-4 by=120;nt auth=e+3Dmc2@client.example",
                "RCPT TO:<b@sink.example> NOTIFY=NEVER",
                "rcpt to:<c@sink.example> notify=delay,success orcpt=rfc822;Carol+2Bx@sink.example",
                "RCPT TO:<d@sink.example> NOTIFY=FAILURE ORCPT=x400;/S+3Dd/",
                'RCPT TO:<"e e"@sink.example>')
            self.assertEqual(sample.told("Mail"), [
                "MAIL FROM:<a@client.example> SIZE=1000 BODY=8BITMIME RET=HDRS ENVID=QQ+2B314159 HOLDFOR=3600 "
                "MT-PRIORITY=-4 BY=120;NT AUTH=e+3Dmc2@client.example"])
            self.assertEqual(sample.told("Rcpt"), [
                "<b@sink.example> NOTIFY=NEVER",
                "<c@sink.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Carol+2Bx@sink.example",
                "<d@sink.example> NOTIFY=FAILURE ORCPT=x400;/S+3Dd/",
                '<"e e"@sink.example>'])
            self.assertEqual(sample.trace["data"], b"DATA")
            self.assertIsNone(sample.trace["recipient"])
            sample = self.sent(client, directory, "SAML FROM:<> BODY=BINARYMIME HOLDUNTIL=2030-01-01T00:00:00Z RET=FULL",
                               "RCPT TO:<b@sink.example>", content=b"\0\r\n.\r\n\n", chunks=True)
            self.assertEqual(sample.told("Mail"),
                             ["SAML FROM:<> BODY=BINARYMIME RET=FULL HOLDUNTIL=2030-01-01T00:00:00Z"])
            self.assertEqual((sample.trace["data"], sample.trace["recipient"]), (b"BDAT", b"b@sink.example"))

    def test_utf8_where_it_was_declared(self):
        sink, directory = self.capturing()
        utf8 = lambda text: text.encode().decode("latin-1")  # the client writes latin-1
        with Client(sink.address).greet() as client:
            sample = self.sent(client, directory, utf8("MAIL FROM:<ü@client.example> SMTPUTF8"),
                               utf8("RCPT TO:<ö@sink.example> ORCPT=utf-8;ö@sink.example"))
        self.assertEqual(sample.trace["sender"].decode(), "ü@client.example")
        self.assertEqual(sample.trace["recipient"].decode(), "ö@sink.example")
        self.assertEqual(sample.trace["protocol"], b"UTF8SMTP")
        self.assertEqual(sample.told("Mail"), ["MAIL FROM:<ü@client.example> SMTPUTF8"])
        self.assertEqual(sample.told("Rcpt"), ["<ö@sink.example> ORCPT=utf-8;ö@sink.example"])

    def test_tls_and_the_login(self):
        sink, directory = self.capturing("--tls-self-signed", "--auth", "accept")
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with smtplib.SMTP(*sink.address, timeout=60) as client:
            client.starttls(context=context)
            version, cipher = client.sock.version(), client.sock.cipher()[0]
            client.ehlo("client.example")
            login = base64.b64encode("\0Älice = 1\0x".encode()).decode()
            self.assertEqual(client.docmd("AUTH PLAIN", login)[0], 235)
            client.sendmail("a@client.example", ["b@sink.example"], "Subject: x\r\n\r\n",
                            ["REQUIRETLS"])
        sample = self.only(directory)
        self.assertEqual(sample.trace["protocol"], b"ESMTPSA")
        (tls,) = sample.told("TLS")
        self.assertIn(f"VERSION={version.removeprefix('TLSv')} CIPHER={cipher} RESUMED=no", tls)
        (login,) = sample.told("Auth")
        self.assertEqual(login, "MECHANISM=PLAIN LOGIN=+C3+84lice+20+3D+201")
        self.assertIn(" REQUIRETLS", sample.told("Mail")[0])

    def test_who_the_client_is_by_its_proxy_by_xclient_and_by_xforward(self):
        sink, directory = self.capturing("--proxy-protocol", "--xclient-from", "192.0.2.1")
        with Client(sink.address) as client:
            client.send("PROXY TCP4 192.0.2.1 198.51.100.2 56324 25\r\n")
            client.greet()
            sample = self.sent(client, directory, "MAIL FROM:<a@client.example>", "RCPT TO:<b@sink.example>")
            self.assertEqual(sample.trace["peer"], b"192.0.2.1")
            self.assertEqual(sample.told("Client"), ["ADDR=192.0.2.1 PORT=56324"])
            self.assertRegex(sample.told("Peer")[0], r"^ADDR=127\.0\.0\.1 PORT=\d+$")
            client.expect(250, "XFORWARD NAME=one+2Bx.example ADDR=IPV6:2001:db8::1 PORT=99 PROTO=SMTP")
            client.expect(250, "XFORWARD HELO=[TEMPUNAVAIL] IDENT=4711 SOURCE=LOCAL")
            sample = self.sent(client, directory, "MAIL FROM:<a@client.example>", "RCPT TO:<b@sink.example>")
            self.assertEqual(sample.told("Xforward"), [
                "NAME=one+2Bx.example ADDR=IPV6:2001:db8::1 PORT=99 PROTO=SMTP HELO=[TEMPUNAVAIL] IDENT=4711 "
                "SOURCE=LOCAL"])
            client.expect(220, "XCLIENT NAME=two.example ADDR=203.0.113.9 PORT=7 LOGIN=carol")
            client.expect(250, "EHLO two.example")
            sample = self.sent(client, directory, "MAIL FROM:<a@client.example>", "RCPT TO:<b@sink.example>")
            self.assertEqual((sample.trace["peer"], sample.trace["protocol"]), (b"203.0.113.9", b"ESMTPA"))
            self.assertEqual(sample.told("Client"), ["ADDR=203.0.113.9 PORT=7"])
            self.assertEqual(sample.told("Auth"), ["MECHANISM=XCLIENT LOGIN=carol"])
            self.assertEqual(sample.told("Xclient"), ["NAME=two.example ADDR=203.0.113.9 PORT=7 LOGIN=carol"])
            self.assertEqual(sample.told("Xforward"), [], "it was of the transaction before")

    def test_lmtp(self):
        sink, directory = self.capturing(listen=("127.0.0.1:0,protocol=lmtp",))
        with Client(sink.address) as client:
            client.expect(220)
            client.expect(250, "LHLO client.example")
            sample = self.sent(client, directory, "MAIL FROM:<a@client.example>", "RCPT TO:<b@sink.example>")
        self.assertEqual(sample.trace["protocol"], b"LMTP")

    def test_as_many_recipients_as_may_be_through_little_memory(self):
        sink, directory = self.capturing("--capture-memory", "16k", "--max-recipients", "1000", "--shards", "1")
        recipients = [f"<r{number}@sink.example> NOTIFY=SUCCESS ORCPT=rfc822;{'o' * 400}{number}" for number in range(1000)]
        for _ in range(3):
            with Client(sink.address).greet() as client:
                client.send("MAIL FROM:<a@client.example>\r\n" + "".join(f"RCPT TO:{r}\r\n" for r in recipients) +
                            "DATA\r\nx\r\n.\r\n")
                for _ in range(1001):
                    client.expect(250)
                client.expect(354)
                client.expect(250)
                sample = self.only(directory)
                self.assertEqual(sample.told("Rcpt"), recipients)
                self.assertEqual(sample.content, b"x\r\n")

    def test_nothing_that_a_client_says_begins_a_field(self):
        sink, directory = self.capturing("--auth", "accept", "--xclient-from", "127.0.0.1")
        evil = "x+0D+0AX-Injected: 1".replace(" ", "+20")
        with Client(sink.address).greet() as client:
            for command in (f"XFORWARD HELO={evil}", f"XFORWARD NAME={evil} IDENT={evil}",
                            "AUTH PLAIN " + base64.b64encode(b"\0a\r\nX-Injected: 1\0x").decode()):
                client.command(command)
            for mail in (f"MAIL FROM:<a@client.example> ENVID={evil}", f"MAIL FROM:<a@client.example> AUTH={evil}",
                         "MAIL FROM:<a@client.example>"):
                if client.command(mail).code == 250:
                    for recipient in (f"RCPT TO:<b@sink.example> ORCPT=rfc822;{evil}", 'RCPT TO:<"b\\\r"@sink.example>',
                                      'RCPT TO:<"X-Injected: 1"@sink.example>'):
                        client.command(recipient)
                    client.expect(354, "DATA")
                    client.send(b".\r\n")
                    client.expect(250)
        found = samples.read(directory, "maildir")
        self.assertGreaterEqual(len(found), 2)
        for sample in found:  # nothing but known fields, or read() would have failed
            self.assertEqual(sample.content, b"")
            self.assertNotIn(b"\nX-Injected", sample.trace[0])

    def test_raw_samples_hold_the_message_alone(self):
        sink, directory = self.capturing("--capture-raw")
        with Client(sink.address).greet() as client:
            client.expect(250, "MAIL FROM:<a@client.example> ENVID=x")
            client.expect(250, "RCPT TO:<b@sink.example> NOTIFY=NEVER")
            client.expect(354, "DATA")
            client.send(b"x\r\n.\r\n")
            client.expect(250)
        (sample,) = samples.read(directory, "maildir", raw=True)
        self.assertEqual(sample.content, b"x\r\n")

    def test_an_auth_parameter_that_is_too_long_is_left_out_and_counted(self):
        sink, directory = self.capturing("--auth", "accept")
        with Client(sink.address).greet() as client:
            sample = self.sent(client, directory, "MAIL FROM:<a@client.example> ENVID=x AUTH=" + "a" * 3000,
                               "RCPT TO:<b@sink.example>")
        self.assertEqual(sample.told("Mail"), ["MAIL FROM:<a@client.example> ENVID=x (AUTH left out: too long)"])
        self.assertEqual(sink.scrape()["mailvoid_sink_capture_envelopes_cut_total"], 1)


if __name__ == "__main__":
    mailvoid.main()
