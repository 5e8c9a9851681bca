#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-sink takes its settings from a file, and each listener what differs there."""
import pathlib
import smtplib
import subprocess

import mailvoid

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "sink" / "example.toml"


class File(mailvoid.TestCase):
    def file(self, text):
        path = self.scratch() / "sink.toml"
        path.write_text(text)
        return path

    def run_sink(self, *arguments):
        return subprocess.run([mailvoid.BIN / "mailvoid-sink", *map(str, arguments)], capture_output=True, text=True,
                              timeout=mailvoid.PATIENCE, check=False)

    def test_the_example_is_in_order(self):
        checked = self.run_sink("--config", EXAMPLE, "--check-config")
        self.assertEqual((checked.returncode, checked.stdout, checked.stderr),
                         (0, f"mailvoid-sink: {EXAMPLE} is in order\n", ""))

    def test_what_print_config_writes_reads_back_to_the_same(self):
        first = self.run_sink("--config", EXAMPLE, "--print-config")
        self.assertEqual(first.returncode, 0, first.stderr)
        path = self.file(first.stdout)
        again = self.run_sink("--config", path, "--print-config")
        self.assertEqual(again.returncode, 0, again.stderr)

        def values(text):
            return [line.split("#")[0].strip() for line in text.splitlines() if "=" in line.split("#")[0]]
        self.assertEqual(values(again.stdout), values(first.stdout))

    def test_a_fault_is_told_with_file_line_and_key(self):
        cases = (
            ("\nmax-conections = 5\n", 2, "max-conections: there is no setting of that name; did you mean max-connections?"),
            ("max-connections = '5'\n", 1, "max-connections: must be a number, without quotes"),
            ("[[listener]]\naddress = '127.0.0.1:0'\nprotocol = 'x'\n", 3, "protocol: 'x' is unknown; it can be smtp, lmtp, rfc821"),
            ("[[listener]]\nprotocol = 'lmtp'\n", 1, "listener: has no address = \"ADDR:PORT\""),
            ("[[listner]]\n", 1, "listner: there is no table of that name; did you mean [[listener]]?"),
            ("shards = 2\nshards = 3\n", 2, None),
        )
        for text, line, what in cases:
            with self.subTest(text=text):
                path = self.file(text)
                refused = self.run_sink("--config", path, "--check-config")
                self.assertEqual((refused.returncode, refused.stdout), (2, ""))
                if what is None:
                    self.assertTrue(refused.stderr.startswith(f"mailvoid-sink: {path}:{line}: "), refused.stderr)
                else:
                    self.assertEqual(refused.stderr, f"mailvoid-sink: {path}:{line}: {what}\n")

    def test_each_listener_serves_as_its_table_says(self):
        path = self.file("""
            hostname = "all.example"
            max-recipients = 50
            [[listener]]
            address = "127.0.0.1:0"
            [[listener]]
            address = "127.0.0.1:0"
            hostname = "few.example"
            max-recipients = 2
            disable = ["VRFY", "PIPELINING"]
            [[listener]]
            address = "127.0.0.1:0"
            protocol = "lmtp"
            [[listener]]
            address = "127.0.0.1:0"
            no-mail = true
        """)
        sink = self.sink("--config", path, listen=())
        plain, few, lmtp, none = sink.addresses
        with smtplib.SMTP(*plain, timeout=mailvoid.PATIENCE) as client:
            self.assertEqual(client.ehlo()[1].split(b"\n")[0], b"all.example")
            self.assertTrue(client.has_extn("pipelining"))
            self.assertEqual(client.verify("bob")[0], 252)
        with smtplib.SMTP(*few, timeout=mailvoid.PATIENCE) as client:
            self.assertEqual(client.ehlo()[1].split(b"\n")[0], b"few.example")
            self.assertFalse(client.has_extn("pipelining"))
            self.assertEqual(client.verify("bob")[0], 502)
            client.mail("a@b.example")
            codes = [client.rcpt(f"{i}@b.example")[0] for i in range(3)]
            self.assertEqual(codes, [250, 250, 452])
        with smtplib.LMTP(*lmtp) as client:
            client.timeout = mailvoid.PATIENCE
            self.assertEqual(client.sendmail("a@b.example", ["x@b.example"], "Subject: x\n\nx"), {})
        with self.assertRaises(smtplib.SMTPConnectError) as refused:
            smtplib.SMTP(*none, timeout=mailvoid.PATIENCE)
        self.assertEqual(refused.exception.smtp_code, 521)
        metrics = sink.scrape_when_idle()
        self.assertEqual(metrics["mailvoid_sink_messages_accepted_total"], 1)
        self.assertEqual(metrics["mailvoid_sink_connections_total"], 4)

    def test_the_command_line_comes_first(self):
        path = self.file('hostname = "file.example"\n[[listener]]\naddress = "127.0.0.1:0"\nprotocol = "lmtp"\n')
        sink = self.sink("--config", path, "--hostname", "flag.example", listen=("127.0.0.1:0",))
        self.assertEqual(len(sink.addresses), 1)
        with smtplib.SMTP(*sink.address, timeout=mailvoid.PATIENCE) as client:
            self.assertEqual(client.ehlo()[1].split(b"\n")[0], b"flag.example")

    def test_a_listener_of_the_command_line_has_settings_too(self):
        sink = self.sink(listen=("127.0.0.1:0,protocol=lmtp", "127.0.0.1:0"))
        with smtplib.LMTP(*sink.addresses[0]) as client:
            self.assertEqual(client.ehlo()[0], 250)
        with smtplib.SMTP(*sink.addresses[1], timeout=mailvoid.PATIENCE) as client:
            self.assertEqual(client.ehlo()[0], 250)


if __name__ == "__main__":
    mailvoid.main()
