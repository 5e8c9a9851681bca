#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-loadgen find-limit against a server whose limit is known: it accepts so many messages a second, and lets
those that come faster wait their turn."""
import json
import signal
import threading
import time

import script_server

import mailvoid


class Pace:
    """Gives one turn each 1/rate seconds, in the order in which it is asked."""

    def __init__(self, rate):
        self._gap = 1 / rate
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self):
        with self._lock:
            turn = max(time.monotonic(), self._next)
            self._next = turn + self._gap
        time.sleep(max(0.0, turn - time.monotonic()))


def paced(rate):
    pace = Pace(rate)

    def accept(_):
        pace.wait()
        return b"250 2.0.0 Accepted"
    return script_server.ScriptServer(lambda peer: script_server.converse(peer, {"message": accept}))


class FindLimit(mailvoid.TestCase):
    # Latency and errors are those of this machine, too; that the rate is kept is a matter of the server's pace.
    QUICK = ("--sessions", "30", "--shards", "1", "--duration", "2500ms", "--warm-up", "400ms", "--cool-down", "100ms",
             "--pause", "300ms", "--threshold", "rate>=97%", "--threshold", "errors<1%")

    def search(self, target, *arguments, code=0):
        path = self.scratch() / "limit.json"
        ended = self.start(mailvoid.Program([mailvoid.BIN / "mailvoid-loadgen", "find-limit", target, "--admin",
                                             "off", "--json", path, *arguments])).wait(500)
        self.assertEqual(ended.code, code, ended)
        text = path.read_text()
        return ended, json.loads(text) if text else None

    def test_the_limit_of_a_paced_server_is_found_within_five_per_cent(self):
        with paced(200) as server:
            ended, result = self.search(server.target, "--rate", "60/s", *self.QUICK)
        limit = result["limit"]
        self.assertEqual(limit["state"], "found", ended)
        self.assertAlmostEqual(limit["rate_per_second"], 200, delta=10, msg=repr(ended))
        self.assertLessEqual(limit["low_per_second"], limit["rate_per_second"])
        self.assertLessEqual(limit["rate_per_second"], limit["high_per_second"])
        self.assertGreaterEqual(limit["confidence"], 0.95)
        self.assertRegex(ended.out, r"(?m)^  limit +\d+ messages/s: [\d.]+ % sure that it is between")
        self.assertEqual(len(ended.error_lines), len(result["probes"]), "a line for each probe")
        self.assertEqual([probe["rate_per_second"] for probe in result["probes"]][:2], [60, 120])

    def test_a_server_beyond_the_highest_rate_is_told_so(self):
        ended, result = self.search(self.sink().target, "--rate", "20/s", "--max-rate", "40/s", *self.QUICK)
        self.assertEqual(result["limit"]["state"], "above_max")
        self.assertIsNone(result["limit"]["rate_per_second"])
        self.assertIn("above 40.0/s, the highest rate allowed (--max-rate)", ended.out)

    def test_a_server_below_the_lowest_rate_exits_99(self):
        with script_server.ScriptServer(lambda peer: script_server.converse(peer, {
                "message": b"550 5.7.1 No"})) as server:
            ended, result = self.search(server.target, "--rate", "40/s", "--min-rate", "20/s", *self.QUICK, code=99)
        self.assertEqual(result["limit"]["state"], "below_min")
        self.assertIn("below 20.0/s, the lowest rate allowed (--min-rate)", ended.out)
        self.assertTrue(all(probe["rejected"] for probe in result["probes"]))

    def test_nobody_there_is_one_line_and_exit_1(self):
        ended, _ = self.search("127.0.0.1:9", "--sessions", "2", code=1)
        self.assert_one_line(ended, "nothing ever connected to 127.0.0.1:9", code=1)

    def test_a_signal_ends_it_with_what_is_known(self):
        path = self.scratch() / "limit.json"
        program = self.start(mailvoid.Program([
            mailvoid.BIN / "mailvoid-loadgen", "find-limit", self.sink().target, "--admin", "off", "--rate", "20/s",
            "--json", path, *self.QUICK]))
        program.wait_for_error_text(r"20\.0/s")
        program.signal(signal.SIGINT)
        ended = program.wait()
        self.assertEqual(ended.code, 130, ended)
        self.assertEqual(json.loads(path.read_text())["limit"]["state"], "interrupted")
        self.assertIn("interrupted; so far: ", ended.out)

    def test_help_teaches_it_in_eighty_columns(self):
        ended = self.run_program("mailvoid-loadgen", "find-limit", "--help")
        self.assertEqual((ended.code, ended.err), (0, ""))
        for option in ("precision", "confidence", "max-rate", "min-rate", "probes", "pause", "threshold", "rate"):
            self.assertIn(f"--{option}", ended.out)
        self.assertRegex(ended.out, r"--rate RATE +of the first probe")
        for refused in ("stage", "messages", "think", "shard-of", "allow-invalid", "csv", "hdr", "interval"):
            self.assertNotIn(f"--{refused} ", ended.out)
        self.assertLessEqual(max(map(len, ended.out.splitlines())), 80)

    def test_what_cannot_be_searched_is_refused_by_name(self):
        for arguments, name in [(["--stage", "hold:1/s:1m"], "--stage"), (["--max-rate", "1/s"], "--max-rate"),
                                (["--precision", "0%"], "--precision"), (["--messages", "5"], "--messages"),
                                (["--allow-invalid"], "--allow-invalid"), (["--csv", "x"], "--csv")]:
            with self.subTest(name):
                ended = self.run_program("mailvoid-loadgen", "find-limit", "127.0.0.1:9", *arguments)
                self.assert_one_line(ended, "mailvoid-loadgen find-limit: ", name, code=2)


if __name__ == "__main__":
    mailvoid.main()
