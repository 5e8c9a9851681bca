// SPDX-License-Identifier: Apache-2.0
// The sink: what arrives, what is turned away, where its time goes, and what is about to be full.
import { board } from './board.js';
import { figure, heat, kAnyIsRed, kAnyIsYellow, kHighHeight, kNeverRed, kShare, lines } from './panels.js';
import { process } from './process.js';
import { buckets, chosen, occurring, percentile, percentiles, rate, ratio, sum } from './queries.js';
import { buffers_free, busy, completions, cpu, overflows } from './shards.js';

const of = (/** @type {string} */ name) => `mailvoid_sink_${name}`;
const messages = rate(of('messages_accepted_total'));
const refused = rate(of('messages_refused_total'));

const health = [
  figure({
    title: 'Messages a second', unit: 'mps', steps: [[null, 'blue']],
    about: 'Messages accepted: their final 250 was queued.',
    queries: { accepted: messages },
  }),
  figure({
    title: 'Mail a second', unit: 'Bps', steps: [[null, 'blue']],
    about: 'Octets of accepted messages as RFC 1870 counts them, without the protocol around them.',
    queries: { mail: rate(of('message_bytes_total')) },
  }),
  figure({
    title: 'Messages refused', unit: 'percentunit', none: 'no mail',
    steps: [[null, 'green'], [0.001, 'yellow'], [0.01, 'red']],
    about: 'Share of messages that were refused although their MAIL was well formed. A sink takes everything unless'
      + ' it was told not to: yellow from one in a thousand, red from one in a hundred.',
    queries: { refused: ratio(refused, `(${messages} + ${refused})`) },
  }),
  figure({
    title: 'Connections open', unit: 'percentunit', steps: kShare,
    about: 'Connections open now, as a share of --max-connections. At 1 every further client is turned away with 421.',
    queries: { open: ratio(sum(of('connections_open')), sum(of('connections_max'))) },
  }),
  figure({
    title: 'Transactions, p99', unit: 's', none: 'no mail', steps: [[null, 'green'], [1, 'yellow'], [10, 'red']],
    about: 'Time from MAIL to the end of the data that 99 of 100 transactions kept below. It is mostly the time that the'
      + ' client takes; beyond 10 s senders begin to hold connections that others want.',
    queries: { p99: percentile(0.99, of('transaction_seconds')) },
  }),
  figure({
    title: 'Busiest shard', unit: 'percentunit', steps: kShare,
    about: 'CPU of the busiest shard. A shard is one thread: near 1 it can do no more, whatever the other cores do.',
    queries: { cpu: `max(rate(${of('shard_cpu_seconds_total')}${chosen()}[$__rate_interval]))` },
  }),
  lines({
    title: 'Messages', unit: 'mps', steps: kNeverRed,
    about: 'Messages a second, by instance: accepted, and refused for any reason.',
    queries: {
      'accepted {{instance}}': rate(of('messages_accepted_total'), 'instance'),
      'refused {{instance}}': rate(of('messages_refused_total'), 'instance'),
    },
  }),
  lines({
    title: 'Octets', unit: 'Bps', steps: kNeverRed,
    about: 'Octets a second of connections: received and sent, TLS records and all. Discarded are those of BDAT chunks that the'
      + ' kernel dropped uncopied.',
    queries: {
      received: rate(of('received_bytes_total')),
      sent: rate(of('sent_bytes_total')),
      discarded: rate(of('discarded_bytes_total')),
    },
  }),
  lines({
    title: 'Connections', unit: 'short', steps: kNeverRed,
    about: 'Connections open now, and those of them with TLS. How near that is to --max-connections is told above.',
    queries: {
      'open {{instance}}': sum(of('connections_open'), 'instance'),
      'with TLS {{instance}}': sum(of('tls_sessions_open'), 'instance'),
    },
  }),
];

const errors = [
  lines({
    title: 'Messages refused, by reason', unit: 'mps', steps: kAnyIsRed, none: 'None was refused',
    about: 'Messages a second that were refused although their MAIL was well formed: the reason is the reply they had.',
    queries: { '{{reason}}': occurring(of('messages_refused_total'), 'reason') },
  }),
  lines({
    title: 'Connections refused, by reason', unit: 'short', steps: kAnyIsRed, none: 'None was refused',
    about: 'Connections a second that were turned away at the door: too many at once, or an untrusted proxy.',
    queries: { '{{reason}}': occurring(of('connections_refused_total'), 'reason') },
  }),
  lines({
    title: 'Negative replies, by code', unit: 'short', steps: kAnyIsYellow, none: 'There was none',
    about: 'Replies a second that said no: 4xx for now, 5xx for good. Which commands of the client were wrong is told in the log'
      + ' of the client.',
    queries: { '{{code}}': occurring(of('replies_total'), 'code', 'code=~"[45].."') },
  }),
  lines({
    title: 'Connections closed, by reason', unit: 'short', steps: kAnyIsYellow, none: 'None was closed', stack: true,
    about: 'Connections a second by what ended them. "finished" is QUIT; all else is somebody who left without a word, or was'
      + ' put out.',
    queries: { '{{reason}}': occurring(of('connections_closed_total'), 'reason') },
  }),
  lines({
    title: 'TLS failures, by reason', unit: 'short', steps: kAnyIsRed, none: 'There was none',
    about: 'Handshakes a second that failed, and sessions that failed after theirs. An alert about the certificate is a client'
      + ' that does not trust it.',
    queries: {
      'handshake: {{reason}}': occurring(of('tls_handshake_failures_total'), 'reason'),
      'session: {{reason}}': occurring(of('tls_session_failures_total'), 'reason'),
    },
  }),
  lines({
    title: 'Logins that failed', unit: 'short', steps: kAnyIsYellow, none: 'None failed',
    about: 'AUTH exchanges a second that did not end with 235, by mechanism and how they ended.',
    queries: {
      '{{mechanism}}: {{result}}':
        occurring(of('auth_exchanges_total'), 'mechanism, result', 'result!="succeeded"'),
    },
  }),
  lines({
    title: 'Clients that misbehave', unit: 'short', steps: kAnyIsYellow, span: 12,
    about: 'What a client did that RFC 5321 forbids, a second: spoke before the greeting, sent endless commands, ended lines with a'
      + ' bare LF (as those do who smuggle mail), or said nothing until it was put out (--idle-timeout).',
    queries: {
      'early talkers': rate(of('early_talkers_total')),
      'commands too long': rate(of('commands_too_long_total')),
      'commands with bare LF': rate(of('commands_with_bare_lf_total')),
      'idle timeouts': rate(of('idle_timeouts_total')),
      'octets in the clear behind STARTTLS': rate(of('plaintext_after_starttls_bytes_total')),
    },
  }),
  lines({
    title: 'Transactions abandoned', unit: 'short', steps: kAnyIsYellow, span: 6, height: kHighHeight,
    about: 'Transactions a second that ended before the end of their data (RSET, a lost connection), and recipients refused.',
    queries: {
      'transactions abandoned': rate(of('transactions_abandoned_total')),
      'recipients refused': rate(of('recipients_refused_total')),
    },
  }),
  lines({
    title: 'Accept failed', unit: 'short', steps: kAnyIsRed, span: 6, height: kHighHeight,
    about: 'Times a second that accept failed, for want of file descriptors for example: clients then wait in the queue of the'
      + ' kernel. Raise the limit of open files.',
    queries: { '{{instance}}': rate(of('accept_errors_total'), 'instance') },
  }),
];

/** @param {string} title @param {string} histogram @param {string} about */
const duration = (title, histogram, about) => [
  heat({ title, unit: 's', steps: kNeverRed, about, queries: { '{{le}}': buckets(of(histogram)) } }),
  lines({
    title: `${title}: percentiles`, unit: 's', steps: kNeverRed, span: 12, log: true,
    about: `${about} Read off buckets that are each twice as wide as the last, so a figure may be off by half.`,
    queries: percentiles(of(histogram)),
  }),
];

const time = [
  ...duration('Transactions', 'transaction_seconds',
    'Time from MAIL to the end of the data; 0 where all of it came in one piece.'),
  ...duration('Data', 'data_seconds',
    'Time from DATA or the first BDAT to the end of the data; 0 where all of it came in one piece.'),
  ...duration('Sessions', 'session_seconds', 'Time from accept until the connection was closed.'),
  ...duration('TLS handshakes', 'tls_handshake_seconds',
    'Time from the start of a TLS handshake to its success, waiting for the client included.'),
];

const shards = [
  cpu(of, 'Near 1 a shard can do no more; one that stands out has got the busy connections.'),
  busy(of),
  completions(of, 'It rises with load: that is what saves CPU.'),
  buffers_free(of, ': raise --recv-buffers.'),
  lines({
    title: 'Short of memory', unit: 'short', steps: kAnyIsYellow,
    about: 'Times a second that a receive ended for want of a buffer, that a session waited for one, and that no pooled block was'
      + ' left (--block-pool). Rare ones cost little; steady ones cost throughput.',
    queries: {
      'buffers exhausted': rate(of('ring_buffers_exhausted_total')),
      'sessions starved': rate(of('starved_sessions_total')),
      'block pool exhausted': rate(of('pool_blocks_exhausted_total')),
    },
  }),
  overflows(of, '. Raise --ring-entries.'),
  heat({
    title: 'Timer lag', unit: 's', steps: kNeverRed,
    about: 'How much later than a timer was due the shards looked at it: what a busy shard makes everybody wait.',
    queries: { '{{le}}': buckets(of('wake_lag_seconds')) },
  }),
  lines({
    title: 'Pooled blocks in use', unit: 'short', steps: kNeverRed, span: 6, height: kHighHeight,
    about: 'Blocks of 4 KiB in use for partial commands, replies and held input. They grow with clients that send in dribs.',
    queries: { '{{instance}}': sum(of('pool_blocks_in_use'), 'instance') },
  }),
  lines({
    title: 'Sessions paused', unit: 'short', steps: kAnyIsYellow, span: 6, height: kHighHeight,
    about: 'Times a second that a session was not read from until it took its replies: a client that pipelines and does not read.',
    queries: { '{{instance}}': rate(of('paused_sessions_total'), 'instance') },
  }),
];

const mail = [
  heat({
    title: 'Sizes of messages', unit: 'bytes', steps: kNeverRed,
    about: 'Octets of the messages that came to their end, refused ones included, as RFC 1870 counts them.',
    queries: { '{{le}}': buckets(of('message_size_bytes')) },
  }),
  lines({
    title: 'Recipients a message', unit: 'short', steps: kNeverRed, none: 'no mail', span: 6, height: kHighHeight,
    about: 'Recipients accepted by messages accepted: 1 for a sender that gives each recipient a message of his own.',
    queries: { recipients: ratio(rate(of('recipients_accepted_total')), messages) },
  }),
  lines({
    title: 'Messages a connection', unit: 'short', steps: kNeverRed, none: 'No new connection', span: 6, height: kHighHeight,
    about: 'Messages accepted by new connections. A sender that keeps connections goes up with time; 1 is a sender that does not.',
    queries: { messages: ratio(messages, rate(of('connections_total'))) },
  }),
  lines({
    title: 'Commands', unit: 'short', steps: kNeverRed, none: 'There was none', stack: true,
    about: 'Commands received a second, by verb: which extensions the senders really use.',
    queries: { '{{verb}}': occurring(of('commands_total'), 'verb') },
  }),
  lines({
    title: 'Connections, by listener', unit: 'short', steps: kNeverRed, none: 'There was none', stack: true,
    about: 'Connections accepted a second, by the address of their listener.',
    queries: { '{{listener}}': occurring(of('listener_connections_total'), 'listener') },
  }),
  lines({
    title: 'TLS handshakes, by kind', unit: 'short', steps: kNeverRed, none: 'There was none', stack: true,
    about: 'Handshakes that succeeded a second, by version and kind. Resumed ones cost a tenth of the CPU of full ones.',
    queries: { '{{version}} {{kind}}': occurring(of('tls_handshakes_total'), 'version, kind') },
  }),
  lines({
    title: 'Lines', unit: 'short', steps: kNeverRed, span: 6,
    about: 'Lines of message data a second, and the stuffed dots removed from them.',
    queries: { lines: rate(of('data_lines_total')), 'stuffed dots': rate(of('data_stuffed_dots_total')) },
  }),
  lines({
    title: 'Bare line ends in data', unit: 'short', steps: kAnyIsYellow, span: 6,
    about: 'CR without LF and LF without CR in message data, a second. RFC 5321 forbids both; something on the way let them through.',
    queries: { 'bare CR': rate(of('data_bare_cr_total')), 'bare LF': rate(of('data_bare_lf_total')) },
  }),
  lines({
    title: 'Logins', unit: 'short', steps: kNeverRed, span: 6, none: 'There was none', stack: true,
    about: 'AUTH exchanges a second, by mechanism and how they ended.',
    queries: { '{{mechanism}}: {{result}}': occurring(of('auth_exchanges_total'), 'mechanism, result') },
  }),
  lines({
    title: 'LMTP deliveries', unit: 'short', steps: kNeverRed, span: 6,
    about: 'Final replies of LMTP a second, one for each recipient of a message: a sender has to try those again that were refused.',
    queries: { accepted: rate(of('deliveries_accepted_total')), refused: rate(of('deliveries_refused_total')) },
  }),
];

const samples = [
  lines({
    title: 'Samples', unit: 'short', steps: kAnyIsYellow, span: 6,
    about: 'Samples a second (--sample): begun, written, given up because their transaction had no accepted message, and dropped although it'
      + ' had.',
    queries: {
      started: rate(of('capture_samples_started_total')),
      written: rate(of('capture_samples_written_total')),
      aborted: rate(of('capture_samples_aborted_total')),
      dropped: rate(of('capture_samples_dropped_total')),
    },
  }),
  lines({
    title: 'Samples lost, by reason', unit: 'short', steps: kAnyIsRed, none: 'None was lost', span: 6,
    about: 'Samples dropped a second although their message was accepted, and files that could not be written. The disk is too slow or full,'
      + ' or --capture-memory too small.',
    queries: {
      'dropped: {{reason}}': occurring(of('capture_samples_dropped_total'), 'reason'),
      'write error: {{error}}': occurring(of('capture_write_errors_total'), 'error'),
    },
  }),
  lines({
    title: 'Memory for samples', unit: 'percentunit', steps: kShare, max: 1, span: 6, none: 'No samples are kept',
    about: 'Memory in use for samples as a share of --capture-memory. Near 1 the disk does not keep up, and samples are dropped.',
    queries: { 'in use': ratio(sum(of('capture_memory_bytes')), sum(of('capture_memory_bytes_max'))) },
  }),
  lines({
    title: 'Samples written', unit: 'Bps', steps: kNeverRed, span: 6,
    about: 'Octets of samples written to files a second.',
    queries: { written: rate(of('capture_written_bytes_total')) },
  }),
];

export const sink = board({
  title: 'Mailvoid sink',
  uid: 'mailvoid-sink',
  about: 'What arrives at mailvoid-sink, what it turns away, where its time goes, and what is about to be full.',
  presence: 'mailvoid_sink_shards',
  rows: {
    'Is it healthy?': health,
    'What went wrong?': errors,
    'Where is the time?': time,
    'Is a shard or a ring saturated?': shards,
    'What mail is it?': mail,
    'Are samples kept?': samples,
    'What does it cost?': process(messages, of('shards')),
  },
});
