#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a run of mailvoid-loadgen leaves for other programs: the time series, CSV, and HdrHistogram's formats."""
import csv
import json
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

    def test_a_folder_that_cannot_be_made_is_told_before_the_run(self):
        file = pathlib.Path(self.scratch(), "file")
        file.write_text("")
        ended = self.start_loadgen("127.0.0.1:1", "--hdr", file / "hdr").wait()
        self.assert_one_line(ended, "--hdr", "cannot make the folder", code=1)


if __name__ == "__main__":
    mailvoid.main()
