#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The dashboards as Grafana's own components draw them in Chromium, of what a real Prometheus says of real programs
(dashboards_world.py): every panel shows something, and none fails. Label `render`: it takes minutes, and packages that
nothing else needs; dashboards/render/run runs it and keeps the pictures.

MAILVOID_RENDER is a folder for pictures and for what Prometheus answered. With MAILVOID_RENDER_AGAIN the answers that are
there are drawn again, and no program is started."""
import json
import os
import pathlib
import shutil
import subprocess
import time

import browser
import mailvoid
from dashboards_world import BOARDS, FOLDER, World, watched

RENDER = FOLDER / "render"
# The width that the page is made for.
WIDTH = 1440

# What the first generator does, and what there is to be seen of it at the end.
LOAD = ("--stage", "ramp:50..400/s:30s", "--stage", "hold:400/s:60s", "--stage", "ramp:400..150/s:30s",
        "--stage", "hold:150/s:10m")
WATCHED_SECONDS = 150
# Beside it: one that ends in the middle, and a run of another plan where it was.
BRIEF_UNTIL = 25
SECOND_FROM = 55
SECOND = ("--stage", "ramp:10..200/s:25s", "--stage", "hold:200/s:25s")

# The pictures of the documentation: of which dashboard, and which of its rows.
PICTURES = {
    "dashboard-overview": ("overview", ("Does the mail get through?", "Where is the time?",
                                        "Is it the system under test that is measured?")),
    "dashboard-sink": ("sink", ("Is it healthy?", "Is a shard or a ring saturated?")),
    "dashboard-loadgen": ("loadgen", ("Is it healthy?", "Is the generator honest?")),
}

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{name}</title><link rel="stylesheet" href="page.css">
<body><div id="page"></div><script src="{name}.js"></script><script src="page.js"></script></body></html>
"""
# Until every panel is there, and those with a canvas have drawn on it.
LOOK = "while (!window.seen || seen().length < {panels}) await frames(); await frames(); return seen();"


def panels(board):
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def expressions():
    for board in BOARDS.values():
        yield from (annotation["expr"] for annotation in board["annotations"]["list"])
        yield from (target["expr"] for panel in panels(board) for target in panel["targets"])


def with_rows(board, wanted):
    """A dashboard of some of its rows, as if the others had never been."""
    kept, top, row = [], 0, None
    for panel in board["panels"]:
        if panel["type"] == "row":
            row, gone = panel["title"], panel["gridPos"]["y"] - top
        if row in wanted:
            kept.append({**panel, "gridPos": {**panel["gridPos"], "y": panel["gridPos"]["y"] - gone}})
            top = kept[-1]["gridPos"]["y"] + kept[-1]["gridPos"]["h"]
    assert {panel["title"] for panel in kept if panel["type"] == "row"} == set(wanted), wanted
    return {**board, "panels": kept}


class Render(mailvoid.TestCase):
    def watch(self):
        """What Prometheus answers to every expression, of all programs and of those that are well."""
        world = World(self, load=LOAD)
        ask = world.prometheus
        address = world.brief[1]
        due = [(BRIEF_UNTIL, lambda: world.brief[0].signal(mailvoid.signal.SIGTERM)),
               (SECOND_FROM, lambda: world.generator(world.well, "--sessions", "10", lasting=SECOND, admin_address=address))]
        mailvoid.eventually("Prometheus has scraped all", lambda: (
            list(ask.value("max_over_time(up[10m])").values()) == [1] * (len(world.sinks) + len(world.generators) + 1)))
        world.run_short_of_room()
        while time.time() < ask.began + WATCHED_SECONDS:
            world.misbehave()
            while due and time.time() > ask.began + due[0][0]:
                due.pop(0)[1]()
            time.sleep(1)
        until = time.time()
        well = "|".join(name.replace(".", r"\\.") for name in (
            watched(world.well), world.generators[0][1], world.generators[1][1], address))
        return {chosen: {"begin": ask.began, "until": until, "step": 1,
                         "results": {asked: ask.range(asked, until, instance) for asked in expressions()}}
                for chosen, instance in (("all", ".+"), ("well", well))}

    def setUp(self):
        kept = os.environ.get("MAILVOID_RENDER")
        self.folder = pathlib.Path(kept) if kept else self.scratch()
        self.folder.mkdir(parents=True, exist_ok=True)
        mailvoid.needed(RENDER / "node_modules/@grafana/ui/package.json", "render")
        subprocess.run([shutil.which("node"), RENDER / "build.js", self.folder / "page.js"], check=True, timeout=300)
        answers = self.folder / "answers.json"
        if not os.environ.get("MAILVOID_RENDER_AGAIN"):
            answers.write_text(json.dumps(self.watch()))
        self.answers = json.loads(answers.read_text())
        unknown = set(expressions()) - self.answers["all"]["results"].keys()
        self.assertEqual(unknown, set(), "not asked the last time: run it without --again")
        self.browser = browser.Browser()
        self.addCleanup(self.browser.close)

    def draw(self, name, board, chosen):
        """{title: what is seen of the panel}; keeps a picture."""
        page = self.folder / f"{name}.html"
        page.write_text(PAGE.format(name=name))
        page.with_suffix(".js").write_text(f"window.shown = {json.dumps({'board': board, 'answers': self.answers[chosen]})};\n")
        look = self.browser.look(page, LOOK.replace("{panels}", str(len(panels(board)))), width=WIDTH, scheme="dark",
                                 picture=page.with_suffix(".png"))
        self.assertEqual(look["errors"], [], name)
        self.assertEqual([panel["failed"] for panel in look["value"] if "failed" in panel], [], name)
        titles = {panel["id"]: panel for panel in panels(board)}
        return [(titles[panel["id"]], panel) for panel in look["value"]]

    def test_every_panel_shows_something(self):
        for name, board in BOARDS.items():
            for panel, seen in self.draw(f"all-{name}", board, "all"):
                with self.subTest(board=name, panel=panel["title"]):
                    self.assertNotIn("No data", seen["text"])
                    if panel["type"] == "stat":
                        self.assertRegex(seen["text"], "[0-9]")
                    else:
                        self.assertGreater(seen["pixels"], 20, seen)
            for panel, seen in self.draw(name, board, "well"):
                with self.subTest(board=name, panel=panel["title"], chosen="those that are well"):
                    self.assertNotIn("No data", seen["text"])
                    if panel["type"] != "heatmap":  # whose counts may all be 0
                        self.assertTrue(seen["pixels"] or seen["text"], seen)
        for name, (board, rows) in PICTURES.items():
            self.draw(name, with_rows(BOARDS[board], rows), "well")


if __name__ == "__main__":
    mailvoid.main()
