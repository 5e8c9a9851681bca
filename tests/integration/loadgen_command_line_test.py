#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-loadgen's command line, its result, its admin port, and how it ends."""
import os
import re
import signal
import socket
import subprocess

import admin
import mailvoid
import procfs

NOWHERE = "127.0.0.1:9"


def closed_port():
    """An address where nobody listens: bound, so that nobody else may."""
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    return holder, procfs.format_address(holder.getsockname())


class Information(mailvoid.TestCase):
    def test_help_names_every_option_and_exits_0(self):
        ended = self.run_program("mailvoid-loadgen", "--help")
        self.assertEqual((ended.code, ended.err), (0, ""))
        for option in ("sessions", "duration", "messages", "size", "messages-per-session", "recipients",
                       "[no-]pipelining", "from", "to", "connect-timeout", "reply-timeout", "grace", "mail",
                       "source", "shards", "admin", "json", "allow-public-target", "version", "print-config"):
            self.assertIn(f"--{option}", ended.out)
        self.assertLessEqual(max(map(len, ended.out.splitlines())), 80)

    def test_version_and_print_config_exit_0(self):
        ended = self.run_program("mailvoid-loadgen", "--version")
        self.assertEqual((ended.code, ended.err), (0, ""))
        self.assertRegex(ended.out, r"\Amailvoid-loadgen \d+\.\d+\.\d+\n")
        environment = mailvoid.clean_environment(MAILVOID_LOADGEN_SESSIONS="7")
        ended = self.run_program("mailvoid-loadgen", NOWHERE, "--print-config", "--size", "2k",
                                 environment=environment)
        self.assertEqual((ended.code, ended.err), (0, ""))
        self.assertRegex(ended.out, r"(?m)^sessions = 7 +# MAILVOID_LOADGEN_SESSIONS$")
        self.assertRegex(ended.out, r'(?m)^size = "2k" +# --size$')


class UsageErrors(mailvoid.TestCase):
    def test_what_cannot_be_is_refused_by_name(self):
        folder = self.scratch()
        secret = folder / "secret"
        secret.write_text("two words\n")
        for arguments, name in [
            ([], "TARGET"),
            (["127.0.0.1"], "TARGET"),
            ([NOWHERE, "127.0.0.1"], "TARGET"),
            ([NOWHERE, "--sesions", "5"], "did you mean --sessions?"),
            ([NOWHERE, "--sessions", "0"], "--sessions"),
            ([NOWHERE, "--sessions", "900000"], "--sessions"),
            ([NOWHERE, "--messages", "5", "--duration", "5s"], "--duration"),
            ([NOWHERE, "--duration", "0s"], "--duration"),
            ([NOWHERE, "--size", "10"], "--size"),
            ([NOWHERE, "--size", "4k", "--mail", str(folder)], "--size"),
            ([NOWHERE, "--recipients", "0"], "--recipients"),
            ([NOWHERE, "--from", "a@b>\r\nRCPT TO:<c@d.example"], "--from"),
            ([NOWHERE, "--to", "user{nothing}@sink.example"], "--to"),
            ([NOWHERE, "--helo", "a b"], "--helo"),
            ([NOWHERE, "--source", "here"], "--source"),
            ([NOWHERE, "--shards", "3", "--sessions", "2"], "--shards"),
            ([NOWHERE, "--json", ""], "--json"),
            ([NOWHERE, "--auth-user", "me"], "--auth-user"),
            ([NOWHERE, "--auth-user", "m\x01e", "--auth-password-file", str(secret)], "--auth-user"),
            ([NOWHERE, "--auth-password-file", str(secret)], "--auth-password-file"),
            ([NOWHERE, "--auth-user", "me", "--auth-password-file", str(secret), "--auth-mechanism",
              "scram-sha-256-plus"], "--auth-mechanism"),
            ([NOWHERE, "--auth-user", "me", "--auth-password-file", str(secret), "--auth-mechanism", "xoauth2"],
             "--auth-password-file"),
            ([NOWHERE, "--auth-user", "me", "--auth-password-file", str(secret), "--auth-mechanism", "oauthbearer"],
             "--auth-password-file"),
        ]:
            with self.subTest(" ".join(arguments)):
                ended = self.run_program("mailvoid-loadgen", *arguments)
                self.assert_one_line(ended, "mailvoid-loadgen: ", name, code=2)
                self.assertEqual(ended.out, "")

    def test_mail_that_cannot_be_had_is_one_line_and_exit_1(self):
        folder = self.scratch()
        (folder / "pictures").mkdir()
        (folder / "pictures/picture.eml").write_bytes(b"\x89PNG\r\n\x1a\n" * 100)
        (folder / "empty").mkdir()
        for path in ("missing.eml", "empty", "pictures"):
            with self.subTest(path):
                ended = self.run_program("mailvoid-loadgen", NOWHERE, "--mail", folder / path,
                                         "--admin", "off")
                self.assert_one_line(ended, path, code=1)

    def test_mail_beyond_the_memory_limit_is_one_line_and_exit_1(self):
        path = self.scratch() / "large.eml"
        path.write_bytes(b"Subject: x\n\n" + b"x" * 70 * 40000)
        ended = self.run_program("mailvoid-loadgen", NOWHERE, "--mail", path, "--memory-limit", "1M",
                                 "--admin", "off")
        self.assert_one_line(ended, "--memory-limit", code=1)


class Targets(mailvoid.TestCase):
    def test_a_public_address_is_refused(self):
        for target in ("192.0.2.1:25", "203.0.113.1:25", "[2001:db8::1]:25", "[::ffff:198.51.100.1]:25"):
            with self.subTest(target):
                ended = self.run_program("mailvoid-loadgen", target, "--admin", "off", "--messages", "1")
                self.assert_one_line(ended, "--allow-public-target", code=1)

    def test_nobody_there_is_one_line_and_exit_1(self):
        holder, target = closed_port()
        self.addCleanup(holder.close)
        ended = self.run_program("mailvoid-loadgen", target, "--sessions", "5", "--admin", "off", "--quiet")
        self.assert_one_line(ended, "nothing ever connected", target, "refused", code=1)
        self.assertEqual(ended.out, "")

    def test_nobody_there_is_as_plain_with_progress_shown(self):
        holder, target = closed_port()
        self.addCleanup(holder.close)
        ended = self.run_program("mailvoid-loadgen", target, "--sessions", "5", "--admin", "off")
        self.assertEqual(ended.code, 1, ended)
        self.assertRegex(ended.error_lines[-1], r"^mailvoid-loadgen: nothing ever connected to .*refused")

    def test_a_name_that_does_not_exist_is_one_line_and_exit_1(self):
        ended = self.run_program("mailvoid-loadgen", "no-such-host.invalid:25", "--admin", "off")
        self.assert_one_line(ended, "no-such-host.invalid", code=1)

    def test_a_full_backlog_is_a_connect_timeout(self):
        with socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))
            deaf.listen(0)
            target = procfs.format_address(deaf.getsockname())
            waiting = []
            self.addCleanup(lambda: [peer.close() for peer in waiting])
            for _ in range(3):  # more than the backlog holds
                peer = socket.socket()
                peer.setblocking(False)
                peer.connect_ex(deaf.getsockname())
                waiting.append(peer)
            ended = self.run_program("mailvoid-loadgen", target, "--sessions", "2",
                                     "--connect-timeout", "100ms", "--admin", "off", "--quiet")
        self.assert_one_line(ended, "nothing ever connected", "no connection in time", code=1)


class Result(mailvoid.TestCase):
    PROMISED = ["messages.accepted", "messages.rejected", "messages.failed", "duration_seconds",
                "rate_per_second", "latency_seconds.message.p50", "latency_seconds.message.p90",
                "latency_seconds.message.p99", "latency_seconds.message.p99_9", "latency_seconds.message.max"]

    def test_what_is_promised_is_there_and_makes_sense(self):
        run = self.load(self.sink().target, "--messages", "2000", "--sessions", "20")
        for name in self.PROMISED:
            self.assertIsInstance(run[name], (int, float), name)
        message = run["latency_seconds.message"]
        self.assertGreater(message["p50"], 0)
        self.assertLessEqual(message["p50"], message["p90"])
        self.assertLessEqual(message["p90"], message["p99"])
        self.assertLessEqual(message["p99"], message["p99_9"])
        self.assertLessEqual(message["p99_9"], message["max"])
        self.assertLessEqual(message["max"], run["duration_seconds"])
        self.assertEqual(message["count"], 2000)
        self.assertAlmostEqual(run["rate_per_second"], 2000 / run["duration_seconds"],
                               delta=run["rate_per_second"] / 100)
        for step, count in {"connect": 20, "greeting": 20, "ehlo": 20, "mail": 2000, "rcpt": 2000,
                            "data": 2000, "body": 2000, "quit": 20, "helo": 0}.items():
            self.assertEqual(run[f"latency_seconds.{step}.count"], count, step)

    def test_a_dash_gives_stdout_to_the_result_and_stderr_to_the_table(self):
        ended = self.start_loadgen(self.sink().target, "--messages", "10", "--json", "-").wait()
        self.assertEqual(ended.code, 0, ended)
        self.assertEqual(mailvoid.json.loads(ended.out)["messages"]["accepted"], 10)
        self.assertIn("throughput", ended.err)

    def test_the_table_is_on_stdout_and_holds_the_counts(self):
        ended = self.start_loadgen(self.sink().target, "--messages", "1234", "--sessions", "10").wait()
        self.assertEqual(ended.code, 0, ended)
        self.assertRegex(ended.out, r"(?m)^  accepted +1,234 messages")
        self.assertRegex(ended.out, r"(?m)^  whole message +1,234 ")
        self.assertRegex(ended.out, r"354 x 1,234: DATA 1,234")
        self.assertRegex(ended.out, r"(?m)^  errors +none$")
        self.assertNotIn("\x1b", ended.out)
        self.assertLessEqual(max(map(len, ended.out.splitlines())), 80)

    def test_quiet_says_nothing(self):
        ended = self.start_loadgen(self.sink().target, "--messages", "10", "--quiet").wait()
        self.assertEqual((ended.code, ended.out, ended.err), (0, "", ""))

    def test_a_path_that_cannot_be_written_is_known_before_the_run(self):
        sink = self.sink()
        path = self.scratch() / "missing" / "result.json"
        ended = self.start_loadgen(sink.target, "--messages", "10", "--json", path).wait()
        self.assert_one_line(ended, "--json", str(path), code=1)
        self.assertEqual(sink.scrape()["mailvoid_sink_connections_total"], 0)

    def test_addresses_come_from_their_templates(self):
        sink = self.sink("--trace", "--shards", "1")
        self.load(sink.target, "--messages", "3", "--sessions", "1", "--recipients", "2",
                  "--from", "s{session}m{message}@a.example", "--to", "u{recipient}-{message}@b.example",
                  "--helo", "[127.0.0.1]")
        sink.scrape_when_idle()
        said = re.findall(r"trace: C: ((?:EHLO|MAIL|RCPT).*)", sink.stop().err)
        self.assertEqual([line.split(">")[0] for line in said], ["EHLO [127.0.0.1]"] + [
            line for number in (1, 2, 3) for line in (f"MAIL FROM:<s1m{number}@a.example",
                                                      f"RCPT TO:<u1-{number}@b.example",
                                                      f"RCPT TO:<u2-{number}@b.example")])


class Interrupt(mailvoid.TestCase):
    def interrupted(self, *arguments, number=signal.SIGINT):
        sink = self.sink()
        path = self.scratch() / "result.json"
        program = self.start_loadgen(sink.target, "--duration", "1h", "--sessions", "20", "--json", path,
                                     *arguments)
        sink.wait_for_messages(100)
        program.signal(number)
        ended = program.wait()
        self.assertEqual(ended.code, 130, ended)
        run = mailvoid.LoadgenRun(ended, path.read_text())
        self.assert_balanced(run)
        return run, sink.scrape_when_idle()

    def test_the_report_is_given_and_the_counts_agree(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            run, metrics = self.interrupted(number=number)
            self.assertTrue(run["interrupted"])
            self.assertIn("interrupted", run.ended.out)
            self.assertEqual(run["messages.failed"], 0)
            self.assertEqual(run["messages.accepted"], metrics["mailvoid_sink_messages_accepted_total"])
            self.assertEqual(metrics['mailvoid_sink_connections_closed_total{reason="finished"}'],
                             run["connections.established"])

    def test_a_second_signal_does_not_wait_for_the_grace(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            program = self.start_loadgen(procfs.format_address(silent.getsockname()), "--sessions", "1",
                                         "--grace", "1h", "--reply-timeout", "1h", "--duration", "1h")
            silent.settimeout(mailvoid.PATIENCE)
            with silent.accept()[0]:
                program.signal(signal.SIGINT)
                mailvoid.eventually("the first signal is read", lambda: not pending(program.pid))
                program.signal(signal.SIGINT)
                self.assertEqual(program.wait().code, 130)


def pending(pid):
    """Whether a signal waits for that process."""
    return int(procfs.status(pid)["ShdPnd"], 16) != 0


class Beginning(mailvoid.TestCase):
    def test_a_signal_ends_it_while_it_reads_what_never_comes(self):
        fifo = self.scratch() / "mail"
        os.mkfifo(fifo)

        def writer():
            try:
                return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                return None  # nobody reads it yet
        for command in (), ("find-limit",):
            run = self.start(mailvoid.Program([mailvoid.BIN / "mailvoid-loadgen", *command, "127.0.0.1:1", "--admin", "off",
                                               "--mail", fifo]))
            end = mailvoid.eventually("it reads", writer)
            run.signal(signal.SIGINT)
            self.assertEqual(run.wait().code, -signal.SIGINT)
            os.close(end)


class AdminPort(mailvoid.TestCase):
    def running(self, *arguments):
        """A run that goes on until it is stopped, and its admin port."""
        sink = self.sink()
        program = self.start(mailvoid.Program([mailvoid.BIN / "mailvoid-loadgen", sink.target,
                                               "--duration", "1h", "--sessions", "10", *arguments]))
        sink.wait_for_messages(100)
        held = procfs.sockets_of(program.pid)
        listening = [address for address, inodes in procfs.listeners().items() if inodes & held]
        return sink, program, listening

    def test_promtool_finds_nothing_to_say(self):
        promtool = mailvoid.needed(mailvoid.TOOLS / "prometheus/usr/bin/promtool")
        _, _, listening = self.running("--admin", "127.0.0.1:0")
        text = admin.Admin(listening[0]).get("/metrics?shards=1")[2]
        checked = subprocess.run([promtool, "check", "metrics"], input=text, text=True, capture_output=True,
                                 timeout=mailvoid.PATIENCE, check=False)
        self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, "", ""))

    def test_metrics_health_and_readiness(self):
        sink, _, listening = self.running("--admin", "127.0.0.1:0")
        port = admin.Admin(listening[0])
        self.assertEqual(port.get("/healthz")[0], 200)
        self.assertEqual(port.get("/readyz")[0], 200)
        self.assertEqual(port.get("/nope")[0], 404)
        before, theirs = port.scrape(), sink.scrape()
        after = port.scrape()
        name = "messages_accepted_total"
        self.assertGreater(after["mailvoid_loadgen_" + name], 0)
        # What the generator has read the sink has queued before.
        self.assertLessEqual(before["mailvoid_loadgen_" + name], theirs["mailvoid_sink_" + name])
        self.assertEqual(after["mailvoid_loadgen_connections_open"], 10)
        self.assertEqual(after['mailvoid_loadgen_errors_total{kind="connect",detail="refused"}'], 0)
        self.assertEqual(after['mailvoid_loadgen_replies_total{step="greeting",code="220"}'], 10)
        bucket = 'mailvoid_loadgen_phase_seconds_bucket{phase="message",le="+Inf"}'
        self.assertEqual(after[bucket], after['mailvoid_loadgen_phase_seconds_count{phase="message"}'])

    def test_it_says_which_run_it_is_and_what_its_shards_take(self):
        scenario = self.scratch() / "two ways.toml"
        scenario.write_text('[[mix]]\nname = "a"\n[[mix]]\nname = "b"\npipelining = false\n')
        sink, _, listening = self.running("--admin", "127.0.0.1:0", "--config", scenario, "--shards", "2")
        metrics = admin.Admin(listening[0]).scrape("?shards=1")
        run, = (key for key in metrics if key.startswith("mailvoid_loadgen_run_info"))
        self.assertRegex(run, r'\{run_id="[0-9a-f]{16}",mode="closed",scenario="two ways",target="%s",shard_of="0/1"\}'
                         % sink.target)
        shards = range(2)
        for shard in shards:
            cpu, busy = (metrics[f'mailvoid_loadgen_shard_{which}_seconds_total{{shard="{shard}"}}'] for which in ("cpu", "busy"))
            self.assertGreater(cpu, 0)
            self.assertGreater(busy, 0)
        self.assertEqual(sum(metrics[f'mailvoid_loadgen_shard_connections_total{{shard="{shard}"}}'] for shard in shards), 10)

    def test_the_build_names_the_ring_and_its_features(self):
        _, _, listening = self.running("--admin", "127.0.0.1:0", "--ring-disable", "min-wait")
        build, = (key for key in admin.Admin(listening[0]).scrape() if key.startswith("mailvoid_build_info"))
        self.assertIn('backend="io_uring ', build)
        self.assertNotIn("min-wait", build)

    def test_a_taken_default_port_is_a_warning(self):
        with socket.socket() as taken:
            try:
                taken.bind(("127.0.0.1", 9526))
                taken.listen()
            except OSError:
                pass  # somebody else's generator has it: that serves as well
            sink = self.sink()
            ended = self.run_program("mailvoid-loadgen", sink.target, "--messages", "10")
        self.assertEqual(ended.code, 0, ended)
        self.assertIn("warning: no metrics: ", ended.error_lines[0])

    def test_a_taken_port_that_was_named_is_one_line_and_exit_1(self):
        sink = self.sink()
        taken = procfs.format_address(sink.admin.address)
        ended = self.run_program("mailvoid-loadgen", sink.target, "--messages", "10", "--admin", taken)
        self.assert_one_line(ended, taken, "in use", code=1)


if __name__ == "__main__":
    mailvoid.main()
