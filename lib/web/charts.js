// SPDX-License-Identifier: Apache-2.0
// Charts: uPlot in the page's colours, as wide as there is room, and drawn anew when the theme changes. A
// chart over time shares its cursor with the others.

// Every chart of the page by name; the value is a uPlot.
const charts = {};
const chart_cursors = uPlot.sync('time');
const axis_font = '12px system-ui, "Segoe UI", Roboto, "Liberation Sans", sans-serif';

function axis(more) {
  return {
    stroke: () => theme.color('quiet'),
    grid: { stroke: () => theme.color('grid'), width: 1 },
    ticks: { stroke: () => theme.color('line'), width: 1, size: 4 },
    font: axis_font,
    gap: 4,
    ...more,
  };
}

// Lines at round figures; those of octets are round to the base of two.
function value_axis(format) {
  return axis({
    values: (chart, splits) => splits.map((value) => (value === null ? null : format(value))),
    size: 66,
    space: 34,
    incrs: format === format_size || format === short_size ? Array.from({ length: 48 }, (each, power) => 2 ** power) : undefined,
  });
}

// A line: {label, color (of base.css), format, dash, fill, ...}.
function drawn_line({ label, color, format, ...more }) {
  return {
    label,
    stroke: () => theme.color(color),
    width: 2,
    points: { show: false },
    value: (chart, value) => (value === null || value === undefined ? '' : format(value)),
    ...more,
  };
}

// A dashed line's mark is hollow.
function marker_fill(chart, index) {
  return chart.series[index].dash ? 'transparent' : chart.series[index].stroke(chart, index);
}

// Softly below a line.
function fill_of(color) {
  return () => `color-mix(in srgb, ${theme.color(color)} 14%, transparent)`;
}

// Powers of ten with room for the data, for a logarithmic scale of seconds.
function log_range(chart, low, high) {
  if (!(low > 0)) return [1e-5, 1];
  return [
    10 ** Math.floor(Math.log10(low) + 1e-9),
    10 ** Math.ceil(Math.log10(high) - 1e-9 + (low === high ? 1 : 0)),
  ];
}

// Where such a scale has its lines: at powers of ten, and between them where there are few.
function log_splits(chart, index, low, high) {
  const steps = high / low > 150 ? [1] : [1, 2, 5];
  const splits = [];
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
    splits.push(...steps.map((step) => Number((step * power).toPrecision(6))));
  }
  return splits.filter((split) => split >= low * 0.999 && split <= high * 1.001);
}

function log_axis() {
  return axis({
    splits: log_splits,
    filter: (chart, splits) => splits,
    size: 66,
    space: 16,
    values: (chart, splits) => splits.map((value) => (value === null ? null : short_duration(value))),
  });
}

function from_zero(chart, low, high) {
  return [0, high > 0 ? high * 1.08 : 1];
}

// A figure with a chart in it. `description` says in words what it shows, for those who do not see it.
// `make()` gives uPlot's options and data; `more` has what else the figure holds: {lead, controls, below, and
// height, a function of the width}.
function chart_figure(name, title, description, make, more) {
  const host = element('div', { class: 'chart', role: 'img', 'aria-label': `${title}. ${description}` });
  const figure = element(
    'figure',
    { class: 'card', id: `chart-${name}` },
    element(
      'figcaption',
      {},
      element('h3', {}, title),
      (more || {}).lead ? element('p', { class: 'quiet' }, more.lead) : null,
    ),
    (more || {}).controls || null,
    host,
    (more || {}).below || null,
  );
  const height = (more || {}).height || ((width) => (width < 480 ? 220 : 260));
  const draw = () => {
    const width = Math.floor(host.clientWidth);
    if (width < 50) return;
    if (charts[name]) charts[name].destroy();
    const { options, data } = make();
    charts[name] = new uPlot(
      { legend: { markers: { fill: marker_fill } }, width, height: height(width), ...options },
      data,
      host,
    );
  };
  const resize = () => {
    const width = Math.floor(host.clientWidth);
    if (charts[name] && charts[name].width !== width && width >= 50) {
      charts[name].setSize({ width, height: height(width) });
    }
  };
  figure.draw = draw;
  new ResizeObserver(() => (charts[name] ? resize() : draw())).observe(host);
  theme.watch(draw);
  return figure;
}
