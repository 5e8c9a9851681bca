#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What takes long or much, and is run by hand: ctest --preset release -L soak. MAILVOID_SOAK_SECONDS is how
long the load runs (60)."""
import os

import idle_sessions
import mailvoid
import procfs

MIB = 1024 * 1024


class Soak(idle_sessions.TestCase):
    def test_15000_idle_sessions_cost_at_most_256_octets_each(self):
        self.assertLessEqual(self.cost(1000, 15000), idle_sessions.SESSION_OCTETS_MAX)

    def test_2000_busy_sessions_never_fail_and_memory_stays(self):
        seconds = int(os.environ.get("MAILVOID_SOAK_SECONDS", "60"))
        sink = self.sink()
        warm_up = self.load(sink.target, "--sessions", "2000", "--duration", "5s")
        before = procfs.private_dirty_bytes(sink.pid)
        run = self.load(sink.target, "--sessions", "2000", "--duration", f"{seconds}s",
                        "--messages-per-session", "1000", patience=seconds + 120)
        metrics = sink.scrape_when_idle()
        self.assertEqual(run["errors.total"], 0, run)
        self.assertEqual(run["messages.accepted"], run["messages.started"])
        self.assertEqual(metrics["mailvoid_sink_messages_accepted_total"],
                         run["messages.accepted"] + warm_up["messages.accepted"])
        self.assertLess(procfs.private_dirty_bytes(sink.pid) - before, 4 * MIB)

    def test_16000_sessions_of_the_generator_spread_over_several_addresses(self):
        sink = self.sink()
        run = self.load(sink.target, "--sessions", "16000", "--duration", "15s", "--ramp", "8s")
        self.assertEqual(run["errors.total"], 0, run)
        self.assertEqual(run["connections.established"], 16000)
        self.assertEqual(run["messages.accepted"],
                         sink.scrape_when_idle()["mailvoid_sink_messages_accepted_total"])


if __name__ == "__main__":
    mailvoid.main()
