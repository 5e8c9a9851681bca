# SPDX-License-Identifier: Apache-2.0
"""Looks at a page of ours with Debian's Chromium, by browser/look.js."""
import json
import pathlib
import select
import shutil
import subprocess
import unittest

import mailvoid

FOLDER = mailvoid.ROOT / "tests/integration/browser"

# What scripts of views may call. Contrast as WCAG 2 reckons it, of each piece of text with what lies behind it.
HELPERS = """
const channel = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const rgba = (text) => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return { r, g, b, a }; };
const luminance = ({ r, g, b }) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const behind = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const color = rgba(getComputedStyle(at).backgroundColor);
    if (color.a === 1) return color;
  }
  return { r: 255, g: 255, b: 255, a: 1 };
};
const contrast = (a, b) => { const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x); return (high + 0.05) / (low + 0.05); };
const poor_contrasts = () => [...document.querySelectorAll('main *')]
  .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
    && element.offsetParent !== null && !element.closest('.uplot'))
  .map((element) => ({ text: element.textContent.slice(0, 40), of: contrast(rgba(getComputedStyle(element).color), behind(element)) }))
  .filter(({ of }) => of < 4.5);
const frames = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())));
// How many colours stand in a chart's canvas: 1 if nothing was drawn.
const colors_in = (chart) => {
  const { ctx } = chart, { width, height } = ctx.canvas, seen = new Set();
  const pixels = new Uint32Array(ctx.getImageData(0, 0, width, height).data.buffer);
  for (const pixel of pixels) seen.add(pixel);
  return seen.size;
};
const sum_of_pixels = (chart) => {
  const { ctx } = chart, { width, height } = ctx.canvas;
  return ctx.getImageData(0, 0, width, height).data.reduce((sum, value, index) => (sum * 31 + value) % 1000000007, 7);
};
"""


class Browser:
    """A running Chromium. Close it."""

    def __init__(self):
        mailvoid.needed(FOLDER / "node_modules/playwright-core/package.json")
        mailvoid.needed(pathlib.Path("/usr/bin/chromium"))
        self._process = subprocess.Popen([shutil.which("node"), FOLDER / "look.js"], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True)

    def look(self, page, script, width=1100, scheme="light", media="screen", keys=(), picture=None):
        """What look.js tells of `page`, a file or an http URL."""
        view = {"page": str(page), "script": HELPERS + script, "width": width, "scheme": scheme, "media": media,
                "keys": list(keys), "picture": picture and str(picture)}
        self._process.stdin.write(json.dumps(view) + "\n")
        self._process.stdin.flush()
        if not select.select([self._process.stdout], [], [], mailvoid.PATIENCE)[0]:
            raise AssertionError(f"the browser has not answered for {mailvoid.PATIENCE:.0f} s")
        answer = self._process.stdout.readline()
        seen = json.loads(answer) if answer else {"failed": "the browser is gone"}
        if "failed" in seen:
            raise AssertionError(seen["failed"])
        return seen

    def close(self):
        self._process.stdin.close()
        try:
            self._process.wait(mailvoid.PATIENCE)
        finally:
            self._process.kill()
            self._process.stdout.close()


class TestCase(mailvoid.TestCase):
    """For pages: all tests of a file share a Chromium."""
    chromium = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if TestCase.chromium is None:
            TestCase.chromium = Browser()
            unittest.addModuleCleanup(TestCase.chromium.close)

    def look(self, page, script, **view):
        """What a script of the page returns. There may have been no error, and nothing asked for that is not the page's."""
        seen = self.chromium.look(page, script, **view)
        for trouble in ("console", "errors", "requests", "blocked"):
            self.assertEqual(seen[trouble], [], trouble)
        return seen["value"]
