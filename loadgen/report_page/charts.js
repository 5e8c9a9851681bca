// SPDX-License-Identifier: Apache-2.0
// Charts over the time of a run.

function time_axis() {
  return axis({
    values: (chart, splits) => splits.map((value) => (value === null ? null : format_clock(value))),
    space: 64,
    size: 32,
  });
}

// A line whose points show where there are few.
function line(each) {
  return drawn_line({ points: { size: 5, show: points.length < 30 }, ...each });
}

// The ends of the intervals behind the begin of the first, and what holds in each of them: what is first
// holds from there on.
function times() {
  return [points[0].begin, ...points.map((point) => point.end)];
}

function from_the_begin(values) {
  return [values[0], ...values];
}

// What was not measured stands on a darker ground.
function shade_unmeasured(chart) {
  const part = measured_part();
  if (!part) return;
  const { ctx, bbox } = chart;
  const at = (time) => Math.min(Math.max(chart.valToPos(time, 'x', true), bbox.left), bbox.left + bbox.width);
  ctx.save();
  ctx.fillStyle = theme.color('sunken');
  ctx.fillRect(bbox.left, bbox.top, at(part.from) - bbox.left, bbox.height);
  ctx.fillRect(at(part.to), bbox.top, bbox.left + bbox.width - at(part.to), bbox.height);
  ctx.restore();
}

// What time charts have in common; `axes` and `scale` are those of the values, `series` as line() makes them.
function time_options(value_scale, values_axis, series) {
  return {
    cursor: { sync: { key: chart_cursors.key }, drag: { x: true, y: false } },
    scales: { x: { time: false, range: (chart, low, high) => [low, high] }, y: value_scale },
    axes: [time_axis(), values_axis],
    hooks: { drawClear: [shade_unmeasured] },
    series: [
      { label: 'At', value: (chart, value) => (value === null ? '' : format_clock(value)) },
      ...series,
    ],
  };
}

// A chart of `series` (as line() takes them) over the run; each has `values`, one for each interval.
// more.log: seconds, on a logarithmic scale.
function time_chart(name, title, description, series, more) {
  const lines = series.map(({ values, axis_format, ...each }) => line(each));
  const log = more && more.log;
  const values_axis = log ? log_axis() : value_axis(series[0].axis_format);
  return chart_figure(
    name,
    title,
    description,
    () => ({
      data: [times(), ...series.map(({ values }) => from_the_begin(values))],
      options: time_options(log ? { distr: 3, range: log_range } : { range: from_zero }, values_axis, lines),
    }),
    more,
  );
}
