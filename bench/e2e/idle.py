# SPDX-License-Identifier: Apache-2.0
"""What a session costs that has said EHLO and waits, and whether all of them still answer."""
import pathlib
import re
import socket
import tempfile
import time

import measure
import procs
import programs

_SECONDS_MAX = 120
# Opened together, since some servers wait before they greet (nodemailer's 0.1 s); well below any backlog.
_TOGETHER = 100


def memory(pid):
    """Of a process and its descendants, in bytes: its proportional share and what it alone has written to."""
    total = {"pss": 0, "private_dirty": 0}
    for each in procs.children_of(pid):
        text = pathlib.Path(f"/proc/{each}/smaps_rollup").read_text(encoding="ascii")
        for name, label in (("pss", "Pss"), ("private_dirty", "Private_Dirty")):
            total[name] += int(re.search(rf"^{label}:\s+(\d+)", text, re.MULTILINE)[1]) * 1024
    return total


class Sessions:
    """Connections to one server, bounded in time."""

    def __init__(self, port):
        self._port, self._open = port, []
        self._end = time.monotonic() + _SECONDS_MAX

    def _reply(self, connection, code):
        octets = b""
        while not re.search(rb"(?m)^\d\d\d [^\n]*\n\Z", octets):
            if time.monotonic() > self._end:
                raise procs.Failure(f"{len(self._open)} sessions took longer than {_SECONDS_MAX} s")
            more = connection.recv(4096)
            if not more:
                raise procs.Failure(f"session {len(self._open)} was closed after {octets!r}")
            octets += more
        if not octets.startswith(code):
            raise procs.Failure(f"{octets!r} instead of {code!r}")

    def grow(self, count):
        while len(self._open) < count:
            opened = []
            for _ in range(min(_TOGETHER, count - len(self._open))):
                opened.append(socket.create_connection((programs.HOST, self._port), timeout=20))
                self._open.append(opened[-1])
            for connection in opened:
                self._reply(connection, b"220")
                connection.sendall(b"EHLO client-with-a-name.example\r\n")
            for connection in opened:
                self._reply(connection, b"250")

    def all_answer(self):
        for connection in self._open:
            connection.sendall(b"MAIL FROM:<bench@source.example>\r\n")  # bhm knows neither NOOP nor RSET
        for connection in self._open:
            self._reply(connection, b"250")

    def close(self):
        for connection in self._open:
            connection.close()


def run(name, first, last, core):
    """The growth of memory from the first to the last number of sessions, as it is written to the results."""
    with tempfile.TemporaryDirectory(prefix="mailvoid-bench-") as folder:
        job = programs.Job(measure.free_port(), pathlib.Path(folder), last, 0, 1024, 1)
        server = measure.start_server(programs.BY_NAME[name], job, core)
        sessions = Sessions(job.port)
        try:
            sessions.grow(first)
            before = memory(server.pid)
            sessions.grow(last)
            after = memory(server.pid)
            sessions.all_answer()
        except (OSError, procs.Failure) as failure:
            return {"program": name, "error": str(failure)}
        finally:
            sessions.close()
            procs.discard_all()
        return {"program": name, "sessions_first": first, "sessions": last,
                **{f"{key}_bytes_per_session": round((after[key] - before[key]) / (last - first), 1)
                   for key in after}}
