#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-sink --proxy-protocol: what a proxy in front says of its clients, and whom the sink believes."""
import ipaddress
import pathlib
import socket
import struct

import mailvoid
from smtp_client import Client

V1 = "PROXY TCP4 192.0.2.1 198.51.100.2 56324 25\r\n"


def v2(source, destination, port=56324, values=b""):
    """Version 2, written from the specification and not with our writer; `values` are TLVs."""
    source, destination = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    family = 0x11 if source.version == 4 else 0x21
    body = source.packed + destination.packed + struct.pack("!HH", port, 25) + values
    return b"\r\n\r\n\x00\r\nQUIT\n" + struct.pack("!BBH", 0x21, family, len(body)) + body


def silent_and_closed(client):
    """The server closes without a word."""
    try:
        return client.socket.recv(100) == b""
    except ConnectionResetError:
        return True


class Proxy(mailvoid.TestCase):
    def results(self, sink):
        return {result: sink.scrape()[f'mailvoid_sink_proxy_headers_total{{result="{result}"}}']
                for result in ("proxied", "local", "malformed", "missing", "untrusted")}

    def test_mail_comes_through_either_version(self):
        sink = self.sink("--proxy-protocol")
        certificate = b"\x20\x03\xe8" + bytes(1000)
        for header in (V1, v2("192.0.2.1", "198.51.100.2"), v2("2001:db8::7", "::1", values=certificate),
                       "PROXY UNKNOWN\r\n"):
            with Client(sink.address) as client:
                client.send(header)
                client.greet()
                client.message("Subject: through\r\n\r\n")
                client.expect(221, "QUIT")
        sink.scrape_when_idle()
        self.assertEqual(self.results(sink),
                         {"proxied": 3, "local": 1, "malformed": 0, "missing": 0, "untrusted": 0})

    def test_nothing_is_said_before_the_header(self):
        sink = self.sink("--proxy-protocol")
        with Client(sink.address) as client:
            client.socket.settimeout(0.3)
            with self.assertRaises(socket.timeout):
                client.socket.recv(1)
            client.socket.settimeout(60)
            for octet in v2("192.0.2.1", "198.51.100.2"):
                client.send(bytes([octet]))
            client.expect(220)

    def test_a_client_that_speaks_smtp_at_once_is_closed(self):
        sink = self.sink("--proxy-protocol")
        for said in ("EHLO client.example\r\n", "PROXY TCP4 192.0.2.1\r\n", "PROXY UNKNOWN " + "x" * 200):
            with Client(sink.address) as client:
                client.send(said)
                self.assertTrue(silent_and_closed(client), said)
        self.assertEqual(self.results(sink)["malformed"], 3)

    def test_others_than_the_trusted_are_closed(self):
        sink = self.sink("--proxy-protocol", "--proxy-from", "10.0.0.0/8,unix")
        with Client(sink.address) as client:
            self.assertTrue(silent_and_closed(client))
        self.assertEqual(self.results(sink)["untrusted"], 1)

    def test_a_proxy_on_a_unix_socket_is_trusted_by_that_name(self):
        path = str(pathlib.Path(self.scratch()) / "sink")
        sink = self.sink("--proxy-protocol", "--proxy-from", "unix", listen=("unix:" + path, "127.0.0.1:0"))
        with Client(path) as client:
            client.send(V1)
            client.greet()
        sink.scrape_when_idle()
        self.assertEqual(self.results(sink)["proxied"], 1)

    def test_samples_and_the_trace_name_the_client(self):
        directory = pathlib.Path(self.scratch())
        sink = self.sink("--proxy-protocol", "--trace", "--capture", str(directory), "--capture-format", "eml")
        with Client(sink.address) as client:
            client.send(v2("2001:db8::7", "::1"))
            client.greet()
            client.message("Subject: through\r\n\r\n")
            client.expect(221, "QUIT")
        sink.scrape_when_idle()
        ended = sink.stop()
        self.assertIn("trace: --- PROXY: the client is [2001:db8::7]:56324\n", ended.err)
        samples = list(directory.rglob("*.eml"))
        self.assertEqual(len(samples), 1)
        self.assertIn(b"[IPv6:2001:db8::7]", samples[0].read_bytes())

    def test_a_listener_without_it_takes_a_header_for_an_unknown_command(self):
        sink = self.sink()
        with Client(sink.address) as client:
            client.expect(220)
            client.expect(500, V1.rstrip("\r\n"))

    def test_a_network_that_is_none_is_named(self):
        for text, what in (("10.0.0.0/33", "must end in a prefix of 0 to 32 bits"),
                           ("example.org", "is no network"), ("::1,10.1.2.3/8", "write 10.0.0.0/8 or 10.1.2.3")):
            ended = self.run_program("mailvoid-sink", "--proxy-from", text)
            self.assert_one_line(ended, "--proxy-from", what, code=2)


if __name__ == "__main__":
    mailvoid.main()
