// SPDX-License-Identifier: Apache-2.0
// What there is in figures and words: phases, replies, errors, the machine.

const latency_columns = [
  ['p50', 'p50'],
  ['p90', 'p90'],
  ['p99', 'p99'],
  ['p99.9', 'p99_9'],
  ['max', 'max'],
  ['mean', 'mean'],
];

function latency_row(title, latency) {
  return [
    title,
    figure_text(latency.count, format_count(latency.count)),
    ...latency_columns.map(([, member]) => figure_text(latency[member], format_duration(latency[member]))),
  ];
}

function phases_section() {
  const rows = [];
  for (const phase of Object.keys(result.latency_seconds || {})) {
    const latency = latency_of(phase);
    const service = latency_of(phase, 'service');
    if (two_kinds(phase)) {
      rows.push(latency_row(`${title_of(phase)}, from the intended start`, latency));
      rows.push(latency_row(`${title_of(phase)}, from the send`, service));
    } else if (latency || service) {
      rows.push(latency_row(title_of(phase), latency || service));
    }
  }
  const lag = result.schedule_lag_seconds;
  if (lag && lag.count > 0) rows.push(latency_row('Schedule lag', lag));
  if (rows.length === 0) return null;
  return section(
    'Latency by phase',
    { class: 'card', id: 'phases' },
    table(
      'In the order of a session. With pipelining phases overlap: they do not add up to the whole message.',
      [{ title: 'Phase' }, { title: 'Count' }, ...latency_columns.map(([title]) => ({ title }))],
      rows,
    ),
  );
}

function replies_section() {
  const by_step = result.replies_by_step || {};
  const steps = Object.entries(by_step).filter(([, codes]) => Object.keys(codes).length > 0);
  if (steps.length === 0) return null;
  const codes = [...new Set(steps.flatMap(([, seen]) => Object.keys(seen)))].sort();
  const rows = steps.map(([step, seen]) => [
    step === 'none' ? 'Unasked' : step === 'message' ? 'Message data' : title_of(step),
    ...codes.map((code) => (seen[code] ? figure_text(seen[code], format_count(seen[code])) : '')),
  ]);
  const made = table(
    'How many replies had each code, by what they answered.',
    [{ title: 'Answer to' }, ...codes.map((code) => ({ title: code }))],
    rows,
  );
  return section('Replies', { class: 'card', id: 'replies' }, made);
}

// Examples are a server's own words.
function examples_section() {
  const examples = list_of(result.error_examples);
  if (examples.length === 0) return null;
  const rows = examples.map(({ step, code, text, count }) => [
    step === 'none' ? 'Unasked' : step === 'message' ? 'Message data' : title_of(String(step)),
    typeof code === 'number' && code > 0 ? String(code) : '–',
    element('code', {}, String(text)),
    typeof count === 'number' ? figure_text(count, format_count(count)) : '–',
  ]);
  return section(
    'Refusals in the server’s words',
    { class: 'card', id: 'examples' },
    table(
      'One example of each kind, cut where it is long.',
      [{ title: 'Answer to' }, { title: 'Code' }, { title: 'Text', text: true }, { title: 'Times' }],
      rows,
    ),
  );
}

function errors_section() {
  const rows = [];
  for (const [kind, details] of Object.entries(result.errors || {})) {
    if (typeof details !== 'object' || details === null) continue;
    for (const [detail, count] of Object.entries(details)) {
      if (count > 0)
        rows.push([
          words_of(kind),
          phase_titles[detail] || words_of(detail),
          figure_text(count, format_count(count)),
        ]);
    }
  }
  if (rows.length === 0) {
    return section('Errors', { class: 'card', id: 'errors' }, element('p', {}, 'None.'));
  }
  rows.sort((a, b) => Number(b[2].value) - Number(a[2].value));
  return section(
    'Errors',
    { class: 'card', id: 'errors' },
    table(
      'The most frequent first. A mishap counts twice where it was seen twice: as a failed send and a lost connection.',
      [{ title: 'Kind' }, { title: 'Detail', text: true }, { title: 'Count' }],
      rows,
    ),
  );
}

const acronyms = new Set([
  'cpu',
  'cpus',
  'simd',
  'tls',
  'helo',
  'smtputf8',
  'lmtp',
  'dsn',
  'auth',
  'bdat',
  'xclient',
  'id',
  'ca',
]);

// "cpu_user_seconds" as a person would write it. The unit goes: it stands behind the figure.
function words_of(name) {
  const words = String(name)
    .replace(/_(seconds|bytes)$/, '')
    .split('_');
  return sentence_of(
    words.map((word) => (acronyms.has(word) ? word.toUpperCase().replace('CPUS', 'CPUs') : word)).join(' '),
  );
}

// Of the parts of a run, those of `targets` or of `mix`.
function parts_section(title, attributes, caption, parts) {
  const count = (value) => figure_text(value, format_count(value || 0));
  const latency = (part) => ((part.latency_seconds || {}).count > 0 ? part.latency_seconds : {});
  const rows = parts.map((part) => [
    String(part.name),
    count(part.weight),
    count(part.connections),
    count(part.accepted),
    count(part.rejected),
    count(part.failed),
    format_duration(latency(part).p50),
    format_duration(latency(part).p99),
    count((part.errors || {}).total),
  ]);
  return section(
    title,
    attributes,
    table(
      caption,
      ['Name', 'Weight', 'Connections', 'Accepted', 'Rejected', 'Failed', 'p50', 'p99', 'Errors'].map(
        (title) => ({ title }),
      ),
      rows,
    ),
  );
}

const give_up_reasons = {
  exhausted: 'put off by the last attempt as well',
  queue_full: 'no room to wait',
  run_over: 'due after the end of the run',
};

function retries_section() {
  const { retries } = result;
  if (!retries) return null;
  const pairs = [
    ['Attempts that were put off', format_count(retries.deferred || 0)],
    ['Attempts behind a first', format_count(retries.retried || 0)],
    ['Messages that a retry brought home', format_count(retries.recovered || 0)],
    ['Accepted once more, for other recipients', format_count(retries.split || 0)],
    ['Most that waited', `${format_count(retries.queue_max || 0)} of ${format_count(retries.queue_limit || 0)}`],
    ...Object.entries(retries.gave_up || {})
      .filter(([, count]) => count > 0)
      .map(([why, count]) => [`Given up: ${give_up_reasons[why] || words_of(why)}`, format_count(count)]),
  ];
  return section(
    'Retries',
    { class: 'card', id: 'retries' },
    element(
      'p',
      { class: 'quiet' },
      'What the target put off by 4xx or 421. Latencies count from a message’s first start, the waits included.',
    ),
    terms(pairs),
  );
}

// Columns for the ends that occurred.
function bad_clients_section() {
  const kinds = Object.entries((result.bad_clients || {}).kinds || {});
  if (kinds.length === 0) return null;
  const count = (value) => (value ? figure_text(value, format_count(value)) : '');
  const names = [...new Set(kinds.flatMap(([, kind]) => Object.keys(kind.ends || {})))];
  const ends = names.filter((name) => kinds.some(([, kind]) => (kind.ends || {})[name] > 0));
  const rows = kinds.map(([name, kind]) => [
    words_of(name),
    count(kind.connections),
    ...ends.map((end) => count((kind.ends || {})[end])),
    figure_text(kind.sent_bytes || 0, format_size(kind.sent_bytes || 0)),
    figure_text(kind.received_bytes || 0, format_size(kind.received_bytes || 0)),
  ]);
  return section(
    'Bad clients',
    { class: 'card', id: 'bad-clients' },
    table(
      'Connections of each kind, and how they ended. “Done” is a target that bore with the client to the end of what it came for; ' +
        'nothing of this is in the other figures.',
      [
        { title: 'Kind' },
        { title: 'Connections' },
        ...ends.map((end) => ({ title: words_of(end) })),
        { title: 'Sent' },
        { title: 'Received' },
      ],
      rows,
    ),
  );
}

function targets_section() {
  const targets = list_of(result.targets);
  if (targets.length < 2) return null;
  return parts_section(
    'Targets',
    { class: 'card', id: 'targets' },
    'The connections to each server.',
    targets,
  );
}

function mix_section() {
  const parts = list_of(result.mix);
  if (parts.length === 0) return null;
  return parts_section('Mix', { class: 'card', id: 'mix' }, 'Each kind of connection.', parts);
}

// A value of the result in a few words: lists by commas, what is empty as a dash.
function plain_text(value) {
  if (value === null || value === undefined || value === '') return '–';
  if (Array.isArray(value)) return value.length > 0 ? value.map(plain_text).join(', ') : '–';
  if (typeof value === 'object') {
    return (
      Object.entries(value)
        .map(([key, inner]) => `${key.replaceAll('_', ' ')} ${plain_text(inner)}`)
        .join(', ') || '–'
    );
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number')
    return Number.isInteger(value) ? format_count(value) : String(Number(value.toPrecision(6)));
  return String(value);
}

function value_text(name, value) {
  if (typeof value !== 'number') return plain_text(value);
  if (name.endsWith('_seconds')) return format_duration(value);
  if (name.endsWith('_bytes')) return format_size(value);
  return name.includes('percent') ? `${Number(value.toFixed(1))} %` : plain_text(value);
}

function object_terms(object) {
  return Object.entries(object).map(([name, value]) => [words_of(name), value_text(name, value)]);
}

function connections_section() {
  const connections = result.connections || {};
  const tls = result.tls || {};
  const pairs = object_terms(connections);
  if ((tls.full || 0) + (tls.resumed || 0) > 0)
    pairs.push(['TLS handshakes', `${format_count(tls.full)} full, ${format_count(tls.resumed)} resumed`]);
  for (const [version, count] of Object.entries(tls.versions || {})) {
    if (count > 0) pairs.push([`TLS ${version}`, format_count(count)]);
  }
  for (const [cipher, count] of Object.entries(tls.ciphers || {})) pairs.push([cipher, format_count(count)]);
  for (const [name, count] of Object.entries(result.degraded || {})) {
    if (count > 0) pairs.push([`Went on without ${name}`, format_count(count)]);
  }
  return pairs.length > 0 ? section('Connections', { class: 'card', id: 'connections' }, terms(pairs)) : null;
}

function generator_section() {
  const { ring, ...generator } = result.generator || {};
  const pairs = object_terms(generator).concat(
    Object.entries(ring || {}).map(([name, value]) => [
      `Ring: ${name.replaceAll('_', ' ')}`,
      plain_text(value),
    ]),
  );
  return pairs.length > 0
    ? section(
        'The generator',
        { class: 'card', id: 'generator' },
        element(
          'p',
          { class: 'quiet' },
          'What the measuring itself took: a generator without headroom measures itself.',
        ),
        terms(pairs),
      )
    : null;
}

// As it can be pasted into a shell.
function shell_word(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${String(word).replaceAll("'", `'\\''`)}'`;
}

function environment_section() {
  const { command_line: command, ...environment } = result.environment || {};
  const command_text = Array.isArray(command) ? command.map(shell_word).join(' ') : command;
  const pairs = [['Version', [result.version, result.revision].filter(Boolean).join(', ') || '–']];
  if (result.run_id) pairs.push(['Run', String(result.run_id)]);
  if (result.options && result.options.seed !== undefined) pairs.push(['Seed', String(result.options.seed)]);
  pairs.push(...object_terms(environment));
  return section(
    'Environment',
    { class: 'card', id: 'environment' },
    command_text ? element('pre', { class: 'command' }, String(command_text)) : null,
    terms(pairs),
  );
}

function folded(title, id, object) {
  if (!object || Object.keys(object).length === 0) return null;
  return element(
    'details',
    { class: 'card', id },
    element('summary', {}, title),
    terms(object_terms(object)),
  );
}

// The result itself, for other tools: the page carries it already.
function download_button() {
  const save = () => {
    const link = element('a', {
      href: URL.createObjectURL(
        new Blob([`${JSON.stringify(result, null, 2)}\n`], { type: 'application/json' }),
      ),
      download: `${result.run_id || 'mailvoid-result'}.json`,
    });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  return element('button', { type: 'button', on: { click: save } }, 'Save the result as JSON');
}
