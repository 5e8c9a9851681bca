#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-loadgen over TLS and with AUTH, against Python's ssl: STARTTLS and implicit, trust, resumption."""
import shutil
import ssl

import mailvoid
from secure_server import SecureServer, make_certificate


class Tls(mailvoid.TestCase):
    def setUp(self):
        super().setUp()
        self.directory = self.scratch()
        self.certificate, self.key = make_certificate(self.directory)

    def secure(self, **options):
        server = SecureServer(self.certificate, self.key, **options)
        self.addCleanup(server.close)
        return server

    def pour(self, server, *arguments, sessions=3, messages=60):
        return self.load(f"localhost:{server.port}", "--sessions", sessions, "--messages", messages, *arguments)

    def fail_to_pour(self, server, *arguments):
        """The run that never gets ready: what it says."""
        ended = self.run_program("mailvoid-loadgen", f"localhost:{server.port}", "--sessions", "1", "--duration", "1s",
                                 "--admin", "off", *arguments)
        self.assertEqual(ended.code, 1, ended)
        return ended.err

    def test_every_way_of_sending(self):
        for implicit in (False, True):
            for sending in ((), ("--no-pipelining",), ("--bdat", "1000"), ("--size", "300000"),
                            ("--messages-per-session", "1")):
                with self.subTest(implicit=implicit, sending=sending):
                    server = self.secure(implicit=implicit)
                    run = self.pour(server, "--tls", "implicit" if implicit else "starttls", "--tls-ca",
                                    self.certificate, *sending)
                    self.assertEqual((run["messages.accepted"], run["errors.total"]), (60, 0), run)
                    self.assertEqual(server.messages, 60)
                    connections = run["connections.established"]
                    self.assertEqual(run["tls.full"], connections)
                    self.assertEqual(run["latency_seconds.tls.count"], connections)
                    mailvoid.eventually("every session has ended with close_notify",
                                        lambda s=server, n=connections: s.endings == ["quit"] * n)

    def test_a_certificate_that_nobody_we_know_has_signed(self):
        for implicit in (False, True):
            server = self.secure(implicit=implicit)
            said = self.fail_to_pour(server, "--tls", "implicit" if implicit else "starttls")
            self.assertIn("the certificate is not to be trusted", said)
            mailvoid.eventually("the server hears why",
                                lambda s=server: s.endings and "ALERT_UNKNOWN_CA" in s.endings[0])
            run = self.pour(server, "--tls", "implicit" if implicit else "starttls", "--tls-insecure")
            self.assertEqual((run["messages.accepted"], run["errors.total"]), (60, 0), run)

    def test_a_certificate_for_another_name(self):
        server = self.secure()
        said = self.fail_to_pour(server, "--tls", "starttls", "--tls-ca", self.certificate, "--tls-server-name",
                                 "other.example")
        self.assertIn("the certificate is not to be trusted", said)

    def test_no_version_in_common(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        server = self.secure(context=context)
        run = self.pour(server, "--tls", "starttls", "--tls-insecure")
        self.assertEqual(run["tls.versions"]["1.2"], 3)
        said = self.fail_to_pour(server, "--tls", "starttls", "--tls-insecure", "--tls-min", "1.3")
        self.assertIn("TLS: ", said)

    def test_some_handshakes_resume(self):
        for version in ("1.2", "1.3"):
            server = self.secure(implicit=True)
            run = self.pour(server, "--tls", "implicit", "--tls-insecure", "--tls-max", version,
                            "--messages-per-session", "1", "--tls-resume", "50", sessions=1, messages=41)
            self.assertEqual(run["errors.total"], 0, run)
            self.assertEqual(run["tls.resumed"], server.resumed)
            self.assertGreaterEqual(run["tls.resumed"], 18)
            self.assertLessEqual(run["tls.resumed"], 21)

    def test_octets_in_the_clear_behind_the_220(self):
        server = self.secure(injected=b"250 injected\r\n")
        self.assertIn("octets in the clear behind the reply to STARTTLS",
                      self.fail_to_pour(server, "--tls", "starttls", "--tls-insecure"))
        self.assertEqual((server.handshakes, server.messages), (0, 0))

    def test_a_mix_by_weight(self):
        server = self.secure()
        path = self.directory / "mix.toml"
        path.write_text('messages-per-session = 1\n[[mix]]\nname = "plain"\nweight = 7\n[[mix]]\nname = "starttls"\n'
                        'weight = 2\ntls = "starttls"\ntls-insecure = true\n[[mix]]\nname = "bdat"\nbdat = "1k"\n')
        run = self.pour(server, "--config", path, "--shards", "1", sessions=1, messages=100)
        self.assertEqual((run["messages.accepted"], run["errors.total"]), (100, 0), run)
        self.assertEqual([(part["name"], part["accepted"]) for part in run["mix"]],
                         [("plain", 70), ("starttls", 20), ("bdat", 10)])
        self.assertEqual(server.handshakes, 20)
        path.write_text('[[mix]]\nweight = 1\ntsl = "starttls"\n')
        ended = self.run_program("mailvoid-loadgen", f"localhost:{server.port}", "--config", path)
        self.assertEqual(ended.code, 2)
        self.assertRegex(ended.err, r"mix\.toml:3: .*tsl")
        path.write_text('[[mix]]\nname = "a"\n[[mix]]\nname = "a"\n')
        ended = self.run_program("mailvoid-loadgen", f"localhost:{server.port}", "--config", path)
        self.assert_one_line(ended, f"{path}:3: name: 'a' is that of another [[mix]]", code=2)

    def test_auth(self):
        server = self.secure(users={"me": "a secret"})
        password = self.directory / "password"
        password.write_text("a secret\n")
        for mechanism in ("auto", "plain", "login"):
            run = self.pour(server, "--tls", "starttls", "--tls-insecure", "--auth-user", "me",
                            "--auth-password-file", password, "--auth-mechanism", mechanism)
            self.assertEqual((run["messages.accepted"], run["errors.total"]), (60, 0), run)
            self.assertEqual(run["replies_by_step.auth"]["235"], 3)
        password.write_text("another\n")
        said = self.fail_to_pour(server, "--tls", "starttls", "--tls-insecure", "--auth-user", "me",
                                 "--auth-password-file", password)
        self.assertIn("session refused with 535 at AUTH", said)
        said = self.fail_to_pour(server, "--auth-user", "me", "--auth-password-file", password)
        self.assertIn("no wanted AUTH mechanism was announced", said)

    def test_scram_with_gsasl_as_the_server(self):
        for program in ("gsasl", "stdbuf"):
            self.assertTrue(shutil.which(program), f"{program} is missing (scripts/setup test has it)")
        server = self.secure(gsasl_password="a secret")
        password = self.directory / "password"
        for text, accepted in (("a secret", 60), ("another", 0)):
            password.write_text(text + "\n")
            talk = ("--auth-user", "me", "--auth-password-file", password)
            for tls in ((), ("--tls", "starttls", "--tls-insecure")):  # it could bind, and there is no offer
                if accepted:
                    run = self.pour(server, *talk, *tls)
                    self.assertEqual((run["messages.accepted"], run["errors.total"]), (accepted, 0), run)
                    self.assertEqual(run["replies_by_step.auth"], {"235": 3, "334": 6})
                else:
                    self.assertIn("session refused with 535 at AUTH", self.fail_to_pour(server, *talk, *tls))


if __name__ == "__main__":
    mailvoid.main()
