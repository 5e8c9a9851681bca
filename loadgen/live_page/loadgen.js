// SPDX-License-Identifier: Apache-2.0
// The generator's live page.

const load = (name) => `mailvoid_loadgen_${name}`;

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

// Beside the rate of an open loop what was planned, of a closed one what has come of it.
function planned_or_accepted(accepted) {
  if (!open_loop()) return accepted_in_all(accepted);
  return or_dash(feed.latest(load('target_rate_per_second')), (rate) => `${format_rate(rate)} planned`);
}

function sessions_tile() {
  return tile('Sessions', () => ({
    value: feed.latest(load('connections_open')),
    text: or_dash(feed.latest(load('connections_open')), format_count),
    note: or_dash(feed.latest(load('messages_in_flight')), (count) => `${format_count(count)} messages in flight`),
  }));
}

const not_accepted = ['messages_rejected_total', 'messages_failed_total', 'starts_missed_total'].map(load);

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

const lag = (quantile) => load(`schedule_lag_seconds{quantile="${quantile}"}`);

function load_charts() {
  const errors = (kind) => sum_of(feed.names(load(`errors_total{kind="${kind}"`)).map(rate_of));
  return [
    messages_chart(),
    latency_chart(
      'latency',
      'Latency of whole messages',
      open_loop()
        ? 'From the intended start to the final reply.'
        : 'From MAIL to the final reply; a closed loop waits with a server that stalls.',
      latency,
    ),
    bytes_chart(
      { label: 'Sent', name: load('sent_bytes_total') },
      { label: 'Received', name: load('received_bytes_total') },
    ),
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
    replies_chart(load('replies_total')),
    errors_chart([
      { label: 'Connect', color: 'series-5', values: () => errors('connect') },
      { label: 'Lost', color: 'series-2', values: () => errors('connection_lost') },
      { label: 'Time-out', color: 'series-3', values: () => errors('timeout') },
      { label: 'TLS', color: 'series-6', values: () => errors('tls') },
    ]),
    ...(open_loop()
      ? [latency_chart('lag', 'Schedule lag', 'From when a message was due until a session had it.', lag)]
      : []),
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
  tiles: [
    rate_tile('Messages a second', load('messages_accepted_total'), format_rate, planned_or_accepted),
    latency_tile('Latency, p99', latency),
    sessions_tile(),
    rate_tile('Sent a second', load('sent_bytes_total'), format_size, octets_in_all),
    trouble_tile('Not accepted', () => not_accepted),
  ],
  charts: load_charts,
  sections: () => [trouble_section(trouble)],
});
