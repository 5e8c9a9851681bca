#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-loadgen against mailvoid-sink: whatever is asked for, both sides count the same."""
import mailvoid
import procfs


class LoadTestCase(mailvoid.TestCase):
    def pour(self, *arguments, sink_arguments=()):
        """One run against a sink of its own, compared to what that counted: both are given."""
        sink = self.sink(*sink_arguments)
        run = self.load(sink.target, *arguments)
        metrics = sink.scrape_when_idle()
        self.assert_same(run, metrics)
        return run, metrics

    def assert_same(self, run, metrics):
        """Nothing went wrong, and everything that both sides count is equal."""
        self.assertEqual(run["errors.total"], 0, run)
        self.assertEqual(run["messages.accepted"], run["messages.started"], run)
        for ours, theirs in {
                "messages.accepted": "messages_accepted_total", "messages.bytes": "message_bytes_total",
                "recipients.accepted": "recipients_accepted_total",
                "recipients.refused": "recipients_refused_total",
                "connections.established": "connections_total",
                "generator.sent_bytes": "received_bytes_total",
                "generator.received_bytes": "sent_bytes_total"}.items():
            self.assertEqual(run[ours], metrics["mailvoid_sink_" + theirs], ours)
        replies = {key.split('"')[1]: value for key, value in metrics.items()
                   if key.startswith("mailvoid_sink_replies_total") and value}
        self.assertEqual(run["replies"], replies)


class Load(LoadTestCase):
    def test_for_a_duration(self):
        run, _ = self.pour("--duration", "2s")
        self.assertGreater(run["messages.accepted"], 100)
        self.assertGreater(run["duration_seconds"], 1)
        self.assertEqual(run["connections.established"], 100)

    def test_for_a_number_of_messages_that_no_share_divides(self):
        for number in (1, 7, 1003):
            run, _ = self.pour("--messages", number, "--sessions", "10", "--shards", "3")
            self.assertEqual(run["messages.started"], number)

    def test_fewer_messages_than_sessions(self):
        run, _ = self.pour("--messages", "5", "--sessions", "50")
        self.assertEqual(run["messages.accepted"], 5)

    def test_without_pipelining(self):
        run, metrics = self.pour("--no-pipelining", "--messages", "2000", "--sessions", "20")
        # Each command then waits for its reply, so the sink receives at least five times a message.
        self.assertGreaterEqual(metrics["mailvoid_sink_receives_total"], 4 * 2000)
        self.assertEqual(run["options.pipelining"], False)

    def test_pipelining_saves_round_trips(self):
        _, metrics = self.pour("--messages", "2000", "--sessions", "20")
        self.assertLess(metrics["mailvoid_sink_receives_total"], 3 * 2000)

    def test_a_connection_for_each_message(self):
        run, metrics = self.pour("--messages", "3000", "--messages-per-session", "1", "--sessions", "50")
        connections = run["connections.established"]
        self.assertGreaterEqual(connections, 3000)
        self.assertLess(connections, 3000 + 50)  # those already under way when the last message was begun
        self.assertEqual(run["replies_by_step.quit"], {"221": connections})
        self.assertEqual(metrics['mailvoid_sink_connections_closed_total{reason="finished"}'], connections)

    def test_ten_messages_a_connection(self):
        run, _ = self.pour("--messages", "3000", "--messages-per-session", "10", "--sessions", "30")
        self.assertGreaterEqual(run["connections.established"], 300)
        self.assertLess(run["connections.established"], 300 + 30)

    def test_fifty_recipients(self):
        run, _ = self.pour("--messages", "1000", "--recipients", "50", "--sessions", "20")
        self.assertEqual(run["recipients.accepted"], 50000)

    def test_recipients_beyond_the_announced_limit_are_withheld_and_counted(self):
        sink = self.sink("--max-recipients", "10")
        run = self.load(sink.target, "--messages", "200", "--recipients", "12", "--sessions", "10")
        self.assertEqual((run["messages.accepted"], run["recipients.accepted"], run["recipients.withheld"]),
                         (200, 2000, 400))
        self.assertEqual(run["replies_by_step.rcpt"], {"250": 2000})

    def test_one_recipient_too_many_is_refused_and_the_mail_goes_on(self):
        sink = self.sink("--max-recipients", "10", "--disable", "LIMITS")
        run = self.load(sink.target, "--messages", "200", "--recipients", "12", "--sessions", "10")
        self.assertEqual((run["messages.accepted"], run["recipients.accepted"], run["recipients.refused"]),
                         (200, 2000, 400))
        self.assertEqual(run["replies_by_step.rcpt"], {"250": 2000, "452": 400})

    def test_each_size_is_exact(self):
        for size, octets, messages in (("512", 512, 500), ("1k", 1024, 500), ("64k", 65536, 200),
                                       ("1M", 1 << 20, 100)):
            with self.subTest(size):
                run, _ = self.pour("--size", size, "--messages", messages, "--sessions", "10")
                self.assertEqual(run["messages.bytes"], messages * octets)

    def test_mail_that_is_too_large_is_rejected_and_counted(self):
        sink = self.sink("--max-message-size", "10k")
        run = self.load(sink.target, "--size", "20k", "--messages", "100", "--sessions", "10")
        self.assertEqual((run["messages.accepted"], run["messages.rejected"], run["messages.bytes"]),
                         (0, 100, 0))
        self.assertEqual(run["replies"]["552"], 100)
        self.assertEqual(sink.scrape_when_idle()["mailvoid_sink_messages_accepted_total"], 0)

    def test_2000_sessions(self):
        run, metrics = self.pour("--sessions", "2000", "--duration", "3s")
        self.assertEqual(run["connections.established"], 2000)
        self.assertGreater(run["messages.accepted"], 2000)
        self.assertEqual(metrics["mailvoid_sink_connections_total"], 2000)

    def test_ipv6(self):
        sink = self.sink(listen=("[::1]:0",))
        run = self.load(sink.target, "--messages", "100", "--sessions", "10")
        self.assert_same(run, sink.scrape_when_idle())

    def test_a_name_as_target(self):
        sink = self.sink()
        run = self.load(f"localhost:{sink.address[1]}", "--messages", "100", "--sessions", "10")
        self.assert_same(run, sink.scrape_when_idle())

    def test_without_what_newer_kernels_have(self):
        disabled = [part for name in ("min-wait", "incremental-buffers", "receive-cap", "registered-ring")
                    for part in ("--ring-disable", name)]
        self.pour(*disabled, "--messages", "2000", "--sessions", "50", sink_arguments=disabled)

    def test_each_instruction_set(self):
        for name in ("scalar", "auto"):
            self.pour("--simd", name, "--messages", "500", "--size", "20k", sink_arguments=("--simd", name))

    def test_a_small_submission_queue(self):
        self.pour("--ring-entries", "64", "--sessions", "500", "--messages", "2000", "--shards", "1")


class Restart(LoadTestCase):
    def test_it_goes_on_when_the_sink_comes_back(self):
        """The sink drains in the middle and another takes its place: 421, refused connections, mail again."""
        first = self.sink()
        folder = self.scratch()
        program = self.start_loadgen(first.target, "--sessions", "20", "--duration", "4s",
                                     "--json", folder / "result.json")
        first.wait_for_messages(100)
        self.assertEqual(first.stop().code, 0)
        second = self.sink(listen=(first.target,))
        second.wait_for_messages(100)
        ended = program.wait()
        self.assertEqual(ended.code, 0, ended)
        run = mailvoid.LoadgenRun(ended, (folder / "result.json").read_text())
        self.assert_balanced(run)
        accepted = sum(int(total.replace(",", "")) for total in
                       mailvoid.re.findall(r"messages accepted +([\d,]+)", first.out + second.stop().out))
        self.assertEqual(run["messages.accepted"], accepted)
        self.assertGreater(run["connections.closed_by_421"], 0)
        self.assertGreater(run["connections.reconnects"], 0)


class Sources(LoadTestCase):
    """Where connections come from: one address has some 28,000 ports, less those that have just been used."""

    def peers_of(self, sink):
        found = set()
        with open("/proc/net/tcp", encoding="ascii") as lines:
            for fields in (line.split() for line in lines):
                if fields[3] == "01" and int(fields[1].split(":")[1], 16) == sink.address[1]:
                    found.add(procfs.host(fields[2].split(":")[0]))
        return found

    def sources_of(self, *arguments):
        sink = self.sink()
        program = self.start_loadgen(sink.target, "--sessions", "40", "--duration", "1h", *arguments)
        sink.wait_for_connections(40)
        sources = self.peers_of(sink)
        program.signal(mailvoid.signal.SIGINT)
        self.assertEqual(program.wait().code, 130)
        return sources

    def test_those_that_are_named(self):
        named = ["127.0.0.5", "127.0.0.77", "127.9.9.9"]
        self.assertEqual(self.sources_of(*(part for ip in named for part in ("--source", ip))), set(named))

    def test_one_where_ports_suffice(self):
        self.assertEqual(self.sources_of(), {"127.0.0.1"})

    def test_several_where_every_message_takes_a_port(self):
        run, _ = self.pour("--messages", "12000", "--messages-per-session", "1", "--sessions", "200",
                           "--size", "512")
        self.assertGreaterEqual(run["connections.established"], 12000)
        self.assertGreater(len(self.sources_of("--messages-per-session", "100000")), 1)

    def test_a_source_of_the_other_family_is_refused(self):
        ended = self.run_program("mailvoid-loadgen", "127.0.0.1:2525", "--source", "::1", "--admin", "off")
        self.assert_one_line(ended, "--source ::1", code=1)

    def test_a_source_that_is_not_ours_is_an_error(self):
        sink = self.sink()
        ended = self.run_program("mailvoid-loadgen", sink.target, "--source", "192.0.2.1", "--sessions", "2",
                                 "--duration", "1s", "--admin", "off", "--quiet")
        self.assert_one_line(ended, "nothing ever connected", code=1)


if __name__ == "__main__":
    mailvoid.main()
