#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-loadgen against servers that refuse, break off, fall silent or talk rubbish. It never hangs, it
counts what happened by step, every message has an outcome, and it goes on as soon as it can."""
import email.parser
import email.policy
import random
import signal
import threading
import time

import mailvoid
from script_server import EXTENSIONS, Peer, ScriptServer, converse, ehlo_reply

STEPS = ("greeting", "ehlo", "mail", "rcpt", "data", "message", "quit")
MESSAGES, SESSIONS = 12, 3
GOOD = {"mail": b"250 2.1.0 Ok", "rcpt": b"250 2.1.5 Ok", "data": b"354 Go on", "message": b"250 2.0.0 Ok"}


def iter_of(*answers):
    """An answer that changes: these in turn, for each connection anew."""
    counts = {}

    def answer(peer):
        counts[peer] = counts.get(peer, -1) + 1
        return answers[counts[peer] % len(answers)]
    return answer


def not_in_advance(peer, said=b"250 Ok"):
    """Yes, unless the client has sent the next command without waiting."""
    return b"421 Not so fast" if peer.more_came() else said


def not_in_advance_354(peer):
    return not_in_advance(peer, b"354 Go on")


def turn(step, times, way):
    """Answers well so many times, and then in that way."""
    left = [times]

    def answer(peer):
        left[0] -= 1
        if left[0] >= 0:
            return GOOD[step]
        return way(peer) if callable(way) else way
    return answer


def listen_to(peer):
    """Keeps the last command line of a peer in peer.last."""
    line = peer.line

    def listening():
        peer.last = line()
        return peer.last
    peer.line = listening


class FaultTestCase(mailvoid.TestCase):
    def against(self, behave, *arguments, meet=True):
        """One short run against a server that behaves so. Gives the run and the server."""
        with ScriptServer(behave) as server:
            server.meeting = threading.Barrier(SESSIONS) if meet else None
            run = self.load(server.target, "--messages", MESSAGES, "--sessions", SESSIONS, "--shards", "1",
                            "--ramp", "0s", *arguments)
        return run, server

    def first_then_well(self, answers, *arguments):
        """The first connection of every session behaves so, later ones well."""
        def behave(peer):
            converse(peer, answers if peer.number < SESSIONS else {})
        run, server = self.against(behave, *arguments, meet=not {"greeting", "ehlo", "helo"} & answers.keys())
        self.assertEqual(run["messages.started"], MESSAGES, run)
        self.assertEqual(run["messages.accepted"], server.accepted, run)
        return run, server


class Refusals(FaultTestCase):
    def test_a_refused_message_is_counted_by_step_and_code_and_the_session_goes_on(self):
        for step, code in (("mail", 451), ("mail", 550), ("rcpt", 450), ("rcpt", 550), ("data", 451),
                           ("data", 554), ("message", 452), ("message", 554)):
            for arguments in ((), ("--no-pipelining",)):
                with self.subTest(step=step, code=code, arguments=arguments):
                    answers = {step: b"%d %d.0.0 No" % (code, code // 100)}
                    run, server = self.against(lambda peer, a=answers: converse(peer, a), *arguments)
                    self.assertEqual((run["messages.rejected"], run["messages.accepted"]), (MESSAGES, 0), run)
                    self.assertEqual(run[f"replies_by_step.{step}"], {str(code): MESSAGES})
                    self.assertEqual(run["errors.total"], 0, run)
                    self.assertEqual(run["connections.established"], SESSIONS)
                    self.assertEqual(server.heard["quit"], SESSIONS)

    def test_without_pipelining_nothing_is_said_in_vain(self):
        _, server = self.against(lambda peer: converse(peer, {"mail": b"550 5.7.1 No"}), "--no-pipelining")
        self.assertEqual((server.heard["mail"], server.heard["rcpt"], server.heard["data"]), (MESSAGES, 0, 0))

    def test_one_good_recipient_is_enough(self):
        answers = {"rcpt": iter_of(b"550 5.1.1 Who?", b"250 2.1.5 Ok", b"450 4.2.1 Later")}
        run, server = self.against(lambda peer: converse(peer, answers), "--recipients", "3")
        self.assertEqual(run["messages.accepted"], MESSAGES)
        self.assertEqual(server.accepted, MESSAGES)
        self.assertEqual((run["recipients.accepted"], run["recipients.refused"]), (MESSAGES, 2 * MESSAGES))

    def test_354_although_every_recipient_was_refused_is_answered_with_an_empty_message(self):
        def behave(peer):
            peer.say(b"220 script.example\r\n")
            while True:
                verb = peer.line()[:4].upper()
                if verb == "DATA":
                    peer.say(b"354 Go on\r\n")
                    self.assertEqual(peer.message(), b"")
                    peer.say(b"554 5.5.1 No valid recipients\r\n")
                elif verb == "QUIT":
                    peer.say(b"221 Bye\r\n")
                    return
                else:
                    peer.say({"EHLO": ehlo_reply(), "RCPT": b"550 5.1.1 Who?"}.get(verb, b"250 Ok") + b"\r\n")
        run, _ = self.against(behave)
        self.assertEqual((run["messages.rejected"], run["errors.total"]), (MESSAGES, 0), run)

    def test_a_refused_greeting_is_tried_again(self):
        for code in (554, 521, 450):
            run, _ = self.first_then_well({"greeting": b"%d No" % code})
            self.assertEqual(run["connections.refused"], SESSIONS, run)
            self.assertEqual(run["replies_by_step.greeting"][str(code)], SESSIONS)
            self.assertEqual(run["messages.accepted"], MESSAGES)

    def test_ehlo_refused_leads_to_helo_without_extensions(self):
        for code in (500, 502, 550):
            def behave(peer, code=code):
                converse(peer, {"ehlo": b"%d What?" % code, "mail": not_in_advance, "rcpt": not_in_advance,
                                "data": not_in_advance_354})
            run, server = self.against(behave)
            self.assertEqual(run["messages.accepted"], MESSAGES, run)
            self.assertEqual(run["connections.helo_fallbacks"], SESSIONS)
            self.assertEqual((server.heard["ehlo"], server.heard["helo"]), (SESSIONS, SESSIONS))

    def test_helo_refused_as_well_is_tried_again_later(self):
        run, _ = self.first_then_well({"ehlo": b"502 No", "helo": b"550 No"})
        self.assertEqual(run["connections.refused"], SESSIONS, run)
        self.assertEqual(run["messages.accepted"], MESSAGES)

    def test_a_refused_quit_is_the_end_all_the_same(self):
        run, _ = self.against(lambda peer: converse(peer, {"quit": b"500 Stay"}))
        self.assertEqual(run["messages.accepted"], MESSAGES, run)
        self.assertEqual(run["replies_by_step.quit"], {"500": SESSIONS})


class BreakingOff(FaultTestCase):
    def test_421_at_every_step(self):
        for step in STEPS:
            with self.subTest(step):
                run, _ = self.first_then_well({step: b"421 4.3.2 Closing"})
                self.assertEqual(run["connections.closed_by_421"], SESSIONS, run)
                self.assertEqual(run[f"replies_by_step.{step}"]["421"], SESSIONS)
                self.assertGreater(run["messages.accepted"], 0)

    def test_421_that_nothing_asked_for(self):
        def behave(peer):
            answers = {"message": b"250 2.0.0 Ok\r\n421 4.3.2 Enough"} if peer.number < SESSIONS else {}
            converse(peer, answers)
        run, _ = self.against(behave, "--no-pipelining")
        self.assertEqual(run["connections.closed_by_421"], SESSIONS, run)
        self.assertGreater(run["messages.accepted"], MESSAGES - SESSIONS)

    def test_the_end_of_the_connection_at_every_step(self):
        for step in STEPS:
            with self.subTest(step):
                run, _ = self.first_then_well({step: lambda peer: peer.hang_up()})
                self.assertEqual(run[f"errors.connection_lost.{step}"], SESSIONS, run)
                self.assertGreater(run["messages.accepted"], 0)

    def test_a_reset_at_every_step(self):
        for step in STEPS:
            for arguments in ((), ("--no-pipelining",)):
                with self.subTest(step=step, arguments=arguments):
                    run, _ = self.first_then_well({step: lambda peer: peer.reset()}, *arguments)
                    self.assertEqual(sum(run["errors.connection_lost"].values()), SESSIONS, run)
                    self.assertGreater(run["messages.accepted"], 0)

    def test_a_reset_in_the_middle_of_a_large_message(self):
        def cut(peer):
            peer.say(b"354 Go on\r\n")
            peer.until(b"\r\n\r\n")
            peer.reset()
        run, _ = self.first_then_well({"data": cut}, "--size", "2M")
        self.assertEqual(run["errors.connection_lost.message"], SESSIONS, run)
        self.assertGreaterEqual(run["messages.accepted"], MESSAGES - 2 * SESSIONS)

    def test_silence_at_every_step(self):
        for step in STEPS:
            with self.subTest(step):
                run, server = self.against(lambda peer, step=step: converse(
                    peer, {step: lambda peer: peer.silence()} if peer.number < SESSIONS else {}),
                    "--reply-timeout", "1s", meet=step not in ("greeting", "ehlo"))
                # A machine that is slow itself may add to it.
                self.assertGreaterEqual(run[f"errors.timeout.{step}"], SESSIONS, run)
                self.assertLessEqual(run["messages.accepted"], server.accepted)
                self.assertGreater(run["messages.accepted"], 0)

    def test_a_server_that_stops_reading(self):
        def deaf(peer):
            peer.say(b"354 Go on\r\n")
            peer.deafness()
        with ScriptServer(lambda peer: converse(peer, {"data": deaf})) as server:
            run = self.load(server.target, "--sessions", SESSIONS, "--duration", "1s", "--size", "32M",
                            "--reply-timeout", "500ms")
        self.assertEqual(run["messages.accepted"], 0, run)
        self.assertGreaterEqual(run["errors.timeout.message"], SESSIONS)

    def test_the_grace_bounds_the_end(self):
        with ScriptServer(lambda peer: converse(peer, {"message": lambda peer: peer.silence()})) as server:
            run = self.load(server.target, "--sessions", "3", "--duration", "300ms", "--grace", "200ms",
                            "--reply-timeout", "1h")
        self.assertEqual(run["messages.accepted"], 0, run)
        self.assertGreaterEqual(run["messages.failed"], 3)

    def test_a_server_that_only_ever_refuses_does_not_hold_the_run_up(self):
        for behave in (lambda peer: None, lambda peer: converse(peer, {"greeting": b"554 No"}),
                       lambda peer: peer.say(b"SSH-2.0-OpenSSH_9.2\r\n")):
            with ScriptServer(behave) as server:
                program = self.start_loadgen(server.target, "--sessions", "5", "--duration", "1h", "--quiet")
                mailvoid.eventually("it tries again", lambda s=server: s.connections > 10)
                program.signal(mailvoid.signal.SIGINT)
                self.assertEqual(program.wait().code, 130)


class Rubbish(FaultTestCase):
    def assert_protocol_error(self, error, step, octets):
        run, _ = self.first_then_well({step: octets})
        self.assertEqual(run[f"errors.protocol.{error}"], SESSIONS, run)
        self.assertGreater(run["messages.accepted"], 0)

    def test_replies_that_are_none(self):
        for error, said in (("malformed_reply", b"hello"), ("malformed_reply", b""),
                            ("malformed_reply", b"25"), ("malformed_reply", b"\0\xff\x80\0"),
                            ("malformed_reply", b"250x"), ("malformed_reply", b"-50 x"),
                            ("code_out_of_range", b"199 x"), ("code_out_of_range", b"600 x"),
                            ("code_out_of_range", b"000 x"), ("code_out_of_range", b"999 x"),
                            ("codes_differ", b"250-a\r\n550 b"),
                            ("reply_line_too_long", b"250 " + b"x" * 100_000)):
            for step in ("greeting", "ehlo", "mail", "message"):
                with self.subTest(said=said[:20], step=step):
                    self.assert_protocol_error(error, step, said)

    def test_a_reply_without_end(self):
        def endless(line):
            def answer(peer):
                while True:
                    peer.say(line * 1000)
            return answer
        for step in ("greeting", "ehlo", "rcpt"):
            with self.subTest(step):
                self.assert_protocol_error("too_many_lines", step, endless(b"250-and more\r\n"))
                self.assert_protocol_error("reply_line_too_long", step, endless(b"x"))

    def test_replies_of_an_impossible_class(self):
        for step, said in (("data", b"250 Ok"), ("mail", b"354 Go on"), ("message", b"354 Go on"),
                           ("ehlo", b"334 x")):
            with self.subTest(step):
                self.assert_protocol_error("unexpected_reply_class", step, said)

    def test_replies_that_nothing_asked_for(self):
        self.assert_protocol_error("unsolicited_reply", "greeting", b"220 Hello\r\n250 Already")

    def test_every_octet_alone(self):
        def behave(peer):
            peer.dribble = True
            converse(peer, {"greeting": b"220-script\r\n220-and\r\n220 more", "mail": b"250-Sender\r\n250 ok",
                            "quit": b"221-Bye\r\n221 now"})
        run, server = self.against(behave)
        self.assertEqual((run["messages.accepted"], run["errors.total"]), (MESSAGES, 0), run)
        self.assertEqual(server.accepted, MESSAGES)

    def test_odd_but_legal_lists_of_extensions(self):
        for said in (b"250-x\r\n250-pipelining\r\n250 size", b"250-x\r\n250 SIZE=1000",
                     b"250-x\r\n250-\r\n250 ", b"250",
                     b"250-x\r\n250-8BITMIME\r\n250-X-LONG " + b"y" * 400 + b"\r\n250 AUTH=LOGIN",
                     b"250-x\r\n" + b"250-X\r\n" * 60 + b"250 Y",
                     b"250-x\r\n250 PIPELINING \t", b"250-x\n250 8BITMIME"):
            with self.subTest(said[:60]):
                run, _ = self.against(lambda peer, s=said: converse(peer, {"ehlo": s}))
                self.assertEqual((run["messages.accepted"], run["errors.total"]), (MESSAGES, 0), run)

    def test_broken_lists_that_real_servers_send(self):
        """`250 SIZE` as if the list were over, and then more of it."""
        broken = b"250-x\r\n250 SIZE\r\n250-PIPELINING\r\n250 8BITMIME"
        run, _ = self.against(lambda peer: converse(peer, {"ehlo": broken}))
        self.assertEqual(run["messages.accepted"], MESSAGES, run)

    def test_an_extension_is_used_only_when_announced(self):
        for extensions in ((), ("SIZE",), ("8BITMIME",), ("PIPELINING",), EXTENSIONS):
            with self.subTest(extensions):
                seen = []

                def behave(peer, extensions=extensions, seen=seen):
                    def mail(peer):
                        seen.append(peer.last)
                        return b"250 Ok" if "PIPELINING" in extensions else not_in_advance(peer)
                    listen_to(peer)
                    converse(peer, {"mail": mail}, extensions)
                path = self.scratch() / "message.eml"
                path.write_bytes("Subject: x\n\nGr\u00fc\u00dfe\n".encode())
                run, _ = self.against(behave, "--mail", path)
                self.assertEqual(run["messages.accepted"], MESSAGES, run)
                self.assertEqual({"SIZE=" in line for line in seen},
                                 {any(e.startswith("SIZE") for e in extensions)})
                self.assertEqual({"BODY=" in line for line in seen}, {"8BITMIME" in extensions})


class NothingInTheEnd(FaultTestCase):
    """The time in which nothing came of the load belongs to it: what was accepted before that is not its rate."""
    REST = ("--sessions", SESSIONS, "--shards", "1", "--ramp", "0s", "--think", "1h")

    def assert_rate_of_all_of_it(self, run, seconds):
        self.assertEqual(run["messages.accepted"], SESSIONS, run)
        self.assertGreaterEqual(run["duration_seconds"], seconds)
        self.assertEqual(run["measured.to_seconds"], run["duration_seconds"])
        self.assertAlmostEqual(run["rate_per_second"], SESSIONS / run["duration_seconds"], delta=1e-6)

    def test_a_duration_lasts_to_its_end(self):
        with ScriptServer(converse) as server:
            run = self.load(server.target, *self.REST, "--duration", "700ms", "--threshold", "rate>10/s", code=99)
        self.assert_rate_of_all_of_it(run, 0.7)

    def test_an_interrupted_run_lasts_to_the_signal(self):
        result = self.scratch() / "result.json"
        with ScriptServer(converse) as server:
            load = self.start_loadgen(server.target, *self.REST, "--messages", "100", "--json", result)
            mailvoid.eventually("every session rests", lambda: server.accepted == SESSIONS)
            since = time.monotonic()
            time.sleep(0.5)
            passed = time.monotonic() - since
            load.signal(signal.SIGINT)
            run = mailvoid.LoadgenRun(load.wait(), result.read_text())
        self.assertEqual(run.ended.code, 130, run)
        self.assert_rate_of_all_of_it(run, passed)

    def test_a_run_without_a_target_lasts_until_all_have_given_up(self):
        def behave(peer):
            if peer.number >= SESSIONS:
                peer.reset()
            converse(peer, {"mail": turn("mail", 1, Peer.reset)})
        with ScriptServer(behave) as server:
            server.meeting = threading.Barrier(SESSIONS)
            since = time.monotonic()
            run = self.load(server.target, *self.REST[:-2], "--messages", "100", "--no-pipelining", code=1)
            passed = time.monotonic() - since
        self.assertEqual(run["connections.given_up"], SESSIONS, run)
        self.assertRegex(run.ended.err, "all 3 sessions gave up before the end of the run, 94 of 100 messages "
                                        "short: connection lost .*, [0-9]+ times")
        self.assert_rate_of_all_of_it(run, passed / 2)


class Chaos(FaultTestCase):
    def test_whatever_happens_every_message_has_an_outcome(self):
        """Each connection misbehaves in its own way, at a step of its own, from a seed."""
        ways = [lambda p: p.hang_up(), lambda p: p.reset(), lambda p: p.silence(), b"421 4.3.2 Closing",
                b"450 4.0.0 Later", b"550 5.0.0 Never", b"rubbish", b"250 Ok", b"354 Go on",
                b"250-a\r\n250 b", b"250 a\r\n250 b", b"999 x"]
        for seed in range(6):
            with self.subTest(seed=seed):
                def behave(peer, seed=seed):
                    dice = random.Random(seed * 10007 + peer.number)
                    peer.dribble = dice.random() < 0.2
                    answers = {}
                    if dice.random() < 0.7:
                        way, good, step = dice.choice(ways), dice.randrange(3), dice.choice(STEPS)
                        answers = {step: turn(step, good, way) if step in GOOD else way}
                    converse(peer, answers)
                with ScriptServer(behave) as server:
                    run = self.load(server.target, "--messages", 300, "--sessions", 20,
                                    "--reply-timeout", "200ms", "--messages-per-session", str(seed),
                                    "--grace", "1s")
                self.assertGreater(run["messages.accepted"], 0, run)
                self.assertLessEqual(run["messages.started"], 300)


class Content(FaultTestCase):
    def test_synthetic_mail_is_well_formed_and_as_long_as_it_says(self):
        with ScriptServer(lambda peer: converse(peer)) as server:
            server.keep = True
            run = self.load(server.target, "--messages", "40", "--sessions", "4", "--size", "20000",
                            "--recipients", "2")
        self.assertEqual(run["messages.accepted"], 40)
        identities = set()
        for stuffed in server.messages:
            self.assertEqual(len(stuffed), 20000)
            self.assertNotIn(b"\r\n.", stuffed)
            message = email.parser.BytesParser(policy=email.policy.strict).parsebytes(stuffed)
            for name in ("Date", "From", "To", "Message-ID", "Subject"):
                self.assertTrue(message[name], name)
            self.assertIsNotNone(message["Date"].datetime)
            self.assertEqual(message["From"].addresses[0].addr_spec, "sender@loadgen.example")
            identities.add(message["Message-ID"])
            self.assertLessEqual(max(map(len, stuffed.split(b"\r\n"))), 998)
        self.assertEqual(len(identities), 40)


if __name__ == "__main__":
    mailvoid.main()
