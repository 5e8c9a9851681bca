# SPDX-License-Identifier: Apache-2.0
"""Child processes that are measured: pinned, timed by the kernel, and always stopped by their id."""
import ctypes
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))
import procfs  # noqa: E402  (whose socket listens where; memory of a process)

_prctl = ctypes.CDLL(None, use_errno=True).prctl
_PR_SET_PDEATHSIG = 1
_STOP_SECONDS = 10
_INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM)


class Failure(Exception):
    """A run that cannot be counted, and why."""


def children_of(pid):
    """The living descendants of a process, itself first."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = _stat(int(name))
            if fields:
                parents.setdefault(int(fields[1]), []).append(int(name))
    found, at = [pid], 0
    while at < len(found):
        found += parents.get(found[at], [])
        at += 1
    return found


def _stat(pid):
    """The fields of /proc/PID/stat from the state on, or nothing if it is gone."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()


def cpu_seconds(pid):
    """What a process and its living descendants have used. The CPU clock of a process is the sum of its
    tasks' /proc/PID/task/*/schedstat and of the threads that have ended, in nanoseconds; what children had
    used that it has waited for is in /proc/PID/stat only, in ticks."""
    total = 0.0
    for each in children_of(pid):
        try:
            total += time.clock_gettime(~each << 3 | 2)
        except OSError:
            continue
        fields = _stat(each)
        if fields:
            total += (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
    return total


def peak_resident_bytes(pid):
    """The sum over a process and its descendants, or 0 if it is gone."""
    total = 0
    for each in children_of(pid):
        try:
            total += procfs.peak_resident_bytes(each)
        except (FileNotFoundError, ProcessLookupError, KeyError):
            continue
    return total


def clean_environment(more=None):
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("MAILVOID_") and name != "NODE_OPTIONS"}
    return {**kept, **(more or {})}


class Process:
    """A child on one core. Output goes to files, so that it can never block."""

    living = []

    def __init__(self, command, core, environment=None):
        self.command = [str(part) for part in command]
        self.name = pathlib.Path(self.command[0]).name
        self._scratch = tempfile.TemporaryDirectory(prefix="mailvoid-bench-")
        self.folder = pathlib.Path(self._scratch.name)
        self.peak_bytes = 0
        self.usage = None

        def prepare():
            _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            os.setpgid(0, 0)
            os.sched_setaffinity(0, {core})
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _INTERRUPTIONS)

        # No Ctrl-C between the start of the child and the note that it lives: nobody would end it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _INTERRUPTIONS)
        try:
            self.started = time.monotonic()
            with open(self.folder / "out", "wb") as out, open(self.folder / "err", "wb") as err:
                self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                                env=clean_environment(environment), preexec_fn=prepare)
            Process.living.append(self)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    @property
    def pid(self):
        return self.process.pid

    @property
    def out(self):
        return (self.folder / "out").read_text("utf-8", "replace")

    @property
    def err(self):
        return (self.folder / "err").read_text("utf-8", "replace")

    def running(self):
        """False once it has ended; then `usage` is what it and its children took."""
        if self.process.returncode is not None:
            return False
        pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        if pid == 0:
            return True
        self.ended = time.monotonic()
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.usage = usage
        return False

    @property
    def code(self):
        return self.process.returncode

    def wait(self, seconds):
        """Until it has ended by itself; notes its peak memory on the way."""
        pause = 0.002
        while self.running():
            if time.monotonic() - self.started > seconds:
                raise Failure(f"{self.name} had not ended after {seconds} s: {self.err[-300:]}")
            self.peak_bytes = max(self.peak_bytes, peak_resident_bytes(self.pid))
            time.sleep(pause)
            pause = min(pause * 2, 0.1)
        return self.code

    def wait_for_listener(self, address, seconds=20):
        """Until this child, and nobody else, listens there."""
        end = time.monotonic() + seconds
        while True:
            there = procfs.listeners().get(address, set())
            if there:
                held = set()
                for each in children_of(self.pid):
                    held |= procfs.sockets_of(each)
                if not there <= held:
                    raise Failure(f"{procfs.format_address(address)} is listened at by somebody else")
                return
            if not self.running():
                told = self.err[-300:] or self.out[-300:]
                raise Failure(f"{self.name} ended with exit code {self.code}: {told}")
            if time.monotonic() > end:
                raise Failure(f"{self.name} does not listen at {procfs.format_address(address)}")
            time.sleep(0.01)

    def stop(self, number=signal.SIGTERM):
        """Asks it to end, and its exit code is returned; after ten seconds it is killed."""
        if self.running():
            os.kill(self.pid, number)
            end = time.monotonic() + _STOP_SECONDS
            while self.running():
                if time.monotonic() > end:
                    self.kill()
                    break
                time.sleep(0.01)
        return self.code

    def kill(self):
        if self.running():
            for each in reversed(children_of(self.pid)):
                try:
                    os.kill(each, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            while self.running():
                time.sleep(0.005)

    def discard(self):
        self.kill()
        self._scratch.cleanup()
        if self in Process.living:
            Process.living.remove(self)


def discard_all():
    for process in list(Process.living):
        process.discard()
