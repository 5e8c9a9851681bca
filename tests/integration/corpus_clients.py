# SPDX-License-Identifier: Apache-2.0
"""The real corpus through every mail client: what corpus_clients_test.py does with a sample where a client needs a
process a message, and corpus_clients_soak_test.py with all of it."""
import collections

import clients
import mail
import mailvoid

PREFIX = "mailvoid_sink_"


class TestCase(mailvoid.TestCase):
    messages = None  # all 6,046, read once

    @classmethod
    def setUpClass(cls):
        TestCase.messages = TestCase.messages or mail.corpus()

    def send(self, client, every=1, at_once=1):
        """One in `every` of the messages; what the client says, and what the sink counted and captured, agree to the octet."""
        messages = self.messages[::every]
        folder = self.scratch()
        paths = [folder / f"{number}.eml" for number in range(len(messages))]
        for path, octets in zip(paths, messages):
            path.write_bytes(client.prepared(octets))
        sink, received = self.capturing_sink()
        said = client.send(folder, sink.address, clients.Mail(paths), at_once)
        wrong = [(number, told) for number, (told, octets) in enumerate(zip(said, messages, strict=True))
                 if told[:3] != (250, (), client.claimed(octets))]
        self.assertEqual(wrong, [])
        metrics = sink.scrape_when_idle()
        connections = client.connections(len(messages), at_once)
        counts = {**mail.sink_counts(map(client.received, messages)), "recipients_accepted_total": len(messages),
                  "connections_total": connections, "transactions_started_total": len(messages)}
        self.assertEqual({name: metrics[PREFIX + name] for name in counts}, counts)
        self.assertEqual(metrics.by_label(PREFIX + "connections_closed_total"),
                         {"finished" if client.quits else "client_closed": connections})
        self.assertEqual(metrics.by_label(PREFIX + "replies_total")["354"], len(messages))
        sent, got = collections.Counter(map(client.received, messages)), collections.Counter(received())
        self.assertEqual((sum((sent - got).values()), sum((got - sent).values())), (0, 0), "missing, not sent")
