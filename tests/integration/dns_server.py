# SPDX-License-Identifier: Apache-2.0
"""A DNS server for tests, over UDP and TCP, with the records that a test gives it:

    DnsServer({"example.test": {"MX": ["10 mx1.example.test."]}, "mx1.example.test": {"A": ["127.0.0.2"]}})

A name that is not there is NXDOMAIN; a type that a name has not is an answer without records. Instead of its
records a name may have SILENT, SERVFAIL or REFUSED, or TRUNCATED and its records, which UDP answers then lack."""
import socketserver
import struct
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

import procfs

SILENT, SERVFAIL, REFUSED, TRUNCATED = "silent", "servfail", "refused", "truncated"
_FAILURES = {SERVFAIL: dns.rcode.SERVFAIL, REFUSED: dns.rcode.REFUSED}


class DnsServer:
    def __init__(self, records):
        self.records, self.asked = records, []
        self._servers = []
        # A port that both protocols have.
        for _ in range(100):
            udp = socketserver.ThreadingUDPServer(("127.0.0.1", 0), self._handler(self._answer_datagram))
            try:
                tcp = socketserver.ThreadingTCPServer(udp.server_address, self._handler(self._answer_stream))
            except OSError:
                udp.server_close()
                continue
            self._servers = [udp, tcp]
            break
        self.address = self._servers[0].server_address
        self.text = procfs.format_address(self.address)
        for server in self._servers:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self):
        for server in self._servers:
            server.shutdown()
            server.server_close()

    @staticmethod
    def _handler(answer):
        return type("Handler", (socketserver.BaseRequestHandler,),
                    {"handle": lambda self: answer(self.request, self.client_address)})

    def _answer_datagram(self, request, client):
        datagram, reply_from = request
        reply = self._reply(datagram, "udp")
        if reply is not None:
            reply_from.sendto(reply, client)

    def _answer_stream(self, connection, _):
        stream = connection.makefile("rb")
        while len(length := stream.read(2)) == 2:
            reply = self._reply(stream.read(struct.unpack("!H", length)[0]), "tcp")
            if reply is not None:
                connection.sendall(struct.pack("!H", len(reply)) + reply)

    def _reply(self, octets, protocol):
        query = dns.message.from_wire(octets)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((protocol, name, kind))
        found = self.records.get(name)
        if found == SILENT:
            return None
        reply = dns.message.make_response(query, recursion_available=True)
        if found is None:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        elif isinstance(found, str):
            reply.set_rcode(_FAILURES[found])
        elif found.get(TRUNCATED) and protocol == "udp":
            reply.flags |= dns.flags.TC
        elif kind in found:
            reply.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, found[kind]))
        return reply.to_wire()
