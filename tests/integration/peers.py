# SPDX-License-Identifier: Apache-2.0
"""Postfix's mail programs for tests, unpacked rather than installed."""
import os
import re
import socket

import mailvoid
import procfs

POSTFIX = mailvoid.TOOLS / "postfix/usr"


def environment():
    return mailvoid.clean_environment(LD_LIBRARY_PATH=str(POSTFIX / "lib/postfix"))


def start_smtp_source(test, sink, *arguments):
    program = mailvoid.needed(POSTFIX / "sbin/smtp-source")
    return test.start(mailvoid.Program([program, *arguments, sink.target], environment=environment()))


def smtp_source(test, sink, *arguments):
    """Postfix's smtp-source: -s sessions, -m messages, -d keep the connections, -l octets of text."""
    ended = start_smtp_source(test, sink, *arguments).wait(180)
    test.assertEqual(ended.code, 0, ended)


def own_address():
    """A free port of a loopback address that only this process uses, so that it stays free."""
    number = os.getpid()
    host = f"127.{100 + (number >> 16) % 100}.{number >> 8 & 255}.{number & 255}"
    with socket.create_server((host, 0)) as probe:
        return probe.getsockname()


class Server(mailvoid.Program):
    """Somebody else's server, which cannot look for a free port itself: ready at `address`. That it, and nobody
    else, listens there is made sure of; a port that another program has is a failure."""

    def __init__(self, command, address, **more):
        super().__init__(command, **more)
        self.address = address
        self.target = procfs.format_address(address)
        try:
            mailvoid.eventually(f"{self.name} listens at {self.target}", self._listens)
            procfs.assert_listener_is(self.pid, address)
        except BaseException:
            self.discard()
            raise

    def _listens(self):
        if not self.running():
            raise AssertionError(f"{self.name} does not listen at {self.target}: {self.wait()}")
        there = procfs.listeners().get(self.address)
        if there and self.running():  # else it has ended meanwhile
            procfs.assert_listener_is(self.pid, self.address)
        return there


class SmtpSink(Server):
    """Postfix's smtp-sink, which counts and writes each message to a file of its own below `folder`."""

    def __init__(self, folder, address=None, options=()):
        program = mailvoid.needed(POSTFIX / "sbin/smtp-sink")
        os.chmod(folder, 0o777)
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        address = address or own_address()
        super().__init__([program, "-c", *options, *user, "-d", f"{folder}/m.", procfs.format_address(address), "1000"],
                         address, environment=environment())
        self._folder = folder

    def counts(self):
        """Its counters of sessions, QUITs and messages, as last displayed."""
        found = re.findall(r"sess=(\d+) quit=(\d+) mesg=(\d+)", self.out)
        return tuple(map(int, found[-1])) if found else (0, 0, 0)

    def dumps(self):
        """(what it wrote of the envelope and prepended, the message) of each file."""
        return [re.fullmatch(rb"(.*?\n\tby smtp-sink [^\n]*\n\t[^\n]*\n)(.*)", path.read_bytes(), re.DOTALL).groups()
                for path in self._folder.glob("m.*")]

    @staticmethod
    def dumped(octets):
        """The message in its file: it drops every CR and adds an empty line."""
        return octets.replace(b"\r", b"") + b"\n"
