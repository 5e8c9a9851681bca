# SPDX-License-Identifier: Apache-2.0
"""An SMTP client that does exactly what it is told, right or wrong."""
import re
import selectors
import socket

_TIMEOUT = 60.0


class Reply:
    def __init__(self, lines):
        self.lines = lines
        self.code = int(lines[-1][:3])

    def __repr__(self):
        return " / ".join(self.lines)


class Client:
    """A connection; the greeting is unread. Usable in `with`."""

    def __init__(self, address):
        if isinstance(address, str):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(_TIMEOUT)
            self.socket.connect(address)
        else:
            self.socket = socket.create_connection(address, timeout=_TIMEOUT)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._input = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets if isinstance(octets, bytes) else octets.encode("latin-1"))

    def _line(self):
        while b"\r\n" not in self._input:
            more = self.socket.recv(65536)
            if not more:
                raise EOFError(f"the server closed the connection after {self._input!r}")
            self._input += more
        line, self._input = self._input.split(b"\r\n", 1)
        return line.decode("latin-1")

    def reply(self):
        lines = [self._line()]
        while not re.match(r"\d{3}( |$)", lines[-1]):
            lines.append(self._line())
        return Reply(lines)

    def command(self, line):
        self.send(line + "\r\n")
        return self.reply()

    def expect(self, code, line=None):
        """The reply to `line`, or the next one, which must have this code."""
        reply = self.reply() if line is None else self.command(line)
        if reply.code != code:
            raise AssertionError(f"{line!r} was answered {reply}, not {code}")
        return reply

    def greet(self):
        """Past the greeting and EHLO."""
        self.expect(220)
        self.expect(250, "EHLO client.example")
        return self

    def begin_message(self, recipients=1):
        """Past 354."""
        self.expect(250, "MAIL FROM:<a@client.example>")
        for number in range(recipients):
            self.expect(250, f"RCPT TO:<b{number}@sink.example>")
        self.expect(354, "DATA")

    def message(self, text="Subject: x\r\n\r\nx\r\n"):
        """Sends one message, dot-stuffed by the caller, and returns the final reply."""
        self.begin_message()
        self.send(text)
        self.send(".\r\n")
        return self.reply()

    def closed(self):
        """Waits until the server closes; what it still said is returned."""
        rest = self._input
        try:
            while more := self.socket.recv(65536):
                rest += more
        except ConnectionResetError:
            pass
        self._input = b""
        return rest

    def close(self):
        self.socket.close()


def session(messages, body, recipients=1):
    """A whole session as a client that never waits would send it. `body` is stuffed and ends in CRLF."""
    transaction = (b"MAIL FROM:<a@client.example>\r\n" +
                   b"".join(b"RCPT TO:<b%d@sink.example>\r\n" % i for i in range(recipients)) +
                   b"DATA\r\n" + body + b".\r\n")
    return b"EHLO client.example\r\n" + transaction * messages + b"QUIT\r\n"


def pour(address, sessions):
    """Sends each of `sessions` (octets) over a connection of its own, all at once; what each was told."""
    told = [bytearray() for _ in sessions]
    with selectors.DefaultSelector() as selector:
        for number, octets in enumerate(sessions):
            peer = socket.create_connection(address, timeout=_TIMEOUT)
            peer.setblocking(False)
            selector.register(peer, selectors.EVENT_READ | selectors.EVENT_WRITE,
                              [number, memoryview(octets)])
        while selector.get_map():
            ready = selector.select(_TIMEOUT)
            if not ready:
                raise AssertionError(f"nothing happens any more in {len(selector.get_map())} sessions")
            for key, events in ready:
                number, left = key.data
                if events & selectors.EVENT_WRITE:
                    key.data[1] = left = left[key.fileobj.send(left[:262144]):]
                    if not left:
                        selector.modify(key.fileobj, selectors.EVENT_READ, key.data)
                if events & selectors.EVENT_READ:
                    octets = key.fileobj.recv(65536)
                    told[number] += octets
                    if not octets:
                        selector.unregister(key.fileobj)
                        key.fileobj.close()
    return told
