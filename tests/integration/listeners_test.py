#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tests' own guard: a server that a test talks to is the child it started, or the test fails."""
import socket

import mailvoid
import peers
import procfs


class Listeners(mailvoid.TestCase):
    def foreign(self, address=("127.0.0.1", 0), **options):
        """Somebody else's listener: this process's own."""
        server = socket.create_server(address, **options)
        self.addCleanup(server.close)
        return server.getsockname()

    def test_a_sink_whose_port_is_taken_is_no_sink(self):
        taken = procfs.format_address(self.foreign())
        with self.assertRaisesRegex(AssertionError, "in use"):
            self.sink(listen=(taken,))

    def test_a_port_shared_in_silence_is_noticed(self):
        sink = self.sink()
        procfs.assert_listener_is(sink.pid, sink.address)
        self.foreign(sink.address, reuse_port=True)
        with self.assertRaisesRegex(AssertionError, "not only"):
            procfs.assert_listener_is(sink.pid, sink.address)

    def test_a_port_where_nobody_listens_is_noticed(self):
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            with self.assertRaises(AssertionError):
                procfs.assert_listener_is(self.sink().pid, bound.getsockname())

    def test_an_smtp_sink_whose_port_is_taken_is_a_failure(self):
        folder = self.scratch()
        with self.assertRaises(AssertionError):
            peers.SmtpSink(folder, self.foreign())

    def test_somebody_elses_listener_is_not_taken_for_the_childs(self):
        with self.assertRaisesRegex(AssertionError, "not, or not only"):
            peers.Server(["sleep", "60"], self.foreign())

    def test_a_server_that_ends_is_a_failure(self):
        with self.assertRaisesRegex(AssertionError, "true does not listen"):
            peers.Server(["true"], peers.own_address())

    def test_the_right_child_is_recognised(self):
        server = self.start(peers.SmtpSink(self.scratch()))
        procfs.assert_listener_is(server.pid, server.address)


if __name__ == "__main__":
    mailvoid.main()
