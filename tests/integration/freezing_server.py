# SPDX-License-Identifier: Apache-2.0
"""An SMTP server that takes all mail at once, but freezes for a part of each second. One thread for all connections, so
that it is quick where it is awake."""
import asyncio
import threading


class _Connection(asyncio.Protocol):
    def __init__(self, server):
        self._server, self._input, self._data = server, b"", False

    def connection_made(self, transport):
        self._transport = transport
        self._say(b"220 freezing.example")

    def data_received(self, data):
        if self._server.frozen_for() > 0:
            asyncio.get_running_loop().call_later(self._server.frozen_for(), self.data_received, data)
            return
        self._input += data
        while self._take():
            pass

    def _take(self):
        end = b"\r\n.\r\n" if self._data else b"\r\n"
        taken, found, rest = self._input.partition(end)
        if not found:
            return False
        self._input = rest
        if self._data:
            self._data = False
            self._say(b"250 Ok")
        elif taken == b"DATA":
            self._data = True
            self._say(b"354 Go on")
        elif taken.startswith(b"EHLO"):
            self._say(b"250-freezing.example\r\n250 PIPELINING")
        else:
            self._say(b"221 Bye" if taken == b"QUIT" else b"250 Ok")
        return True

    def _say(self, line):
        self._transport.write(line + b"\r\n")


class FreezingServer:
    """For use in `with`. Frozen for the first `seconds` of each second."""

    def __init__(self, seconds):
        self._seconds = seconds
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._listening = threading.Event()

    def frozen_for(self):
        return max(0.0, self._seconds - self._loop.time() % 1.0)

    def _run(self):
        server = self._loop.run_until_complete(self._loop.create_server(lambda: _Connection(self), "127.0.0.1", 0))
        self.target = "127.0.0.1:%d" % server.sockets[0].getsockname()[1]
        self._listening.set()
        self._loop.run_forever()
        server.close()
        self._loop.close()

    def __enter__(self):
        self._thread.start()
        self._listening.wait()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
