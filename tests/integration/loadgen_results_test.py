#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a run of mailvoid-loadgen leaves for other programs: the time series, CSV, and HdrHistogram's formats."""
import csv
import json
import os
import pathlib
import shutil
import subprocess

import mailvoid

HDR = mailvoid.ROOT / "tests/integration/hdr_histogram"


def lowest_at(index):
    """In microseconds: where a place of the histogram begins, as docs/results.md says it."""
    if index < 256:
        return index
    b = index // 128 - 1
    return (index - 128 * b) << b


def table_of(text):
    """The rows of a percentile table as [value, percentile, total], and how many lines it has in all."""
    lines = text.splitlines()
    return [[float(field) for field in line.split()[:3]] for line in lines[2:] if not line.startswith("#")], len(lines)


def read_by_hdr_histogram(folder):
    mailvoid.needed(HDR / "node_modules/hdr-histogram-js/package.json")
    done = subprocess.run([shutil.which("node"), HDR / "read_export.js", folder], capture_output=True, text=True,
                          timeout=mailvoid.PATIENCE)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)


class Exports(mailvoid.TestCase):
    def exported(self, *arguments):
        folder = pathlib.Path(self.scratch())
        run = self.load(self.sink().target, "--sessions", "5", "--interval", "100ms", "--hdr", folder / "hdr",
                        "--csv", folder / "series.csv", *arguments)
        return run, folder

    def assert_same_histograms(self, run, found, tags):
        for tag, member in tags.items():
            counts = [[lowest_at(index), count] for index, count in run[member]["counts"]]
            self.assertEqual(found[tag]["counts"], counts, tag)

    def test_hdr_histogram_reads_the_log_to_the_bucket(self):
        run, folder = self.exported("--messages", "3000")
        found = read_by_hdr_histogram(folder / "hdr")
        self.assertEqual(set(found), set(run["histograms"]))
        self.assert_same_histograms(run, found, {phase: f"histograms.{phase}" for phase in run["histograms"]})
        self.assertEqual(sum(count for _, _, count in found["message"]["intervals"]), 3000)

    def test_hdr_histogram_would_write_the_same_tables(self):
        run, folder = self.exported("--messages", "3000")
        found = read_by_hdr_histogram(folder / "hdr")
        for phase in run["histograms"]:
            ours, lines = table_of((folder / "hdr" / f"{phase}.hgrm").read_text())
            theirs, their_lines = table_of(found[phase]["table"])
            self.assertEqual([[round(value * 1000), percentile, total] for value, percentile, total in ours], theirs)
            self.assertEqual(lines, their_lines)

    def test_an_open_loop_is_exported_from_both_starts(self):
        run, folder = self.exported("--rate", "500", "--messages", "200", "--allow-invalid")
        found = read_by_hdr_histogram(folder / "hdr")
        self.assert_same_histograms(run, found, {
            "message": "histograms.message", "service.message": "service_histograms.message",
            "lag": "lag_histograms.schedule"})

    def test_the_series_and_its_csv_add_up_to_the_run(self):
        run, folder = self.exported("--messages", "3000")
        points = run["series"]["points"]
        with open(folder / "series.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), len(points))
        for member in ("started", "accepted", "rejected", "failed"):
            self.assertEqual(sum(point[member] for point in points), run["messages"][member])
            self.assertEqual([int(row[member]) for row in rows], [point[member] for point in points])
        self.assertEqual(sum(point["sent_bytes"] for point in points), run["generator.sent_bytes"])
        self.assertEqual(sum(count for point in points for _, count in point["heat"]), 3000)
        self.assertEqual(points[-1]["sessions_open"], 0)
        self.assertEqual(rows[0]["target_rate"], "")

    def test_what_nobody_can_read_ends_no_run(self):
        """A full disk under the log, or a reader that has gone."""
        sink = self.sink()
        ours, theirs = os.pipe()
        os.close(ours)
        with open("/dev/full", "wb") as full, open(theirs, "wb", closefd=True) as broken:
            for stderr in full, broken:
                run = self.load(sink.target, "--sessions", "2", "--rate", "20/s", "--duration", "2500ms", terminal=stderr)
                self.assertEqual(run["messages.accepted"], 50)
            for arguments in (("--help",), ("find-limit", "--help"), (sink.target, "--messages", "1", "--admin", "off")):
                ended = subprocess.run([mailvoid.BIN / "mailvoid-loadgen", *arguments], stdout=full, timeout=60, check=False,
                                       stderr=subprocess.PIPE)
                self.assertEqual((ended.returncode, b"terminate" in ended.stderr), (0, False), ended)

    def test_a_comparison_that_cannot_be_written_fails(self):
        file = self.scratch() / "a.json"
        file.write_text('{"program": "mailvoid-loadgen"}')
        with open("/dev/full", "wb") as full:
            ended = subprocess.run([mailvoid.BIN / "mailvoid-loadgen", "compare", file, "--with", file, "--json"], stdout=full,
                                   timeout=60, check=False, stderr=subprocess.PIPE)
        self.assertEqual(ended.returncode, 1)
        self.assertIn(b"--json -: cannot write: No space left on device", ended.stderr)

    def test_what_goes_to_stdout_is_alone_there(self):
        ended = self.start_loadgen(self.sink().target, "--messages", "20", "--sessions", "2", "--csv", "-").wait()
        self.assertEqual(ended.code, 0, ended)
        self.assertTrue(ended.out.startswith("at_seconds,"), ended)
        self.assertNotIn("whole message", ended.out)
        self.assertIn("whole message", ended.err)

    def test_a_full_disk_under_one_file_spoils_no_other(self):
        folder = self.scratch()
        run = self.start_loadgen(self.sink().target, "--messages", "20", "--sessions", "2", "--quiet", "--json",
                                 "/dev/full", "--csv", folder / "a.csv", "--html", folder / "a.html", "--hdr",
                                 folder / "hdr").wait()
        self.assert_one_line(run, "--json /dev/full: cannot write: No space left on device", code=1)
        self.assertEqual((folder / "a.csv").read_text().count("\n"), 2)
        self.assertIn("</html>", (folder / "a.html").read_text())
        self.assertTrue((folder / "hdr/message.hgrm").exists())

    def test_a_folder_that_cannot_be_made_is_told_before_the_run(self):
        file = pathlib.Path(self.scratch(), "file")
        file.write_text("")
        ended = self.start_loadgen("127.0.0.1:1", "--hdr", file / "hdr").wait()
        self.assert_one_line(ended, "--hdr", "cannot make the folder", code=1)


class Compare(mailvoid.TestCase):
    """The figures are made: four and four runs that differ in the rate, and in nothing else."""

    def results(self, *rates, **more):
        folder = pathlib.Path(self.scratch())
        paths = []
        for number, rate in enumerate(rates):
            path = folder / f"{number}.json"
            path.write_text(json.dumps({
                "program": "mailvoid-loadgen", "valid": True, "rate_per_second": rate, "options": {"sessions": 10},
                "latency_seconds": {"message": {"p50": 0.001 * (1 + number % 2)}}, **more}))
            paths.append(path)
        return paths

    def compare(self, before, after, *more, code=0):
        ended = self.run_program("mailvoid-loadgen", "compare", *before, "--with", *after, *more)
        self.assertEqual(ended.code, code, ended)
        return ended

    def test_repeated_runs_show_what_is_more_than_chance(self):
        told = json.loads(self.compare(self.results(100, 101, 102, 103), self.results(200, 201, 202, 203), "--json").out)
        rate, p50 = told["figures"]
        self.assertEqual((rate["median_a"], rate["median_b"], rate["verdict"]), (101.5, 201.5, "more"))
        self.assertAlmostEqual(rate["p"], 2 / 70)
        self.assertLess(rate["difference_95"][0], 100)
        self.assertGreater(rate["difference_95"][1], 100)
        self.assertEqual(p50["verdict"], "no difference shown")
        self.assertEqual(told["doubts"], [])

    def test_one_run_each_cannot_tell(self):
        ended = self.compare(self.results(100), self.results(200))
        self.assertRegex(ended.out, r"(?m)^accepted messages, /s .*\+100\.0 % .* cannot tell$")
        self.assertIn("1 against 1 run: nobody can tell", ended.out)

    def test_invalid_runs_and_other_loads_are_told(self):
        ended = self.compare(self.results(100), self.results(200, valid=False, options={"sessions": 20}))
        self.assertIn("1 of the runs are invalid", ended.out)
        self.assertIn("1 of the runs had another load than the first: another sessions\n", ended.out)
        ended = self.compare(self.results(100), self.results(200, options={"sessions": 10, "size": "1k", "tls": "starttls"}))
        self.assertIn("1 of the runs had another load than the first: another size, tls\n", ended.out)

    def test_a_run_counts_once(self):
        before, (after,) = self.results(100, 101), self.results(200, run_id="0011223344556677")
        ended = self.compare(before, [after, after], code=1)
        self.assert_one_line(ended, f"{after}: is a run that was given already", code=1)
        self.assert_one_line(self.compare([*before, after], [after], code=1), "given already", code=1)

    def test_what_is_no_result_is_refused(self):
        file = pathlib.Path(self.scratch(), "other.json")
        file.write_text('{"program": "other"}')
        self.assert_one_line(self.compare([file], [file], code=1), "other.json", "is not a result", code=1)
        self.assert_one_line(self.run_program("mailvoid-loadgen", "compare", file), "--with", code=2)


class Merge(mailvoid.TestCase):
    def halves(self, *arguments, code=0):
        sink, folder = self.sink(), pathlib.Path(self.scratch())
        paths = [folder / "0.json", folder / "1.json"]
        running = [self.start_loadgen(sink.target, "--sessions", "3", "--rate", "400", "--messages", "300", "--interval",
                                      "200ms", "--quiet", "--allow-invalid", "--shard-of", f"{number}/2", "--json", path,
                                      *arguments) for number, path in enumerate(paths)]
        for each in running:
            self.assertEqual(each.wait().code, code)
        return paths

    def merge(self, *paths, code=0):
        ended = self.run_program("mailvoid-loadgen", "merge", *paths)
        self.assertEqual(ended.code, code, ended)
        return json.loads(ended.out) if code == 0 else ended

    def test_the_parts_of_a_plan_become_the_whole_of_it(self):
        paths = self.halves()
        parts = [json.loads(path.read_text()) for path in paths]
        whole = self.merge(*paths)
        self.assertEqual(whole["messages"]["accepted"], 300)
        self.assertEqual(whole["plan"]["planned"], 300)
        self.assertEqual(sum(point["started"] for point in whole["series"]["points"]), 300)
        self.assertEqual(whole["series"]["points"][-1]["in_flight"], 0)
        self.assertEqual(whole["options"]["sessions"], 6)
        self.assertEqual([each["shard_of"] for each in whole["merged"]], ["0/2", "1/2"])
        self.assertEqual(whole["valid"], all(part["valid"] for part in parts))
        for exact in ("histograms", "service_histograms", "lag_histograms"):
            for name, histogram in whole[exact].items():
                counts = {}
                for part in parts:
                    for index, count in part[exact][name]["counts"]:
                        counts[index] = counts.get(index, 0) + count
                self.assertEqual(histogram["counts"], [list(each) for each in sorted(counts.items())], name)
        self.assertEqual(whole["latency_seconds"]["message"]["max"],
                         max(part["latency_seconds"]["message"]["max"] for part in parts))

    def test_the_whole_is_held_to_what_its_parts_were_held_to(self):
        paths = self.halves("--threshold", "accepted>=300", "--threshold", "message.p99<1h", code=99)
        whole = self.merge(*paths)
        self.assertEqual([(each["value"], each["passed"]) for each in whole["thresholds"]][0], (300, True))
        self.assertTrue(whole["thresholds"][1]["passed"])
        ended = self.run_program("mailvoid-loadgen", "merge", *paths, "--threshold", "accepted>300", "-o", paths[0])
        self.assert_one_line(ended, "failed: accepted>300", code=99)
        self.assertEqual(len(json.loads(paths[0].read_text())["thresholds"]), 3)
        self.assert_one_line(self.run_program("mailvoid-loadgen", "merge", *paths, "--threshold", "p99<1"), "--threshold: ",
                             code=2)

    def test_an_invalid_whole_ends_as_an_invalid_run_does(self):
        paths = self.halves()
        for path in paths:
            part = json.loads(path.read_text())
            part["options"]["allow_invalid"], part["invalid_reasons"] = False, ["it was late"]
            path.write_text(json.dumps(part))
        ended = self.merge(*paths, code=98)
        self.assertEqual(ended.err.count("invalid: "), 2)
        self.assertFalse(json.loads(ended.out)["valid"])

    def test_the_parts_of_a_mix_are_merged(self):
        mix = pathlib.Path(self.scratch(), "mix.toml")
        mix.write_text('[[mix]]\nname = "a"\nweight = 2\n[[mix]]\nname = "b"\npipelining = false\n')
        paths = self.halves("--config", mix)
        parts = [json.loads(path.read_text())["mix"] for path in paths]
        whole = self.merge(*paths)["mix"]
        self.assertEqual([each["name"] for each in whole], ["a", "b"])
        for i, each in enumerate(whole):
            self.assertEqual(each["accepted"], sum(part[i]["accepted"] for part in parts))
            self.assertEqual(each["latency_seconds"]["count"], each["accepted"])
        self.assertEqual(sum(each["accepted"] for each in whole), 300)

    def test_what_does_not_belong_together_is_refused(self):
        paths = self.halves()
        self.assert_one_line(self.merge(paths[0], paths[0], code=1), "given already", code=1)
        other = json.loads(paths[1].read_text())
        other["options"]["rate_per_second"] = 500.0
        paths[1].write_text(json.dumps(other))
        self.assert_one_line(self.merge(*paths, code=1), "another load", "rate_per_second is 500.0, not 400.0", code=1)


if __name__ == "__main__":
    mailvoid.main()
