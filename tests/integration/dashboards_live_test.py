#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every expression of the dashboards finds what it is for: each is asked of a real Prometheus that scrapes the real
programs, some under load and some in trouble. Nothing is drawn here (that is
dashboards_render_test.py); what is well formed is in dashboards_test.py."""
import mailvoid
import prometheus
from dashboards_world import BOARDS, TROUBLE, World, panels


def questions():
    """{(dashboard, panel, legend): (expression, what its series must be)}"""
    asked = {}
    for board in BOARDS.values():
        for annotation in board["annotations"]["list"]:
            asked[board["title"], annotation["name"], ""] = (annotation["expr"], prometheus.is_number)
        for row, panel in panels(board):
            for target in panel["targets"]:
                asked[board["title"], panel["title"], target["legendFormat"]] = (target["expr"], prometheus.is_number)
            if row == TROUBLE or panel["type"] == "heatmap":
                anything = " or ".join(f'label_replace({target["expr"]}, "of", "{target["refId"]}", "", "")'
                                       for target in panel["targets"])
                asked[board["title"], panel["title"], "more than 0"] = (anything, prometheus.is_above_zero)
    return asked


class Live(mailvoid.TestCase):
    def test_every_expression_finds_what_it_is_for(self):
        world = World(self)
        ask = world.prometheus
        # Those in trouble may be gone again by now.
        mailvoid.eventually("Prometheus has scraped all", lambda: (
            list(ask.value("max_over_time(up[10m])").values()) == [1] * (len(world.sinks) + len(world.generators) + 1)))
        world.run_short_of_room()
        mailvoid.eventually("the brief run is seen for a while", lambda: (
            sum(map(len, ask.series(f'mailvoid_loadgen_shards{{instance="{world.brief[1]}"}}'))) >= 3))
        world.brief[0].signal(mailvoid.signal.SIGTERM)

        asked = questions()
        self.assertGreater(len(asked), 150)

        def answered():
            world.misbehave()
            world.break_tls()
            world.crowd_out()
            for what, (expression, enough) in list(asked.items()):
                if enough(ask.series(expression)):
                    del asked[what]
            return not asked
        try:
            mailvoid.eventually("every expression is answered", answered)
        except AssertionError:
            self.fail("no answer to:\n" + "\n".join(f"{what}: {asked[what][0]}" for what in asked))

        for board in BOARDS.values():
            for variable in board["templating"]["list"]:
                if variable["type"] == "query":
                    self.assertTrue(ask.choices(variable["query"]["query"]), variable)
        alerts = {"MailvoidSinkRefusesMail", "MailvoidSinkSamplesLost", "MailvoidLoadgenLosesMail",
                  "MailvoidLoadgenMissesStarts"}
        for alert in sorted(alerts):  # firing, or waiting for their time to be over
            mailvoid.eventually(f"{alert} is raised", lambda: ask.value(f'ALERTS{{alertname="{alert}"}}'))


if __name__ == "__main__":
    mailvoid.main()
