#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-loadgen against Postfix's smtp-sink, which counts and writes what it receives to files."""
import collections
import re

import mail
import mailvoid
import peers

TRICKY = ("Subject: x\n\n.dot\n..\n...\n.\nGr\u00fc\u00dfe\n\0nul\nbare \r CR\n".encode() + b"x" * 990 + b"\nlast")

# The generator's ways of sending. Who finds all messages taken once connected says QUIT at once, so there may be
# more connections than the messages need.
MODES = {
    "pipelined": (),
    "not pipelined": ("--no-pipelining",),
    "a connection a message": ("--messages-per-session", "1"),
    "a connection a message, not pipelined": ("--messages-per-session", "1", "--no-pipelining"),
    "three messages a connection": ("--messages-per-session", "3"),
}


class SmtpSink(mailvoid.TestCase):
    def send(self, messages, *arguments, recipients=1, sessions=10):
        """Both sides count the same; returns the run and what smtp-sink wrote of each message."""
        sink = self.start(peers.SmtpSink(self.scratch()))
        run = self.load(sink.target, "--messages", messages, "--sessions", sessions, "--recipients", recipients,
                        *arguments)
        self.assertEqual((run["messages.accepted"], run["recipients.accepted"], run["errors.total"]),
                         (messages, messages * recipients, 0), run)
        connections = run["connections.established"]
        mailvoid.eventually("smtp-sink has counted all sessions", lambda: (
            sink.counts() == (connections, connections, messages)))
        if "--messages-per-session" in arguments:
            per_session = int(arguments[arguments.index("--messages-per-session") + 1])
            self.assertGreaterEqual(connections, messages / per_session)
        dumps = sink.dumps()
        self.assertEqual(len(dumps), messages)
        envelopes = [re.findall(rb"^X-Rcpt-Args: <user(\d+)@sink\.example>$", head, re.MULTILINE) for head, _ in dumps]
        self.assertEqual({tuple(map(int, numbers)) for numbers in envelopes}, {tuple(range(1, recipients + 1))})
        return run, [octets for _, octets in dumps]

    def test_it_receives_each_message_as_it_was(self):
        path = self.scratch() / "message.eml"
        path.write_bytes(TRICKY)
        for mode, arguments in MODES.items():
            with self.subTest(mode):
                run, dumps = self.send(100, "--mail", path, *arguments)
                self.assertEqual(set(dumps), {peers.SmtpSink.dumped(mail.canonical(TRICKY))})
                self.assertEqual(run["messages.bytes"], 100 * len(mail.canonical(TRICKY)))

    def test_synthetic_messages(self):
        for mode, arguments in MODES.items():
            with self.subTest(mode):
                run, dumps = self.send(1000, "--size", "3000", *arguments, recipients=3, sessions=50)
                self.assertEqual(run["messages.bytes"], 3000 * 1000)
                self.assertEqual({len(octets.replace(b"\n", b"\r\n")) for octets in dumps}, {3000 + len("\r\n")})
                self.assertEqual(len({re.search(rb"(?mi)^Message-ID: (.*)$", octets)[1] for octets in dumps}), 1000)

    def test_the_corpus(self):
        messages = mail.corpus()
        expected = collections.Counter(map(peers.SmtpSink.dumped, messages))
        for mode, arguments in MODES.items():
            with self.subTest(mode):
                run, dumps = self.send(len(messages), "--mail", mailvoid.CORPUS, *arguments, sessions=50)
                self.assertEqual(run["messages.bytes"], sum(map(len, messages)))
                self.assertEqual(collections.Counter(dumps) - expected, collections.Counter())


if __name__ == "__main__":
    mailvoid.main()
