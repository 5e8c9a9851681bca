// SPDX-License-Identifier: Apache-2.0
// The generator: what it asks of the target, what comes of it, and whether its own figures can be believed.
import { board } from './board.js';
import { figure, heat, kAnyIsRed, kAnyIsYellow, kHighHeight, kNeverRed, lines } from './panels.js';
import { process } from './process.js';
import { buckets, chosen, occurring, percentile, percentiles, rate, ratio, sum } from './queries.js';
import { buffers_free, busy, completions, cpu, overflows } from './shards.js';

const of = (/** @type {string} */ name) => `mailvoid_loadgen_${name}`;
const accepted = rate(of('messages_accepted_total'));
const lost = `(${rate(of('messages_rejected_total'))} + ${rate(of('messages_failed_total'))})`;
const target = `${sum(of('target_rate_per_second'))} > 0`;

const health = [
  figure({
    title: 'Messages a second', unit: 'mps', steps: [[null, 'blue']],
    about: 'Messages accepted: a final 250 was read.',
    queries: { accepted },
  }),
  figure({
    title: 'Share of the plan', unit: 'percentunit', none: 'no plan',
    steps: [[null, 'red'], [0.95, 'yellow'], [0.99, 'green']],
    about: 'Messages started, of those that the plan asks for now (--rate). Below 0.99 the target, or the generator, does not keep up. A'
      + ' closed loop has no plan.',
    queries: { started: ratio(rate(of('messages_started_total')), sum(of('target_rate_per_second'))) },
  }),
  figure({
    title: 'Messages lost', unit: 'percentunit', none: 'no mail', steps: [[null, 'green'], [0.0001, 'yellow'], [0.01, 'red']],
    about: 'Share of the messages that came to an outcome and were rejected, or failed without a verdict. Red from one in a hundred.',
    queries: { lost: ratio(lost, `(${accepted} + ${lost})`) },
  }),
  figure({
    title: 'Message, p99', unit: 's', none: 'no mail', steps: [[null, 'green'], [1, 'yellow'], [10, 'red']],
    about: 'Time from MAIL to the final reply that 99 of 100 messages kept below. Senders that wait longer than 10 s pile up connections.',
    queries: { p99: percentile(0.99, of('phase_seconds'), 'phase="message"') },
  }),
  figure({
    title: 'Starts missed', unit: 'short', steps: kAnyIsRed,
    about: 'Starts of the plan a second that no session was free for in time. Any makes the run invalid: give it more --sessions, or a'
      + ' lower --rate.',
    queries: { missed: rate(of('starts_missed_total')) },
  }),
  figure({
    title: 'Connections open', unit: 'short', steps: [[null, 'blue']],
    about: 'Connections established now; the run keeps as many as it has sessions.',
    queries: { open: sum(of('connections_open')) },
  }),
  lines({
    title: 'Rate', unit: 'mps', steps: kNeverRed, none: 'no mail',
    about: 'Messages a second: what the plan asks for, what was started, and what was accepted. All three must lie on each other; in a'
      + ' closed loop there is no plan.',
    queries: { plan: target, started: rate(of('messages_started_total')), accepted },
  }),
  lines({
    title: 'Outcomes', unit: 'mps', steps: kNeverRed, stack: true,
    about: 'Messages a second by how they ended: accepted, rejected by a reply, failed without a verdict.',
    queries: {
      accepted,
      rejected: rate(of('messages_rejected_total')),
      failed: rate(of('messages_failed_total')),
    },
  }),
  lines({
    title: 'Octets', unit: 'Bps', steps: kNeverRed,
    about: 'Octets a second of connections, TLS records and all, and those of accepted messages.',
    queries: {
      sent: rate(of('sent_bytes_total')),
      received: rate(of('received_bytes_total')),
      mail: rate(of('message_bytes_total')),
    },
  }),
];

const errors = [
  lines({
    title: 'Errors, by kind', unit: 'short', steps: kAnyIsRed, none: 'There was none', span: 12,
    about: 'Failures a second, by kind and detail: what the generator could not do, and at what.',
    queries: { '{{kind}}: {{detail}}': occurring(of('errors_total'), 'kind, detail') },
  }),
  lines({
    title: 'Negative replies, by step', unit: 'short', steps: kAnyIsYellow, none: 'There was none', span: 12,
    about: 'Replies a second that said no, by the step that they answer: 4xx for now, 5xx for good.',
    queries: { '{{step}}: {{code}}': occurring(of('replies_total'), 'step, code', 'code=~"[45].."') },
  }),
  lines({
    title: 'Messages rejected and failed', unit: 'mps', steps: kAnyIsRed,
    about: 'Messages a second that a 4xx or 5xx reply decided, and those without a verdict: connection lost, time-out, 421.',
    queries: { rejected: rate(of('messages_rejected_total')), failed: rate(of('messages_failed_total')) },
  }),
  lines({
    title: 'Connections made again', unit: 'short', steps: kAnyIsYellow,
    about: 'Connections a second that were made again, after trouble or because --messages-per-session says so, and those that the target'
      + ' ended with 421; sessions that gave up after too many failures in a row.',
    queries: {
      reconnects: rate(of('reconnects_total')),
      'closed by 421': rate(of('connections_closed_by_421_total')),
      'sessions given up': rate(of('sessions_given_up_total')),
    },
  }),
  lines({
    title: 'Recipients', unit: 'short', steps: kNeverRed,
    about: 'Recipients a second: accepted, refused, and left out because of the LIMITS of the target; with LMTP how each was answered at the end.',
    queries: {
      accepted: rate(of('recipients_accepted_total')),
      refused: rate(of('recipients_refused_total')),
      withheld: rate(of('recipients_withheld_total')),
      delivered: rate(of('deliveries_accepted_total')),
      'not delivered': rate(of('deliveries_refused_total')),
    },
  }),
];

// What some runs have and most have not.
const others = [
  lines({
    title: 'Put off and tried again', unit: 'short', steps: kNeverRed,
    about: 'With --retry: attempts a second that the target put off by 4xx or 421, attempts behind a message\'s first, and messages that were'
      + ' given up. Where the first stays above the second, a queue grows.',
    queries: {
      'put off': rate(of('messages_deferred_total')),
      retries: rate(of('messages_retried_total')),
      'given up': rate(of('messages_given_up_total')),
    },
  }),
  lines({
    title: 'Waiting for a retry', unit: 'short', steps: kNeverRed,
    about: 'Messages that were put off and wait for their next attempt now (--retry-delay); --retry-queue bounds them.',
    queries: { waiting: sum(of('messages_waiting_for_retry')) },
  }),
  lines({
    title: 'Given up, by reason', unit: 'mps', steps: kAnyIsYellow, none: 'There was none',
    about: 'Messages a second that were put off and are not tried again: attempts are exhausted, the queue is full, or the run is over.',
    queries: { '{{reason}}': occurring(of('messages_given_up_total'), 'reason') },
  }),
  lines({
    title: 'Bad clients, by kind', unit: 'short', steps: kNeverRed, none: 'There was none', stack: true, span: 12,
    about: 'Connections a second that bad clients (--bad-clients) established, by what they do. None of them counts anywhere else.',
    queries: { '{{kind}}': occurring(of('bad_client_connections_total'), 'kind') },
  }),
  lines({
    title: 'How bad clients ended', unit: 'short', steps: kNeverRed, none: 'There was none', stack: true, span: 12,
    about: 'Connections of bad clients a second by how they ended: done is a target that bore with them, refused and closed one that did not,'
      + ' expired one that neither answered nor let go.',
    queries: { '{{end}}': occurring(of('bad_client_ends_total'), 'end') },
  }),
  lines({
    title: 'What bad clients hear', unit: 'short', steps: kNeverRed, none: 'There was none', stack: true, span: 12,
    about: 'Replies a second to bad clients, by class; garbled is what was no reply. Slow readers do not look at theirs.',
    queries: { '{{class}}': occurring(of('bad_client_replies_total'), 'class') },
  }),
];

const phase = 'phase="message"';
const time = [
  heat({
    title: 'Messages from their send', unit: 's', steps: kNeverRed,
    about: 'Time from MAIL as it was really sent to the final reply: what the target did with what it got. It looks well while the target'
      + ' stands still, since nothing is sent then.',
    queries: { '{{le}}': buckets(of('phase_seconds'), phase) },
  }),
  heat({
    title: 'Messages from their intended start', unit: 's', steps: kNeverRed,
    about: 'Time from when the plan wanted the message to start to the final reply: what somebody who sends mail would have waited. Only an'
      + ' open loop (--rate) has it.',
    queries: { '{{le}}': buckets(of('message_response_seconds')) },
  }),
  lines({
    title: 'Messages from their send: percentiles', unit: 's', steps: kNeverRed, span: 12, log: true,
    about: 'From MAIL to the final reply. Read off buckets each twice as wide as the last, so a figure may be off by half; the result'
      + ' of the run has exact ones.',
    queries: percentiles(of('phase_seconds'), phase),
  }),
  lines({
    title: 'Messages from their intended start: percentiles', unit: 's', steps: kNeverRed, span: 12, log: true,
    about: 'From the intended start to the final reply. Where it lies above the panel on the left, messages waited for a session.',
    queries: percentiles(of('message_response_seconds')),
  }),
  lines({
    title: 'Phases, p99', unit: 's', steps: kNeverRed, span: 24, log: true,
    about: 'The 99th percentile of each phase, from the actual send to the reply: which step of the dialogue takes the time.',
    queries: { '{{phase}}': `histogram_quantile(0.99, ${rate(of('phase_seconds_bucket'), 'phase, le')}) >= 0` },
  }),
];

const honesty = [
  heat({
    title: 'Schedule lag', unit: 's', steps: kNeverRed,
    about: 'How late starts were: from the intended start until a session had the message. Most belongs below 1 ms; more is a generator,'
      + ' or a number of sessions, that is too small for the rate.',
    queries: { '{{le}}': buckets(of('schedule_lag_seconds')) },
  }),
  lines({
    title: 'Schedule lag: percentiles', unit: 's', steps: [[null, 'green'], [0.001, 'yellow'], [0.1, 'red']], span: 12, log: true,
    about: 'How late starts were. Above 1 ms at a load that the generator should carry, look for what else runs on its CPUs.',
    queries: percentiles(of('schedule_lag_seconds')),
  }),
  lines({
    title: 'Starts waiting and missed', unit: 'short', steps: kAnyIsYellow, span: 12,
    about: 'Due starts that wait for a free session now (--start-queue), and those a second that were given up. Missed ones make the run invalid.',
    queries: { 'waiting now': sum(of('starts_waiting')), 'missed a second': rate(of('starts_missed_total')) },
  }),
  lines({
    title: 'In flight', unit: 'short', steps: kNeverRed, span: 12,
    about: 'Messages started that have no outcome yet, of the sessions that could each have one.',
    queries: { 'in flight': sum(of('messages_in_flight')), sessions: sum(of('sessions')) },
  }),
  heat({
    title: 'Starts noticed late', unit: 's', steps: kNeverRed,
    about: 'From the intended start of a message until its shard looked at it: the generator\'s own part of the schedule lag. What lies above'
      + ' 1 ms is not the target\'s doing; the rest of the lag is waiting for a session.',
    queries: { '{{le}}': buckets(of('wake_lag_seconds')) },
  }),
  figure({
    title: 'Runs', unit: 'short', steps: [[null, 'text']], span: 12, height: kHighHeight, text: 'name', none: 'no run',
    about: 'Which runs these are: run_id as in their results, open or closed loop, the file of --config, and the part of the plan'
      + ' (--shard-of).',
    queries: { '{{run_id}} {{mode}} {{scenario}} {{shard_of}}': `${of('run_info')}${chosen()}` },
  }),
];

const shards = [
  cpu(of, 'Above 0.9 the generator may be what is measured: give it more --shards, or more machines (--shard-of).'),
  busy(of),
  buffers_free(of, ', and their latency is the generator\'s.'),
  completions(of, 'A steep rise is a shard that is late.'),
  lines({
    title: 'Short of memory', unit: 'short', steps: kAnyIsYellow,
    about: 'Times a second that a receive ended for want of a buffer, and that a session waited for one: latency that is the generator\'s own.',
    queries: {
      'buffers exhausted': rate(of('ring_buffers_exhausted_total')),
      'sessions starved': rate(of('starved_sessions_total')),
    },
  }),
  overflows(of, ' (--ring-entries).'),
];

const connections = [
  lines({
    title: 'Connections', unit: 'short', steps: kNeverRed,
    about: 'Connections a second: tried, established, and ready for mail.',
    queries: {
      tried: rate(of('connection_attempts_total')),
      established: rate(of('connections_total')),
      'ready for mail': rate(of('sessions_ready_total')),
    },
  }),
  lines({
    title: 'TLS handshakes, by kind', unit: 'short', steps: kNeverRed, none: 'There was none', stack: true,
    about: 'Handshakes that succeeded a second: full ones, and resumed ones (--tls-resume).',
    queries: { '{{kind}}': occurring(of('tls_handshakes_total'), 'kind') },
  }),
  lines({
    title: 'TLS ciphers', unit: 'short', steps: kNeverRed, none: 'There was none', stack: true,
    about: 'TLS sessions a second, by cipher: what the target chose.',
    queries: { '{{cipher}}': occurring(of('tls_ciphers_total'), 'cipher') },
  }),
];

export const loadgen = board({
  title: 'Mailvoid generator',
  uid: 'mailvoid-loadgen',
  about: 'What mailvoid-loadgen asks of its target, what comes of it, and whether its figures can be believed.',
  presence: 'mailvoid_loadgen_shards',
  rows: {
    'Is it healthy?': health,
    'What went wrong?': errors,
    'Where is the time?': time,
    'Is the generator honest?': honesty,
    'Is a shard or a ring saturated?': shards,
    'How does it connect?': connections,
    'What about retries and bad clients?': others,
    'What does it cost?': process(accepted, of('shards')),
  },
});
