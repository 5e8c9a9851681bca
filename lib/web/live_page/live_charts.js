// SPDX-License-Identifier: Apache-2.0
// Charts of the last minutes, drawn anew with each reading. They share a cursor and the window that the
// reader chose; what stands beside a line's name is its value there, or else the latest.

const windows = [
  { seconds: 60, title: '1 min' },
  { seconds: 300, title: '5 min' },
  { seconds: 900, title: '15 min' },
];
let window_seconds = 300;
let held_at = null; // the end of what is shown while the reader holds it
const live_redraws = [];

function redraw_charts() {
  for (const redraw of live_redraws) redraw();
}

// No more than there is to show, but a minute.
function window_range() {
  const [first = 0] = feed.times();
  const end = held_at || feed.times().at(-1) || Date.now() / 1000;
  return [end - Math.max(Math.min(window_seconds, end - first), 60), end];
}

function format_time_of_day(seconds, with_seconds) {
  const date = new Date(seconds * 1000);
  const two = (value) => String(value).padStart(2, '0');
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return with_seconds ? `${minutes}:${two(date.getSeconds())}` : minutes;
}

function live_time_axis() {
  return axis({
    values: (chart, splits, index, space, step) =>
      splits.map((value) => (value === null ? null : format_time_of_day(value, step < 60))),
    incrs: [5, 10, 15, 30, 60, 120, 180, 300],
    space: 72,
    size: 30,
  });
}

// `chart`: {name, title, lead, description, series, format, log, range}; a series is {label, color, values: a
// function that gives one for each reading, dash, fill}. `format` is for values in words, `axis_format` for an
// axis.
function live_chart({ name, title, lead, series, format, axis_format, log, range }) {
  const shown = series.map(() => element('b', {}, '–'));
  const legend = element(
    'ul',
    { class: 'legend' },
    series.map((each, index) =>
      element(
        'li',
        { class: `mark-${each.color}${each.dash ? ' dashed' : ''}` },
        element('span', {}, each.label),
        shown[index],
      ),
    ),
  );
  const data = () => [feed.times(), ...series.map(({ values }) => values())];
  const tell = (chart) => {
    const at = chart.cursor.idx ?? chart.data[0].length - 1;
    series.forEach((each, index) => {
      const value = chart.data[index + 1][at];
      const text = value === null || value === undefined ? '–' : format(value);
      if (shown[index].textContent !== text) shown[index].textContent = text;
    });
  };
  const figure = chart_figure(
    name,
    title,
    lead,
    () => ({
      data: data(),
      options: {
        legend: { show: false },
        cursor: { sync: { key: chart_cursors.key }, drag: { x: false, y: false }, points: { size: 7 } },
        scales: {
          x: { time: false, range: window_range },
          y: log ? { distr: 3, range: log_range } : { range: range || from_zero },
        },
        axes: [live_time_axis(), log ? log_axis() : value_axis(axis_format)],
        hooks: { setCursor: [tell], setData: [tell] },
        series: [
          {},
          ...series.map(({ label, color, dash, fill }) =>
            drawn_line({ label, color, format, dash, fill: fill ? fill_of(color) : undefined }),
          ),
        ],
      },
    }),
    { lead, controls: legend, height: () => 190 },
  );
  live_redraws.push(() => charts[name] && charts[name].setData(data()));
  return figure;
}

// One window for all charts.
function window_switch() {
  const choose = (seconds) => () => {
    window_seconds = seconds;
    redraw_charts();
  };
  return element(
    'fieldset',
    { class: 'switch' },
    element('legend', { class: 'hidden-visually' }, 'How much time the charts show'),
    windows.map(({ seconds, title }) =>
      element(
        'label',
        {},
        element('input', {
          type: 'radio',
          name: 'window',
          value: seconds,
          checked: seconds === window_seconds,
          on: { change: choose(seconds) },
        }),
        element('span', {}, title),
      ),
    ),
  );
}

// Stops the charts, to be looked at; what comes meanwhile is kept.
function hold_button() {
  const button = element('button', { type: 'button', 'aria-pressed': 'false', class: 'hold' }, 'Hold');
  button.addEventListener('click', () => {
    held_at = held_at === null ? feed.times().at(-1) || null : null;
    button.setAttribute('aria-pressed', String(held_at !== null));
    redraw_charts();
  });
  return button;
}

// Of each shard's thread, how much of a CPU it took: a line each, or where they would be too many to tell
// apart the busiest, the mean and the least busy.
const lines_max = 6;

function shard_chart(stem) {
  const names = feed.names(`${stem}{`);
  const shares = () => names.map(rate_of);
  const over_all = (pick) => () => {
    const lists = shares();
    return feed.times().map((time, index) => {
      const known = lists.map((list) => list[index]).filter((value) => value !== null);
      return known.length > 0 ? pick(known) : null;
    });
  };
  const series =
    names.length <= lines_max
      ? names.map((name, index) => ({
          label: `Shard ${index}`,
          color: `series-${index + 1}`,
          values: () => rate_of(name),
        }))
      : [
          { label: 'Busiest', color: 'series-5', values: over_all((known) => Math.max(...known)) },
          {
            label: 'Mean',
            color: 'series-1',
            values: over_all((known) => known.reduce((sum, value) => sum + value, 0) / known.length),
          },
          { label: 'Least busy', color: 'series-6', values: over_all((known) => Math.min(...known)) },
        ];
  return live_chart({
    name: 'shards',
    title: 'Load of the shards',
    lead: `CPU time of ${names.length === 1 ? 'its thread' : `each of ${names.length} threads`}; at 100 % a shard can do no more.`,
    series,
    format: format_percent,
    axis_format: (share) => `${Math.round(share * 100)} %`,
    range: () => [0, 1.02],
  });
}
