#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""curl's own SMTP tests against mailvoid-sink: exit code, every command that was sent, and what arrived, as curl's
files have them (curl_suite.py). curl_suite.toml says which run, with what options, and why others do not."""
import os
import re
import subprocess
import unittest

import clients
import curl_suite
import mailvoid

OPTIONS, DIFFERENCES, NOT_RUN = curl_suite.table()


def commands(trace):
    """The commands of a trace, as octets read like a test's text."""
    lines = re.findall(r"^trace: C: (?!\[[\d,]+ octets of message)(.*)$", trace, re.MULTILINE)
    return [os.fsdecode(re.sub(rb"\\x([0-9a-f]{2})", lambda found: bytes.fromhex(found[1].decode()), line.encode()))
            for line in lines]


def as_listed(wanted, came, row):
    """`wanted` with what `row` says is different."""
    code, asked, messages = wanted
    if "any_command" in row:
        place = row["any_command"]
        asked = [*asked[:place], came[1][place], *asked[place + 1:]]
    return row.get("exit_code", code), asked, messages


class CurlSuite(mailvoid.TestCase):
    """Has one test for each of curl's that runs."""

    def outcome(self, number):
        """What the test asks for and what came, each as (exit code, commands, messages)."""
        folder = self.scratch()
        case = curl_suite.Case(number, folder, 0)
        case.write_files()
        extra = OPTIONS[number]["options"] if number in OPTIONS else []
        options = case.server_options
        if "--auth" in extra:
            del options[options.index("--auth"):options.index("--auth") + 2]
        secure = "smtps://" in case.part("command")
        sink, received = self.capturing_sink(
            "--trace", "--shards", "1", *options, *extra, *(["--tls-self-signed"] if secure else []),
            listen=["127.0.0.1:0" + (",tls=implicit" if secure else "")])
        case = curl_suite.Case(number, folder, sink.address[1])
        ended = subprocess.run([clients.program("curl"), "--disable", "--silent", "--show-error", *case.arguments],
                               input=case.stdin, capture_output=True, timeout=mailvoid.PATIENCE, check=False,
                               env=mailvoid.clean_environment(LC_ALL="C.UTF-8"))
        sink.scrape_when_idle()
        messages = [case.same_for_all(octets) for octets in received()]
        wanted = case.exit_code, case.commands, case.messages
        return wanted, (ended.returncode, commands(sink.err), messages), ended.stderr.decode()


def add_case(number):
    def test(self):
        wanted, came, said = self.outcome(number)
        if number in DIFFERENCES:
            self.assertNotEqual(came, wanted, "listed, but it does not differ")
            wanted = as_listed(wanted, came, DIFFERENCES[number])
        self.assertEqual(came, wanted, said)
    setattr(CurlSuite, f"test_{number}", test)


RUNNING = [number for number in curl_suite.smtp_cases() if number not in NOT_RUN]
for running in RUNNING:
    add_case(running)


class Table(unittest.TestCase):
    def test_the_suite_is_there(self):
        self.assertGreaterEqual(len(RUNNING), 60)

    def test_what_is_listed_exists_and_runs_or_does_not(self):
        for number in (*OPTIONS, *DIFFERENCES):
            self.assertIn(number, RUNNING)
        self.assertLessEqual(set(NOT_RUN), set(curl_suite.smtp_cases()))


if __name__ == "__main__":
    mailvoid.main()
