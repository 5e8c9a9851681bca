# SPDX-License-Identifier: Apache-2.0
"""One sink and one generator, each on a core of its own, for the benches that ask about one of them."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench/e2e"))
import machine  # noqa: E402

CONGESTION_CONTROL = pathlib.Path("/proc/sys/net/ipv4/tcp_congestion_control")  # of the network namespace
_LONGEST_SECONDS = 1200


class Sink:
    """mailvoid-sink with one shard, in a `with` statement; `target` is where it listens. With an `admin` port of its own
    where that is asked for, at the address `admin`."""

    def __init__(self, folder, core, admin=False):
        self._process = subprocess.Popen(
            [folder / "mailvoid-sink", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0" if admin else "off", "--shards", "1",
             "--pin", str(core)],
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        self.pid = self._process.pid

    def __enter__(self):
        for line in self._process.stderr:
            if found := re.findall(r"127\.0\.0\.1:(\d+)", line):
                self.target = f"127.0.0.1:{found[0]}"
                self.admin = ("127.0.0.1", int(found[1])) if len(found) > 1 else None
                return self
        sys.exit("the sink did not start")

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()
        self._process.stderr.close()


def generate(folder, core, target, *arguments, command=(), codes=(0,), under=()):
    """Runs the generator with one shard, and returns its result; `command` may be one of its subcommands, `under` a program
    that runs it."""
    with tempfile.NamedTemporaryFile(suffix=".json") as result:
        ended = subprocess.run(
            [*under, folder / "mailvoid-loadgen", *command, target, "--admin", "off", "--quiet", "--shards", "1", "--pin", str(core),
             "--sessions", "100", "--size", "1k", "--json", result.name, *arguments],
            stdout=subprocess.DEVNULL, check=False, timeout=_LONGEST_SECONDS)
        if ended.returncode not in codes:
            sys.exit(f"mailvoid-loadgen ended with {ended.returncode}")
        return json.loads(pathlib.Path(result.name).read_text(encoding="utf-8"))


def cpu_microseconds(result):
    """Of the generator, for each message that was accepted."""
    return result["generator"]["cpu_seconds"] / result["messages"]["accepted"] * 1e6


def counted(file):
    """Instructions, of what `perf stat -x, -e instructions` wrote; None where it could not count them."""
    found = re.search(r"^(\d+),", file.read(), re.MULTILINE)
    return int(found[1]) if found else None


def instructions(folder, core, target, *arguments):
    """The generator's and the kernel's for it, for each message; None where perf does not count them. Little disturbs this
    figure, unlike CPU seconds on a machine that has neighbours."""
    if not shutil.which("perf"):
        return None
    with tempfile.NamedTemporaryFile(mode="r") as file:
        result = generate(folder, core, target, *arguments,
                          under=["perf", "stat", "-x,", "-e", "instructions", "-o", file.name])
        count = counted(file)
    return count / result["messages"]["accepted"] if count else None


def prepare(congestion):
    """A network namespace of our own where that is allowed, with the congestion control that was asked for; the two cores
    to use."""
    inside = machine.enter_namespace(sys.argv)
    if congestion:
        if not inside:
            sys.exit("--congestion-control needs a network namespace of its own, which is not allowed here")
        try:
            CONGESTION_CONTROL.write_text(congestion, encoding="ascii")
        except OSError:
            sys.exit(f"--congestion-control: the kernel has no '{congestion}', or it is not allowed")
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        sys.exit("it needs two cores")
    print(f"congestion control {CONGESTION_CONTROL.read_text(encoding='ascii').strip()}, sink on core {cores[0]}, "
          f"generator on core {cores[1]}", flush=True)
    return cores


def add_options(parser, rounds):
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin", metavar="FOLDER",
                        help="of the programs [build/release/bin]")
    parser.add_argument("--rounds", type=int, default=rounds, metavar="N", help=f"[{rounds}]")
    parser.add_argument("--congestion-control", metavar="NAME", help="of TCP: reno, cubic, bbr [the machine's]")
