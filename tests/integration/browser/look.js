// SPDX-License-Identifier: Apache-2.0
// Opens pages in Chromium and says what it sees. Each line of standard input is a view as JSON:
//   {"page": path or http URL, "width", "scheme": "light"|"dark", "media": "screen"|"print", "keys": [key], "script",
//    "picture": path of a PNG file or null}
// `keys` are pressed one after the other, then `script` runs, the body of an async function of the page. Each view has a
// fresh window, and is answered by a line:
//   {"value": what the script returned, "console": [text], "errors": [text], "requests": [URL but the page's; of a page
//    by HTTP those that go to others than its server], "blocked": [URL that the page's own policy kept from being asked]}
// or {"failed": text}.
'use strict';

const readline = require('node:readline');
const { pathToFileURL } = require('node:url');
const { chromium } = require('playwright-core');

const AsyncFunction = (async () => {}).constructor;

async function look(browser, view) {
  const url = view.page.startsWith('http:') ? view.page : pathToFileURL(view.page).href;
  const own = (address) =>
    url.startsWith('http:') ? new URL(address).origin === new URL(url).origin : address === url;
  const context = await browser.newContext({
    viewport: { width: view.width, height: 900 },
    colorScheme: view.scheme,
  });
  const page = await context.newPage();
  const seen = { value: null, console: [], errors: [], requests: [], blocked: [] };
  page.on('console', (message) => seen.console.push(message.text()));
  page.on('pageerror', (error) => seen.errors.push(error.message));
  page.on('requestfailed', (request) =>
    seen[request.failure().errorText === 'csp' ? 'blocked' : 'requests'].push(request.url()),
  );
  page.on('requestfinished', (request) => {
    if (!own(request.url())) seen.requests.push(request.url());
  });
  await page.emulateMedia({ media: view.media });
  await page.goto(url);
  // Charts are drawn once their place has been laid out: behind the second frame.
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
  );
  for (const key of view.keys) await page.keyboard.press(key);
  seen.value = await page.evaluate(new AsyncFunction(view.script));
  if (view.picture) await page.screenshot({ path: view.picture, fullPage: true });
  await context.close();
  return seen;
}

async function main() {
  // Without its sandbox Chromium runs as root as well; it opens nothing but our pages. A container's /dev/shm may be
  // too small for it.
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const answer = await look(browser, JSON.parse(line)).catch((error) => ({ failed: error.stack }));
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  await browser.close();
}

main().catch((error) => {
  console.error(error.stack);
  process.exitCode = 1;
});
