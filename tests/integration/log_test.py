#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What running programs tell on stderr: the same events as text for people and as JSON for a machine."""
import json
import os
import pty
import re
import signal

import mailvoid
import procfs
from smtp_client import Client

DOCS = mailvoid.ROOT / "docs/log.md"
DOCUMENTED = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"(?m)^\| (`[^|]+) \| (?:info|warning|error)",
                                                           DOCS.read_text("utf-8")))))


def events(program):
    """Every line, which must be an object with a known event."""
    lines = [json.loads(line) for line in program.err.splitlines()]
    for line in lines:
        assert {"time", "level", "program", "event", "message"} <= line.keys(), line
        assert line["event"] in DOCUMENTED, f"{line['event']} is not in docs/log.md"
    return lines


def named(program, event):
    return [line for line in events(program) if line["event"] == event]


class Json(mailvoid.TestCase):
    def json_sink(self, *arguments):
        """A sink that logs JSON, and where it takes mail."""
        sink = self.start(mailvoid.Program([mailvoid.BIN / "mailvoid-sink", "--listen", "127.0.0.1:0", "--admin",
                                            "127.0.0.1:0", "--log-format", "json", *arguments]))
        sink.wait_for_error_text(r'"event":"ready".*\n')
        return sink, procfs.parse_address(named(sink, "ready")[0]["smtp"][0])

    def test_every_line_is_an_event(self):
        sink, address = self.json_sink("--tls-self-signed", "--json", "-", "--exit-after", "1", "--shards", "1")
        with Client(address).greet() as client:
            self.assertEqual(client.message().code, 250)
        ended = sink.wait()
        self.assertEqual(json.loads(ended.out)["messages_accepted"], 1)
        ready, made = events(sink)
        self.assertEqual((ready["event"], ready["level"], ready["program"], ready["shards"]),
                         ("ready", "info", "mailvoid-sink", 1))
        self.assertRegex(ready["time"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        self.assertRegex(ready["admin"], r"^http://127\.0\.0\.1:\d+/metrics$")
        self.assertEqual(ready["message"], f"ready: smtp {ready['smtp'][0]}, admin {ready['admin']}")
        self.assertEqual(made["event"], "certificate_made")
        self.assertIn(made["sha256"], made["message"])

    def test_a_limit_is_told_of_once_and_not_for_each_time(self):
        sink, address = self.json_sink("--max-connections", "1", "--shards", "1")
        with Client(address).greet():
            for _ in range(5):
                with Client(address) as refused:
                    refused.expect(421)
            sink.wait_for_error_text('"event":"limit_reached"')
        self.assertEqual(self.stop(sink).code, 0)
        (told,) = named(sink, "limit_reached")
        self.assertEqual((told["level"], told["limit"]), ("warning", "--max-connections"))
        self.assertIn(told["count"], range(1, 6))

    def stop(self, sink):
        sink.signal(signal.SIGTERM)
        return sink.wait()

    def test_leaving_and_reading_again(self):
        users = self.scratch() / "users"
        users.write_text("a:secret\n", "ascii")
        users.chmod(0o600)
        sink, address = self.json_sink("--auth", f"file:{users}")
        sink.signal(signal.SIGHUP)
        sink.wait_for_error_text('"event":"reloaded"')
        users.unlink()
        sink.signal(signal.SIGHUP)
        sink.wait_for_error_text('"event":"reload_failed"')
        with Client(address).greet():
            self.assertEqual(self.stop(sink).code, 0)
        self.assertEqual([line["event"] for line in events(sink)], ["ready", "reloaded", "reload_failed", "draining"])
        self.assertEqual(named(sink, "reloaded")[0]["options"], "--auth")
        self.assertEqual(named(sink, "reload_failed")[0]["level"], "error")
        self.assertEqual(named(sink, "draining")[0]["connections_open"], 1)

    def test_why_a_program_fails(self):
        taken = self.sink()
        for program, arguments in (("mailvoid-sink", ["--listen", taken.target, "--admin", "off"]),
                                   ("mailvoid-loadgen", ["127.0.0.1:1", "--messages", "1", "--admin", "off"])):
            ended = self.run_program(program, *arguments, "--log-format", "json", "--log-level", "error")
            self.assertEqual(ended.code, 1, ended)
            (line,) = [json.loads(text) for text in ended.error_lines]
            self.assertEqual((line["event"], line["level"], line["program"]), ("failed", "error", program))

    def test_the_generator_tells_how_it_goes(self):
        run = self.start_loadgen(self.sink().target, "--duration", "2500ms", "--log-format", "json", "--json", "-")
        ended = run.wait()
        self.assertEqual(ended.code, 0, ended)
        self.assertEqual(json.loads(ended.out)["target"], run.command[3])
        self.assertEqual({line["event"] for line in events(run)}, {"progress"})
        self.assertIn("msg/s", events(run)[0]["message"])

    def test_the_search_for_a_limit_tells_of_each_probe(self):
        search = self.start(mailvoid.Program([
            mailvoid.BIN / "mailvoid-loadgen", "find-limit", self.sink().target, "--admin", "off", "--log-format", "json",
            "--json", "-", "--sessions", "2", "--shards", "1", "--rate", "40/s", "--max-rate", "80/s", "--duration",
            "500ms", "--warm-up", "0s", "--cool-down", "0s", "--pause", "0s", "--threshold", "errors<1%"]))
        ended = search.wait()
        self.assertEqual(ended.code, 0, ended)
        probes = json.loads(ended.out)["probes"]
        told = events(search)
        self.assertEqual([(line["event"], line["level"]) for line in told], [("probe", "info")] * len(probes))
        for line, probe in zip(told, probes):
            self.assertIn(f"{probe['rate_per_second']:.1f}/s", line["message"])
            self.assertIn(probe["outcome"], line["message"])
            self.assertNotRegex(line["message"], r"[\n\x1b]")

    def test_a_dialogue_for_people_does_not_go_between(self):
        ended = self.run_program("mailvoid-sink", "--trace", "--log-format", "json")
        self.assert_one_line(ended, "--trace", "--log-format json", code=2)


class Text(mailvoid.TestCase):
    def test_it_is_one_line_an_event(self):
        sink = self.sink("--max-connections", "1", "--shards", "1")
        with Client(sink.address).greet(), Client(sink.address) as refused:
            refused.expect(421)
            sink.wait_for_error_text("limit reached")
        lines = sink.stop().error_lines
        self.assertEqual(lines[1], "mailvoid-sink: warning: limit reached: --max-connections: 1 connections refused")
        self.assertRegex(lines[2], r"^mailvoid-sink: draining: \d connections open, at most 10s$")
        self.assertEqual(len(lines), 3)

    def test_less_is_told_when_less_is_asked_for(self):
        for arguments in (("--log-level", "warning"), ("--quiet",)):
            sink = self.start(mailvoid.Program([mailvoid.BIN / "mailvoid-sink", "--listen", "127.0.0.1:0", "--admin",
                                                "127.0.0.1:0", *arguments]))
            mailvoid.eventually("it listens", lambda: any(
                inodes & procfs.sockets_of(sink.pid) for inodes in procfs.listeners().values()))
            sink.signal(signal.SIGTERM)
            self.assertEqual(sink.wait().err, "", arguments)

    def on_terminal(self, *arguments, **environment):
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        run = self.start(mailvoid.Program([mailvoid.BIN / "mailvoid-sink", "--listen", "192.0.2.1:1", "--admin", "off",
                                           *arguments], terminal=theirs,
                                          environment=mailvoid.clean_environment(TERM="xterm", **environment)))
        self.assertEqual(run.wait().code, 1)
        os.close(theirs)
        return os.read(ours, 65536)

    def test_colours_are_for_terminals_whose_user_wants_them(self):
        self.assertRegex(self.on_terminal(), rb"mailvoid-sink: \x1b\[31m--listen 192.*\x1b\[m")
        for plain in (self.on_terminal(NO_COLOR="1"), self.on_terminal("--log-format", "text"),
                      self.on_terminal("--log-format", "json")):
            self.assertNotIn(b"\x1b", plain)
            self.assertIn(b"192.0.2.1:1", plain)


if __name__ == "__main__":
    mailvoid.main()
