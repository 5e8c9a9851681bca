# SPDX-License-Identifier: Apache-2.0
"""The results as tables: text for a terminal, Markdown for docs/performance.md."""
import dataclasses
import re

import results


@dataclasses.dataclass
class Table:
    """The first column is text, the others are figures."""
    title: str
    head: list
    rows: list

    def markdown(self):
        lines = ["| " + " | ".join(self.head) + " |", "|---" + "|---:" * (len(self.head) - 1) + "|"]
        return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in self.rows])

    def text(self):
        rows = [[re.sub(r"\*\*|`", "", cell) for cell in row] for row in [self.head, *self.rows]]
        widths = [max(len(row[i]) for row in rows) for i in range(len(self.head))]
        lines = ["  ".join(cell.rjust(width) if i else cell.ljust(width)
                           for i, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows]
        return "\n".join([self.title, *("  " + line for line in lines)])


def number(value):
    """Four digits or more in full, less with as many decimals as say something."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def size(octets):
    if octets is None:
        return ""
    return f"{octets / (1 << 20):,.1f} MiB" if octets >= 1 << 20 else f"{octets / 1024:,.0f} KiB"


def ratio(spread):
    return f"{spread.median:.2f}" if spread else ""


def is_ours(program):
    return program.startswith("mailvoid")


def references(case):
    """The programs that the others are compared with: the floor, and Postfix's."""
    if case["measured"] == "served":
        wanted = ["mailvoid-loadgen, kept", "mailvoid-loadgen, one a connection", "mailvoid-loadgen, DATA"]
    elif case["measured"] == "server":
        wanted = ["floor-sink uring", "smtp-sink"]
    else:
        wanted = ["floor-client uring, none", "smtp-source, kept", "smtp-source, one a connection"]
    return [name for name in wanted if name in case["programs"]]


def case_table(case):
    view = results.CaseView(case)
    against = references(case)
    head = ["client" if case["measured"] == "served" else case["measured"], "messages a CPU second", "quartiles", "least and most",
            *(f"by {name}" for name in against), "messages/s", "peak memory", "instructions, own",
            "in the kernel"]
    rows = []
    for program in case["programs"]:
        name = f"**{program}**" if is_ours(program) else program
        spread = view.rates(program)
        if spread is None:
            rows.append([name, "failed", *[""] * (len(head) - 2)])
            continue
        own, kernel = view.instructions(program) or (None, None)
        rows.append([name + (" (some failed)" if view.failures(program) else ""), number(spread.median),
                     f"{number(spread.quarter)}-{number(spread.three_quarters)}",
                     f"{number(spread.low)}-{number(spread.high)}",
                     *(ratio(view.ratios(program, other)) for other in against),
                     number(view.wall_rate(program)), size(view.peak_bytes(program)), number(own),
                     number(kernel)])
    return Table(case["title"], head, rows)


def target_rows(document):
    """(what, promise, seen, spread, the same in instructions, met) of each promise."""
    for case in document["cases"]:
        view = results.CaseView(case)
        for target, spread, met in view.verdicts():
            instructions = view.instruction_ratio(target["program"], target["against"])
            yield (f"{case['title']}: {target['program']} by {target['against']}",
                   f"at least {target['ratio']:.2f}", ratio(spread) or "failed",
                   f"{spread.quarter:.2f}-{spread.three_quarters:.2f}" if spread else "",
                   f"{instructions:.2f}" if instructions else "", met)
    idle = document["idle"]
    for run in idle["runs"] if idle else []:
        promise = idle["octets_max"].get(run["program"])
        if promise:
            seen = run.get("pss_bytes_per_session")
            sessions = f"{run.get('sessions', 0):,} {idle['title']}"
            yield (f"{sessions}: bytes of {run['program']} each", f"under {promise}",
                   number(seen) if seen is not None else "failed", "", "",
                   seen is not None and seen < promise)


def target_table(document):
    rows = [[*cells, "met" if met else "**missed**"] for *cells, met in target_rows(document)]
    return Table("Promises: medians of the ratios of each round",
                 ["promise", "wanted", "seen", "quartiles", "by instructions", "verdict"], rows)


def idle_table(document):
    rows = []
    for run in document["idle"]["runs"]:
        name = f"**{run['program']}**" if is_ours(run["program"]) else run["program"]
        rows.append([name, "failed", "", ""] if "error" in run else
                    [name, f"{run['sessions']:,}", number(run["pss_bytes_per_session"]),
                     number(run["private_dirty_bytes_per_session"])])
    return Table("Idle sessions: all have said EHLO, and are answered when they say MAIL",
                 ["server", "sessions", "bytes each (PSS)", "bytes each (private dirty)"], rows)


def all_tables(document):
    found = [case_table(case) for case in document["cases"]]
    if document["idle"]:
        found.append(idle_table(document))
    promises = target_table(document)
    return [*found, promises] if promises.rows else found


def text(document):
    return "\n\n".join(table.text() for table in all_tables(document))
