#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-sink --auth: third-party clients log in with every mechanism that they know, and fail as they should."""
import base64
import os
import pathlib
import shutil
import signal
import smtplib
import subprocess
import unittest

import mailvoid
from secure_server import make_certificate
from smtp_client import Client

ALL = "SCRAM-SHA-256 CRAM-MD5 PLAIN LOGIN XOAUTH2 OAUTHBEARER"
MESSAGE = "Subject: with AUTH\r\n\r\nhello\r\n"


def b64(text):
    return base64.b64encode(text.encode("latin-1")).decode()


class Auth(mailvoid.TestCase):
    def users(self, text="alice:wonder land\nbob:t0ken\n"):
        path = pathlib.Path(self.scratch()) / "users"
        path.write_text(text)
        path.chmod(0o600)
        return path

    def with_users(self, *arguments, text=None):
        path = self.users() if text is None else self.users(text)
        return self.sink("--auth", f"file:{path}", "--hostname", "sink.example", *arguments)

    def ended(self, sink, mechanism):
        scraped = sink.scrape()
        name = "mailvoid_sink_auth_exchanges_total"
        return {result: scraped[f'{name}{{mechanism="{mechanism}",result="{result}"}}']
                for result in ("succeeded", "failed", "abandoned")}

    def third_party(self, *command, text="", code=0):
        if shutil.which(command[0]) is None:
            raise unittest.SkipTest(f"{command[0]} is missing (scripts/setup test has it)")
        ran = subprocess.run([str(part) for part in command], input=text, text=True, timeout=60, check=False,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "HOME": str(self.scratch())})
        if code is not None:
            self.assertEqual(ran.returncode == 0, code == 0, ran.stdout)
        return ran.stdout

    def offered(self, sink):
        with Client(sink.address) as client:
            client.expect(220)
            lines = client.expect(250, "EHLO client.example").lines
        return [line[9:] for line in lines if line[4:].startswith("AUTH ")]

    def test_ehlo_lists_what_can_succeed(self):
        self.assertEqual(self.offered(self.sink()), [])
        self.assertEqual(self.offered(self.with_users()), [ALL])
        self.assertEqual(self.offered(self.sink("--auth", "accept")), [ALL.replace("SCRAM-SHA-256 ", "")])
        self.assertEqual(self.offered(self.sink("--auth", "fail")), [ALL])
        self.assertEqual(self.offered(self.with_users("--auth-mechanisms", "login,plain")), ["PLAIN LOGIN"])
        self.assertEqual(self.offered(self.with_users("--auth-requires-tls")), [])

    def test_a_dialogue_of_each_kind_of_error(self):
        sink = self.with_users()
        with Client(sink.address).greet() as client:
            client.expect(504, "AUTH DIGEST-MD5")
            client.expect(501, "AUTH PLAIN not-base64")
            client.expect(334, "AUTH PLAIN")
            client.expect(501, "*")
            client.expect(334, "AUTH LOGIN")
            client.expect(334, b64("alice"))
            client.expect(501, "%%%")
            client.expect(501, "AUTH CRAM-MD5 " + b64("x"))
            client.expect(535, "AUTH PLAIN " + b64("\0alice\0wrong"))
            client.expect(535, "AUTH PLAIN " + b64("\0nobody\0wonder land"))
            client.expect(535, "AUTH PLAIN =")
            client.expect(250, "MAIL FROM:<a@client.example>")
            client.expect(503, "AUTH PLAIN " + b64("\0alice\0wonder land"))
            client.expect(250, "RSET")
            client.expect(235, "AUTH PLAIN " + b64("\0alice\0wonder land"))
            client.expect(503, "AUTH PLAIN " + b64("\0alice\0wonder land"))
            client.message(MESSAGE)
        self.assertEqual(self.ended(sink, "PLAIN"), {"succeeded": 1, "failed": 3, "abandoned": 1})
        self.assertEqual(self.ended(sink, "LOGIN"), {"succeeded": 0, "failed": 0, "abandoned": 1})

    def test_nothing_is_left_of_an_exchange_that_is_cut_off(self):
        sink = self.with_users()
        for _ in range(3):
            with Client(sink.address).greet() as client:
                client.expect(334, "AUTH SCRAM-SHA-256 " + b64("n,,n=alice,r=abc"))
        sink.scrape_when_idle()
        self.assertEqual(self.ended(sink, "SCRAM-SHA-256")["abandoned"], 3)
        self.assertEqual(sink.scrape()["mailvoid_sink_pool_blocks_in_use"], 0)

    def test_mail_only_after_auth_if_told_so(self):
        with Client(self.sink("--auth", "accept", "--auth-required").address).greet() as client:
            client.expect(530, "MAIL FROM:<a@client.example>")
            client.expect(235, "AUTH PLAIN " + b64("\0anybody\0anything"))
            client.message(MESSAGE)

    def test_smtplib(self):
        sink = self.with_users()
        for mechanism in ("PLAIN", "LOGIN", "CRAM-MD5"):
            for password, code in (("wonder land", 235), ("wrong", 535)):
                with smtplib.SMTP(*sink.address, timeout=60) as client:
                    client.ehlo("client.example")
                    client.user, client.password = "alice", password
                    step = getattr(client, "auth_" + mechanism.lower().replace("-", "_"))
                    try:
                        answer = client.auth(mechanism, step)[0]
                    except smtplib.SMTPAuthenticationError as error:
                        answer = error.smtp_code
                    self.assertEqual(answer, code, mechanism)
            self.assertEqual(self.ended(sink, mechanism), {"succeeded": 1, "failed": 1, "abandoned": 0})

    def test_swaks(self):
        sink = self.with_users()
        for mechanism in ("PLAIN", "LOGIN", "CRAM-MD5"):
            for password, code in (("wonder land", 0), ("wrong", 1)):
                self.third_party("swaks", "--server", "%s:%d" % sink.address, "--to", "b@sink.example", "--from",
                                 "a@client.example", "--auth", mechanism, "--auth-user", "alice",
                                 "--auth-password", password, code=code)
            self.assertEqual(self.ended(sink, mechanism)["succeeded"], 1)

    def test_curl(self):
        sink = self.with_users()
        mail = pathlib.Path(self.scratch()) / "mail"
        mail.write_bytes(MESSAGE.encode())
        common = ("curl", "-sS", "--url", "smtp://%s:%d" % sink.address, "--mail-from", "a@client.example",
                  "--mail-rcpt", "b@sink.example", "--upload-file", mail)
        for mechanism in ("PLAIN", "LOGIN", "CRAM-MD5"):
            for password, code in (("wonder land", 0), ("wrong", 1)):
                self.third_party(*common, "--login-options", "AUTH=" + mechanism, "--user", "alice:" + password, code=code)
            self.assertEqual(self.ended(sink, mechanism)["succeeded"], 1)

    def test_curl_with_tokens(self):
        mail = pathlib.Path(self.scratch()) / "mail"
        mail.write_bytes(MESSAGE.encode())
        for mechanism in ("XOAUTH2", "OAUTHBEARER"):
            sink = self.with_users("--auth-mechanisms", mechanism)
            for token, code in (("t0ken", 0), ("wrong", 1)):
                self.third_party("curl", "-sS", "--url", "smtp://%s:%d" % sink.address, "--mail-from",
                                 "a@client.example", "--mail-rcpt", "b@sink.example", "--upload-file", mail, "--user",
                                 "bob", "--oauth2-bearer", token, code=code)
            self.assertEqual(self.ended(sink, mechanism), {"succeeded": 1, "failed": 1, "abandoned": 0})

    def test_msmtp_with_scram(self):
        sink = self.with_users()
        host, port = sink.address
        for password, code in (("wonder land", 0), ("wrong", 1)):
            self.third_party("msmtp", "--host", host, "--port", port, "--tls=off", "--auth=scram-sha-256", "--user=alice",
                             f"--passwordeval=echo '{password}'", "--from=a@client.example", "b@sink.example",
                             text=MESSAGE, code=code)
        self.assertEqual(self.ended(sink, "SCRAM-SHA-256"), {"succeeded": 1, "failed": 1, "abandoned": 0})

    def test_gsasl(self):
        sink = self.with_users()
        for mechanism in ("SCRAM-SHA-256", "CRAM-MD5", "PLAIN", "LOGIN"):
            for password, code in (("wonder land", 0), ("wrong", 1)):
                self.third_party("gsasl", "--smtp", "--no-starttls", "--connect", "%s:%d" % sink.address, "--mechanism",
                                 mechanism, "--no-cb", "-a", "alice", "-z", "", "-p", password, code=code)
            self.assertEqual(self.ended(sink, mechanism)["succeeded"], 1, mechanism)

    def test_gsasl_binds_to_the_tls_session(self):
        certificate, key = make_certificate(pathlib.Path(self.scratch()))
        sink = self.with_users("--tls-cert", certificate, "--tls-key", key)
        for version in ("1.3", "1.2"):  # tls-exporter, tls-unique
            for password, code in (("wonder land", 0), ("wrong", 1)):
                self.third_party("gsasl", "--smtp", "--connect", "localhost:%d" % sink.address[1],
                                 f"--x509-ca-file={certificate}", "--priority",
                                 f"NORMAL:-VERS-ALL:+VERS-TLS{version}", "--mechanism", "SCRAM-SHA-256-PLUS", "-a",
                                 "alice", "-z", "", "-p", password, code=code)
        self.assertEqual(self.ended(sink, "SCRAM-SHA-256-PLUS"), {"succeeded": 2, "failed": 2, "abandoned": 0})

    def test_the_generator_binds_to_the_tls_session_where_it_can(self):
        certificate, key = make_certificate(pathlib.Path(self.scratch()))
        sink = self.with_users("--tls-cert", certificate, "--tls-key", key)
        password = self.users("wonder land\n")
        talk = ("--tls", "starttls", "--tls-ca", certificate, "--tls-resume", 50, "--messages-per-session", 1,
                "--auth-user", "alice", "--auth-password-file", password)
        for versions in (("--tls-min", "1.3"), ("--tls-max", "1.2")):
            run = self.load("localhost:%d" % sink.address[1], "--sessions", 3, "--messages", 30, *talk, *versions)
            self.assertEqual((run["messages.accepted"], run["errors.total"]), (30, 0), run)
        bound = self.ended(sink, "SCRAM-SHA-256-PLUS")
        self.assertGreaterEqual(bound["succeeded"], 60)
        self.assertEqual((bound["failed"], bound["abandoned"]), (0, 0))
        run = self.load("localhost:%d" % sink.address[1], "--sessions", 3, "--messages", 30, *talk,
                        "--auth-mechanism", "scram-sha-256")
        self.assertEqual((run["messages.accepted"], run["errors.total"]), (30, 0), run)
        self.assertEqual(self.ended(sink, "SCRAM-SHA-256-PLUS"), bound)

    def test_scram_keys_of_the_file_serve_scram_and_plain(self):
        sink = self.with_users(text="user:SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFz"
                                    "pcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=\n")
        self.assertEqual(self.offered(sink), [ALL.replace("CRAM-MD5 ", "")])
        for mechanism in ("SCRAM-SHA-256", "PLAIN"):
            self.third_party("gsasl", "--smtp", "--no-starttls", "--connect", "%s:%d" % sink.address, "--mechanism",
                             mechanism, "--no-cb", "-a", "user", "-z", "", "-p", "pencil")
            self.assertEqual(self.ended(sink, mechanism)["succeeded"], 1)

    def test_the_file_is_read_again(self):
        path = self.users()
        sink = self.sink("--auth", f"file:{path}")

        def login(user, password):
            with Client(sink.address).greet() as client:
                return client.command("AUTH PLAIN " + b64(f"\0{user}\0{password}")).code
        self.assertEqual(login("carol", "new"), 535)
        path.write_text("carol:new\n")
        sink.signal(signal.SIGHUP)
        mailvoid.eventually("the new file holds", lambda: login("carol", "new") == 235)
        self.assertEqual(login("alice", "wonder land"), 535)
        path.write_text("carol\n")
        sink.signal(signal.SIGHUP)
        sink.wait_for_error_text(r"users:1: has no colon.*stays")
        self.assertEqual(login("carol", "new"), 235)

    def test_bad_files_are_named(self):
        path = self.users("alice:x\nbob\n")
        self.assert_one_line(self.run_program("mailvoid-sink", "--auth", f"file:{path}"), "--auth: ",
                             f"{path}:2: has no colon", code=1)
        missing = path.parent / "none"
        self.assert_one_line(self.run_program("mailvoid-sink", "--auth", f"file:{missing}"), "--auth: ", str(missing),
                             "No such file", code=1)

    def test_a_file_for_everybody_to_read_is_a_warning(self):
        path = self.users()
        path.chmod(0o644)
        sink = self.sink("--auth", f"file:{path}")
        self.assertIn(f"warning: --auth: {path} holds passwords and everybody may read it", sink.stop().err)

    def test_xclient_from_the_trusted(self):
        sink = self.sink("--xclient-from", "127.0.0.0/8", "--trace")
        self.third_party("swaks", "--server", "%s:%d" % sink.address, "--to", "b@sink.example", "--from",
                         "a@client.example", "--xclient-addr", "192.0.2.7", "--xclient-port", "4321")
        sink.scrape_when_idle()
        self.assertIn("trace: --- XCLIENT: the client is 192.0.2.7:4321\n", sink.stop().err)

    def test_xclient_from_others_is_not_offered(self):
        sink = self.sink("--xclient-from", "192.0.2.0/24")
        with Client(sink.address) as client:
            client.expect(220)
            self.assertNotIn("XCLIENT", repr(client.expect(250, "EHLO client.example")))
            client.expect(550, "XCLIENT ADDR=192.0.2.7")


if __name__ == "__main__":
    mailvoid.main()
