#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""UNIX sockets: mailvoid-sink listens on them, mailvoid-loadgen sends to them, and so do other programs."""
import os
import pathlib
import pwd
import signal
import smtplib
import socket
import stat

import mailvoid
import peers
import procfs
from smtp_client import Client


class UnixTestCase(mailvoid.TestCase):
    def setUp(self):
        self.path = self.scratch() / "sink.sock"
        self.target = f"unix:{self.path}"

    def unix_sink(self, *arguments, **more):
        return self.sink(*arguments, listen=(self.target,), **more)

    def assert_refused(self, *arguments, parts, code=1):
        ended = self.run_program("mailvoid-sink", "--admin", "off", *arguments)
        self.assert_one_line(ended, *parts, code=code)


class UnixSmtp(smtplib.SMTP):
    """smtplib over a UNIX socket, which its LMTP class alone knows how to reach."""

    def _get_socket(self, host, port, timeout):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(timeout)
        connection.connect(host)
        return connection


class Traffic(UnixTestCase):
    def test_our_own_programs_agree_on_every_message(self):
        sink = self.unix_sink("--shards", "2")
        run = self.load(sink.target, "--messages", "20000", "--sessions", "50", "--shards", "2")
        metrics = sink.scrape_when_idle()
        self.assertEqual((run["messages.accepted"], run["errors.total"]), (20000, 0), run)
        self.assertEqual(run["target"], self.target)
        self.assertEqual(metrics["mailvoid_sink_messages_accepted_total"], 20000)
        self.assertEqual(metrics["mailvoid_sink_message_bytes_total"], run["messages.bytes"])
        self.assertEqual(metrics["mailvoid_sink_connections_total"], 50)

    def test_a_connection_a_message(self):
        sink = self.unix_sink("--shards", "2")
        run = self.load(sink.target, "--messages", "3000", "--sessions", "20", "--messages-per-session", "1")
        metrics = sink.scrape_when_idle()
        self.assertEqual((run["messages.accepted"], run["errors.total"]), (3000, 0), run)
        self.assertEqual(metrics["mailvoid_sink_messages_accepted_total"], 3000)
        self.assertEqual(metrics["mailvoid_sink_connections_total"], run["connections.established"])

    def test_large_messages(self):
        sink = self.unix_sink()
        run = self.load(sink.target, "--messages", "40", "--sessions", "4", "--size", "3M")
        self.assertEqual((run["messages.accepted"], run["errors.total"]), (40, 0), run)
        self.assertEqual(sink.scrape_when_idle()["mailvoid_sink_message_bytes_total"], 40 * 3 * 2**20)

    # One socket, and the kernel wakes whoever has waited longest: a quiet sink takes turns.
    def test_every_shard_gets_sessions(self):
        sink = self.unix_sink("--shards", "2")
        clients = []
        for i in range(40):
            clients.append(self.client(sink))
            clients[-1].expect(220)
        shares = sink.by_shard("connections_open")
        self.assertEqual(sum(shares), 40)
        self.assertGreaterEqual(min(shares), 10, shares)

    def test_an_abstract_socket(self):
        name = f"unix:@mailvoid-test-{os.getpid()}"
        sink = self.sink(listen=(name, "127.0.0.1:0"))
        self.assertEqual(sink.target, name)
        run = self.load(name, "--messages", "100", "--sessions", "5")
        self.assertEqual(run["messages.accepted"], 100, run)
        for address in sink.addresses:
            with Client(address).greet() as client:
                self.assertEqual(client.message().code, 250)
        self.assertEqual(sink.scrape_when_idle()["mailvoid_sink_messages_accepted_total"], 102)

    def test_smtp_source(self):
        sink = self.unix_sink("--shards", "2")
        peers.smtp_source(self, sink, "-s", "20", "-m", "2000", "-d", "-l", "500")
        peers.smtp_source(self, sink, "-s", "20", "-m", "1000", "-l", "500")
        metrics = sink.scrape_when_idle()
        self.assertEqual(metrics["mailvoid_sink_messages_accepted_total"], 3000)
        self.assertEqual(metrics["mailvoid_sink_connections_total"], 1020)
        self.assertEqual(metrics['mailvoid_sink_connections_closed_total{reason="finished"}'], 1020)

    def test_smtplib(self):
        sink = self.unix_sink()
        with UnixSmtp(sink.address, timeout=mailvoid.PATIENCE) as client:
            self.assertEqual(client.sendmail("a@client.example", ["b@sink.example"], "Subject: x\r\n\r\nx"), {})
        self.assertEqual(sink.scrape_when_idle()["mailvoid_sink_messages_accepted_total"], 1)

    def test_the_trace_says_where_a_session_comes_from(self):
        sink = self.unix_sink("--trace")
        with Client(sink.address) as client:
            client.expect(220)
        sink.scrape_when_idle()
        self.assertIn("trace: --- session 1 from unix\n", sink.stop().err)


class SocketFile(UnixTestCase):
    def mode(self):
        return stat.S_IMODE(os.lstat(self.path).st_mode)

    def test_owner_and_group_may_connect_unless_told_otherwise(self):
        before = os.umask(0o077)
        try:
            self.unix_sink()
            self.assertEqual(self.mode(), 0o660)
        finally:
            os.umask(before)

    def test_the_mode_can_be_chosen(self):
        self.unix_sink("--socket-mode", "0600")
        self.assertEqual(self.mode(), 0o600)

    def test_a_mode_that_is_none_is_refused(self):
        for mode in ("rw", "0999", "01777", "-1", ""):
            with self.subTest(mode):
                self.assert_refused("--socket-mode", mode, parts=["--socket-mode"], code=2)

    def test_it_is_removed_at_the_end(self):
        sink = self.unix_sink()
        self.assertEqual(sink.stop().code, 0)
        self.assertFalse(self.path.exists())

    def test_it_is_removed_when_a_second_signal_ends_the_drain(self):
        sink = self.unix_sink()
        client = self.client(sink).greet()
        client.command("MAIL FROM:<a@client.example>")
        sink.signal(signal.SIGTERM)
        mailvoid.eventually("it drains", lambda: sink.admin.get("/readyz")[0] == 503)
        sink.signal(signal.SIGTERM)
        self.assertEqual(sink.wait().code, 130)
        self.assertFalse(self.path.exists())

    def test_what_took_its_place_is_left_alone(self):
        sink = self.unix_sink()
        self.path.unlink()
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(self.path))
            self.assertEqual(sink.stop().code, 0)
            self.assertTrue(self.path.exists())

    def test_a_stale_one_is_replaced(self):
        killed = self.unix_sink()
        killed.signal(signal.SIGKILL)
        killed.wait()
        self.assertTrue(self.path.exists())
        with Client(self.unix_sink().address).greet() as client:
            self.assertEqual(client.message().code, 250)

    def test_one_in_use_is_an_error_and_stays_in_use(self):
        sink = self.unix_sink()
        self.assert_refused("--listen", self.target,
                            parts=[f"--listen {self.target}", "another program listens on it"])
        self.assertTrue(self.path.exists())
        with Client(sink.address).greet() as client:
            self.assertEqual(client.message().code, 250)

    def test_what_is_in_the_way_is_named(self):
        self.path.write_text("precious")
        self.assert_refused("--listen", self.target, parts=[f"--listen {self.target}", "is no socket"])
        self.assertEqual(self.path.read_text(), "precious")
        self.assert_refused("--listen", f"{self.target}/x", parts=["--listen", f"{self.path} is no folder"])
        missing = self.path.parent / "missing"
        self.assert_refused("--listen", f"unix:{missing}/x",
                            parts=["--listen", f"the folder {missing} does not exist"])

    def test_paths_that_cannot_be_are_usage_errors(self):
        for path, wrong in (("unix:/" + "x" * 107, "108 octets of at most 107"), ("unix:", "names no socket"),
                            ("unix:@", "names no socket"), ("unix:/a\nb", "control characters")):
            with self.subTest(path):
                self.assert_refused("--listen", path, parts=["--listen", wrong], code=2)
        self.assert_refused("--listen", self.target, "--listen", self.target, parts=["named twice"], code=2)
        self.assert_refused("--admin", self.target, parts=["--admin", "cannot be one here"], code=2)


class Shutdown(UnixTestCase):
    def test_draining_finishes_transactions_and_turns_others_away(self):
        sink = self.unix_sink("--shards", "2")
        busy, idle = self.client(sink).greet(), self.client(sink).greet()
        busy.command("MAIL FROM:<a@client.example>")
        sink.signal(signal.SIGTERM)
        idle.expect(421)
        busy.expect(250, "RCPT TO:<b@sink.example>")
        busy.expect(354, "DATA")
        busy.expect(250, "Subject: x\r\n\r\nx\r\n.")
        busy.expect(421)
        for client in (busy, idle):
            client.closed()
            client.close()
        ended = sink.wait()
        self.assertEqual(ended.code, 0, ended)
        self.assertRegex(ended.out, r"messages accepted +1\n")


class Target(UnixTestCase):
    def test_a_socket_that_is_not_there_is_said_so(self):
        ended = self.run_program("mailvoid-loadgen", "--admin", "off", "--quiet", "--sessions", "2", self.target)
        self.assert_one_line(ended, f"nothing ever connected to {self.target}", "refused", code=1)

    def test_a_socket_has_no_source_address(self):
        ended = self.run_program("mailvoid-loadgen", "--admin", "off", "--source", "127.0.0.1", self.target)
        self.assert_one_line(ended, "--source 127.0.0.1", "reached from no address", code=1)


class User(UnixTestCase):
    """--user: the file is the user's, who removes it."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("only root can become somebody else")
        self.user = pwd.getpwnam("nobody")

    def test_the_file_becomes_the_users_and_is_removed(self):
        os.chown(self.path.parent, self.user.pw_uid, self.user.pw_gid)
        sink = self.unix_sink("--user", "nobody")
        status = os.lstat(self.path)
        self.assertEqual((status.st_uid, status.st_gid), (self.user.pw_uid, self.user.pw_gid))
        self.assertEqual(procfs.status(sink.pid)["Uid"].split(), [str(self.user.pw_uid)] * 4)
        ended = sink.stop()
        self.assertEqual((ended.code, "warning" in ended.err), (0, False), ended)
        self.assertFalse(self.path.exists())

    def test_a_file_that_the_user_may_not_remove_is_said_so(self):
        os.chmod(self.path.parent, 0o755)
        ended = self.unix_sink("--user", "nobody").stop()
        self.assertEqual(ended.code, 0)
        self.assertIn(f"warning: {self.path} stays behind", ended.err)
        self.assertTrue(self.path.exists())


if __name__ == "__main__":
    mailvoid.main()
