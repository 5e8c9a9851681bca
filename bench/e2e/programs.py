# SPDX-License-Identifier: Apache-2.0
"""The programs that are compared, one row each: how to start one, and how to ask it what it counted."""
import dataclasses
import gzip
import json
import os
import pathlib
import re
import subprocess
import typing

import procs

ROOT = procs.ROOT
BIN = pathlib.Path(os.environ.get("MAILVOID_BIN", ROOT / "build/release/bin"))
TOOLS = ROOT / "build/tools"
RIVALS = pathlib.Path(__file__).resolve().parent / "rivals"
PYTHON = "/usr/bin/python3"  # Debian's: aiosmtpd is a package of it
POSTFIX = TOOLS / "postfix/usr"
POSTFIX_ENVIRONMENT = {"LD_LIBRARY_PATH": str(POSTFIX / "lib/postfix")}
SENDER, RECIPIENT = "bench@source.example", "bench@sink.example"
HOST = "127.0.0.1"


@dataclasses.dataclass(frozen=True)
class Job:
    """What a run asks of a program. `lines` are those of a message with its dot, `octets` those of a message,
    `mail` a file with one."""
    port: int
    folder: pathlib.Path
    sessions: int = 0
    messages: int = 0
    octets: int = 0
    lines: int = 0
    mail: pathlib.Path | None = None

    @property
    def target(self):
        return f"{HOST}:{self.port}"


@dataclasses.dataclass(frozen=True)
class Program:
    """`command` makes the command line of a Job; `counted` reads, after the end, how many messages it says it
    took or sent, None where it does not tell; `version` says what it is."""
    name: str
    command: typing.Callable[[Job], list]
    version: typing.Callable[[], str]
    counted: typing.Callable[[procs.Process, Job], int | None] = lambda process, job: None
    environment: dict = dataclasses.field(default_factory=dict)
    needs: pathlib.Path | None = None


def _first_line(*command):
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    return ended.stdout.split("\n")[0]


def _ours(name):
    """Version and revision of what was built, which need not be the commit of the tree."""
    def version():
        told = subprocess.run([BIN / name, "--version"], capture_output=True, text=True, check=False, timeout=20)
        lines = dict(line.split(None, 1) for line in told.stdout.splitlines() if " " in line)
        return f"{lines.get(name, '?')}, revision {lines.get('revision', '?')}"
    return version


def _debian(package, file="changelog.Debian.gz"):
    """The version of a package that is unpacked below build/tools."""
    def version():
        with gzip.open(TOOLS / package / "usr/share/doc" / package / file, "rt", errors="replace") as text:
            return re.match(r"\S+ \(([^)]+)\)", text.readline())[1]
    return version


def _npm(name):
    def version():
        package = json.loads((RIVALS / "node_modules" / name / "package.json").read_text(encoding="utf-8"))
        return f"{package['version']}, node {_first_line('node', '--version').lstrip('v')}"
    return version


def _aiosmtpd_version():
    return _first_line(PYTHON, "-c", "import aiosmtpd, platform; "
                       "print(aiosmtpd.__version__ + ', python ' + platform.python_version())")


def _number_on_stdout(process, job):
    del job
    text = process.out.split()
    return int(text[-1]) if text and text[-1].isdigit() else None


def _member(*path):
    def counted(process, job):
        del process
        value = json.loads((job.folder / "result.json").read_text(encoding="utf-8"))
        for name in path:
            value = value[name]
        return value
    return counted


def _all_if_it_ended_well(process, job):
    """smtp-source and smtpping say no more than that."""
    return job.messages if process.code == 0 else 0


def _bhm(job):
    users = job.folder / "users"
    users.write_text(f"{RECIPIENT} x\n", encoding="ascii")
    return [TOOLS / "postal/usr/sbin/bhm", "-t", BHM_THREADS, "-b", HOST, "-p", job.port, users]


BHM_THREADS = 400  # somewhere above it refuses to start
# Only root may, and must, become somebody else.
_USER = ["-u", "nobody"] if os.geteuid() == 0 else []

_REVISION = "of the commit above"


def _mailvoid_sink(job, *more):
    return [BIN / "mailvoid-sink", "--listen", job.target, "--admin", "off", "--shards", "1",
            "--json", job.folder / "result.json", *more]


def _sampling_sink(job):
    return _mailvoid_sink(job, "--capture", job.folder / "samples", "--sample", f"1/{SAMPLE_EVERY}")


def _accepted_and_sampled(process, job):
    """The messages accepted, if one of each SAMPLE_EVERY begun is in a file, else none."""
    accepted = _member("messages_accepted")(process, job)
    samples = len(list((job.folder / "samples/new").iterdir()))
    return accepted if samples == -(-job.messages // SAMPLE_EVERY) else 0


SAMPLE_EVERY = 1000


def _floor_sink(backend, suffix=""):
    return Program(f"floor-sink {backend}{suffix}",
                   lambda job: [BIN / "floor-sink", backend, job.port, job.lines], lambda: _REVISION,
                   _number_on_stdout, needs=BIN / "floor-sink")


def _mailvoid(name, command):
    return Program(name, command, _ours("mailvoid-sink"), _member("messages_accepted"), needs=BIN / "mailvoid-sink")


def _implicit_tls_sink(job):
    return [BIN / "mailvoid-sink", "--listen", f"{job.target},tls=implicit", "--admin", "off", "--shards", "1",
            "--tls-self-signed", "--json", job.folder / "result.json"]


SERVERS = [
    _mailvoid("mailvoid-sink", _mailvoid_sink),
    _mailvoid("mailvoid-sink, STARTTLS and AUTH",
              lambda job: _mailvoid_sink(job, "--tls-self-signed", "--auth", "accept")),
    _mailvoid("mailvoid-sink, implicit TLS", _implicit_tls_sink),
    Program("mailvoid-sink, sampling", _sampling_sink, _ours("mailvoid-sink"), _accepted_and_sampled,
            needs=BIN / "mailvoid-sink"),
    _floor_sink("uring"),
    _floor_sink("uring", " again"),
    _floor_sink("epoll"),
    Program("smtp-sink",
            lambda job: [POSTFIX / "sbin/smtp-sink", *_USER, "-m", 5000, job.target, 4096],
            _debian("postfix"), environment=POSTFIX_ENVIRONMENT, needs=POSTFIX / "sbin/smtp-sink"),
    Program("bhm", _bhm, _debian("postal", "changelog.gz"), needs=TOOLS / "postal/usr/sbin/bhm"),
    Program("nodemailer smtp-server", lambda job: ["node", RIVALS / "nodemailer_sink.js", job.port],
            _npm("smtp-server"), _number_on_stdout, needs=RIVALS / "node_modules/smtp-server"),
    Program("aiosmtpd", lambda job: [PYTHON, RIVALS / "aiosmtpd_sink.py", job.port], _aiosmtpd_version,
            _number_on_stdout, needs=pathlib.Path("/usr/lib/python3/dist-packages/aiosmtpd")),
]


def _smtp_source(name, *more):
    return Program(name, lambda job: [POSTFIX / "sbin/smtp-source", "-s", job.sessions, "-m", job.messages, "-l",
                                      job.octets, "-f", SENDER, "-t", RECIPIENT, *more, job.target],
                   _debian("postfix"), _all_if_it_ended_well, POSTFIX_ENVIRONMENT, POSTFIX / "sbin/smtp-source")


def _loadgen(name, *more):
    return Program(name, lambda job: [BIN / "mailvoid-loadgen", job.target, "--admin", "off", "--quiet",
                                      "--shards", "1", "--sessions", job.sessions, "--messages", job.messages,
                                      "--size", job.octets, "--json", job.folder / "result.json", *more],
                   _ours("mailvoid-loadgen"), _member("messages", "accepted"), needs=BIN / "mailvoid-loadgen")


def _with_password(name, *more):
    """A generator that logs in; the password comes from a file."""
    plain = _loadgen(name, *more, "--auth-user", "bench")

    def command(job):
        password = job.folder / "password"
        password.write_text("secret\n", encoding="ascii")
        return [*plain.command(job), "--auth-password-file", password]
    return dataclasses.replace(plain, command=command)


_ONE = ("--messages-per-session", 1)
_TRUSTING = ("--tls-insecure",)


def _floor_client(backend, mode):
    return Program(f"floor-client {backend}, {mode}",
                   lambda job: [BIN / "floor-client", backend, job.port, mode, job.sessions, job.messages,
                                job.octets],
                   lambda: _REVISION, _number_on_stdout, needs=BIN / "floor-client")


def _smtpping(job):
    """Its workers are processes, and each sends as many as it is told."""
    workers = min(job.sessions, SMTPPING_WORKERS)
    return [TOOLS / "smtpping/usr/bin/smtpping", "-q", "-w", 0, "-P", workers, "-c", job.messages // workers,
            "-f", job.mail, "-S", SENDER, "-p", job.port, RECIPIENT, f"@{HOST}"]


SMTPPING_WORKERS = 20


def _nodemailer(name, mode):
    return Program(name, lambda job: ["node", RIVALS / "nodemailer_client.js", job.port, mode, job.sessions,
                                      job.messages, job.mail],
                   _npm("nodemailer"), _number_on_stdout, needs=RIVALS / "node_modules/nodemailer")


CLIENTS = [
    _smtp_source("smtp-source, kept", "-d"),
    _smtp_source("smtp-source, one a connection"),
    _loadgen("mailvoid-loadgen, unpipelined", "--no-pipelining"),
    _loadgen("mailvoid-loadgen, pipelined"),
    _loadgen("mailvoid-loadgen, one a connection", "--messages-per-session", 1),
    _loadgen("mailvoid-loadgen, kept"),
    _loadgen("mailvoid-loadgen, kept, STARTTLS", "--tls", "starttls", *_TRUSTING),
    _with_password("mailvoid-loadgen, one a connection, AUTH PLAIN", "--auth-mechanism", "plain", *_ONE),
    _loadgen("mailvoid-loadgen, one a connection, STARTTLS", "--tls", "starttls", *_TRUSTING, *_ONE),
    _loadgen("mailvoid-loadgen, one a connection, STARTTLS resumed", "--tls", "starttls", "--tls-resume", 100,
             *_TRUSTING, *_ONE),
    _loadgen("mailvoid-loadgen, kept, implicit TLS", "--tls", "implicit", *_TRUSTING),
    _loadgen("mailvoid-loadgen, one a connection, implicit TLS", "--tls", "implicit", *_TRUSTING, *_ONE),
    _loadgen("mailvoid-loadgen, one a connection, implicit TLS resumed", "--tls", "implicit", "--tls-resume", 100,
             *_TRUSTING, *_ONE),
    _loadgen("mailvoid-loadgen, DATA"),
    _loadgen("mailvoid-loadgen, BDAT", "--bdat", "8M"),
    *(_floor_client(backend, mode) for backend in ("uring", "epoll")
      for mode in ("none", "commands", "overlap", "transaction")),
    Program("smtpping, one a connection", _smtpping, _debian("smtpping"), _all_if_it_ended_well,
            needs=TOOLS / "smtpping/usr/bin/smtpping"),
    _nodemailer("nodemailer, kept", "kept"),
    _nodemailer("nodemailer, one a connection", "one"),
]

BY_NAME = {program.name: program for program in [*SERVERS, *CLIENTS]}


def missing(names):
    """Of the programs named, those that are not installed."""
    return [name for name in names if BY_NAME[name].needs and not BY_NAME[name].needs.exists()]
