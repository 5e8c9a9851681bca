#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""aiosmtpd's own TestSMTP (162 cases) against mailvoid-sink, reply code by reply code.

The suite runs twice as it is, once against aiosmtpd and once against the sink (aiosmtpd_plugin.py); every reply
code must be the same, but for those that aiosmtpd_differences.toml lists with a reason. What a case looks up in
its own server's memory or in a reply's text is no part of this."""
import json
import pathlib
import tomllib

import mailvoid

HERE = pathlib.Path(__file__).parent
PYTHON = pathlib.Path("/usr/bin/python3")  # Debian's, which has Debian's modules
PACKAGES = pathlib.Path("/usr/lib/python3/dist-packages")
NEEDED = ("aiosmtpd/tests/test_smtp.py", "pytest", "pytest_mock")
CASES = 162


def listed():
    """{case: (theirs, ours)}; a case is listed once."""
    with open(HERE / "aiosmtpd_differences.toml", "rb") as table:
        rows = [(case, (row["theirs"], row["ours"])) for row in tomllib.load(table)["difference"]
                for case in row["cases"] if row["why"]]
    assert len(dict(rows)) == len(rows), "a case is listed twice"
    return dict(rows)


def complaints(theirs, ours, expected):
    """One line for each case whose codes are not the same, nor different as expected."""
    lines = [f"{case}: listed, but there is no such case" for case in expected if case not in theirs]
    for case in theirs:
        codes = theirs[case]["codes"], ours.get(case, {"codes": []})["codes"]
        different = [pair for pair in zip(*codes) if pair[0] != pair[1]]
        wanted = [expected[case]] if case in expected else []
        if len(codes[0]) != len(codes[1]) or different != wanted:
            lines.append(f"{case}: theirs {codes[0]}, ours {codes[1]}, "
                         f"{'listed as %d, %d' % expected[case] if case in expected else 'not listed'}")
    return lines


class AiosmtpdSuite(mailvoid.TestCase):
    def run_suite(self, target=""):
        for name in NEEDED:
            mailvoid.needed(PACKAGES / name)
        record = self.scratch() / "record.json"
        environment = mailvoid.clean_environment(PYTHONPATH=str(HERE), AIOSMTPD_RECORD=str(record),
                                                 AIOSMTPD_TARGET=target, PYTEST_ADDOPTS="")
        ended = self.start(mailvoid.Program(
            [mailvoid.needed(PYTHON), "-B", "-m", "pytest", "-p", "no:cacheprovider", "-p", "aiosmtpd_plugin",
             "-q", "--pyargs", "aiosmtpd.tests.test_smtp::TestSMTP"], environment=environment)).wait(300)
        self.assertTrue(record.exists(), ended)
        result = json.loads(record.read_text())
        self.assertEqual(len(result["cases"]), CASES, ended)
        return result

    def test_every_reply_code_is_theirs_or_differs_for_a_listed_reason(self):
        theirs = self.run_suite()
        self.assertEqual({case: record["failure"] for case, record in theirs["cases"].items()
                          if record["failure"]}, {}, "aiosmtpd fails its own tests")
        sink = self.sink()
        ours = self.run_suite(sink.target)
        self.assertEqual(complaints(theirs["cases"], ours["cases"], listed()), [])
        self.assertEqual({case: record["trouble"] for case, record in ours["cases"].items()
                          if record["trouble"]}, {}, "a case hung, was hung up on or got out of step")
        # AssertionError: a text is not theirs, which is as it should be (test_ehlo's list of extensions).
        self.assertLessEqual({record["failure"] for record in ours["cases"].values()}, {"", "AssertionError"})
        self.assert_sink_counted(sink.scrape_when_idle(), ours)

    def assert_sink_counted(self, metrics, ours):
        self.assertEqual(metrics.by_label("mailvoid_sink_replies_total"), ours["replies"])
        self.assertEqual(metrics["mailvoid_sink_connections_total"], ours["connections"])
        quits = ours["replies"]["221"]  # the others hung up: test_close_then_continue
        self.assertEqual(ours["connections"] - quits, 1)
        self.assertEqual(metrics.by_label("mailvoid_sink_connections_closed_total"), {"finished": quits, "client_closed": 1})


class Complaints(mailvoid.TestCase):
    """The comparison itself."""

    def compare(self, theirs, ours, expected):
        return complaints({"case": {"codes": theirs}}, {"case": {"codes": ours}}, expected)

    def test_equal_codes_are_right_and_must_not_be_listed(self):
        self.assertEqual(self.compare([220, 250], [220, 250], {}), [])
        self.assertEqual(len(self.compare([220, 250], [220, 250], {"case": (250, 501)})), 1)

    def test_a_difference_must_be_listed_as_it_is(self):
        self.assertEqual(len(self.compare([220, 250], [220, 501], {})), 1)
        self.assertEqual(self.compare([220, 250], [220, 501], {"case": (250, 501)}), [])
        self.assertEqual(len(self.compare([220, 250], [220, 550], {"case": (250, 501)})), 1)
        self.assertEqual(len(self.compare([250, 250], [501, 501], {"case": (250, 501)})), 1)

    def test_a_reply_too_few_or_too_many_is_wrong(self):
        self.assertEqual(len(self.compare([220, 250], [220], {})), 1)
        self.assertEqual(len(self.compare([220, 250], [220, 250, 250], {})), 1)
        self.assertEqual(len(complaints({"case": {"codes": [220]}}, {}, {})), 1)

    def test_what_is_listed_must_exist(self):
        self.assertEqual(len(self.compare([220], [220], {"gone": (250, 501)})), 1)


if __name__ == "__main__":
    mailvoid.main()
