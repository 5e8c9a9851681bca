// SPDX-License-Identifier: Apache-2.0
// The sink's live page.

const sink = (name) => `mailvoid_sink_${name}`;
const latest_of = (list) => list.at(-1) ?? null;
const or_dash = (value, format) => (value === null || value === undefined ? '–' : format(value));

const trouble = {
  [sink('messages_refused_total')]: 'Message refused',
  [sink('transactions_abandoned_total')]: 'Transaction abandoned',
  [sink('recipients_refused_total')]: 'Recipient refused',
  [sink('connections_refused_total')]: 'Connection refused',
  [sink('idle_timeouts_total')]: 'Session idle for too long',
  [sink('accept_errors_total')]: 'Accept failed',
  [sink('early_talkers_total')]: 'Client spoke before the greeting',
  [sink('tls_handshake_failures_total')]: 'TLS handshake failed',
  [sink('tls_session_failures_total')]: 'TLS session failed',
  [sink('pool_blocks_exhausted_total')]: 'No pooled block left (--block-pool)',
  [sink('capture_samples_dropped_total')]: 'Sample dropped',
  [sink('capture_write_errors_total')]: 'Sample not written',
};

// What ends a connection as it should not.
const broken = ['reset', 'stalled', 'input_limit', 'drain_timeout', 'proxy_header', 'tls_failed'];
const closed = (reason) => sink(`connections_closed_total{reason="${reason}"}`);
for (const reason of broken) trouble[closed(reason)] = 'Connection';

const replies = (digit) => sink(`replies_total{class="${digit}xx"}`);
const latency = (quantile) => sink(`transaction_seconds{quantile="${quantile}"}`);
const per_second = (value) => `${format_rate(value)}/s`;
const size_per_second = (value) => `${format_size(value)}/s`;
const rates_of = (stem) => sum_of(feed.names(stem).map(rate_of));

function message_tile() {
  return tile('Messages a second', () => {
    const total = feed.latest(sink('messages_accepted_total'));
    return {
      value: total,
      text: or_dash(latest_of(rate_of(sink('messages_accepted_total'))), format_rate),
      note: or_dash(total, (count) => `${format_count(count)} accepted`),
    };
  });
}

function bytes_tile() {
  return tile('Mail a second', () => {
    const total = feed.latest(sink('message_bytes_total'));
    return {
      value: total,
      text: or_dash(latest_of(rate_of(sink('message_bytes_total'))), format_size),
      note: or_dash(total, (octets) => `${format_size(octets)} in all`),
    };
  });
}

function connections_tile() {
  return tile('Connections', () => {
    const open = feed.latest(sink('connections_open'));
    const limit = feed.latest(sink('connections_max'));
    return {
      value: open,
      text: or_dash(open, format_count),
      note: or_dash(limit, (count) => `of ${format_count(count)} (--max-connections)`),
      tone: open >= limit && limit > 0 ? 'bad' : open > 0.9 * limit ? 'warn' : '',
    };
  });
}

function time_tile() {
  return tile('Transaction time, p99', () => {
    const p99 = feed.latest(latency('0.99'));
    return {
      value: p99,
      text: or_dash(p99, format_duration),
      note: or_dash(feed.latest(latency('0.5')), (p50) => `p50 ${format_duration(p50)}, from MAIL to the end`),
    };
  });
}

function trouble_tile() {
  return tile('Refused', () => {
    const names = [...feed.names(sink('messages_refused_total')), ...feed.names(sink('connections_refused_total'))];
    const total = names.reduce((sum, name) => sum + feed.latest(name), 0);
    const recent = growth_of(names, 60);
    return {
      value: total,
      text: format_count(total),
      note: `${format_count(recent)} in the last minute`,
      tone: recent > 0 ? 'bad' : '',
    };
  });
}

function sink_charts() {
  return [
    live_chart({
      name: 'messages',
      title: 'Messages a second',
      lead: 'Their final reply was given.',
      series: [
        { label: 'Accepted', color: 'series-1', fill: true, values: () => rate_of(sink('messages_accepted_total')) },
        { label: 'Refused', color: 'series-5', values: () => rates_of(sink('messages_refused_total')) },
      ],
      format: per_second,
      axis_format: short_count,
    }),
    live_chart({
      name: 'bytes',
      title: 'Octets a second',
      lead: 'On the wire, as they went to and from the kernel.',
      series: [
        { label: 'Received', color: 'series-1', fill: true, values: () => rate_of(sink('received_bytes_total')) },
        { label: 'Sent', color: 'series-2', values: () => rate_of(sink('sent_bytes_total')) },
      ],
      format: size_per_second,
      axis_format: short_size,
    }),
    live_chart({
      name: 'connections',
      title: 'Connections',
      lead: 'Open now, and accepted a second.',
      series: [
        { label: 'Open', color: 'series-1', fill: true, values: () => feed.values(sink('connections_open')) },
        { label: 'New a second', color: 'series-2', values: () => rate_of(sink('connections_total')) },
      ],
      format: (value) => (value < 100 ? String(Number(value.toFixed(1))) : format_count(value)),
      axis_format: short_count,
    }),
    live_chart({
      name: 'latency',
      title: 'Transaction time',
      lead: 'From MAIL to the end of the data, waiting for the client included.',
      series: [
        { label: 'p50', color: 'series-1', values: () => at_least_measured(latency('0.5')) },
        { label: 'p99', color: 'series-2', values: () => at_least_measured(latency('0.99')) },
        { label: 'max', color: 'series-5', values: () => at_least_measured(latency('1')) },
      ],
      format: format_duration,
      axis_format: short_duration,
      log: true,
    }),
    live_chart({
      name: 'replies',
      title: 'Replies a second by class',
      lead: '2xx and 3xx are what a client hopes for; 4xx says later, 5xx never.',
      series: [
        { label: '2xx', color: 'series-4', values: () => rate_of(replies(2)) },
        { label: '3xx', color: 'series-1', values: () => rate_of(replies(3)) },
        { label: '4xx', color: 'series-2', values: () => rate_of(replies(4)) },
        { label: '5xx', color: 'series-5', values: () => rate_of(replies(5)) },
      ],
      format: per_second,
      axis_format: short_count,
    }),
    live_chart({
      name: 'errors',
      title: 'Errors a second',
      lead: 'What each of them was stands in the table below.',
      series: [
        { label: 'Refused', color: 'series-5', values: () => rates_of(sink('connections_refused_total')) },
        { label: 'Broken', color: 'series-2', values: () => sum_of(broken.map((reason) => rate_of(closed(reason)))) },
        { label: 'TLS failed', color: 'series-3', values: () => rates_of(sink('tls_')) },
        {
          label: 'Abandoned',
          color: 'series-6',
          values: () => rate_of(sink('transactions_abandoned_total')),
        },
      ],
      format: per_second,
      axis_format: short_count,
    }),
    shard_chart(sink('shard_cpu_seconds_total')),
  ];
}

// Logarithmic scales have no zero: what took no time took the least that is measured.
function at_least_measured(name) {
  return feed.values(name).map((value) => (value === null ? null : Math.max(value, 1e-6)));
}

function words_of_the_sink(facts) {
  const { up_seconds: up } = feed.state();
  const kept = facts.every === 1 ? 'keeps all of it' : `keeps one message in ${format_count(facts.every)}`;
  return [
    up === undefined ? null : `up ${format_duration(Math.floor(up))}`,
    `takes all mail and ${facts.samples ? kept : 'keeps none'}`,
  ]
    .filter(Boolean)
    .join(' · ');
}

live_page({
  kind: 'sink',
  title: (facts) => facts.listeners.join(', '),
  subtitle: words_of_the_sink,
  tiles: [message_tile(), bytes_tile(), connections_tile(), time_tile(), trouble_tile()],
  charts: sink_charts,
  sections: (facts) => [samples_section(facts), trouble_section(trouble)],
});
