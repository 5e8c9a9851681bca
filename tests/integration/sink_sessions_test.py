#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Thousands of sessions at a time are all served, and leave nothing behind."""
import idle_sessions
import mailvoid


class Sessions(idle_sessions.TestCase):
    def test_2000_answer(self):
        sink = self.sink()
        clients = self.open(sink, 2000)
        self.assertEqual(sink.scrape()["mailvoid_sink_connections_open"], 2000)
        for client in clients:
            client.send("NOOP\r\n")
        for client in clients:
            client.expect(250)
        for client in clients[::100]:
            self.assertEqual(client.message().code, 250)
        for client in clients:
            client.send("QUIT\r\n")
        for client in clients:
            client.expect(221)
            client.close()
        metrics = sink.scrape_when_idle()
        self.assertEqual(metrics['mailvoid_sink_connections_closed_total{reason="finished"}'], 2000)
        self.assertEqual(metrics["mailvoid_sink_pool_blocks_in_use"], 0)

    def test_2000_that_are_killed_leave_nothing(self):
        sink = self.sink()
        descriptors = sink.scrape()["process_open_fds"]
        for client in self.open(sink, 2000):
            client.close()
        metrics = sink.scrape_when_idle()
        self.assertEqual(metrics['mailvoid_sink_connections_closed_total{reason="client_closed"}'], 2000)
        mailvoid.eventually("all descriptors are closed", lambda: (
            sink.scrape()["process_open_fds"] <= descriptors))


if __name__ == "__main__":
    mailvoid.main()
