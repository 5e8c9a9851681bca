#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One run of mailvoid-loadgen on several servers: who gets how many of the sessions, and what is told of each."""
import json
import pathlib

import admin
import mailvoid
import procfs
import secure_server


class Targets(mailvoid.TestCase):
    def test_share_the_sessions_by_weight(self):
        sinks = [self.sink(), self.sink()]
        run = self.load(f"{sinks[0].target}=3", sinks[1].target, "--sessions", "40", "--shards", "2", "--duration", "1s")
        connections = [sink.scrape()["mailvoid_sink_connections_total"] for sink in sinks]
        accepted = [sink.scrape()["mailvoid_sink_messages_accepted_total"] for sink in sinks]
        self.assertEqual(connections, [30, 10])
        self.assertGreater(min(accepted), 0)
        self.assertEqual([(each["name"], each["address"], each["weight"]) for each in run["targets"]],
                         [(sinks[0].target, sinks[0].target, 3), (sinks[1].target, sinks[1].target, 1)])
        self.assertEqual([each["connections"] for each in run["targets"]], connections)
        self.assertEqual([each["accepted"] for each in run["targets"]], accepted)
        self.assertEqual([each["latency_seconds"]["count"] for each in run["targets"]], accepted)
        self.assertEqual(run["target"], ", ".join(sink.target for sink in sinks))

    def test_share_the_messages_by_weight_if_each_has_a_connection(self):
        sinks = [self.sink(), self.sink(), self.sink()]
        for loop, spare in (((), 10), (("--rate", "2000/s", "--allow-invalid"), 0)):
            run = self.load(*(f"{sink.target}={weight}" for sink, weight in zip(sinks, (3, 2, 1))), "--shards", "2",
                            "--sessions", "10", "--messages-per-session", "1", "--messages", "600", *loop)
            for each, share in zip(run["targets"], (300, 200, 100)):
                # In a closed loop the last connection of a session may find no message left.
                self.assertAlmostEqual(each["accepted"], share, delta=spare)

    def test_one_that_is_dead_stops_no_other(self):
        sink = self.sink()
        run = self.load("127.0.0.1:1", sink.target, "--sessions", "20", "--messages", "1000", "--messages-per-session", "10")
        dead, alive = run["targets"]
        self.assertEqual((dead["connections"], dead["accepted"], alive["accepted"]), (0, 0, 1000))
        self.assertGreaterEqual(dead["errors"]["connect"]["refused"], 10)
        self.assertEqual(alive["errors"]["total"], 0)
        self.assertIn("127.0.0.1:1, weight 1: 0 connections", " ".join(run.ended.out.split()))

    def test_all_dead_are_all_named(self):
        ended = self.load("127.0.0.1:1", "127.0.0.1:2", "--sessions", "2", "--messages", "5", code=1).ended
        self.assertIn("nothing ever connected to 127.0.0.1:1, 127.0.0.1:2: connection refused, 10 times", ended.err)

    def test_come_from_a_file_as_well(self):
        sinks = [self.sink(), self.sink()]
        path = self.scratch() / "targets.toml"
        path.write_text("sessions = 8\nduration = '500ms'\n" + "".join(
            f'[[target]]\naddress = "{sink.target}"\nweight = {weight}\n' for sink, weight in zip(sinks, (1, 3))))
        run = self.load("--config", path)
        self.assertEqual([each["connections"] for each in run["targets"]], [2, 6])
        shown = self.run_program("mailvoid-loadgen", "--config", path, "--print-config").out
        self.assertIn(f'target = ["{sinks[0].target}", "{sinks[1].target}=3"]', shown)
        run = self.load("--config", path, sinks[0].target)
        self.assertEqual([each["connections"] for each in run["targets"]], [8], "the command line comes first")

    def test_may_be_of_different_kinds(self):
        unix = f"unix:{self.scratch()}/sink"
        sinks = [self.sink("--listen", unix), self.sink()]
        run = self.load(unix, sinks[1].target, "--sessions", "8", "--duration", "500ms", "--source", "127.0.0.1")
        self.assertEqual([each["connections"] for each in run["targets"]], [4, 4])
        self.assertEqual(run["errors.total"], 0)

    def test_verify_each_its_own_name(self):
        folder, ports, trusted = self.scratch(), [], ""
        for name in ("localhost", "other.example"):  # and 127.0.0.1, both of them
            (folder / name).mkdir()
            certificate, key = secure_server.make_certificate(folder / name, name)
            sink = self.sink("--tls-cert", certificate, "--tls-key", key)
            ports.append(sink.address[1])
            trusted += pathlib.Path(certificate).read_text()
        (folder / "trusted.pem").write_text(trusted)
        run = self.load(f"localhost:{ports[0]}", f"127.0.0.1:{ports[1]}", f"localhost:{ports[1]}", "--sessions", "6",
                        "--messages", "60", "--messages-per-session", "2", "--tls", "starttls", "--tls-ca",
                        folder / "trusted.pem", "--tls-resume", "100", "--shards", "1")
        right, numeric, wrong = run["targets"]
        for each in (right, numeric):
            self.assertEqual(each["errors"]["total"], 0)
            self.assertGreater(each["accepted"], 0)
            self.assertGreater(each["tls"]["resumed"], 0, "with a ticket of its own")
        self.assertEqual(wrong["accepted"], 0)
        self.assertGreater(wrong["errors"]["tls"]["peer_certificate"], 0)

    def test_are_told_apart_by_the_metrics(self):
        sinks = [self.sink(), self.sink()]
        program = self.start(mailvoid.Program([
            mailvoid.BIN / "mailvoid-loadgen", f"{sinks[0].target}=3", sinks[1].target, "127.0.0.1:1", "--sessions", "10",
            "--duration", "1h", "--admin", "127.0.0.1:0"]))
        for sink in sinks:
            sink.wait_for_messages(100)
        held = procfs.sockets_of(program.pid)
        address = next(address for address, inodes in procfs.listeners().items() if inodes & held)
        metrics = admin.Admin(address).scrape()

        def values(name):
            return [metrics[f'mailvoid_loadgen_target_{name}{{target="{target}"}}']
                    for target in (sinks[0].target, sinks[1].target, "127.0.0.1:1")]
        self.assertEqual(values("connections_total")[2], 0)
        self.assertGreaterEqual(values("connections_total")[0], 6)
        self.assertGreater(values("errors_total")[2], 0)
        self.assertGreater(min(values("messages_accepted_total")[:2]), 0)
        self.assertEqual(values("errors_total")[:2], [0, 0])

    def test_merge_by_name(self):
        sinks = [self.sink(), self.sink()]
        paths = []
        for part, targets in enumerate(([sinks[0].target, sinks[1].target], [sinks[1].target])):
            paths.append(self.scratch() / "part.json")
            ended = self.run_program("mailvoid-loadgen", *targets, "--admin", "off", "--sessions", "4", "--messages", "100",
                                     "--shard-of", f"{part}/2", "--json", paths[-1])
            self.assertEqual(ended.code, 0, ended)
        merged = json.loads(self.run_program("mailvoid-loadgen", "merge", *paths).out)
        parts = [json.loads(path.read_text()) for path in paths]
        self.assertEqual([(each["name"], each["weight"]) for each in merged["targets"]],
                         [(sink.target, 1) for sink in sinks])
        self.assertEqual(merged["targets"][0], parts[0]["targets"][0])
        both = [parts[0]["targets"][1], parts[1]["targets"][0]]
        for member in ("accepted", "connections", "bytes"):
            self.assertEqual(merged["targets"][1][member], sum(each[member] for each in both), member)
        self.assertEqual(merged["targets"][1]["latency_seconds"]["count"], sum(each["accepted"] for each in both))
        self.assertEqual(merged["target"], ", ".join(sink.target for sink in sinks))

    def test_are_refused_if_they_make_no_sense(self):
        for arguments, parts in (
                (["127.0.0.1:25=0"], ["TARGET", "'127.0.0.1:25=0' has a weight that must be 1 to 1000000"]),
                (["127.0.0.1:25", "127.0.0.1:25=2"], ["TARGET", "given twice"]),
                ([f"127.0.0.1:{port}" for port in range(1, 66)], ["TARGET", "65 are too many: at most 64"]),
                (["127.0.0.1:25", "localhost"], ["TARGET", "'localhost' names no port"]),
                (["--target", "127.0.0.1:25", "--target"], ["--target", "needs a value"])):
            self.assert_one_line(self.run_program("mailvoid-loadgen", *arguments), *parts, code=2)
        for arguments, parts in (
                (["127.0.0.1:25", "192.0.2.1:25"], ["192.0.2.1:25 is a public address"]),
                (["127.0.0.1:25", "[::1]:25", "--source", "127.0.0.1"], ["--source", "[::1]:25"])):
            self.assert_one_line(self.run_program("mailvoid-loadgen", *arguments, "--admin", "off"), *parts, code=1)


if __name__ == "__main__":
    mailvoid.main()
