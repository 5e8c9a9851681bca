#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-loadgen --mail: a message, a directory, an mbox, 6,046 real messages, each as it should travel."""
import re

import mail
import mailvoid

PREFIX = "mailvoid_sink_"


class MailTestCase(mailvoid.TestCase):
    def assert_sent(self, path, expected, *arguments):
        """The sink counts exactly these messages, octet for octet as far as counts can tell."""
        sink = self.sink()
        run = self.load(sink.target, "--mail", path, "--messages", len(expected), *arguments)
        metrics = sink.scrape_when_idle()
        counts = mail.sink_counts(expected)
        self.assertEqual({name: metrics[PREFIX + name] for name in counts}, counts)
        self.assertEqual(run["messages.accepted"], len(expected), run)
        self.assertEqual(run["messages.bytes"], sum(map(len, expected)))
        self.assertEqual(run["errors.total"], 0)
        return run

    def file(self, name, octets):
        path = self.scratch() / name
        path.write_bytes(octets)
        return path


class OneMessage(MailTestCase):
    def test_line_ends_and_dots_are_put_right(self):
        for octets in (b"Subject: x\n\nx\n", b"Subject: x\r\n\r\n.\r\n..\r\n.x\r\n",
                       b"Subject: x\n\n.\n..\n.x", b"Subject: x",
                       b"Subject: x\r\n\r\nbare \r and bare \n and \n.\n and \r.\r",
                       b"A: b\n\n" + b"\0\xff\x80" * 100, b"A: b\n\n" + b"x" * 200_000,
                       b"A: b\n\n" + b".\n" * 10000):
            with self.subTest(octets[:40]):
                expected = [mail.canonical(octets)] * 3
                self.assert_sent(self.file("message.eml", octets), expected, "--sessions", "2")

    def test_hostile_text_stays_data(self):
        """Whatever a file holds, it ends no data early and becomes no command."""
        for seed in range(5):
            octets = b"Subject: x\r\n\r\n" + mail.tricky(seed, 50000) + b".\r\nMAIL FROM:<a@sink.example>\r\n"
            self.assert_sent(self.file("message.eml", octets), [mail.canonical(octets)] * 10, "--sessions", "5")

    def test_it_may_begin_as_an_mbox_does(self):
        octets = b"From a@b.example Mon Jan  1 00:00:00 2001\nSubject: x\n\nFrom here on\n>From there\n"
        self.assert_sent(self.file("message", octets), [mail.canonical(octets)] * 2)

    def test_eight_bit_mail_is_announced_as_such(self):
        sink = self.sink("--trace", "--shards", "1")
        path = self.file("message.eml", "Subject: x\n\nGr\u00fc\u00dfe\n".encode())
        self.load(sink.target, "--mail", path, "--messages", "1", "--sessions", "1")
        sink.scrape_when_idle()
        self.assertRegex(sink.stop().err, r"C: MAIL FROM:<[^>]*> .*BODY=8BITMIME")

    def test_its_size_is_declared(self):
        sink = self.sink("--trace", "--shards", "1")
        octets = b"Subject: x\n\n.dot\n"
        self.load(sink.target, "--mail", self.file("message.eml", octets), "--messages", "1",
                  "--sessions", "1")
        sink.scrape_when_idle()
        self.assertRegex(sink.stop().err, rf"C: MAIL FROM:<[^>]*> .*SIZE={len(mail.canonical(octets))}\b")


class Directory(MailTestCase):
    def test_all_files_are_sent_in_turn(self):
        folder = self.scratch()
        messages = [b"Subject: %d\n\n%s\n" % (number, b"x" * number * 100) for number in range(7)]
        for number, octets in enumerate(messages):
            below = folder / f"folder{number % 2}"
            below.mkdir(exist_ok=True)
            (below / f"{number}.eml").write_bytes(octets)
        for times in (1, 3):
            self.assert_sent(folder, list(map(mail.canonical, messages)) * times, "--sessions", "3")

    def test_what_is_no_mail_is_left_out(self):
        folder = self.scratch()
        (folder / "1.eml").write_bytes(b"Subject: x\n\nx\n")
        (folder / "2.json").write_bytes(b'{"a": 1}\n')
        (folder / ".hidden.eml").write_bytes(b"Subject: x\n\nhidden\n")
        self.assert_sent(folder, [mail.canonical(b"Subject: x\n\nx\n")] * 4)


class Mbox(MailTestCase):
    def test_each_message_of_it_is_sent(self):
        messages = [b"Subject: 1\n\none\n", b"Subject: 2\n\nFrom the middle of a paragraph\n.dots\n",
                    b"Subject: 3\n\nthree\n"]
        mbox = b"\n".join(b"From a@b.example Mon Jan  1 00:00:00 2001\n" + octets for octets in messages)
        self.assert_sent(self.file("mbox", mbox), list(map(mail.canonical, messages)), "--sessions", "1")

    def test_crlf_will_do(self):
        messages = [b"Subject: 1\r\n\r\none\r\n", b"Subject: 2\r\n\r\ntwo\r\n"]
        mbox = b"\r\n".join(b"From a@b.example Mon Jan  1 00:00:00 2001\r\n" + octets for octets in messages)
        self.assert_sent(self.file("mbox", mbox), messages)


class Corpus(MailTestCase):
    """Real mail: 8-bit, bare CRs, leading dots, lines far too long."""

    def test_all_of_it_arrives_once_and_whole(self):
        self.assert_sent(mailvoid.CORPUS, mail.corpus(), "--sessions", "100")

    def test_all_of_it_as_one_mbox(self):
        """Quoted as mboxrd has it, from which all of it can be had back."""
        messages = mail.corpus()
        mbox = b"".join(b"From a@b.example Mon Jan  1 00:00:00 2001\r\n" +
                        re.sub(rb"(?m)^(>*From )", rb">\1", octets) + b"\r\n" for octets in messages)
        self.assert_sent(self.file("mbox", mbox), messages, "--sessions", "100")

    def test_each_over_a_connection_of_its_own(self):
        self.assert_sent(mailvoid.CORPUS, mail.corpus(), "--sessions", "100", "--messages-per-session", "1")

    def test_without_pipelining_and_over_short_connections(self):
        self.assert_sent(mailvoid.CORPUS, mail.corpus(), "--sessions", "100", "--no-pipelining",
                         "--messages-per-session", "10")


if __name__ == "__main__":
    mailvoid.main()
