# SPDX-License-Identifier: Apache-2.0
"""A pytest plugin (pytest -p aiosmtpd_plugin) that notes the reply codes each case of aiosmtpd's tests receives.

AIOSMTPD_RECORD   where to write them, as JSON: {"cases": {case: record}, "connections": n, "replies": {code: n}}
AIOSMTPD_TARGET   HOST:PORT of a server that takes the place of theirs, which is not started then. Each case
                  goes to its end, whatever it is told: codes are compared elsewhere, and texts are not.
AIOSMTPD_LEFT_OUT cases that are not to run, with a space between them.

A case's record has `codes` (of every reply to the case, in order, the greetings included), `trouble` (it hung,
was hung up on, or was out of step at the end) and `failure` (the type of what it raised, or "").
"""
import collections
import json
import os
import select
import smtplib

import aiosmtpd.controller
import pytest
from aiosmtpd.testing import statuscodes

import procfs

TARGET = os.environ.get("AIOSMTPD_TARGET")
PATIENCE = 60.0


class Case:
    """What is known of the case that runs, or has run."""

    def __init__(self):
        self.codes, self.trouble, self.failure = [], [], "did not run"


cases = {}
totals = {"connections": 0, "replies": collections.Counter()}
current = Case()


class Client(smtplib.SMTP):
    """Notes the code of every reply, and proves at its end that no reply is owed or left over."""

    def __init__(self, *arguments, **more):
        self.awaits_data = self.has_quit = False
        super().__init__(*arguments, **{"timeout": PATIENCE, **more})

    def connect(self, *arguments, **more):
        totals["connections"] += 1
        self.awaits_data = self.has_quit = False
        return super().connect(*arguments, **more)

    def _reply(self):
        try:
            reply = super().getreply()
        except smtplib.SMTPServerDisconnected as error:  # which a time-out is as well
            current.trouble.append(f"no reply: {error}")
            raise
        totals["replies"][reply[0]] += 1
        return reply

    def getreply(self):
        reply = self._reply()
        current.codes.append(reply[0])
        self.awaits_data = reply[0] == 354
        self.has_quit = reply[0] == 221
        return reply

    def _ask(self, octets):
        self.send(octets)
        return self._reply()[0]

    def __exit__(self, *failure):
        if self.sock is None:
            return
        try:
            if self.has_quit:  # by itself
                if self.file.read(1):
                    current.trouble.append("QUIT did not end it")
                return
            if self.awaits_data:
                self._ask(b".\r\n")
            if self._ask(b"NOOP\r\n") != 250:
                current.trouble.append("out of step: NOOP at the end was not answered 250")
            if select.select([self.sock], [], [], 0)[0]:
                current.trouble.append("out of step: more was said than was asked")
            if self._ask(b"QUIT\r\n") != 221 or self.file.read(1):
                current.trouble.append("QUIT did not end it")
        except (smtplib.SMTPException, OSError) as error:
            current.trouble.append(f"at the end: {error}")
        finally:
            self.close()


class OwnController(aiosmtpd.controller.Controller):
    """Theirs, at a free port, where nobody else may listen."""

    def __init__(self, *arguments, **more):
        super().__init__(*arguments, **{**more, "hostname": "127.0.0.1", "port": 0})

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        procfs.assert_listener_is(os.getpid(), (self.hostname, self.port))
        super()._trigger_server()


class TargetController:
    """The server under test in place of theirs; a handler has nothing to handle."""

    def __init__(self, handler, **_options):
        self.handler = handler
        self.hostname, self.port = procfs.parse_address(TARGET)

    def start(self):
        pass

    stop = start


def pytest_configure():
    # Their modules take both names when they are imported, which comes after this.
    aiosmtpd.controller.Controller = TargetController if TARGET else OwnController
    smtplib.SMTP = Client
    if TARGET:
        # Their cases compare each reply with one of these; all are equal, so that a case goes on.
        statuscodes.StatusCode.__eq__ = lambda self, other: True


def pytest_collection_modifyitems(items):
    """Leaves out what is to be left out. A case that asks its own server's handler who logged in is told who did,
    and so goes on."""
    left_out = os.environ.get("AIOSMTPD_LEFT_OUT", "").split()
    items[:] = [item for item in items if not any(item.nodeid.endswith("::" + name) for name in left_out)]
    for module in {item.module for item in items if TARGET}:
        peeker = getattr(module, "PeekerHandler", None)
        if peeker:
            peeker.login, peeker.password = b"goodlogin", b"goodpasswd"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    global current  # pylint: disable=global-statement
    current = cases[item.nodeid.split("::", 1)[1].removeprefix("TestSMTP::")] = Case()
    yield


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(call):
    yield
    if call.excinfo is not None:
        current.failure = call.excinfo.typename
    elif call.when == "call":
        current.failure = ""


def pytest_sessionfinish():
    with open(os.environ["AIOSMTPD_RECORD"], "w", encoding="utf-8") as out:
        json.dump({"cases": {name: vars(case) for name, case in cases.items()}, **totals}, out, indent=1)
