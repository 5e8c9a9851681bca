#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How mailvoid-sink ends: drain on SIGTERM and SIGINT, --exit-after, a second signal, and what it leaves."""
import signal
import socket
import threading

import mailvoid
import peers
from smtp_client import Client, session


def draining(sink):
    """Waits until it says that it is not ready any more."""
    mailvoid.eventually("/readyz says 503", lambda: sink.admin.get("/readyz")[0] == 503)


class Drain(mailvoid.TestCase):
    def test_idle_sessions_get_421_and_it_exits_0(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number.name):
                sink = self.sink("--json", "-")
                silent, greeted, halfway = (self.client(sink) for _ in range(3))
                greeted.greet()
                halfway.greet()
                silent.expect(220)
                halfway.expect(250, "MAIL FROM:<a@client.example>")
                sink.signal(number)
                for client in (silent, greeted):
                    self.assertRegex(client.expect(421).lines[0], r"^421 4\.3\.2 ")
                    self.assertEqual(client.closed(), b"")
                    client.close()
                halfway.expect(250, "RSET")
                halfway.expect(421)
                halfway.close()
                ended = sink.wait()
                self.assertEqual(ended.code, 0, ended)
                summary = mailvoid.json.loads(ended.out)
                self.assertEqual(summary["connections"], 3)
                self.assertEqual(summary["replies"]["421"], 3)

    def test_a_session_in_data_may_finish(self):
        sink = self.sink("--json", "-")
        busy = self.client(sink).greet()
        busy.begin_message()
        busy.send("Subject: on its way\r\n")
        sink.signal(signal.SIGTERM)
        draining(sink)
        self.assertEqual(sink.admin.get("/healthz")[0], 200)
        busy.send("\r\nand here\r\n.\r\n")
        busy.expect(250)
        busy.expect(421)
        self.assertEqual(busy.closed(), b"")
        busy.close()
        ended = sink.wait()
        self.assertEqual(ended.code, 0, ended)
        self.assertEqual(mailvoid.json.loads(ended.out)["messages_accepted"], 1)

    def test_nobody_is_let_in_any_more(self):
        sink = self.sink("--json", "-")
        busy = self.client(sink).greet()
        busy.begin_message()
        sink.signal(signal.SIGTERM)
        draining(sink)

        def refused():
            try:
                with Client(sink.address) as late:
                    late.expect(421)
                return False
            except (ConnectionRefusedError, ConnectionResetError, EOFError):
                return True
        mailvoid.eventually("the listeners are closed", refused)
        busy.send(".\r\n")
        busy.expect(250)
        busy.close()
        self.assertEqual(sink.wait().code, 0)

    def test_a_session_that_never_finishes_is_cut_after_the_drain_timeout(self):
        sink = self.sink("--json", "-", "--drain-timeout", "200ms")
        busy = self.client(sink).greet()
        busy.begin_message()
        ended = sink.stop()
        self.assertEqual(ended.code, 0, ended)
        summary = mailvoid.json.loads(ended.out)
        self.assertEqual(summary["messages_accepted"], 0)
        self.assertEqual(summary["transactions_abandoned"], 1)
        self.assertEqual(summary["connections_closed"]["drain_timeout"], 1)

    def test_a_second_signal_does_not_wait(self):
        sink = self.sink("--drain-timeout", "1h")
        busy = self.client(sink).greet()
        busy.begin_message()
        sink.signal(signal.SIGTERM)
        draining(sink)
        sink.signal(signal.SIGTERM)
        ended = sink.wait()
        self.assertEqual(ended.code, 130, ended)
        self.assertIn("interrupted while draining", ended.err)

    def test_under_load_every_250_that_was_sent_is_counted(self):
        """Clients that pour mail while it drains read exactly as many final 250s as the summary has."""
        sink = self.sink("--json", "-")
        accepted = [0] * 20

        def pour(number):
            try:
                with Client(sink.address).greet() as client:
                    while client.message().code == 250:
                        accepted[number] += 1
            except (AssertionError, EOFError, OSError):
                pass  # 421, and then the end
        threads = [threading.Thread(target=pour, args=(i,), daemon=True) for i in range(len(accepted))]
        for thread in threads:
            thread.start()
        sink.wait_for_messages(200)
        ended = sink.stop()
        for thread in threads:
            thread.join(mailvoid.PATIENCE)
        self.assertEqual(ended.code, 0, ended)
        self.assertEqual(mailvoid.json.loads(ended.out)["messages_accepted"], sum(accepted))


class ExitAfter(mailvoid.TestCase):
    def test_it_takes_exactly_so_many_and_leaves(self):
        for wanted, shards in ((1, 1), (500, 2), (1000, 4)):
            with self.subTest(wanted=wanted, shards=shards):
                sink = self.sink("--exit-after", str(wanted), "--shards", str(shards), "--json", "-")
                senders = [peers.start_smtp_source(self, sink, "-s", "8", "-m", "5000", *kept)
                           for kept in ((), ("-d",))]
                ended = sink.wait()
                self.assertEqual(ended.code, 0, ended)
                summary = mailvoid.json.loads(ended.out)
                self.assertEqual(summary["messages_accepted"], wanted)
                for sender in senders:
                    sender.wait()

    def test_a_pipelined_excess_is_not_taken(self):
        sink = self.sink("--exit-after", "10", "--json", "-")
        with socket.create_connection(sink.address, timeout=mailvoid.PATIENCE) as peer:
            peer.sendall(session(30, b"x\r\n"))
            said = b""
            while more := peer.recv(65536):
                said += more
        self.assertEqual(said.count(b"\r\n250 2.0.0 Message accepted"), 10)
        summary = mailvoid.json.loads(sink.wait().out)
        self.assertEqual((summary["messages_accepted"], summary["message_bytes"]), (10, 30))


class Summary(mailvoid.TestCase):
    # Numbers that leaving itself moves: the ring's last turns.
    MOVED = {"ring.enters", "ring.completions"}
    # In the summary, and under another name in the metrics.
    NAMES = {
        "messages_accepted": "messages_accepted_total", "message_bytes": "message_bytes_total",
        "messages_refused": "messages_refused_total{reason}",
        "recipients_accepted": "recipients_accepted_total", "recipients_refused": "recipients_refused_total",
        "deliveries.accepted": "deliveries_accepted_total", "deliveries.refused": "deliveries_refused_total",
        "transactions_started": "transactions_started_total",
        "transactions_abandoned": "transactions_abandoned_total", "connections": "connections_total",
        "connections_refused": "connections_refused_total{reason}",
        "connections_closed": "connections_closed_total{reason}", "commands": "commands_total{verb}",
        "replies": "replies_total{code}", "received_bytes": "received_bytes_total",
        "sent_bytes": "sent_bytes_total", "data.lines": "data_lines_total",
        "data.stuffed_dots": "data_stuffed_dots_total", "data.bare_cr": "data_bare_cr_total",
        "data.bare_lf": "data_bare_lf_total", "shards": "shards", "ring.enters": "ring_enters_total",
        "ring.completions": "ring_completions_total", "ring.receives": "receives_total",
        "ring.sends": "sends_total", "ring.receive_rearms": "receive_rearms_total",
        "ring.buffers_exhausted": "ring_buffers_exhausted_total", "ring.overflows": "ring_overflows_total",
        "ring.early_submits": "ring_early_submits_total",
        "proxy_headers": "proxy_headers_total{result}", "early_talkers": "early_talkers_total",
        "xclient_accepted": "xclient_accepted_total", "xforward_accepted": "xforward_accepted_total",
        "commands_with_bare_lf": "commands_with_bare_lf_total", "commands_too_long": "commands_too_long_total",
        "chunks.count": "chunks_total", "chunks.bytes": "chunk_bytes_total", "chunks.discards": "discards_total",
        "chunks.discarded_bytes": "discarded_bytes_total",
    }
    ELSEWHERE = ("program", "duration_seconds", "shard_cpus", "capture", "auth", "tls")  # sink_summary_test.py

    def numbers(self, summary):
        """Every number of the summary under the name of its metric."""
        flat = {}
        for key, value in summary.items():
            if key in ("data", "ring", "chunks", "deliveries"):
                flat.update({f"{key}.{name}": number for name, number in value.items()})
            elif key not in self.ELSEWHERE:
                flat[key] = value
        for key, value in flat.items():
            metric = "mailvoid_sink_" + self.NAMES[key]
            if not isinstance(value, dict):
                yield key, metric, value
                continue
            name, label = metric.rstrip("}").split("{")
            for label_value, number in value.items():
                yield f"{key}.{label_value}", f'{name}{{{label}="{label_value}"}}', number

    def test_it_agrees_with_a_scrape_taken_after_traffic_stopped(self):
        sink = self.sink("--json", "-", "--max-message-size", "100k", "--max-recipients", "3")
        peers.smtp_source(self, sink, "-s", "10", "-m", "2000", "-l", "1000")
        with Client(sink.address).greet() as client:
            for line in ("NOOP", "HELP", "VRFY <a@b.example>", "EXPN x", "TURN", "MAIL FROM:<\xe9@b.example>",
                         "RCPT TO:<a@b.example>", "MAIL FROM:<a@b.example> SIZE=200000", "STARTTLS", "NO SUCH",
                         "NOOP\nNOOP", "MAIL FROM:<a@b.example> X=Y", "MAIL FROM:<a@b.example>",
                         *["RCPT TO:<a@b.example>"] * 4, "RSET"):
                client.command(line)
            client.message("..dot\r\nbare \n and \r here\r\n")
            client.message("x" * 200000 + "\r\n")
            client.expect(250, "SOML FROM:<a@b.example>")
        metrics = sink.scrape_when_idle()
        ended = sink.stop()
        self.assertEqual(ended.code, 0, ended)
        compared = 0
        for key, metric, number in self.numbers(mailvoid.json.loads(ended.out)):
            with self.subTest(key):
                if key in self.MOVED:
                    self.assertGreaterEqual(number, metrics[metric])
                else:
                    self.assertEqual(number, metrics[metric])
                compared += 1
        self.assertGreater(compared, 60)
        self.assertEqual(metrics["mailvoid_sink_data_stuffed_dots_total"], 1)
        self.assertEqual(metrics["mailvoid_sink_transactions_abandoned_total"], 2)

    def test_the_table_has_the_same_counts(self):
        sink = self.sink()
        peers.smtp_source(self, sink, "-s", "4", "-m", "1234")
        ended = sink.stop()
        self.assertRegex(ended.out, r"(?m)^  messages accepted +1,234$")
        self.assertRegex(ended.out, r"(?m)^  connections +1,234$")
        self.assertIn("354 x 1,234", ended.out)


if __name__ == "__main__":
    mailvoid.main()
