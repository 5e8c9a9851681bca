// SPDX-License-Identifier: Apache-2.0
// Tiles and charts of what both programs count: mail, octets, replies, time and trouble. A metric is given by
// its whole name; `quantile` is a function that gives the name of one quantile of a time.

const latest_of = (list) => list.at(-1) ?? null;
const or_dash = (value, format) => (value === null || value === undefined ? '–' : format(value));
const per_second = (value) => `${format_rate(value)}/s`;
const size_per_second = (value) => `${format_size(value)}/s`;

const accepted_in_all = (total) => or_dash(total, (count) => `${format_count(count)} accepted`);
const octets_in_all = (total) => or_dash(total, (octets) => `${format_size(octets)} in all`);

// How much a counter grows a second, and what `note` says of what it has come to.
function rate_tile(label, name, format, note) {
  return tile(label, () => {
    const total = feed.latest(name);
    return { value: total, text: or_dash(latest_of(rate_of(name)), format), note: note(total) };
  });
}

function latency_tile(label, quantile, origin = '') {
  return tile(label, () => {
    const p99 = feed.latest(quantile('0.99'));
    return {
      value: p99,
      text: or_dash(p99, format_duration),
      note: or_dash(feed.latest(quantile('0.5')), (p50) => `p50 ${format_duration(p50)}${origin}`),
    };
  });
}

// Counters of what should not happen, together. `names` gives those that there are.
function trouble_tile(label, names) {
  return tile(label, () => {
    const total = names().reduce((sum, name) => sum + (feed.latest(name) || 0), 0);
    const recent = growth_of(names(), 60);
    return {
      value: total,
      text: format_count(total),
      note: `${format_count(recent)} in the last minute`,
      tone: recent > 0 ? 'bad' : '',
    };
  });
}

// Logarithmic scales have no zero: what took no time took the least that is measured.
function at_least_measured(name) {
  return feed.values(name).map((value) => (value === null ? null : Math.max(value, 1e-6)));
}

function latency_chart(name, title, lead, quantile) {
  return live_chart({
    name,
    title,
    lead,
    series: [
      { label: 'p50', color: 'series-1', values: () => at_least_measured(quantile('0.5')) },
      { label: 'p99', color: 'series-2', values: () => at_least_measured(quantile('0.99')) },
      { label: 'max', color: 'series-5', values: () => at_least_measured(quantile('1')) },
    ],
    format: format_duration,
    axis_format: short_duration,
    log: true,
  });
}

// `most` and `least` are {label, name} of the two directions; a program's main one goes first.
function bytes_chart(most, least) {
  return live_chart({
    name: 'bytes',
    title: 'Octets a second',
    lead: 'On the wire, as they went to and from the kernel.',
    series: [
      { label: most.label, color: 'series-1', fill: true, values: () => rate_of(most.name) },
      { label: least.label, color: 'series-2', values: () => rate_of(least.name) },
    ],
    format: size_per_second,
    axis_format: short_size,
  });
}

function replies_chart(stem) {
  const rate = (digit) => () => rate_of(`${stem}{class="${digit}xx"}`);
  return live_chart({
    name: 'replies',
    title: 'Replies a second by class',
    lead: '2xx and 3xx are what a client hopes for; 4xx says later, 5xx never.',
    series: [
      { label: '2xx', color: 'series-4', values: rate(2) },
      { label: '3xx', color: 'series-1', values: rate(3) },
      { label: '4xx', color: 'series-2', values: rate(4) },
      { label: '5xx', color: 'series-5', values: rate(5) },
    ],
    format: per_second,
    axis_format: short_count,
  });
}

function errors_chart(series) {
  return live_chart({
    name: 'errors',
    title: 'Errors a second',
    lead: 'What each of them was stands in the table below.',
    series,
    format: per_second,
    axis_format: short_count,
  });
}
