// SPDX-License-Identifier: Apache-2.0
// The result (docs/results.md) as the page asks for it. Results of older programs lack members: each question
// has an answer then, too.

const result = JSON.parse(document.getElementById('data').textContent);

const open_loop = result.mode === 'open';
const phase_titles = {
  connect: 'Connect',
  greeting: 'Greeting',
  ehlo: 'EHLO',
  helo: 'HELO',
  starttls: 'STARTTLS',
  tls: 'TLS handshake',
  xclient: 'XCLIENT',
  auth: 'AUTH',
  mail: 'MAIL',
  rcpt: 'RCPT',
  data: 'DATA',
  bdat: 'BDAT',
  body: 'Message data',
  message: 'Whole message',
  rset: 'RSET',
  quit: 'QUIT',
};

function title_of(phase) {
  return phase_titles[phase] || phase;
}

// The latencies of a phase, or null where it never occurred. kind: 'latency' (from the intended start where
// one is known) or 'service' (from the actual send).
function latency_of(phase, kind) {
  const latency = (result[`${kind || 'latency'}_seconds`] || {})[phase];
  return latency && latency.count > 0 ? latency : null;
}

// Whether the time from the intended start is another than that from the send.
function two_kinds(phase) {
  const intended = latency_of(phase, 'latency');
  const service = latency_of(phase, 'service');
  return (
    intended !== null &&
    service !== null &&
    ['mean', 'p50', 'p99', 'max'].some((member) => intended[member] !== service[member])
  );
}

function list_of(value) {
  return Array.isArray(value) ? value : [];
}

// From when to when the figures were taken, where that is not the whole run.
function measured_part() {
  const { from_seconds: from, to_seconds: to } = result.measured || {};
  const { warm_up_seconds: before, cool_down_seconds: behind } = result.options || {};
  return typeof from === 'number' && typeof to === 'number' && (before > 0 || behind > 0)
    ? { from, to }
    : null;
}

// The intervals of the run, each with `begin`, `end` and its rates a second.
const points = (() => {
  const series = result.series || {};
  let last = 0;
  return list_of(series.points)
    .map((point) => {
      const end = point.at_seconds;
      const begin = typeof point.length_seconds === 'number' ? end - point.length_seconds : last;
      last = end;
      return { ...point, begin, end, width: end - begin };
    })
    .filter((point) => point.width > 0);
})();

function per_second(point, member) {
  return typeof point[member] === 'number' ? point[member] / point.width : null;
}

function has(member) {
  return points.some((point) => typeof point[member] === 'number');
}

function ever(member) {
  return points.some((point) => point[member] > 0);
}

// lib/stats/histogram_layout.h: microseconds, two significant digits. The highest value that counts in that
// place.
function highest_at(index) {
  const half = index >> 7;
  const bucket = half < 2 ? 0 : half - 1;
  return ((index - bucket * 128 + 1) * 2 ** bucket - 1) / 1e6;
}

// The recorded places of a phase's histogram as [seconds, count], from the lowest up; null without one.
function histogram_of(phase, kind) {
  const all = kind === 'service' ? result.service_histograms : result.histograms;
  const counts = list_of(((all || {})[phase] || {}).counts);
  return counts.length > 0 ? counts.map(([index, count]) => [highest_at(index), count]) : null;
}

// Where the percentile curve of a phase has its corners: lists of 1 / (1 - share) and of seconds. From the
// histogram, or from the few percentiles that an older result has.
function percentile_curve(phase, kind) {
  const histogram = histogram_of(phase, kind);
  if (histogram === null) return sparse_curve(latency_of(phase, kind));
  const total = histogram.reduce((sum, [, count]) => sum + count, 0);
  const rarities = [];
  const values = [];
  let below = 0;
  for (const [seconds, count] of histogram) {
    below += count;
    // The last one stands for the slowest of all: there is nothing rarer.
    rarities.push(below < total ? total / (total - below) : Math.max(total, 2));
    values.push(seconds);
  }
  return [rarities, values];
}

function sparse_curve(latency) {
  if (latency === null) return null;
  const known = [
    [2, latency.p50],
    [10, latency.p90],
    [100, latency.p99],
    [1000, latency.p99_9],
    [latency.count, latency.max],
  ]
    .filter(([rarity, value]) => rarity <= latency.count && typeof value === 'number')
    .sort((a, b) => a[0] - b[0]);
  return [known.map(([rarity]) => rarity), known.map(([, value]) => value)];
}
