# SPDX-License-Identifier: Apache-2.0
"""An SMTP server whose every word is chosen by the test: right, wrong, late, in pieces, or none.

    def behave(peer):
        converse(peer, {"rcpt": b"450 4.2.1 Later", "message": lambda peer: peer.reset()})

A step's answer is what to say, without its line end, or something to call, which may say it itself, or end
the connection. Steps that are not named are answered as a good server would."""
import collections
import re
import socket
import struct
import threading

import procfs

_TIMEOUT = 60.0


class Gone(Exception):
    """The connection is over; raised through the dialogue to its end."""


class Peer:
    """One connection: `number` counts them from 0."""

    def __init__(self, connection, number, server):
        self.socket, self.number, self.server = connection, number, server
        self.socket.settimeout(_TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.dribble = False
        self.command = ""  # the line that is being answered
        self._input = bytearray()

    def say(self, octets):
        try:
            if self.dribble:
                for i in range(len(octets)):
                    self.socket.sendall(octets[i:i + 1])
            else:
                self.socket.sendall(octets)
        except OSError:
            raise Gone from None

    def _receive(self):
        try:
            octets = self.socket.recv(65536)
        except ConnectionError:
            raise Gone from None
        if not octets:
            raise Gone
        self._input += octets

    def until(self, mark):
        """What came up to and with `mark`."""
        searched = 0
        while (at := self._input.find(mark, searched)) < 0:
            searched = max(0, len(self._input) - len(mark))
            self._receive()
        taken = bytes(self._input[:at + len(mark)])
        del self._input[:at + len(mark)]
        return taken

    def line(self):
        return self.until(b"\r\n")[:-2].decode("latin-1")

    def message(self):
        """Message data, still stuffed, up to the CRLF before the final dot."""
        self._input[:0] = b"\r\n"  # a dot that begins the data ends them as well
        return self.until(b"\r\n.\r\n")[2:-3]

    def more_came(self):
        """Whether octets wait that nobody has asked for yet."""
        return bool(self._input)

    def silence(self):
        """Says nothing more, until the client goes."""
        while True:
            self._receive()

    def deafness(self):
        """Reads nothing more either, until the server is stopped."""
        self.server.stopping.wait(_TIMEOUT)
        raise Gone

    def hang_up(self):
        raise Gone

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
        raise Gone


class ScriptServer:
    """Calls behave(peer) for each connection, on a thread of its own. For use in `with`."""

    def __init__(self, behave):
        self._behave = behave
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.address = self._listener.getsockname()
        self.target = procfs.format_address(self.address)
        self.stopping = threading.Event()
        self.connections = 0
        self.heard = collections.Counter()  # commands by verb
        self.accepted = 0  # messages for which a final 250 was said
        self.messages = []  # their data, stuffed, if kept
        self.keep = False
        self.lock = threading.Lock()
        self.meeting = None  # a Barrier where that many first connections meet before MAIL is answered
        self._failures = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self):
        self._threads[0].start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(_TIMEOUT)
        self._listener.close()
        if self._failures:
            raise self._failures[0]

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            peer = Peer(connection, self.connections, self)
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(peer,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, peer):
        try:
            self._behave(peer)
        except Gone:
            pass
        except Exception as error:  # pylint: disable=broad-except
            self._failures.append(error)
        finally:
            peer.socket.close()


EXTENSIONS = ("PIPELINING", "SIZE 100000000", "8BITMIME", "ENHANCEDSTATUSCODES")


def ehlo_reply(extensions=EXTENSIONS):
    lines = ["script.example", *extensions]
    return "".join(f"250{'-' if line is not lines[-1] else ' '}{line}\r\n" for line in lines).encode()[:-2]


class converse:
    """The dialogue of one connection, to its end."""

    def __init__(self, peer, answers=None, extensions=EXTENSIONS):
        self._peer, self._server = peer, peer.server
        self._answers = answers or {}
        self._extensions = extensions
        self._met = False
        self._sender = False
        self._recipients = 0
        self._answer("greeting", b"220 script.example ESMTP")
        while self._command(*self._split(peer.line())):
            pass

    def _split(self, line):
        self._peer.command = line
        verb = re.match(r"[A-Za-z]*", line)[0].lower()
        with self._server.lock:
            self._server.heard[verb] += 1
        return verb, line

    def _answer(self, step, default):
        """Says it, and tells whether it means yes."""
        said = self._answers.get(step, default)
        if callable(said):
            said = said(self._peer)
        if said is None:
            return False
        self._peer.say(said + b"\r\n")
        if said.startswith(b"421"):
            raise Gone
        return re.split(rb"\r?\n", said)[-1][:1] in (b"2", b"3")

    def _command(self, verb, _line):
        if verb == "quit":
            self._answer("quit", b"221 2.0.0 Bye")
            return False
        if verb in ("ehlo", "helo"):
            self._sender, self._recipients = False, 0
            self._answer(verb, ehlo_reply(self._extensions) if verb == "ehlo" else b"250 script.example")
        elif verb == "rset":
            self._sender, self._recipients = False, 0
            self._answer("rset", b"250 2.0.0 Reset")
        elif verb == "mail":
            self._meet()
            self._sender = self._answer("mail", b"250 2.1.0 Sender ok")
        elif verb == "rcpt" and self._sender:
            self._recipients += self._answer("rcpt", b"250 2.1.5 Recipient ok")
        elif verb == "data" and self._recipients:
            self._data()
        else:
            self._peer.say(b"503 5.5.1 Out of order\r\n")
        return True

    def _meet(self):
        """Nobody gets on before everybody is here, so that no session can take all messages for itself."""
        meeting = self._server.meeting
        if meeting and self._peer.number < meeting.parties and not self._met:
            self._met = True
            meeting.wait(_TIMEOUT)

    def _data(self):
        if self._answer("data", b"354 Go on"):
            message = self._peer.message()
            default = b"250 2.0.0 Accepted"
            yes = self._answers.get("message", default) == default
            with self._server.lock:
                self._server.accepted += yes
                if self._server.keep:
                    self._server.messages.append(message)
            self._answer("message", default)
        self._sender, self._recipients = False, 0
