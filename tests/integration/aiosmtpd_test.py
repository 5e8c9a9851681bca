#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""aiosmtpd's own tests of its server against mailvoid-sink, reply code by reply code.

They come in groups, as the sink needs other options (aiosmtpd_differences.toml). Each runs twice as it is, once against aiosmtpd and once against the sink (aiosmtpd_plugin.py); every reply
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
with open(HERE / "aiosmtpd_differences.toml", "rb") as table:
    TABLE = tomllib.load(table)


def listed(group):
    """{case: (theirs, ours)}; a case is listed once."""
    rows = [(case, (row["theirs"], row["ours"])) for row in TABLE["difference"]
            for case in row["cases"] if row["why"] and row.get("group", "smtp") == group]
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
    def run_suite(self, group, target=""):
        for name in NEEDED:
            mailvoid.needed(PACKAGES / name)
        record = self.scratch() / "record.json"
        environment = mailvoid.clean_environment(PYTHONPATH=str(HERE), AIOSMTPD_RECORD=str(record),
                                                 AIOSMTPD_TARGET=target, PYTEST_ADDOPTS="",
                                                 AIOSMTPD_LEFT_OUT=" ".join(group.get("left_out", {})))
        ended = self.start(mailvoid.Program(
            [mailvoid.needed(PYTHON), "-B", "-m", "pytest", "-p", "no:cacheprovider", "-p", "aiosmtpd_plugin", "-q",
             "--pyargs", *(f"aiosmtpd.tests.{test}" for test in group["tests"])], environment=environment)).wait(300)
        self.assertTrue(record.exists(), ended)
        result = json.loads(record.read_text())
        self.assertEqual(len(result["cases"]), group["count"], ended)
        return result

    def options(self, group):
        """Those of the table; the files that they name are ours."""
        users = self.scratch() / "users"
        users.write_text("goodlogin:goodpasswd\n")
        users.chmod(0o600)
        return [option.format(users=users, tests=PACKAGES / "aiosmtpd/tests") for option in group["options"]]

    def compare(self, name):
        group = TABLE["group"][name]
        theirs = self.run_suite(group)
        self.assertEqual({case: record["failure"] for case, record in theirs["cases"].items()
                          if record["failure"]}, {}, "aiosmtpd fails its own tests")
        sink = self.sink(*self.options(group))
        ours = self.run_suite(group, sink.target)
        self.assertEqual(complaints(theirs["cases"], ours["cases"], listed(name)), [])
        self.assertEqual({case: record["trouble"] for case, record in ours["cases"].items()
                          if record["trouble"]}, {}, "a case hung, was hung up on or got out of step")
        # AssertionError: a text is not theirs, which is as it should be (test_ehlo's list of extensions).
        self.assertLessEqual({record["failure"] for record in ours["cases"].values()}, {"", "AssertionError"})
        return sink.scrape_when_idle(), ours

    def test_every_reply_code_is_theirs_or_differs_for_a_listed_reason(self):
        self.assert_sink_counted(*self.compare("smtp"))

    def test_logging_in(self):
        self.compare("auth")

    def test_mail_only_after_logging_in(self):
        self.compare("auth_required")

    def test_starttls(self):
        self.compare("starttls")

    def test_mail_only_inside_tls(self):
        self.compare("tls_required")

    def test_ascii_only(self):
        self.compare("ascii")

    def test_without_tls(self):
        self.compare("no_tls")

    def test_lmtp(self):
        self.compare("lmtp")

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
