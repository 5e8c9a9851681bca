#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-loadgen --retry against servers that put mail off: who is sent what again, and what the counts say."""
import collections
import re
import signal

import admin
import mailvoid
import procfs
from script_server import ScriptServer, converse

FAST = ("--sessions", "4", "--shards", "2", "--retry-delay", "20ms", "--retry-delay-max", "100ms")
LATER = b"451 4.7.1 Greylisted, come back later"


class Greylist:
    """Puts off each command that says something for the first `times`."""

    def __init__(self, times=1):
        self.times, self.heard = times, collections.Counter()

    def answer(self, peer, default):
        with peer.server.lock:
            self.heard[peer.command] += 1
            return LATER if self.heard[peer.command] <= self.times else default


class Retries(mailvoid.TestCase):
    def send(self, answers, *arguments, messages=40, code=0):
        with ScriptServer(lambda peer: converse(peer, answers)) as server:
            server.keep = True
            run = self.load(server.target, *FAST, "--messages", str(messages), *arguments, code=code)
        self.server = server
        retries = run["retries"]
        self.assertEqual(retries["deferred"], retries["retried"] + sum(retries["gave_up"].values()), run)
        self.assertEqual(run["messages.started"], messages)
        return run

    def test_a_greylisting_server_gets_every_message_once(self):
        greylist = Greylist()
        run = self.send({"rcpt": lambda peer: greylist.answer(peer, b"250 2.1.5 Ok")}, "--retry", "3",
                        "--to", "user{message}@sink.example")
        self.assertEqual(run["messages.accepted"], 40, run)
        self.assertEqual(run["retries.recovered"], 40)
        self.assertEqual(run["replies_by_step.rcpt"], {"250": 40, "451": 40})
        self.assertEqual(self.server.accepted, 40)
        self.assertEqual(len({re.search(rb"Message-ID: (\S+)", text)[1] for text in self.server.messages}), 40)
        # 20 ms, less a quarter: the wait is in the latency of the message, and in no step.
        self.assertGreaterEqual(run["latency_seconds.message.p50"], 0.015)
        self.assertEqual(run["latency_seconds.message.count"], 40)
        self.assertIn("40 attempts by the target, 40 retries made, 40 messages", " ".join(run.ended.out.split()))

    def test_recipients_that_have_it_are_left_alone(self):
        greylist = Greylist()
        run = self.send({"rcpt": lambda peer: greylist.answer(peer, b"250 2.1.5 Ok") if "user2." in peer.command
                         else (greylist.heard.update([peer.command]), b"250 2.1.5 Ok")[1]}, "--retry", "3",
                        "--recipients", "3", "--to", "user{recipient}.{message}@sink.example")
        self.assertEqual(run["messages.accepted"], 40, run)
        self.assertEqual(run["retries.split"], 40)
        self.assertEqual(self.server.accepted, 80)
        for command, times in greylist.heard.items():
            self.assertEqual(times, 2 if "user2." in command else 1, command)

    def test_a_plan_is_kept_beside_them(self):
        greylist = Greylist()
        run = self.send({"mail": lambda peer: greylist.answer(peer, b"250 2.1.0 Ok")}, "--retry", "1", "--rate", "200/s",
                        "--from", "s{message}@loadgen.example", "--allow-invalid")
        self.assertEqual(run["plan.planned"], 40)
        self.assertEqual(run["plan.started"] + run["plan.missed"], 40)
        self.assertEqual(run["messages.accepted"], run["messages.started"])
        self.assertEqual(run["retries.retried"], run["messages.started"])

    def test_what_is_given_up_says_why(self):
        for arguments, reason in ((("--retry", "2"), "exhausted"),
                                  (("--retry", "2", "--grace", "10ms", "--retry-delay", "1m", "--retry-delay-max", "1m"),
                                   "run_over"),
                                  (("--retry", "2", "--retry-queue", "1", "--shards", "1", "--retry-delay", "1s",
                                    "--retry-delay-max", "1s"), "queue_full")):
            with self.subTest(reason):
                run = self.send({"message": LATER}, *arguments)
                self.assertEqual(run["messages.rejected"], 40, run)
                self.assertGreater(run[f"retries.gave_up.{reason}"], 30, run)
                self.assertEqual(sum(run["retries.gave_up"].values()), 40)

    def test_a_421_is_put_off_and_a_reset_has_failed(self):
        first = Greylist()
        run = self.send({"message": lambda peer: first.answer(peer, b"") and b"421 4.3.2 Restarting" or b"250 2.0.0 Ok"},
                        "--retry", "5", "--no-pipelining", messages=5)
        self.assertEqual(run["messages.accepted"], 5, run)
        self.assertGreaterEqual(run["retries.deferred"], 1)
        run = self.send({"message": lambda peer: peer.reset()}, "--retry", "5", messages=5)
        self.assertEqual((run["messages.failed"], run["retries.deferred"]), (5, 0), run)

    def test_the_metrics_tell_of_them(self):
        with ScriptServer(lambda peer: converse(peer, {"mail": LATER})) as server:
            load = self.start_loadgen(server.target, *FAST, "--rate", "50/s", "--duration", "1m", "--retry", "1",
                                      "--admin", "127.0.0.1:0")
            port = admin.Admin(mailvoid.eventually("it listens", lambda: [
                address for address, inodes in procfs.listeners().items() if inodes & procfs.sockets_of(load.pid)])[0])
            name = 'mailvoid_loadgen_messages_given_up_total{reason="exhausted"}'
            mailvoid.eventually("messages are given up", lambda: port.scrape()[name] > 3)
            metrics = port.scrape()
            self.assertGreater(metrics["mailvoid_loadgen_messages_deferred_total"], 3)
            self.assertGreater(metrics["mailvoid_loadgen_messages_retried_total"], 3)
            load.signal(signal.SIGTERM)
            self.assertEqual(load.wait().code, 130)


class Mistakes(mailvoid.TestCase):
    def test_are_named(self):
        for arguments, parts in ((("--retry", "-1"), ("--retry",)), (("--retry-delay", "1s"), ("--retry-delay", "needs --retry")),
                                 (("--retry", "1", "--retry-delay", "2m"), ("--retry-delay", "1m")),
                                 (("--retry", "1", "--retry-queue", "0"), ("--retry-queue",))):
            ended = self.run_program("mailvoid-loadgen", "localhost:1", *arguments)
            self.assertEqual(ended.code, 2, ended)
            for part in parts:
                self.assertIn(part, ended.err)


if __name__ == "__main__":
    mailvoid.main()
