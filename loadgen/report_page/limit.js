// SPDX-License-Identifier: Apache-2.0
// The page of a search for the limit (find-limit): what it came to, latency and achieved rate by offered rate, and
// every probe.

const probes = list_of(result.probes);
const of_search = result.program === 'mailvoid-loadgen find-limit';

const outcomes = {
  held: { title: 'Held', mark: '✓ held', kind: 'good', color: 'series-4' },
  failed: { title: 'Failed', mark: '✕ failed', kind: 'bad', color: 'series-5' },
  generator_limited: {
    title: 'The generator was late',
    mark: '! generator',
    kind: 'warn',
    color: 'series-6',
  },
};

function outcome_of(probe) {
  return (
    outcomes[probe.outcome] || { title: String(probe.outcome), mark: String(probe.outcome), kind: 'warn' }
  );
}

// A limit that moves more than that is not the same in the next search.
const STEADY = 0.03;

function limit_verdict() {
  const limit = result.limit || {};
  const rate = (value) => `${format_rate(value)} messages a second`;
  const between =
    typeof limit.low_per_second === 'number' && typeof limit.high_per_second === 'number'
      ? `between ${format_rate(limit.low_per_second)} and ${rate(limit.high_per_second)}`
      : null;
  const sure = `${between}, with a confidence of ${format_percent(limit.confidence || 0)}`;
  const details = [];
  if (between) details.push(`${sentence_of(sure)}.`);
  if (limit.movement > STEADY) {
    const moves = `It moves by ${format_percent(limit.movement)} from probe to probe (standard deviation)`;
    details.push(`${moves}: the server or its machine is not steady.`);
  }
  if (limit.highest_held_per_second > 0) {
    details.push(
      `The highest rate at which all thresholds were met: ${rate(limit.highest_held_per_second)}.`,
    );
  }
  if (limit.generator_is_the_limit) {
    details.push('The generator reached its own limit: what it measured above says nothing of the server.');
  }
  const titles = {
    found: ['good', `The limit is about ${rate(limit.rate_per_second || 0)}`],
    above_max: ['warn', 'Above the highest rate that was allowed'],
    below_min: ['bad', 'Below the lowest rate that was allowed'],
    unsure: ['warn', 'Not as narrow or as sure as was asked for'],
    interrupted: ['warn', 'Interrupted before the limit was found'],
  };
  const [kind, title] = titles[limit.state] || ['plain', 'Done'];
  return { kind, title, details };
}

function limit_heading() {
  const facts = [
    'search for the limit',
    probes.length === 1 ? '1 probe' : `${probes.length} probes`,
    format_duration(result.duration_seconds),
    result.mail || null,
  ];
  return page_heading('limit report', facts);
}

// Where the limit is, as a band behind the probes.
function shade_limit(chart) {
  const { low_per_second: low, high_per_second: high } = result.limit || {};
  if (typeof low !== 'number' || typeof high !== 'number') return;
  const { ctx, bbox } = chart;
  const at = (rate) => Math.min(Math.max(chart.valToPos(rate, 'x', true), bbox.left), bbox.left + bbox.width);
  ctx.save();
  ctx.fillStyle = theme.color('accent-soft');
  ctx.fillRect(at(low), bbox.top, Math.max(at(high) - at(low), 2), bbox.height);
  ctx.restore();
}

// A chart of the probes by their rates: `value` of each as a mark in the colour of its outcome, and `lines` besides.
function probe_chart(name, title, description, { value, lines, scale, axis_of_values, format, lead }) {
  const sorted = [...probes].sort((a, b) => a.rate_per_second - b.rate_per_second);
  const present = Object.keys(outcomes).filter((outcome) =>
    probes.some((probe) => probe.outcome === outcome),
  );
  const marks = present.map((outcome) => ({
    ...line({
      label: outcomes[outcome].title,
      color: outcomes[outcome].color,
      format,
      paths: () => null,
      points: { show: true, size: 8, fill: () => theme.color(outcomes[outcome].color) },
    }),
    values: sorted.map((probe) => (probe.outcome === outcome ? value(probe) : null)),
  }));
  const drawn = lines.map(({ values, ...each }) => ({
    ...line({ format, points: { show: false }, ...each }),
    values: sorted.map(values),
  }));
  const all = [...drawn, ...marks];
  return chart_figure(
    name,
    title,
    description,
    () => ({
      data: [sorted.map((probe) => probe.rate_per_second), ...all.map(({ values }) => values)],
      options: {
        scales: { x: { time: false, range: (chart, low, high) => [0, high * 1.05] }, y: scale },
        axes: [axis({ values: (chart, splits) => splits.map(short_count), size: 32 }), axis_of_values()],
        hooks: { drawClear: [shade_limit] },
        series: [
          { label: 'Offered', value: (chart, rate) => (rate === null ? '' : `${format_rate(rate)}/s`) },
          ...all.map(({ values, ...each }) => each),
        ],
      },
    }),
    { lead },
  );
}

function limit_charts() {
  if (probes.length === 0) return [];
  const p99 = (probe) => Math.max((probe.latency_seconds || {}).p99 || 0, 1e-6);
  const median = (probe) => Math.max((probe.latency_seconds || {}).p50 || 0, 1e-6);
  return [
    probe_chart(
      'limit-latency',
      'Latency by rate',
      `The 99th percentile was ${extent(probes.map(p99), format_duration)}.`,
      {
        value: p99,
        lines: [{ label: 'Median', color: 'series-1', values: median }],
        scale: { distr: 3, range: log_range },
        axis_of_values: log_axis,
        format: format_duration,
        lead: '99th percentile of whole messages from the intended start, by messages offered a second.',
      },
    ),
    probe_chart(
      'limit-rate',
      'Achieved by offered rate',
      `Achieved ${extent(
        probes.map((probe) => probe.achieved_per_second),
        format_rate,
      )} messages a second.`,
      {
        value: (probe) => probe.achieved_per_second,
        lines: [
          { label: 'As offered', color: 'series-6', dash: [6, 4], values: (probe) => probe.rate_per_second },
        ],
        scale: { range: from_zero },
        axis_of_values: () => value_axis(short_count),
        format: (rate) => `${format_rate(rate)}/s`,
        lead: 'Messages a second.',
      },
    ),
  ];
}

function probes_section() {
  const rows = probes.map((probe, index) => {
    const { mark, kind } = outcome_of(probe);
    const failed = list_of(probe.thresholds).filter(({ passed }) => passed === false);
    const reasons = [
      ...failed.map(({ expression, unit, value }) => `${expression}: ${with_unit(value, unit)}`),
      ...list_of(probe.invalid_reasons),
    ];
    return [
      String(index + 1),
      figure_text(probe.rate_per_second, `${format_rate(probe.rate_per_second)}/s`),
      figure_text(probe.achieved_per_second, `${format_rate(probe.achieved_per_second)}/s`),
      format_duration((probe.latency_seconds || {}).p50),
      format_duration((probe.latency_seconds || {}).p99),
      format_count((probe.rejected || 0) + (probe.failed || 0)),
      element('span', { class: `badge ${kind}` }, mark),
      reasons.join('; '),
    ];
  });
  const columns = ['Probe', 'Offered', 'Achieved', 'p50', 'p99', 'Not accepted', 'Outcome'].map((title) => ({
    title,
  }));
  return section(
    'Probes',
    { class: 'card', id: 'probes' },
    table(
      'Each run of the search, in the order in which they were made.',
      [...columns, { title: 'Why', text: true }],
      rows,
    ),
  );
}

function limit_parts() {
  const { kind, title, details } = limit_verdict();
  return [
    limit_heading(),
    verdict_card(kind, title, null, details),
    ...limit_charts(),
    probes_section(),
    environment_section(),
    folded('Options in force', 'options', result.options),
  ];
}
