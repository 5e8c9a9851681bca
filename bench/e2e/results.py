# SPDX-License-Identifier: Apache-2.0
"""The results file: its schema, and medians, spreads and paired ratios of what is in it. The file holds raw
figures only; everything here follows from them."""
import json
import pathlib
import statistics

SCHEMA = "mailvoid-bench-e2e/1"

_RUN = {"program": str, "messages": int, "messages_server": (int, type(None)), "octets": int,
        "wall_seconds": float, "cpu_seconds": float, "cpu_seconds_other_side": float,
        "cpu_seconds_of_others": float, "steal_seconds": float, "peak_resident_bytes": (int, type(None))}
_IDLE_RUN = {"program": str, "sessions_first": int, "sessions": int, "pss_bytes_per_session": float,
             "private_dirty_bytes_per_session": float}
_FAILED = {"program": str, "error": str}
_TARGET = {"program": str, "against": str, "ratio": float}
_CASE = {"name": str, "title": str, "measured": str, "other": str, "sessions": int, "octets": int,
         "programs": list, "targets": list, "rounds": list, "instructions_per_message": dict}
_TOP = {"schema": str, "date": str, "command": str, "commit": str, "dirty": bool, "quick": bool, "rounds": int,
        "namespace": bool, "machine": dict, "busy_before": dict, "busy_after": dict, "cores": list,
        "programs": dict, "cases": list, "idle": (dict, type(None))}


class Invalid(Exception):
    """A file that is not what it should be; says where."""


def _check(value, shape, where):
    if not isinstance(value, dict):
        raise Invalid(f"{where}: not an object")
    for name, kind in shape.items():
        if name not in value:
            raise Invalid(f"{where}: no member {name}")
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if float in kinds:
            kinds += (int,)
        if not isinstance(value[name], kinds) or (isinstance(value[name], bool) and bool not in kinds):
            raise Invalid(f"{where}.{name}: {value[name]!r}")
    unknown = set(value) - set(shape)
    if unknown:
        raise Invalid(f"{where}: unknown members {', '.join(sorted(unknown))}")


def validate(document):
    """Raises Invalid unless the document is one of this schema."""
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise Invalid(f"not of the schema {SCHEMA}")
    _check(document, _TOP, "results")
    for case in document["cases"]:
        where = f"case {case.get('name')}"
        _check(case, _CASE, where)
        for target in case["targets"]:
            _check(target, _TARGET, f"{where}: target")
        for number, runs in enumerate(case["rounds"]):
            if sorted(run.get("program", "") for run in runs) != sorted(case["programs"]):
                raise Invalid(f"{where}, round {number + 1}: not one run of each program")
            for run in runs:
                _check(run, _FAILED if "error" in run else _RUN, f"{where}, round {number + 1}")
    for run in (document["idle"] or {"runs": []})["runs"]:
        _check(run, _FAILED if "error" in run else _IDLE_RUN, "idle")


def load(path):
    try:
        document = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise Invalid(f"{path}: {error}") from None
    validate(document)
    return document


def save(document, path):
    validate(document)
    pathlib.Path(path).write_text(json.dumps(document, indent=1, sort_keys=False) + "\n", encoding="utf-8")


def newest(folder):
    """The results file of a folder with the latest date inside; None without one."""
    found = [(load(path)["date"], path) for path in sorted(pathlib.Path(folder).glob("*.json"))]
    return max(found)[1] if found else None


class Spread:
    """Median, quartiles and extremes of figures."""

    def __init__(self, values):
        self.values = list(values)
        self.median = statistics.median(self.values)
        self.low, self.high = min(self.values), max(self.values)
        self.quarter = self.three_quarters = self.median
        if len(self.values) > 1:
            self.quarter, _, self.three_quarters = statistics.quantiles(self.values, n=4, method="inclusive")


def rate(run):
    """Messages of a run for each CPU second of the measured program; None if it failed."""
    return run["messages"] / run["cpu_seconds"] if run.get("cpu_seconds") else None


class CaseView:
    """A case of the results by program."""

    def __init__(self, case):
        self.case = case
        self._rounds = [{run["program"]: run for run in runs} for runs in case["rounds"]]

    def runs(self, program):
        return [runs[program] for runs in self._rounds if program in runs and rate(runs[program])]

    def failures(self, program):
        return [runs[program]["error"] for runs in self._rounds if "error" in runs.get(program, {})]

    def rates(self, program):
        """Messages a CPU second; None if no run succeeded."""
        values = [rate(run) for run in self.runs(program)]
        return Spread(values) if values else None

    def ratios(self, program, against):
        """Of the rates of two programs in the same round; None if they have no round in common."""
        values = [rate(runs[program]) / rate(runs[against]) for runs in self._rounds
                  if rate(runs.get(program, {})) and rate(runs.get(against, {}))]
        return Spread(values) if values else None

    def wall_rate(self, program):
        return statistics.median(run["messages"] / run["wall_seconds"] for run in self.runs(program))

    def peak_bytes(self, program):
        return max((run["peak_resident_bytes"] or 0 for run in self.runs(program)), default=0) or None

    def instructions(self, program):
        found = self.case["instructions_per_message"].get(program)
        return (found["user"], found["kernel"]) if found else None

    def instruction_ratio(self, program, against):
        """How many times the instructions a message of `program` the other takes; None where not counted."""
        mine, others = self.instructions(program), self.instructions(against)
        return sum(others) / sum(mine) if mine and others else None

    def verdicts(self):
        """(target, spread of its ratio or None, whether it is met)."""
        for target in self.case["targets"]:
            ratio = self.ratios(target["program"], target["against"])
            yield target, ratio, ratio is not None and ratio.median >= target["ratio"]
