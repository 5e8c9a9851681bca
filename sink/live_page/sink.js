// SPDX-License-Identifier: Apache-2.0
// The sink's live page.

const sink = (name) => `mailvoid_sink_${name}`;

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

const latency = (quantile) => sink(`transaction_seconds{quantile="${quantile}"}`);
const rates_of = (stem) => sum_of(feed.names(stem).map(rate_of));

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

const refusals = () => [
  ...feed.names(sink('messages_refused_total')),
  ...feed.names(sink('connections_refused_total')),
];

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
    bytes_chart(
      { label: 'Received', name: sink('received_bytes_total') },
      { label: 'Sent', name: sink('sent_bytes_total') },
    ),
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
    latency_chart(
      'latency',
      'Transaction time',
      'From MAIL to the end of the data, waiting for the client included.',
      latency,
    ),
    replies_chart(sink('replies_total')),
    errors_chart([
      { label: 'Refused', color: 'series-5', values: () => rates_of(sink('connections_refused_total')) },
      { label: 'Broken', color: 'series-2', values: () => sum_of(broken.map((reason) => rate_of(closed(reason)))) },
      { label: 'TLS failed', color: 'series-3', values: () => rates_of(sink('tls_')) },
      { label: 'Abandoned', color: 'series-6', values: () => rate_of(sink('transactions_abandoned_total')) },
    ]),
    shard_chart(sink('shard_cpu_seconds_total')),
  ];
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
  tiles: [
    rate_tile('Messages a second', sink('messages_accepted_total'), format_rate, accepted_in_all),
    rate_tile('Mail a second', sink('message_bytes_total'), format_size, octets_in_all),
    connections_tile(),
    latency_tile('Transaction time, p99', latency, ', from MAIL to the end'),
    trouble_tile('Refused', refusals),
  ],
  charts: sink_charts,
  sections: (facts) => [samples_section(facts), trouble_section(trouble)],
});
