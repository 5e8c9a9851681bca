#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-sink's command line: what it says, what it refuses, and with which exit code."""
import os
import pathlib
import socket
import stat

import mailvoid
import procfs
from smtp_client import Client


class Information(mailvoid.TestCase):
    def test_help_names_every_option_and_exits_0(self):
        ended = self.run_program("mailvoid-sink", "--help")
        self.assertEqual((ended.code, ended.err), (0, ""))
        for option in ("listen", "admin", "shards", "hostname", "max-connections", "max-message-size",
                       "max-recipients", "idle-timeout", "drain-timeout", "exit-after", "user", "trace",
                       "json", "simd", "ring-disable", "version", "print-config"):
            self.assertIn(f"--{option}", ended.out)
        self.assertLessEqual(max(map(len, ended.out.splitlines())), 80)

    def test_version_tells_what_it_is_made_of(self):
        ended = self.run_program("mailvoid-sink", "--version")
        self.assertEqual((ended.code, ended.err), (0, ""))
        self.assertRegex(ended.out, r"\Amailvoid-sink \d+\.\d+\.\d+\n")
        for fact in ("revision", "compiler", "allocator", "kernel", "SIMD", "io_uring"):
            self.assertRegex(ended.out, rf"(?m)^{fact} +\S")

    def test_version_is_told_whatever_else_is_said(self):
        self.assertEqual(self.run_program("mailvoid-sink", "--shards", "many", "--version").code, 0)

    def test_print_config_shows_values_and_where_they_come_from(self):
        environment = mailvoid.clean_environment(MAILVOID_SINK_MAX_RECIPIENTS="7", MAILVOID_SINK_SHARDS="1")
        ended = self.run_program("mailvoid-sink", "--print-config", "--shards", "2", environment=environment)
        self.assertEqual((ended.code, ended.err), (0, ""))
        self.assertRegex(ended.out, r"(?m)^max-recipients = 7 +# MAILVOID_SINK_MAX_RECIPIENTS$")
        self.assertRegex(ended.out, r"(?m)^shards = 2 +# --shards$")
        self.assertRegex(ended.out, r'(?m)^idle-timeout = "5m" +# default')

    def test_nothing_is_bound_by_asking_for_information(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = procfs.format_address(taken.getsockname())
            self.assertEqual(self.run_program("mailvoid-sink", "--listen", address, "--print-config").code, 0)


class UsageErrors(mailvoid.TestCase):
    def assert_refused(self, *arguments, name, environment=None):
        ended = self.run_program("mailvoid-sink", *arguments, environment=environment)
        self.assert_one_line(ended, "mailvoid-sink: ", name, code=2)
        self.assertEqual(ended.out, "")

    def test_what_cannot_be_is_refused_by_name(self):
        for arguments, name in [
            (["--nonsense"], "--nonsense"),
            (["--liste", "127.0.0.1:0"], "did you mean --listen?"),
            (["stray"], "'stray'"),
            (["--shards", "many"], "--shards"),
            (["--shards", "-1"], "--shards"),
            (["--listen", "127.0.0.1"], "--listen"),
            (["--listen", "mail.example:25"], "--listen"),
            (["--listen", "127.0.0.1:65536"], "--listen"),
            (["--listen"], "--listen"),
            (["--listen", "127.0.0.1:2525", "--listen", "127.0.0.1:2525"], "named twice"),
            (["--listen", "127.0.0.1:2525", "--admin", "127.0.0.1:2525"], "--listen"),
            (["--hostname", "no_underscores"], "--hostname"),
            (["--hostname", "a b\r\n250 c"], "--hostname"),
            (["--max-connections", "0"], "--max-connections"),
            (["--max-connections", "4000000000"], "--max-connections"),
            (["--max-message-size", "1Q"], "--max-message-size"),
            (["--max-recipients", "0"], "--max-recipients"),
            (["--idle-timeout", "5 parsecs"], "--idle-timeout"),
            (["--simd", "MMX"], "--simd"),
            (["--ring-disable", "nothing"], "--ring-disable"),
            (["--recv-buffers", "3"], "--recv-buffers"),
            (["--json", ""], "--json"),
        ]:
            with self.subTest(" ".join(arguments)):
                self.assert_refused(*arguments, name=name)

    def test_a_bad_variable_is_named(self):
        environment = mailvoid.clean_environment(MAILVOID_SINK_IDLE_TIMEOUT="soon")
        self.assert_refused(name="MAILVOID_SINK_IDLE_TIMEOUT", environment=environment)

    def test_variables_that_are_no_settings_are_left_alone(self):
        environment = mailvoid.clean_environment(MAILVOID_SINK_PORT="tcp://10.0.0.1:25",
                                                 MAILVOID_SINK_SERVICE_HOST="x")
        self.assertEqual(self.sink(environment=environment).stop().code, 0)


class Precedence(mailvoid.TestCase):
    def hostname_of(self, *arguments, **variables):
        sink = self.sink(*arguments, environment=mailvoid.clean_environment(**variables))
        with Client(sink.address) as client:
            return client.expect(220).lines[0].split()[1]

    def test_the_environment_goes_before_the_default(self):
        self.assertEqual(self.hostname_of(MAILVOID_SINK_HOSTNAME="env.example"), "env.example")

    def test_the_command_line_goes_before_the_environment(self):
        self.assertEqual(self.hostname_of("--hostname", "flag.example", MAILVOID_SINK_HOSTNAME="env.example"),
                         "flag.example")

    def test_a_bad_variable_does_not_matter_where_the_command_line_speaks(self):
        self.assertEqual(self.hostname_of("--max-recipients", "5", "--hostname", "a.example",
                                          MAILVOID_SINK_MAX_RECIPIENTS="none"), "a.example")

    def test_a_list_variable_is_separated_by_commas(self):
        environment = mailvoid.clean_environment(MAILVOID_SINK_LISTEN="127.0.0.1:0,[::1]:0")
        sink = self.sink(listen=(), environment=environment)
        self.assertEqual([host for host, _ in sink.addresses], ["127.0.0.1", "::1"])


class Listening(mailvoid.TestCase):
    def test_every_address_takes_mail(self):
        sink = self.sink(listen=("127.0.0.1:0", "127.0.0.2:0", "[::1]:0"))
        self.assertEqual([host for host, _ in sink.addresses], ["127.0.0.1", "127.0.0.2", "::1"])
        for address in sink.addresses:
            with Client(address).greet() as client:
                self.assertEqual(client.message().code, 250)
        self.assertEqual(sink.scrape()["mailvoid_sink_messages_accepted_total"], 3)

    def test_every_shard_listens_at_the_one_port_that_was_found(self):
        sink = self.sink("--shards", "3")
        self.assertEqual(len(procfs.listeners()[sink.address]), 3)

    def test_a_taken_port_is_one_line_and_exit_1(self):
        first = self.sink()
        for shards in ("1", "2"):
            ended = self.run_program("mailvoid-sink", "--listen", first.target, "--admin", "off",
                                     "--shards", shards)
            self.assert_one_line(ended, first.target, "in use", code=1)
        procfs.assert_listener_is(first.pid, first.address)

    def test_one_taken_port_of_several_is_enough_to_give_up(self):
        first = self.sink()
        ended = self.run_program("mailvoid-sink", "--listen", "127.0.0.1:0", "--listen", first.target,
                                 "--admin", "off")
        self.assert_one_line(ended, first.target, code=1)

    def test_an_address_of_somebody_else_is_one_line_and_exit_1(self):
        ended = self.run_program("mailvoid-sink", "--listen", "192.0.2.1:2525", "--admin", "off")
        self.assert_one_line(ended, "192.0.2.1:2525", "no interface of this machine", code=1)

    def test_a_port_is_free_again_at_once(self):
        sink = self.sink()
        with Client(sink.address).greet() as client:
            client.message()
            sink.stop()
        again = self.sink(listen=(sink.target,))
        self.assertEqual(again.address, sink.address)


class AdminPort(mailvoid.TestCase):
    def test_a_taken_port_that_was_named_is_one_line_and_exit_1(self):
        first = self.sink()
        taken = procfs.format_address(first.admin.address)
        ended = self.run_program("mailvoid-sink", "--listen", "127.0.0.1:0", "--admin", taken)
        self.assert_one_line(ended, taken, "in use", code=1)

    def test_a_taken_default_port_is_a_warning(self):
        # Somebody else's sink may have the default port already: that serves as well.
        with socket.socket() as taken:
            try:
                taken.bind(("127.0.0.1", 9525))
                taken.listen()
            except OSError:
                pass
            sink = self.start(mailvoid.Program([mailvoid.BIN / "mailvoid-sink", "--listen", "127.0.0.1:0"]))
            ready = sink.wait_for_error_text(r"ready: smtp 127\.0\.0\.1:(\d+)$")
            self.assertIn("warning: no metrics: ", sink.err.splitlines()[0])
            self.assertIn("--admin", sink.err.splitlines()[0])
            with Client(("127.0.0.1", int(ready[1]))).greet() as client:
                self.assertEqual(client.message().code, 250)
            sink.signal(mailvoid.signal.SIGTERM)
            self.assertEqual(sink.wait().code, 0)

    def test_off_serves_no_http(self):
        sink = self.sink(admin_address="off")
        self.assertIsNone(sink.admin)
        held = procfs.sockets_of(sink.pid)
        self.assertEqual([address for address, inodes in procfs.listeners().items() if inodes & held],
                         [sink.address])


class ResultFile(mailvoid.TestCase):
    def test_a_file_gets_the_summary_and_stdout_the_table(self):
        path = self.scratch() / "summary.json"
        ended = self.sink("--json", path).stop()
        self.assertEqual(mailvoid.json.loads(path.read_text())["messages_accepted"], 0)
        self.assertIn("messages accepted", ended.out)
        self.assertNotIn("{", ended.out)

    def test_a_dash_gives_stdout_to_the_summary_and_stderr_to_the_table(self):
        ended = self.sink("--json", "-").stop()
        self.assertEqual(mailvoid.json.loads(ended.out)["messages_accepted"], 0)
        self.assertIn("messages accepted", ended.err)

    def test_quiet_leaves_only_the_summary_file(self):
        path = self.scratch() / "summary.json"
        sink = self.start(mailvoid.Program([mailvoid.BIN / "mailvoid-sink", "--quiet",
                                            "--listen", "127.0.0.1:0", "--admin", "off", "--json", path]))
        mailvoid.eventually("it listens", lambda: any(
            inodes & procfs.sockets_of(sink.pid) for inodes in procfs.listeners().values()))
        # The signals are blocked and read by then: the file is opened after that.
        mailvoid.eventually("the file is open", path.exists)
        sink.signal(mailvoid.signal.SIGTERM)
        ended = sink.wait()
        self.assertEqual((ended.code, ended.out, ended.err), (0, "", ""))
        self.assertIn("messages_accepted", path.read_text())

    def test_a_path_that_cannot_be_written_is_known_before_the_run(self):
        path = self.scratch() / "missing" / "summary.json"
        ended = self.run_program("mailvoid-sink", "--listen", "127.0.0.1:0", "--admin", "off", "--json", path)
        self.assert_one_line(ended, "--json", str(path), code=1)


def free_privileged_port():
    for port in range(1023, 512, -1):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                probe.listen()
                return port
            except OSError:
                continue
    raise AssertionError("no port below 1024 is free")


class User(mailvoid.TestCase):
    """As root the change is looked at; as anybody else, that it is refused plainly."""

    def test_it_becomes_the_user_once_bound(self):
        if os.geteuid() != 0:
            ended = self.run_program("mailvoid-sink", "--listen", "127.0.0.1:0", "--admin", "off",
                                     "--user", "root")
            self.assert_one_line(ended, "--user root", "started as root?", code=1)
            return
        folder = self.scratch()  # only root may write here
        self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)
        path = folder / "summary.json"
        sink = self.sink("--user", "nobody", "--json", path, listen=(f"127.0.0.1:{free_privileged_port()}",))
        for thread in pathlib.Path(f"/proc/{sink.pid}/task").iterdir():
            status = procfs.status(f"{sink.pid}/task/{thread.name}")
            self.assertEqual(set(status["Uid"].split()), {"65534"})
            self.assertEqual(set(status["Gid"].split()), {"65534"})
            self.assertNotIn("0", status["Groups"].split())
            self.assertEqual(int(status["CapEff"], 16), 0)
        with Client(sink.address).greet() as client:
            self.assertEqual(client.message().code, 250)
        self.assertEqual(sink.stop().code, 0)
        self.assertEqual(mailvoid.json.loads(path.read_text())["messages_accepted"], 1)

    def test_a_user_that_does_not_exist_is_one_line_and_exit_1(self):
        ended = self.run_program("mailvoid-sink", "--listen", "127.0.0.1:0", "--admin", "off",
                                 "--user", "no-such-user")
        self.assert_one_line(ended, "--user no-such-user", "no such user", code=1)


if __name__ == "__main__":
    mailvoid.main()
