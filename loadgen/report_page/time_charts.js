// SPDX-License-Identifier: Apache-2.0
// What happened when: rates, lag, sessions and octets, interval by interval.

function values_of(member) {
  return points.map((point) => per_second(point, member));
}

function extent(values, format) {
  const known = values.filter((value) => value !== null);
  return known.length > 0 ? `${format(Math.min(...known))} to ${format(Math.max(...known))}` : 'nothing';
}

// Only where there is something, and the way there and back.
function where_any(values) {
  return values.map((value, index) =>
    value > 0 || values[index - 1] > 0 || values[index + 1] > 0 ? value : null,
  );
}

// What is of an interval is drawn as level as it is known.
function steps() {
  return { paths: uPlot.paths.stepped({ align: -1 }), points: { show: false } };
}

function rate_chart() {
  const of_kind = (label, member, color, more) => ({
    label,
    color,
    values: values_of(member),
    format: (value) => `${format_rate(value)}/s`,
    axis_format: short_count,
    ...steps(),
    ...more,
  });
  const accepted = of_kind('Accepted', 'accepted', 'series-1', { fill: fill_of('series-1') });
  const series = [accepted];
  if (points.some((point) => point.target_rate > 0)) {
    series.push(
      of_kind('Offered', 'target_rate', 'series-6', {
        values: points.map((point) => point.target_rate ?? null),
        dash: [6, 4],
      }),
    );
  }
  for (const each of [
    ['Rejected', 'rejected', 'series-2'],
    ['Failed', 'failed', 'series-5'],
    ['Missed', 'missed', 'series-3'],
  ]) {
    if (ever(each[1])) series.push(of_kind(...each, { values: where_any(values_of(each[1])) }));
  }
  return time_chart(
    'rate',
    open_loop ? 'Offered and achieved rate' : 'Achieved rate',
    `Accepted ${extent(accepted.values, format_rate)} messages a second.`,
    series,
    { lead: 'Messages a second.' },
  );
}

// Logarithmic scales have no zero: what took no time took the least that is measured.
function seconds_of(group, member) {
  return points.map((point) => {
    const value = (point[group] || {})[member];
    const known = typeof value === 'number' && point[group].count !== 0;
    return known ? Math.max(value, 1e-6) : null;
  });
}

function lag_chart() {
  if (!points.some((point) => point.lag && typeof point.lag.p99 === 'number')) return null;
  const of_kind = (label, member, color) => ({
    label,
    color,
    values: seconds_of('lag', member),
    format: format_duration,
    axis_format: short_duration,
    ...steps(),
  });
  const series = [
    of_kind('p50', 'p50', 'series-1'),
    of_kind('p99', 'p99', 'series-2'),
    of_kind('max', 'max', 'series-5'),
  ];
  return time_chart(
    'lag',
    'Schedule lag',
    `The 99th percentile was ${extent(series[1].values, format_duration)}.`,
    series,
    {
      lead: 'From when a message was due until a session had it: longer where all are busy, or the generator is late.',
      log: true,
    },
  );
}

function sessions_chart() {
  if (!has('sessions_open')) return null;
  const of_kind = (label, member, color, more) => ({
    label,
    color,
    values: points.map((point) => point[member] ?? null),
    format: format_count,
    axis_format: short_count,
    ...more,
  });
  const series = [of_kind('Sessions open', 'sessions_open', 'series-1')];
  if (has('in_flight')) series.push(of_kind('Messages in flight', 'in_flight', 'series-2'));
  return time_chart('sessions', 'Sessions', `Open: ${extent(series[0].values, format_count)}.`, series);
}

function octets_chart() {
  if (!has('sent_bytes')) return null;
  const of_kind = (label, member, color) => ({
    label,
    color,
    values: values_of(member),
    format: (value) => `${format_size(value)}/s`,
    axis_format: format_size,
    ...steps(),
  });
  const series = [
    of_kind('Sent', 'sent_bytes', 'series-1'),
    of_kind('Received', 'received_bytes', 'series-2'),
  ];
  return time_chart(
    'octets',
    'Octets on the wire',
    `Sent ${extent(series[0].values, format_size)} a second.`,
    series,
    { lead: 'A second.' },
  );
}

// The same for those who want the figures; made when somebody looks.
function intervals_section() {
  const columns = [
    ['At', (point) => figure_text(point.end, format_clock(point.end))],
    ['Accepted', (point) => figure_text(point.accepted, format_count(point.accepted ?? 0))],
  ];
  for (const [title, member] of [
    ['Rejected', 'rejected'],
    ['Failed', 'failed'],
    ['Missed', 'missed'],
  ]) {
    if (ever(member))
      columns.push([title, (point) => figure_text(point[member], format_count(point[member] ?? 0))]);
  }
  for (const member of ['p50', 'p99', 'max']) {
    columns.push([member, (point) => format_duration((point.latency || {})[member])]);
  }
  if (has('sessions_open')) columns.push(['Sessions', (point) => format_count(point.sessions_open ?? 0)]);
  const details = element(
    'details',
    { class: 'card', id: 'intervals' },
    element('summary', {}, `All ${points.length} intervals as a table`),
  );
  details.addEventListener('toggle', () => {
    if (!details.open || details.children.length > 1) return;
    details.append(
      table(
        'Each interval of the run by its end; latencies are those of whole messages.',
        columns.map(([title]) => ({ title })),
        points.map((point) => columns.map(([, cell]) => cell(point))),
      ),
    );
  });
  return details;
}
