#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-loadgen against Postfix's smtp-sink, which writes what it receives to files."""
import os
import re
import socket

import mailvoid
import peers
import procfs

# Without a bare CR, which smtp-sink drops.
MESSAGE = "Subject: x\n\n.dot\n..\n...\n.\nGr\u00fc\u00dfe\n\0nul\n".encode() + b"x" * 990 + b"\nlast"


class SmtpSink(mailvoid.TestCase):
    def start_smtp_sink(self, folder):
        """Writes each message to a file of its own below `folder`. It cannot look for a free port itself."""
        program = mailvoid.needed(peers.POSTFIX / "sbin/smtp-sink")
        os.chmod(folder, 0o777)
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        for _ in range(20):
            with socket.create_server(("127.0.0.1", 0)) as probe:
                address = probe.getsockname()
            sink = self.start(mailvoid.Program([program, *user, "-d", f"{folder}/m.",
                                                procfs.format_address(address), "100"],
                                               environment=peers.environment()))

            def listens(sink=sink, address=address):
                if not sink.running():
                    return "taken"
                return procfs.listeners().get(address, set()) & procfs.sockets_of(sink.pid)
            if mailvoid.eventually("it listens, or has found the port taken", listens) != "taken":
                procfs.assert_listener_is(sink.pid, address)
                return procfs.format_address(address)
        raise AssertionError("no free port stayed free")

    def received(self, folder):
        """The messages without the header that smtp-sink adds."""
        return [re.split(rb"\n\tby smtp-sink [^\n]*\n\t[^\n]*\n", path.read_bytes(), maxsplit=1)[1]
                for path in folder.glob("m.*")]

    def test_it_receives_each_message_as_it_was(self):
        for arguments in ((), ("--no-pipelining",), ("--messages-per-session", "3")):
            with self.subTest(arguments):
                folder, path = self.scratch(), self.scratch() / "message.eml"
                path.write_bytes(MESSAGE)
                run = self.load(self.start_smtp_sink(folder), "--mail", path, "--messages", "100",
                                "--sessions", "10", *arguments)
                self.assertEqual((run["messages.accepted"], run["errors.total"]), (100, 0), run)
                received = self.received(folder)
                self.assertEqual(len(received), 100)
                self.assertEqual({octets.rstrip(b"\n") for octets in received}, {MESSAGE})

    def test_synthetic_messages(self):
        folder = self.scratch()
        run = self.load(self.start_smtp_sink(folder), "--messages", "1000", "--sessions", "50",
                        "--recipients", "3", "--size", "3000")
        self.assertEqual((run["messages.accepted"], run["recipients.accepted"]), (1000, 3000), run)
        received = self.received(folder)
        self.assertEqual(len({re.search(rb"(?mi)^Message-ID: (.*)$", octets)[1] for octets in received}),
                         1000)


if __name__ == "__main__":
    mailvoid.main()
