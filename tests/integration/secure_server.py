# SPDX-License-Identifier: Apache-2.0
"""An SMTP server over Python's ssl: STARTTLS or implicit TLS, AUTH PLAIN and LOGIN, one thread a connection."""
import base64
import contextlib
import socket
import ssl
import subprocess
import threading


def make_certificate(directory, name="localhost"):
    """Its own authority, for that name and 127.0.0.1: the paths of certificate and key."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", certificate, "-days", "2", "-subj", f"/CN={name}", "-addext",
                    f"subjectAltName=DNS:{name},IP:127.0.0.1"], check=True, capture_output=True, timeout=60)
    return certificate, key


class SecureServer:
    def __init__(self, certificate, key, implicit=False, users=None, context=None, injected=b"", gsasl_password=None):
        self.context = context or ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.implicit, self.users, self.injected = implicit, users or {}, injected
        self.gsasl_password = gsasl_password  # of any user, for SCRAM
        self.messages, self.resumed, self.handshakes, self.endings = 0, 0, 0, []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def close(self):
        # Closed under a thread that is about to accept, the next server's listener, which gets the same descriptor,
        # would have its connections taken and served by this one.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.settimeout(30)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _secure(self, connection):
        secured = self.context.wrap_socket(connection, server_side=True)
        with self._lock:
            self.handshakes += 1
            self.resumed += secured.session_reused
        return secured

    def _serve(self, connection):
        ending = "quit"
        try:
            if self.implicit:
                connection = self._secure(connection)
            self._converse(connection, self.implicit)
        except ssl.SSLError as error:
            ending = error.reason or str(error)
        except (OSError, EOFError) as error:
            ending = str(error)
        with self._lock:
            self.endings.append(ending)
        connection.close()

    def _converse(self, connection, tls=False, greets=True):
        lines = connection.makefile("rb")
        say = lambda text: connection.sendall(text.encode() + b"\r\n")
        if greets:
            say("220 secure.example ESMTP")
        while line := lines.readline():
            verb, _, argument = line.strip().decode("latin-1").partition(" ")
            verb = verb.upper()
            if verb == "EHLO":
                offers = ["PIPELINING", "CHUNKING"] + ([] if tls else ["STARTTLS"])
                offers += ["AUTH LOGIN PLAIN"] if tls and self.users else []
                offers += ["AUTH SCRAM-SHA-256"] if self.gsasl_password else []
                say("\r\n".join(["250-secure.example"] + [f"250-{offer}" for offer in offers] + ["250 HELP"]))
            elif verb == "STARTTLS":
                connection.sendall(b"220 go\r\n" + self.injected)
                with self._secure(connection) as secured:
                    return self._converse(secured, tls=True, greets=False)
            elif verb == "AUTH":
                say("235 welcome" if self._proves(argument, lines, say) else "535 no")
            elif verb == "DATA":
                say("354 go")
                while lines.readline() != b".\r\n":
                    pass
                self._count(say)
            elif verb == "BDAT":
                octets, _, last = argument.partition(" ")
                lines.read(int(octets))
                self._count(say) if last else say("250 chunk")
            elif verb == "QUIT":
                say("221 bye")
                if tls:
                    connection.unwrap()
                return
            else:
                say("250 ok")
        raise EOFError("gone")

    def _count(self, say):
        with self._lock:
            self.messages += 1
        say("250 queued")

    def _gsasl_trusts(self, response, lines, say):
        """What gsasl thinks of the client, whose server part is played by that program."""
        command = ["stdbuf", "-oL", "gsasl", "--server", "--no-cb", "-m", "SCRAM-SHA-256", "-p", self.gsasl_password]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True) as gsasl:
            gsasl.stdout.readline()
            for line in gsasl.stdout:
                if "Output from server" in line:
                    challenge = next(gsasl.stdout).strip()
                    if challenge:
                        say("334 " + challenge)
                        response = lines.readline().strip().decode()
                    gsasl.stdin.write(response + "\n")
                    gsasl.stdin.flush()
                elif "client trusted" in line:
                    return True
            return False

    def _proves(self, argument, lines, say):
        mechanism, _, initial = argument.partition(" ")
        if mechanism == "SCRAM-SHA-256":
            return self._gsasl_trusts(initial, lines, say)
        if mechanism == "PLAIN":
            _, user, password = base64.b64decode(initial).decode().split("\0")
        else:
            if not initial:
                say("334 " + base64.b64encode(b"Username:").decode())
                initial = lines.readline().strip()
            user = base64.b64decode(initial).decode()
            say("334 " + base64.b64encode(b"Password:").decode())
            password = base64.b64decode(lines.readline().strip()).decode()
        return self.users.get(user) == password
