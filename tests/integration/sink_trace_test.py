#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-sink --trace: a session's dialogue for a person, safe to show on a terminal."""
import signal

import mailvoid
from smtp_client import Client


class Trace(mailvoid.TestCase):
    def traced(self, sink):
        """The lines of the trace, without their mark, after the sink has left."""
        ended = sink.stop()
        return [line[len("trace: "):] for line in ended.err.splitlines() if line.startswith("trace: ")]

    def test_a_session_reads_as_a_dialogue(self):
        sink = self.sink("--trace", "--hostname", "sink.example")
        with Client(sink.address) as client:
            client.expect(220)
            client.expect(250, "HELO client.example")
            client.message("Subject: secret\r\n\r\nnobody's business\r\n")
            client.expect(221, "QUIT")
            client.closed()
        sink.scrape_when_idle()
        lines = self.traced(sink)
        self.assertRegex(lines[0], r"^--- session 1 from 127\.0\.0\.1:\d+$")
        self.assertEqual(lines[-1], "--- session 1 closed")
        said = [(line[0], line[3:].split(" ")[0]) for line in lines[1:-1]]
        self.assertEqual(said, [("S", "220"), ("C", "HELO"), ("S", "250"), ("C", "MAIL"), ("S", "250"),
                                ("C", "RCPT"), ("S", "250"), ("C", "DATA"), ("S", "354"), ("C", "[41"),
                                ("S", "250"), ("C", "QUIT"), ("S", "221")])
        self.assertIn("S: 220 sink.example", "\n".join(lines))

    def test_mail_itself_is_not_shown(self):
        sink = self.sink("--trace")
        with Client(sink.address).greet() as client:
            client.message("Subject: secret\r\n\r\nnobody's business\r\n")
        sink.scrape_when_idle()
        self.assertNotIn("secret", sink.stop().err)

    def test_chunks_are_counted_and_the_commands_among_them_shown(self):
        sink = self.sink("--trace")
        with Client(sink.address).greet() as client:
            client.send("BDAT 6\r\nsecretMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n"
                        "BDAT 16\r\nFrom: nobody's\r\nBDAT 0\r\nBDAT 10 LAST\r\nbusiness\r\nNOOP\r\n")
            for code in (503, 250, 250, 250, 250, 250, 250):
                client.expect(code)
        sink.scrape_when_idle()
        said = [line[3:] for line in self.traced(sink) if line.startswith("C: ")]
        self.assertEqual(said[1:], ["BDAT 6", "[6 octets of a chunk]", "MAIL FROM:<a@b.example>", "RCPT TO:<c@d.example>",
                                    "BDAT 16", "[16 octets of a chunk]", "BDAT 0", "BDAT 10 LAST",
                                    "[10 octets of a chunk]", "NOOP"])

    def test_odd_octets_are_escaped(self):
        sink = self.sink("--trace")
        with Client(sink.address) as client:
            client.expect(220)
            client.command(b"NOOP \x1b[31m\x07\x00\x7f\xff caf\xe9".decode("latin-1"))
        sink.scrape_when_idle()
        ended = sink.stop()
        self.assertIn(r"trace: C: NOOP \x1b[31m\x07\x00\x7f\xff caf\xe9", ended.err)
        self.assertTrue(all(character.isprintable() for line in ended.err.splitlines() for character in line))

    def test_a_command_in_pieces_is_one_line(self):
        sink = self.sink("--trace")
        with Client(sink.address) as client:
            client.expect(220)
            sent = 0
            for piece in ("NO", "OP in pie", "ces\r", "\n"):
                client.send(piece)
                sent += len(piece)
                mailvoid.eventually("the piece is received", lambda: (
                    sink.scrape()["mailvoid_sink_received_bytes_total"] == sent))
            client.expect(250)
        sink.scrape_when_idle()
        self.assertIn("C: NOOP in pieces", self.traced(sink))

    def test_half_a_command_is_shown_at_the_end(self):
        sink = self.sink("--trace")
        with Client(sink.address) as client:
            client.expect(220)
            client.send("MAIL FROM:<half")
        sink.scrape_when_idle()
        self.assertIn("C: MAIL FROM:<half [no end of line]", self.traced(sink))

    def test_a_full_disk_under_it_ends_no_sink(self):
        path = self.scratch() / "sink.sock"
        with open("/dev/full", "wb") as full:
            sink = self.start(mailvoid.Program([mailvoid.BIN / "mailvoid-sink", "--trace", "--shards", "1", "--admin", "off",
                                                "--listen", f"unix:{path}"], terminal=full))
            mailvoid.eventually("it listens", path.exists)
            run = self.load(f"unix:{path}", "--messages", "5", "--sessions", "1")
            self.assertEqual(run["messages.accepted"], 5)
            sink.signal(signal.SIGTERM)
            self.assertEqual(sink.wait().code, 0)

    def test_one_session_at_a_time(self):
        sink = self.sink("--trace")
        first, second = self.client(sink), self.client(sink)
        first.expect(220)
        second.expect(220)
        for client, name in ((first, "one"), (second, "two"), (first, "three")):
            client.expect(250, f"NOOP {name}")
        first.close()
        sink.wait_for_connections(1)
        second.expect(250, "NOOP four")
        third = self.client(sink)
        third.expect(220)
        third.expect(250, "NOOP five")
        text = "\n".join(self.traced(sink))
        words = [word for word in ("one", "two", "three", "four", "five") if f"C: NOOP {word}" in text]
        traced_first = words in (["one", "three", "five"], ["two", "four"])
        self.assertTrue(traced_first, text)

    def test_nothing_is_traced_unless_asked(self):
        sink = self.sink()
        with Client(sink.address).greet():
            pass
        self.assertNotIn("trace: ", sink.stop().err)


if __name__ == "__main__":
    mailvoid.main()
