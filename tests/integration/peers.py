# SPDX-License-Identifier: Apache-2.0
"""Postfix's mail programs for tests, unpacked rather than installed."""
import mailvoid

POSTFIX = mailvoid.TOOLS / "postfix/usr"


def environment():
    return mailvoid.clean_environment(LD_LIBRARY_PATH=str(POSTFIX / "lib/postfix"))


def start_smtp_source(test, sink, *arguments):
    program = mailvoid.needed(POSTFIX / "sbin/smtp-source")
    return test.start(mailvoid.Program([program, *arguments, sink.target], environment=environment()))


def smtp_source(test, sink, *arguments):
    """Postfix's smtp-source: -s sessions, -m messages, -d keep the connections, -l octets of text."""
    ended = start_smtp_source(test, sink, *arguments).wait(180)
    test.assertEqual(ended.code, 0, ended)
