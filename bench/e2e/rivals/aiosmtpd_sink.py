# SPDX-License-Identifier: Apache-2.0
"""aiosmtpd as a sink: takes everything, keeps nothing. aiosmtpd_sink.py PORT; prints the messages on
SIGTERM."""
import asyncio
import signal
import sys

from aiosmtpd.smtp import SMTP


class Discard:
    messages = 0

    async def handle_DATA(self, server, session, envelope):
        Discard.messages += 1
        return "250 2.0.0 Ok"


async def main():
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    server = await loop.create_server(
        lambda: SMTP(Discard(), hostname="sink.example", data_size_limit=64 << 20),
        "127.0.0.1", int(sys.argv[1]), backlog=4096)
    await stopped.wait()
    server.close()
    print(Discard.messages, flush=True)


asyncio.run(main())
