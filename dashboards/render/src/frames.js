// SPDX-License-Identifier: Apache-2.0
// What Prometheus answered, as Grafana's data frames: the part of its Prometheus data source that runs in its server.
import { FieldType } from '@grafana/data';

/** @typedef {{ metric: Record<string, string>, values: [seconds: number, text: string][] }} Series */
/** @typedef {{ begin: number, until: number, step: number, results: Record<string, Series[]> }} Answers */

const legend = (/** @type {string} */ format, /** @type {Record<string, string>} */ labels) =>
  format.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, label) => labels[label] ?? '');

/** What was asked for: each step, whether or not there was an answer. @param {Answers} answers */
const times_of = ({ begin, until, step }) =>
  Array.from({ length: Math.floor((until - begin) / step) + 1 }, (_, index) => (begin + index * step) * 1000);

const finite = (/** @type {string} */ text) => (Number.isFinite(Number(text)) ? Number(text) : null);

/** A frame of each series of each query of a panel, with null where it had no value: lines have a gap there, as
 * Grafana's panel gives them. @param {any} panel @param {Answers} answers */
export function series_frames(panel, answers) {
  const times = times_of(answers);
  const filled = (/** @type {Series['values']} */ values) => {
    const column = Array(times.length).fill(null);
    for (const [seconds, text] of values) column[Math.round((seconds - answers.begin) / answers.step)] = finite(text);
    return column;
  };
  return panel.targets.flatMap((/** @type {any} */ target) => answers.results[target.expr].map(({ metric, values }) => ({
    refId: target.refId,
    length: times.length,
    fields: [
      { name: 'Time', type: FieldType.time, values: times, config: {} },
      {
        name: 'Value',
        type: FieldType.number,
        labels: metric,
        values: filled(values),
        config: { displayNameFromDS: legend(target.legendFormat, metric) },
      },
    ],
  })));
}

/**
 * A histogram's buckets, lowest first, each with how many fell into it alone at each time: the series are cumulative.
 * @param {any} panel @param {Answers} answers
 */
export function histogram(panel, answers) {
  const bound = (/** @type {Series} */ one) => (one.metric.le === '+Inf' ? Infinity : Number(one.metric.le));
  const series = [...answers.results[panel.targets[0].expr]].sort((a, b) => bound(a) - bound(b));
  const times = [...new Set(series.flatMap(({ values }) => values.map(([seconds]) => seconds)))].sort((a, b) => a - b);
  const cumulative = series.map(({ values }) => new Map(values.map(([seconds, text]) => [seconds, Number(text)])));
  return {
    times: times.map((seconds) => seconds * 1000),
    bounds: series.map(bound),
    counts: series.map((_, index) => times.map((seconds) => (
      Math.max(0, (cumulative[index].get(seconds) ?? 0) - (index ? cumulative[index - 1].get(seconds) ?? 0 : 0))))),
  };
}
