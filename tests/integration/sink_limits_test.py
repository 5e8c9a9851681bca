#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every limit of mailvoid-sink: the reply that a peer gets, what is left unharmed, and what counts it."""
import socket

import mailvoid
import procfs
from smtp_client import Client

MIB = 1024 * 1024


class Connections(mailvoid.TestCase):
    def test_one_too_many_gets_421_and_is_closed_and_the_others_go_on(self):
        for shards in ("1", "2"):
            with self.subTest(shards=shards):
                sink = self.sink("--max-connections", "3", "--shards", shards)
                inside = [self.client(sink).greet() for _ in range(3)]
                outside = self.client(sink)
                self.assertRegex(outside.expect(421).lines[0], r"^421 4\.\d+\.\d+ ")
                self.assertEqual(outside.closed(), b"")
                metrics = sink.scrape()
                refused = 'mailvoid_sink_connections_refused_total{reason="connection_limit"}'
                self.assertEqual(metrics[refused], 1)
                self.assertEqual(metrics["mailvoid_sink_connections_max"], 3)
                self.assertEqual(metrics["mailvoid_sink_connections_total"], 4)
                self.assertEqual(metrics['mailvoid_sink_replies_total{code="421"}'], 1)
                self.assertEqual([client.message().code for client in inside], [250, 250, 250])

                inside[0].expect(221, "QUIT")
                inside[0].close()
                sink.wait_for_connections(2)
                self.assertEqual(self.client(sink).greet().message().code, 250)

    def test_a_crowd_at_the_door_is_counted_to_the_last(self):
        sink = self.sink("--max-connections", "10", "--shards", "1")
        crowd = [socket.create_connection(sink.address, timeout=mailvoid.PATIENCE) for _ in range(300)]
        firsts = [peer.recv(3) for peer in crowd]
        metrics = sink.scrape()
        refused = metrics.total("mailvoid_sink_connections_refused_total")
        self.assertEqual(firsts.count(b"220"), 10)
        self.assertEqual(refused, 290)
        self.assertEqual(metrics["mailvoid_sink_connections_total"], 300)
        self.assertEqual(firsts.count(b"421"),
                         metrics['mailvoid_sink_connections_refused_total{reason="connection_limit"}'])
        for peer in crowd:
            peer.close()


class MessageSize(mailvoid.TestCase):
    def test_it_is_announced(self):
        with Client(self.sink("--max-message-size", "1000").address) as client:
            client.expect(220)
            self.assertIn("250-SIZE 1000", client.expect(250, "EHLO client.example").lines)

    def test_a_declared_excess_is_552_before_the_data(self):
        sink = self.sink("--max-message-size", "1000")
        with Client(sink.address).greet() as client:
            self.assertRegex(client.expect(552, "MAIL FROM:<a@client.example> SIZE=1001").lines[0],
                             r"^552 5\.\d+\.\d+ ")
            client.expect(552, "MAIL FROM:<a@client.example> SIZE=99999999999999999999")
            client.expect(250, "MAIL FROM:<a@client.example> SIZE=1000")
        metrics = sink.scrape_when_idle()
        self.assertEqual(metrics['mailvoid_sink_messages_refused_total{reason="declared_size"}'], 2)

    def test_the_last_octet_that_fits_is_taken_and_the_next_is_552_after_the_dot(self):
        sink = self.sink("--max-message-size", "1000")
        with Client(sink.address).greet() as client:
            self.assertEqual(client.message("x" * 998 + "\r\n").code, 250)
            self.assertRegex(client.message("x" * 999 + "\r\n").lines[0], r"^552 5\.\d+\.\d+ ")
            # RFC 1870 does not count the dot that was stuffed.
            self.assertEqual(client.message(".." + "x" * 997 + "\r\n").code, 250)
        metrics = sink.scrape_when_idle()
        self.assertEqual(metrics['mailvoid_sink_messages_refused_total{reason="actual_size"}'], 1)
        self.assertEqual(metrics["mailvoid_sink_messages_accepted_total"], 2)
        self.assertEqual(metrics["mailvoid_sink_message_bytes_total"], 2000)

    def test_a_message_far_over_the_limit_costs_no_memory(self):
        sink = self.sink("--max-message-size", "1000", "--shards", "1")
        with Client(sink.address).greet() as client:
            self.assertEqual(client.message("x" * 70 + "\r\n").code, 250)
            before = procfs.peak_resident_bytes(sink.pid)
            client.begin_message()
            piece = (b"x" * 76 + b"\r\n") * 13443  # about a mebibyte
            for _ in range(64):
                client.send(piece)
            client.send(b".\r\n")
            client.expect(552)
            self.assertLess(procfs.peak_resident_bytes(sink.pid) - before, 2 * MIB)
            self.assertEqual(client.message().code, 250)

    def test_none_takes_anything(self):
        with Client(self.sink("--max-message-size", "0").address) as client:
            client.expect(220)
            client.expect(250, "EHLO client.example")
            client.expect(250, "MAIL FROM:<a@client.example> SIZE=99999999999")


class Recipients(mailvoid.TestCase):
    def test_one_too_many_is_452_and_the_earlier_ones_are_kept(self):
        sink = self.sink("--max-recipients", "2")
        with Client(sink.address).greet() as client:
            for _ in range(2):  # the count starts anew with each transaction
                client.expect(250, "MAIL FROM:<a@client.example>")
                client.expect(250, "RCPT TO:<1@sink.example>")
                client.expect(250, "RCPT TO:<2@sink.example>")
                self.assertRegex(client.expect(452, "RCPT TO:<3@sink.example>").lines[0], r"^452 4\.5\.3 ")
                client.expect(354, "DATA")
                client.expect(250, "x\r\n.")
        metrics = sink.scrape_when_idle()
        self.assertEqual(metrics["mailvoid_sink_recipients_accepted_total"], 4)
        self.assertEqual(metrics["mailvoid_sink_recipients_refused_total"], 2)
        self.assertEqual(metrics['mailvoid_sink_replies_total{code="452"}'], 2)

    def test_the_default_takes_1000(self):
        with Client(self.sink().address).greet() as client:
            client.expect(250, "MAIL FROM:<a@client.example>")
            client.send(b"RCPT TO:<a@sink.example>\r\n" * 1001)
            self.assertEqual([client.reply().code for _ in range(1001)], [250] * 1000 + [452])


class IdleTimeout(mailvoid.TestCase):
    def test_silence_gets_421_and_is_closed(self):
        sink = self.sink("--idle-timeout", "200ms")
        silences = {
            "before a command": "",
            "after EHLO": "EHLO client.example\r\n",
            "in a transaction": "EHLO client.example\r\nMAIL FROM:<a@b.example>\r\n",
            "in a command": "EHLO clie",
            "in data": "EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<a@b.example>\r\nDATA\r\nSubject: ",
        }
        for when, said in silences.items():
            with self.subTest(when), Client(sink.address) as client:
                client.send(said)
                last = client.closed().decode().splitlines()[-1]
                self.assertRegex(last, r"^421 4\.4\.2 ")
        metrics = sink.scrape_when_idle()
        self.assertEqual(metrics["mailvoid_sink_idle_timeouts_total"], len(silences))
        self.assertEqual(metrics['mailvoid_sink_replies_total{code="421"}'], len(silences))
        self.assertEqual(metrics["mailvoid_sink_messages_accepted_total"], 0)
        self.assertEqual(metrics["mailvoid_sink_transactions_abandoned_total"], 2)

    def test_who_says_something_stays(self):
        sink = self.sink("--idle-timeout", "2s")
        with Client(sink.address).greet() as talker, Client(sink.address).greet() as silent:
            farewell = mailvoid.eventually("the silent one is told off", lambda: (
                talker.expect(250, "NOOP") and sink.scrape()["mailvoid_sink_idle_timeouts_total"] == 1))
            self.assertTrue(farewell)
            silent.expect(421)
            talker.expect(221, "QUIT")


class BlockPool(mailvoid.TestCase):
    def test_without_a_block_a_session_gets_421_and_the_others_go_on(self):
        sink = self.sink("--block-pool", "16k", "--shards", "1")
        halves = [self.client(sink).greet() for _ in range(12)]
        for client in halves:
            client.send("NOOP " + "x" * 100)  # half a command waits in a block
        metrics = mailvoid.eventually("blocks run out", lambda: (
            (m := sink.scrape())["mailvoid_sink_received_bytes_total"] >= 12 * (21 + 105) and m))
        self.assertGreater(metrics["mailvoid_sink_pool_blocks_exhausted_total"], 0)
        self.assertLessEqual(metrics["mailvoid_sink_pool_blocks_in_use"], 4)
        served = told = 0
        for client in halves:
            try:
                client.send("x\r\n")
                reply = client.reply()
            except (BrokenPipeError, ConnectionResetError):
                told += 1
                continue
            served += reply.code == 250
            told += reply.code == 421
        self.assertEqual(served + told, 12)
        self.assertGreater(served, 0)
        self.assertGreater(told, 0)
        for client in halves:
            client.close()
        self.assertEqual(sink.scrape_when_idle()["mailvoid_sink_pool_blocks_in_use"], 0)
        with Client(sink.address).greet() as client:
            self.assertEqual(client.message().code, 250)


class CommandLength(mailvoid.TestCase):
    def test_a_long_command_is_one_500_and_an_endless_one_421(self):
        sink = self.sink("--shards", "1")
        with Client(sink.address).greet() as client:
            client.expect(500, "NOOP " + "x" * 8192)
            client.expect(250, "NOOP")
            before = procfs.peak_resident_bytes(sink.pid)
            try:
                for _ in range(80):
                    client.send(b"x" * 65536)
            except (BrokenPipeError, ConnectionResetError):
                pass
            self.assertLess(procfs.peak_resident_bytes(sink.pid) - before, MIB)
        self.assertEqual(sink.scrape_when_idle()["mailvoid_sink_commands_too_long_total"], 2)
        self.assertEqual(sink.scrape_when_idle()['mailvoid_sink_replies_total{code="421"}'], 1)


class Greed(mailvoid.TestCase):
    def test_a_peer_that_reads_nothing_is_stopped_and_pins_nothing(self):
        """Back-pressure: replies that nobody takes bound what is read, held and remembered."""
        sink = self.sink("--shards", "1", "--recv-buffers", "4")
        with Client(sink.address).greet() as greedy, Client(sink.address).greet() as modest:
            before = procfs.peak_resident_bytes(sink.pid)
            greedy.socket.setblocking(False)
            commands = b"NOOP\r\n" * 10000
            sent = 0

            def stuff():
                nonlocal sent
                try:
                    while True:  # a send may end inside a command: the next one goes on from there
                        sent += greedy.socket.send(commands[sent % 6:])
                except BlockingIOError:
                    return sink.scrape()["mailvoid_sink_paused_sessions_total"] > 0
            mailvoid.eventually("the sink stops reading", stuff)
            self.assertEqual(modest.message().code, 250)
            self.assertLess(procfs.peak_resident_bytes(sink.pid) - before, 8 * MIB)
            # Once it reads, every command that was sent is answered.
            greedy.socket.settimeout(mailvoid.PATIENCE)
            replies = 0
            while replies < sent // 6:
                self.assertEqual(greedy.reply().code, 250)
                replies += 1
            self.assertEqual(sink.scrape()["mailvoid_sink_pool_blocks_in_use"], 0)


if __name__ == "__main__":
    mailvoid.main()
