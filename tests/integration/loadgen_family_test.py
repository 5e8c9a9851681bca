#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-loadgen against mailvoid-sink in every way that mail is sent: both sides count the same."""
import re
import stat

import loadgen_sink_test
import mail
import mailvoid
import samples

MECHANISMS = ("plain", "login", "cram-md5", "scram-sha-256", "xoauth2", "oauthbearer")
SECRETS = {"me": "a sécret", "app": "ya29.t0k-en_~+/=="}  # a password, and what may be a token by RFC 6750
SAMPLE = 300  # messages of the corpus, every so many of it
TLS = ("--tls-self-signed",)
IMPLICIT = "127.0.0.1:0,tls=implicit"


class Family(loadgen_sink_test.LoadTestCase):
    def run_against(self, sink, *arguments, messages=200, sessions=7):
        """One run; what both sides count is equal."""
        run = self.load(sink.target, "--messages", messages, "--sessions", sessions, *arguments)
        metrics = sink.scrape_when_idle()
        self.assert_same(run, metrics)
        self.assertEqual(run["messages.accepted"], messages)
        return run, metrics

    def commands(self, metrics):
        return {verb: count for verb, count in metrics.by_label("mailvoid_sink_commands_total").items() if count}

    def corpus_sample(self):
        """A folder with some of the corpus, and what must arrive of it."""
        paths = sorted(mailvoid.needed(mailvoid.CORPUS).rglob("*.txt"))
        folder = self.scratch()
        chosen = [paths[i * len(paths) // SAMPLE] for i in range(SAMPLE)]
        for number, path in enumerate(chosen):
            (folder / f"{number}.eml").write_bytes(path.read_bytes())
        return folder, [mail.canonical(path.read_bytes()) for path in chosen]


class Tls(Family):
    def handshakes(self, metrics):
        """What the sink saw: (version, kind) with its number."""
        found = {}
        for key, value in metrics.items():
            labels = re.fullmatch(r'mailvoid_sink_tls_handshakes_total\{(.*)\}', key)
            if labels and value:
                named = dict(re.findall(r'(\w+)="([^"]*)"', labels[1]))
                found[named["version"], named["kind"]] = value
        return found

    def assert_same_handshakes(self, run, metrics):
        seen = self.handshakes(metrics)
        for kind in ("full", "resumed"):
            self.assertEqual(run["tls." + kind], sum(n for (_, k), n in seen.items() if k == kind), kind)
        for version, count in run["tls"]["versions"].items():
            self.assertEqual(count, sum(n for (v, _), n in seen.items() if v.endswith(version)), version)
        self.assertEqual(sum(run["tls"]["ciphers"].values()), run["connections.established"])
        self.assertEqual(metrics["mailvoid_sink_tls_truncated_total"], 0)
        self.assertEqual(metrics["mailvoid_sink_tls_sessions_open"], 0)
        for name in ("handshake_failures", "session_failures"):
            self.assertEqual(sum(metrics.by_label(f"mailvoid_sink_tls_{name}_total").values()), 0, name)

    def test_each_way_in_and_each_way_of_sending(self):
        for tls, place in (("starttls", "127.0.0.1:0"), ("implicit", IMPLICIT)):
            for sending in ((), ("--no-pipelining",), ("--bdat", "1000"), ("--size", "300k"),
                            ("--messages-per-session", "3"), ("--tls-max", "1.2")):
                with self.subTest(tls=tls, sending=sending):
                    sink = self.sink(*TLS, listen=(place,))
                    run, metrics = self.run_against(sink, "--tls", tls, "--tls-insecure", *sending)
                    self.assert_same_handshakes(run, metrics)
                    self.assertEqual(self.commands(metrics).get("starttls", 0),
                                     run["connections.established"] if tls == "starttls" else 0)

    def test_the_ratio_of_resumed_handshakes_is_exact(self):
        for version in ("1.2", "1.3"):
            for percent in (0, 25, 100):
                with self.subTest(version=version, percent=percent):
                    sink = self.sink(*TLS)
                    run, metrics = self.run_against(sink, "--tls", "starttls", "--tls-insecure", "--tls-max", version,
                                                    "--tls-resume", percent, "--messages-per-session", "1",
                                                    sessions=1, messages=41)
                    self.assert_same_handshakes(run, metrics)
                    self.assertEqual(run["tls.resumed"], 40 * percent // 100)

    def test_a_self_signed_certificate_is_not_trusted(self):
        for tls, place in (("starttls", "127.0.0.1:0"), ("implicit", IMPLICIT)):
            sink = self.sink(*TLS, listen=(place,))
            run = self.load(sink.target, "--sessions", "1", "--duration", "1s", "--tls", tls, code=1)
            self.assertIn("the certificate is not to be trusted", run.ended.err)
            metrics = sink.scrape_when_idle()
            self.assertEqual(metrics["mailvoid_sink_messages_accepted_total"], 0)
            failures = metrics.by_label("mailvoid_sink_tls_handshake_failures_total")
            self.assertEqual({k: v > 0 for k, v in failures.items() if v}, {"alert_received": True})

    def test_requiretls(self):
        run, metrics = self.run_against(self.sink(*TLS), "--tls", "starttls", "--tls-insecure", "--requiretls")
        self.assert_same_handshakes(run, metrics)


class Auth(Family):
    def password(self, text):
        path = self.scratch() / "password"
        path.write_text(text + "\n", "utf-8")
        return path

    def users(self):
        path = self.scratch() / "users"
        path.write_text("".join(f"{user}:{secret}\n" for user, secret in SECRETS.items()), "utf-8")
        path.chmod(stat.S_IRUSR)
        return path

    def log_in(self, sink, mechanism, *arguments):
        user = "app" if "oauth" in mechanism else "me"
        run, metrics = self.run_against(sink, "--auth-user", user, "--auth-password-file", self.password(SECRETS[user]),
                                        "--auth-mechanism", mechanism, "--messages-per-session", "5", *arguments)
        connections = run["connections.established"]
        self.assertEqual(run["replies_by_step.auth"]["235"], connections)
        self.assertEqual(self.commands(metrics)["auth"], connections)
        best = "scram-sha-256-plus" if "--tls" in arguments else "scram-sha-256"
        used = best if mechanism == "auto" else mechanism
        self.assertEqual(metrics['mailvoid_sink_auth_exchanges_total'
                                 f'{{mechanism="{used.upper()}",result="succeeded"}}'], connections)

    def test_each_mechanism_with_a_file(self):
        users = self.users()
        for mechanism in ("auto", *MECHANISMS):
            with self.subTest(mechanism):
                self.log_in(self.sink("--auth", f"file:{users}", "--auth-required"), mechanism)

    def test_each_mechanism_where_anybody_may_come_in(self):
        for mechanism in MECHANISMS:
            if mechanism != "scram-sha-256":
                with self.subTest(mechanism):
                    self.log_in(self.sink("--auth", "accept", "--auth-required"), mechanism)

    def test_only_after_tls(self):
        users = self.users()
        for tls, place in (("starttls", "127.0.0.1:0"), ("implicit", IMPLICIT)):
            sink = self.sink(*TLS, "--auth", f"file:{users}", "--auth-required", "--auth-requires-tls", listen=(place,))
            self.log_in(sink, "auto", "--tls", tls, "--tls-insecure")

    def test_a_wrong_password(self):
        wrong = self.password("another")
        for mechanism in MECHANISMS:
            with self.subTest(mechanism):
                sink = self.sink("--auth", f"file:{self.users()}")
                run = self.load(sink.target, "--sessions", "1", "--duration", "300ms", "--auth-user", "me",
                                "--auth-password-file", wrong, "--auth-mechanism", mechanism, code=1)
                metrics = sink.scrape_when_idle()
                refused = run["replies_by_step.auth"]["535"]
                self.assertGreater(refused, 0)
                self.assertEqual(run["errors.session.refused"], refused)
                self.assertEqual(metrics['mailvoid_sink_auth_exchanges_total'
                                         f'{{mechanism="{mechanism.upper()}",result="failed"}}'], refused)
                self.assertEqual(metrics["mailvoid_sink_messages_accepted_total"], 0)

    def test_a_mechanism_that_is_not_offered(self):
        sink = self.sink("--auth", "accept")
        run = self.load(sink.target, "--sessions", "1", "--duration", "300ms", "--auth-user", "me",
                        "--auth-password-file", self.password("a"), "--auth-mechanism", "scram-sha-256", code=1)
        self.assertGreater(run["errors.unsupported.auth"], 0)
        self.assertEqual(self.commands(sink.scrape_when_idle()).get("auth", 0), 0)


class Content(Family):
    """What arrives of real mail is what was sent, octet for octet."""

    def assert_arrives(self, *arguments, sink_arguments=(), **more):
        folder, expected = self.corpus_sample()
        sink, received = self.capturing_sink(*sink_arguments, **more)
        run, metrics = self.run_against(sink, "--mail", folder, *arguments, messages=SAMPLE, sessions=20)
        self.assertEqual(metrics["mailvoid_sink_message_bytes_total"], sum(map(len, expected)))
        self.assertEqual(samples.digests(received()), samples.digests(expected))
        return run, metrics, expected

    def test_bdat_in_chunks_of_every_size(self):
        for size in (1000, 7777, 1 << 20):
            with self.subTest(size):
                _, metrics, expected = self.assert_arrives("--bdat", size)
                chunks = sum(max(1, -(-len(message) // size)) for message in expected)
                self.assertEqual(metrics["mailvoid_sink_chunks_total"], chunks)
                self.assertEqual(metrics["mailvoid_sink_chunk_bytes_total"], sum(map(len, expected)))
                self.assertNotIn("data", self.commands(metrics))

    def test_bdat_without_pipelining(self):
        self.assert_arrives("--bdat", "2k", "--no-pipelining")

    def test_binarymime(self):
        self.assert_arrives("--bdat", "64k", "--body", "binarymime")

    def test_bdat_and_data_through_tls(self):
        for sending in (("--bdat", "5000"), ()):
            self.assert_arrives("--tls", "starttls", "--tls-insecure", *sending, sink_arguments=TLS)

    def test_lmtp(self):
        for sending in (("--bdat", "5000"), ()):
            run, _, _ = self.assert_arrives("--lmtp", *sending, listen=("127.0.0.1:0,protocol=lmtp",))
            self.assertEqual(run["deliveries.accepted"], SAMPLE)


class Envelopes(Family):
    def test_lmtp_answers_for_each_recipient(self):
        for arguments in ((), ("--no-pipelining",), ("--bdat", "1k"), ("--messages-per-session", "1")):
            with self.subTest(arguments):
                sink = self.sink(listen=("127.0.0.1:0,protocol=lmtp",))
                run, metrics = self.run_against(sink, "--lmtp", "--recipients", "5", *arguments)
                self.assertEqual((run["recipients.accepted"], run["deliveries.accepted"], run["deliveries.refused"]),
                                 (1000, 1000, 0))
                self.assertEqual(run["replies_by_step.message"], {"250": 1000})
                self.assertEqual(self.commands(metrics)["lhlo"], run["connections.established"])

    def test_lmtp_goes_on_after_a_chunk_that_is_refused(self):
        mail = self.scratch() / "mail"
        mail.mkdir()
        for lines in (50, 100, 200, 300):  # of 72 octets: two fit, two do not
            (mail / f"{lines}.eml").write_bytes(b"Subject: x\r\n\r\n" + (b"y" * 70 + b"\r\n") * lines)
        sink = self.sink("--disable", "SIZE", "--max-message-size", "10k", listen=("127.0.0.1:0,protocol=lmtp",))
        run = self.load(sink.target, "--lmtp", "--bdat", "3k", "--recipients", "4", "--mail", mail, "--messages", "200",
                        "--sessions", "7", "--reply-timeout", "5s")
        self.assertEqual((run["messages.accepted"], run["messages.rejected"], run["messages.failed"]), (100, 100, 0))
        self.assertEqual(sink.scrape_when_idle()["mailvoid_sink_messages_accepted_total"], 100)

    def test_dsn(self):
        self.run_against(self.sink(), "--dsn", "ret=hdrs,notify=success,failure,delay,envid=run1-{message},orcpt",
                         "--recipients", "3")
        self.run_against(self.sink(), "--dsn", "notify=never,ret=full", "--bdat", "1k")

    def test_smtputf8(self):
        addresses = ("--from", "jörg{session}@bücher.example", "--to", "用户{recipient}@例子.example")
        self.run_against(self.sink(), "--smtputf8", *addresses, "--recipients", "2")
        sink = self.sink("--trace")
        self.run_against(sink, "--smtputf8", *addresses, messages=1, sessions=1)
        self.assertRegex(sink.stop().err, r"MAIL FROM:<j.*> .*SMTPUTF8")

    def test_what_mail_says_of_the_body(self):
        for body in ("7bit", "8bitmime", "binarymime"):
            with self.subTest(body):
                sink = self.sink("--trace")
                self.run_against(sink, "--body", body, *(("--bdat", "1k") if body == "binarymime" else ()), sessions=1)
                self.assertIn(f" BODY={body.upper()}", sink.stop().err)

    def test_what_is_not_offered(self):
        """Asked for, not announced: an error, or done without."""
        asked = {"chunking": ("--bdat", "1k"), "dsn": ("--dsn", "ret=hdrs"), "starttls": ("--tls", "starttls",
                                                                                         "--tls-insecure")}
        for extension, arguments in asked.items():
            with self.subTest(extension):
                sink = self.sink("--disable", extension)
                run = self.load(sink.target, "--sessions", "1", "--duration", "300ms", *arguments, code=1)
                self.assertGreater(run["errors.unsupported." + extension], 0)
                sink = self.sink("--disable", extension)
                run, _ = self.run_against(sink, *arguments, "--if-unsupported", "degrade",
                                          "--messages-per-session", "10")
                self.assertEqual(run["degraded." + extension], run["connections.ready"])


class Claims(Family):
    """Clients that claim to be others."""

    def headers(self, metrics):
        return {k: v for k, v in metrics.by_label("mailvoid_sink_proxy_headers_total").items() if v}

    def test_proxy_headers(self):
        for header, result in (("v1", "local"), ("v2", "local"), ("v1=192.0.2.7:4321", "proxied"),
                               ("v2=[2001:db8::7]:4321", "proxied")):
            with self.subTest(header):
                sink = self.sink("--proxy-protocol", "--trace")
                run, metrics = self.run_against(sink, "--proxy-protocol", header, "--messages-per-session", "10")
                self.assertEqual(self.headers(metrics), {result: run["connections.established"]})
                said = sink.stop().err
                if "=" in header:
                    self.assertIn(header.split("=")[1], said)

    def test_a_proxy_header_before_implicit_tls(self):
        sink = self.sink(*TLS, "--proxy-protocol", listen=(IMPLICIT,))
        run, metrics = self.run_against(sink, "--proxy-protocol", "v2=192.0.2.7:4321", "--tls", "implicit",
                                        "--tls-insecure")
        self.assertEqual(self.headers(metrics), {"proxied": 7})
        self.assertEqual(run["tls.full"], 7)

    def test_xclient(self):
        for arguments in ((), ("--tls", "starttls", "--tls-insecure")):
            with self.subTest(arguments):
                sink = self.sink("--xclient-from", "127.0.0.0/8", "--trace", *TLS)
                run, metrics = self.run_against(sink, "--xclient", "ADDR=192.0.2.7,PORT=4321,NAME=client.example",
                                                "--messages-per-session", "10", *arguments)
                connections = run["connections.established"]
                self.assertEqual(metrics["mailvoid_sink_xclient_accepted_total"], connections)
                self.assertEqual(run["replies_by_step.xclient"], {"220": connections})
                self.assertIn("XCLIENT: the client is 192.0.2.7:4321", sink.stop().err)


class Mix(Family):
    def test_a_mix_of_everything(self):
        """Each kind of client gets the share that its weight says, and all together what the sink counts."""
        folder = self.scratch()
        for name, text in (("password", "a secret\n"), ("users", "me:a secret\n")):
            (folder / name).write_text(text)
            (folder / name).chmod(stat.S_IRUSR)
        identity = f'auth-user = "me"\nauth-password-file = "{folder}/password"\n'
        kinds = {
            "plain": (10, ""),
            "one by one": (5, "pipelining = false\n"),
            "starttls": (10, 'tls = "starttls"\ntls-insecure = true\ntls-resume = 50\n'),
            "bdat": (10, 'bdat = "1000"\nbody = "binarymime"\n'),
            "dsn": (5, 'dsn = "ret=hdrs,notify=failure,envid=m{message}"\n'),
            "utf8": (3, "smtputf8 = true\n"),
            "xclient": (3, 'xclient = "ADDR=192.0.2.9,NAME=client.example"\n'),
            "scram": (2, identity),
            "tls, plain, bdat": (2, identity + 'auth-mechanism = "plain"\ntls = "starttls"\ntls-insecure = true\n'
                                               'bdat = "1k"\n'),
        }
        total = sum(weight for weight, _ in kinds.values())
        config = folder / "mix.toml"
        config.write_text("messages-per-session = 2\n" + "".join(
            f'[[mix]]\nname = "{name}"\nweight = {weight}\n{keys}' for name, (weight, keys) in kinds.items()))
        sink = self.sink(*TLS, "--auth", f"file:{folder}/users", "--xclient-from", "127.0.0.0/8")
        run, metrics = self.run_against(sink, "--config", config, "--shards", "1", messages=8 * total, sessions=1)
        self.assertEqual({part["name"]: part["accepted"] for part in run["mix"]},
                         {name: 8 * weight for name, (weight, _) in kinds.items()})
        for ours, theirs in (("starttls", 12), ("auth", 4), ("xclient", 3)):
            self.assertEqual(self.commands(metrics)[ours], 4 * theirs, ours)
        self.assertEqual(run["tls.full"] + run["tls.resumed"], 4 * 12)

    def test_a_mix_over_many_sessions(self):
        config = self.scratch() / "mix.toml"
        config.write_text('messages-per-session = 10\n[[mix]]\nname = "plain"\nweight = 7\n'
                          '[[mix]]\nname = "starttls"\nweight = 2\ntls = "starttls"\ntls-insecure = true\n'
                          '[[mix]]\nname = "bdat"\nbdat = "1k"\n')
        run, metrics = self.run_against(self.sink(*TLS), "--config", config, messages=10000, sessions=100)
        self.assertEqual(sum(part["accepted"] for part in run["mix"]), 10000)
        self.assertEqual(sum(part["bytes"] for part in run["mix"]), metrics["mailvoid_sink_message_bytes_total"])
        shares = {part["name"]: part["connections"] / run["connections.established"] for part in run["mix"]}
        for name, share in (("plain", 0.7), ("starttls", 0.2), ("bdat", 0.1)):
            self.assertAlmostEqual(shares[name], share, delta=0.02)


if __name__ == "__main__":
    mailvoid.main()
