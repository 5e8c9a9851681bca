#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The page that --html and `mailvoid-loadgen report` make, as Chromium shows it."""
import json

import browser
import mailvoid
import sample_result
from script_server import ScriptServer, converse

BLACK_ON_WHITE = "rgb(255, 255, 255)"


class ReportTestCase(browser.TestCase):
    def report(self, *arguments):
        return self.run_program("mailvoid-loadgen", "report", *arguments)

    def page_of(self, result, name="result"):
        folder = self.scratch()
        path = folder / f"{name}.json"
        path.write_text(json.dumps(result))
        ended = self.report(path)
        self.assertEqual(ended.code, 0, ended)
        return folder / f"{name}.html"

    def ask(self, result, script, **view):
        return self.look(self.page_of(result), script, **view)


class Charts(ReportTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.result = sample_result.open_loop()
        cls.points = cls.result["series"]["points"]

    def series(self, chart, *labels):
        """The values of lines of a chart by label, without those that stand at its begin; behind them the times."""
        script = f"""
          const chart = mailvoid.charts[{json.dumps(chart)}];
          return Object.fromEntries(chart.series.map((each, index) => [each.label, [...chart.data[index]]]));"""
        lines = self.ask(self.result, script)
        self.assertEqual(list(lines), list(labels))
        self.assertEqual(lines.pop("At"), [0] + [point["at_seconds"] for point in self.points])
        for values in lines.values():
            self.assertEqual(values[0], values[1])
        return {label: values[1:] for label, values in lines.items()}

    def test_rates_are_those_of_the_intervals(self):
        lines = self.series("rate", "At", "Accepted", "Offered", "Rejected", "Failed", "Missed")
        self.assertEqual(lines["Accepted"], [point["accepted"] for point in self.points])
        self.assertEqual(lines["Offered"], [sample_result.RATE] * len(self.points))
        # Beyond their neighbours nothing is drawn where there was nothing.
        self.assertEqual(lines["Missed"], [None] * 31 + [0, 400, 0] + [None] * 26)

    def test_lag_is_that_of_the_intervals(self):
        lines = self.series("lag", "At", "p50", "p99", "max")
        for label, values in lines.items():
            self.assertEqual(values, [point["lag"][label] for point in self.points])

    def test_latency_over_time_is_that_of_the_intervals(self):
        lines = self.series("heat", "At", "p50", "p99")
        for label, values in lines.items():
            self.assertEqual(values, [point["latency"][label] for point in self.points])

    def test_what_was_not_measured_is_shaded_and_said(self):
        result = {**self.result, "measured": {"from_seconds": 10.0, "to_seconds": 50.0},
                  "options": {**self.result["options"], "warm_up_seconds": 10.0, "cool_down_seconds": 10.0}}
        script = """
          const chart = mailvoid.charts.lag, { width, height } = chart.ctx.canvas;
          const { data } = chart.ctx.getImageData(0, 0, width, height);
          const row = Math.round(chart.bbox.top) + 7;
          const opaque = (time) => data[4 * (row * width + Math.round(chart.valToPos(time, 'x', true))) + 3] === 255;
          return [[3, 13, 47, 57].map(opaque), document.querySelector('.verdict').innerText];"""
        shaded, verdict = self.ask(sample_result.valid(result), script)
        self.assertEqual(shaded, [True, False, False, True])
        self.assertIn("measured part, 10 s to 50 s", verdict)

    def test_where_nothing_was_measured_nothing_is_drawn(self):
        empty = {"count": 0, "p50": 0.0, "p90": 0.0, "p99": 0.0, "p999": 0.0, "max": 0.0}
        points = [{**self.points[0], "accepted": 0, "latency": empty, "heat": []}, self.points[1]]
        result = {**self.result, "series": {**self.result["series"], "points": points}}
        script = "return [...mailvoid.charts.heat.data[2]];"
        self.assertEqual(self.ask(result, script), [None, None, self.points[1]["latency"]["p99"]])

    def test_rates_of_uneven_intervals_are_a_second(self):
        points = [{**self.points[0], "at_seconds": 2.0, "length_seconds": 2.0, "accepted": 500}, {**self.points[1], "at_seconds": 2.5, "length_seconds": 0.5, "accepted": 100}]
        result = {**self.result, "series": {**self.result["series"], "points": points}}
        self.assertEqual(self.ask(result, "return [...mailvoid.charts.rate.data[1]];"), [250, 250, 200])

    def test_the_heat_map_has_colour_where_messages_were_and_none_elsewhere(self):
        script = """
          const chart = mailvoid.charts.heat, { width, height } = chart.ctx.canvas;
          const { data } = chart.ctx.getImageData(0, 0, width, height);
          const at = (time, seconds) => {
            const pixel = Math.round(chart.valToPos(seconds, 'y', true)) * width + Math.round(chart.valToPos(time, 'x', true));
            return [...data.slice(4 * pixel, 4 * pixel + 4)];
          };
          return { many: at(10.5, 0.0019), few: at(10.5, 0.0422), none: at(10.4, 0.3), stalled: at(31.5, 2), before: at(28.4, 2) };"""
        seen = self.ask(self.result, script)
        self.assertEqual(seen["none"][3], 0, seen)
        self.assertEqual(seen["before"][3], 0, seen)
        for name in ("many", "few", "stalled"):
            self.assertEqual(seen[name][3], 255, seen)
        self.assertLess(sum(seen["many"][:3]), sum(seen["few"][:3]))  # darker, in the light theme

    def test_percentiles_follow_from_the_histograms(self):
        script = """
          const chart = mailvoid.charts.percentiles, [rarities, ...lines] = chart.data;
          return { labels: chart.series.map((each) => each.label), log: chart.scales.x.distr,
            lines: lines.map((line) => rarities.map((rarity, index) => [rarity, line[index]])
              .filter(([, value]) => value !== null && value !== undefined)) };"""
        seen = self.ask(self.result, script)
        self.assertEqual(seen["labels"], ["Percentile", "From the intended start", "From the send"])
        self.assertEqual(seen["log"], 3)
        for line, kind in zip(seen["lines"], ("latency_seconds", "service_seconds")):
            latency = self.result[kind]["message"]
            for rarity, member in ((2, "p50"), (10, "p90"), (100, "p99"), (1000, "p99_9")):
                # The first corner that so many messages are not above.
                self.assertEqual(next(value for at, value in line if at >= rarity - 1e-9), latency[member], member)
            self.assertEqual(line[-1], [latency["count"], latency["max"]])

    def test_another_phase_can_be_chosen(self):
        script = """
          const select = document.querySelector('#percentile-phase');
          select.value = 'mail';
          select.dispatchEvent(new Event('change'));
          const { data, series } = mailvoid.charts.percentiles;
          return [series.map((each) => each.label), data[1].at(-1)];"""
        labels, slowest = self.ask(self.result, script)
        self.assertEqual(labels, ["Percentile", "MAIL"])
        self.assertEqual(slowest, self.result["latency_seconds"]["mail"]["max"])

    def test_every_chart_is_painted_and_named_for_those_who_do_not_see_it(self):
        script = """
          return Object.entries(mailvoid.charts).map(([name, chart]) => [name, colors_in(chart),
            chart.root.parentElement.getAttribute('role'), chart.root.parentElement.getAttribute('aria-label')]);"""
        seen = self.ask(self.result, script)
        self.assertEqual([name for name, *_ in seen], ["rate", "heat", "percentiles", "lag", "sessions", "octets"])
        for name, colors, role, label in seen:
            self.assertGreater(colors, 10, name)
            self.assertEqual(role, "img")
            self.assertRegex(label, r"^[A-Z].*\. .*\d", name)


class Figures(ReportTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.result = sample_result.open_loop()

    def verdict_of(self, result):
        return self.ask(result, "const it = document.querySelector('.verdict'); return [it.className, it.innerText];")

    def test_an_invalid_run_says_so_first_and_why(self):
        kind, text = self.verdict_of(self.result)
        self.assertEqual(kind, "verdict bad")
        self.assertIn("Invalid: do not rely on these figures", text)
        self.assertIn(self.result["invalid_reasons"][0], text)
        self.assertIn("1 of 2 thresholds failed", text)

    def test_the_verdict_is_that_of_the_run(self):
        good = sample_result.valid(self.result)
        failed = {**good, "thresholds": self.result["thresholds"]}
        for result, kind, text in (
                (good, "good", "Passed: both thresholds met"),
                ({**good, "thresholds": []}, "good", "Valid"),
                (failed, "bad", "1 of 2 thresholds failed"),
                ({**good, "interrupted": True}, "warn", "Interrupted"),
                ({**good, "messages": {**good["messages"], "accepted": 0}}, "bad", "No message was accepted"),
                ({**good, "connections": {**good["connections"], "given_up": good["options"]["sessions"]}}, "bad",
                 "The target was lost"),
                (sample_result.older(self.result), "plain", "a server that stalls slows the generator down")):
            with self.subTest(text=text):
                seen = self.verdict_of(result)
                self.assertEqual(seen[0], f"verdict {kind}")
                self.assertIn(text, seen[1])

    def test_figures_are_those_of_the_result(self):
        script = """
          const values = (query) => [...document.querySelectorAll(query)].map((row) => [
            row.querySelector('th, dt').textContent, ...[...row.querySelectorAll('data')].map((data) => [Number(data.value), data.textContent])]);
          return { tiles: Object.fromEntries(values('.tile')), phases: Object.fromEntries(values('#phases tbody tr')
            .map(([name, ...rest]) => [name, rest])), thresholds: values('#thresholds tbody tr') };"""
        seen = self.ask(self.result, script)
        messages, latency = self.result["messages"], self.result["latency_seconds"]["message"]
        self.assertEqual(seen["tiles"]["Achieved rate"], [self.result["rate_per_second"], "952/s"])
        self.assertEqual(seen["tiles"]["Accepted"], [messages["accepted"], "57,297"])
        self.assertEqual(seen["tiles"]["Missed starts"], [400, "400"])
        self.assertEqual(seen["tiles"]["99th percentile"][0], latency["p99"])
        for title, member in (("from the intended start", "latency_seconds"), ("from the send", "service_seconds")):
            expected = self.result[member]["message"]
            self.assertEqual([value for value, _ in seen["phases"][f"Whole message, {title}"]],
                             [expected[name] for name in ("count", "p50", "p90", "p99", "p99_9", "max", "mean")])
        self.assertIn("MAIL", seen["phases"])
        self.assertNotIn("AUTH", seen["phases"])  # it never occurred
        self.assertEqual([values[0][0] for _, *values in seen["thresholds"]],
                         [threshold["value"] for threshold in self.result["thresholds"]])

    def test_bad_clients_are_told_of_by_kind_with_the_ends_that_there_were(self):
        script = """
          const [head, ...rows] = [...document.querySelectorAll('#bad-clients tr')];
          return { titles: [...head.children].map((cell) => cell.textContent),
            rows: rows.map((row) => [...row.children].map((cell) => Number(cell.querySelector('data')?.value ?? NaN) || cell.textContent)) };"""
        seen = self.ask(self.result, script)
        self.assertEqual(seen["titles"], ["Kind", "Connections", "Done", "Closed", "Sent", "Received"])
        self.assertEqual([row[:4] for row in seen["rows"]], [["Slow-reader", 12, 9, 3], ["Silent", 7, "", 7]])
        self.assertEqual(seen["rows"][0][4:], [25165824, 4096])

    def test_retries_are_told_of_with_the_reasons_for_giving_up(self):
        script = "return document.querySelector('#retries').innerText;"
        text = self.ask(self.result, script)
        for figure in ("23", "20", "19", "11 of 1,000", "3"):
            self.assertIn(figure, text)
        self.assertIn("due after the end of the run", text)
        self.assertNotIn("no room", text)

    def test_an_older_result_is_shown_as_far_as_it_goes(self):
        script = "return [document.body.innerText, Object.keys(mailvoid.charts), mailvoid.charts.percentiles.data];"
        text, charts, (rarities, values) = self.ask(sample_result.older(self.result), script)
        self.assertIn("This result has no time series.", text)
        self.assertEqual(charts, ["percentiles"])
        latency = self.result["latency_seconds"]["message"]
        self.assertEqual(rarities, [2, 10, 100, 1000, latency["count"]])
        self.assertEqual(values, [latency[name] for name in ("p50", "p90", "p99", "p99_9", "max")])
        for nonsense in ("undefined", "NaN", "[object", "null"):
            self.assertNotIn(nonsense, text)

    def test_a_target_without_messages_has_no_latency(self):
        latency = self.result["latency_seconds"]["message"]
        targets = [{"name": "a.test:25", "weight": 1, "latency_seconds": latency},
                   {"name": "dead.test:25", "weight": 1, "latency_seconds": dict.fromkeys(latency, 0)}]
        script = "return [...document.querySelectorAll('#targets tbody tr')].map((row) => row.innerText.split(/[\\t\\n]+/));"
        alive, dead = self.ask({**self.result, "targets": targets}, script)
        self.assertEqual(dead[6:8], ["–", "–"])
        self.assertRegex(alive[6], r"\d")

    def test_a_verdict_stays_in_one_line_on_a_phone(self):
        script = """
          const line = parseFloat(getComputedStyle(document.querySelector('.badge')).lineHeight);
          return [...document.querySelectorAll('.badge')].map((badge) => badge.clientHeight < 2 * line);"""
        for result in self.result, sample_result.limit_search():
            self.assertEqual(set(self.ask(result, script, width=390)), {True})

    def test_intervals_are_there_as_a_table(self):
        script = """
          const details = document.querySelector('#intervals');
          details.open = true;
          await new Promise((done) => details.addEventListener('toggle', done, { once: true }));
          return [...details.querySelectorAll('tbody tr')].map((row) => [...row.querySelectorAll('data')].map((data) => Number(data.value)));"""
        rows = self.ask(self.result, script)
        self.assertEqual(rows, [[point[name] for name in ("at_seconds", "accepted", "rejected", "failed", "missed")]
                                for point in self.result["series"]["points"]])

    def test_the_result_can_be_had_back_from_the_page(self):
        script = """
          const saved = new Promise((done) => { URL.createObjectURL = (blob) => { done(blob.text()); return 'about:blank#'; }; });
          HTMLAnchorElement.prototype.click = () => {};
          [...document.querySelectorAll('button')].find((button) => button.textContent.startsWith('Save')).click();
          return await saved;"""
        self.assertEqual(json.loads(self.ask(self.result, script)), self.result)


class OfASearch(ReportTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.result = sample_result.limit_search()

    def test_the_limit_comes_first(self):
        script = "const it = document.querySelector('.verdict'); return [it.className, it.innerText];"
        for state, kind, text in (("found", "good", "The limit is about 1,232 messages a second"),
                                  ("above_max", "warn", "Above the highest rate"), ("below_min", "bad", "Below the lowest rate"),
                                  ("unsure", "warn", "Not as narrow or as sure"), ("interrupted", "warn", "Interrupted")):
            with self.subTest(state=state):
                seen = self.ask({**self.result, "limit": {**self.result["limit"], "state": state}}, script)
                self.assertEqual(seen[0], f"verdict {kind}")
                self.assertIn(text, seen[1])
                self.assertIn("Between 1,215 and 1,249 messages a second, with a confidence of 95.0 %", seen[1])

    def test_a_limit_that_moves_is_said_to(self):
        script = "return document.querySelector('.verdict').innerText;"
        self.assertNotIn("moves", self.ask(self.result, script))
        seen = self.ask({**self.result, "limit": {**self.result["limit"], "movement": 0.071}}, script)
        self.assertIn("It moves by 7.10 % from probe to probe", seen)

    def test_probes_are_drawn_by_their_rates_and_listed_in_their_order(self):
        script = """
          const lines = (chart) => Object.fromEntries(chart.series.map((each, index) => [each.label, [...chart.data[index]]]));
          return { latency: lines(mailvoid.charts['limit-latency']), rate: lines(mailvoid.charts['limit-rate']),
            colors: Object.values(mailvoid.charts).map(colors_in), broken: window.broken ?? null,
            listed: [...document.querySelectorAll('#probes tbody tr')].map((row) => Number(row.querySelector('data').value)),
            text: document.querySelector('#probes').innerText };"""
        seen = self.ask(self.result, script)
        probes = sorted(self.result["probes"], key=lambda probe: probe["rate_per_second"])
        self.assertEqual(seen["latency"]["Offered"], [probe["rate_per_second"] for probe in probes])
        for label, outcome in (("Held", "held"), ("Failed", "failed"), ("The generator was late", "generator_limited")):
            of_kind = [probe if probe["outcome"] == outcome else None for probe in probes]
            self.assertEqual(seen["latency"][label], [probe and probe["latency_seconds"]["p99"] for probe in of_kind])
            self.assertEqual(seen["rate"][label], [probe and probe["achieved_per_second"] for probe in of_kind])
        self.assertEqual(seen["listed"], [probe["rate_per_second"] for probe in self.result["probes"]])
        self.assertTrue(all(colors > 10 for colors in seen["colors"]))
        self.assertIsNone(seen["broken"])
        self.assertIn(sample_result.HOSTILE, seen["text"])
        self.assertIn("message.p99<250ms: 1.66 s", seen["text"])


class Appearance(ReportTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.result = sample_result.open_loop()

    def test_nothing_is_wider_than_a_phone(self):
        script = """
          const chart = Object.values(mailvoid.charts)[0];
          for (const details of document.querySelectorAll('details')) details.open = true;
          await new Promise((done) => setTimeout(done));
          await frames();
          const wide = [...document.querySelectorAll('main *')].filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5
            && !element.closest('.u-over, thead')).map((element) => element.className || element.tagName);
          return [document.documentElement.scrollWidth, wide, chart.width];"""
        for result in (self.result, sample_result.older(self.result), sample_result.limit_search()):
            width, wide, chart = self.ask(result, script, width=360)
            self.assertEqual(width, 360)
            self.assertEqual(wide, [])
            self.assertLess(chart, 340)

    def test_light_and_dark_follow_the_system_until_somebody_chooses(self):
        script = """
          const background = () => getComputedStyle(document.body).backgroundColor;
          const painted = () => Object.values(mailvoid.charts).map(sum_of_pixels);
          const before = [background(), painted(), poor_contrasts()];
          document.querySelector('button.theme').click();
          await frames();
          return [before, [background(), painted(), poor_contrasts()]];"""
        page = self.page_of(self.result)
        light, dark = (self.look(page, script, scheme=scheme) for scheme in ("light", "dark"))
        self.assertEqual(light, list(reversed(dark)))
        (light_back, light_charts, poor_in_light), (dark_back, dark_charts, poor_in_dark) = light
        self.assertNotEqual(light_back, dark_back)
        for in_light, in_dark in zip(light_charts, dark_charts):
            self.assertNotEqual(in_light, in_dark)
        self.assertEqual((poor_in_light, poor_in_dark), ([], []))

    def test_paper_is_white(self):
        script = "return [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector('button')).display, poor_contrasts()];"
        self.assertEqual(self.ask(self.result, script, scheme="dark", media="print"), [BLACK_ON_WHITE, "none", []])

    def test_headings_and_tables_say_what_they_are(self):
        script = """
          return { levels: [...document.querySelectorAll('h1, h2, h3')].map((heading) => Number(heading.tagName[1])),
            captions: [...document.querySelectorAll('table:not(.u-legend)')].map((table) => table.caption?.textContent),
            nameless: [...document.querySelectorAll('button, select')].filter((control) => !(control.textContent || control.ariaLabel)).length,
            language: document.documentElement.lang, title: document.title };"""
        seen = self.ask(self.result, script)
        self.assertEqual(seen["levels"].count(1), 1)
        self.assertTrue(all(after - before <= 1 for before, after in zip(seen["levels"], seen["levels"][1:])), seen["levels"])
        self.assertTrue(all(seen["captions"]), seen["captions"])
        self.assertEqual((seen["nameless"], seen["language"]), (0, "en"))
        self.assertEqual(seen["title"], "Load on 127.0.0.1:2525 – Mailvoid")


class Hostility(ReportTestCase):
    def test_what_a_server_says_is_text(self):
        hostile = sample_result.HOSTILE
        result = {**sample_result.open_loop(), "target": hostile, "mail": hostile, "invalid_reasons": [hostile],
                  "environment": {"cpu": hostile, "command_line": [hostile]}, "run_id": hostile, "version": hostile,
                  "mix": [{"name": hostile, "weight": 1}],
                  "targets": [{"name": hostile, "weight": 1}, {"name": "b.test:25", "weight": 1}]}
        script = """
          await frames();
          return [document.body.innerText, window.broken ?? null, document.images.length, document.scripts.length, document.title];"""
        text, broken, images, scripts, title = self.ask(result, script)
        self.assertIsNone(broken)
        self.assertEqual((images, scripts), (0, 2))
        self.assertGreaterEqual(text.count(hostile), 8)
        self.assertIn(hostile, title)

    def test_the_page_runs_no_other_script(self):
        script = """
          const tried = [];
          for (const attempt of [
            () => { document.body.innerHTML += '<img src=x onerror="window.broken = 1">'; },
            () => { const made = document.createElement('script'); made.text = 'window.broken = 2'; document.body.append(made); },
            () => { document.body.setAttribute('onclick', 'window.broken = 3'); document.body.click(); },
            () => { const made = document.createElement('img'); made.src = 'https://mail.example/pixel.png'; document.body.append(made); }]) {
            try { attempt(); tried.push('done'); } catch (error) { tried.push(error.name); }
          }
          await new Promise((done) => setTimeout(done));
          return [tried, window.broken ?? null];"""
        seen = self.chromium.look(self.page_of(sample_result.open_loop()), script)
        tried, broken = seen["value"]
        self.assertIsNone(broken)
        self.assertEqual(tried[:2], ["TypeError", "TypeError"])  # Trusted Types
        self.assertEqual((seen["requests"], seen["blocked"]), ([], ["https://mail.example/pixel.png"]))
        self.assertIn("Content Security Policy", " ".join(seen["console"]))


class FromARun(ReportTestCase):
    def test_a_run_leaves_a_page_that_shows_its_result(self):
        page = self.scratch() / "report.html"
        run = self.load(self.sink().target, "--messages", "500", "--sessions", "10", "--html", page)
        script = """
          const tile = (name) => Number(document.querySelector(`[data-figure="${name}"] data`).value);
          return [mailvoid.result, tile('Accepted'), tile('Achieved rate'), tile('99th percentile'), Object.keys(mailvoid.charts)];"""
        result, accepted, rate, p99, charts = self.look(page, script)
        self.assertEqual(result, run.result)
        self.assertEqual((accepted, rate, p99), (500, run["rate_per_second"], run["latency_seconds.message.p99"]))
        self.assertIn("percentiles", charts)

    def test_every_chart_of_an_open_loop_is_drawn_from_its_run(self):
        page = self.scratch() / "report.html"
        run = self.load(self.sink().target, "--rate", "200/s", "--duration", "3s", "--interval", "500ms", "--sessions", "10",
                        "--allow-invalid", "--html", page)
        script = """
          return [Object.entries(mailvoid.charts).map(([name, chart]) => [name, colors_in(chart)]),
            mailvoid.charts.rate.data.slice(0, 3).map((line) => line.slice(1)), [...mailvoid.charts.heat.data[2]].slice(1),
            mailvoid.charts.percentiles.data[1].filter((value) => value !== null && value !== undefined).at(-1)];"""
        charts, (times, accepted, offered), p99, slowest = self.look(page, script)
        self.assertEqual([name for name, _ in charts], ["rate", "heat", "percentiles", "lag", "sessions", "octets"])
        self.assertTrue(all(colors > 10 for _, colors in charts), charts)
        points = run["series.points"]
        self.assertEqual(times, [point["at_seconds"] for point in points])
        self.assertEqual(offered, [point["target_rate"] for point in points])
        for rate, point in zip(accepted, points):
            self.assertAlmostEqual(rate * point["length_seconds"], point["accepted"], delta=0.001)
        self.assertEqual(p99, [max(point["latency"]["p99"], 1e-6) if point["latency"]["count"] else None for point in points])
        self.assertEqual(slowest, run["latency_seconds.message.max"])

    def test_what_a_server_says_comes_into_the_page_as_text(self):
        hostile = sample_result.HOSTILE
        page = self.scratch() / "report.html"
        with ScriptServer(lambda peer: converse(peer, {"rcpt": f"550 5.1.1 {hostile}".encode()})) as server:
            run = self.load(server.target, "--messages", "4", "--sessions", "2", "--html", page)
        self.assertIn({"step": "rcpt", "code": 550, "text": f"5.1.1 {hostile}", "count": 4}, run["error_examples"])
        script = "await frames(); return [document.querySelector('#examples').innerText, window.broken ?? null];"
        text, broken = self.look(page, script)
        self.assertIsNone(broken)
        self.assertIn(f"5.1.1 {hostile}", text)

    def test_a_page_that_cannot_be_written_is_known_before_the_run(self):
        ended = self.start_loadgen("127.0.0.1:1", "--html", "/nowhere/report.html").wait()
        self.assert_one_line(ended, "--html /nowhere/report.html", "No such file", code=1)


class Command(ReportTestCase):
    def test_the_page_goes_where_it_is_told(self):
        folder = self.scratch()
        (folder / "a.json").write_text(json.dumps(sample_result.open_loop()))
        for arguments, place in ((("-o", folder / "b.html"), folder / "b.html"), ((), folder / "a.html")):
            ended = self.report(folder / "a.json", *arguments)
            self.assertEqual((ended.code, ended.out, ended.err), (0, f"{place}\n", ""))
            self.assertIn("<!doctype html>", place.read_text())
        ended = self.report(folder / "a.json", "-o", "-")
        self.assertEqual(ended.out, (folder / "a.html").read_text())

    def test_what_is_no_result_is_refused(self):
        folder = self.scratch()
        for name, text, what in (("empty.json", "", "not JSON"), ("text.json", "Subject: hello", "not JSON"),
                                 ("list.json", "[1]", "not a result of mailvoid-loadgen"),
                                 ("sink.json", '{"program": "mailvoid-sink"}', "not a result of mailvoid-loadgen")):
            (folder / name).write_text(text)
            self.assert_one_line(self.report(folder / name), name, what, code=1)
            self.assertFalse((folder / name).with_suffix(".html").exists())
        self.assert_one_line(self.report(folder / "missing.json"), "missing.json", "No such file", code=1)
        self.assert_one_line(self.report(folder), "is a directory", code=1)
        self.assert_one_line(self.report(folder / "list.json", "-o", folder / "list.json"), "--output", code=2)
        self.assert_one_line(self.report(), "no RESULT.json given", code=2)
        self.assert_one_line(self.report("a.json", "--colour"), "--colour", code=2)

    def test_help_teaches_within_80_columns(self):
        ended = self.report("--help")
        self.assertEqual(ended.code, 0)
        self.assertIn("-o, --output FILE", ended.out)
        self.assertLessEqual(max(map(len, ended.out.splitlines())), 80)


if __name__ == "__main__":
    mailvoid.main()
