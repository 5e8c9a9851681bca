#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-sink and the mail clients that people use (clients.py): both sides tell the same story."""
import re

import clients
import mail
import mailvoid

PREFIX = "mailvoid_sink_"
TOO_LONG = "b" * 65 + "@sink.example"  # smtp.md 34: 501
# All that can go wrong on the way: dots, a lone CR, NUL, 8-bit octets, a line of 3,000, what swaks would replace.
TRICKY = (b"Subject: x\r\nBcc: carl@client.example\r\n\r\n.\r\n..\r\n.dot\r\na . dot\r\nGr\xc3\xbc\xc3\x9fe \xff\x80\r\n"
          b"lone \r CR \r.\rNUL \0\r\r\n" + b"y" * 3000 + b"\r\n%DATE% \\n %FROM_ADDRESS%\r\nFrom here\r\n.\r\n")
LARGE = b"Subject: large\r\n\r\n" + b"".join(b".%069d\r\n" % number for number in range(70_000))


class Behaviour:
    """What is asked of every client; `client` is one of clients.py."""
    client = None

    def send(self, sink, *messages, **more):
        folder = self.scratch()
        paths = []
        for number, octets in enumerate(messages):
            paths.append(folder / f"{number}.eml")
            paths[-1].write_bytes(self.client.prepared(octets))
        return self.client.send(folder, sink.address, clients.Mail(paths, **more))

    def assert_counted(self, sink, *messages, recipients=1):
        """These were accepted and nothing else happened."""
        metrics = sink.scrape_when_idle()
        counts = {**mail.sink_counts([self.client.received(octets) for octets in messages]),
                  "recipients_accepted_total": recipients * len(messages), "recipients_refused_total": 0,
                  "transactions_started_total": len(messages),
                  "connections_total": self.client.connections(len(messages))}
        self.assertEqual({name: metrics[PREFIX + name] for name in counts}, counts)
        self.assertEqual(metrics.by_label(PREFIX + "connections_closed_total"),
                         {"finished" if self.client.quits else "client_closed": counts["connections_total"]})
        replies = metrics.by_label(PREFIX + "replies_total")
        self.assertEqual({code: replies.pop(code, 0) for code in ("220", "221", "354")}, {
            "220": counts["connections_total"],
            "221": counts["connections_total"] if self.client.quits else 0, "354": len(messages)})
        self.assertEqual(set(replies), {"250"})

    def assert_none_accepted(self, sink, **counts):
        metrics = sink.scrape_when_idle()
        counts = {"messages_accepted_total": 0, "message_bytes_total": 0, "connections_total": 1, **counts}
        self.assertEqual({name: metrics[PREFIX + name] for name in counts}, counts)
        return metrics

    def assert_claims(self, said, *messages):
        self.assertEqual([(told.code, told.refused) for told in said], [(250, ())] * len(messages), said)
        self.assertEqual([told.claim for told in said], [self.client.claimed(octets) for octets in messages])

    def traced(self, sink):
        """The commands that were traced: of the sink's first session."""
        sink.scrape_when_idle()
        return re.findall(r"^trace: C: (.*)$", sink.stop().err, re.MULTILINE)

    def test_a_message_arrives_as_it_was(self):
        sink, received = self.capturing_sink()
        self.assert_claims(self.send(sink, TRICKY), TRICKY)
        self.assert_counted(sink, TRICKY)
        self.assertEqual(received(), [self.client.received(TRICKY)])

    def test_a_message_of_one_line(self):
        sink = self.sink()
        message = b"Subject: x\r\n\r\n.\r\n"
        self.assert_claims(self.send(sink, message), message)
        self.assert_counted(sink, message)

    def test_a_large_message(self):
        sink, received = self.capturing_sink()
        self.assert_claims(self.send(sink, LARGE), LARGE)
        self.assert_counted(sink, LARGE)
        self.assertEqual(received(), [self.client.received(LARGE)])

    def test_several_messages(self):
        sink = self.sink()
        messages = [TRICKY + b"x" * number + b"\r\n" for number in range(12)]
        self.assert_claims(self.send(sink, *messages), *messages)
        self.assert_counted(sink, *messages)

    def test_many_recipients(self):
        sink = self.sink()
        recipients = tuple(f"bob{number}@sink.example" for number in range(100))
        self.assert_claims(self.send(sink, TRICKY, recipients=recipients), TRICKY)
        self.assert_counted(sink, TRICKY, recipients=100)

    def test_the_envelope_is_the_given_one(self):
        sink = self.sink("--trace", "--shards", "1")
        self.assert_claims(self.send(sink, TRICKY), TRICKY)
        commands = self.traced(sink)
        self.assertRegex(commands[0], f"(?i)^(EHLO|HELO) {clients.HELO}$")
        self.assertRegex(commands[1], f"(?i)^MAIL FROM:<{clients.SENDER}>( .*)?$")
        self.assertTrue(any(re.match(f"(?i)RCPT TO:<{clients.RECIPIENT}>", command) for command in commands))
        self.assertEqual(any(re.match(r"MAIL .* SIZE=", command, re.IGNORECASE) for command in commands),
                         self.client.declares_size)

    def test_the_null_sender(self):
        sink = self.sink("--trace", "--shards", "1")
        self.assert_claims(self.send(sink, TRICKY, sender=""), TRICKY)
        self.assertRegex(self.traced(sink)[1], "(?i)^MAIL FROM:<>( .*)?$")

    def test_it_says_that_a_message_was_too_large(self):
        sink = self.sink("--max-message-size", "10k")
        said, = self.send(sink, TRICKY + b"x" * 10240 + b"\r\n")
        self.assertEqual(said.code, 552, said)
        metrics = self.assert_none_accepted(sink)
        reason = "declared_size" if self.client.declares_size else "actual_size"
        self.assertEqual(metrics.by_label(PREFIX + "messages_refused_total"), {reason: 1})
        self.assertEqual(metrics.by_label(PREFIX + "replies_total")["552"], 1)

    def test_it_says_that_the_recipient_was_refused(self):
        sink = self.sink()
        said, = self.send(sink, TRICKY, recipients=(TOO_LONG,))
        self.assertEqual((said.code, said.claim or 0), (501, 0), said)
        metrics = self.assert_none_accepted(sink, recipients_refused_total=1, recipients_accepted_total=0)
        self.assertEqual(metrics.total(PREFIX + "connections_closed_total"), 1)
        self.assertEqual("finished" in metrics.by_label(PREFIX + "connections_closed_total"),
                         self.client.quits_when_refused)

    def test_it_says_which_of_the_recipients_were_refused(self):
        """4xx this time: one more than a message may have."""
        sink = self.sink("--max-recipients", "2")
        recipients = ("bob0@sink.example", "bob1@sink.example", "bob2@sink.example")
        said, = self.send(sink, TRICKY, recipients=recipients)
        metrics = sink.scrape_when_idle()
        self.assertEqual((metrics[PREFIX + "recipients_accepted_total"],
                          metrics[PREFIX + "recipients_refused_total"]), (2, 1))
        if self.client.goes_on:
            self.assertEqual((said.code, said.refused), (250, recipients[2:]), said)
        else:
            self.assertEqual(said.code, 452, said)
        accepted = [self.client.received(TRICKY)] if self.client.goes_on else []
        counts = mail.sink_counts(accepted)
        self.assertEqual({name: metrics[PREFIX + name] for name in counts}, counts)
        self.assertEqual(metrics[PREFIX + "transactions_abandoned_total"], 0 if self.client.goes_on else 1)


class Smtplib(Behaviour, mailvoid.TestCase):
    client = clients.Smtplib()


class Nodemailer(Behaviour, mailvoid.TestCase):
    client = clients.Nodemailer()


class Curl(Behaviour, mailvoid.TestCase):
    client = clients.Curl()


class Msmtp(Behaviour, mailvoid.TestCase):
    client = clients.Msmtp()


class Swaks(Behaviour, mailvoid.TestCase):
    client = clients.Swaks()


class SmtpSource(Behaviour, mailvoid.TestCase):
    client = clients.SmtpSource()


class Missing(mailvoid.TestCase):
    def test_a_client_that_is_not_installed_fails_the_test(self):
        with self.assertRaisesRegex(AssertionError, "no-such-client is missing; .*scripts/setup test"):
            clients.program("no-such-client")
        with self.assertRaisesRegex(AssertionError, "no-such-client is missing; .*scripts/setup test"):
            mailvoid.needed(mailvoid.TOOLS / "no-such-client")


if __name__ == "__main__":
    mailvoid.main()
