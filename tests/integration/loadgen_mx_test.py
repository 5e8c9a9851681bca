#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mailvoid-loadgen finds the mail servers of a domain as RFC 5321 section 5.1 has it, and says so if it cannot."""
import collections

import dns_server
import mailvoid

HOSTS = {f"mx{i}.example.test": {"A": [f"127.0.0.{i}"]} for i in (2, 3, 4)}


class Mx(mailvoid.TestCase):
    def dns(self, records):
        server = dns_server.DnsServer(records)
        self.addCleanup(server.close)
        return server

    def sinks(self, count):
        """On 127.0.0.2, 127.0.0.3 and so on, all on one port; and that port."""
        first = self.sink(listen=("127.0.0.2:0",))
        port = first.address[1]
        return [first, *(self.sink(listen=(f"127.0.0.{2 + i}:{port}",)) for i in range(1, count))], port

    def run_to(self, dns, *targets, sessions=8):
        """With a rest behind each message, so that no session has sent all before the others have connected."""
        return self.load(*targets, "--resolver", dns.text, "--sessions", sessions, "--messages", 10 * sessions,
                         "--think", "20ms")

    def refusal(self, dns, target, *more, code=1, **settings):
        ended = self.run_program("mailvoid-loadgen", target, "--resolver", dns.text, "--admin", "off", *more,
                                 **settings)
        self.assertEqual(ended.code, code, ended)
        self.assertEqual(len(ended.error_lines), 1, ended)
        return ended.err

    def test_the_best_preference_takes_all(self):
        sinks, port = self.sinks(2)
        dns = self.dns({"example.test": {"MX": ["20 mx3.example.test.", "10 MX2.Example.test."]}, **HOSTS})
        run = self.run_to(dns, f"mx:example.test:{port}")
        self.assertEqual([(each["name"], each["address"], each["accepted"]) for each in run["targets"]],
                         [(f"mx:example.test:{port}/mx2.example.test:{port}", sinks[0].target, 80)])
        self.assertEqual(sinks[1].scrape()["mailvoid_sink_connections_total"], 0)
        self.assertEqual(run["options.resolver"], dns.text)
        self.assertNotIn(("udp", "mx3.example.test", "A"), dns.asked)

    def test_equal_preferences_share_evenly_and_by_weight_with_other_targets(self):
        sinks, port = self.sinks(3)
        dns = self.dns({"example.test": {"MX": ["10 mx3.example.test.", "10 mx2.example.test."]}, **HOSTS})
        run = self.run_to(dns, f"mx:example.test:{port}")
        self.assertEqual([each["connections"] for each in run["targets"]], [4, 4])
        run = self.run_to(dns, f"mx:example.test:{port}", f"mx4.example.test:{port}")
        self.assertEqual([(each["weight"], each["connections"]) for each in run["targets"]], [(1, 2), (1, 2), (2, 4)])
        run = self.run_to(dns, f"mx:example.test:{port}=3", f"mx4.example.test:{port}=1")
        self.assertEqual([(each["weight"], each["connections"]) for each in run["targets"]], [(3, 3), (3, 3), (2, 2)])
        self.assertEqual([sink.scrape()["mailvoid_sink_connections_total"] for sink in sinks], [9, 9, 6])

    def test_a_domain_without_mx_is_its_own_server(self):
        (sink,), port = self.sinks(1)
        dns = self.dns({"example.test": {"A": ["127.0.0.2"]}})
        run = self.run_to(dns, f"mx:example.test:{port}")
        self.assertEqual([(each["name"], each["address"]) for each in run["targets"]],
                         [(f"mx:example.test:{port}/example.test:{port}", sink.target)])

    def test_ipv6_will_do(self):
        sink = self.sink(listen=("[::1]:0",))
        dns = self.dns({"example.test": {"MX": ["0 six.example.test."]}, "six.example.test": {"AAAA": ["::1"]}})
        run = self.run_to(dns, f"mx:example.test:{sink.address[1]}")
        self.assertEqual([each["address"] for each in run["targets"]], [sink.target])

    def test_ipv4_is_taken_where_there_is_both(self):
        (sink,), port = self.sinks(1)
        for kinds in (("A", "AAAA"), ("AAAA", "A")):
            addresses = {"A": ["127.0.0.2"], "AAAA": ["::1"]}
            dns = self.dns({"both.test": {kind: addresses[kind] for kind in kinds}})
            self.assertEqual(self.run_to(dns, f"both.test:{port}")["target"], sink.target)

    def test_a_truncated_answer_is_asked_for_again_by_tcp(self):
        (sink,), port = self.sinks(1)
        dns = self.dns({"example.test": {"MX": ["10 mx2.example.test."], dns_server.TRUNCATED: True}, **HOSTS})
        run = self.run_to(dns, f"mx:example.test:{port}")
        self.assertEqual([each["address"] for each in run["targets"]], [sink.target])
        self.assertIn(("tcp", "example.test", "MX"), dns.asked)

    def test_a_question_is_repeated(self):
        (sink,), port = self.sinks(1)
        dns = self.dns({"example.test": {"MX": ["10 mx2.example.test."]}, **HOSTS})
        times, answer = collections.Counter(), dns.records

        class Deaf(dict):
            def get(self, name):
                times[name] += 1
                return dns_server.SILENT if times[name] == 1 else answer.get(name)
        dns.records = Deaf()
        run = self.run_to(dns, f"mx:example.test:{port}")
        self.assertEqual([each["address"] for each in run["targets"]], [sink.target])

    def test_plain_names_are_asked_for_there_too(self):
        (sink,), port = self.sinks(1)
        run = self.run_to(self.dns(HOSTS), f"mx2.example.test:{port}")
        self.assertEqual(run["target"], sink.target)
        self.assertIn("nowhere.test is no name that the DNS has", self.refusal(self.dns(HOSTS), "nowhere.test:25"))
        run = self.run_to(self.dns({}), f"localhost:{self.sink().address[1]}")
        self.assertEqual(run["errors.total"], 0)

    def test_no_domain_is_appended(self):
        dns = self.dns(HOSTS)
        environment = {**mailvoid.clean_environment(), "LOCALDOMAIN": "example.test"}
        self.assertIn("mx2 is no name that the DNS has", self.refusal(dns, "mx2:25", environment=environment))
        self.assertEqual({name for _, name, _ in dns.asked}, {"mx2"})

    def test_null_mx_takes_no_mail(self):
        dns = self.dns({"example.test": {"MX": ["0 ."], "A": ["127.0.0.2"]}})
        self.assertIn("mx:example.test: example.test takes no mail: its MX says so (null MX, RFC 7505)",
                      self.refusal(dns, "mx:example.test"))

    def test_what_the_dns_cannot_tell(self):
        dns = self.dns({"failing.test": dns_server.SERVFAIL, "refusing.test": dns_server.REFUSED,
                        "empty.test": {}, "dangling.test": {"MX": ["10 gone.test."]},
                        "numeric.test": {"MX": ["10 127.0.0.1."]}, "public.test": {"MX": ["10 far.test."]},
                        "far.test": {"A": ["192.0.2.1"]},
                        "many.test": {"MX": [f"10 mx{i}.many.test." for i in range(65)]}})
        for domain, what in (
                ("failing.test", f"failing.test cannot be looked up: the name server {dns.text} failed (SERVFAIL)"),
                ("refusing.test", f"refusing.test cannot be looked up: the name server {dns.text} refuses to answer"),
                ("nowhere.test", "nowhere.test is no name that the DNS has"),
                ("empty.test", "has no MX, and empty.test has no address"),
                ("dangling.test", "its exchanger gone.test is no name that the DNS has"),
                ("numeric.test", "numeric.test has an MX that names no host, but '127.0.0.1'"),
                ("many.test", "many.test has 65 exchangers: at most 64"),
                ("public.test", "192.0.2.1:25 is a public address")):
            with self.subTest(domain):
                self.assertIn(what, self.refusal(dns, f"mx:{domain}"))

    def test_no_answer_is_waited_for_no_longer_than_asked(self):
        dns = self.dns({"silent.test": dns_server.SILENT})
        self.assertIn(f"silent.test cannot be looked up: no answer from the name server {dns.text} within 300ms",
                      self.refusal(dns, "mx:silent.test", "--resolver-timeout", "300ms"))
        self.assertEqual([kind for _, _, kind in dns.asked], ["MX"] * len(dns.asked))
        self.assertGreaterEqual(len(dns.asked), 2)

    def test_nobody_to_ask(self):
        dns = self.dns({})
        dns.close()
        self.assertIn(f"the name server {dns.text} cannot be reached",
                      self.refusal(dns, "mx:example.test", "--resolver-timeout", "2s"))

    def test_what_makes_no_sense_is_refused(self):
        dns = self.dns({})
        for target, what in (("mx:", "TARGET"), ("mx:no_domain", "names no domain"), ("mx:example.test:0", "port of 1 to"),
                             ("mx:example.test=0", "has a weight that must be"), ("mx:[::1]:25", "names no domain")):
            self.assertIn(what, self.refusal(dns, target, code=2))
        for resolver in ("nowhere.test", "127.0.0.1:0", "unix:/run/dns", ""):
            ended = self.run_program("mailvoid-loadgen", "mx:example.test", "--resolver", resolver)
            self.assert_one_line(ended, "--resolver", code=2)


if __name__ == "__main__":
    mailvoid.main()
