// SPDX-License-Identifier: Apache-2.0
// The generator's live page.

const load = (name) => `mailvoid_loadgen_${name}`;
const latest_of = (list) => list.at(-1) ?? null;
const or_dash = (value, format) => (value === null || value === undefined ? '–' : format(value));
const per_second = (value) => `${format_rate(value)}/s`;
const size_per_second = (value) => `${format_size(value)}/s`;

const trouble = {
  [load('messages_rejected_total')]: 'Message rejected',
  [load('messages_failed_total')]: 'Message without a verdict',
  [load('starts_missed_total')]: 'Start missed: no session was free in time',
  [load('recipients_refused_total')]: 'Recipient refused',
  [load('connections_closed_by_421_total')]: 'Connection ended with 421',
  [load('sessions_given_up_total')]: 'Session given up',
  [load('errors_total')]: 'Failure',
};

const open_loop = () => Boolean(feed.state().plan);
// In an open loop from the intended start, so that a stall of the server counts for all that it kept waiting.
const latency = (quantile) =>
  load(`${open_loop() ? 'message_response' : 'phase'}_seconds{quantile="${quantile}"}`);

// What the run is at, in words, and how much of it is done, if that is known.
function progress() {
  const state = feed.state();
  if (!state.run) return { words: 'No run is on.', share: null };
  const { elapsed_seconds: elapsed, duration_seconds: duration, messages } = state;
  if (elapsed === null) return { words: 'Connecting', share: 0 };
  if (messages !== null) {
    const started = feed.latest(load('messages_started_total')) || 0;
    return {
      words: `${format_count(started)} of ${format_count(messages)} messages begun`,
      share: Math.min(started / messages, 1),
    };
  }
  const of = `${format_clock(Math.floor(Math.min(elapsed, duration)))} of ${format_clock(duration)}`;
  const phase =
    elapsed < state.warm_up_seconds
      ? 'Warming up'
      : elapsed > duration
        ? 'Finishing'
        : elapsed > duration - state.cool_down_seconds
          ? 'Cooling down'
          : 'Measuring';
  return { words: `${phase}: ${of}`, share: Math.min(elapsed / duration, 1) };
}

function progress_part() {
  const words = element('p', {}, '\u00a0');
  const bar = element('progress', { max: 1, value: 0, 'aria-label': 'How much of the run is done' });
  updates.push(() => {
    const now = progress();
    set_text(words, feed.status() === 'lost' ? `${now.words}. The generator answers no more: it leaves when its run is over.` : now.words);
    bar.value = now.share || 0;
  });
  return element('div', { class: 'progress' }, words, bar);
}

function rate_tile() {
  return tile('Messages a second', () => {
    const total = feed.latest(load('messages_accepted_total'));
    return {
      value: total,
      text: or_dash(latest_of(rate_of(load('messages_accepted_total'))), format_rate),
      note: open_loop()
        ? or_dash(feed.latest(load('target_rate_per_second')), (rate) => `${format_rate(rate)} planned`)
        : or_dash(total, (count) => `${format_count(count)} accepted`),
    };
  });
}

function latency_tile() {
  return tile('Latency, p99', () => ({
    value: feed.latest(latency('0.99')),
    text: or_dash(feed.latest(latency('0.99')), format_duration),
    note: or_dash(feed.latest(latency('0.5')), (p50) => `p50 ${format_duration(p50)}`),
  }));
}

function sessions_tile() {
  return tile('Sessions', () => ({
    value: feed.latest(load('connections_open')),
    text: or_dash(feed.latest(load('connections_open')), format_count),
    note: or_dash(feed.latest(load('messages_in_flight')), (count) => `${format_count(count)} messages in flight`),
  }));
}

function bytes_tile() {
  return tile('Sent a second', () => {
    const total = feed.latest(load('sent_bytes_total'));
    return {
      value: total,
      text: or_dash(latest_of(rate_of(load('sent_bytes_total'))), format_size),
      note: or_dash(total, (octets) => `${format_size(octets)} in all`),
    };
  });
}

function errors_tile() {
  return tile('Not accepted', () => {
    const names = ['messages_rejected_total', 'messages_failed_total', 'starts_missed_total'].map(load);
    const total = names.reduce((sum, name) => sum + (feed.latest(name) || 0), 0);
    const recent = growth_of(names, 60);
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

function messages_chart() {
  const series = [
    { label: 'Accepted', color: 'series-1', fill: true, values: () => rate_of(load('messages_accepted_total')) },
    { label: 'Rejected', color: 'series-2', values: () => rate_of(load('messages_rejected_total')) },
    { label: 'Failed', color: 'series-5', values: () => rate_of(load('messages_failed_total')) },
  ];
  if (open_loop()) {
    series.splice(
      1,
      0,
      { label: 'Planned', color: 'series-6', dash: [6, 4], values: () => feed.values(load('target_rate_per_second')) },
    );
    series.push({ label: 'Missed', color: 'series-3', values: () => rate_of(load('starts_missed_total')) });
  }
  return live_chart({
    name: 'messages',
    title: 'Messages a second',
    lead: open_loop() ? 'As they had their outcome, beside what the plan asks for.' : 'As they had their outcome.',
    series,
    format: per_second,
    axis_format: short_count,
  });
}

function latency_chart() {
  return live_chart({
    name: 'latency',
    title: 'Latency of whole messages',
    lead: open_loop()
      ? 'From the intended start to the final reply.'
      : 'From MAIL to the final reply; a closed loop waits with a server that stalls.',
    series: [
      { label: 'p50', color: 'series-1', values: () => at_least_measured(latency('0.5')) },
      { label: 'p99', color: 'series-2', values: () => at_least_measured(latency('0.99')) },
      { label: 'max', color: 'series-5', values: () => at_least_measured(latency('1')) },
    ],
    format: format_duration,
    axis_format: short_duration,
    log: true,
  });
}

function lag_chart() {
  const lag = (quantile) => load(`schedule_lag_seconds{quantile="${quantile}"}`);
  return live_chart({
    name: 'lag',
    title: 'Schedule lag',
    lead: 'From when a message was due until a session had it.',
    series: [
      { label: 'p50', color: 'series-1', values: () => at_least_measured(lag('0.5')) },
      { label: 'p99', color: 'series-2', values: () => at_least_measured(lag('0.99')) },
      { label: 'max', color: 'series-5', values: () => at_least_measured(lag('1')) },
    ],
    format: format_duration,
    axis_format: short_duration,
    log: true,
  });
}

function load_charts() {
  const replies = (digit) => load(`replies_total{class="${digit}xx"}`);
  const errors = (kind) => sum_of(feed.names(load(`errors_total{kind="${kind}"`)).map(rate_of));
  return [
    messages_chart(),
    latency_chart(),
    live_chart({
      name: 'bytes',
      title: 'Octets a second',
      lead: 'On the wire, as they went to and from the kernel.',
      series: [
        { label: 'Sent', color: 'series-1', fill: true, values: () => rate_of(load('sent_bytes_total')) },
        { label: 'Received', color: 'series-2', values: () => rate_of(load('received_bytes_total')) },
      ],
      format: size_per_second,
      axis_format: short_size,
    }),
    live_chart({
      name: 'connections',
      title: 'Sessions',
      lead: open_loop() ? 'Open connections, messages on their way, and due starts that wait.' : 'Open connections, and messages on their way.',
      series: [
        { label: 'Open', color: 'series-1', fill: true, values: () => feed.values(load('connections_open')) },
        { label: 'In flight', color: 'series-2', values: () => feed.values(load('messages_in_flight')) },
        ...(open_loop() ? [{ label: 'Waiting', color: 'series-3', values: () => feed.values(load('starts_waiting')) }] : []),
      ],
      format: format_count,
      axis_format: short_count,
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
        { label: 'Connect', color: 'series-5', values: () => errors('connect') },
        { label: 'Lost', color: 'series-2', values: () => errors('connection_lost') },
        { label: 'Time-out', color: 'series-3', values: () => errors('timeout') },
        { label: 'TLS', color: 'series-6', values: () => errors('tls') },
      ],
      format: per_second,
      axis_format: short_count,
    }),
    ...(open_loop() ? [lag_chart()] : []),
    shard_chart(load('shard_cpu_seconds_total')),
  ];
}

function words_of_the_run(facts) {
  const { target, plan, sessions, run } = feed.state();
  if (!run) return '';
  return [
    facts.search ? `probe ${run} of a search for the limit` : null,
    plan ? `open loop, ${plan}` : 'closed loop',
    `${format_count(sessions)} ${sessions === 1 ? 'session' : 'sessions'}`,
  ]
    .filter(Boolean)
    .join(' · ');
}

live_page({
  kind: 'load generator',
  title: (facts) => facts.target,
  subtitle: words_of_the_run,
  lead: () => [progress_part()],
  tiles: [rate_tile(), latency_tile(), sessions_tile(), bytes_tile(), errors_tile()],
  charts: load_charts,
  sections: () => [trouble_section(trouble)],
});
