#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-sink --capture when things go wrong: no memory, no space, no mercy. The mail goes on, what is lost is
counted, and a file with a final name is whole."""
import hashlib
import os
import pathlib
import random
import re
import resource
import subprocess
import time

import mailvoid
import samples
from smtp_client import Client

MESSAGES = "mailvoid_sink_messages_accepted_total"
WRITTEN = "mailvoid_sink_capture_samples_written_total"
ERRORS = "mailvoid_sink_capture_write_errors_total"


def sealed(seed):
    """A message that tells its own length and digest, so that any part of it is known to be one."""
    dice = random.Random(seed)
    size = dice.choice([100, 3000, 16_000, 40_000, 300_000])
    body = b"".join(b"%076d\r\n" % dice.getrandbits(200) for _ in range(size // 78 + 1))
    return b"X-Octets: %d\r\nX-Digest: %s\r\n\r\n" % (len(body), hashlib.sha256(body).hexdigest().encode()) + body


def is_whole(octets):
    """Of a sealed message, with or without trace lines before it."""
    match = re.search(rb"X-Octets: (\d+)\r\nX-Digest: (\w+)\r\n\r\n", octets)
    body = octets[match.end():] if match else b""
    return (match is not None and len(body) == int(match[1]) and
            hashlib.sha256(body).hexdigest().encode() == match[2])


class TestCase(mailvoid.TestCase):
    def capturing(self, *arguments, **more):
        directory = self.scratch() / "samples"
        return self.sink("--capture", directory, "--capture-format", "eml", *arguments, **more), directory

    def settled(self, sink):
        """The counts once nothing is under way."""
        sink.scrape_when_idle()
        metrics = mailvoid.eventually("all samples are written", lambda: (
            (m := sink.scrape())["mailvoid_sink_capture_memory_bytes"] == 0 and m))
        samples.assert_balanced(self, metrics)
        return metrics


class Behind(TestCase):
    def test_samples_are_dropped_and_not_mail(self):
        sink, directory = self.capturing("--capture-memory", "16k", "--shards", "1")
        run = self.load(sink.target, "--size", "200k", "--messages", "500", "--sessions", "20")
        metrics = self.settled(sink)
        self.assertEqual(metrics[MESSAGES], 500)
        self.assertEqual(run["messages.accepted"], 500)
        self.assertEqual(metrics["mailvoid_sink_capture_samples_started_total"], 500)
        self.assertEqual(set(samples.drops(metrics)), {"memory"})
        self.assertEqual(metrics[WRITTEN] + samples.drops(metrics)["memory"], 500)
        found = samples.read(directory, "eml")
        self.assertEqual(len(found), metrics[WRITTEN])
        self.assertEqual({len(s.content) for s in found} | {200 * 1024}, {200 * 1024})
        self.assertEqual(samples.left_over(directory, "eml"), [])

    def test_sessions_wait_for_memory_and_lose_nothing(self):
        sink, directory = self.capturing("--capture-memory", "32k", "--shards", "2", "--capture-when-behind", "wait")
        self.load(sink.target, "--size", "1M", "--messages", "150", "--sessions", "50")
        metrics = self.settled(sink)
        self.assertEqual(metrics[WRITTEN], 150)
        self.assertGreater(metrics["mailvoid_sink_capture_block_waits_total"], 0)
        self.assertEqual(metrics["mailvoid_sink_capture_memory_bytes_max"], 32 * 1024)
        self.assertEqual({len(s.content) for s in samples.read(directory, "eml")}, {1024 * 1024})

    def test_max_bytes_is_never_exceeded(self):
        for behind in ("drop", "wait"):
            with self.subTest(behind):
                sink, directory = self.capturing("--capture-max-bytes", "1M", "--capture-when-behind", behind)
                self.load(sink.target, "--size", "20k", "--messages", "400", "--sessions", "20")
                metrics = self.settled(sink)
                self.assertEqual(metrics[MESSAGES], 400)
                kept = sum(path.stat().st_size for path in samples.files(directory, "eml"))
                self.assertEqual(kept, metrics["mailvoid_sink_capture_written_bytes_total"])
                self.assertLessEqual(kept, 1024 * 1024)
                self.assertGreater(kept, 400 * 1024)
                self.assertEqual(samples.drops(metrics), {"max_bytes": 400 - metrics[WRITTEN]})
                self.assertEqual(samples.left_over(directory, "eml"), [])

    def test_what_is_complete_is_written_before_the_end(self):
        sink, directory = self.capturing("--json", "-")
        with Client(sink.address).greet() as client:
            for _ in range(200):
                client.message("x" * 50_000 + "\r\n")
            ended = sink.stop()
        self.assertEqual(ended.code, 0, ended)
        self.assertEqual(len(samples.read(directory, "eml")), 200)
        self.assertRegex(ended.err, r"(?m)^  samples written +200$")
        self.assertRegex(ended.out, r'"written": 200,')


class FullDisk(TestCase):
    def lines(self, sink):
        return re.findall(r"(?m)^mailvoid-sink: --capture: cannot write to .*$", sink.err)

    def assert_full_and_recovered(self, sink, paths, fill, empty, error):
        """Mail goes on while nothing can be written, and samples are written again when it can."""
        with Client(sink.address).greet() as client:
            self.assertIn(", id ", client.message("x" * 50_000 + "\r\n").lines[0])
            fill()
            start = time.monotonic()
            for _ in range(300):
                self.assertNotIn(", id ", client.message("x" * 50_000 + "\r\n").lines[0])
            took = time.monotonic() - start
            metrics = sink.scrape()
            self.assertEqual(metrics.by_label(ERRORS), {error: 300})
            self.assertEqual(samples.drops(metrics), {"write_error": 300})
            self.assertGreaterEqual(len(self.lines(sink)), 1)
            self.assertLessEqual(len(self.lines(sink)), took + 1)
            self.assertEqual(len(paths()), 1, "nothing is left of what could not be written")
            empty()
            self.assertIn(", id ", client.message("x" * 50_000 + "\r\n").lines[0])
        self.assertEqual(self.settled(sink)[WRITTEN], 2)
        self.assertEqual({path.stat().st_size > 50_000 for path in paths()}, {True})
        self.assertEqual(sink.stop().code, 0)

    def test_a_limit_of_file_size(self):
        sink, directory = self.capturing("--capture-when-behind", "wait")
        _, hard = resource.prlimit(sink.pid, resource.RLIMIT_FSIZE)
        self.assert_full_and_recovered(
            sink, lambda: list(directory.iterdir()),
            # Its own log must still find room.
            lambda: resource.prlimit(sink.pid, resource.RLIMIT_FSIZE, (20_000, hard)),
            lambda: resource.prlimit(sink.pid, resource.RLIMIT_FSIZE, (hard, hard)), "too_large")

    def test_no_space(self):
        """In a file system of its own that is nearly full."""
        where = self.scratch()
        unshare = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
        mount = [*unshare, "sh", "-c", 'mount -t tmpfs -o size=400k none "$0" && exec "$@"', where]
        if subprocess.run([*mount, "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("this machine lets nobody mount; test_a_limit_of_file_size goes the same way")
        sink = self.sink("--capture", where / "samples", "--capture-format", "eml", "--capture-when-behind", "wait",
                         under=mount)
        inside = pathlib.Path(f"/proc/{sink.pid}/root{where}")
        filler = inside / "filler"

        def fill():
            with open(filler, "wb", buffering=0) as file:
                try:
                    while True:
                        file.write(b"x" * 4096)
                except OSError:
                    pass
            os.truncate(filler, max(filler.stat().st_size - 20_000, 0))
        self.assert_full_and_recovered(sink, lambda: list((inside / "samples").iterdir()), fill, filler.unlink,
                                       "no_space")

    def test_a_directory_that_is_moved_is_still_the_one(self):
        sink, directory = self.capturing("--capture-when-behind", "wait")
        directory.rename(directory.parent / "elsewhere")
        with Client(sink.address).greet() as client:
            self.assertIn(", id ", client.message().lines[0])
        self.assertEqual(len(samples.read(directory.parent / "elsewhere", "eml")), 1)


class Killed(TestCase):
    def test_every_file_with_a_final_name_is_whole(self):
        mail = self.scratch()
        for seed in range(60):
            (mail / f"{seed}.eml").write_bytes(sealed(seed))
        dice = random.Random(0)
        whole = cut = 0
        for form in ("maildir", "eml"):
            directory = self.scratch() / "samples"
            for run in range(10):
                sink = self.sink("--capture", directory, "--capture-format", form, "--sample", ("all", "1/3")[run % 2],
                                 "--capture-when-behind", ("wait", "drop")[run // 2 % 2])
                self.assertEqual(samples.left_over(directory, form), [], "the run before has left nothing")
                load = self.start_loadgen(sink.target, "--mail", mail, "--sessions", "30", "--duration", "1m")
                already = len(samples.files(directory, form))
                more = dice.randrange(5, 200)
                mailvoid.eventually(f"{more} more files are there", lambda: (
                    len(samples.files(directory, form)) >= already + more))
                sink.process.kill()
                sink.process.wait(mailvoid.PATIENCE)
                load.discard()
                cut += sum(not is_whole(path.read_bytes()) for path in samples.left_over(directory, form))
                for sample in samples.read(directory, form):
                    self.assertTrue(is_whole(sample.content), sample.content[:200])
                    whole += 1
                for path in samples.files(directory, form)[1:]:
                    path.unlink()
        self.assertGreater(whole, 20 * 5)
        self.assertGreater(cut, 0, "it was never killed while it wrote: this test has proved nothing")


if __name__ == "__main__":
    mailvoid.main()
