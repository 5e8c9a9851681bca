# SPDX-License-Identifier: Apache-2.0
"""Other people's mail clients, each run as its users run it, behind one interface.

A client sends whole messages that are ready for the wire but for dot-stuffing (every line ends with CRLF). What
it needs to be given so that just that is sent, prepared() tells; what a receiver gets, received(); what the
client says afterwards of how much it sent, claimed(). A client that could not be run is an error, never "refused".
"""
import concurrent.futures
import functools
import json
import re
import shutil
import smtplib
import subprocess
import typing

import mail
import mailvoid
import peers
import procfs

# Any other than the client's own default, so that it shows that it was passed on.
HELO = "client.example"
SENDER = "ann@client.example"
RECIPIENT = "bob@sink.example"
_PATIENCE = 300.0


class Said(typing.NamedTuple):
    """What a client said of one message: `code` is that of the last reply it names, 250 if all went well."""
    code: int
    refused: tuple = ()  # the recipients that it says were refused, if it says which and sent to the others
    claim: object = None  # how much it says it sent, as claimed() has it
    text: str = ""


class Mail(typing.NamedTuple):
    """Messages to be sent one after the other, each to all recipients."""
    files: list  # paths to what prepared() gave
    sender: str = SENDER
    recipients: tuple = (RECIPIENT,)


def program(name):
    """The path of a program that is in a package of Debian's."""
    path = shutil.which(name, path="/usr/bin:/bin")
    if path is None:
        raise AssertionError(f"{name} is missing; install it with: scripts/setup test")
    return path


def run(command, stdin=None, environment=None):
    return subprocess.run(command, stdin=stdin or subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE,
                          check=False, env=environment or mailvoid.clean_environment())


class Client:
    keeps_connections = False  # several messages over one connection
    declares_size = False  # SIZE= on MAIL
    goes_on = False  # to the other recipients when one is refused
    quits = True  # says QUIT when all is sent, rather than hanging up
    quits_when_refused = False

    def prepared(self, octets):
        return octets

    def received(self, octets):
        return octets

    def claimed(self, _octets):
        return None

    def connections(self, messages, at_once=1):
        return min(messages, at_once) if self.keeps_connections else messages

    def send(self, folder, address, sent, at_once=1):
        """Sends it, with up to `at_once` messages on their way; what was said of each. May write to `folder`."""
        raise NotImplementedError


class Smtplib(Client):
    """Python's; bytes are sent as they are, and CRLF is added at the end only if there is none."""
    keeps_connections = declares_size = goes_on = quits_when_refused = True

    def send(self, folder, address, sent, at_once=1):
        shares = [range(first, len(sent.files), at_once) for first in range(at_once)]
        said = [None] * len(sent.files)

        def send_share(share):
            with smtplib.SMTP(*address, local_hostname=HELO, timeout=_PATIENCE) as connection:
                for index in share:
                    said[index] = self._send(connection, sent, sent.files[index].read_bytes())
        with concurrent.futures.ThreadPoolExecutor(at_once) as threads:
            list(threads.map(send_share, filter(len, shares)))
        return said

    def _send(self, connection, sent, octets):
        try:
            refused = connection.sendmail(sent.sender, sent.recipients, octets)
        except smtplib.SMTPRecipientsRefused as error:
            code, text = list(error.recipients.values())[-1]
            return Said(code, text=text.decode())
        except smtplib.SMTPResponseException as error:
            return Said(error.smtp_code, text=error.smtp_error.decode())
        return Said(250, tuple(refused))


class Nodemailer(Client):
    """Its pool, and `raw`, which is sent as it is but for LF, which becomes CRLF. Data and final dot go out in two
    writes, and Nagle holds the second back until a delayed ACK comes: some 40 ms a message to any server, so many
    are sent at once."""
    keeps_connections = goes_on = True
    quits = False
    folder = mailvoid.ROOT / "tests/integration/nodemailer"

    def claimed(self, octets):
        return len(mail.stuffed(octets)) + len(b".\r\n")

    def send(self, folder, address, sent, at_once=1):
        mailvoid.needed(self.folder / "node_modules/nodemailer/package.json")
        job = folder / "job.json"
        job.write_text(json.dumps({
            "host": address[0], "port": address[1], "name": HELO, "connections": at_once, "from": sent.sender,
            "to": sent.recipients, "files": [str(path) for path in sent.files]}))
        ended = run([shutil.which("node") or program("node"), self.folder / "send.js", job])
        if ended.returncode:
            raise AssertionError(ended.stderr.decode())
        return [self._said(told) for told in json.loads(ended.stdout)]

    def _said(self, told):
        if "error" in told:
            if "code" not in told:
                raise AssertionError(told["error"])
            return Said(told["code"], text=told["error"])
        return Said(250, tuple(told["rejected"]), told["size"])


class Curl(Client):
    """Files are sent as they are (--crlf would add to CRLF as well)."""
    keeps_connections = declares_size = quits_when_refused = True

    @functools.cached_property
    def _end(self):
        version = re.match(rb"curl (\d+)\.(\d+)", run([program("curl"), "--version"]).stdout)
        # Since it has a reader of its own for this, it counts the final dot as well.
        return len(b".\r\n") if tuple(map(int, version.groups())) >= (8, 7) else 0

    def claimed(self, octets):
        return len(mail.stuffed(octets)) + self._end

    def send(self, folder, address, sent, at_once=1):
        url = f"smtp://{procfs.format_address(address)}/{HELO}"
        recipients = "".join(f'mail-rcpt = "{recipient}"\n' for recipient in sent.recipients)
        settings = folder / "curl.config"
        settings.write_text("next\n".join(
            f'url = "{url}"\nmail-from = "<{sent.sender}>"\n{recipients}upload-file = "{path}"\n'
            f'write-out = "%{{response_code}} %{{size_upload}} %{{errormsg}}\\n"\n' for path in sent.files))
        ended = run([program("curl"), "--disable", "--silent", "--config", settings])
        lines = ended.stdout.decode().splitlines()
        if len(lines) != len(sent.files):
            raise AssertionError(f"curl spoke of {len(lines)} messages:\n{ended.stdout}\n{ended.stderr}")
        said = [Said(int(code), (), int(octets), text)
                for code, octets, text in (line.split(" ", 2) for line in lines)]
        if (ended.returncode == 0) != (said[-1].code == 250):
            raise AssertionError(f"curl's exit code is {ended.returncode}, but it said {said[-1]}")
        return said


class ProcessPerMessage(Client):
    def send(self, folder, address, sent, at_once=1):
        with concurrent.futures.ThreadPoolExecutor(at_once) as threads:
            return list(threads.map(lambda path: self.send_one(address, sent, path), sent.files))

    def send_one(self, address, sent, path):
        raise NotImplementedError


class Msmtp(ProcessPerMessage):
    """Lines' ends become CRLF; Date, Message-ID, From and Bcc are left alone if it is told so. Its delay a message
    is that of Nodemailer."""
    program = mailvoid.TOOLS / "msmtp/usr/bin/msmtp"

    def claimed(self, octets):
        return len(octets.replace(b"\r\n", b"\n"))

    def send_one(self, address, sent, path):
        with open(path, "rb") as message:
            ended = run([mailvoid.needed(self.program), "--file=/dev/null", f"--host={address[0]}",
                         f"--port={address[1]}", f"--domain={HELO}", f"--from={sent.sender}", "--logfile=-",
                         "--set-from-header=off", "--set-date-header=off", "--set-msgid-header=off",
                         "--remove-bcc-headers=off", "--undisclosed-recipients=off", "--", *sent.recipients],
                        stdin=message)
        text = ended.stdout.decode() + ended.stderr.decode()
        code, size = (re.search(pattern, text) for pattern in (r"smtpstatus=(\d+)", r"mailsize=(\d+)"))
        if code is None or (ended.returncode == 0) != (code[1] == "250"):
            raise AssertionError(f"msmtp's exit code is {ended.returncode}: {text}")
        return Said(int(code[1]), (), size and int(size[1]), text)


class Swaks(ProcessPerMessage):
    """Perl, a process a message. By default it replaces much (%DATE%, and \\n by a line end); with
    --no-data-fixup it sends what it is given, which then has to be dot-stuffed already and to end with the dot."""
    goes_on = quits_when_refused = True

    def prepared(self, octets):
        return mail.stuffed(octets) + b"."

    def claimed(self, octets):
        return octets.count(b"\n") + 1

    def send_one(self, address, sent, path):
        ended = run([program("swaks"), "--server", address[0], "--port", str(address[1]), "--helo", HELO, "--from",
                     sent.sender or "<>", "--to", ",".join(sent.recipients), "--suppress-data",
                     "--no-data-fixup", "--data", f"@{path}"])
        text = ended.stdout.decode() + ended.stderr.decode()
        refused = [(line, int(code)) for line, code in
                   re.findall(r"^ -> (.*)\n<\*\* (\d{3}) ", text, re.MULTILINE)]
        lines = re.search(r"^ -> (\d+) lines sent$", text, re.MULTILINE)
        if ended.returncode == 0:
            return Said(250, tuple(re.findall("<(.*)>", line)[0] for line, _ in refused), int(lines[1]), text)
        if not refused:
            raise AssertionError(f"swaks' exit code is {ended.returncode}: {text}")
        return Said(refused[-1][1], text=text)


class SmtpSource(ProcessPerMessage):
    """Postfix's, with -F: each LF becomes CRLF, and an empty line is added. It says how many messages were
    accepted, ends at the first refusal, and makes up the names of further recipients itself."""

    def prepared(self, octets):
        return octets.replace(b"\r\n", b"\n")

    def received(self, octets):
        return octets + b"\r\n"

    def claimed(self, _octets):
        return 1

    def send_one(self, address, sent, path):
        recipients = ["-r", str(len(sent.recipients))] if len(sent.recipients) > 1 else []
        ended = run([mailvoid.needed(peers.POSTFIX / "sbin/smtp-source"), "-c", "-M", HELO, "-f", sent.sender, "-t",
                     sent.recipients[-1], *recipients, "-F", path, procfs.format_address(address)],
                    environment=peers.environment())
        text = ended.stderr.decode()
        if ended.returncode == 0:
            return Said(250, (), int(ended.stdout.split()[-1]), text)
        code = re.search(r"fatal: .*? (\d{3}) ", text)
        if code is None:
            raise AssertionError(f"smtp-source's exit code is {ended.returncode}: {text}")
        return Said(int(code[1]), text=text)
