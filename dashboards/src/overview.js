// SPDX-License-Identifier: Apache-2.0
// The system under test between the two: what is offered to it, what it lets through, and what arrives.
import { board } from './board.js';
import { figure, heat, kAnyIsYellow, kNeverRed, kShare, lines } from './panels.js';
import { buckets, chosen, occurring, percentile, rate, ratio, sum } from './queries.js';

const given = (/** @type {string} */ name) => `mailvoid_loadgen_${name}`;
const arrived = (/** @type {string} */ name) => `mailvoid_sink_${name}`;
const accepted = rate(given('messages_accepted_total'));
const delivered = rate(arrived('messages_accepted_total'));
const lost = `(${rate(given('messages_rejected_total'))} + ${rate(given('messages_failed_total'))})`;
const over_range = (/** @type {string} */ metric) => `sum(increase(${metric}${chosen()}[$__range]))`;

const through = [
  figure({
    title: 'Offered', unit: 'mps', steps: [[null, 'blue']],
    about: 'Messages a second that the generators start.',
    queries: { started: rate(given('messages_started_total')) },
  }),
  figure({
    title: 'Let through', unit: 'mps', steps: [[null, 'blue']],
    about: 'Messages a second that the system under test accepted from the generators.',
    queries: { accepted },
  }),
  figure({
    title: 'Arrived', unit: 'mps', steps: [[null, 'blue']],
    about: 'Messages a second that the sinks accepted from the system under test.',
    queries: { delivered },
  }),
  figure({
    title: 'Turned away', unit: 'percentunit', none: 'no mail', steps: [[null, 'green'], [0.0001, 'yellow'], [0.01, 'red']],
    about: 'Share of the messages that the system under test rejected, or left without a verdict. Red from one in a hundred.',
    queries: { lost: ratio(lost, `(${accepted} + ${lost})`) },
  }),
  figure({
    title: 'Still within', unit: 'short', none: 'no mail', steps: [[null, 'green'], [10000, 'yellow'], [100000, 'red']],
    about: 'Messages accepted less messages arrived, over the range that is shown: what waits in the queues of the system under test, or is'
      + ' lost. It is rough by what passes between two scrapes, and a generator that ends takes with it what it did since its last. A message'
      + ' with several recipients may arrive as several. Less than none is shown as 0. Once all is quiet, the results of both programs tell'
      + ' exactly.',
    queries: {
      within: `round(clamp_min(${over_range(given('messages_accepted_total'))} - ${over_range(arrived('messages_accepted_total'))}, 0))`,
    },
  }),
  figure({
    title: 'Offered message, p99', unit: 's', none: 'no mail', steps: [[null, 'green'], [1, 'yellow'], [10, 'red']],
    about: 'Time from MAIL to the final reply of the system under test that 99 of 100 messages kept below.',
    queries: { p99: percentile(0.99, given('phase_seconds'), 'phase="message"') },
  }),
  lines({
    title: 'Messages', unit: 'mps', steps: kNeverRed, span: 16, height: 10, none: 'no mail',
    about: 'Messages a second: what the plan asks for (--rate), what is started, what the system under test lets through, and what'
      + ' arrives. Where arrived lies below let through, its queues grow; where it lies above, they shrink.',
    queries: {
      plan: `${sum(given('target_rate_per_second'))} > 0`,
      offered: rate(given('messages_started_total')),
      'let through': accepted,
      arrived: delivered,
    },
  }),
  lines({
    title: 'Octets of mail', unit: 'Bps', steps: kNeverRed, span: 8, height: 10,
    about: 'Octets a second of messages let through and arrived. What arrives is larger by the Received fields on the way.',
    queries: { 'let through': rate(given('message_bytes_total')), arrived: rate(arrived('message_bytes_total')) },
  }),
];

const errors = [
  lines({
    title: 'Turned away at the door of the system', unit: 'short', steps: kAnyIsYellow, none: 'There was none',
    about: 'Negative replies a second to the generators, by step and code.',
    queries: { '{{step}}: {{code}}': occurring(given('replies_total'), 'step, code', 'code=~"[45].."') },
  }),
  lines({
    title: 'Failures of the generators', unit: 'short', steps: kAnyIsYellow, none: 'There was none',
    about: 'Failures a second, by kind and detail: connections refused or lost, time-outs, TLS.',
    queries: { '{{kind}}: {{detail}}': occurring(given('errors_total'), 'kind, detail') },
  }),
  lines({
    title: 'Turned away by the sinks', unit: 'short', steps: kAnyIsYellow, none: 'There was none',
    about: 'Negative replies a second to the system under test, by code: it will try those with 4xx again.',
    queries: { '{{code}}': occurring(arrived('replies_total'), 'code', 'code=~"[45].."') },
  }),
];

const time = [
  heat({
    title: 'Offered messages', unit: 's', steps: kNeverRed,
    about: 'Time from MAIL to the final reply of the system under test, as the generators saw it.',
    queries: { '{{le}}': buckets(given('phase_seconds'), 'phase="message"') },
  }),
  heat({
    title: 'Arriving transactions', unit: 's', steps: kNeverRed,
    about: 'Time from MAIL to the end of the data, as the sinks saw it: how long the system under test takes to hand a message over.',
    queries: { '{{le}}': buckets(arrived('transaction_seconds')) },
  }),
];

const limits = [
  lines({
    title: 'Connections', unit: 'short', steps: kNeverRed,
    about: 'Connections open on both sides. A relay that opens a connection for each message shows as a saw.',
    queries: { 'of the generators': sum(given('connections_open')), 'of the sinks': sum(arrived('connections_open')) },
  }),
  lines({
    title: 'Starts late or missed', unit: 'short', steps: kAnyIsYellow,
    about: 'Due starts that wait for a session now, and those given up a second: with missed ones the figures are not those of the plan.',
    queries: { 'waiting now': sum(given('starts_waiting')), 'missed a second': rate(given('starts_missed_total')) },
  }),
  lines({
    title: 'CPU of the busiest shard of a sink', unit: 'percentunit', steps: kShare, max: 1,
    about: 'Near 1 the sink is what is measured, and not the system under test.',
    queries: { '{{instance}}': `max by (instance) (rate(${arrived('shard_cpu_seconds_total')}${chosen()}[$__rate_interval]))` },
  }),
];

export const overview = board({
  title: 'Mailvoid overview',
  uid: 'mailvoid-overview',
  about: 'What is offered to the system under test, what it lets through, and what arrives: loss, latency, errors.',
  presence: 'mailvoid_build_info',
  rows: {
    'Does the mail get through?': through,
    'What went wrong?': errors,
    'Where is the time?': time,
    'Is it the system under test that is measured?': limits,
  },
});
