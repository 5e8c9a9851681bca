#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/schema/: the results of all kinds of runs are what the schemas say, no member more and none less, and
docs/results.md tells of the same members."""
import json
import pathlib
import re
import subprocess

import mailvoid
import script_server

DOCS = mailvoid.ROOT / "docs"
SCHEMAS = DOCS / "schema"
KINDS = ("run", "find-limit", "comparison", "sink")
PYTHON = pathlib.Path("/usr/bin/python3")  # Debian's, which has Debian's modules
CHECK = mailvoid.ROOT / "tests/integration/check_schema.py"
# Members that are there in some results only, and say so.
SOMETIMES = {"merged", "hdr", "message", "schedule", "wake"}


def schema(kind):
    return json.loads((SCHEMAS / f"{kind}.schema.json").read_text())


def schemas_within(value):
    """Every object of a schema, itself included."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from schemas_within(each)


def members(kind):
    return {name for each in schemas_within(schema(kind)) if isinstance(each.get("properties"), dict)
            for name in each["properties"]}


def values(kind):
    """What a member can say where it has a choice, and the names that a map can have."""
    return {value for each in schemas_within(schema(kind)) for value in (*each.get("enum", ()), each.get("const"), *each.get("examples", ()))
            if isinstance(value, str)}


class Results(mailvoid.TestCase):
    def faults(self, kind, *paths):
        mailvoid.needed(PYTHON)
        done = subprocess.run([PYTHON, CHECK, SCHEMAS / f"{kind}.schema.json", *paths], capture_output=True, text=True,
                              timeout=mailvoid.PATIENCE)
        self.assertEqual(done.stderr, "", "scripts/setup test installs python3-jsonschema")
        return done.stdout

    def run_to(self, name, target, *arguments, command=(), code=0):
        path = self.folder / f"{name}.json"
        ended = self.start(mailvoid.Program([mailvoid.BIN / "mailvoid-loadgen", *command, target, "--admin", "off", "--quiet",
                                             "--json", path, *arguments])).wait()
        self.assertEqual(ended.code, code, ended)
        return path

    def setUp(self):
        self.folder = self.scratch()

    def test_of_a_closed_loop_an_open_one_and_its_parts_merged(self):
        target = self.sink().target
        short = ("--sessions", "4", "--messages", "100")
        plan = (*short, "--rate", "400", "--allow-invalid", "--threshold", "message.p99<10s", "--threshold", "rate>1")
        paths = [self.run_to("closed", target, *short),
                 self.run_to("think", target, *short, "--think", "1ms..2ms", "--messages-per-session", "3"),
                 self.run_to("mime", target, *short, "--size", "lognormal:4k,1.5", "--content", "all", "--recipients", "1..3"),
                 self.run_to("missed", target, *plan, "--threshold", "tls.max<1s", code=99),
                 self.run_to("targets", target, "127.0.0.1:1", *short),
                 self.run_to("stages", target, "--sessions", "4", "--stage", "ramp:10/s..200/s:500ms", "--allow-invalid"),
                 *(self.run_to(f"part{i}", target, *plan, "--shard-of", f"{i}/2") for i in (0, 1))]
        merged = self.run_program("mailvoid-loadgen", "merge", *paths[-2:])
        self.assertEqual(merged.code, 0, merged)
        paths.append(self.folder / "merged.json")
        paths[-1].write_text(merged.out)
        self.assertEqual(self.faults("run", *paths), "")

    def test_of_tls_a_mix_lmtp_and_bad_clients(self):
        sink = self.sink("--tls-self-signed", "--auth", "accept", "--protocol", "lmtp")
        target = self.sink("--tls-self-signed").target
        mix = self.folder / "mix.toml"
        mix.write_text('[[mix]]\nname = "plain"\n[[mix]]\nname = "tls"\ntls = "starttls"\ntls-insecure = true\n')
        short = ("--sessions", "4", "--messages", "100")
        paths = [self.run_to("tls", target, *short, "--tls", "starttls", "--tls-insecure", "--messages-per-session", "3",
                             "--tls-resume", "50"),
                 self.run_to("mix", target, *short, "--config", mix),
                 self.run_to("lmtp", sink.target, *short, "--lmtp", "--recipients", "3"),
                 self.run_to("bad", target, "--sessions", "16", "--duration", "1s", "--bad-clients", "50%", "--bad-time", "500ms",
                             "--bad-pause", "10ms")]
        self.assertEqual(self.faults("run", *paths), "")

    def test_of_trouble(self):
        short = ("--sessions", "2", "--messages", "6", "--grace", "1s")
        with script_server.ScriptServer(lambda peer: script_server.converse(
                peer, {"mail": b"451 4.7.1 later \xff", "message": lambda peer: peer.reset()})) as server:
            paths = [self.run_to("refused", server.target, *short)]
        with script_server.ScriptServer(lambda peer: script_server.converse(
                peer, {"message": lambda peer: peer.reset()})) as server:
            paths.append(self.run_to("reset", server.target, *short))
        with script_server.ScriptServer(lambda peer: script_server.converse(peer, {"rcpt": b"450 4.2.0 later"})) as server:
            paths.append(self.run_to("retries", server.target, *short, "--retry", "2", "--retry-delay", "10ms"))
        paths.append(self.run_to("nobody", "127.0.0.1:1", *short, code=1))
        self.assertEqual(self.faults("run", *paths), "")

    def test_of_a_search_a_comparison_and_the_sink(self):
        summary = self.folder / "sink.json"
        sink = self.sink("--json", summary)
        search = self.run_to("limit", sink.target, "--rate", "50", "--max-rate", "100", "--probes", "3", "--duration", "1s",
                             "--warm-up", "0s", "--cool-down", "0s", "--pause", "0s", command=("find-limit",))
        self.assertEqual(self.faults("find-limit", search), "")
        runs = [self.run_to(f"run{i}", sink.target, "--messages", "20") for i in range(8)]
        compared = self.folder / "comparison.json"
        for a, b in ((runs[:1], runs[1:2]), (runs[:4], runs[4:])):
            compared.write_text(self.run_program("mailvoid-loadgen", "compare", *a, "--with", *b, "--json").out)
            self.assertEqual(self.faults("comparison", compared), "")
        self.assertEqual(sink.stop().code, 0)
        self.assertEqual(self.faults("sink", summary), "")

    def test_what_is_more_less_or_other_is_found(self):
        path = self.run_to("closed", self.sink().target, "--messages", "10")
        result = json.loads(path.read_text())
        point = result["series"]["points"][0]
        for broken in ({**result, "extra": 1}, {name: result[name] for name in result if name != "plan"},
                       {**result, "valid": "yes"},
                       {**result, "series": {**result["series"], "points": [{**point, "accepted": -1}]}}):
            path.write_text(json.dumps(broken))
            self.assertEqual(len(self.faults("run", path).splitlines()), 1, "one fault")


class Documents(mailvoid.TestCase):
    def sections(self):
        text = (DOCS / "results.md").read_text()
        by_title = {part.split("\n", 1)[0]: part for part in re.split(r"\n## ", text)[1:]}
        parts = {part.split("\n", 1)[0]: part for part in re.split(r"\n### ", by_title["mailvoid-loadgen"])}
        comparison = parts.pop("Comparing runs")
        parts.pop("CSV and HdrHistogram")  # the columns of a table
        return {"run": "\n".join(parts.values()), "comparison": comparison,
                "find-limit": by_title["mailvoid-loadgen find-limit"], "sink": by_title["mailvoid-sink"]}

    def test_every_member_is_told_of_and_no_other(self):
        for kind, text in self.sections().items():
            quoted = re.findall(r"`([^`]+)`", text)
            words = {word for each in quoted for part in re.findall(r"[\w.-]+", each) for word in (part, *part.split("."))}
            told = {name for name in members(kind) if name in words or name.isdigit()}
            self.assertEqual(members(kind) - told, set(), f"docs/results.md does not tell of these members of {kind}")
            known = members(kind) | values(kind) | {"true", "false", "null"}
            others = {each for each in quoted if re.fullmatch(r"[a-z0-9_]+", each)} - known
            self.assertEqual(others, set(), f"docs/results.md tells of members that {kind}.schema.json lacks")

    def test_the_schemas_are_strict(self):
        for kind in KINDS:
            for each in schemas_within(schema(kind)):
                if each.get("type") not in ("object", ["object", "null"]):
                    continue
                self.assertIn("additionalProperties", each)
                if "properties" in each:
                    self.assertIs(each["additionalProperties"], False)
                    self.assertLessEqual(set(each["properties"]) - set(each["required"]), SOMETIMES, each)


if __name__ == "__main__":
    mailvoid.main()
