#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that the folders include only what docs/architecture.md lets them.

  layering.py [ROOT]        names every include that points the wrong way; exit 1 if there is one
  layering.py --self-test   plants violations in a scratch tree and fails unless each is found
"""
import pathlib
import re

import check

# A folder of lib/, or a program, and what of lib/ it may include besides itself. An arrow points only down this list.
ALL = {"program", "web", "admin", "capture", "config", "tls", "sasl", "io", "proxy", "smtp", "pacing", "scan", "stats", "base"}
MAY_USE = {
    "sink": ALL,
    "loadgen": ALL,
    "program": {"web", "admin", "config", "io", "scan", "stats", "base"},
    "web": {"base"},
    "admin": {"stats", "base"},
    "capture": {"stats", "base"},
    "config": {"base"},
    "tls": {"base"},
    "sasl": {"base"},
    "io": {"stats", "base"},
    "proxy": {"base"},
    "smtp": {"scan", "stats", "base"},
    "pacing": {"base"},
    "scan": {"base"},
    "stats": {"base"},
    "base": set(),
}

# Layers without I/O, threads or a clock: time and octets are passed in, which is what makes them replayable.
PURE = {"sasl", "proxy", "smtp", "pacing", "scan", "stats"}
IMPURE_HEADERS = re.compile(
    r"sys/(socket|epoll|eventfd|signalfd|uio|un|ioctl|time)\.h|liburing.*|netinet/.*|arpa/.*|netdb\.h|poll\.h|"
    r"unistd\.h|fcntl\.h|pthread\.h|time\.h|ctime|thread|mutex|shared_mutex|condition_variable|future|fstream|iostream")
CLOCK_READING = re.compile(r"_clock::now\b|\bclock_gettime\b|\bgettimeofday\b")

# Highway's way of compiling a file once for each instruction set wants its headers in quotes.
QUOTED_THIRD_PARTY = ("hwy/",)

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')
SOURCES = {".h", ".cc", ".in", ".inc"}


def layer_of(path):
    """The folder of MAY_USE that a path below the root belongs to, or None."""
    parts = path.parts
    if parts[0] == "lib" and len(parts) > 2:
        return parts[1]
    return parts[0] if parts[0] in ("sink", "loadgen") else None


def complaint(layer, quoted, angled):
    if angled is not None:
        if layer in PURE and IMPURE_HEADERS.fullmatch(angled):
            return f"lib/{layer} does no I/O and has no threads or clock, but includes <{angled}>"
        return None
    if quoted.startswith(QUOTED_THIRD_PARTY):
        return None
    target = quoted.split("/")[0]
    if "/" not in quoted or target not in MAY_USE:
        return f'"{quoted}" is not written as layer/file.h'
    if target != layer and target not in MAY_USE[layer]:
        return f"{layer} may not include {target} ({quoted})"
    return None


def violations(root):
    for path in sorted(p for top in ("lib", "sink", "loadgen") for p in (root / top).rglob("*")):
        if path.suffix not in SOURCES or not path.is_file():
            continue
        name = path.relative_to(root)
        layer = layer_of(name)
        if layer is not None and layer not in MAY_USE:
            yield f"{name}: lib/{layer} is in no row of the table in {pathlib.Path(__file__).name}"
            continue
        if layer is None:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            include = INCLUDE.match(line)
            what = complaint(layer, *include.groups()) if include else None
            if what is None and layer in PURE and CLOCK_READING.search(line):
                what = f"lib/{layer} is passed the time, but reads a clock"
            if what is not None:
                yield f"{name}:{number}: {what}"


# File, line to plant, and what must be said of it ("" for nothing).
PLANTED = [
    ("lib/base/a.h", '#include "base/b.h"', ""),
    ("lib/base/a.h", "#include <thread>", ""),
    ("lib/base/a.h", '#include "stats/b.h"', "base may not include stats"),
    ("lib/smtp/a.cc", '#include "stats/b.h"', ""),
    ("lib/smtp/a.cc", '  #  include "io/b.h"', "smtp may not include io"),
    ("lib/smtp/a.cc", "#include <sys/socket.h>", "does no I/O"),
    ("lib/scan/a.cc", "#include <mutex>", "does no I/O"),
    ("lib/scan/a.cc", '#include "hwy/highway.h"', ""),
    ("lib/scan/deep/a.cc", '#include "smtp/b.h"', "scan may not include smtp"),
    ("lib/stats/a.h", "auto t = std::chrono::steady_clock::now();", "reads a clock"),
    ("lib/io/a.cc", '#include "scan/b.h"', "io may not include scan"),
    ("lib/io/a.cc", "#include <liburing.h>", ""),
    ("lib/admin/a.cc", '#include "stats/b.h"', ""),
    ("lib/admin/a.cc", '#include "config/b.h"', "admin may not include config"),
    ("lib/admin/a.cc", '#include "program/b.h"', "admin may not include program"),
    ("lib/config/a.cc", '#include "sink/b.h"', "config may not include sink"),
    ("lib/config/a.cc", '#include "b.h"', "is not written as layer/file.h"),
    ("lib/base/a.cc.in", '#include "io/b.h"', "base may not include io"),
    ("lib/novel/a.cc", '#include "base/b.h"', "is in no row"),
    ("sink/a.cc", '#include "smtp/b.h"', ""),
    ("sink/a.cc", '#include "loadgen/b.h"', "sink may not include loadgen"),
    ("loadgen/a.cc", '#include "sink/b.h"', "loadgen may not include sink"),
]


if __name__ == "__main__":
    planted = [(name, f"// a source\n{line}\n", expected) for name, line, expected in PLANTED]
    check.main(violations, planted, "every include points down")
