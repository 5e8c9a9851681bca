#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What mailvoid-loadgen is held to by --threshold, and how it ends when that fails."""
import script_server

import mailvoid


def refuse_some(peer):
    """Every tenth recipient is refused."""
    count = iter(range(1, 1 << 30))
    script_server.converse(peer, {
        "rcpt": lambda _: b"550 5.1.1 No such user" if next(count) % 10 == 0 else b"250 2.1.5 Ok"})


class Verdict(mailvoid.TestCase):
    def test_what_holds_exits_0_and_is_in_the_result(self):
        run = self.load(self.sink().target, "--messages", "500", "--threshold", "errors<0.1%",
                        "--threshold", "message.max < 60s", "--threshold", "accepted>=500")
        self.assertEqual([(each["expression"], each["passed"], each["aborted"]) for each in run["thresholds"]],
                         [("errors<0.1%", True, False), ("message.max < 60s", True, False),
                          ("accepted>=500", True, False)])
        message_max = run["thresholds"][1]
        self.assertEqual((message_max["unit"], message_max["limit"], message_max["value"]),
                         ("seconds", 60.0, run["latency_seconds.message.max"]))
        self.assertRegex(run.ended.out, r"(?m)^  thresholds +held +errors<0.1%: 0 %$")

    def test_one_that_fails_exits_99_and_shows_its_figure(self):
        with script_server.ScriptServer(refuse_some) as server:
            run = self.load(server.target, "--messages", "100", "--sessions", "1", "--threshold", "errors<10%",
                            "--threshold", "rejected<=10%", code=99)
        self.assertEqual([(each["value"], each["passed"]) for each in run["thresholds"]],
                         [(10.0, False), (10.0, True)])
        self.assertRegex(run.ended.out, r"(?m)^  thresholds +FAILED errors<10%: 10 %$")

    def test_what_was_not_measured_fails(self):
        run = self.load(self.sink().target, "--messages", "10", "--threshold", "tls.p99<1h", code=99)
        self.assertIsNone(run["thresholds"][0]["value"])

    def test_the_code_is_told_without_a_report(self):
        ended = self.start_loadgen(self.sink().target, "--messages", "10", "--quiet",
                                   "--threshold", "accepted>10").wait()
        self.assertEqual((ended.code, ended.out, ended.err), (99, "", ""))


class Plan(mailvoid.TestCase):
    def test_what_only_a_plan_has_is_judged(self):
        run = self.load(self.sink().target, "--rate", "200/s", "--duration", "1s", "--allow-invalid",
                        "--threshold", "started>=100%", "--threshold", "missed<1", "--threshold", "rate>=1%",
                        "--threshold", "lag.max<60s", "--threshold", "service.message.max<60s")
        self.assertEqual([each["passed"] for each in run["thresholds"]], [True] * 5)
        self.assertEqual([each["value"] for each in run["thresholds"]][:2], [100.0, 0.0])

    def test_a_closed_loop_has_none(self):
        ended = self.run_program("mailvoid-loadgen", "127.0.0.1:9", "--threshold", "missed<1")
        self.assert_one_line(ended, "--threshold: 'missed<1' needs --rate or --stage", code=2)


class Abort(mailvoid.TestCase):
    def test_a_run_ends_when_its_promise_is_broken(self):
        run = self.load(self.sink().target, "--duration", "1h", "--threshold", "errors<1%",
                        "--threshold", "message.min<1ns abort after 0s", code=99)
        self.assertEqual([(each["passed"], each["aborted"]) for each in run["thresholds"]],
                         [(True, False), (False, True)])
        self.assertGreaterEqual(run["messages.accepted"], 100)
        self.assertEqual(run["messages.failed"], 0, "what was on its way ended well")
        self.assertRegex(" ".join(run.ended.out.split()), r"FAILED message.min<1ns abort after 0s: .*, which ended the run")

    def test_all_may_be_told_to(self):
        run = self.load(self.sink().target, "--duration", "1h", "--threshold-abort", "--quiet",
                        "--threshold", "message.min<1ns", code=99)
        self.assertTrue(run["thresholds"][0]["aborted"])


class UsageErrors(mailvoid.TestCase):
    def test_what_cannot_be_read_is_told_with_its_column(self):
        for text, column in [("mesage.p99<1s", "column 1: 'mesage' is no metric; did you mean message?"),
                             ("message.p99<250", "column 13: must be a time with its unit")]:
            with self.subTest(text):
                ended = self.run_program("mailvoid-loadgen", "127.0.0.1:9", "--threshold", text)
                self.assert_one_line(ended, f"--threshold: '{text}'", column, code=2)

    def test_a_file_is_told_with_its_line(self):
        path = self.scratch() / "scenario.toml"
        path.write_text('sessions = 5\nthreshold = ["errors<1%", "errors<1s"]\n')
        ended = self.run_program("mailvoid-loadgen", "127.0.0.1:9", "--config", path)
        self.assert_one_line(ended, f"{path}:2: threshold: 'errors<1s' is wrong at column 8", code=2)


if __name__ == "__main__":
    mailvoid.main()
