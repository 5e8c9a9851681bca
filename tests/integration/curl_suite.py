# SPDX-License-Identifier: Apache-2.0
"""curl's own tests as its source package has them: tests/data/testN, in the form of its tests/FILEFORMAT.

Only what SMTP tests use of it. Texts are octets read as UTF-8, what is no UTF-8 as surrogates."""
import base64
import os
import pathlib
import re
import shlex
import tomllib
import urllib.parse

import mailvoid

SOURCE = mailvoid.TOOLS / "curl-tests/tests/data"
_TABLE = pathlib.Path(__file__).parent / "curl_suite.toml"


def table():
    """(what runs with which further options, what differs how, what does not run and why), each by case."""
    with open(_TABLE, "rb") as file:
        rows = tomllib.load(file)

    def by_case(kind):
        pairs = [(case, row) for row in rows.get(kind, []) for case in row["cases"] if row["why"]]
        assert len(dict(pairs)) == len(pairs), f"a case is listed twice under {kind}"
        return dict(pairs)
    return tuple(by_case(kind) for kind in ("options", "difference", "not_run"))


def smtp_cases():
    """The numbers of all tests whose server is one for SMTP."""
    found = []
    for path in mailvoid.needed(SOURCE).glob("test*"):
        if path.name[4:].isdecimal() and re.search(rb"<server>\s*smtps?\s", path.read_bytes()):
            found.append(int(path.name[4:]))
    return sorted(found)


class Case:
    """One test. `folder` takes the place of the folder `log` that its files are in."""

    def __init__(self, number, folder, port):
        self._text = os.fsdecode((SOURCE / f"test{number}").read_bytes())
        values = {"TESTNUMBER": number, "HOSTIP": "127.0.0.1", "SMTPPORT": port, "SMTPSPORT": port, "LOGDIR": folder}
        for name, value in values.items():
            self._text = self._text.replace(f"%{name}", str(value))
        for pattern, replacement in _MACROS.items():
            self._text = re.sub(pattern, replacement, self._text)
        self._folder = folder

    def part(self, tag):
        """(attributes, text) or None."""
        found = re.search(rf"<{tag}((?: [^>]*)?)>\n?(.*?)</{tag}>", self._text, re.DOTALL)
        if found is None:
            return None
        text = found[2]
        if "nonewline" in found[1]:
            text = text[:-1]
        if 'crlf="yes"' in found[1]:
            text = text.replace("\n", "\r\n")
        return text

    def write_files(self):
        for number in ("", "1", "2", "3"):
            for name in re.findall(rf'<file{number} name="([^"]*)"', self._text.partition("<verify>")[0]):
                path = self._folder / pathlib.Path(name).name
                path.write_bytes(os.fsencode(self.part(f"file{number}")))

    @property
    def arguments(self):
        return shlex.split(self.part("command").replace("log/", f"{self._folder}/"))

    @property
    def stdin(self):
        return os.fsencode(self.part("stdin") or "")

    @property
    def exit_code(self):
        return int(self.part("errorcode") or 0)

    @property
    def commands(self):
        return (self.part("protocol") or "").replace("\r", "").splitlines()

    @property
    def messages(self):
        """What curl is to have sent, without dot-stuffing and the final dot; nothing if it breaks off."""
        upload = os.fsencode(self.part("upload") or "")
        if not upload.endswith(b".\r\n"):
            return []
        text = re.sub(rb"(?m)^\.", b"", upload[:-3])
        return [text] * self.commands.count("DATA")

    def same_for_all(self, octets):
        """`octets` with what is by chance replaced, as the test says."""
        for pattern, replacement in re.findall(r"^s/(.*)/(.*)/$", self.part("strippart") or "", re.MULTILINE):
            octets = re.sub(pattern.encode(), replacement.encode(), octets, flags=re.MULTILINE)
        return octets

    @property
    def server_options(self):
        """What <servercmd> asks of the server, as options of the sink."""
        asked = self.part("servercmd") or ""
        capabilities = re.findall(r"[\w-]+", " ".join(re.findall(r"^CAPA (.*)$", asked, re.MULTILINE)))
        options = [part for name in ("SIZE", "SMTPUTF8") if name not in capabilities for part in ("--disable", name)]
        mechanisms = re.search(r"^AUTH (.*)$", asked, re.MULTILINE)
        if mechanisms:
            options += ["--auth", f"file:{self._users()}", "--auth-mechanisms", ",".join(mechanisms[1].split())]
        return options

    def _users(self):
        """A file of the users who log in by the command."""
        arguments, users = self.arguments, []
        for option, value in zip(arguments, arguments[1:]):
            if option == "-u":
                users.append(value)
            elif option == "--oauth2-bearer":
                users[-1] += ":" + value
        path = self._folder / "users"
        path.write_text("".join(user + "\n" for user in users))
        path.chmod(0o600)
        return path


def _octets(text):
    """Octets that a macro writes as %XX, as text that os.fsencode() turns into them."""
    return os.fsdecode(urllib.parse.unquote_to_bytes(text))


# What stands in the tests for text that would not survive in them; some are only in newer versions of curl.
_MACROS = {
    r"%hex\[(.*?)\]hex%": lambda found: _octets(found[1]),
    r"%repeat\[(\d+) x (.*?)\]%": lambda found: int(found[1]) * _octets(found[2]),
    r"%b64\[(.*?)\]b64%": lambda found: base64.b64encode(urllib.parse.unquote_to_bytes(found[1])).decode(),
}
