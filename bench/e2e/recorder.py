# SPDX-License-Identifier: Apache-2.0
"""An SMTP server that keeps the messages of a client, to learn what it sends before it is measured."""
import socket
import threading


class Recorder:
    """Takes connections on a free port of 127.0.0.1 until closed. `messages` are those that came, with their
    dot and its CRLF, as they were on the wire."""

    def __init__(self):
        self.messages = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection = self._listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rb") as lines:
            try:
                connection.sendall(b"220 recorder ESMTP\r\n")
                for line in lines:
                    connection.sendall(self._answer(line[:4].upper(), connection, lines))
            except OSError:
                return

    def _answer(self, verb, connection, lines):
        if verb == b"EHLO":
            return b"250-recorder\r\n250 PIPELINING\r\n"
        if verb == b"QUIT":
            return b"221 2.0.0 Bye\r\n"
        if verb == b"DATA":
            connection.sendall(b"354 Go ahead\r\n")
            message = []
            for line in lines:
                message.append(line)
                if line == b".\r\n":
                    break
            self.messages.append(b"".join(message))
        return b"250 2.0.0 Ok\r\n"
