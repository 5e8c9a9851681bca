#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""dashboards/try.sh, as somebody would who tries it: what it starts is watched, and is gone when it is told to stop."""
import contextlib
import json
import signal
import socket
import urllib.parse
import urllib.request

import mailvoid
import procfs

SCRIPT = mailvoid.ROOT / "dashboards/try.sh"


def free_ports():
    with contextlib.ExitStack() as held:
        return [held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(4)]


class Try(mailvoid.TestCase):
    def begin(self, *arguments):
        script = self.start(mailvoid.Program([SCRIPT, *arguments],
                                             environment=mailvoid.clean_environment(MAILVOID_BIN=str(mailvoid.BIN))))
        self.addCleanup(self.stop, script)  # its own children are for it to stop, so it may not just be killed
        return script

    def stop(self, script):
        script.signal(signal.SIGTERM)
        return script.wait()

    def value(self, port, expression):
        """What that Prometheus says of it now; None while there is nothing, or nobody."""
        query = urllib.parse.urlencode({"query": expression})
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/query?{query}", timeout=mailvoid.PATIENCE) as answer:
                found = json.load(answer)["data"]["result"]
        except OSError:
            return None
        return float(found[0]["value"][1]) if found else None

    def test_it_watches_what_it_starts_and_leaves_nothing_behind(self):
        mailvoid.needed(mailvoid.TOOLS / "prometheus/usr/bin/prometheus")
        ports = free_ports()
        mail, sink, generator, prometheus = ports
        script = self.begin("--ports", ",".join(map(str, ports)), "--sessions", "2", "--rate", "50/s", "--duration", "10m")
        # Of the rules, so that these are there as well.
        for metric, port in (("instance:mailvoid_sink_messages_accepted:rate1m", sink),
                             ("instance:mailvoid_loadgen_messages_accepted:rate1m", generator)):
            mailvoid.eventually(f"{metric} is known", lambda: (
                self.running(script) and self.value(prometheus, f'{metric}{{instance="127.0.0.1:{port}"}}')))
        self.assertIn(f"http://127.0.0.1:{prometheus}/alerts", script.err)
        self.assertIn(f"mailvoid-loadgen 127.0.0.1:{mail} --sessions 2", script.err)
        ended = self.stop(script)
        self.assertEqual(ended.code, 130, ended)
        self.assertEqual([port for port in ports if ("127.0.0.1", port) in procfs.listeners()], [])

    def running(self, script):
        self.assertTrue(script.running(), script.err)
        return True

    def test_a_taken_port_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            ports = free_ports()
            ports[1] = taken.getsockname()[1]
            ended = self.begin("--ports", ",".join(map(str, ports))).wait()
        self.assertEqual(ended.code, 1, ended)
        self.assertIn(f"port {ports[1]} is taken; --ports chooses others", ended.err)

    def test_ports_are_four_numbers(self):
        for ports in ("", "1,2,3", "1,2,3,four", "2525"):
            ended = self.begin("--ports", ports).wait()
            self.assertEqual(ended.code, 2, ended)
            self.assertIn("--ports takes four numbers", ended.err)


if __name__ == "__main__":
    mailvoid.main()
