#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""All of the real corpus through the mail clients that need a process a message, of which corpus_clients_test.py
sends a sample: minutes, not seconds."""
import clients
import corpus_clients
import mailvoid


class WholeCorpus(corpus_clients.TestCase):
    def test_smtp_source(self):
        self.send(clients.SmtpSource(), at_once=4)

    def test_msmtp(self):
        self.send(clients.Msmtp(), at_once=16)

    def test_swaks(self):
        self.send(clients.Swaks(), at_once=4)


if __name__ == "__main__":
    mailvoid.main()
