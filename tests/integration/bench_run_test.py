#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bench/e2e/run in its smallest: it measures real runs, counts them on both sides, and leaves nothing behind.
How fast they were is nobody's business here."""
import pathlib
import signal
import sys

import mailvoid
import peers

E2E = mailvoid.ROOT / "bench/e2e"
sys.path.insert(0, str(E2E))
import results  # noqa: E402


class Run(mailvoid.TestCase):
    def bench(self, *arguments):
        environment = mailvoid.clean_environment(MAILVOID_BIN=str(mailvoid.BIN))
        command = [sys.executable, E2E / "run", "--no-setup", *arguments]
        return self.start(mailvoid.Program(command, environment=environment))

    def measure(self, *arguments, code=0):
        mailvoid.needed(peers.POSTFIX / "sbin/smtp-source")
        path = self.scratch() / "results.json"
        ended = self.bench("--quick", "--rounds", "1", "--json", path, *arguments).wait(300)
        self.assertEqual(ended.code, code, ended)
        return ended, results.load(path)

    def test_sinks_take_what_was_sent(self):
        ended, document = self.measure("--cases", "kept-100", "--no-instructions",
                                       "--programs", "mailvoid-sink,floor-sink uring,smtp-sink")
        runs = {run["program"]: run for run in document["cases"][0]["rounds"][0]}
        self.assertEqual(sorted(runs), ["floor-sink uring", "mailvoid-sink", "smtp-sink"], ended)
        for run in runs.values():
            self.assertEqual(run["messages"], 3000)
            self.assertGreater(run["cpu_seconds"], 0)
            self.assertLess(run["cpu_seconds"], run["wall_seconds"] + 1)
            self.assertGreater(run["peak_resident_bytes"], 0)
        self.assertEqual(runs["mailvoid-sink"]["messages_server"], 3000)
        self.assertEqual(runs["floor-sink uring"]["messages_server"], 3000)
        self.assertIn("Promises", ended.out)

    def test_generators_send_what_was_asked(self):
        names = ["mailvoid-loadgen, unpipelined", "mailvoid-loadgen, pipelined", "floor-client uring, overlap",
                 "floor-client epoll, none"]
        _, document = self.measure("--cases", "generators-floor", "--no-instructions",
                                   "--programs", ";".join(names))
        for run in document["cases"][0]["rounds"][0]:
            self.assertEqual(run["messages"], run["messages_server"], run)
        self.assertEqual(sorted(document["cases"][0]["programs"]), sorted(names))

    def test_idle_sessions_are_held_and_answer(self):
        _, document = self.measure("--cases", "idle", "--programs", "mailvoid-sink")
        self.assertEqual(document["idle"]["runs"][0]["sessions"], 1500)

    def test_interrupted_it_ends_its_children_and_says_so(self):
        bench = self.bench("--cases", "kept-100", "--programs", "mailvoid-sink,smtp-sink", "--rounds", "50",
                           "--json", self.scratch() / "results.json")
        bench.wait_for_error_text("round 1 of 50: ")
        bench.signal(signal.SIGINT)
        ended = bench.wait(30)
        self.assertEqual(ended.code, 130, ended)
        self.assertIn("interrupted", ended.err)
        self.assertEqual([], self.left_behind(bench.pid))

    @staticmethod
    def left_behind(parent):
        """The programs that were started from the build or from the tools, by that process or an orphan's."""
        found = []
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes().split(b"\0")[0].decode(errors="replace")
                stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            ours = command.startswith((str(mailvoid.BIN), str(mailvoid.TOOLS)))
            if ours and int(stat.rpartition(")")[2].split()[1]) in (parent, 1):
                found.append(folder.name)
        return found


if __name__ == "__main__":
    mailvoid.main()
