#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--pin of both programs: the shards stay on their CPUs, and nobody else does."""
import json
import os

import mailvoid
import procfs

CPUS = sorted(os.sched_getaffinity(0))


def allowed(pid):
    """The CPUs that each thread may run on, by name and in the order of their making."""
    tasks = sorted(os.listdir(f"/proc/{pid}/task"), key=int)
    statuses = [procfs.status(f"{pid}/task/{task}") for task in tasks]
    return [(status["Name"], status["Cpus_allowed_list"]) for status in statuses]


class Pin(mailvoid.TestCase):
    def assert_pinned(self, pid, prefix, cpus):
        everywhere = procfs.status("self")["Cpus_allowed_list"]
        # A thread pins itself as soon as it runs.
        mailvoid.eventually("the shards are pinned", lambda: (
            dict(allowed(pid)).get(f"{prefix}-{len(cpus) - 1}") == str(cpus[-1])))
        threads = allowed(pid)
        self.assertEqual([where for name, where in threads if name.startswith(prefix)], list(map(str, cpus)))
        others = {where for name, where in threads if not name.startswith(prefix)}
        self.assertEqual(others, {everywhere}, threads)

    def test_the_sinks_shards_take_the_cpus_in_order(self):
        path = self.scratch() / "summary.json"
        sink = self.sink("--pin", "auto", "--json", path)
        self.assert_pinned(sink.pid, "sink-shard", CPUS)
        self.assertRegex(sink.err, r", shards on CPUs \d[\d,-]*\n")
        self.assertEqual(sink.stop().code, 0)
        self.assertEqual(json.loads(path.read_text())["shard_cpus"], CPUS)

    def test_the_sinks_shards_take_the_cpus_of_a_list(self):
        sink = self.sink("--shards", "1", "--pin", str(CPUS[-1]))
        self.assert_pinned(sink.pid, "sink-shard", CPUS[-1:])

    def test_the_generators_shards_take_the_cpus_of_a_list(self):
        sink, backwards = self.sink("--shards", "1"), CPUS[::-1]
        path = self.scratch() / "result.json"
        load = self.start(mailvoid.Program([
            mailvoid.BIN / "mailvoid-loadgen", "--admin", "127.0.0.1:0", "--pin", ",".join(map(str, backwards)),
            "--shards", str(len(CPUS)), "--sessions", "10", "--duration", "1h", "--json", path, sink.target]))
        sink.wait_for_messages(10)
        self.assert_pinned(load.pid, "load-shard", backwards)
        load.signal(2)
        ended = load.wait()
        self.assertEqual(ended.code, 130, ended)
        self.assertIn("(CPUs ", ended.out)
        self.assertEqual(json.loads(path.read_text())["options"]["shard_cpus"], backwards)

    def test_nothing_is_pinned_unless_asked_for(self):
        sink = self.sink()
        self.assertEqual({where for _, where in allowed(sink.pid)}, {procfs.status("self")["Cpus_allowed_list"]})

    def test_what_cannot_be_is_refused_by_name(self):
        missing = CPUS[-1] + 1
        for program, more in (("mailvoid-sink", ()), ("mailvoid-loadgen", ("127.0.0.1:9",))):
            for arguments, part in (
                    (("--pin", "some"), "neither auto, off nor a list"),
                    (("--pin", "1-0"), "neither auto, off nor a list"),
                    (("--pin", str(missing)), f"CPU {missing} is not one"),
                    (("--pin", "auto", "--shards", str(len(CPUS) + 1)), "need a CPU each"),
                    (("--pin", str(CPUS[0]), "--shards", "2"), "need a CPU each")):
                with self.subTest(f"{program} {arguments}"):
                    ended = self.run_program(program, *arguments, *more)
                    self.assert_one_line(ended, "--pin", part, code=2)


if __name__ == "__main__":
    mailvoid.main()
