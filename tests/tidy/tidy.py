#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what no compiler does: licence lines, length of files, blanks, leftovers.

  tidy.py [ROOT]        names every offence; exit 1 if there is one
  tidy.py --self-test   plants offences in a scratch tree and fails unless each is found
"""
import pathlib
import re
import subprocess

import check

LINES_MAX = 500
SPDX = "SPDX-License-Identifier: Apache-2.0"
CODE = {".h", ".cc", ".py", ".cmake", ".js", ".jsx", ".css"}
# Carry a licence line, but may be as long as they need.
OTHER = {".in", ".yml", ".yaml", ".toml", ".sh"}
TEXT = {".md", ".json"}
# Files whose blanks mean something, or that somebody else's program writes.
EXEMPT = re.compile(r"tests/(transcripts|data)/.*|.*package-lock\.json|LICENSE.*")
# Spelt so that this file does not find itself.
LEFTOVERS = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|^(<<<<<<<|>>>>>>>) ")


def listed(root):
    """Our files: those that git tracks or would, else all below root that is no build product."""
    git = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                         capture_output=True, check=False)
    if git.returncode == 0:
        names = sorted(set(git.stdout.decode().split("\0")) - {""})
    else:
        names = sorted(str(p.relative_to(root)) for p in root.rglob("*"))
        names = [n for n in names if not re.match(r"build/|.*node_modules/|\.git/", n)]
    return [n for n in names if (root / n).is_file() and not EXEMPT.fullmatch(n)]


def is_code(name):
    path = pathlib.PurePath(name)
    return path.suffix in CODE or path.name == "CMakeLists.txt" or (path.parts[0] in ("scripts", ".ci") and not path.suffix)


def offences(root):
    for name in listed(root):
        suffix = pathlib.PurePath(name).suffix
        licensed = is_code(name) or suffix in OTHER
        if not licensed and suffix not in TEXT:
            continue
        text = (root / name).read_text(encoding="utf-8")
        lines = text.split("\n")
        if licensed and not any(SPDX in line for line in lines[:2]):
            yield f"{name}:1: no line '{SPDX}'"
        if is_code(name) and len(lines) - 1 > LINES_MAX:
            yield f"{name}: {len(lines) - 1} lines, over {LINES_MAX}: does it hold two concepts?"
        if suffix == ".h" and "#pragma once" not in lines and not name.endswith("-inl.h"):
            yield f"{name}: no '#pragma once'"
        if not text.endswith("\n") or text.endswith("\n\n"):
            yield f"{name}:{len(lines)}: must end in one newline"
        for number, line in enumerate(lines, 1):
            if "\t" in line:
                yield f"{name}:{number}: tab"
            if line != line.rstrip():
                yield f"{name}:{number}: blanks at the end of the line"
            if LEFTOVERS.search(line):
                yield f"{name}:{number}: leftover: {line.strip()}"


GOOD = f"// {SPDX}\n#pragma once\n"
# File, content, and what must be said of it ("" for nothing).
PLANTED = [
    ("lib/a.h", GOOD, ""),
    ("lib/a.h", "#pragma once\n", "no line 'SPDX"),
    ("lib/a.h", f"// {SPDX}\n", "no '#pragma once'"),
    ("lib/a.h", GOOD + "int a;\n" * (LINES_MAX - 2), ""),
    ("lib/a.h", GOOD + "int a;\n" * (LINES_MAX - 1), "501 lines"),
    ("lib/a.h", GOOD + "\tint a;\n", ":3: tab"),
    ("lib/a.h", GOOD + "int a; \n", ":3: blanks"),
    ("lib/a.h", GOOD + "int a;", "must end in one newline"),
    ("lib/a.h", GOOD + "\n", "must end in one newline"),
    ("lib/a.h", GOOD + "// TO" + "DO: more\n", "leftover"),
    ("scripts/run", "#!/bin/sh\n", "no line 'SPDX"),
    ("scripts/run", f"#!/bin/sh\n# {SPDX}\n", ""),
    ("lib/CMakeLists.txt", "add()\n", "no line 'SPDX"),
    ("lib/a.cc.in", "int a;\n", "no line 'SPDX"),
    ("README.md", "# Name \n", ":1: blanks"),
    ("tests/transcripts/a.txt", "S: 220 \t\n\n", ""),
]


if __name__ == "__main__":
    check.main(offences, PLANTED, "nothing to tidy")
