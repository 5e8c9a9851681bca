# SPDX-License-Identifier: Apache-2.0
"""One run of a server and a client, and the rounds in which programs alternate."""
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import machine
import procs
import programs
import recorder

RUN_SECONDS_MAX = 180
_EVENTS = "instructions:u,instructions:k"


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def free_port():
    with socket.create_server((programs.HOST, 0)) as probe:
        return probe.getsockname()[1]


def start_server(program, job, core):
    process = procs.Process(program.command(job), core, program.environment)
    try:
        process.wait_for_listener((programs.HOST, job.port))
    except BaseException:
        process.discard()
        raise
    return process


def agree(asked, sent, taken):
    """Raises Failure if a message was lost: such a run is worthless. `taken` is None if the server cannot
    tell."""
    if sent != asked:
        raise procs.Failure(f"{sent} of {asked} messages were sent")
    if taken is not None and taken != sent:
        raise procs.Failure(f"{sent} messages were sent, {taken} arrived")


class Shapes:
    """How many lines the message of each client has: the floor's sinks count nothing else. Learnt by letting
    the client talk to a recorder. `mail` is a file with the message of smtp-source, for clients that send
    files."""

    def __init__(self, folder, core):
        self._folder, self._core = folder, core
        self._known = {}

    def of(self, client, octets):
        """(octets to ask for, lines): the octets may be a few more, so that each has as many lines."""
        key = (client, octets)
        if key not in self._known:
            self._known[key] = self._learn(client, octets)
        return self._known[key]

    def mail(self, octets):
        path = self._folder / f"{octets}.eml"
        if not path.exists():
            wire = self._record("smtp-source, kept", octets, None)
            path.write_bytes(wire.removesuffix(b".\r\n").replace(b"\r\n.", b"\r\n"))
        return path

    def _learn(self, client, octets):
        if not client.startswith("mailvoid-loadgen"):
            return octets, self._lines(client, octets)
        # Its header grows with the number of the message, at the expense of the last line of text.
        for more in range(0, 78, 13):
            lines = {self._lines(client, octets + more + change) for change in (-8, 0, 8)}
            if len(lines) == 1:
                return octets + more, lines.pop()
        raise procs.Failure(f"{client} does not send messages of an even number of lines")

    def _lines(self, client, octets):
        mail = None if client.startswith("smtp-source") else self.mail(octets)
        return self._record(client, octets, mail).count(b"\n")

    def _record(self, client, octets, mail):
        program = programs.BY_NAME[client]
        with recorder.Recorder() as server, tempfile.TemporaryDirectory(prefix="mailvoid-bench-") as folder:
            job = programs.Job(server.port, pathlib.Path(folder), 1, 2, octets, 0, mail)
            process = procs.Process(program.command(job), self._core, program.environment)
            try:
                if process.wait(30) != 0 or len(server.messages) < 2:
                    raise procs.Failure(f"{client} sent {len(server.messages)} of 2 messages to the recorder: "
                                        f"{process.err[-300:]}")
                if server.messages[0].count(b"\n") != server.messages[1].count(b"\n"):
                    raise procs.Failure(f"{client} sends messages of different numbers of lines")
                return server.messages[0]
            finally:
                process.discard()


class Bench:
    """Runs of one case on two cores; with one core both sides share it."""

    def __init__(self, cores, folder, quick):
        self.server_core, self.client_core = cores[0], cores[-1]
        self.quick = quick
        self.shapes = Shapes(folder, self.client_core)

    def pair(self, case, name):
        """The names of the server and the client of a run."""
        return (name, case.other) if case.measured == "server" else (case.other, name)

    def job(self, case, name, folder):
        server, client = self.pair(case, name)
        counts_lines = server.startswith("floor")
        octets, lines = self.shapes.of(client, case.octets) if counts_lines else (case.octets, 0)
        return programs.Job(free_port(), folder, case.sessions, case.count(name, self.quick), octets, lines,
                            self.shapes.mail(case.octets))

    def run(self, case, name):
        """One timed run, as it is written to the results."""
        with tempfile.TemporaryDirectory(prefix="mailvoid-bench-") as scratch:
            folders = [pathlib.Path(scratch, side) for side in ("server", "client")]
            for folder in folders:
                folder.mkdir()
            server_program, client_program = (programs.BY_NAME[each] for each in self.pair(case, name))
            server_job = self.job(case, name, folders[0])
            client_job = programs.Job(server_job.port, folders[1], *list(vars(server_job).values())[2:])
            server = start_server(server_program, server_job, self.server_core)
            try:
                return self._timed(case, name, (server_program, server, server_job),
                                   (client_program, client_job))
            finally:
                procs.discard_all()

    def _timed(self, case, name, server_side, client_side):
        (server_program, server, server_job), (client_program, client_job) = server_side, client_side
        clock = machine.Clock()
        server_before = procs.cpu_seconds(server.pid)
        client = procs.Process(client_program.command(client_job), self.client_core,
                               client_program.environment)
        code = client.wait(RUN_SECONDS_MAX)
        if not server.running():
            raise procs.Failure(f"{server_program.name} ended during the run: {server.err[-300:]}")
        server_cpu = procs.cpu_seconds(server.pid) - server_before
        steal, busy = clock.read()
        server_peak = procs.peak_resident_bytes(server.pid)
        server.stop(signal.SIGTERM)
        if code != 0:
            raise procs.Failure(f"{client_program.name} ended with exit code {code}: {client.err[-300:]}")
        client_cpu = client.usage.ru_utime + client.usage.ru_stime
        sent = client_program.counted(client, client_job)
        taken = server_program.counted(server, server_job)
        agree(client_job.messages, sent, taken)
        own, other, peak = ((client_cpu, server_cpu, client.peak_bytes) if case.measured == "client"
                            else (server_cpu, client_cpu, server_peak))
        return {"program": name, "messages": sent, "messages_server": taken,
                "octets": client_job.octets, "wall_seconds": round(client.ended - client.started, 6),
                "cpu_seconds": round(own, 6), "cpu_seconds_other_side": round(other, 6),
                "cpu_seconds_of_others": round(max(0.0, busy - own - other), 3),
                "steal_seconds": round(steal, 3),
                "peak_resident_bytes": peak or None}

    def rounds(self, case, names, count):
        """Every program once a round; who begins changes. A run that failed has `error` and no figures."""
        rounds = []
        for number in range(count):
            runs = []
            turn = number % len(names)
            for name in names[turn:] + names[:turn]:
                try:
                    run = self.run(case, name)
                    told = (f"{run['messages'] / run['cpu_seconds']:,.0f} messages a CPU second, "
                            f"{run['wall_seconds']:.1f} s")
                except procs.Failure as failure:
                    run = {"program": name, "error": str(failure)}
                    told = f"FAILED: {failure}"
                say(f"{case.name}, round {number + 1} of {count}: {name}: {told}")
                runs.append(run)
            rounds.append(runs)
        return rounds

    def instructions(self, case, name):
        """Instructions of a message in the program and in the kernel on its behalf, from a run of its own;
        None where perf cannot tell. Little disturbs this figure."""
        perf = shutil.which("perf")
        if not perf:
            return None
        with tempfile.TemporaryDirectory(prefix="mailvoid-bench-") as scratch:
            folder = pathlib.Path(scratch)
            counts = folder / "counts"
            server_program, client_program = (programs.BY_NAME[each] for each in self.pair(case, name))
            try:
                job = self.job(case, name, folder)
                server = start_server(server_program, job, self.server_core)
                command = [perf, "stat", "-x", ",", "-o", counts, "-e", _EVENTS]
                work, counter = client_program.command(job), None
                if case.measured == "client":
                    work = [*command, "--", *work]
                else:
                    counter = procs.Process([*command, "-p", server.pid], self.client_core)
                    time.sleep(0.3)  # perf does not say when it counts
                client = procs.Process(work, self.client_core, client_program.environment)
                client.wait(RUN_SECONDS_MAX)
                if counter:
                    counter.stop(signal.SIGINT)
                return self._per_message(counts, job.messages) if client.code == 0 else None
            except (procs.Failure, OSError, subprocess.SubprocessError):
                return None
            finally:
                procs.discard_all()

    @staticmethod
    def _per_message(counts, messages):
        found = {}
        for line in counts.read_text(encoding="ascii").splitlines():
            fields = line.split(",")
            if len(fields) > 2 and fields[0].isdigit() and fields[2].startswith("instructions"):
                found[fields[2][-1]] = round(int(fields[0]) / messages, 1)
        return {"user": found["u"], "kernel": found["k"]} if len(found) == 2 else None
