# SPDX-License-Identifier: Apache-2.0
"""A result of mailvoid-loadgen as the report must be able to show it: an open loop of a minute against a server that
stalls in the middle, with everything in it that a result can have. Every figure follows from a seed."""
import math
import random

SECONDS = 60
RATE = 1000
HOSTILE = '</script ></script><script>window.broken = 1</script><img src=x onerror="window.broken = 2">'


def index_of(microseconds):
    """Where lib/stats/histogram_layout.h counts a value."""
    bucket = max((int(microseconds) | 255).bit_length() - 8, 0)
    return (bucket << 7) + (int(microseconds) >> bucket)


def highest_at(index):
    """In seconds."""
    half = index >> 7
    bucket = 0 if half < 2 else half - 1
    return (((index - (bucket << 7)) + 1 << bucket) - 1) / 1e6


class Recorded:
    """Latencies in seconds, as the generator's histogram holds them."""

    def __init__(self):
        self.counts = {}
        self.total = 0.0

    def add(self, seconds):
        index = index_of(seconds * 1e6)
        self.counts[index] = self.counts.get(index, 0) + 1
        self.total += seconds

    def merge(self, other):
        for index, count in other.counts.items():
            self.counts[index] = self.counts.get(index, 0) + count
        self.total += other.total

    @property
    def count(self):
        return sum(self.counts.values())

    def at(self, percentile):
        wanted = max(1, math.ceil(percentile / 100 * self.count))
        for index in sorted(self.counts):
            wanted -= self.counts[index]
            if wanted <= 0:
                return highest_at(index)
        return 0

    def latency(self):
        count = self.count
        return {"count": count, "mean": self.total / count if count else 0,
                "p50": self.at(50), "p90": self.at(90), "p99": self.at(99), "p99_9": self.at(99.9), "max": self.at(100)}

    def brief(self, *names):
        values = {"p50": self.at(50), "p90": self.at(90), "p99": self.at(99), "p999": self.at(99.9), "max": self.at(100)}
        return {name: values[name] for name in names or values}

    def sparse(self):
        return {"counts": [[index, self.counts[index]] for index in sorted(self.counts)]}


HEAT_BOUNDS = [100e-6 * 2 ** (step / 2) for step in range(32)]


def heat_of(recorded):
    cells = {}
    for index, count in recorded.counts.items():
        row = next((i for i, bound in enumerate(HEAT_BOUNDS) if highest_at(index) <= bound), len(HEAT_BOUNDS) - 1)
        cells[row] = cells.get(row, 0) + count
    return sorted([row, count] for row, count in cells.items())


def second(number, draw):
    """What was recorded in one second: a stall from 30 s to 33 s, which waiting messages feel for a while."""
    service, intended, lag = Recorded(), Recorded(), Recorded()
    stalled = 30 <= number < 33
    for _ in range(RATE // 10 if stalled else RATE):
        took = draw.lognormvariate(math.log(0.0016), 0.45) + (0.040 if draw.random() < 0.004 else 0)
        waited = draw.uniform(0, 3.0) if stalled else draw.uniform(0.05, 0.9) / (number - 31) ** 2 if 33 <= number < 38 else 0
        service.add(took + (0.2 if stalled and draw.random() < 0.2 else 0))
        intended.add(took + waited)
        lag.add(draw.lognormvariate(math.log(0.00006), 0.5))
    return service, intended, lag


def open_loop():
    draw = random.Random(5)
    service, intended, lag, points = Recorded(), Recorded(), Recorded(), []
    for number in range(SECONDS):
        here = second(number, draw)
        for whole, part in zip((service, intended, lag), here):
            whole.merge(part)
        accepted = here[0].count - (3 if number == 31 else 0)
        points.append({
            "at_seconds": number + 1.0, "length_seconds": 1.0, "target_rate": RATE, "started": here[0].count, "accepted": accepted,
            "rejected": 2 if number == 31 else 0, "failed": 1 if number == 31 else 0, "missed": 400 if number == 32 else 0,
            "sessions_open": 100, "in_flight": 90 if 30 <= number < 33 else 2 + number % 3,
            "sent_bytes": accepted * 4500, "received_bytes": accepted * 120,
            "latency": here[1].brief(), "service": here[0].brief(), "lag": here[2].brief("p50", "p99", "max"),
            "heat": heat_of(here[1])})
    return document(service, intended, lag, points)


def phases(service, message):
    names = ("connect", "greeting", "ehlo", "helo", "starttls", "tls", "xclient", "auth", "mail", "rcpt", "data", "bdat",
             "body", "message", "rset", "quit")
    empty = Recorded().latency()
    return {name: message if name == "message" else empty if name in ("helo", "tls", "starttls", "xclient", "auth", "bdat")
            else service for name in names}


def document(service, intended, lag, points):
    started = sum(point["started"] for point in points)
    accepted = sum(point["accepted"] for point in points)
    draw, short = random.Random(6), Recorded()
    for _ in range(started):
        short.add(draw.lognormvariate(math.log(0.0006), 0.4))
    return {
        "program": "mailvoid-loadgen", "version": "0.1.0", "revision": "0123456789", "target": "127.0.0.1:2525",
        "mail": "synthetic, 4.0 KiB", "mode": "open", "valid": False,
        "invalid_reasons": ["400 starts were missed (0.67 % of the plan): all sessions were busy and the queue was full"],
        "interrupted": False, "duration_seconds": 60.2, "started_at": "2026-11-22T03:50:10Z", "run_id": "7f3a2b9c",
        "rate_per_second": accepted / 60.2, "bytes_per_second": accepted * 4096 / 60.2,
        "messages": {"started": started, "accepted": accepted, "rejected": 2, "failed": 1, "bytes": accepted * 4096},
        "recipients": {"accepted": accepted, "refused": 2, "withheld": 0},
        "deliveries": {"accepted": 0, "refused": 0},
        "degraded": {"starttls": 0, "dsn": 0}, "mix": [], "targets": [],
        "bad_clients": {"sessions": 10, "kinds": {
            "slow-reader": {"connections": 12, "ends": {"done": 9, "closed": 3, "expired": 0}, "replies": {"2xx": 0},
                            "sent_bytes": 25165824, "received_bytes": 4096},
            "silent": {"connections": 7, "ends": {"done": 0, "closed": 7, "expired": 0}, "replies": {"2xx": 7},
                       "sent_bytes": 0, "received_bytes": 700}}},
        "retries": {"deferred": 23, "retried": 20, "gave_up": {"exhausted": 0, "queue_full": 0, "run_over": 3}, "recovered": 19,
                    "split": 0, "queue_limit": 1000, "queue_max": 11},
        "tls": {"full": 100, "resumed": 20, "versions": {"1.2": 0, "1.3": 120}, "ciphers": {"TLS_AES_256_GCM_SHA384": 120}},
        "connections": {"attempts": 101, "established": 101, "reconnects": 1, "ready": 101, "refused": 0, "given_up": 0,
                        "closed_by_421": 0, "helo_fallbacks": 0},
        "plan": {"model": "constant", "rate_per_second": RATE, "planned": SECONDS * RATE, "started": started,
                 "missed": 400, "queue_max": 1000},
        "latency_seconds": phases(short.latency(), intended.latency()),
        "service_seconds": phases(short.latency(), service.latency()),
        "schedule_lag_seconds": lag.latency(),
        "thresholds": [{"expression": "message.p99<100ms", "unit": "seconds", "value": intended.at(99), "limit": 0.1, "passed": False,
                        "aborted": False},
                       {"expression": "errors<0.1%", "unit": "percent", "value": 0.0017, "limit": 0.1, "passed": True, "aborted": False}],
        "replies": {"220": 101, "250": started * 3, "354": started, "451": 2},
        "replies_by_step": {"none": {}, "greeting": {"220": 101}, "ehlo": {"250": 101}, "mail": {"250": started},
                            "rcpt": {"250": started - 2, "451": 2}, "data": {"354": started - 2}, "message": {"250": accepted}},
        "error_examples": [{"step": "rcpt", "code": 451, "text": f"4.7.1 try later {HOSTILE}", "count": 2}],
        "errors": {"total": 1, "connect": {"refused": 0, "no_port": 0}, "timeout": {"message": 1}},
        "options": {"target": "127.0.0.1:2525", "sessions": 100, "seed": 1, "from": HOSTILE, "ring_disable": []},
        "generator": {"cpu_seconds": 21.5, "cpu_user_seconds": 9.1, "cpu_system_seconds": 12.4, "cores": 2,
                      "cpu_percent_of_cores": 17.9, "sent_bytes": accepted * 4500, "received_bytes": accepted * 120,
                      "sends": started, "receives": started, "starved_sessions": 0,
                      "ring": {"enters": 61234, "completions": 345678, "buffers_exhausted": 0, "overflows": 0, "early_submits": 0}},
        "environment": {"kernel": "6.18.0", "cpu": "AMD EPYC 9R14", "cores": 2, "compiler": "GCC 12.2.0", "simd": "AVX3_ZEN4",
                        "ring_features": ["min-wait", "incremental-buffers"],
                        "command_line": ["mailvoid-loadgen", "127.0.0.1:2525", "--rate", "1000/s", "--duration", "60s"]},
        "series": {"interval_seconds": 1.0, "heat_bounds_seconds": HEAT_BOUNDS, "points": points},
        "histograms": {"message": intended.sparse(), "mail": short.sparse()},
        "service_histograms": {"message": service.sparse()},
    }


def valid(result):
    """The same from a run that went well."""
    return {**result, "valid": True, "invalid_reasons": [],
            "thresholds": [{**threshold, "passed": True} for threshold in result["thresholds"]]}


def older(result):
    """As the first versions wrote it: a closed loop, without what came later."""
    later = ("valid", "invalid_reasons", "plan", "service_seconds", "schedule_lag_seconds", "thresholds", "started_at",
             "run_id", "environment", "series", "histograms", "service_histograms", "error_examples", "bad_clients", "retries")
    return {name: value for name, value in {**result, "mode": "closed"}.items() if name not in later}


def limit_search():
    """A search (find-limit) that comes to about 1,230 messages a second, its probes in the order of a bisection."""
    probes = []
    for rate in (100, 200, 400, 800, 1600, 1131, 1345, 1234, 1200, 1260, 1230):
        held = rate <= 1230
        p99 = 0.002 * 1.6 / max(1 - rate / 1300, 0.05) if held else 0.4 + rate / 1000
        thresholds = [{"expression": "message.p99<250ms", "unit": "seconds", "value": p99, "limit": 0.25, "passed": held,
                       "aborted": False}]
        latency = {"count": rate * 5, "mean": p99 / 3, "p50": p99 / 4, "p90": p99 / 2, "p99": p99, "p99_9": p99 * 2, "max": p99 * 3}
        probes.append({"rate_per_second": rate, "began_seconds": 7.0 * len(probes),
                       "outcome": "generator_limited" if rate == 1600 else "held" if held else "failed",
                       "achieved_per_second": min(rate, 1240), "accepted": rate * 5, "rejected": 0, "failed": 0,
                       "latency_seconds": latency, "service_seconds": latency, "thresholds": thresholds,
                       "valid": rate != 1600, "invalid_reasons": [HOSTILE] if rate == 1600 else []})
    return {"program": "mailvoid-loadgen find-limit", "version": "0.1.0", "revision": "0123456789", "target": "127.0.0.1:2525",
            "mail": "synthetic, 4.0 KiB", "interrupted": False, "duration_seconds": 77.0,
            "limit": {"state": "found", "rate_per_second": 1232.0, "low_per_second": 1215.0, "high_per_second": 1249.0,
                      "confidence": 0.95, "movement": 0.012, "highest_held_per_second": 1230, "generator_is_the_limit": False},
            "probes": probes, "options": {"sessions": 100, "precision": 0.03, "seed": 1}}
