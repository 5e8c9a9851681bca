#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The real corpus through every mail client: all 6,046 messages where a client can send many in one go, a sample
where each costs a process. corpus_clients_soak_test.py sends all of it by those."""
import clients
import corpus_clients
import mailvoid


class Corpus(corpus_clients.TestCase):
    def test_smtplib(self):
        self.send(clients.Smtplib())

    def test_smtplib_over_several_connections(self):
        self.send(clients.Smtplib(), at_once=10)

    def test_nodemailer(self):
        self.send(clients.Nodemailer(), at_once=100)

    def test_curl(self):
        self.send(clients.Curl())

    def test_one_in_four_by_smtp_source(self):
        self.send(clients.SmtpSource(), every=4, at_once=4)

    def test_one_in_ten_by_msmtp(self):
        self.send(clients.Msmtp(), every=10, at_once=16)

    def test_one_in_fifty_by_swaks(self):
        self.send(clients.Swaks(), every=50, at_once=4)


if __name__ == "__main__":
    mailvoid.main()
