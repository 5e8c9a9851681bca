#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What mailvoid-loadgen shows while it runs: one line, redrawn, on a terminal; a line a second elsewhere."""
import fcntl
import os
import pty
import re
import select
import struct
import termios
import time

import mailvoid

_ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Terminal:
    """A pseudo-terminal of so many columns; what is written to it is kept."""

    def __init__(self, columns):
        self.ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.shown = ""

    def read_until_ended(self, program):
        end = time.monotonic() + mailvoid.PATIENCE
        while True:
            ended = not program.running()
            while select.select([self.ours], [], [], 0 if ended else 0.05)[0]:
                self.shown += os.read(self.ours, 65536).decode("utf-8", "replace")
            if ended:
                return
            if time.monotonic() > end:
                raise AssertionError(f"{program.name} had not ended after {mailvoid.PATIENCE:.0f} s")

    def close(self):
        os.close(self.ours)
        os.close(self.theirs)


class OnATerminal(mailvoid.TestCase):
    def shown(self, columns, *arguments, messages=("--duration", "1500ms"), **variables):
        """All that one run draws on stderr."""
        terminal = Terminal(columns)
        self.addCleanup(terminal.close)
        environment = mailvoid.clean_environment(**{"TERM": "xterm", **variables})
        program = self.start_loadgen(self.sink().target, "--sessions", "20", *messages, *arguments,
                                     terminal=terminal.theirs, environment=environment)
        terminal.read_until_ended(program)
        self.assertEqual(program.wait().code, 0, terminal.shown)
        return terminal.shown

    def test_one_line_is_redrawn_and_goes_away(self):
        shown = self.shown(80)
        self.assertNotIn("\n", shown)
        drawn = [_ESCAPE.sub("", part) for part in shown.split("\r")]
        self.assertGreater(len([line for line in drawn if "msg/s" in line]), 1)
        self.assertEqual(drawn[-1], "")
        self.assertTrue(shown.endswith("\r\x1b[K"))

    def test_it_never_exceeds_the_width(self):
        for columns in (8, 20, 41, 79, 80, 200):
            with self.subTest(columns=columns):
                shown = self.shown(columns, messages=("--duration", "400ms"))
                drawn = [_ESCAPE.sub("", part) for part in shown.split("\r")]
                self.assertGreater(len(drawn), 1)
                self.assertLess(max(map(len, drawn)), columns)

    def test_colours_can_be_switched_off(self):
        # Sessions that are still connecting are shown in colour.
        slow = ("--ramp", "1s", "--duration", "700ms")
        self.assertRegex(self.shown(120, messages=slow), r"\x1b\[\d+m")
        for arguments, variables in ((("--no-color",), {}), ((), {"NO_COLOR": "1"})):
            shown = self.shown(120, *arguments, messages=slow, **variables)
            self.assertNotRegex(shown, r"\x1b\[\d*m")
            self.assertIn("msg/s", shown)

    def test_a_dumb_terminal_gets_lines(self):
        shown = self.shown(80, messages=("--duration", "2500ms"), TERM="dumb")
        self.assertNotIn("\x1b", shown)
        self.assertGreater(shown.count("msg/s"), 0)
        self.assertEqual(shown.count("\n"), shown.count("msg/s"))

    def test_quiet_draws_nothing(self):
        self.assertEqual(self.shown(80, "--quiet"), "")


class Elsewhere(mailvoid.TestCase):
    def test_a_line_a_second(self):
        ended = self.start_loadgen(self.sink().target, "--duration", "3500ms", "--sessions", "10").wait()
        self.assertEqual(ended.code, 0, ended)
        times = [float(re.match(r" *([\d.]+)s ", line)[1]) for line in ended.error_lines]
        self.assertGreater(len(times), 1)
        for earlier, later in zip(times, times[1:]):
            self.assertGreater(later - earlier, 0.85)  # a machine may be late, hardly early
        self.assertNotIn("\x1b", ended.err)
        self.assertNotIn("\r", ended.err)
        self.assertRegex(ended.error_lines[0], r"\d% +[\d,]+ msg/s .*p50 .*p99 .*sessions 10  errors 0$")

    def test_stdout_has_only_the_table(self):
        ended = self.start_loadgen(self.sink().target, "--duration", "1200ms", "--sessions", "10").wait()
        self.assertTrue(ended.out.startswith("mailvoid-loadgen: "), ended)
        self.assertNotIn("msg/s", ended.out)


if __name__ == "__main__":
    mailvoid.main()
