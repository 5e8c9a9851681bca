#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The page at / of the admin port of both programs, as Chromium shows it while they run."""
import json
import socket

import admin
import browser
import mailvoid
import procfs
from smtp_client import Client

# Waits for something to be true, as long as the test is patient.
UNTIL = """
const until = async (probe) => {
  for (;;) {
    const value = probe();
    if (value) return value;
    await new Promise((done) => setTimeout(done, 20));
  }
};
const readings = (count) => until(() => window.mailvoid && mailvoid.feed.times().length >= count);
const picture_of = (chart) => chart.ctx.canvas.toDataURL();
const tile = (label) => [...document.querySelectorAll('.tile')].find((each) => each.querySelector('dt').textContent === label);
"""
BYTES_MAX = 200 * 1024


def url(place):
    return f"http://{procfs.format_address(place.address)}/"


class LivePageTestCase(browser.TestCase):
    def look(self, at, script, **view):
        return super().look(url(at), UNTIL + script, **view)

    def generator(self, sink, *arguments):
        """A generator that sends to `sink`, and its admin port."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            address = free.getsockname()
        program = self.start(mailvoid.Program(
            [mailvoid.BIN / "mailvoid-loadgen", sink.target, "--admin", procfs.format_address(address), "--shards", "1",
             *arguments]))
        place = admin.Admin(address)

        def ready():
            self.assertTrue(program.running(), program.err)
            try:
                return place.get("/readyz")[0] == 200
            except OSError:
                return False
        mailvoid.eventually("the generator's admin port answers", ready)
        return program, place

    def assert_figures_are_those_of(self, metrics, figures):
        """Each figure that /metrics has under the same name has the same value there."""
        common = {name: value for name, value in figures.items() if name in metrics and "cpu_seconds" not in name}
        self.assertGreater(len(common), 20, figures)
        self.assertEqual(common, {name: metrics[name] for name in common})


FIGURES = "const figures = Object.fromEntries(mailvoid.feed.names('').map((name) => [name, mailvoid.feed.latest(name)]));"


class SinkPage(LivePageTestCase):
    def test_its_figures_are_those_of_metrics(self):
        sink = self.sink("--max-connections", "5")
        self.load(sink.target, "--messages", "500", "--sessions", "3", "--size", "3000")
        with Client(sink.address).greet() as client:
            client.expect(503, "DATA")
            client.expect(221, "QUIT")
            client.closed()
        metrics = sink.scrape_when_idle()
        figures, tiles = self.look(sink.admin, """
          await until(() => window.mailvoid && mailvoid.feed.latest('mailvoid_sink_replies_total{class="5xx"}') === 1);
          await until(() => mailvoid.feed.latest('mailvoid_sink_connections_open') === 0);
          """ + FIGURES + """
          const value = (label) => Number(tile(label).querySelector('data').value);
          return [figures, {accepted: value('Messages a second'), octets: value('Mail a second'), open: value('Connections'),
                            text: tile('Messages a second').innerText}];""")
        self.assert_figures_are_those_of(metrics, figures)
        self.assertEqual(tiles.pop("text").splitlines()[-1], "500 accepted")
        self.assertEqual(tiles, {"accepted": 500, "octets": metrics["mailvoid_sink_message_bytes_total"], "open": 0})
        by_code = metrics.by_label("mailvoid_sink_replies_total")
        for digit in "2345":
            self.assertEqual(figures[f'mailvoid_sink_replies_total{{class="{digit}xx"}}'],
                             sum(count for code, count in by_code.items() if code.startswith(digit)))

    def test_charts_move_under_load(self):
        sink = self.sink("--shards", "2")
        self.start_loadgen(sink.target, "--rate", "200/s", "--sessions", "4", "--duration", "10m", "--quiet")
        sink.wait_for_messages(100)
        seen = self.look(sink.admin, """
          await readings(4);
          await until(() => mailvoid.charts.shards);
          const { charts, feed } = mailvoid, names = Object.keys(charts);
          const before = names.map((name) => picture_of(charts[name])), count = feed.times().length;
          await readings(count + 2);
          await frames();
          return { names, moved: names.map((name, index) => picture_of(charts[name]) !== before[index]),
                   rate: charts.messages.data[1].at(-1), open: charts.connections.data[1].at(-1),
                   legend: document.querySelector('#chart-messages .legend').innerText };""")
        self.assertEqual(seen["names"],
                         ["messages", "bytes", "connections", "latency", "replies", "errors", "shards"])
        self.assertTrue(all(seen["moved"]), seen)
        self.assertGreater(seen["rate"], 20)
        self.assertEqual(seen["open"], 4)
        self.assertRegex(seen["legend"], r"Accepted\s*\d")

    def test_a_page_that_is_opened_again_has_what_was_before(self):
        sink = self.sink()
        first = self.look(sink.admin, "await readings(3); return mailvoid.feed.times()[0];")
        again = self.look(sink.admin, "await readings(3); return mailvoid.feed.times();")
        self.assertEqual(again[0], first)

    def test_a_program_that_is_gone_is_said_to_be_gone(self):
        sink = self.sink()
        seen = self.look(sink.admin, """
          await readings(1);
          const live = document.querySelector('.status').textContent;
          const ask = window.fetch;
          window.fetch = () => Promise.reject(new Error('gone'));
          await until(() => document.querySelector('.status').textContent !== live);
          const lost = document.querySelector('.status').textContent, count = mailvoid.feed.times().length;
          window.fetch = ask;
          await until(() => document.querySelector('.status').textContent === live);
          return [live, lost, mailvoid.feed.times().length >= count];""")
        self.assertEqual(seen, ["Live", "No answer", True])

    def test_settings_in_force_are_told(self):
        folder = self.scratch() / "<b>samples"
        sink = self.sink("--max-connections", "77", "--capture", folder)
        rows = self.look(sink.admin, """
          await readings(1);
          return [...document.querySelectorAll('#settings > table tbody tr')].map((row) => [...row.children].slice(0, 2).map((cell) => cell.textContent));""")
        self.assertIn(["max-connections", "77"], rows)
        self.assertIn(["capture", f'"{folder}"'], rows)

    def test_what_went_wrong_is_named(self):
        sink = self.sink("--max-connections", "1")
        with Client(sink.address).greet() as first:
            with Client(sink.address) as second:
                second.closed()
            first.expect(221, "QUIT")
            first.closed()
        row = self.look(sink.admin, """
          await readings(1);
          return (await until(() => document.querySelector('#trouble tbody tr'))).innerText;""")
        self.assertIn("Connection refused: connection limit", row)

    def test_it_is_small_and_lets_nothing_else_in(self):
        sink = self.sink()
        status, headers, body = sink.admin.get("/")
        self.assertEqual(status, 200)
        self.assertLess(len(body.encode()), BYTES_MAX)
        policy = headers["Content-Security-Policy"]
        for directive in ("default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'",
                          "require-trusted-types-for 'script'"):
            self.assertIn(directive, policy)
        self.assertNotIn("unsafe", policy)
        seen = self.chromium.look(url(sink.admin), UNTIL + """
          await readings(1);
          window.ran = [];
          const tried = [() => { const s = document.createElement('script'); s.textContent = 'ran.push(1)'; document.body.append(s); },
                         () => { document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="ran.push(2)">'); },
                         () => { const a = document.createElement('a'); a.href = 'javascript:ran.push(4)'; document.body.append(a); a.click(); }];
          for (const each of tried) { try { each(); } catch {} }
          await frames();
          return window.ran;""")
        self.assertEqual(seen["value"], [])

    def test_nothing_moves_while_figures_do(self):
        sink = self.sink()
        self.start_loadgen(sink.target, "--rate", "200/s", "--sessions", "4", "--duration", "10m", "--quiet")
        sink.wait_for_messages(50)
        for width in (360, 1320):
            moved = self.look(sink.admin, """
              await readings(1);
              await until(() => mailvoid.charts.shards);
              await frames();
              const shifts = [];
              new PerformanceObserver((list) => shifts.push(...list.getEntries().map((entry) => entry.value))).observe({ type: 'layout-shift' });
              await readings(mailvoid.feed.times().length + 3);
              return shifts;""", width=width)
            self.assertEqual(moved, [], width)

    def test_it_can_be_read_on_a_phone_and_in_the_dark(self):
        sink = self.sink("--capture", self.scratch())
        self.load(sink.target, "--messages", "10")
        for width, scheme in ((360, "light"), (360, "dark"), (1320, "light"), (1320, "dark")):
            poor, sideways, below = self.look(sink.admin, """
              await readings(1);
              await until(() => mailvoid.charts.shards);
              document.querySelectorAll('details').forEach((each) => (each.open = true));
              await frames();
              await until(() => document.querySelector('table.samples'));
              const bottom = document.querySelector('main').getBoundingClientRect().bottom + scrollY;
              return [poor_contrasts(), document.documentElement.scrollWidth - innerWidth,
                      document.documentElement.scrollHeight - bottom];""", width=width, scheme=scheme)
            self.assertEqual(poor, [], (width, scheme))
            self.assertLessEqual(sideways, 0, (width, scheme))
            self.assertLess(below, 1, (width, scheme))

    def test_the_keyboard_reaches_what_can_be_chosen(self):
        sink = self.sink()
        chosen, held, shown = self.look(sink.admin, """
          await readings(1);
          return [document.querySelector('[name=window]:checked').value,
                  document.querySelector('.hold').getAttribute('aria-pressed'), document.activeElement.className];""",
            keys=["Tab", "Tab", "ArrowRight", "Tab", "Enter"])
        self.assertEqual([chosen, held, shown], ["900", "true", "hold"])


HOSTILE = "<script>window.ran.push(1)</script><img src=x onerror=window.ran.push(2)>"
SAMPLES = """
  const rows = () => [...document.querySelectorAll('table.samples tbody tr')];
  const open_first = async () => {
    await until(() => rows().length > 0);
    rows()[0].querySelector('button').click();
    return until(() => document.getElementById('sample'));
  };
"""


class Samples(LivePageTestCase):
    def send(self, sink, text, hello="client.example", sender="<a@client.example>", recipients=("<b@sink.example>",)):
        with Client(sink.address) as client:
            client.expect(220)
            client.expect(250, f"EHLO {hello}")
            client.expect(250, f"MAIL FROM:{sender}")
            for recipient in recipients:
                client.expect(250, f"RCPT TO:{recipient}")
            client.expect(354, "DATA")
            client.expect(250, text + ".")
            client.expect(221, "QUIT")
            client.closed()

    def sampling_sink(self, *arguments):
        return self.sink("--capture", self.scratch(), "--capture-when-behind", "wait", *arguments)

    def test_a_sample_is_shown_with_envelope_header_and_source(self):
        for raw in ((), ("--capture-raw",)):
            sink = self.sampling_sink(*raw)
            self.send(sink, "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nX-Long: one\r\n two\r\n\r\nHello, w\u00f6rld\r\n",
                      recipients=("<b@sink.example>", "<c@sink.example>"))
            row, text, fields, source, envelope = self.look(sink.admin, SAMPLES + """
              const view = await open_first();
              const cells = (table) => [...table.querySelectorAll('tbody tr')].map((row) => [...row.children].map((cell) => cell.textContent));
              view.querySelectorAll('details').forEach((each) => (each.open = true));
              const [header, front] = [...view.querySelectorAll('table')].reverse();
              return [[...rows()[0].children].slice(1).map((cell) => cell.textContent), view.innerText, cells(header),
                      view.querySelector('pre').textContent, front ? cells(front) : null];""")
            self.assertEqual(row[0], "a@client.example")
            self.assertEqual(row[2], "Gr\u00fc\u00dfe")
            self.assertEqual(fields, [["Subject", "Gr\u00fc\u00dfe"], ["X-Long", "one two"]])
            self.assertTrue(source.endswith("\r\n\r\nHello, w\ufffdrld\r\n"), repr(source))  # no UTF-8 came
            self.assertIn("client.example [127.0.0.1]", text)
            if raw:
                self.assertIsNone(envelope)
            else:
                self.assertEqual(row[1], "2 recipients")
                self.assertIn(["X-Mailvoid-Rcpt", "<c@sink.example>"], envelope)
                self.assertEqual(envelope[-1], ["X-Mailvoid-Data", "DATA"])

    def test_a_hostile_message_does_nothing(self):
        sink = self.sampling_sink()
        self.send(sink, f"Subject: {HOSTILE}\r\nX-{'a'}: {HOSTILE}\r\nSubject: =?utf-8?q?=3Cscript=3Ewindow.ran.push(3)=3C/script=3E?=\r\n\r\n"
                        f"{HOSTILE}\r\n</pre></script>{HOSTILE}\r\n",
                  hello="<script>window.ran.push(6)</script>",
                  sender='<"<script>window.ran.push(4)</script>"@x.example>',
                  recipients=('<"<img src=x onerror=window.ran.push(5)>"@y.example>',))
        ran, scripts, images, subject, sender, shown = self.look(sink.admin, SAMPLES + """
          window.ran = [];
          const view = await open_first();
          view.querySelectorAll('details').forEach((each) => (each.open = true));
          await readings(mailvoid.feed.times().length + 1);
          return [window.ran, document.querySelectorAll('main script').length, document.querySelectorAll('main img').length,
                  rows()[0].children[3].textContent, rows()[0].children[1].textContent, view.textContent];""")
        self.assertIn("<script>window.ran.push(6)</script>", shown, "what it said in EHLO")
        self.assertEqual((ran, scripts, images), ([], 0, 0))
        self.assertEqual(subject, HOSTILE)
        self.assertIn("<script>", sender)

    def test_the_list_follows_the_mail_and_is_bounded(self):
        sink = self.sampling_sink()
        self.load(sink.target, "--messages", "80", "--sessions", "2")
        count = self.look(sink.admin, SAMPLES + "return until(() => rows().length >= 50 && rows().length);")
        self.assertEqual(count, 50)

    def test_what_is_not_among_them_is_not_found(self):
        folder = self.scratch()
        sink = self.sink("--capture", folder, "--capture-format", "eml", "--capture-when-behind", "wait")
        self.send(sink, "Subject: x\r\n\r\n")
        listed = json.loads(sink.admin.get("/api/v1/samples")[2])["samples"]
        self.assertEqual([each["subject"] for each in listed], ["x"])
        for query in ("", "?id=", "?id=../x", "?id=nope", "?di=" + listed[0]["id"]):
            self.assertEqual(sink.admin.get("/api/v1/sample" + query)[0], 404, query)
        for path in folder.glob("*.eml"):
            path.unlink()
        self.assertEqual(sink.admin.get("/api/v1/sample?id=" + listed[0]["id"])[0], 404)
        self.assertIsNone(json.loads(sink.admin.get("/api/v1/samples")[2])["samples"][0]["subject"])

    def test_without_capture_it_is_said_how_to_have_some(self):
        sink = self.sink()
        self.assertEqual(sink.admin.get("/api/v1/samples")[0], 404)
        self.assertIn("--capture", self.look(sink.admin, "await readings(1); return document.getElementById('samples').innerText;"))

    def test_mail_is_shown_to_those_alone_who_have_the_token(self):
        token = self.scratch() / "token"
        token.write_text("0123456789abcdef0123456789abcdef\n")
        token.chmod(0o600)
        sink = self.sampling_sink("--admin-token-file", token)
        self.send(sink, "Subject: only for some\r\n\r\n")
        self.assertEqual(sink.admin.get("/api/v1/samples")[0], 401)
        # Chromium notes each refused request in its console.
        seen = self.chromium.look(url(sink.admin), UNTIL + SAMPLES + """
          const form = await until(() => document.querySelector('form.token'));
          const before = document.body.innerText.includes('only for some');
          form.querySelector('input').value = 'wrong';
          form.requestSubmit();
          const again = await until(() => { const other = document.querySelector('form.token'); return other !== form && other; });
          again.querySelector('input').value = '0123456789abcdef0123456789abcdef';
          again.requestSubmit();
          await until(() => rows().length === 1);
          return [before, rows()[0].children[3].textContent, (await open_first()).innerText.includes('only for some')];""")
        self.assertEqual(seen["value"], [False, "only for some", True])
        self.assertEqual(seen["errors"], [])


class GeneratorPage(LivePageTestCase):
    def test_its_figures_are_those_of_metrics(self):
        sink = self.sink()
        _, place = self.generator(sink, "--rate", "100/s", "--sessions", "5", "--duration", "10m")
        sink.wait_for_messages(50)
        # The sink stops: from then on the generator's figures stand still, but for what is due.
        sink.signal(mailvoid.signal.SIGSTOP)
        self.addCleanup(sink.signal, mailvoid.signal.SIGCONT)
        figures = self.look(place, """
          const name = 'mailvoid_loadgen_messages_accepted_total';
          await readings(2);
          await until(() => { const values = mailvoid.feed.values(name); return values.length > 3 && values.at(-1) === values.at(-3); });
          """ + FIGURES + "return figures;")
        metrics = place.scrape()
        moving = ("starts_", "connection", "target", "messages_started", "messages_in_flight", "sent_bytes", "errors_total")
        still = {name: value for name, value in figures.items()
                 if not name.removeprefix("mailvoid_loadgen_").startswith(moving)}
        common = {name: value for name, value in still.items() if name in metrics and "cpu_seconds" not in name}
        self.assertGreater(len(common), 4, figures)
        self.assertEqual(common, {name: metrics[name] for name in common})

    def test_it_says_what_the_generator_does(self):
        sink = self.sink()
        _, place = self.generator(sink, "--rate", "100/s", "--sessions", "5", "--duration", "10m", "--warm-up", "5m")
        heading, subtitle, progress, series = self.look(place, """
          await readings(3);
          await until(() => document.querySelector('.progress p').textContent.startsWith('Warming up'));
          await until(() => mailvoid.charts.shards);
          return [document.querySelector('h1').textContent, document.querySelector('header > p').textContent,
                  document.querySelector('.progress p').textContent, mailvoid.charts.messages.series.map((each) => each.label)];""")
        self.assertEqual(heading, sink.target)
        self.assertEqual(subtitle, "open loop, 100/s, evenly spaced · 5 sessions")
        self.assertRegex(progress, r"^Warming up: \d+ s of 10:00$")
        self.assertEqual(series[1:], ["Accepted", "Planned", "Rejected", "Failed", "Missed"])

    def test_charts_move_under_load_in_a_closed_loop(self):
        sink = self.sink()
        _, place = self.generator(sink, "--sessions", "2", "--duration", "10m", "--think", "20ms")
        seen = self.look(place, """
          await readings(4);
          await until(() => mailvoid.charts.shards);
          const { charts, feed } = mailvoid, names = Object.keys(charts);
          const before = names.map((name) => picture_of(charts[name]));
          await readings(feed.times().length + 2);
          await frames();
          return { names, moved: names.map((name, index) => picture_of(charts[name]) !== before[index]),
                   rate: charts.messages.data[1].at(-1), p50: charts.latency.data[1].at(-1) };""")
        self.assertEqual(seen["names"], ["messages", "latency", "bytes", "connections", "replies", "errors", "shards"])
        self.assertTrue(all(seen["moved"]), seen)
        self.assertGreater(seen["rate"], 0)
        self.assertGreater(seen["p50"], 0)

    def test_it_goes_on_from_probe_to_probe_of_a_search(self):
        sink = self.sink()
        with socket.create_server(("127.0.0.1", 0)) as free:
            address = free.getsockname()
        self.start(mailvoid.Program(
            [mailvoid.BIN / "mailvoid-loadgen", "find-limit", sink.target, "--admin", procfs.format_address(address),
             "--threshold", "message.p99<10s", "--rate", "20/s", "--duration", "2s", "--warm-up", "500ms",
             "--sessions", "2"]))
        place = admin.Admin(address)
        mailvoid.eventually("the admin port answers", lambda: answers(place))
        subtitle = self.look(place, """
          const seen = new Set();
          await until(() => { const text = (document.querySelector('header > p') || {}).textContent || ''; if (text.startsWith('probe')) seen.add(text); return seen.size > 1; });
          return [...seen];""")
        self.assertTrue(subtitle[0].startswith("probe 1 of a search"), subtitle)


def answers(place):
    try:
        return place.get("/readyz")[0] == 200
    except OSError:
        return False


if __name__ == "__main__":
    mailvoid.main()
