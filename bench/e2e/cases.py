# SPDX-License-Identifier: Apache-2.0
"""What is compared with what, one row a case, and what we have promised."""
import dataclasses

FLOOR = "floor-sink uring"
SINKS = ["mailvoid-sink", FLOOR, "floor-sink epoll", "smtp-sink", "bhm", "nodemailer smtp-server", "aiosmtpd"]
GENERATORS = ["mailvoid-loadgen, unpipelined", "mailvoid-loadgen, pipelined",
              "mailvoid-loadgen, one a connection",
              *(f"floor-client {backend}, {mode}" for mode in ("none", "commands", "overlap", "transaction")
                for backend in ("uring", "epoll")),
              "smtp-source, kept", "smtp-source, one a connection", "smtpping, one a connection",
              "nodemailer, kept", "nodemailer, one a connection"]
# Against a server that costs more than they do only one floor is needed.
GENERATORS_AT_SINK = [name for name in GENERATORS if "epoll" not in name]


@dataclasses.dataclass(frozen=True)
class Target:
    """The median of the rounds' ratios of `program` to `against` is to be at least `ratio`."""
    program: str
    against: str
    ratio: float


@dataclasses.dataclass(frozen=True)
class Case:
    """`measured` is the side whose programs alternate and whose CPU seconds count: "server" or "client"; with
    "served" clients alternate and the CPU seconds of the one server count. `other` is the program on the other
    side. `messages` are for a fast program; `counts` those of others."""
    name: str
    title: str
    measured: str
    other: str
    programs: list
    sessions: int
    octets: int
    messages: int
    counts: dict = dataclasses.field(default_factory=dict)
    targets: list = dataclasses.field(default_factory=list)
    more_rounds: int = 1  # so many times the rounds of the others, where differences are small

    def count(self, program, quick):
        """How many messages a run of `program` has; if quick a twentieth that workers can share."""
        messages = self.counts.get(program, self.messages)
        return max(200, messages // 20 // 20 * 20) if quick else messages


@dataclasses.dataclass(frozen=True)
class IdleCase:
    """Sessions that have said EHLO and wait; memory is what the second number of them adds to the first."""
    name: str
    title: str
    sessions: dict  # program: (first, last)
    octets_max: dict  # program: promise in octets a session


# The floor must be as far ahead of Postfix's programs as it has been seen elsewhere, but for so much that is the
# machine's: a slow yardstick would flatter us.
_YARDSTICK = 0.85


def _sink_targets(of_smtp_sink, floor_of_smtp_sink):
    return [Target("mailvoid-sink", FLOOR, 0.85), Target("mailvoid-sink", "floor-sink epoll", 0.85),
            Target("mailvoid-sink", "smtp-sink", of_smtp_sink),
            Target(FLOOR, "smtp-sink", round(_YARDSTICK * floor_of_smtp_sink, 2))]


def _generator_targets(with_floor):
    return [*(Target(ours, f"floor-client uring, {mode}", 0.8)
              for ours, mode in (("mailvoid-loadgen, unpipelined", "none"),
                                 ("mailvoid-loadgen, pipelined", "commands"),
                                 ("mailvoid-loadgen, pipelined", "overlap")) if with_floor),
            Target("mailvoid-loadgen, unpipelined", "smtp-source, kept", 1.4),
            Target("mailvoid-loadgen, pipelined", "smtp-source, kept", 2.8),
            *(Target(f"floor-client uring, {mode}", "smtp-source, kept", round(_YARDSTICK * ratio, 2))
              for mode, ratio in (("none", 1.85), ("commands", 3.64), ("transaction", 6.98)) if with_floor)]


_GENERATOR_MESSAGES = {
    "mailvoid-loadgen, pipelined": 120_000, "mailvoid-loadgen, one a connection": 8_000,
    **{f"floor-client {backend}, {mode}": 120_000 for backend in ("uring", "epoll")
       for mode in ("commands", "overlap", "transaction")},
    "smtp-source, one a connection": 8_000, "smtpping, one a connection": 8_000,
    "nodemailer, kept": 4_000, "nodemailer, one a connection": 2_000}

# bhm lets few connections wait, so that those of many sessions are tried again after seconds.
CASES = [
    Case("kept-100", "1 KiB, 100 sessions kept", "server", "smtp-source, kept", SINKS, 100, 1024, 60_000,
         {"bhm": 20_000, "nodemailer smtp-server": 10_000, "aiosmtpd": 4_000}, _sink_targets(1.3, 1.5)),
    Case("kept-1000", "1 KiB, 1,000 sessions kept", "server", "smtp-source, kept", SINKS, 1000, 1024, 60_000,
         {"bhm": 2_000, "nodemailer smtp-server": 10_000, "aiosmtpd": 4_000}, _sink_targets(2.2, 2.6)),
    Case("one-a-connection", "1 KiB, 100 sessions, one message a connection", "server",
         "smtp-source, one a connection", SINKS, 100, 1024, 16_000,
         {"bhm": 800, "nodemailer smtp-server": 3_000, "aiosmtpd": 2_000}, _sink_targets(1.8, 2.1)),
    Case("large", "1 MB, 16 sessions kept", "server", "smtp-source, kept", SINKS, 16, 1_000_000, 6_000,
         {"smtp-sink": 800, "bhm": 800, "nodemailer smtp-server": 400, "aiosmtpd": 60}, _sink_targets(15.0, 18.0)),
    Case("generators-floor", "generators against floor-sink, 1 KiB, 100 sessions", "client", FLOOR,
         GENERATORS, 100, 1024, 40_000, _GENERATOR_MESSAGES, _generator_targets(with_floor=True)),
    Case("generators-smtp-sink", "generators against smtp-sink, 1 KiB, 100 sessions", "client", "smtp-sink",
         GENERATORS_AT_SINK, 100, 1024, 40_000, _GENERATOR_MESSAGES, _generator_targets(with_floor=False)),
    Case("control", "the floor against itself: what noise alone does", "server", "smtp-source, kept",
         [FLOOR, "floor-sink uring again"], 100, 1024, 60_000, more_rounds=3),
    Case("sampling", "one message in 1,000 kept, 1 KiB, 100 sessions kept", "server", "smtp-source, kept",
         ["mailvoid-sink", "mailvoid-sink, sampling"], 100, 1024, 60_000,
         targets=[Target("mailvoid-sink, sampling", "mailvoid-sink", 0.97)], more_rounds=3),
]

# What our generator asks of our sink beyond plain mail; the sink's CPU seconds count.
CASES += [
    Case("tls-and-auth", "TLS and AUTH, 4 KiB, 50 sessions", "served", "mailvoid-sink, STARTTLS and AUTH",
         ["mailvoid-loadgen, kept", "mailvoid-loadgen, kept, STARTTLS", "mailvoid-loadgen, one a connection",
          "mailvoid-loadgen, one a connection, AUTH PLAIN", "mailvoid-loadgen, one a connection, STARTTLS",
          "mailvoid-loadgen, one a connection, STARTTLS resumed"], 50, 4096, 8_000,
         {"mailvoid-loadgen, kept": 100_000, "mailvoid-loadgen, kept, STARTTLS": 60_000,
          "mailvoid-loadgen, one a connection": 16_000,
          "mailvoid-loadgen, one a connection, AUTH PLAIN": 16_000}),
    Case("tls-implicit", "implicit TLS, 4 KiB, 50 sessions", "served", "mailvoid-sink, implicit TLS",
         ["mailvoid-loadgen, kept, implicit TLS", "mailvoid-loadgen, one a connection, implicit TLS",
          "mailvoid-loadgen, one a connection, implicit TLS resumed"], 50, 4096, 8_000,
         {"mailvoid-loadgen, kept, implicit TLS": 60_000}),
    Case("chunking", "8 MB messages by DATA and by BDAT, 8 sessions kept", "served", "mailvoid-sink",
         ["mailvoid-loadgen, DATA", "mailvoid-loadgen, BDAT"], 8, 8_000_000, 800,
         targets=[Target("mailvoid-loadgen, BDAT", "mailvoid-loadgen, DATA", 2.0)]),
]

IDLE = IdleCase("idle", "idle sessions after EHLO",
                {"mailvoid-sink": (1000, 15_000), "smtp-sink": (100, 1000), "bhm": (50, 450),
                 "nodemailer smtp-server": (500, 4000), "aiosmtpd": (500, 4000)},
                {"mailvoid-sink": 256})

NAMES = [*(case.name for case in CASES), IDLE.name]
