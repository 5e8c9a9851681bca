#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-sink's admin port: metrics that Prometheus' own tool finds nothing wrong with, and health."""
import concurrent.futures
import gzip
import http.client
import os
import pathlib
import re
import socket
import subprocess
import time

import mailvoid
import peers
from smtp_client import Client

METRICS = pathlib.Path(__file__).resolve().parents[2] / "docs/metrics.md"
PROMISED = [
    "mailvoid_sink_connections_total", "mailvoid_sink_connections_open",
    "mailvoid_sink_messages_accepted_total", "mailvoid_sink_message_bytes_total",
    'mailvoid_sink_replies_total{code="250"}', 'mailvoid_sink_commands_total{verb="mail"}',
    "mailvoid_sink_ring_completions_total", "mailvoid_sink_ring_enters_total",
    "mailvoid_sink_ring_buffers_exhausted_total", "mailvoid_sink_ring_overflows_total",
    "mailvoid_sink_receive_rearms_total", "mailvoid_sink_starved_sessions_total", "process_cpu_seconds_total",
    "process_start_time_seconds", "process_resident_memory_bytes", "process_open_fds", "process_max_fds",
]


class Metrics(mailvoid.TestCase):
    def test_what_is_promised_is_there_from_the_start(self):
        metrics = self.sink().scrape()
        for name in PROMISED:
            self.assertIn(name, metrics)
        self.assertEqual([value for key, value in metrics.items() if key.startswith("mailvoid_build_info{")],
                         [1])

    def test_every_code_and_verb_is_there_at_0(self):
        metrics = self.sink().scrape()
        for code in (214, 220, 221, 250, 252, 354, 421, 452, 500, 501, 502, 503, 550, 552, 553, 554, 555):
            self.assertEqual(metrics[f'mailvoid_sink_replies_total{{code="{code}"}}'], 0)
        verbs = "helo ehlo mail rcpt data rset noop quit help vrfy expn send soml saml turn unknown"
        for verb in verbs.split():
            self.assertEqual(metrics[f'mailvoid_sink_commands_total{{verb="{verb}"}}'], 0)

    def test_promtool_finds_nothing_to_say(self):
        promtool = mailvoid.needed(mailvoid.TOOLS / "prometheus/usr/bin/promtool")
        sink = self.sink()
        peers.smtp_source(self, sink, "-m", "10")
        for path in ("/metrics", "/metrics?shards=1"):
            text = sink.admin.get(path)[2]
            checked = subprocess.run([promtool, "check", "metrics"], input=text, text=True,
                                     capture_output=True, timeout=mailvoid.PATIENCE, check=False)
            self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, "", ""))

    def test_what_a_session_does_is_counted(self):
        sink = self.sink()
        with Client(sink.address).greet() as client:
            self.assertEqual(client.message("Subject: x\r\n\r\n..\r\n").code, 250)
            client.expect(500, "WHAT")
            client.expect(221, "QUIT")
            client.closed()
        metrics = sink.scrape_when_idle()
        expected = {
            "connections_total": 1, "connections_open": 0, "messages_accepted_total": 1,
            "message_bytes_total": 17, "recipients_accepted_total": 1, "transactions_started_total": 1,
            "data_lines_total": 3, "data_stuffed_dots_total": 1, 'replies_total{code="220"}': 1,
            'replies_total{code="250"}': 4, 'replies_total{code="354"}': 1, 'replies_total{code="500"}': 1,
            'replies_total{code="221"}': 1, 'commands_total{verb="ehlo"}': 1,
            'commands_total{verb="rcpt"}': 1, 'commands_total{verb="unknown"}': 1,
            'connections_closed_total{reason="finished"}': 1,
        }
        self.assertEqual({name: metrics["mailvoid_sink_" + name] for name in expected}, expected)
        octets = ("EHLO client.example\r\nMAIL FROM:<a@client.example>\r\nRCPT TO:<b0@sink.example>\r\n"
                  "DATA\r\nSubject: x\r\n\r\n..\r\n.\r\nWHAT\r\nQUIT\r\n")
        self.assertEqual(metrics["mailvoid_sink_received_bytes_total"], len(octets))

    def test_the_shards_add_up(self):
        sink = self.sink("--shards", "3")
        names = ("connections_total", "messages_accepted_total", 'replies_total{code="250"}')
        peers.smtp_source(self, sink, "-s", "50", "-m", "500")
        sink.scrape_when_idle()
        metrics = sink.admin.scrape("?shards=1")
        for name in names:
            base, _, labels = name.partition("{")
            labels = labels.rstrip("}") + "," if labels else ""
            shards = [metrics[f'mailvoid_sink_shard_{base}{{{labels}shard="{i}"}}'] for i in range(3)]
            self.assertEqual(sum(shards), metrics[f"mailvoid_sink_{name}"], shards)
        self.assertNotIn('mailvoid_sink_shard_connections_max{shard="0"}', metrics)
        few = {name.split("{")[0] for name in sink.scrape() if "shard=" in name}
        self.assertEqual(few, {"mailvoid_sink_shard_cpu_seconds_total", "mailvoid_sink_shard_busy_seconds_total"})

    def test_what_is_served_is_what_the_documentation_names(self):
        documented = set(re.findall(r"(?m)^\| `((?:mailvoid_sink|mailvoid_build|process)_\w+)", METRICS.read_text("utf-8")))
        text = self.sink().admin.get("/metrics")[2]
        self.assertEqual(set(re.findall(r"(?m)^# TYPE (\w+)", text)), documented)

    def test_times_and_sizes(self):
        sink = self.sink("--listen", "127.0.0.1:0", "--shards", "1")
        with Client(sink.address).greet() as client:
            client.expect(250, "MAIL FROM:<>")
            client.expect(250, "RCPT TO:<b@sink.example>")
            client.expect(354, "DATA")
            time.sleep(0.06)
            client.expect(250, "x" * 598 + "\r\n.")
            client.expect(221, "QUIT")
            client.closed()
        metrics = {name.removeprefix("mailvoid_sink_"): value for name, value in sink.scrape_when_idle().items()}
        for of in ("session", "transaction", "data"):
            self.assertEqual([metrics[f'{of}_seconds_bucket{{le="{le}"}}'] for le in ("0.0512", "+Inf")], [0, 1], of)
            self.assertGreater(metrics[f"{of}_seconds_sum"], 0.05)
        self.assertEqual([metrics[f'message_size_bytes_bucket{{le="{le}"}}'] for le in (512, 1024)], [0, 1])
        self.assertEqual(metrics["message_size_bytes_sum"], 600)
        self.assertGreater(metrics['shard_cpu_seconds_total{shard="0"}'], 0)
        self.assertGreater(metrics['shard_busy_seconds_total{shard="0"}'], 0)
        by_listener = [value for name, value in metrics.items() if name.startswith("listener_connections_total")]
        self.assertEqual(sorted(by_listener), [0, 1])

    def test_the_process_metrics_are_of_the_process(self):
        sink = self.sink()
        metrics = sink.scrape()
        limits = pathlib.Path(f"/proc/{sink.pid}/limits").read_text("ascii")
        self.assertEqual(metrics["process_max_fds"], int(re.search(r"Max open files +(\d+)", limits)[1]))
        self.assertEqual(metrics["process_threads"], len(os.listdir(f"/proc/{sink.pid}/task")))

    def test_counters_only_grow_while_mail_flows(self):
        sink = self.sink()
        sender = peers.start_smtp_source(self, sink, "-s", "20", "-m", "10000", "-d")
        before = sink.scrape()
        while sender.running():
            after = sink.scrape()
            for name, value in before.items():
                if name.split("{")[0].endswith("_total"):
                    self.assertGreaterEqual(after[name], value, name)
            before = after
        self.assertEqual(sink.scrape()["mailvoid_sink_messages_accepted_total"], 10000)


class Pages(mailvoid.TestCase):
    def test_health_and_readiness(self):
        sink = self.sink()
        self.assertEqual(sink.admin.get("/healthz")[0], 200)
        self.assertEqual(sink.admin.get("/readyz")[0], 200)

    def test_what_is_not_there_is_404(self):
        sink = self.sink()
        for path in ("/nope", "/metrics/x", "/healthz/../metrics/", "/%2e%2e/etc/passwd", "/metricsx"):
            self.assertEqual(sink.admin.get(path)[0], 404, path)

    def test_nothing_can_be_changed(self):
        sink = self.sink()
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            status, headers, _ = sink.admin.get("/metrics", method)
            self.assertEqual(status, 405, method)
            self.assertIn("GET", headers["Allow"])

    def test_head_has_no_body(self):
        status, headers, body = self.sink().admin.get("/metrics", "HEAD")
        self.assertEqual((status, body), (200, ""))
        self.assertIn("text/plain", headers["Content-Type"])

    def test_gzip_for_those_who_take_it(self):
        sink = self.sink()
        connection = http.client.HTTPConnection(*sink.admin.address, timeout=mailvoid.PATIENCE)
        self.addCleanup(connection.close)
        connection.request("GET", "/metrics", headers={"Accept-Encoding": "gzip"})
        response = connection.getresponse()
        self.assertEqual(response.headers["Content-Encoding"], "gzip")
        self.assertIn(b"mailvoid_sink_connections_total 0\n", gzip.decompress(response.read()))

    def test_ipv6(self):
        self.assertEqual(self.sink(admin_address="[::1]:0").admin.get("/healthz")[0], 200)


class Robustness(mailvoid.TestCase):
    def test_many_scrapers_at_once_are_all_answered(self):
        sink = self.sink()
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            statuses = list(pool.map(lambda _: sink.admin.get("/metrics")[0], range(200)))
        self.assertEqual(set(statuses), {200})

    def test_rubbish_and_silence_do_no_harm(self):
        sink = self.sink()
        silent = [self.enterContext(socket.create_connection(sink.admin.address, timeout=mailvoid.PATIENCE))
                  for _ in range(8)]
        for octets in (b"\0\xff" * 500, b"GET", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 5000 + b"\r\n",
                       b"EHLO x\r\nQUIT\r\n"):
            with socket.create_connection(sink.admin.address, timeout=mailvoid.PATIENCE) as peer:
                try:
                    peer.sendall(octets)
                    peer.shutdown(socket.SHUT_WR)
                    while peer.recv(65536):
                        pass
                except OSError:
                    pass
        self.assertEqual(sink.admin.get("/healthz")[0], 200)
        with Client(sink.address).greet() as client:
            self.assertEqual(client.message().code, 250)
        self.assertEqual(len(silent), 8)

    def test_leaving_does_not_wait_for_a_silent_scraper(self):
        sink = self.sink()
        with socket.create_connection(sink.admin.address, timeout=mailvoid.PATIENCE) as peer:
            peer.sendall(b"GET /metr")
            self.assertEqual(sink.stop().code, 0)


if __name__ == "__main__":
    mailvoid.main()
