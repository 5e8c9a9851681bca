#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-sink --capture: what is in a file is what was sent, octet for octet, and who sent it stands before it."""
import pathlib
import random
import socket

import mail
import mailvoid
import samples
import smtp_client
from smtp_client import Client

KIB = 1024
BLOCK = 16 * KIB  # of a sample's memory, its own header included


def of_size(octets):
    """A message of that many octets: none, or 2 and more."""
    return b"x" * (octets - 2) + b"\r\n" if octets else b""


def horrors():
    """Messages that a receiver may spoil where its buffers and blocks end."""
    sizes = {0, *range(2, 12)}
    for edge in (512, 4 * KIB, BLOCK - 64, BLOCK - 32, BLOCK, 2 * BLOCK - 64, 2 * BLOCK, 64 * KIB, 10 * BLOCK):
        sizes |= {edge + offset for offset in range(-34, 3)}
    yield from map(of_size, sorted(sizes))
    yield b".\r\n" * 30_000
    yield b"..\r\n.x\r\n" * 10_000
    yield b"\r\n" * 40_000
    yield b"\r\r\n\n" * 9_000 + b"\r\n"
    yield b"\n.\n" * 20_000 + b"\r.\r" * 20_000 + b"\r\n"
    yield b"\0" * 70_000 + b"\r\n"
    yield bytes(range(256)) * 500 + b"\r\n"
    yield b"x" * 200_000 + b"\r\n" + b"y" * 200_000 + b"\r\n"
    yield b"a line without its end\n" * 5_000 + b"\r\n"
    for seed in range(40):
        yield mail.tricky(seed, 40 * seed * seed)


def transaction(content, sender=b"a@client.example", recipients=(b"b@sink.example",)):
    return (b"MAIL FROM:<" + sender + b">\r\n" + b"".join(b"RCPT TO:<%s>\r\n" % r for r in recipients) +
            b"DATA\r\n" + mail.stuffed(content) + b".\r\n")


def chunked(content):
    """A transaction whose message comes in several chunks, cut anywhere."""
    chance = random.Random(len(content))
    cuts = sorted(chance.randrange(len(content) + 1) for _ in range(chance.randrange(6)))
    chunks = [content[a:b] for a, b in zip([0, *cuts], [*cuts, len(content)])]
    last = len(chunks) - 1
    return (b"MAIL FROM:<a@client.example> BODY=BINARYMIME\r\nRCPT TO:<b@sink.example>\r\n" +
            b"".join(b"BDAT %d%s\r\n" % (len(chunk), b" LAST" if i == last else b"") + chunk
                     for i, chunk in enumerate(chunks)))


def sessions(messages, count):
    """The messages dealt out to that many sessions that never wait."""
    return [b"EHLO client.example\r\n" + b"".join(map(transaction, messages[i::count])) + b"QUIT\r\n"
            for i in range(count)]


class TestCase(mailvoid.TestCase):
    def capturing(self, *arguments, form="maildir", **more):
        """A sink, and the directory that it captures into."""
        directory = self.scratch() / "samples"
        return self.sink("--capture", directory, "--capture-format", form, *arguments, **more), directory

    def stopped(self, sink):
        """The counts of a sink that has been drained."""
        metrics = sink.scrape_when_idle()
        samples.assert_balanced(self, mailvoid.eventually("all samples are written", lambda: (
            (m := sink.scrape())["mailvoid_sink_capture_memory_bytes"] == 0 and m)))
        self.assertEqual(sink.stop().code, 0)
        return metrics


class Content(TestCase):
    def assert_all_kept(self, messages, form, *arguments, raw=False, count=20):
        sink, directory = self.capturing("--capture-when-behind", "wait", *arguments,
                                         *(["--capture-raw"] if raw else []), form=form)
        told = smtp_client.pour(sink.address, sessions(messages, count))
        ids = [i.decode() for octets in told for i in samples.ids_told(octets)]
        found = samples.read(directory, form, raw)  # before it is stopped: a 250 means that the file is there
        self.assertEqual(sorted(sample.id for sample in found), sorted(ids))
        self.assertEqual(len(ids), len(messages))
        self.assertEqual(samples.digests(sample.content for sample in found), samples.digests(messages))
        metrics = self.stopped(sink)
        self.assertEqual(metrics["mailvoid_sink_messages_accepted_total"], len(messages))
        self.assertEqual(metrics["mailvoid_sink_capture_samples_written_total"], len(messages))
        self.assertEqual(metrics["mailvoid_sink_capture_written_bytes_total"], sum(s.size for s in found))
        self.assertEqual(samples.left_over(directory, form), [])

    def test_horrors(self):
        messages = list(horrors())
        for form in ("maildir", "eml"):
            for raw in (False, True):
                with self.subTest(form=form, raw=raw):
                    self.assert_all_kept(messages, form, raw=raw)

    def test_horrors_through_small_buffers_and_little_memory(self):
        messages = list(horrors())
        random.Random(1).shuffle(messages)
        for size in ("512", "1000"):
            with self.subTest(buffers=size):
                self.assert_all_kept(messages, "eml", "--recv-buffer-size", size, "--capture-memory", "64k",
                                     "--shards", "2", "--capture-threads", "2")

    def test_the_corpus(self):
        messages = mail.corpus()
        for form in ("maildir", "eml"):
            with self.subTest(form=form):
                self.assert_all_kept(messages, form, count=50)

    def test_the_corpus_by_the_generator(self):
        for form in ("maildir", "eml"):
            with self.subTest(form=form):
                sink, directory = self.capturing("--capture-when-behind", "wait", form=form)
                self.load(sink.target, "--mail", mailvoid.CORPUS, "--messages", "6046", "--sessions", "100")
                self.stopped(sink)
                found = samples.read(directory, form)
                self.assertEqual(samples.digests(s.content for s in found), samples.digests(mail.corpus()))

    def test_octet_by_octet(self):
        sink, directory = self.capturing("--capture-when-behind", "wait")
        content = b".\r\n..\r\n\r.\n.\r\n\0\xff\r\n"
        with Client(sink.address) as client:
            for octet in sessions([content], 1)[0]:
                client.send(bytes([octet]))
            self.assertIn(b"221 ", client.closed())
        self.assertEqual([s.content for s in samples.read(directory, "maildir")], [content])

    def test_binary_chunks(self):
        """BDAT: no octet means anything, and none is lost where chunks and blocks end."""
        messages = list(horrors()) + [b"no line end", b"\r", b"..", b"\r\n.\r\n", random.Random(2).randbytes(3 * BLOCK)]
        for buffers in ("512", "64k"):
            with self.subTest(buffers=buffers):
                sink, directory = self.capturing("--capture-when-behind", "wait", "--recv-buffer-size", buffers,
                                                 form="eml")
                told = smtp_client.pour(sink.address, [
                    b"EHLO client.example\r\n" + b"".join(map(chunked, messages[i::10])) + b"QUIT\r\n"
                    for i in range(10)])
                found = samples.read(directory, "eml")
                self.assertEqual(samples.digests(s.content for s in found), samples.digests(messages))
                self.assertEqual(sum(len(samples.ids_told(octets)) for octets in told), len(messages))
                metrics = self.stopped(sink)
                self.assertEqual(metrics["mailvoid_sink_messages_accepted_total"], len(messages))

    def test_seven_bits_of_each_octet_by_rfc_821(self):
        directory = self.scratch() / "samples"
        sink = self.sink("--capture", directory, "--capture-when-behind", "wait",
                         listen=("127.0.0.1:0,protocol=rfc821",))
        content = b"na\xc3\xafve \x8d\x8a\xae\x80\r\n" * 5000
        smtp_client.pour(sink.address, [b"HELO x\r\n" + transaction(content) + b"QUIT\r\n"])
        (sample,) = samples.read(directory, "maildir")
        self.assertEqual(sample.content, b"naC/ve ????\r\n" * 5000)
        self.stopped(sink)

    def test_the_file_is_there_when_its_250_comes(self):
        sink, directory = self.capturing("--capture-when-behind", "wait", form="eml")
        with Client(sink.address).greet() as client:
            for _ in range(50):
                told = client.message().lines[0].split()[-1]
                self.assertTrue((directory / f"{told}.eml").exists())


class Selection(TestCase):
    def test_one_in_n_is_exact(self):
        messages = [b"%d\r\n" % i for i in range(700)]
        for behind in ("drop", "wait"):
            with self.subTest(behind):
                sink, directory = self.capturing("--sample", "1/7", "--shards", "1", "--capture-when-behind", behind)
                told = smtp_client.pour(sink.address, sessions(messages, 10))
                ids = [i.decode() for octets in told for i in samples.ids_told(octets)]
                self.assertEqual(self.stopped(sink)["mailvoid_sink_capture_samples_started_total"], 100)
                self.assertEqual(sorted(s.id for s in samples.read(directory, "maildir")), sorted(ids))
                self.assertEqual(len(ids), 100)

    def test_the_first_of_each_n_is_taken(self):
        sink, directory = self.capturing("--sample", "1/1000", "--shards", "1")
        with Client(sink.address).greet() as client:
            self.assertIn(", id ", client.message().lines[0])
            for _ in range(10):
                self.assertNotIn(", id ", client.message().lines[0])
        self.stopped(sink)
        self.assertEqual(len(samples.read(directory, "maildir")), 1)

    def test_transactions_without_a_message_leave_nothing(self):
        sink, directory = self.capturing("--max-message-size", "100k")
        begun = b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n"
        large = b"x" * 70 + b"\r\n"
        ends = [b"RSET\r\nQUIT\r\n", b"EHLO y\r\nQUIT\r\n", b"QUIT\r\n", b"DATA\r\n" + large * 5000 + b".\r\nQUIT\r\n"]
        smtp_client.pour(sink.address, [begun + end for end in ends])
        for sent in (begun, begun + b"DATA\r\n", begun + b"DATA\r\n" + large * 1000):
            with Client(sink.address) as client:
                client.send(sent)
                client.expect(220)
        metrics = self.stopped(sink)
        self.assertEqual(metrics["mailvoid_sink_capture_samples_aborted_total"], 7)
        self.assertEqual(samples.files(directory, "maildir"), [])
        self.assertEqual(samples.left_over(directory, "maildir"), [])


class Trace(TestCase):
    def trace(self, directory):
        (sample,) = samples.read(directory, "maildir")
        for path in samples.files(directory, "maildir"):
            path.unlink()
        return {name: None if value is None else value.decode() for name, value in sample.trace.groupdict().items()}

    def test_it_tells_of_the_dialogue(self):
        sink, directory = self.capturing("--hostname", "mx.example", "--capture-when-behind", "wait")
        with Client(sink.address) as client:
            client.expect(220)
            client.expect(250, "HELO one.example")
            client.begin_message(recipients=2)
            client.expect(250, ".")
            found = self.trace(directory)
            self.assertEqual((found["hello"], found["protocol"], found["by"], found["peer"], found["sender"]),
                             ("one.example", "SMTP", "mx.example", "127.0.0.1", "a@client.example"))
            self.assertIsNone(found["recipient"], "two recipients are not told of each other")
            client.expect(250, "EHLO [IPv6:::1]")
            client.expect(250, "MAIL FROM:<>")
            client.expect(250, "RCPT TO:<Postmaster>")
            client.expect(354, "DATA")
            client.expect(250, ".")
            found = self.trace(directory)
            self.assertEqual((found["hello"], found["protocol"], found["sender"], found["recipient"]),
                             ("[IPv6:::1]", "ESMTP", "", "Postmaster"))

    def test_ipv6_and_unix_sockets(self):
        path = self.scratch() / "smtp"
        sink, directory = self.capturing("--capture-when-behind", "wait", listen=("[::1]:0", f"unix:{path}"))
        with Client(sink.addresses[0]).greet() as client:
            client.message()
        self.assertEqual(self.trace(directory)["peer"], "IPv6:::1")
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(str(path))
            peer.sendall(b"EHLO local\r\n" + transaction(b"x\r\n") + b"QUIT\r\n")
            while peer.recv(65536):
                pass
        self.assertIsNone(self.trace(directory)["peer"])

    def test_nothing_a_client_says_breaks_out_of_its_field(self):
        sink, directory = self.capturing("--capture-when-behind", "wait")
        hostile = [b"x(y", b"x;Thu,01", b"a<b>c", b"\"q\"", b"by.x)with", b"=?utf-8?q?=0D=0A?=", b"h" * 3000]
        paths = [br'"\" X-Injected: 1"@b.example', br'"a b@c>\\ d"@e.example', br'"<x>;()"@[127.0.0.1]']
        session = b""
        for hello in hostile:
            session += b"EHLO " + hello + b"\r\n"
            for path in paths:
                session += transaction(b"x\r\n", path, [path])
        # Line ends and other controls in a command: refused, or the trace would have them.
        for bad in (b"a\rX-Injected: 1@b", b"\"a\nX-Injected: 1\"@b", b"a\0@b", b"\xc3\xbc@b", b"\"a\tb\"@c"):
            session += b"MAIL FROM:<" + bad + b">\r\nRSET\r\n" + b"EHLO " + bad + b"\r\n"
        smtp_client.pour(sink.address, [session + b"QUIT\r\n"])
        found = samples.read(directory, "maildir")
        self.assertEqual(len(found), len(hostile) * len(paths))
        for sample in found:  # each begins with exactly two fields, or read() would have failed
            self.assertEqual(sample.content, b"x\r\n")
            self.assertIn(sample.trace["sender"], paths)
            self.assertEqual(sample.trace["recipient"], sample.trace["sender"])
            self.assertLess(max(map(len, sample.trace[0].split(b"\r\n"))), 998)


class Start(TestCase):
    def refused(self, *arguments):
        return self.run_program("mailvoid-sink", "--listen", "127.0.0.1:0", "--admin", "off", *arguments)

    def test_a_directory_that_cannot_be_used_is_one_line(self):
        folder = self.scratch()
        (folder / "file").write_bytes(b"")
        for path in (folder / "file", folder / "no/such/parent", pathlib.Path("/proc/mailvoid")):
            self.assert_one_line(self.refused("--capture", path), f"--capture {path}", code=1)

    def test_options_that_mean_nothing_are_errors(self):
        self.assert_one_line(self.refused("--sample", "1/10"), "--sample", "--capture", code=2)
        self.assert_one_line(self.refused("--capture", "x", "--sample", "often"), "--sample", "often", code=2)

    def test_a_run_into_the_same_directory_adds_to_it(self):
        directory = self.scratch() / "samples"
        for run in range(3):
            sink = self.sink("--capture", directory)
            with Client(sink.address).greet() as client:
                client.message()
            self.stopped(sink)
            self.assertEqual(len(samples.read(directory, "maildir")), run + 1)


if __name__ == "__main__":
    mailvoid.main()
