# SPDX-License-Identifier: Apache-2.0
"""Thousands of sessions that have said EHLO and then wait."""
import resource

import mailvoid
import procfs

# What is promised: private memory of an idle session after EHLO.
SESSION_OCTETS_MAX = 256


class TestCase(mailvoid.TestCase):
    def setUp(self):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    def open(self, sink, count):
        """So many more sessions that have said EHLO and heard the answer."""
        clients = [self.client(sink) for _ in range(count)]
        for client in clients:
            client.expect(220)
            client.send("EHLO client-with-a-name.example\r\n")
        for client in clients:
            client.expect(250)
        return clients

    def cost(self, first, last):
        """Private memory of a session in octets: what the process has written to grew by so much. The first
        sessions are left out, since the program's own start is among them."""
        sink = self.sink()
        self.open(sink, first)
        before = procfs.private_dirty_bytes(sink.pid)
        self.open(sink, last - first)
        cost = (procfs.private_dirty_bytes(sink.pid) - before) / (last - first)
        print(f"an idle session costs {cost:.0f} octets, from {first} to {last} of them")
        return cost
