# SPDX-License-Identifier: Apache-2.0
"""A client of the admin port."""
import http.client
import re

_TIMEOUT = 60.0
_SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? (\S+)")


class Metrics(dict):
    """Samples by "name" or 'name{label="value"}'."""

    def total(self, name):
        """The sum over the labels."""
        return sum(value for key, value in self.items() if key == name or key.startswith(name + "{"))

    def by_label(self, name):
        """{label's value: count} of those that are not 0, of a metric with one label."""
        return {key[len(name):].split('"')[1]: value for key, value in self.items()
                if key.startswith(name + "{") and value}


def parse(text):
    metrics = Metrics()
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, labels, value = _SAMPLE.fullmatch(line).groups()
            metrics[name + (labels or "")] = int(value) if value.isdecimal() else float(value)
    return metrics


class Admin:
    def __init__(self, address):
        self.address = address

    def get(self, path, method="GET"):
        """Status, headers (a mapping) and text."""
        connection = http.client.HTTPConnection(*self.address, timeout=_TIMEOUT)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            return response.status, response.headers, response.read().decode()
        finally:
            connection.close()

    def scrape(self, query=""):
        status, _, text = self.get("/metrics" + query)
        if status != 200:
            raise AssertionError(f"/metrics answered {status}: {text}")
        return parse(text)
