# SPDX-License-Identifier: Apache-2.0
"""What the dashboards are tried on: sinks and generators, some under load and some in trouble, watched by a real
Prometheus."""
import json
import os
import resource
import socket
import ssl

import mailvoid
import procfs
import prometheus
import script_server
import smtp_client

FOLDER = mailvoid.ROOT / "dashboards"
BOARDS = {name: json.loads((FOLDER / f"{name}.json").read_text()) for name in ("overview", "sink", "loadgen")}
TROUBLE = "What went wrong?"

# What no generator says: too long, with bare line ends, to nobody, not to its end, and more than there is room for.
RECIPIENT = "EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<a@b.example>\r\n"
WRONG = ("EHLO c\r\nNOOP " + "x" * 5000 + "\r\n", "EHLO c\nNOOP\r\n", RECIPIENT + "RCPT TO:<a@>\r\nRSET\r\n",
         RECIPIENT + "DATA\r\na\rb\nc\r\n..d\r\n.\r\n",
         RECIPIENT + "DATA\r\n" + "0123456789\r\n" * 4000 + ".\r\n")


# Descriptors that the sink may have that is short of them.
POOR = 24


def reset_every_other(peer):
    """Takes the mail of every second connection and breaks the others."""
    script_server.converse(peer, {"message": lambda peer: peer.reset()} if peer.number % 2 else {})


def panels(board):
    """Those of a dashboard, each with the row that it is in."""
    row = None
    for panel in board["panels"]:
        if panel["type"] == "row":
            row = panel["title"]
        else:
            yield row, panel


def watched(sink):
    """What Prometheus calls it by."""
    return procfs.format_address(sink.admin.address)


class World:
    """Sinks and generators, well and in trouble, and a Prometheus that watches them. `load` is of the first generator,
    which finds nothing wrong."""

    def __init__(self, test, load=("--duration", "10m", "--rate", "400/s")):
        self._test = test
        secret = test.scratch() / "password"
        secret.write_text("secret\n")
        tls = ("--tls", "starttls", "--auth-user", "user", "--auth-password-file", secret)
        self.well = test.sink("--tls-self-signed", "--auth", "accept", "--capture", test.scratch() / "samples",
                              "--sample", "1/20")
        self.limited = test.sink("--max-connections", "12", "--max-message-size", "3k", "--idle-timeout", "1s")
        self.stern = test.sink("--auth", "fail", "--tls-self-signed", "--early-talkers", "refuse",
                               "--idle-timeout", "1s", "--capture", test.scratch() / "samples", "--capture-format", "eml")
        self.flaky = script_server.ScriptServer(reset_every_other)
        test.enterContext(self.flaky)
        self.later = script_server.ScriptServer(lambda peer: script_server.converse(peer, {"mail": b"451 4.7.1 Later"}))
        test.enterContext(self.later)
        self.poor = test.sink("--protocol", "lmtp", "--shards", "1", before_exec=lambda: resource.setrlimit(
            resource.RLIMIT_NOFILE, (POOR, POOR)))
        self.crowd = []
        test.addCleanup(self.leave)
        self.sinks = (self.well, self.limited, self.stern, self.poor)
        self.generators = [
            self.generator(self.well, "--sessions", "20", lasting=load),
            self.generator(self.well, "--rate", "50/s", "--sessions", "5", "--messages-per-session", "2",
                           "--bdat", "1k", "--tls-insecure", "--tls-resume", "50", *tls),
            # More sessions than connections, more octets than are taken, more starts than can be made.
            self.generator(self.limited, "--rate", "100/s", "--sessions", "40", "--start-queue", "1"),
            self.generator(self.limited, "--rate", "20/s", "--sessions", "2", "--size", "10k"),
            self.generator(self.limited, "--rate", "20/s", "--sessions", "2", "--size", "2k"),
            self.generator(self.flaky, "--rate", "20/s", "--sessions", "1", "--messages-per-session", "1",
                           "--start-queue", "1"),
            self.generator(self.poor, "--rate", "20/s", "--sessions", "2", "--lmtp"),
            self.generator(self.later, "--rate", "20/s", "--sessions", "4", "--retry", "1", "--retry-delay", "300ms"),
            self.generator(self.well, "--rate", "20/s", "--sessions", "10", "--bad-clients", "50%", "--bad-time", "1s",
                           "--bad-pause", "20ms"),
        ]
        self.brief = self.generator(self.well, "--sessions", "2", "--think", "10ms")
        self.prometheus = test.start(prometheus.Prometheus(
            test.scratch(),
            {"mailvoid-sink": [watched(sink) for sink in self.sinks],
             "mailvoid-loadgen": [address for _, address in (*self.generators, self.brief)]},
            FOLDER / "rules.yml"))

    def generator(self, sink, *arguments, lasting=("--duration", "10m"), admin_address="127.0.0.1:0"):
        """One that goes on until it is stopped, and where its metrics are."""
        program = self._test.start(mailvoid.Program([
            mailvoid.BIN / "mailvoid-loadgen", sink.target, *lasting, "--shards", "1", "--quiet",
            "--admin", admin_address, *arguments]))

        def address():
            if not program.running():
                raise AssertionError(f"the generator ended: {program.wait()}")
            mine = procfs.sockets_of(program.pid)
            return next((at for at, inodes in procfs.listeners().items() if inodes & mine), None)
        return program, procfs.format_address(mailvoid.eventually("the generator listens", address))

    def misbehave(self):
        """What no generator does, once more."""
        with smtp_client.Client(self.limited.address) as client:
            client.send("EHLO early\r\n")
        with smtp_client.Client(self.stern.address) as client:
            client.reply()
            client.command("EHLO c")
            client.command("AUTH PLAIN AHVzZXIAc2VjcmV0")
            client.command("STARTTLS")
            try:
                ssl.create_default_context().wrap_socket(client.socket, server_hostname="sink.example")
            except ssl.SSLError:
                pass  # it made its certificate itself
        for lines in WRONG:
            try:
                with smtp_client.Client(self.stern.address) as client:
                    client.reply()
                    client.send(lines + "QUIT\r\n")
                    while client.socket.recv(65536):
                        pass
            except ConnectionError:
                continue  # put out, as it deserves

    def break_tls(self):
        """Shakes hands, and then talks in the clear."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with smtp_client.Client(self.stern.address) as client:
            client.reply()
            client.command("EHLO c")
            client.command("STARTTLS")
            with socket.socket(fileno=os.dup(client.socket.fileno())) as plain:
                with context.wrap_socket(client.socket) as secure:
                    plain.sendall(b"EHLO c\r\nNOOP\r\n")
                    try:
                        while secure.recv(65536):
                            pass
                    except OSError:
                        pass  # as it should

    def crowd_out(self):
        """Takes the descriptors that the poor sink has left, or gives them back: while it has none it may not be
        scraped either."""
        if self.crowd:
            return self.leave()
        self.crowd = [socket.create_connection(self.poor.address) for _ in range(POOR)]

    def leave(self):
        while self.crowd:
            self.crowd.pop().close()

    def run_short_of_room(self):
        """No large sample can be written from now on."""
        _, hard = resource.prlimit(self.stern.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.stern.pid, resource.RLIMIT_FSIZE, (20_000, hard))  # its log must find room
