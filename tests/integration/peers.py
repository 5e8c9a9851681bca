# SPDX-License-Identifier: Apache-2.0
"""Mail programs of others that send to the sink."""
import mailvoid

POSTFIX = mailvoid.TOOLS / "postfix/usr"


def start_smtp_source(test, sink, *arguments):
    program = mailvoid.needed(POSTFIX / "sbin/smtp-source")
    environment = mailvoid.clean_environment(LD_LIBRARY_PATH=str(POSTFIX / "lib/postfix"))
    return test.start(mailvoid.Program([program, *arguments, sink.target], environment=environment))


def smtp_source(test, sink, *arguments):
    """Postfix's smtp-source: -s sessions, -m messages, -d keep the connections, -l octets of text."""
    ended = start_smtp_source(test, sink, *arguments).wait(180)
    test.assertEqual(ended.code, 0, ended)
