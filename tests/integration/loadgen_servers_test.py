#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-loadgen as each kind of client against other people's servers, aiosmtpd and Postfix's smtp-sink: both
sides count the same."""
import collections
import json
import pathlib
import re
import signal

import mailvoid
import peers
import procfs
from secure_server import make_certificate

HERE = pathlib.Path(__file__).parent
PYTHON = pathlib.Path("/usr/bin/python3")  # Debian's, which has Debian's modules
AIOSMTPD = pathlib.Path("/usr/lib/python3/dist-packages/aiosmtpd")
MESSAGES, SESSIONS = 60, 5


class Aiosmtpd(mailvoid.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.scratch()
        self.certificate, self.key = make_certificate(self.folder)
        self.secret = self.folder / "secret"
        self.secret.write_text("wonder land\n")

    def serve(self, **options):
        mailvoid.needed(AIOSMTPD)
        server = self.start(mailvoid.Program([mailvoid.needed(PYTHON), "-B", HERE / "aiosmtpd_server.py",
                                              json.dumps(options)]))
        port = mailvoid.eventually("aiosmtpd listens", lambda: server.out.split() or (
            None if server.running() else self.fail(server.wait())))[0]
        procfs.assert_listener_is(server.pid, ("127.0.0.1", int(port)))
        server.target = f"localhost:{port}"
        return server

    def seen_by(self, server):
        server.signal(signal.SIGTERM)
        return json.loads(server.wait().out.splitlines()[1])

    def pour(self, *arguments, messages=MESSAGES, recipients=1, **options):
        """What the server saw of a run in which all goes well."""
        server = self.serve(**options)
        run = self.load(server.target, "--sessions", SESSIONS, "--messages", messages, "--recipients", recipients,
                        "--size", 3000, *arguments)
        self.assertEqual((run["messages.accepted"], run["recipients.accepted"], run["errors.total"]),
                         (messages, messages * recipients, 0), run)
        seen = self.seen_by(server)
        self.assertEqual((seen["sessions"], len(seen["messages"])), (run["connections.established"], messages))
        self.assertEqual(len({message["sha256"] for message in seen["messages"]}), messages)
        self.assertEqual({len(message["to"]) for message in seen["messages"]}, {recipients})
        self.run_result = run
        return seen["messages"]

    def each(self, messages, name):
        return set(message[name] for message in messages)

    def tls(self, how="starttls", *more):
        return ("--tls", how, "--tls-ca", self.certificate, *more)

    def certified(self, **more):
        return {"certificate": str(self.certificate), "key": str(self.key), **more}

    def test_plain(self):
        for sending in ((), ("--no-pipelining",), ("--messages-per-session", 7)):
            with self.subTest(sending=sending):
                messages = self.pour(*sending, recipients=3)
                self.assertEqual(self.each(messages, "tls"), {None})

    def test_starttls(self):
        for version in ("1.2", "1.3"):
            messages = self.pour(*self.tls("starttls", "--tls-min", version, "--tls-max", version), **self.certified())
            self.assertEqual(self.each(messages, "tls"), {f"TLSv{version}"})
            self.assertEqual(self.run_result["tls.full"], self.run_result["connections.established"])

    def test_implicit_tls(self):
        messages = self.pour(*self.tls("implicit"), **self.certified(implicit=True))
        self.assertEqual(self.each(messages, "tls"), {"TLSv1.3"})

    def test_resumption(self):
        messages = self.pour(*self.tls("implicit", "--tls-resume", 100, "--messages-per-session", 1),
                             **self.certified(implicit=True))
        self.assertEqual(self.each(messages, "tls"), {"TLSv1.3"})
        self.assertEqual(self.run_result["tls.full"], SESSIONS)

    def test_auth(self):
        for mechanism in ("auto", "cram-md5", "plain", "login"):
            with self.subTest(mechanism):
                messages = self.pour(*self.tls(), "--auth-user", "alice", "--auth-password-file", self.secret,
                                     "--auth-mechanism", mechanism, **self.certified(users={"alice": "wonder land"}))
                self.assertEqual(self.each(messages, "user"), {"alice"})
                connections = self.run_result["connections.established"]
                self.assertEqual(self.run_result["replies_by_step.auth"]["235"], connections)

    def test_a_wrong_password_ends_the_run_and_is_named(self):
        for mechanism in ("cram-md5", "plain", "login"):
            with self.subTest(mechanism):
                server = self.serve(**self.certified(users={"alice": "other"}))
                ended = self.run_program("mailvoid-loadgen", server.target, "--sessions", SESSIONS, "--messages", MESSAGES,
                                         "--quiet", "--admin", "off", *self.tls(), "--auth-user", "alice",
                                         "--auth-password-file", self.secret, "--auth-mechanism", mechanism)
                self.assert_one_line(ended, "no session with", "refused with 535 at AUTH, 25 times", code=1)
                seen = self.seen_by(server)
                self.assertEqual((seen["sessions"], seen["messages"]), (25, []))

    def test_lmtp_answers_for_each_recipient(self):
        self.pour("--lmtp", lmtp=True, recipients=3)
        self.assertEqual(self.run_result["deliveries.accepted"], 3 * MESSAGES)
        self.assertEqual(self.run_result["replies_by_step.message"]["250"], 3 * MESSAGES)

    def test_smtputf8(self):
        messages = self.pour("--smtputf8", "--from", "grüße@münchen.example", "--to", "用户{recipient}@sink.example",
                             smtputf8=True)
        self.assertEqual(self.each(messages, "from"), {"grüße@münchen.example"})
        self.assertEqual({message["to"][0] for message in messages}, {"用户1@sink.example"})
        self.assertTrue(all("SMTPUTF8" in message["options"] for message in messages))

    def test_what_the_server_does_not_offer_is_named(self):
        for asked, what in ((("--smtputf8",), "SMTPUTF8 was not announced"),
                            (("--dsn", "ret=hdrs"), "DSN was not announced"),
                            (("--bdat", "1k"), "CHUNKING was not announced"),
                            (self.tls(), "STARTTLS was not announced")):
            with self.subTest(what):
                server = self.serve()
                ended = self.run_program("mailvoid-loadgen", server.target, "--sessions", 1, "--messages", 1, "--quiet",
                                         "--admin", "off", *asked)
                self.assert_one_line(ended, what, code=1)
                self.assertEqual(self.seen_by(server)["messages"], [])

    def test_proxy_headers(self):
        for version in ("v1", "v2"):
            messages = self.pour("--proxy-protocol", f"{version}=192.0.2.7:4321", proxy=True)
            self.assertEqual(self.each(messages, "client"), {"192.0.2.7:4321"})
        for version in ("v1", "v2"):
            self.assertEqual(self.each(self.pour("--proxy-protocol", version, proxy=True), "client"), {None})


class SmtpSinkFamily(mailvoid.TestCase):
    def pour(self, *arguments, recipients=1, options=()):
        """The envelopes that smtp-sink wrote of a run in which all goes well, and the run."""
        sink = self.start(peers.SmtpSink(self.scratch(), options=options))
        run = self.load(sink.target, "--sessions", SESSIONS, "--messages", MESSAGES, "--recipients", recipients,
                        *arguments)
        self.assertEqual((run["messages.accepted"], run["errors.total"]), (MESSAGES, 0), run)
        connections = run["connections.established"]
        mailvoid.eventually("smtp-sink has counted all sessions", lambda: (
            sink.counts() == (connections, connections, MESSAGES)))
        return [head.decode() for head, _ in sink.dumps()], run

    def test_lmtp_answers_for_each_recipient(self):
        heads, run = self.pour("--lmtp", recipients=4, options=["-L"])
        self.assertEqual(run["deliveries.accepted"], 4 * MESSAGES)
        self.assertEqual(run["replies_by_step.message"]["250"], 4 * MESSAGES)
        self.assertTrue(all("with LMTP id" in head for head in heads))

    def test_dsn(self):
        heads, _ = self.pour("--dsn", "ret=hdrs,notify=success,failure,envid=run-{message},orcpt", recipients=2)
        envids = collections.Counter(re.search(r"^X-Mail-Args: <\S*> .*\bRET=HDRS ENVID=(\S+)$", head, re.MULTILINE)[1]
                                     for head in heads)
        self.assertEqual(envids, collections.Counter(f"run-{number}" for number in range(1, MESSAGES + 1)))
        for head in heads:
            self.assertEqual(re.findall(r"^X-Rcpt-Args: <(\S*)> (.*)$", head, re.MULTILINE), [
                (f"user{i}@sink.example", f"NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;user{i}@sink.example") for i in (1, 2)])

    def test_auth_that_is_answered_250(self):
        secret = self.scratch() / "secret"
        secret.write_text("any\n")
        _, run = self.pour("--auth-user", "me", "--auth-password-file", secret)
        self.assertEqual(run["replies_by_step.auth"], {"250": run["connections.established"]})

    def test_xclient(self):
        heads, run = self.pour("--xclient", "NAME=client.example")
        self.assertEqual(sum(run["replies_by_step.xclient"].values()), run["connections.established"])
        self.assertEqual(len(heads), MESSAGES)

    def test_without_esmtp_it_says_helo(self):
        heads, run = self.pour(options=["-e"])
        self.assertEqual(run["replies_by_step.helo"]["250"], run["connections.established"])
        self.assertTrue(all("with SMTP id" in head for head in heads))


if __name__ == "__main__":
    mailvoid.main()
