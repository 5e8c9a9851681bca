# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus that scrapes our programs, and Grafana's part in asking it."""
import json
import math
import pathlib
import re
import time
import urllib.parse
import urllib.request

import mailvoid
import procfs

_SCRAPE_SECONDS = 0.5


class Prometheus(mailvoid.Program):
    """Scrapes `jobs`, {job: [ADDR:PORT]}, with `rules` loaded. Ready once it is made."""

    def __init__(self, folder, jobs, rules):
        config = {
            "global": {"scrape_interval": f"{_SCRAPE_SECONDS * 1000:.0f}ms", "evaluation_interval": "1s"},
            "rule_files": [str(rules)],
            "scrape_configs": [{"job_name": job, "static_configs": [{"targets": targets}]}
                               for job, targets in jobs.items()],
        }
        path = pathlib.Path(folder, "prometheus.yml")
        path.write_text(json.dumps(config))  # which is YAML, too
        self.began = time.time()
        super().__init__([mailvoid.needed(mailvoid.TOOLS / "prometheus/usr/bin/prometheus"), f"--config.file={path}",
                          f"--storage.tsdb.path={folder}/data", "--web.listen-address=127.0.0.1:0"])
        try:
            self.address = mailvoid.eventually("Prometheus listens", self._address)
            mailvoid.eventually("Prometheus is ready", self._ready)
        except BaseException:
            self.discard()
            raise

    def _address(self):
        if not self.running():
            raise AssertionError(f"Prometheus ended: {self.wait()}")
        match = re.search(r'msg="?Listening on"? address=(\S+)', self.err)
        return match and procfs.parse_address(match[1])

    def _ready(self):
        try:
            return self._fetch("/-/ready") is not None
        except OSError:
            return False

    def _fetch(self, path, **parameters):
        host, port = self.address
        url = f"http://{host}:{port}{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=mailvoid.PATIENCE) as response:
            return response.read()

    def _ask(self, path, **parameters):
        try:
            answer = json.loads(self._fetch(path, **parameters))
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from None
        return answer["data"]

    def range(self, expression, until, instance=".+"):
        """What Grafana would draw from the start until a time, a point a second: [{"metric": labels, "values":
        [[seconds, text]]}]. `instance` is what is chosen by the variable of that name; of the jobs it is "All"."""
        for variable, value in {"$__rate_interval": "4s", "$__range": f"{max(5, round(until - self.began))}s",
                                "$__interval": "1s", "$job": ".+", "$instance": instance}.items():
            expression = expression.replace(variable, value)
        return self._ask("/api/v1/query_range", query=expression, start=self.began, end=until, step=1)["result"]

    def series(self, expression):
        """The values of each series that Grafana would draw until now."""
        return [[float(value) for _, value in one["values"]] for one in self.range(expression, time.time())]

    def choices(self, query):
        """The values that a variable offers, of label_values(SELECTOR, LABEL)."""
        selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", query).groups()
        return self._ask(f"/api/v1/label/{label}/values", **{"match[]": selector.replace("$job", ".+")})

    def value(self, expression):
        """Of now, {labels' values joined by blanks: value}."""
        found = self._ask("/api/v1/query", query=expression)["result"]
        return {" ".join(sorted(one["metric"].values())): float(one["value"][1]) for one in found}


def is_number(series):
    return bool(series) and any(values for values in series) and not any(
        math.isnan(value) for values in series for value in values)


def is_above_zero(series):
    return is_number(series) and any(value > 0 for values in series for value in values)
