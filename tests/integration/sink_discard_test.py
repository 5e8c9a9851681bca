#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Large chunks of BDAT that the kernel drops: what is counted, and what is answered behind them."""
import mailvoid
from smtp_client import Client

CHUNK = 8 << 20
TRANSACTION = (b"MAIL FROM:<a@client.example>\r\nRCPT TO:<b@sink.example>\r\n" +
               b"BDAT %d\r\n" % CHUNK + b"QUIT\r\n" * (CHUNK // 6) + b"x" * (CHUNK % 6) +
               b"BDAT %d LAST\r\n" % CHUNK + bytes(CHUNK) + b"NOOP\r\n")


class Discard(mailvoid.TestCase):
    def pass_chunks(self, sink):
        with Client(sink.address).greet() as client:
            for _ in range(5):
                client.send(TRANSACTION)
                for _ in range(5):
                    client.expect(250)
            client.expect(221, "QUIT")
        metrics = sink.scrape_when_idle()
        self.assertEqual(metrics["mailvoid_sink_messages_accepted_total"], 5)
        self.assertEqual(metrics["mailvoid_sink_message_bytes_total"], 10 * CHUNK)
        self.assertEqual(metrics["mailvoid_sink_chunk_bytes_total"], 10 * CHUNK)
        self.assertEqual(sink.stop().code, 0)
        return metrics["mailvoid_sink_discarded_bytes_total"]

    def test_tcp_drops_most_of_a_large_chunk(self):
        dropped = self.pass_chunks(self.sink())
        self.assertGreater(dropped, 5 * CHUNK)
        self.assertLessEqual(dropped, 10 * CHUNK)

    def test_every_octet_counts_with_each_feature_of_the_ring_missing(self):
        for feature in ("incremental-buffers", "receive-cap", "min-wait"):
            with self.subTest(feature):
                self.assertGreater(self.pass_chunks(self.sink("--ring-disable", feature)), 5 * CHUNK)

    def test_unix_sockets_are_received_from(self):
        self.assertEqual(self.pass_chunks(self.sink(listen=(f"unix:{self.scratch() / 'smtp'}",))), 0)

    def test_samples_are_received(self):
        sink, received = self.capturing_sink()
        with Client(sink.address).greet() as client:
            client.send(TRANSACTION)
            for _ in range(5):
                client.expect(250)
            self.assertEqual(sink.scrape()["mailvoid_sink_discarded_bytes_total"], 0)
        (message,) = received()
        self.assertEqual(message, b"QUIT\r\n" * (CHUNK // 6) + b"x" * (CHUNK % 6) + bytes(CHUNK))


if __name__ == "__main__":
    mailvoid.main()
