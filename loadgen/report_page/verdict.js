// SPDX-License-Identifier: Apache-2.0
// What to make of the run, before any figure: may they be used, and was what was asked for reached?

function sentence_of(words) {
  return words.length > 0 ? words[0].toUpperCase() + words.slice(1) : words;
}

// {kind: 'good'|'warn'|'bad'|'plain', title, details: [text]}
function verdict() {
  const thresholds = list_of(result.thresholds);
  const failed = thresholds.filter((threshold) => threshold.passed === false);
  const invalid = result.valid === false;
  const details = invalid ? list_of(result.invalid_reasons).map(sentence_of) : [];
  const of_thresholds = `${failed.length} of ${thresholds.length} thresholds failed`;
  if (invalid && failed.length > 0) details.push(`${of_thresholds} as well.`);
  if (result.interrupted) details.push('Interrupted by a signal before its planned end.');

  if (invalid) return { kind: 'bad', title: 'Invalid: do not rely on these figures', details };
  if (failed.length > 0)
    return { kind: 'bad', title: thresholds.length === 1 ? 'The threshold failed' : of_thresholds, details };
  if ((result.messages || {}).accepted === 0)
    return { kind: 'bad', title: 'No message was accepted', details };
  if (gave_up()) {
    details.push('All sessions gave up before the end, after too many failures in a row each.');
    return { kind: 'bad', title: 'The target was lost', details: details.concat(caveats()) };
  }
  if (result.interrupted) return { kind: 'warn', title: 'Interrupted', details: details.concat(caveats()) };
  details.push(...caveats());
  if (thresholds.length > 0) {
    const all =
      ['no', 'the threshold', 'both thresholds'][thresholds.length] || `all ${thresholds.length} thresholds`;
    return { kind: 'good', title: `Passed: ${all} met`, details };
  }
  if (result.valid === true) return { kind: 'good', title: 'Valid', details };
  return {
    kind: 'plain',
    title: 'Done',
    details: ['Whether the generator kept up was not judged.', ...details],
  };
}

function gave_up() {
  const given_up = (result.connections || {}).given_up || 0;
  const bad = (result.bad_clients || {}).sessions || 0;
  return given_up > 0 && given_up >= (result.options || {}).sessions - bad;
}

// What a reader must know to read the figures right.
function caveats() {
  const notes = [];
  const part = measured_part();
  if (part) {
    notes.push(
      `Rate and latencies are of the measured part, ${format_clock(part.from)} to ${format_clock(part.to)}; ` +
        'warm-up and cool-down are left out of them. Counts are of the whole run.',
    );
  }
  if (result.mode === 'closed') {
    notes.push(
      'Closed loop: latencies count from the actual send, so a server that stalls slows the generator ' +
        'down and its stalls are under-reported.',
    );
  }
  return notes;
}

// The run in a sentence or two, to be pasted.
function summary() {
  const messages = result.messages || {};
  const parts = [
    `${format_count(messages.accepted || 0)} messages accepted in ${format_duration(result.duration_seconds)}`,
  ];
  parts.push(` (${format_rate(result.rate_per_second || 0)} a second`);
  const target = target_rate();
  parts.push(target === null ? ')' : `; ${format_rate(target)} planned)`);
  const latency = latency_of('message');
  if (latency) {
    parts.push(`, p99 ${format_duration(latency.p99)}`);
    if (two_kinds('message')) {
      parts.push(
        ` from the intended start, ${format_duration(latency_of('message', 'service').p99)} from the send`,
      );
    }
  }
  const wrong = (messages.rejected || 0) + (messages.failed || 0);
  parts.push(wrong > 0 ? `. ${format_count(wrong)} were not accepted.` : '. None was refused or lost.');
  const missed = (result.plan || {}).missed;
  if (missed > 0) parts.push(` ${format_count(missed)} planned starts were missed.`);
  return parts.join('');
}

// What the plan asks for on average in the measured part, a second; null in a closed loop.
function target_rate() {
  const { planned, from_seconds: from, to_seconds: to } = result.measured || {};
  if (open_loop && typeof planned === 'number' && to > from) return planned / (to - from);
  const plan = result.plan || {};
  return open_loop && typeof plan.rate_per_second === 'number' ? plan.rate_per_second : null;
}

const verdict_marks = { good: '✓', warn: '!', bad: '✕', plain: 'i' };

function verdict_section() {
  const { kind, title, details } = verdict();
  return verdict_card(kind, title, summary(), details);
}

function verdict_card(kind, title, sentence, details) {
  return element(
    'section',
    { class: `verdict ${kind}`, 'aria-labelledby': 'verdict' },
    element('span', { class: 'mark', 'aria-hidden': 'true' }, verdict_marks[kind]),
    element(
      'div',
      {},
      element('h2', { id: 'verdict' }, title),
      sentence ? element('p', { class: 'summary' }, sentence) : null,
      details.length > 0
        ? element(
            'ul',
            {},
            details.map((detail) => element('li', {}, detail)),
          )
        : null,
    ),
  );
}

const unit_formats = {
  seconds: format_duration,
  percent: (value) => `${Number(value.toPrecision(4))} %`,
  messages: format_count,
  messages_per_second: (value) => `${format_rate(value)}/s`,
};

function with_unit(value, unit) {
  if (typeof value !== 'number') return '–';
  return unit_formats[unit] ? unit_formats[unit](value) : String(Number(value.toPrecision(6)));
}

function thresholds_section() {
  const thresholds = list_of(result.thresholds);
  if (thresholds.length === 0) return null;
  const rows = thresholds.map(({ expression, unit, value, limit, passed, aborted }) => [
    element('code', {}, String(expression)),
    figure_text(value, with_unit(value, unit)),
    figure_text(limit, with_unit(limit, unit)),
    element(
      'span',
      { class: `badge ${passed ? 'good' : 'bad'}` },
      passed ? '✓ met' : aborted ? '✕ ended the run' : '✕ failed',
    ),
  ]);
  return section(
    'Thresholds',
    { class: 'card', id: 'thresholds' },
    table(
      'What was asked for, and what was reached.',
      [{ title: 'Threshold' }, { title: 'Reached' }, { title: 'Limit' }, { title: 'Verdict' }],
      rows,
    ),
  );
}

// The few figures that a reader looks for first.
function key_figures() {
  const messages = result.messages || {};
  const errors = (result.errors || {}).total || 0;
  const latency = latency_of('message');
  const target = target_rate();
  const tile = (name, value, text, note, kind) =>
    element(
      'div',
      { class: `tile ${kind || ''}`, 'data-figure': name },
      element('dt', {}, name),
      element('dd', {}, figure_text(value, text)),
      note ? element('dd', { class: 'note' }, note) : null,
    );
  const wrong = (messages.rejected || 0) + (messages.failed || 0);
  const missed = (result.plan || {}).missed;
  return element(
    'dl',
    { class: 'tiles', 'aria-label': 'Key figures' },
    tile(
      'Achieved rate',
      result.rate_per_second,
      `${format_rate(result.rate_per_second || 0)}/s`,
      target === null
        ? `${format_size(result.bytes_per_second || 0)}/s`
        : `of ${format_rate(target)}/s planned`,
    ),
    tile(
      'Accepted',
      messages.accepted,
      format_count(messages.accepted || 0),
      `of ${format_count(messages.started || 0)} started`,
    ),
    latency ? tile('Median', latency.p50, format_duration(latency.p50), 'whole message') : null,
    latency
      ? tile(
          '99th percentile',
          latency.p99,
          format_duration(latency.p99),
          `slowest ${format_duration(latency.max)}`,
        )
      : null,
    tile(
      'Not accepted',
      wrong,
      format_count(wrong),
      `${format_count(messages.rejected || 0)} rejected, ${format_count(messages.failed || 0)} failed`,
      wrong > 0 ? 'warn' : '',
    ),
    !(missed > 0)
      ? null
      : tile('Missed starts', missed, format_count(missed), 'no session was free in time', 'bad'),
    missed > 0 ? null : tile('Errors', errors, format_count(errors), 'of any kind', errors > 0 ? 'bad' : ''),
  );
}
