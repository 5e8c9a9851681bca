// SPDX-License-Identifier: Apache-2.0
// Latency over time as a heat map: a column an interval, a row a range of latencies, darker (in the dark
// theme lighter) the more messages there are. Percentiles run over it as lines.

// {cells: [{begin, end, low, high, count}], most}
function heat_cells() {
  const bounds = list_of((result.series || {}).heat_bounds_seconds);
  const cells = [];
  for (const point of points) {
    for (const [index, count] of list_of(point.heat)) {
      // The bounds are the upper ends; the first range begins at half of its own, which is zero on a
      // logarithmic scale.
      const high = bounds[index] ?? bounds[bounds.length - 1];
      const low = index > 0 ? bounds[index - 1] : high / 2;
      if (count > 0 && high > low) cells.push({ begin: point.begin, end: point.end, low, high, count });
    }
  }
  return { cells, most: cells.reduce((most, cell) => Math.max(most, cell.count), 0) };
}

// From a share (0 to 1) to a colour between the stops of the theme.
function heat_ramp() {
  const stops = theme
    .colors('heat')
    .map((color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16)));
  return (share) => {
    const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
    const from = Math.min(Math.floor(place), stops.length - 2);
    const mixed = stops[from].map((value, channel) =>
      Math.round(value + (stops[from + 1][channel] - value) * (place - from)),
    );
    return `rgb(${mixed.join(',')})`;
  };
}

// A count's place on the ramp: logarithmic, so that the few slow ones are seen beside the many.
function heat_share(count, most) {
  return most > 1 ? Math.log(count) / Math.log(most) : 1;
}

function draw_heat(cells, most) {
  return (chart) => {
    const { ctx } = chart;
    const color = heat_ramp();
    ctx.save();
    ctx.beginPath();
    ctx.rect(chart.bbox.left, chart.bbox.top, chart.bbox.width, chart.bbox.height);
    ctx.clip();
    for (const { begin, end, low, high, count } of cells) {
      const left = chart.valToPos(begin, 'x', true);
      const top = chart.valToPos(high, 'y', true);
      ctx.fillStyle = color(heat_share(count, most));
      // Half a pixel more, lest the page shine through between neighbours.
      ctx.fillRect(
        left,
        top,
        chart.valToPos(end, 'x', true) - left + 0.5,
        chart.valToPos(low, 'y', true) - top + 0.5,
      );
    }
    ctx.restore();
  };
}

function heat_legend(most) {
  const bar = element('span', { class: 'ramp', 'aria-hidden': 'true' });
  const paint = () => {
    bar.style.background = `linear-gradient(to right, ${theme.colors('heat').join(', ')})`;
  };
  theme.watch(paint);
  paint();
  return element('p', { class: 'heat-legend quiet' }, '1 ', bar, ` ${format_count(most)} messages`);
}

function heat_chart() {
  const { cells, most } = heat_cells();
  if (cells.length === 0) return null;
  const under_cursor = element('output', { class: 'quiet' });
  const tell = (chart) => {
    const { left, top } = chart.cursor;
    const time = chart.posToVal(left, 'x');
    const latency = chart.posToVal(top, 'y');
    const cell =
      left >= 0 && top >= 0
        ? cells.find(
            ({ begin, end, low, high }) => begin <= time && time < end && low <= latency && latency < high,
          )
        : null;
    under_cursor.textContent = cell
      ? `${format_count(cell.count)} took ${format_duration(cell.low)} to ${format_duration(cell.high)}`
      : '';
  };
  const low = Math.min(...cells.map((cell) => cell.low));
  const high = Math.max(...cells.map((cell) => cell.high));
  const of_kind = (label, dash) =>
    line({ label, color: 'heat-line', format: format_duration, dash, ...steps() });
  const p99 = seconds_of('latency', 'p99');
  return chart_figure(
    'heat',
    'Latency over time',
    `The 99th percentile was ${extent(p99, format_duration)}.`,
    () => ({
      data: [times(), from_the_begin(seconds_of('latency', 'p50')), from_the_begin(p99)],
      options: {
        ...time_options({ distr: 3, range: [low * 0.95, high * 1.05] }, log_axis(), [
          of_kind('p50'),
          of_kind('p99', [6, 4]),
        ]),
        hooks: { drawClear: [shade_unmeasured], drawAxes: [draw_heat(cells, most)], setCursor: [tell] },
      },
    }),
    {
      lead: open_loop ? 'Whole messages, from the intended start.' : 'Whole messages, from the actual send.',
      below: element('div', { class: 'heat-notes' }, heat_legend(most), under_cursor),
    },
  );
}
