# SPDX-License-Identifier: Apache-2.0
"""What mailvoid-sink --capture has written, read back and checked as far as every file must agree with the rest."""
import collections
import hashlib
import pathlib
import re
import stat

_ID = r"mv[0-9a-z]+-[0-9a-z]+-\d+-\d+"
_NAMES = {"maildir": re.compile(rf"\d+\.({_ID})\.([A-Za-z0-9.-]+),S=(\d+)"), "eml": re.compile(rf"({_ID})\.eml")}
# What goes before a message, nothing else.
_TRACE = re.compile(
    rb"Return-Path: <(?P<sender>[ -~\x80-\xff]*)>\r\n"
    rb"Received: from (?P<hello>[A-Za-z0-9._:\[\]?-]+)(?: \(\[(?P<peer>[0-9A-Za-z:.]+)\]\))?\r\n"
    rb"\tby (?P<by>[A-Za-z0-9.-]+) with (?P<protocol>(?:E?SMTP|LMTP|UTF8SMTP|UTF8LMTP)S?A?) id (?P<id>[0-9a-z-]+)"
    rb"(?:\r\n\tfor <(?P<recipient>[ -~\x80-\xff]+)>)?;\r\n"
    rb"\t[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000\r\n"
    rb"(?P<envelope>(?:X-Mailvoid-[A-Z][A-Za-z]+: [ -~\x80-\xff]+(?:\r\n\t[ -~\x80-\xff]+)*\r\n)*?)"
    rb"X-Mailvoid-Data: (?P<data>DATA|BDAT)\r\n")


class Sample:
    """One file: `content` is the message, `trace` the match of what went before it, None with raw."""

    def __init__(self, path, form, raw):
        name = _NAMES[form].fullmatch(path.name)
        if name is None:
            raise AssertionError(f"{path.name} is no name of a sample")
        self.id = name[1]
        facts = path.stat()
        if stat.S_IMODE(facts.st_mode) != 0o600:
            raise AssertionError(f"{path} has mode {facts.st_mode:o}")
        octets = path.read_bytes()
        if form == "maildir" and int(name[3]) != len(octets):
            raise AssertionError(f"{path.name} has {len(octets)} octets")
        self.size = len(octets)
        self.trace = None if raw else _TRACE.match(octets)
        if not raw and self.trace is None:
            raise AssertionError(f"{path.name} does not begin with the trace lines: {octets[:400]!r}")
        if self.trace and self.trace["id"].decode() != self.id:
            raise AssertionError(f"{path.name} is another's: {octets[:400]!r}")
        self.content = octets[self.trace.end():] if self.trace else octets

    def told(self, name):
        """What X-Mailvoid-NAME fields say, in their order, unfolded."""
        lines = self.trace["envelope"].decode().replace("\r\n\t", " ").splitlines()
        prefix = f"X-Mailvoid-{name}: "
        return [line[len(prefix):] for line in lines if line.startswith(prefix)]


def folder(directory, form):
    return pathlib.Path(directory, "new") if form == "maildir" else pathlib.Path(directory)


def files(directory, form):
    """Paths of what has a final name."""
    return [path for path in folder(directory, form).iterdir() if path.is_file() and path.name[0] != "."]


def left_over(directory, form):
    """Temporary files."""
    if form == "maildir":
        return list(pathlib.Path(directory, "tmp").iterdir())
    return [path for path in pathlib.Path(directory).iterdir() if path.name[0] == "."]


def read(directory, form, raw=False):
    return [Sample(path, form, raw) for path in files(directory, form)]


def digests(contents):
    """SHA-256 of each, with how often it occurs."""
    return collections.Counter(hashlib.sha256(content).hexdigest() for content in contents)


def ids_told(octets):
    """The ids in what a client was told."""
    return re.findall(rb"^250 2\.0\.0 Message accepted, id (\S+)\r\n", octets, re.MULTILINE)


def drops(metrics):
    """Samples dropped, by reason, without those that are 0."""
    return metrics.by_label("mailvoid_sink_capture_samples_dropped_total")


def assert_balanced(test, metrics):
    """Every sample that was started has ended in one way."""
    prefix = "mailvoid_sink_capture_samples_"
    test.assertEqual(metrics[prefix + "started_total"], metrics[prefix + "written_total"] +
                     metrics[prefix + "aborted_total"] + sum(drops(metrics).values()))
    test.assertEqual(metrics["mailvoid_sink_capture_memory_bytes"], 0)
    test.assertEqual(metrics["mailvoid_sink_capture_queue_blocks"], 0)
