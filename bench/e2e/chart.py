# SPDX-License-Identifier: Apache-2.0
"""A case as a picture (SVG): a bar for each program's median, a line from quartile to quartile, a dot a run.
The same results give the same octets."""
from xml.sax.saxutils import escape

import results
import tables

_WIDTH, _LABEL, _VALUE, _ROW, _TOP, _BOTTOM = 860, 250, 80, 30, 58, 34
_STYLE = """
 text{font:13px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#24292f}
 .title{font-size:15px;font-weight:600}.note{font-size:11.5px;fill:#656d76}
 .value{font-variant-numeric:tabular-nums}.ours{font-weight:600}
 .grid{stroke:#d0d7de;stroke-width:1}.bar{fill:#a8b3bf}.floor{fill:#d3b26a}.mine{fill:#1f7a8c}
 .spread{stroke:#24292f;stroke-width:1.5}.dot{fill:#24292f;fill-opacity:.45}
 @media(prefers-color-scheme:dark){text{fill:#e6edf3}.note{fill:#8b949e}
 .grid{stroke:#30363d}.bar{fill:#57606a}
 .floor{fill:#8a6f2f}.mine{fill:#2f9fb5}.spread{stroke:#e6edf3}.dot{fill:#e6edf3}}
"""


def _nice(limit):
    """Round steps, four to eight of them, up to the limit."""
    step = 1.0
    while limit / step > 8:
        for factor in (2, 2.5, 2):
            step *= factor
            if limit / step <= 8:
                break
    count = int(limit // step)
    return [step * i for i in range(count + 1)]


def _kind(program):
    return "mine" if tables.is_ours(program) else "floor" if program.startswith("floor") else "bar"


def _row(program, spread, y, x_of):
    ours = ' class="ours"' if tables.is_ours(program) else ""
    middle = y + _ROW / 2
    parts = [f'<text x="{_LABEL - 10}" y="{middle + 4:.1f}" text-anchor="end"{ours}>{escape(program)}</text>']
    if spread is None:
        return parts + [f'<text x="{_LABEL}" y="{middle + 4:.1f}" class="note">failed</text>']
    parts.append(f'<rect class="{_kind(program)}" x="{_LABEL}" y="{y + 6}" '
                 f'width="{x_of(spread.median) - _LABEL:.1f}" height="{_ROW - 12}" rx="2"/>')
    parts.append(f'<line class="spread" x1="{x_of(spread.quarter):.1f}" y1="{middle:.1f}" '
                 f'x2="{x_of(spread.three_quarters):.1f}" y2="{middle:.1f}"/>')
    parts += [f'<circle class="dot" cx="{x_of(value):.1f}" cy="{middle:.1f}" r="2.2"/>'
              for value in spread.values]
    parts.append(f'<text class="value" x="{x_of(spread.high) + 8:.1f}" y="{middle + 4:.1f}">'
                 f'{tables.number(spread.median)}</text>')
    return parts


def svg(case):
    """The picture of one case of the results."""
    view = results.CaseView(case)
    spreads = {program: view.rates(program) for program in case["programs"]}
    highest = max((spread.high for spread in spreads.values() if spread), default=1.0)
    width = _WIDTH - _LABEL - _VALUE
    height = _TOP + _ROW * len(spreads) + _BOTTOM

    def x_of(value):
        return _LABEL + width * value / highest

    title = escape(case["title"][0].upper() + case["title"][1:], {'"': "&quot;"})
    body = [f'<text class="title" x="16" y="26">{title}</text>',
            f'<text class="note" x="16" y="45">messages a CPU second of the {case["measured"].replace("served", "server")}; bar: median, '
            f'line: quartiles, dots: runs</text>']
    for value in _nice(highest):
        x = x_of(value)
        body.append(f'<line class="grid" x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{height - _BOTTOM + 4}"/>')
        body.append(f'<text class="note" x="{x:.1f}" y="{height - 12}" text-anchor="middle">'
                    f'{value:,.0f}</text>')
    for index, (program, spread) in enumerate(spreads.items()):
        body += _row(program, spread, _TOP + index * _ROW, x_of)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" '
            f'height="{height}" role="img" aria-label="{title}">\n<style>{_STYLE}</style>\n'
            + "\n".join(body) + "\n</svg>\n")
