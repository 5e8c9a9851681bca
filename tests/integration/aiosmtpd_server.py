# SPDX-License-Identifier: Apache-2.0
"""aiosmtpd as a server for the generator, run by Debian's Python:

  /usr/bin/python3 aiosmtpd_server.py '{"users": {"me": "secret"}, "certificate": PATH, "key": PATH, ...}'

The port is its first line; on SIGTERM it writes what it has seen, as JSON, and ends."""
import asyncio
import base64
import hashlib
import hmac
import json
import signal
import ssl
import sys

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import MISSING, SMTP, AuthResult


class Handler:
    """Counts all; offers what aiosmtpd can do and does not announce, and CRAM-MD5."""

    def __init__(self, options):
        self.options = options
        self.seen = {"sessions": 0, "handshakes": 0, "messages": []}

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_PROXY(self, server, session, envelope, proxy_data):
        return True

    async def handle_DATA(self, server, session, envelope):
        tls = server.transport.get_extra_info("ssl_object")
        proxied = session.proxy_data
        self.seen["messages"].append({
            "from": envelope.mail_from, "options": envelope.mail_options, "to": envelope.rcpt_tos,
            "sha256": hashlib.sha256(envelope.content).hexdigest(), "tls": tls.version() if tls else None,
            "user": session.auth_data,
            "client": f"{proxied.src_addr}:{proxied.src_port}" if proxied and proxied.src_addr else None})
        replies = len(envelope.rcpt_tos) if self.options.get("lmtp") else 1
        return "\r\n".join(["250 2.0.0 taken"] * replies)

    async def auth_CRAM__MD5(self, server, args):
        challenge = b"<1896.697170952@postoffice.example>"
        answer = await server.challenge_auth(base64.b64encode(challenge), encode_to_b64=False)
        if answer is MISSING:
            return AuthResult(success=False)
        user, _, digest = answer.decode().rpartition(" ")
        secret = self.options["users"].get(user, "")
        right = hmac.new(secret.encode(), challenge, "md5").hexdigest()
        return AuthResult(success=hmac.compare_digest(digest, right), handled=False, auth_data=user)


def main():
    options = json.loads(sys.argv[1])
    handler = Handler(options)
    context = None
    if "certificate" in options:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options["certificate"], options["key"])
    implicit = options.get("implicit", False)
    users = options.get("users")

    def authenticate(server, session, envelope, mechanism, login):
        user, password = login.login.decode(), login.password.decode()
        return AuthResult(success=users.get(user) == password, handled=False, auth_data=user)

    def session():
        handler.seen["sessions"] += 1
        more = {"authenticator": authenticate, "auth_required": True} if users else {}
        return (LMTP if options.get("lmtp") else SMTP)(
            handler, hostname="aiosmtpd.example", enable_SMTPUTF8=options.get("smtputf8", False),
            tls_context=None if implicit else context, require_starttls=context is not None and not implicit,
            auth_require_tls=context is not None and not implicit,
            proxy_protocol_timeout=5.0 if options.get("proxy") else None, loop=loop, **more)

    async def serve():
        ended = asyncio.Event()
        loop.add_signal_handler(signal.SIGTERM, ended.set)
        server = await loop.create_server(session, "127.0.0.1", 0, ssl=context if implicit else None)
        print(server.sockets[0].getsockname()[1], flush=True)
        await ended.wait()
        server.close()

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(serve())
    print(json.dumps(handler.seen), flush=True)


main()
