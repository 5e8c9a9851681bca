#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Messages started by a plan: kept, shared, and what is said when it was not kept. Figures that depend on a machine with
time to spare are proven exactly in tests/unit/loadgen/open_loop_test.cc."""

import freezing_server
import script_server

import mailvoid

ATTEMPTS = 5  # to find the machine with time to spare


def never_answer_mail(peer):
    script_server.converse(peer, {"mail": lambda peer: peer.silence()})


class Truth(mailvoid.TestCase):
    def test_a_freeze_of_200_ms_is_seen_from_the_intended_start(self):
        for attempt in range(1, ATTEMPTS + 1):
            with freezing_server.FreezingServer(0.2) as server:
                run = self.load(server.target, "--sessions", "10", "--rate", "1000/s", "--duration", "3s",
                                "--size", "500", "--shards", "1", "--allow-invalid")
            self.assertEqual((run["mode"], run["plan.planned"], run["plan.missed"]), ("open", 3000, 0))
            self.assertEqual(run["messages.accepted"], 3000)
            intended, sent = run["latency_seconds.message"], run["service_seconds.message"]
            if intended["p90"] >= 0.100 and sent["p90"] < 0.005:
                return
        self.fail(f"after {attempt} attempts: intended p90 {intended['p90']}, sent p90 {sent['p90']}")


class Plan(mailvoid.TestCase):
    def test_a_rate_is_kept_and_both_sides_count_the_same(self):
        sink = self.sink()
        run = self.load(sink.target, "--rate", "400/s", "--duration", "2s", "--arrivals", "poisson", "--allow-invalid")
        self.assertEqual(run["plan.model"], "poisson")
        self.assertEqual(run["plan.planned"], run["plan.started"] + run["plan.missed"])
        self.assertEqual(run["schedule_lag_seconds.count"], run["messages.started"])
        self.assertEqual(run["messages.accepted"],
                         sink.scrape_when_idle()["mailvoid_sink_messages_accepted_total"])

    def test_processes_share_a_plan(self):
        runs = [self.load(self.sink().target, "--rate", "30000/m", "--messages", "1001", "--shard-of", f"{part}/3",
                          "--shards", "2", "--allow-invalid") for part in range(3)]
        self.assertEqual([run["messages.accepted"] for run in runs], [334, 334, 333])

    def test_stages_of_a_file(self):
        path = self.scratch() / "load.toml"
        path.write_text('sessions = 5\nallow-invalid = true\n[[stage]]\nshape = "ramp"\nrate = "0..400/s"\n'
                        'time = "1s"\n[[stage]]\nrate = "400/s"\ntime = "500ms"\n')
        run = self.load(self.sink().target, "--config", path)
        self.assertEqual(run["messages.accepted"], 400)
        self.assertEqual(run["plan.stages"], ["ramp:0/s..400/s:1s", "hold:400/s:500ms"])

    def test_each_message_has_a_connection_of_its_own(self):
        run = self.load(self.sink().target, "--rate", "200/s", "--duration", "1s", "--messages-per-session", "1",
                        "--allow-invalid")
        self.assertEqual((run["messages.accepted"], run["connections.established"]), (200, 200))

    def test_warm_up_and_cool_down_are_not_in_the_figures(self):
        run = self.load(self.sink().target, "--rate", "200/s", "--duration", "2s", "--warm-up", "500ms", "--cool-down",
                        "500ms", "--allow-invalid")
        self.assertEqual(run["messages.accepted"], 400)
        self.assertGreaterEqual(run["measured.from_seconds"], 0.5)
        self.assertLess(run["latency_seconds.message.count"], 400)
        self.assertGreater(run["latency_seconds.message.count"], 0)


class Validity(mailvoid.TestCase):
    def test_missed_starts_make_a_run_invalid(self):
        with script_server.ScriptServer(never_answer_mail) as server:
            arguments = (server.target, "--sessions", "2", "--rate", "100/s", "--duration", "500ms", "--start-queue", "5",
                         "--grace", "0s")
            run = self.load(*arguments, code=98)
            self.assertFalse(run["valid"])
            self.assertEqual((run["plan.planned"], run["plan.started"], run["plan.missed"]), (50, 2, 48))
            self.assertIn("48 of 50 planned starts were missed", run["invalid_reasons"][0])
            self.assertIn("INVALID", run.ended.out)
            self.assertFalse(self.load(*arguments, "--allow-invalid")["valid"])
            self.load(*arguments, "--threshold", "accepted>=50", code=99)

    def test_a_closed_loop_is_valid(self):
        run = self.load(self.sink().target, "--messages", "200", "--think", "1ms..5ms")
        self.assertEqual((run["mode"], run["valid"], run["plan"]), ("closed", True, None))

    def test_a_target_that_is_not_there_is_no_plan_that_was_kept(self):
        ended = self.start_loadgen("127.0.0.1:9", "--rate", "10/s", "--quiet").wait()
        self.assertEqual(ended.code, 1)


class Usage(mailvoid.TestCase):
    def test_errors_name_the_option(self):
        for arguments, name in ((("--rate", "fast"), "--rate: 'fast'"), (("--stage", "jump:1:1s"), "--stage: 'jump:1:1s'"),
                                (("--arrivals", "poisson"), "--arrivals: needs"), (("--shard-of", "2/2"), "--shard-of: '2/2'")):
            self.assert_one_line(self.start_loadgen("127.0.0.1:9", *arguments).wait(), name, code=2)


if __name__ == "__main__":
    mailvoid.main()
