#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Postfix's load generator and Python's client find mailvoid-sink to be a mail server like any other. What is
asked of every client alike is in sink_clients_test.py."""
import email.message
import smtplib

import mailvoid
import peers


class SmtpSource(mailvoid.TestCase):
    """Postfix's load generator."""

    def test_100000_messages_over_200_kept_connections(self):
        sink = self.sink()
        peers.smtp_source(self, sink, "-s", "200", "-m", "100000", "-d", "-l", "500")
        metrics = sink.scrape_when_idle()
        self.assertEqual(metrics["mailvoid_sink_messages_accepted_total"], 100000)
        self.assertEqual(metrics["mailvoid_sink_connections_total"], 200)
        self.assertEqual(metrics["mailvoid_sink_recipients_accepted_total"], 100000)
        self.assertEqual(metrics['mailvoid_sink_replies_total{code="250"}'], 200 + 3 * 100000)
        self.assertEqual(metrics['mailvoid_sink_replies_total{code="354"}'], 100000)
        self.assertEqual(metrics.total("mailvoid_sink_replies_total"), 3 * 200 + 4 * 100000)

    def test_1000_sessions_at_a_time(self):
        sink = self.sink()
        peers.smtp_source(self, sink, "-s", "1000", "-m", "20000", "-d", "-l", "1024")
        metrics = sink.scrape_when_idle()
        self.assertEqual(metrics["mailvoid_sink_messages_accepted_total"], 20000)
        self.assertEqual(metrics["mailvoid_sink_recipients_accepted_total"], 20000)
        self.assertEqual(metrics["mailvoid_sink_connections_total"], 1000)
        self.assertEqual(metrics.by_label("mailvoid_sink_connections_closed_total"), {"finished": 1000})
        self.assertEqual(metrics.by_label("mailvoid_sink_replies_total"), {
            "220": 1000, "221": 1000, "250": 1000 + 3 * 20000, "354": 20000})

    def test_5000_messages_each_with_a_connection_of_its_own(self):
        sink = self.sink()
        peers.smtp_source(self, sink, "-s", "100", "-m", "5000", "-l", "500")
        metrics = sink.scrape_when_idle()
        self.assertEqual(metrics["mailvoid_sink_messages_accepted_total"], 5000)
        self.assertEqual(metrics["mailvoid_sink_connections_total"], 5000)
        self.assertEqual(metrics['mailvoid_sink_connections_closed_total{reason="finished"}'], 5000)

    def test_many_recipients(self):
        sink = self.sink()
        peers.smtp_source(self, sink, "-s", "5", "-m", "50", "-r", "100", "-d")
        metrics = sink.scrape_when_idle()
        self.assertEqual(metrics["mailvoid_sink_messages_accepted_total"], 50)
        self.assertEqual(metrics["mailvoid_sink_recipients_accepted_total"], 5000)

    def test_large_messages(self):
        sink = self.sink()
        peers.smtp_source(self, sink, "-s", "4", "-m", "20", "-l", "2000000")
        metrics = sink.scrape_when_idle()
        self.assertEqual(metrics["mailvoid_sink_messages_accepted_total"], 20)
        self.assertGreaterEqual(metrics["mailvoid_sink_message_bytes_total"], 20 * 2000000)


class PythonSmtplib(mailvoid.TestCase):
    def message(self):
        message = email.message.EmailMessage()
        message["From"], message["To"] = "Ann <ann@client.example>", "bob@sink.example"
        message["Subject"] = "Gr\u00fc\u00dfe"
        message.set_content("one\n.\n..two\nfrom\n" + "x" * 2000 + "\n")
        return message

    def test_it_sends_what_it_likes(self):
        sink = self.sink()
        with smtplib.SMTP(*sink.address, timeout=mailvoid.PATIENCE) as client:
            self.assertEqual(client.ehlo()[0], 250)
            for keyword in ("pipelining", "size", "8bitmime", "enhancedstatuscodes", "help", "expn"):
                self.assertTrue(client.has_extn(keyword), keyword)
            self.assertEqual(client.send_message(self.message(), mail_options=["BODY=8BITMIME"]), {})
            self.assertEqual(client.verify("bob@sink.example")[0], 252)
            self.assertEqual(client.noop()[0], 250)
            self.assertEqual(client.rset()[0], 250)
            self.assertTrue(client.help())
        metrics = sink.scrape_when_idle()
        self.assertEqual(metrics["mailvoid_sink_messages_accepted_total"], 1)
        self.assertEqual(metrics["mailvoid_sink_data_stuffed_dots_total"], 2)
        self.assertEqual(metrics['mailvoid_sink_connections_closed_total{reason="finished"}'], 1)

    def test_it_learns_of_a_refused_sender_and_goes_on(self):
        sink = self.sink("--max-message-size", "100")
        with smtplib.SMTP(*sink.address, timeout=mailvoid.PATIENCE) as client:
            self.assertRaises(smtplib.SMTPSenderRefused, client.send_message, self.message())
            self.assertEqual(client.sendmail("a@client.example", "b@sink.example", "Subject: x\r\n\r\nx"), {})

    def test_helo_and_ipv6(self):
        sink = self.sink(listen=("[::1]:0",))
        with smtplib.SMTP(*sink.address, timeout=mailvoid.PATIENCE) as client:
            self.assertEqual(client.helo("[IPv6:::1]")[0], 250)
            self.assertEqual(client.sendmail("", ["b@sink.example", "c@sink.example"], "x"), {})


if __name__ == "__main__":
    mailvoid.main()
