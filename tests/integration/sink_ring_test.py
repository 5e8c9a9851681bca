#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-sink over every shape of the ring: fallbacks for older kernels, scarce buffers, each instruction
set. Whatever the shape, the counts are the same."""
import errno
import re
import signal

import mail
import mailvoid
import peers
import seccomp
from smtp_client import Client, pour, session

FEATURES = ("min-wait", "incremental-buffers", "receive-cap", "registered-ring")
PREFIX = "mailvoid_sink_"


class RingTestCase(mailvoid.TestCase):
    def assert_counts(self, metrics, messages):
        expected = mail.sink_counts(messages)
        self.assertEqual({name: metrics[PREFIX + name] for name in expected}, expected)

    def assert_serves(self, sink, sessions=60):
        """Many small tricky messages, some large ones, and short connections: all is counted right."""
        small = [mail.tricky(seed, 2000) for seed in range(10)]
        large = [mail.tricky(seed, 1_500_000) for seed in (100, 101)]
        bodies = [mail.stuffed(octets) for octets in small]
        scripts = [self.whole_session([bodies[(n + i) % 10] for i in range(5)]) for n in range(sessions)]
        scripts += [session(1, mail.stuffed(octets)) for octets in large]
        sent = [small[(n + i) % 10] for n in range(sessions) for i in range(5)] + large
        for told, script in zip(pour(sink.address, scripts), scripts):
            self.assertEqual(told.count(b"\r\n250 2.0.0 Message accepted"), script.count(b"DATA\r\n"))
            self.assertTrue(told.endswith(b"\r\n") and b"\r\n221 " in told, told[-200:])
        self.assert_counts(sink.scrape_when_idle(), sent)
        peers.smtp_source(self, sink, "-s", "50", "-m", "1000", "-l", "100")
        metrics = sink.scrape_when_idle()
        self.assertEqual(metrics[PREFIX + "messages_accepted_total"], len(sent) + 1000)
        self.assertEqual(metrics[PREFIX + "connections_total"], len(scripts) + 1000)
        self.assertEqual(metrics[PREFIX + "pool_blocks_in_use"], 0)
        self.assertEqual(sink.stop().code, 0)
        return metrics

    @staticmethod
    def whole_session(bodies):
        front, back = b"EHLO client.example\r\n", b"QUIT\r\n"
        return front + b"".join(session(1, body)[len(front):-len(back)] for body in bodies) + back

    def stopped(self, sink, happen):
        """Calls happen() while the sink is held, so that it finds all that this brings in one turn."""
        sink.signal(signal.SIGSTOP)
        happen()
        sink.signal(signal.SIGCONT)


class Features(RingTestCase):
    def test_each_may_be_missing(self):
        for feature in FEATURES:
            with self.subTest(feature):
                self.assert_serves(self.sink("--ring-disable", feature))

    def test_all_may_be_missing_as_on_linux_6_1(self):
        self.assert_serves(self.sink(*(part for name in FEATURES for part in ("--ring-disable", name))))

    def test_all_may_be_there(self):
        self.assert_serves(self.sink())

    def test_the_list_is_the_one_that_the_program_has(self):
        ended = self.run_program("mailvoid-sink", "--ring-disable", "?")
        self.assertEqual(ended.code, 2)
        for name in FEATURES:
            self.assertIn(name, ended.err)

    def here(self):
        """What this kernel has of them."""
        version = self.run_program("mailvoid-sink", "--version").out
        return re.search(r"(?m)^io_uring +(.*)$", version)[1].split()

    def test_without_registered_ring_it_is_not_registered(self):
        watched = seccomp.killing(seccomp.REGISTER, seccomp.REGISTER_RING_FDS)
        self.assert_serves(self.sink("--ring-disable", "registered-ring", before_exec=watched), sessions=5)
        if "registered-ring" in self.here():
            sink = self.start(mailvoid.Program([mailvoid.BIN / "mailvoid-sink", "--listen", "127.0.0.1:0",
                                                "--admin", "off"],
                                               before_exec=watched))
            self.assertEqual(sink.wait().code, -signal.SIGSYS)

    def test_a_kernel_that_refuses_to_register_the_ring_will_do(self):
        old = seccomp.failing(seccomp.REGISTER, errno.EINVAL, seccomp.REGISTER_RING_FDS)
        self.assert_serves(self.sink(before_exec=old), sessions=5)

    def exhausted_by_small_commands(self, *arguments):
        """How often one large buffer was not there for one of 100 short commands that came at once."""
        sink = self.sink("--shards", "1", "--recv-buffers", "1", "--recv-buffer-size", "64k", *arguments)
        clients = [self.client(sink).greet() for _ in range(100)]
        before = sink.scrape()[PREFIX + "ring_buffers_exhausted_total"]
        self.stopped(sink, lambda: [client.send("NOOP\r\n") for client in clients])
        for client in clients:
            client.expect(250)
        return sink.scrape()[PREFIX + "ring_buffers_exhausted_total"] - before

    def test_incremental_buffers_let_many_commands_share_one(self):
        self.assertGreater(self.exhausted_by_small_commands("--ring-disable", "incremental-buffers"), 50)
        if "incremental-buffers" in self.here():
            self.assertLess(self.exhausted_by_small_commands(), 5)


class ScarceBuffers(RingTestCase):
    def test_a_single_buffer_serves_everybody(self):
        for size in ("512", "16k"):
            for disabled in ((), ("--ring-disable", "incremental-buffers")):
                with self.subTest(size=size, disabled=disabled):
                    metrics = self.assert_serves(self.sink("--recv-buffers", "1", "--recv-buffer-size", size,
                                                           *disabled))
                    self.assertGreater(metrics[PREFIX + "ring_buffers_exhausted_total"], 0)
                    self.assertGreater(metrics[PREFIX + "starved_sessions_total"], 0)

    def test_a_thousand_sessions_share_two_small_buffers(self):
        sink = self.sink("--recv-buffers", "2", "--recv-buffer-size", "512", "--shards", "2")
        body = mail.tricky(7, 3000)
        told = pour(sink.address, [session(2, mail.stuffed(body))] * 1000)
        self.assertEqual(sum(answer.count(b"\r\n250 2.0.0 Message accepted") for answer in told), 2000)
        metrics = sink.scrape_when_idle()
        self.assert_counts(metrics, [body] * 2000)
        self.assertGreater(metrics[PREFIX + "ring_buffers_exhausted_total"], 0)

    def test_a_flood_does_not_keep_others_from_the_last_buffer(self):
        sink = self.sink("--recv-buffers", "1", "--shards", "1")
        flood = self.client(sink).greet()
        flood.begin_message()
        flood.socket.settimeout(0)
        sent = 0

        def push():
            nonlocal sent
            try:
                for _ in range(16):
                    sent += flood.socket.send(b"x" * 65536)
            except BlockingIOError:
                pass
        with Client(sink.address).greet() as modest:
            for _ in range(50):
                push()
                modest.expect(250, "NOOP")
        self.assertGreater(sent, 1_000_000)

    def test_a_small_submission_queue_is_filled_and_counted(self):
        sink = self.sink("--ring-entries", "64", "--shards", "1")
        clients = [self.client(sink).greet() for _ in range(300)]

        def all_at_once():
            self.stopped(sink, lambda: [client.send("NOOP\r\n") for client in clients])
            for client in clients:
                client.expect(250)
            return sink.scrape()[PREFIX + "ring_early_submits_total"] > 0
        # How many completions a turn takes is the kernel's and the load's to say: more than 64 sooner or later.
        mailvoid.eventually("a turn has more to submit than there is room for", all_at_once)


class InstructionSets(RingTestCase):
    def test_each_counts_the_same(self):
        help_text = " ".join(self.run_program("mailvoid-sink", "--help").out.split())
        names = re.search(r"--simd (\S+) ", help_text)[1].split("|")
        self.assertIn("auto", names)
        self.assertIn("scalar", names)
        messages = [mail.tricky(seed, 20000) for seed in range(40)]
        scripts = [self.whole_session(map(mail.stuffed, messages[i::4])) for i in range(4)]
        for name in names:
            with self.subTest(name):
                sink = self.sink("--simd", name)
                pour(sink.address, scripts)
                metrics = sink.scrape_when_idle()
                self.assert_counts(metrics, messages)
                if name != "auto":
                    self.assertIn(f'simd="{name}"', str(list(metrics)))


if __name__ == "__main__":
    mailvoid.main()
