# SPDX-License-Identifier: Apache-2.0
"""Messages, what they look like on the wire, and what a receiver must count: the tests' own arithmetic."""
import random
import re


def stuffed(octets):
    """RFC 5321 section 4.5.2; a line begins at the start and after CRLF, nowhere else."""
    return re.sub(rb"(^|\r\n)\.", rb"\1..", octets)


def tricky(seed, about):
    """A message of some length, full of what may be taken for an end of line or of data; ends in CRLF."""
    dice = random.Random(seed)
    pieces = [b"\r\n", b"\r", b"\n", b".", b"..", b"\r\n.", b"\n.\n", b"\r.\r", b"\0", b"\xff\xfe", b"text",
              b"a line\r\n", b"x" * 75 + b"\r\n", b"y" * 1100]
    weights = [6, 3, 3, 4, 2, 4, 2, 2, 1, 2, 8, 10, 10, 1]
    octets = bytearray()
    while len(octets) < about:
        octets += dice.choices(pieces, weights)[0]
    octets += b"\r\n"
    return bytes(octets)


def sink_counts(messages):
    """What mailvoid-sink's metrics must say of these messages, by name without the prefix."""
    def total(pattern):
        return sum(len(re.findall(pattern, octets)) for octets in messages)
    return {
        "messages_accepted_total": len(messages),
        "message_bytes_total": sum(map(len, messages)),
        "data_lines_total": total(rb"\r\n"),
        "data_stuffed_dots_total": total(rb"^\.|(?<=\r\n)\."),
        "data_bare_cr_total": total(rb"\r(?!\n)"),
        "data_bare_lf_total": total(rb"(?<!\r)\n"),
    }
