#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-loadgen --bad-clients: what a server sees of them, and that nobody else's figures do."""
import threading

import mailvoid
from script_server import EXTENSIONS, Gone, ScriptServer, converse, ehlo_reply

KINDS = ("slow-reader", "slow-writer", "abandon-data", "oversize-line", "protocol-error", "reset",
         "starttls-garbage", "silent")
OPTIONS = ("--sessions", "20", "--shards", "1", "--bad-clients", "50%", "--bad-pause", "10ms")


def octets_of(peer):
    """What comes next."""
    try:
        octets = peer.socket.recv(65536)
    except ConnectionError:
        octets = b""
    if not octets:
        raise Gone
    return octets


class AgainstTheSink(mailvoid.TestCase):
    def pour(self, *arguments, sink_arguments=()):
        sink = self.sink(*sink_arguments)
        run = self.load(sink.target, *OPTIONS, *arguments)
        metrics = sink.scrape_when_idle()
        self.assertEqual(run["errors.total"], 0, run)
        self.assertGreater(run["messages.accepted"], 0)
        self.assertEqual(run["messages.accepted"], run["messages.started"])
        self.assertEqual(run["messages.accepted"], metrics["mailvoid_sink_messages_accepted_total"])
        kinds = run["bad_clients.kinds"]
        seen = metrics["mailvoid_sink_connections_total"] - run["connections.established"]
        ours = sum(kind["connections"] for kind in kinds.values())
        # The end of the run may cut one off that the sink has seen already.
        self.assertLessEqual(ours, seen, kinds)
        self.assertGreaterEqual(ours + sum(kind["ends"]["not_connected"] for kind in kinds.values()), seen, kinds)
        for kind in kinds.values():
            self.assertEqual(sum(kind["ends"].values()), kind["connections"] + kind["ends"]["not_connected"], kinds)
        return run

    def test_all_kinds_are_borne_and_no_good_session_suffers(self):
        run = self.pour("--duration", "4s", "--bad-time", "1s", sink_arguments=("--tls-self-signed",))
        self.assertEqual(run["bad_clients.sessions"], 10)
        self.assertEqual(run["connections.established"], 10)
        kinds = run["bad_clients.kinds"]
        self.assertEqual(set(kinds), set(KINDS))
        for name, kind in kinds.items():
            self.assertGreater(kind["connections"], 0, name)

    def test_beside_a_plan(self):
        run = self.pour("--rate", "200/s", "--duration", "3s", "--bad-time", "1s", "--allow-invalid")
        self.assertEqual(run["plan.planned"], 600)
        self.assertEqual(run["messages.started"] + run["plan.missed"], 600)

    def test_within_tls(self):
        for tls, sink_arguments, more in (("starttls", ("--tls-self-signed",), {}),
                                          ("implicit", ("--tls-self-signed",), {"listen": ("127.0.0.1:0,tls=implicit",)})):
            with self.subTest(tls):
                sink = self.sink(*sink_arguments, **more)
                run = self.load(sink.target, *OPTIONS, "--duration", "3s", "--bad-time", "1s", "--tls", tls, "--tls-insecure")
                metrics = sink.scrape_when_idle()
                self.assertEqual(run["errors.total"], 0, run)
                self.assertEqual(run["messages.accepted"], run["messages.started"])
                shaken = sum(value for name, value in metrics.items() if name.startswith("mailvoid_sink_tls_handshakes_total"))
                self.assertGreater(shaken, run["tls.full"] + run["tls.resumed"])
                for name in set(KINDS) - {"starttls-garbage"}:
                    self.assertGreater(run["bad_clients.kinds"][name]["ends"]["done"], 0, name)

    def test_at_several_targets(self):
        """They are dealt out by weight like the others, and nobody is held up by a target that is not there."""
        sinks = [self.sink(), self.sink()]
        run = self.load(f"{sinks[0].target}=3", sinks[1].target, "127.0.0.1:1", *OPTIONS, "--duration", "2s",
                        "--bad-kinds", "protocol-error")
        kind = run["bad_clients.kinds"]["protocol-error"]
        bad = []
        for sink, target in zip(sinks, run["targets"]):
            metrics = sink.scrape_when_idle()
            self.assertEqual(target["errors"]["total"], 0, target)
            self.assertEqual(target["accepted"], metrics["mailvoid_sink_messages_accepted_total"])
            bad.append(metrics["mailvoid_sink_connections_total"] - target["connections"])
        # The end of the run may have cut one off at each, of which it does not know that it was connected.
        self.assertAlmostEqual(sum(bad), kind["connections"], delta=10)
        self.assertGreater(bad[1], 20)
        for others, weight in ((bad[0], 3), (kind["ends"]["not_connected"], 1)):
            self.assertAlmostEqual(others, weight * bad[1], delta=20)

    def test_over_a_unix_socket(self):
        target = f"unix:{self.scratch() / 'sink.sock'}"
        sink = self.sink(listen=(target,))
        run = self.load(target, *OPTIONS, "--duration", "2s", "--bad-time", "500ms")
        self.assertEqual(run["errors.total"], 0, run)
        sink.scrape_when_idle()


class AgainstAScript(mailvoid.TestCase):
    """The first connection is the good session's, and ends the run when the others were heard."""

    def hear(self, kind, behave, *arguments, pause="5ms"):
        heard, enough = [], threading.Event()

        def serve(peer):
            if peer.number == 0:
                return converse(peer, {"message": lambda peer: (enough.wait(20), b"250 2.0.0 Accepted")[1]})
            try:
                return behave(peer, heard)
            finally:
                if len(heard) >= 3:
                    enough.set()
        with ScriptServer(serve) as server:
            run = self.load(server.target, "--sessions", "2", "--shards", "1", "--messages", "1", "--bad-clients",
                            "1%", "--bad-kinds", kind, "--bad-pause", pause, "--grace", "30s", *arguments)
        self.assertEqual(run["messages.accepted"], 1, run)
        self.assertEqual(run["connections.established"], 1, run)
        self.assertGreaterEqual(len(heard), 3)
        self.assertEqual(server.accepted, 0)  # one that answers late is not counted
        return heard, run["bad_clients.kinds"][kind]

    def test_reset_is_a_reset(self):
        def behave(peer, heard):
            try:
                peer.say(b"220 script.example\r\n")
                while octets := peer.socket.recv(65536):
                    peer.say(ehlo_reply() + b"\r\n" if octets.startswith(b"EHLO") else
                             b"354 Go on\r\n" if octets.startswith(b"DATA") else b"250 Ok\r\n")
                heard.append("end")
            except Exception:  # pylint: disable=broad-except
                heard.append("reset")
        heard, kind = self.hear("reset", behave)
        self.assertEqual(set(heard[:3]), {"reset"})  # later ones the end of the run may cut
        self.assertGreaterEqual(kind["ends"]["done"], 2)

    def test_a_refusal_is_counted(self):
        def behave(peer, heard):
            heard.append(peer.number)
            peer.say(b"554 5.7.1 No\r\n")
            peer.silence()
        _, kind = self.hear("abandon-data", behave)
        self.assertGreaterEqual(kind["ends"]["refused"], 2)
        self.assertGreaterEqual(kind["replies"]["5xx"], 2)

    def test_so_are_421_a_hang_up_a_reset_and_rubbish(self):
        for say, end in ((b"421 4.3.2 Go\r\n", "closed_by_421"), (b"", "closed"), (None, "broken"),
                         (b"\x00\xff\r\n", "expired")):
            def behave(peer, heard, say=say, end=end):
                heard.append(peer.number)
                if say is None:
                    peer.say(b"220 script.example\r\n")
                    octets_of(peer)
                    peer.reset()
                peer.say(say)
                if end == "expired":
                    peer.silence()
            with self.subTest(end):
                _, kind = self.hear("protocol-error", behave, "--bad-time", "200ms")
                self.assertGreaterEqual(kind["ends"][end], 2, kind)
                self.assertEqual(kind["replies"]["garbled"] > 0, end == "expired", kind)

    def test_after_starttls_comes_no_tls(self):
        def behave(peer, heard):
            peer.say(b"220 script.example\r\n")
            peer.line()
            peer.say(ehlo_reply((*EXTENSIONS, "STARTTLS")) + b"\r\n")
            self.assertEqual(peer.line(), "STARTTLS")
            peer.say(b"220 Go on\r\n")
            heard.append(octets_of(peer))
        _, kind = self.hear("starttls-garbage", behave)
        self.assertGreaterEqual(kind["replies"]["2xx"], 9)

    def test_whoever_only_lingers_has_done_all(self):
        def behave(peer, heard):
            peer.say(b"220 script.example\r\n")
            peer.line()
            peer.say(ehlo_reply((*EXTENSIONS, "STARTTLS")) + b"\r\n")
            peer.line()
            peer.say(b"220 Go on\r\n")
            heard.append(octets_of(peer))
            peer.silence()
        # It would linger for ten pauses, and its time is over before.
        _, kind = self.hear("starttls-garbage", behave, "--bad-time", "900ms", pause="100ms")
        self.assertGreaterEqual(kind["ends"]["done"], 2, kind)

    def test_an_abandoned_message_is_not_ended(self):
        def behave(peer, heard):
            try:
                converse(peer)
            finally:
                heard.append(peer.number)
        _, kind = self.hear("abandon-data", behave)
        self.assertGreaterEqual(kind["ends"]["done"], 2)
        self.assertGreaterEqual(kind["replies"]["3xx"], kind["ends"]["done"])


class Mistakes(mailvoid.TestCase):
    def test_are_named(self):
        for arguments, parts in ((("--bad-clients", "100%"), ("--bad-clients", "share")),
                                 (("--bad-clients", "5%", "--bad-kinds", "rude"), ("--bad-kinds", "rude")),
                                 (("--bad-time", "1s"), ("--bad-time", "--bad-clients"))):
            ended = self.run_program("mailvoid-loadgen", "localhost:1", *arguments)
            self.assertEqual(ended.code, 2, ended)
            for part in parts:
                self.assertIn(part, ended.err)


if __name__ == "__main__":
    mailvoid.main()
