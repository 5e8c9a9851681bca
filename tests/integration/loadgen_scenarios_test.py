#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The scenario files that come with mailvoid-loadgen: each is in order, reads back from --print-config, and runs."""
import re

import mailvoid

FOLDER = mailvoid.ROOT / "loadgen/scenarios"
# The same in a second or two.
SHORT = {
    "greylisting": ("--duration", "2s", "--warm-up", "500ms", "--rate", "20/s", "--retry-delay", "100ms"),
    "hostile-clients": ("--duration", "2s", "--warm-up", "500ms", "--rate", "20/s", "--bad-time", "500ms"),
    "newsletter-burst": ("--messages", "30"),
    "ramp-to-break": ("--stage", "step:20..60/s:2s:2"),
    "smoke": (),
    "soak": ("--duration", "2s", "--warm-up", "500ms"),
    "spike": ("--stage", "hold:20/s:500ms", "--stage", "spike:20..100/s:1s"),
    "steady": ("--duration", "2s", "--warm-up", "500ms", "--cool-down", "200ms", "--rate", "50/s"),
    "tls-storm": ("--duration", "2s", "--warm-up", "500ms", "--rate", "20/s"),
}


class Scenarios(mailvoid.TestCase):
    def settings(self, *arguments):
        """What --print-config says, without where it is from."""
        ended = self.run_program("mailvoid-loadgen", "127.0.0.1:9", *arguments, "--print-config")
        self.assertEqual(ended.code, 0, ended)
        lines = [re.sub(r" +# .*$", "", line) for line in ended.out.splitlines()]
        return ended.out, [line for line in lines if line and not line.startswith(("#", "config ="))]

    def test_all_of_them_are_tested(self):
        self.assertEqual({path.stem for path in FOLDER.glob("*.toml")}, set(SHORT))

    def test_each_is_in_order_and_reads_back(self):
        for path in sorted(FOLDER.glob("*.toml")):
            with self.subTest(path.stem):
                checked = self.run_program("mailvoid-loadgen", "127.0.0.1:9", "--config", path, "--check-config")
                self.assertEqual((checked.code, checked.err), (0, ""), checked)
                printed, settings = self.settings("--config", path)
                again = self.scratch() / "again.toml"
                again.write_text(printed)
                self.assertEqual(self.settings("--config", again)[1], settings)

    def test_each_runs(self):
        sink = self.sink("--tls-self-signed")
        for name, short in SHORT.items():
            with self.subTest(name):
                # How fast this machine is at the moment is no matter of the file.
                run = self.load(sink.target, "--config", FOLDER / f"{name}.toml", *short, "--allow-invalid",
                                "--threshold", "errors<1")
                self.assertGreater(run["messages.accepted"], 10)
                self.assertEqual(run["messages.accepted"], run["messages.started"])


class Keys(mailvoid.TestCase):
    def test_every_flag_has_its_key(self):
        told = self.run_program("mailvoid-loadgen", "--help").out
        flags = set(re.findall(r"(?m)^  (?:-\w, )?--(?:\[no-\])?([\w-]+)", told))
        printed = self.run_program("mailvoid-loadgen", "127.0.0.1:9", "--print-config").out
        keys = set(re.findall(r"(?m)^#? ?([\w-]+) =", printed)) | set(re.findall(r"(?m)^# ([\w-]+)\b", printed))
        self.assertGreater(len(flags), 50)
        self.assertEqual(flags - keys - {"help", "version", "config", "print-config", "check-config"}, set())

    def test_what_is_wrong_names_file_line_and_key(self):
        path = self.scratch() / "scenario.toml"
        for text, line, key in [("sessions = 5\nrat = \"5/s\"\n", 2, "rat"), ("\n\nrate = \"fast\"\n", 3, "rate"),
                                ("[[stage]]\nshape = \"ramp\"\nrate = \"0..5/s\"\n", 1, "stage"),
                                ("rate = \"5/s\"\nthreshold = [\"errors\"]\n", 2, "threshold")]:
            with self.subTest(key):
                path.write_text(text)
                ended = self.run_program("mailvoid-loadgen", "127.0.0.1:9", "--config", path)
                self.assert_one_line(ended, f"{path}:{line}: {key}: ", code=2)


if __name__ == "__main__":
    mailvoid.main()
