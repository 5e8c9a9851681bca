#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Both programs under the thread sanitizer and under load: any report fails the test.

What the kernel does for a ring the sanitizer does not see; it need not, for shards share no memory that a ring
writes. What threads do share (mailboxes, totals, counters that somebody scrapes, writers of samples) it sees.
"""
import json
import signal
import threading

import mailvoid
import procfs
from admin import Admin

EXIT_CODE = 66  # of a program that had something to report
SHARDS = "3"


class RaceTestCase(mailvoid.TestCase):
    def setUp(self):
        version = self.run_program("mailvoid-sink", "--version").out
        self.assertIn(", thread", version, "the programs are not built with the thread sanitizer")
        self.folder = self.scratch()
        self.environment = mailvoid.clean_environment(
            TSAN_OPTIONS=f"log_path={self.folder}/report:exitcode={EXIT_CODE}:halt_on_error=0")

    def assert_no_report(self, *ended):
        reports = "\n".join(path.read_text("utf-8", "replace") for path in self.folder.glob("report*"))
        self.assertEqual(reports, "")
        self.assertNotIn(EXIT_CODE, [one.code for one in ended], ended)

    def race_sink(self, *arguments, **more):
        return self.sink("--shards", SHARDS, *arguments, environment=self.environment, **more)

    def race_load(self, target, *arguments):
        """A generator that is running, and its admin port."""
        load = self.start(mailvoid.Program(
            [mailvoid.BIN / "mailvoid-loadgen", "--shards", SHARDS, "--admin", "127.0.0.1:0", *arguments, target],
            environment=self.environment))
        return load

    def scrape_while_it_sends(self, sink, messages, *ports):
        """Scrapes these ports by a thread each, ten times and until that many messages are accepted."""
        failures = []

        def scrape(port):
            scrapes = 0
            while scrapes < 10 or sink.scrape()["mailvoid_sink_messages_accepted_total"] < messages:
                if port.get("/metrics?shards=1")[0] != 200:
                    failures.append(port.address)
                    return
                scrapes += 1
        threads = [threading.Thread(target=scrape, args=(port,)) for port in ports]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])


class Races(RaceTestCase):
    def test_load_scrapes_and_a_drain_in_the_middle(self):
        path = self.scratch() / "sink.sock"
        sink = self.race_sink("--trace", listen=("127.0.0.1:0", f"unix:{path}"))
        loads = [self.race_load(target, "--sessions", "30", "--duration", "1h", *more)
                 for target, more in ((sink.target, ()),
                                      (f"unix:{path}", ("--messages-per-session", "3", "--size", "100k")))]
        sink.wait_for_messages(2000)
        self.scrape_while_it_sends(sink, 6000, sink.admin, sink.admin)
        sink.signal(signal.SIGTERM)
        for load in loads:
            load.signal(signal.SIGINT)
        ended = [program.wait() for program in (sink, *loads)]
        self.assert_no_report(*ended)
        self.assertEqual([one.code for one in ended], [0, 130, 130], ended)

    def test_the_generator_is_watched_while_it_sends_real_mail(self):
        corpus = sorted(mailvoid.CORPUS.rglob("*.txt"))
        self.assertGreater(len(corpus), 6000, "the corpus is missing: scripts/setup test fetches it")
        sink, path = self.race_sink(), self.folder / "result.json"
        load = self.race_load(sink.target, "--sessions", "60", "--duration", "1h", "--mail", mailvoid.CORPUS,
                              "--json", path)
        sink.wait_for_messages(10)
        self.scrape_while_it_sends(sink, 6046, Admin(self.admin_address(load, sink)), sink.admin)
        load.signal(signal.SIGINT)
        self.assertEqual(load.wait().code, 130)
        accepted = json.loads(path.read_text())["messages"]["accepted"]
        self.assertEqual(sink.scrape_when_idle()["mailvoid_sink_messages_accepted_total"], accepted)
        self.assert_no_report(load.wait(), sink.stop())

    def admin_address(self, load, sink):
        held = procfs.sockets_of(load.pid)
        found = [address for address, inodes in procfs.listeners().items() if inodes & held]
        self.assertEqual(len(found), 1, found)
        return found[0]

    def test_samples_go_to_writers_and_come_back(self):
        for behind in ("drop", "wait"):
            with self.subTest(behind):
                directory = self.scratch() / "samples"
                sink = self.race_sink("--capture", directory, "--capture-memory", "512k", "--capture-threads", "2",
                                      "--capture-when-behind", behind)
                load = self.race_load(sink.target, "--sessions", "30", "--duration", "1h", "--size", "40k",
                                      "--messages-per-session", "5")
                sink.wait_for_messages(500)
                self.scrape_while_it_sends(sink, 1500, sink.admin)
                sink.signal(signal.SIGTERM)
                load.signal(signal.SIGINT)
                ended = [program.wait() for program in (sink, load)]
                self.assert_no_report(*ended)
                self.assertEqual(ended[0].code, 0, ended)

    def test_the_last_message_is_counted_by_whichever_shard(self):
        sink = self.race_sink("--exit-after", "3000", "--max-connections", "40")
        load = self.race_load(sink.target, "--sessions", "60", "--duration", "1h", "--messages-per-session", "2")
        ended = sink.wait()
        load.signal(signal.SIGINT)
        self.assertRegex(ended.out, r"messages accepted +3,000\n")
        self.assert_no_report(ended, load.wait())


if __name__ == "__main__":
    mailvoid.main()
