#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-loadgen --content, --size, --header, --to-file and their kin: what arrives is read by Python's email package, whose
strict policy forgives nothing."""
import collections
import email
import email.header
import email.policy
import re

import mailvoid
import samples

KINDS = ("plain", "text", "html", "alternative", "related", "attachment", "uuencode", "nested", "rfc822")
CHARSETS = {"us-ascii", "utf-8", "iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-1251", "windows-1252", "koi8-r",
            "iso-2022-jp", "gb18030", "euc-kr"}


class ContentTestCase(mailvoid.TestCase):
    def arrived(self, *arguments, count=60):
        """What a sink has received, octet for octet, as (octets, parsed message)."""
        folder = self.scratch()
        sink = self.sink("--capture", folder, "--capture-format", "eml", "--capture-raw")
        self.run_done = run = self.load(sink.target, "--messages", count, "--sessions", "4", *arguments)
        self.assertEqual(run["messages.accepted"], count, run)
        self.assertEqual(run["errors.total"], 0)
        sink.scrape_when_idle()
        sink.stop()
        octets = [sample.content for sample in samples.read(folder, "eml", raw=True)]
        self.assertEqual(len(octets), count)
        self.assertEqual(sum(map(len, octets)), run["messages.bytes"])
        return [(one, email.message_from_bytes(one, policy=email.policy.strict)) for one in octets]

    def assert_sound(self, message):
        """Every part decodes to what it says it is; the strict policy has raised what else is wrong."""
        for part in message.walk():
            self.assertEqual(part.defects, [])
            for name, value in part.items():
                self.assertEqual(value.defects, (), f"{name}: {value}")
            if part.is_multipart():
                self.assertTrue(part.get_payload())
                continue
            content = part.get_payload(decode=True)
            if part.get_content_maintype() == "text":
                text = content.decode(part.get_content_charset("us-ascii"))
                self.assertNotIn("\ufffd", text)
            self.assertTrue(content)


class Kinds(ContentTestCase):
    def test_each_is_sound(self):
        for kind in KINDS:
            with self.subTest(kind):
                for _, message in self.arrived("--content", kind, "--size", "6k..20k"):
                    self.assert_sound(message)
                    self.assertEqual([part.strip() for part in message["to"].split(",")], ["user1@sink.example"])

    def test_text_comes_in_all_character_sets_and_encodings(self):
        messages = self.arrived("--content", "text", count=200)
        charsets = {message.get_content_charset() for _, message in messages}
        self.assertEqual(charsets, CHARSETS)
        encodings = {message["content-transfer-encoding"] for _, message in messages}
        self.assertEqual(encodings, {"7bit", "8bit", "quoted-printable", "base64"})
        subjects = {re.sub(r" \d+$", "", message["subject"]) for _, message in messages}
        self.assertIn("Отчёт о вчерашней встрече и планы", subjects)
        self.assertIn("明日の 会議の 資料を お送り します", subjects)
        self.assertIn("Änderungen für die nächste Überprüfung", subjects)

    def test_structures_are_what_they_are_called(self):
        shapes = {
            "alternative": ["multipart/alternative", "text/plain", "text/html"],
            "related": ["multipart/related", "text/html", "image/png"],
            "attachment": ["multipart/mixed", "text/plain", "text/csv", "application/pdf"],
            "nested": ["multipart/mixed", "multipart/related", "multipart/alternative", "text/plain", "text/html",
                       "image/png", "multipart/mixed", "text/plain", "application/zip"],
            "rfc822": ["multipart/mixed", "text/plain", "message/rfc822", "multipart/alternative", "text/plain",
                       "text/html"]}
        for kind, types in shapes.items():
            with self.subTest(kind):
                for _, message in self.arrived("--content", kind, "--size", "8k", count=20):
                    self.assertEqual([part.get_content_type() for part in message.walk()], types)

    def test_attachments_have_names_beyond_ascii(self):
        for _, message in self.arrived("--content", "attachment", "--size", "30k", count=20):
            names = [part.get_filename() for part in message.iter_attachments()]
            self.assertEqual(names, ["Übersicht über alle Größen und Preise, Stand März – endgültig.csv",
                                     "Précis – 明日.pdf"])
            pdf = list(message.iter_attachments())[1].get_content()
            self.assertTrue(pdf.startswith(b"%PDF-1.7\n"))
            self.assertGreater(len(pdf), 15_000)

    def test_uuencoded_files_decode(self):
        for _, message in self.arrived("--content", "uuencode", "--size", "9k", count=20):
            message.replace_header("content-transfer-encoding", "x-uuencode")
            archive = message.get_payload(decode=True)
            self.assertTrue(archive.startswith(b"PK\x03\x04"))
            self.assertGreater(len(archive), 5000)

    def test_eight_bit_is_announced_and_said(self):
        sink = self.sink("--trace", "--shards", "1")
        self.load(sink.target, "--content", "text", "--messages", "60", "--sessions", "1", "--seed", "3")
        sink.scrape_when_idle()
        trace = sink.stop().err
        said = len(re.findall(r"C: MAIL FROM:.*BODY=8BITMIME", trace))
        self.assertGreater(said, 3)
        self.assertLess(said, 40)


class Sizes(ContentTestCase):
    def test_a_histogram_is_followed(self):
        path = self.scratch() / "sizes"
        path.write_text("# what arrives here\n1k 3\n3000..3100 1\n")
        lengths = collections.Counter(len(octets) for octets, _ in self.arrived("--size", f"histogram:{path}", count=200))
        self.assertAlmostEqual(lengths[1024] / 200, 0.75, delta=0.12)
        self.assertTrue(all(size == 1024 or 3000 <= size <= 3100 for size in lengths), lengths)

    def test_they_do_not_depend_on_shards(self):
        arguments = ("--size", "lognormal:4k,1", "--content", "all", "--recipients", "1..3")

        def bodies(shards):
            return sorted(octets[octets.index(b"\r\nSubject:"):]
                          for octets, _ in self.arrived(*arguments, "--shards", shards))
        self.assertEqual(bodies("1"), bodies("4"))


class Header(ContentTestCase):
    def test_fields_are_filled_in(self):
        messages = self.arrived("--header", "X-Run: {run} {message} {session}", "--header", "X-To: <{to}> of <{from}>",
                                "--subject", "Nr {message}", count=20)
        runs = set()
        for octets, message in messages:
            run, number, session = message["x-run"].split()
            runs.add(run)
            self.assertEqual(message["subject"], f"Nr {number}")
            self.assertEqual(message["message-id"].split("@")[0], f"<{run}.{number}")
            self.assertIn(int(session), range(1, 5))
            self.assertEqual(message["x-to"], "<user1@sink.example> of <sender@loadgen.example>")
            self.assertEqual(len(octets), 4096)
        self.assertEqual(runs, {self.run_done["run_id"]})
        self.assertEqual({message["subject"] for _, message in messages}, {f"Nr {n}" for n in range(1, 21)})

    def test_corpora_get_them_in_front(self):
        path = self.scratch() / "one.eml"
        path.write_bytes(b"Subject: old\n folded\nTo: x@y\n\n.text\n")
        for octets, _ in self.arrived("--mail", path, "--subject", "new", "--header", "X-A: {message}", count=3):
            self.assertRegex(octets, rb"^Subject: new\r\nX-A: [123]\r\nTo: x@y\r\n\r\n\.text\r\n$")


class Recipients(ContentTestCase):
    def envelope(self, *arguments, count=200):
        """Senders and recipients of each message, as the sink's trace has them."""
        sink = self.sink("--trace", "--shards", "1")
        self.load(sink.target, "--messages", count, "--sessions", "1", *arguments)
        sink.scrape_when_idle()
        messages = []
        for verb, address in re.findall(r"C: (MAIL FROM|RCPT TO):<([^>]*)>", sink.stop().err):
            if verb == "MAIL FROM":
                messages.append((address, []))
            else:
                messages[-1][1].append(address)
        self.assertEqual(len(messages), count)
        return messages

    def test_they_are_drawn_from_files(self):
        folder = self.scratch()
        (folder / "to").write_text("a@x.example 8\nb@y.example\n\"c d\"@z.example\n")
        (folder / "from").write_text("<>\ns@x.example 3\n")
        messages = self.envelope("--to-file", folder / "to", "--from-file", folder / "from", "--recipients", "1..3")
        self.assertEqual({sender for sender, _ in messages}, {"", "s@x.example"})
        self.assertEqual({len(to) for _, to in messages}, {1, 2, 3})
        for _, to in messages:
            self.assertEqual(len(set(to)), len(to))
        first = collections.Counter(to[0] for _, to in messages)
        self.assertGreater(first["a@x.example"], 120)
        self.assertEqual(len(first), 3)

    def test_they_are_users_of_domains(self):
        messages = self.envelope("--to-users", "50", "--to-zipf", "1.2", "--to-domain", "a.example=3,b.example")
        users = collections.Counter(to[0].split("@")[0] for _, to in messages)
        self.assertEqual(users.most_common(1)[0][0], "user1")
        domains = collections.Counter(to[0].split("@")[1] for _, to in messages)
        self.assertAlmostEqual(domains["a.example"] / 200, 0.75, delta=0.12)


if __name__ == "__main__":
    mailvoid.main()
