#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What bench/e2e makes of results: statistics, tables, pictures, docs/performance.md."""
import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
E2E = ROOT / "bench/e2e"
sys.path.insert(0, str(E2E))
import chart  # noqa: E402
import measure  # noqa: E402
import procs  # noqa: E402
import results  # noqa: E402
import tables  # noqa: E402

IDLE_STATE = {"load_average": 0.1, "steal_share": 0.0, "others_share": 0.01, "busy": False}


def run(program, messages, cpu_seconds, peak=1 << 20):
    return {"program": program, "messages": messages, "messages_server": None, "octets": 1024,
            "wall_seconds": 2.0, "cpu_seconds": cpu_seconds, "cpu_seconds_other_side": 1.0,
            "cpu_seconds_of_others": 0.0, "steal_seconds": 0.0, "peak_resident_bytes": peak}


def document():
    """Two programs, three rounds. Rates of ours: 100, 200, 300; of the rival: 50, 50, 300. One more always
    failed."""
    fallen = {"program": "bhm", "error": "it fell over"}
    rounds = [[run("mailvoid-sink", 1000, cpu), run("smtp-sink", 1000, other), dict(fallen)]
              for cpu, other in ((10.0, 20.0), (5.0, 20.0), (1000 / 300, 1000 / 300))]
    rounds[1].reverse()
    case = {"name": "kept-100", "title": "1 KiB & so on", "measured": "server", "other": "smtp-source, kept",
            "sessions": 100, "octets": 1024, "programs": ["mailvoid-sink", "smtp-sink", "bhm"],
            "targets": [{"program": "mailvoid-sink", "against": "smtp-sink", "ratio": 2.0}], "rounds": rounds,
            "instructions_per_message": {"mailvoid-sink": {"user": 100.0, "kernel": 900.0},
                                         "smtp-sink": {"user": 2000.0, "kernel": 1000.0}, "bhm": None}}
    return {"schema": results.SCHEMA, "date": "2026-01-02T03:04:05Z", "command": "bench/e2e/run",
            "commit": "c" * 40, "dirty": False, "quick": False, "rounds": 3, "namespace": True,
            "machine": {"cpu": "a CPU", "cores": 2, "memory_bytes": 1 << 34, "kernel": "6.1.0",
                        "system": "a system", "congestion_control": "cubic", "l2_cache": "1024K"},
            "busy_before": dict(IDLE_STATE), "busy_after": dict(IDLE_STATE), "cores": [0, 1],
            "programs": {"mailvoid-sink": "mailvoid-sink 1.2", "smtp-sink": "3.7", "bhm": "0.76"},
            "cases": [case],
            "idle": {"title": "idle sessions after EHLO", "octets_max": {"mailvoid-sink": 256},
                     "runs": [{"program": "mailvoid-sink", "sessions_first": 1000, "sessions": 15000,
                               "pss_bytes_per_session": 256.0, "private_dirty_bytes_per_session": 190.5},
                              {"program": "bhm", "error": "it fell over"}]}}


class Statistics(unittest.TestCase):
    def test_median_quartiles_and_extremes(self):
        spread = results.Spread([5, 1, 4, 2, 3])
        self.assertEqual((spread.low, spread.quarter, spread.median, spread.three_quarters, spread.high),
                         (1, 2, 3, 4, 5))

    def test_one_value_is_all_of_them(self):
        spread = results.Spread([7])
        self.assertEqual((spread.low, spread.quarter, spread.median, spread.three_quarters, spread.high),
                         (7,) * 5)

    def test_rates_are_messages_a_cpu_second(self):
        view = results.CaseView(document()["cases"][0])
        self.assertEqual([round(value) for value in view.rates("mailvoid-sink").values], [100, 200, 300])

    def test_ratios_are_those_of_each_round_and_not_of_medians(self):
        spread = results.CaseView(document()["cases"][0]).ratios("mailvoid-sink", "smtp-sink")
        self.assertEqual([round(value, 6) for value in spread.values], [2.0, 4.0, 1.0])
        self.assertAlmostEqual(spread.median, 2.0)  # the medians' would be 4

    def test_a_failed_run_takes_its_round_out_of_the_ratios(self):
        case = document()["cases"][0]
        case["rounds"][0][1] = {"program": "smtp-sink", "error": "it fell over"}
        view = results.CaseView(case)
        self.assertEqual([round(value, 6) for value in view.ratios("mailvoid-sink", "smtp-sink").values],
                         [4.0, 1.0])
        self.assertEqual(len(view.rates("mailvoid-sink").values), 3)
        self.assertEqual(view.failures("smtp-sink"), ["it fell over"])

    def test_a_program_without_a_success_has_no_figures(self):
        view = results.CaseView(document()["cases"][0])
        self.assertIsNone(view.rates("bhm"))
        self.assertIsNone(view.ratios("mailvoid-sink", "bhm"))

    def test_instructions_compare_the_sums_of_program_and_kernel(self):
        view = results.CaseView(document()["cases"][0])
        self.assertAlmostEqual(view.instruction_ratio("mailvoid-sink", "smtp-sink"), 3.0)
        self.assertIsNone(view.instruction_ratio("mailvoid-sink", "bhm"))


class Counting(unittest.TestCase):
    def test_a_lost_message_makes_a_run_a_failure(self):
        measure.agree(10, 10, None)
        measure.agree(10, 10, 10)
        for asked, sent, taken in ((10, 9, None), (10, 9, 9), (10, 10, 9), (10, 10, 11), (10, None, 10)):
            with self.subTest((asked, sent, taken)), self.assertRaises(procs.Failure):
                measure.agree(asked, sent, taken)

    def test_a_process_is_charged_for_what_it_and_its_threads_and_children_did(self):
        burn = "sum(i * i for i in range(3_000_000))"
        script = (f"import os, threading; t = threading.Thread(target=lambda: {burn}); t.start(); t.join()\n"
                  f"if os.fork() == 0: {burn}; os._exit(0)\n"
                  "os.wait(); print('done', flush=True); import time; time.sleep(60)")
        process = procs.Process([sys.executable, "-c", script], min(os.sched_getaffinity(0)))
        self.addCleanup(process.discard)
        while "done" not in process.out:
            self.assertTrue(process.running(), process.err)
            time.sleep(0.01)
        charged = procs.cpu_seconds(process.pid)
        process.stop()
        self.assertIsNotNone(process.usage)
        self.assertAlmostEqual(charged, process.usage.ru_utime + process.usage.ru_stime, delta=0.05)
        self.assertGreater(charged, 0.02)


class Promises(unittest.TestCase):
    def verdicts(self, change=lambda _: None):
        one = document()
        change(one)
        return [row[-1] for row in tables.target_rows(one)]

    def test_a_promise_is_met_at_its_ratio_and_memory_only_below_its_limit(self):
        self.assertEqual(self.verdicts(), [True, False])

    def test_a_little_less_is_missed(self):
        def change(one):
            one["cases"][0]["targets"][0]["ratio"] = 2.001
            one["idle"]["runs"][0]["pss_bytes_per_session"] = 255.9
        self.assertEqual(self.verdicts(change), [False, True])

    def test_what_never_ran_is_missed(self):
        def change(one):
            one["cases"][0]["targets"][0]["against"] = "bhm"
            one["idle"]["runs"][0] = {"program": "mailvoid-sink", "error": "it fell over"}
        self.assertEqual(self.verdicts(change), [False, False])


class Schema(unittest.TestCase):
    def refused(self, change):
        one = copy.deepcopy(document())
        change(one)
        with self.assertRaises(results.Invalid) as caught:
            results.validate(one)
        return str(caught.exception)

    def test_a_good_one_passes(self):
        results.validate(document())

    def test_each_fault_is_named(self):
        self.assertIn("schema", self.refused(lambda one: one.update(schema="mailvoid-bench-e2e/0")))
        self.assertIn("no member commit", self.refused(lambda one: one.pop("commit")))
        self.assertIn("extra", self.refused(lambda one: one.update(extra=1)))
        self.assertIn("rounds", self.refused(lambda one: one.update(rounds=True)))
        self.assertIn("round 2", self.refused(lambda one: one["cases"][0]["rounds"][1].pop()))
        self.assertIn("cpu_seconds", self.refused(
            lambda one: one["cases"][0]["rounds"][0][0].update(cpu_seconds="1")))

    def test_the_newest_is_the_one_with_the_latest_date_inside(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertIsNone(results.newest(folder))
            for name, date in (("b", "2026-01-02T00:00:00Z"), ("a", "2026-01-03T00:00:00Z")):
                results.save({**document(), "date": date}, pathlib.Path(folder, f"{name}.json"))
            self.assertEqual(results.newest(folder).name, "a.json")


class Report(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.docs = pathlib.Path(scratch.name)
        self.results = self.docs / "results.json"
        self.performance = self.docs / "performance.md"
        self.performance.write_text("# Before\n\n<!-- bench/e2e/report: what follows is generated -->\nold\n"
                                    "<!-- bench/e2e/report: end -->\n\nAfter.\n", encoding="utf-8")

    def report(self, one, *arguments):
        results.save(one, self.results)
        return subprocess.run([sys.executable, E2E / "report", self.results, "--docs", self.docs, *arguments],
                              capture_output=True, text=True, check=False)

    def written(self):
        return {path.name: path.read_bytes()
                for path in [self.performance, *(self.docs / "images").glob("*")]}

    def test_it_replaces_what_stands_between_the_markers_and_the_same_again_changes_nothing(self):
        self.assertEqual(self.report(document()).returncode, 0)
        first = self.written()
        text = first["performance.md"].decode()
        self.assertTrue(text.startswith("# Before\n") and text.endswith("\n\nAfter.\n"), text)
        self.assertNotIn("\nold\n", text)
        self.assertIn("| **mailvoid-sink** | 200 | 150-250 | 100-300 | 2.00 |", text)
        self.assertIn("bhm: it fell over", text)
        self.assertIn("met |", text)
        self.assertIn("**missed**", text)
        self.assertEqual(self.report(document()).returncode, 0)
        self.assertEqual(self.written(), first)

    def test_check_tells_stale_text_and_writes_nothing(self):
        before = self.performance.read_bytes()
        self.assertEqual(self.report(document(), "--check").returncode, 1)
        self.assertEqual(self.performance.read_bytes(), before)
        self.report(document())
        self.assertEqual(self.report(document(), "--check").returncode, 0)
        (self.docs / "images/e2e-gone.svg").write_text("", encoding="utf-8")
        self.assertIn("e2e-gone.svg", self.report(document(), "--check").stderr)

    def test_what_makes_figures_untrustworthy_is_said(self):
        one = document()
        self.report(one)
        self.assertNotIn("busy", self.performance.read_text(encoding="utf-8"))
        one["busy_after"].update(busy=True, others_share=0.5)
        self.report({**one, "quick": True, "namespace": False, "dirty": True})
        text = self.performance.read_text(encoding="utf-8")
        for words in ("busy with other things", "quick run", "network of the whole machine", "with changes"):
            self.assertIn(words, text)

    def test_without_markers_it_says_so_and_writes_nothing(self):
        self.performance.write_text("# Mine\n", encoding="utf-8")
        ended = self.report(document())
        self.assertEqual(ended.returncode, 1)
        self.assertIn("no lines", ended.stderr)
        self.assertEqual(self.performance.read_text(encoding="utf-8"), "# Mine\n")

    def test_pictures_are_well_formed_and_have_a_bar_a_program_and_a_dot_a_run(self):
        root = xml.etree.ElementTree.fromstring(chart.svg(document()["cases"][0]))
        tag = "{http://www.w3.org/2000/svg}"
        self.assertEqual(len(root.findall(f"{tag}rect")), 2)
        self.assertEqual(len(root.findall(f"{tag}circle")), 6)
        self.assertIn("failed", [text.text for text in root.findall(f"{tag}text")])

    def test_the_documentation_is_what_the_newest_results_give(self):
        if not list((ROOT / "bench/results").glob("*.json")):
            self.assertNotIn("### Promises", (ROOT / "docs/performance.md").read_text(encoding="utf-8"))
            return
        ended = subprocess.run([sys.executable, E2E / "report", "--check"], capture_output=True, text=True,
                               check=False)
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))


class Text(unittest.TestCase):
    def test_figures_keep_what_says_something(self):
        self.assertEqual([tables.number(value) for value in (None, 0.123, 12.34, 123.4, 12345.6)],
                         ["", "0.12", "12.3", "123", "12,346"])

    def test_the_terminal_shows_every_table_without_markdown(self):
        text = tables.text(json.loads(json.dumps(document())))
        for words in ("1 KiB & so on", "mailvoid-sink", "Idle sessions", "Promises"):
            self.assertIn(words, text)
        self.assertNotIn("**", text)


if __name__ == "__main__":
    unittest.main()
