#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The admin port among hostile clients: who is refused, and that mail goes on whatever they do."""
import contextlib
import http.client
import os
import pathlib
import random
import signal
import socket
import tempfile

import mailvoid
import peers
import procfs
from smtp_client import Client

SECRET = "Zx9-_.~+/=" * 4
PROGRAMS = ("mailvoid-sink", "mailvoid-loadgen")


def ask(address, path="/metrics", host=None, **headers):
    """The status, and the text."""
    connection = http.client.HTTPConnection(*address, timeout=mailvoid.PATIENCE)
    try:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers={"Host": host or procfs.format_address(address), **headers})
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


class Browsers(mailvoid.TestCase):
    def test_a_name_that_a_site_made_point_here_is_refused(self):
        address = self.sink().admin.address
        for path in ("/metrics", "/healthz", "/readyz", "/", "/nope"):
            status, text = ask(address, path, host="rebound.evil.example")
            self.assertEqual(status, 421, path)
            self.assertIn("--admin-host", text)
            self.assertNotIn("mailvoid_sink", text)
        for host in ("localhost", "localhost:9525", "127.0.0.1", "[::1]:1", socket.gethostname()):
            self.assertEqual(ask(address, host=host)[0], 200, host)

    def test_a_name_that_it_is_told_of_is_taken(self):
        address = self.sink("--admin-host", "sink.lab", "--admin-host", "other").admin.address
        statuses = [ask(address, host=host)[0] for host in ("sink.lab:9525", "OTHER", "third")]
        self.assertEqual(statuses, [200, 200, 421])

    def test_what_other_sites_ask_for_is_refused(self):
        address = self.sink().admin.address
        own = f"http://{procfs.format_address(address)}"
        self.assertEqual(ask(address, Origin="https://evil.example")[0], 403)
        self.assertEqual(ask(address, Origin="null")[0], 403)
        self.assertEqual(ask(address, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors")[0], 403)
        self.assertEqual(ask(address, Sec_Fetch_Site="same-site", Sec_Fetch_Mode="cors")[0], 403)
        self.assertEqual(ask(address, Sec_Fetch_Site="same-origin", Sec_Fetch_Mode="cors", Origin=own)[0], 200)
        self.assertEqual(ask(address, Sec_Fetch_Site="none", Sec_Fetch_Mode="navigate")[0], 200)

    def test_every_answer_is_of_its_type_in_no_frame_and_for_nobody_else(self):
        admin = self.sink().admin
        for path in ("/metrics", "/healthz", "/nope"):
            headers = admin.get(path)[1]
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["Referrer-Policy"], "no-referrer")
            self.assertIn("frame-ancestors 'none'", headers["Content-Security-Policy"])
            self.assertEqual(headers["Cache-Control"], "no-store")
            self.assertNotIn("Access-Control-Allow-Origin", headers)


class Tokens(mailvoid.TestCase):
    def token_file(self, content=SECRET + "\n", mode=0o600):
        path = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()), "token")
        path.write_text(content, "ascii")
        path.chmod(mode)
        return path

    def statuses(self, *arguments, admin_address="127.0.0.1:0"):
        """Of what shows mail: without a token, with a wrong one, with the right one."""
        sink = self.sink("--capture", self.scratch() / "samples", *arguments, admin_address=admin_address)
        here = ("127.0.0.1", sink.admin.address[1])
        shown = [{}, {"Authorization": f"Bearer {SECRET[::-1]}"}, {"Authorization": f"Bearer {SECRET}"}]
        listed, one = ([ask(here, path, **headers)[0] for headers in shown]
                       for path in ("/api/v1/samples", "/api/v1/sample?id=none"))
        self.assertEqual(one, [404 if status == 200 else status for status in listed])
        return listed

    def test_mail_is_shown_on_this_machine(self):
        self.assertEqual(self.statuses(), [200, 200, 200])

    def test_mail_is_shown_to_nobody_where_others_can_connect(self):
        self.assertEqual(self.statuses(admin_address="0.0.0.0:0"), [403, 403, 403])

    def test_mail_is_shown_to_who_has_the_token(self):
        for place in ("127.0.0.1:0", "0.0.0.0:0"):
            statuses = self.statuses("--admin-token-file", self.token_file(), admin_address=place)
            self.assertEqual(statuses, [401, 401, 200], place)

    def test_numbers_are_for_whoever_can_connect(self):
        sink = self.sink("--admin-token-file", self.token_file())
        self.assertEqual(ask(sink.admin.address, "/metrics")[0], 200)
        self.assertEqual(ask(sink.admin.address, "/healthz", Authorization="Bearer wrong")[0], 200)

    def test_a_secret_that_is_none_is_refused_at_start_and_not_shown(self):
        for program in PROGRAMS:
            target = [] if program == "mailvoid-sink" else ["127.0.0.1:9", "--allow-public-target"]
            for content in ("", "short", "with spaces in it, secret", "two\nlines of a secret"):
                ended = self.run_program(program, *target, "--admin", "127.0.0.1:0", "--admin-token-file",
                                         self.token_file(content))
                self.assertEqual(ended.code, 1, (program, content, ended))
                self.assertIn("--admin-token-file", ended.err)
                self.assertNotIn(content or "\0", ended.err)

    def test_a_file_that_everybody_may_read_is_warned_of(self):
        warned = self.sink("--admin-token-file", self.token_file(mode=0o644)).err
        self.assertRegex(warned, r"(?m)^mailvoid-sink: warning: --admin-token-file: .*chmod 600")
        self.assertNotIn(SECRET, warned)
        self.assertNotIn("warning", self.sink("--admin-token-file", self.token_file(mode=0o600)).err)

    def test_sighup_reads_the_file_again_and_keeps_what_was_read_if_it_is_bad(self):
        path = self.token_file()
        sink = self.sink("--capture", self.scratch() / "samples", "--admin-token-file", path)

        def status(secret):
            return ask(sink.admin.address, "/api/v1/samples", Authorization=f"Bearer {secret}")[0]
        another = SECRET[::-1]
        self.assertEqual([status(SECRET), status(another)], [200, 401])
        path.write_text(another)
        sink.signal(signal.SIGHUP)
        sink.wait_for_error_text(r"read again: --admin-token-file")
        self.assertEqual([status(SECRET), status(another)], [401, 200])
        path.write_text("short")
        sink.signal(signal.SIGHUP)
        sink.wait_for_error_text(r"--admin-token-file: .*must hold a line.*stays")
        self.assertEqual([status(SECRET), status(another)], [401, 200])

    def test_the_options_want_a_port(self):
        for program in PROGRAMS:
            target = [] if program == "mailvoid-sink" else ["127.0.0.1:9"]
            for option, value in (("--admin-host", "a"), ("--admin-token-file", "t")):
                ended = self.run_program(program, *target, "--admin", "off", option, value)
                self.assertEqual(ended.code, 2, ended)
                self.assertIn(f"{option}: means nothing with --admin off", ended.err)


class Hostile(mailvoid.TestCase):
    """Each attacks the port, and sends mail meanwhile."""

    def setUp(self):
        super().setUp()
        self.target = self.sink()
        self.attackers = self.enterContext(contextlib.ExitStack())

    def attacker(self, octets=b""):
        address = self.target.admin.address
        peer = self.attackers.enter_context(socket.create_connection(address, timeout=mailvoid.PATIENCE))
        with contextlib.suppress(OSError):
            peer.sendall(octets)
        return peer

    def assert_mail_flows(self, count=2000):
        peers.smtp_source(self, self.target, "-s", "10", "-m", str(count))

    def assert_recovers(self, messages):
        self.attackers.close()
        mailvoid.eventually("the admin port answers", self.answers)
        self.assertEqual(self.target.scrape()["mailvoid_sink_messages_accepted_total"], messages)

    def answers(self):
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.target.admin.get("/healthz")[0] == 200
        return False

    def test_requests_that_never_end(self):
        slow = [self.attacker(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-A: ") for _ in range(30)]
        self.assert_mail_flows()
        for peer in slow:
            with contextlib.suppress(OSError):
                peer.sendall(b"a")
        self.assert_recovers(2000)

    def test_answers_that_nobody_reads(self):
        for _ in range(30):
            peer = self.attacker()
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            peer.sendall(b"GET /metrics?shards=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assert_mail_flows()
        self.assert_recovers(2000)

    def test_more_connections_than_it_takes(self):
        for _ in range(300):
            peer = self.attackers.enter_context(socket.socket())
            peer.setblocking(False)
            peer.connect_ex(self.target.admin.address)
        self.assert_mail_flows()
        self.assertLess(len(os.listdir(f"/proc/{self.target.pid}/fd")), 200)
        self.assert_recovers(2000)

    def test_headers_and_bodies_beyond_all_bounds(self):
        self.attacker(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 1_000_000)
        self.attacker(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.attacker(b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 100_000)
        post = b"POST /metrics HTTP/1.1\r\nHost: localhost\r\n"
        self.attacker(post + b"Content-Length: 99999999999\r\n\r\n" + b"b" * 100_000)
        self.attacker(post + b"Transfer-Encoding: chunked\r\n\r\n" + b"ffffffff\r\n" * 99)
        self.attacker(post + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n")
        self.assert_mail_flows()
        self.assert_recovers(2000)

    def test_rubbish_that_resembles_requests(self):
        """Seeded: whatever comes back is an answer of ours or nothing."""
        chance = random.Random(20260122)
        whole = (b"GET /metrics?shards=1 HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
                 b"Authorization: Bearer x\r\nAccept-Encoding: gzip\r\nConnection: keep-alive\r\n\r\n")
        pieces = [*whole.replace(b":", b" : ").split(b" "),
                  b"\r\n", b"\n", b"\0", b"\xff" * 9, b"%00", b"..", b"//", b"HTTP/9.9"]
        for round_ in range(300):
            octets = bytearray(whole)
            for _ in range(chance.randint(1, 6)):
                at = chance.randrange(len(octets))
                odd = chance.choice(pieces) if chance.random() < 0.5 else bytes([chance.randrange(256)])
                octets[at:at + chance.randrange(4)] = odd
            reply = self.answer_to(bytes(octets))
            if reply:
                self.assertRegex(reply, rb"^HTTP/1\.1 (200|400|403|404|405|411|413|414|421|501|505) ", (round_, octets))
        with Client(self.target.address).greet() as client:
            self.assertEqual(client.message().code, 250)
        self.assert_recovers(1)

    def answer_to(self, octets):
        with socket.create_connection(self.target.admin.address, timeout=mailvoid.PATIENCE) as peer:
            answer = b""
            with contextlib.suppress(ConnectionError):
                peer.sendall(octets)
                peer.shutdown(socket.SHUT_WR)
                while more := peer.recv(65536):
                    answer += more
            return answer


if __name__ == "__main__":
    mailvoid.main()
