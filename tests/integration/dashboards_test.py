#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The dashboards are what their sources say, well formed, and of metrics that exist; the rules do what their tests
say. Whether the expressions find anything is in dashboards_live_test.py."""
import copy
import json
import re
import shutil
import subprocess

import mailvoid

FOLDER = mailvoid.ROOT / "dashboards"
BOARDS = sorted(FOLDER.glob("*.json"))
BOARDS = [path for path in BOARDS if not path.name.startswith("package")]
METRICS = mailvoid.ROOT / "docs/metrics.md"


def run_node(*arguments):
    mailvoid.needed(FOLDER / "node_modules/@grafana/grafana-foundation-sdk/package.json")
    return subprocess.run([shutil.which("node") or "node", *map(str, arguments)], text=True, capture_output=True,
                          cwd=FOLDER, timeout=300, check=False)


def promtool(*arguments):
    return subprocess.run([mailvoid.needed(mailvoid.TOOLS / "prometheus/usr/bin/promtool"), *map(str, arguments)],
                          text=True, capture_output=True, timeout=120, check=False)


class Sources(mailvoid.TestCase):
    def test_the_dashboards_are_what_their_sources_make(self):
        folder = self.scratch()
        made = run_node("src/generate.js", folder)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertEqual({path.name for path in folder.iterdir()}, {path.name for path in BOARDS})
        for path in BOARDS:
            self.assertEqual(path.read_text(), (folder / path.name).read_text(),
                             f"{path.name} is old or was edited: (cd dashboards && npm run generate)")

    def test_they_fit_the_schema_of_grafana(self):
        checked = run_node("src/schema_check.js", self.scratch(), *BOARDS)
        self.assertEqual((checked.stdout.strip(), checked.returncode), ("", 0), checked.stderr)

    def test_the_schema_is_not_kept_by_everything(self):
        board = json.loads((FOLDER / "sink.json").read_text())
        stat = next(panel for panel in board["panels"] if panel["type"] == "stat")
        stat["options"]["graphMode"] = "mountain"
        path = self.scratch() / "bad.json"
        path.write_text(json.dumps(board, indent=1))
        checked = run_node("src/schema_check.js", self.scratch(), path)
        self.assertEqual(checked.returncode, 1, checked)
        self.assertIn("mountain", checked.stdout)


class Lint(mailvoid.TestCase):
    def lint(self, *paths):
        return run_node("src/lint.js", METRICS, *paths)

    def test_there_is_nothing_to_say_of_ours(self):
        checked = self.lint(*BOARDS)
        self.assertEqual((checked.stdout, checked.stderr, checked.returncode), ("", "", 0))

    # What is done to a panel, the dashboard, a variable or an expression, and what is said of it.
    PLANTED = {
        "uid:": lambda board, panel: board.update(uid=""),
        "editable:": lambda board, panel: board.update(editable=True),
        "title: there is none": lambda board, panel: panel.update(title=""),
        "description:": lambda board, panel: panel.update(description=""),
        "unit:": lambda board, panel: panel["fieldConfig"]["defaults"].update(unit="furlongs"),
        "thresholds:": lambda board, panel: panel["fieldConfig"]["defaults"].update(thresholds={"steps": []}),
        "datasource: not": lambda board, panel: panel["datasource"].update(uid="P123"),
        "datasource: a target": lambda board, panel: panel["targets"][0]["datasource"].update(uid="P123"),
        "targets: there are": lambda board, panel: panel.update(targets=[]),
        "legend:": lambda board, panel: panel["targets"][0].update(legendFormat=""),
        "grid:": lambda board, panel: panel["gridPos"].update(x=20, w=8),
        "promql: does not": lambda board, panel: panel["targets"][0].update(expr="sum(rate(up[5m])"),
        "promql: selects": lambda board, panel: panel["targets"][0].update(expr="1 + 1"),
        "metric:": lambda board, panel: panel["targets"][0].update(expr="mailvoid_sink_letters"),
        "job:": lambda board, panel: panel["targets"][0].update(
            expr='mailvoid_sink_connections_open{instance=~"$instance"}'),
        "instance:": lambda board, panel: panel["targets"][0].update(
            expr='mailvoid_sink_connections_open{job=~"$job", instance="a"}'),
        "counter:": lambda board, panel: panel["targets"][0].update(
            expr='mailvoid_sink_messages_accepted_total{job=~"$job", instance=~"$instance"}'),
        "gauge:": lambda board, panel: panel["targets"][0].update(
            expr='rate(mailvoid_sink_connections_open{job=~"$job", instance=~"$instance"}[$__rate_interval])'),
        "interval:": lambda board, panel: panel["targets"][0].update(
            expr='rate(mailvoid_sink_messages_accepted_total{job=~"$job", instance=~"$instance"}[5m])'),
        "buckets:": lambda board, panel: panel["targets"][0].update(
            expr='sum(rate(mailvoid_sink_data_seconds_bucket{job=~"$job", instance=~"$instance"}[$__rate_interval]))'),
        "variable datasource:": lambda board, panel: board["templating"]["list"][0].update(query="loki"),
        "variable job: several": lambda board, panel: board["templating"]["list"][1].update(multi=False),
        "variable job: all": lambda board, panel: board["templating"]["list"][1].update(allValue=".*"),
        "variable instance: does": lambda board, panel: board["templating"]["list"][2].update(refresh=1),
        "variable instance: label": lambda board, panel: board["templating"]["list"][2]["query"].update(
            query="label_values(instance)"),
    }

    def test_each_rule_finds_what_breaks_it(self):
        good = json.loads((FOLDER / "sink.json").read_text())
        folder, paths = self.scratch(), {}
        for said, plant in self.PLANTED.items():
            board = copy.deepcopy(good)
            plant(board, next(panel for panel in board["panels"] if panel["type"] == "timeseries"))
            paths[said] = folder / f"{len(paths)}.json"
            paths[said].write_text(json.dumps(board))
        lines = self.lint(*paths.values()).stdout.splitlines()
        for said, path in paths.items():
            of_path = [line for line in lines if line.startswith(f"{path}: ")]
            self.assertTrue(any(said in line for line in of_path), f"{said} {of_path}")


class Rules(mailvoid.TestCase):
    def test_the_rules_keep_their_tests(self):
        tested = promtool("test", "rules", FOLDER / "rules_test.yml")
        self.assertEqual(tested.returncode, 0, tested.stdout + tested.stderr)

    def test_prometheus_takes_the_configuration_and_the_rules(self):
        checked = promtool("check", "config", FOLDER / "prometheus.yml")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        self.assertIn("rules found", checked.stdout)

    def test_the_rules_are_of_metrics_that_exist(self):
        text = METRICS.read_text()
        for name in self.names_of_metrics():
            base = name.removesuffix("_bucket")
            self.assertTrue(f"| `{base}`" in text or f"| `{base}{{" in text, f"{name} is not in docs/metrics.md")

    def names_of_metrics(self):
        expressions = (line for line in (FOLDER / "rules.yml").read_text().splitlines()
                       if "alert:" not in line and "record:" not in line and "description:" not in line)
        found = set()
        for line in expressions:
            found |= {name for name in re.findall(r"(?<![\w:])(?:mailvoid|process)_\w+(?![\w:])", line)}
        self.assertGreater(len(found), 15)
        return found


if __name__ == "__main__":
    mailvoid.main()
