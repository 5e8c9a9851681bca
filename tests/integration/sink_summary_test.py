#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-sink --json: the summary says what /metrics said when all was over, of TLS, logins and chunks, too."""
import json
import re

import mailvoid
from smtp_client import Client

CHUNK = 4 << 20
PREFIX = "mailvoid_sink_"
# Where each series of a metric is in the summary, {label} standing for its label's value.
PLACES = {
    "messages_accepted_total": "messages_accepted",
    "message_bytes_total": "message_bytes",
    "deliveries_accepted_total": "deliveries/accepted",
    "deliveries_refused_total": "deliveries/refused",
    "received_bytes_total": "received_bytes",
    "sent_bytes_total": "sent_bytes",
    "commands_total": "commands/{verb}",
    "replies_total": "replies/{code}",
    "early_talkers_total": "early_talkers",
    "commands_with_bare_lf_total": "commands_with_bare_lf",
    "commands_too_long_total": "commands_too_long",
    "xclient_accepted_total": "xclient_accepted",
    "xforward_accepted_total": "xforward_accepted",
    "chunks_total": "chunks/count",
    "chunk_bytes_total": "chunks/bytes",
    "discards_total": "chunks/discards",
    "discarded_bytes_total": "chunks/discarded_bytes",
    "auth_results_total": "auth/results/{result}",
    "auth_exchanges_total": "auth/exchanges/{mechanism}/{result}",
    "starttls_accepted_total": "tls/starttls_accepted",
    "plaintext_after_starttls_bytes_total": "tls/plaintext_after_starttls_bytes",
    "tls_handshakes_total": "tls/handshakes/{version}/{kind}",
    "tls_handshake_failures_total": "tls/handshake_failures/{reason}",
    "tls_session_failures_total": "tls/session_failures/{reason}",
    "tls_client_certificates_total": "tls/client_certificates/{result}",
    "tls_truncated_total": "tls/truncated",
    "tls_reloads_total": "tls/reloads/{result}",
}


def at(summary, place):
    for name in place.split("/"):
        summary = summary[name]
    return summary


class Summary(mailvoid.TestCase):
    def live(self, sink):
        """Some of everything."""
        clear, implicit = sink.addresses
        password = self.scratch() / "password"
        password.write_text("secret\n")
        password.chmod(0o600)
        target = "%s:%d" % clear
        self.load(target, "--messages", "20", "--sessions", "2", "--bdat", "1000")
        self.load(target, "--messages", "20", "--sessions", "2", "--tls", "starttls", "--tls-insecure", "--auth-user", "me",
                  "--auth-password-file", password, "--auth-mechanism", "plain", "--messages-per-session", "5")
        with Client(clear).greet() as client:
            client.send(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nBDAT %d LAST\r\n" % CHUNK + bytes(CHUNK))
            for _ in range(3):
                client.expect(250)
            client.expect(250, "XFORWARD NAME=x")
            client.expect(334, "AUTH LOGIN")
            client.expect(501, "*")
            client.send("STARTTLS\r\nNOOP\r\n")
            client.expect(220)
        with Client(implicit) as client:
            client.send("EHLO this is no TLS\r\n")

    def test_it_says_what_the_metrics_say(self):
        path = self.scratch() / "summary.json"
        sink = self.sink("--json", path, "--tls-self-signed", "--auth", "accept", "--xclient-from", "127.0.0.1",
                         listen=("127.0.0.1:0", "127.0.0.1:0,tls=implicit"))
        self.live(sink)
        metrics = sink.scrape_when_idle()
        ended = sink.stop()
        self.assertEqual(ended.code, 0)
        summary = json.loads(path.read_text())
        compared = set()
        for key, value in metrics.items():
            name, _, labels = key.removeprefix(PREFIX).partition("{")
            if name not in PLACES or not key.startswith(PREFIX):
                continue
            compared.add(name)
            place = PLACES[name].format(**dict(re.findall(r'(\w+)="([^"]*)"', labels)))
            self.assertEqual(at(summary, place), value, place)
        self.assertEqual(compared, set(PLACES))
        self.assertEqual(summary["messages_accepted"], 41)
        for place in ("auth/results/succeeded", "auth/results/cancelled", "auth/exchanges/PLAIN/succeeded",
                      "auth/exchanges/LOGIN/abandoned", "tls/handshakes/1.3/full", "tls/handshake_failures/not_tls",
                      "tls/client_certificates/none", "tls/plaintext_after_starttls_bytes", "xforward_accepted",
                      "chunks/discarded_bytes"):
            self.assertGreater(at(summary, place), 0, place)
        for line in ("TLS handshakes", "logins", "bytes left to kernel"):
            self.assertIn(f"\n  {line} ", ended.out + ended.err)


if __name__ == "__main__":
    mailvoid.main()
