// SPDX-License-Identifier: Apache-2.0
// How slow the slowest are: latency by percentile, each nine as wide as the last.

function percent_of(rarity) {
  if (rarity <= 1) return '0 %';
  const nines = Math.round(Math.log10(rarity));
  if (Math.abs(rarity - 10 ** nines) > 1e-6 * rarity)
    return `${Number((100 - 100 / rarity).toPrecision(3))} %`;
  return `${(100 - 100 / rarity).toFixed(Math.max(nines - 2, 0))} %`;
}

function percent_exactly(rarity) {
  const decimals = Math.min(Math.max(Math.ceil(Math.log10(rarity)), 1), 6);
  return `${(100 - 100 / rarity).toFixed(decimals)} %`;
}

// As many as there is room for; the nines go before the first half.
function percent_labels(chart, places) {
  const room = 44;
  const position = (place) => chart.valToPos(place, 'x');
  let last = -room;
  return places.map((place) => {
    const crowded = place < 10 && position(10) - position(place) < room;
    if (place === null || crowded || position(place) - last < room) return null;
    last = position(place);
    return percent_of(place);
  });
}

// [{label, color, curve, dash}]
function percentile_lines(phase) {
  if (!two_kinds(phase)) {
    const curve = percentile_curve(phase, 'latency');
    return curve ? [{ label: title_of(phase), color: 'series-1', curve }] : [];
  }
  return [
    { label: 'From the intended start', color: 'series-1', curve: percentile_curve(phase, 'latency') },
    { label: 'From the send', color: 'series-2', curve: percentile_curve(phase, 'service'), dash: [6, 4] },
  ].filter(({ curve }) => curve);
}

function percentile_options(phase) {
  const lines = percentile_lines(phase);
  const data = uPlot.join(lines.map(({ curve }) => curve));
  const rarest = Math.max(10, ...data[0]);
  const splits = [1, 2];
  for (let rarity = 10; rarity <= rarest * 1.001; rarity *= 10) splits.push(rarity);
  const format = (value) => format_duration(value);
  return {
    data,
    options: {
      scales: { x: { time: false, distr: 3, range: [1, rarest] }, y: { distr: 3, range: log_range } },
      axes: [
        axis({ splits: () => splits, values: percent_labels, size: 32, filter: (chart, places) => places }),
        log_axis(),
      ],
      series: [
        { label: 'Percentile', value: (chart, value) => (value === null ? '' : percent_exactly(value)) },
        ...lines.map(({ label, color, dash }) =>
          line({ label, color, dash, format, spanGaps: true, points: { show: false } }),
        ),
      ],
    },
  };
}

function percentile_figure() {
  const phases = Object.keys(result.latency_seconds || {}).filter((phase) => latency_of(phase));
  if (phases.length === 0) return null;
  let phase = phases.includes('message') ? 'message' : phases[0];
  const select = element(
    'select',
    { id: 'percentile-phase' },
    phases.map((name) => element('option', { value: name, selected: name === phase }, title_of(name))),
  );
  const latency = latency_of(phase);
  const figure = chart_figure(
    'percentiles',
    'Latency by percentile',
    `${title_of(phase)}: median ${format_duration(latency.p50)}, 99th percentile ` +
      `${format_duration(latency.p99)}, slowest ${format_duration(latency.max)}.`,
    () => percentile_options(phase),
    {
      controls: element(
        'p',
        { class: 'controls' },
        element('label', { for: 'percentile-phase' }, 'Phase '),
        select,
      ),
    },
  );
  select.addEventListener('change', () => {
    phase = select.value;
    figure.draw();
  });
  return figure;
}
