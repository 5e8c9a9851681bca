// SPDX-License-Identifier: Apache-2.0
// What Grafana's dashboard-linter asks of dashboards on Prometheus, and what we ask beyond it.
//   node src/lint.js METRICS.md FILE...   names every offence; exit 1 if there is one
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import * as units from '@grafana/grafana-foundation-sdk/units';

import { parse } from './promql.js';

const kUnits = new Set(Object.values(units));
const kRates = new Set(['rate', 'irate', 'increase']);
const kDatasource = '${datasource}';

/** The types of all metrics, from the tables of docs/metrics.md. @param {string} text */
export function documented(text) {
  return new Map([...text.matchAll(/^\| `(\w+)[^`]*` \| (\w+) \|/gm)].map(([, name, type]) => [name, type]));
}

/** @param {string} name @param {Map<string, string>} types */
function type_of(name, types) {
  if (types.has(name)) return types.get(name);
  const base = name.replace(/_(bucket|sum|count)$/, '');
  return types.get(base) === 'histogram' ? 'counter' : undefined;
}

/** @param {string} expression @param {Map<string, string>} types @param {boolean} of_choice */
function* offences_of_expression(expression, types, of_choice) {
  const { errors, selectors } = parse(expression);
  if (errors) yield `promql: does not parse: ${expression}`;
  if (!selectors.length) yield `promql: selects nothing: ${expression}`;
  for (const { metric, labels, calls, range } of selectors) {
    const type = type_of(metric, types);
    if (!type) yield `metric: ${metric} is not in docs/metrics.md`;
    if (of_choice) {
      for (const label of ['job', 'instance']) {
        if (labels[label] !== `=~$${label}`) yield `${label}: ${metric} is not of the chosen ${label}`;
      }
    }
    const counted = kRates.has(calls[0]);
    if (type === 'counter' && !counted) yield `counter: ${metric} is looked at without rate or increase`;
    if (type === 'gauge' && counted) yield `gauge: ${metric} is a gauge, of which there is no ${calls[0]}`;
    if (counted && range !== '$__rate_interval' && !(calls[0] === 'increase' && range === '$__range')) {
      yield `interval: ${calls[0]}(${metric}) is over [${range}], not [$__rate_interval]`;
    }
    if (/_bucket$/.test(metric) && labels.le === undefined && !/by \([^)]*\ble\b/.test(expression)) {
      yield `buckets: ${metric} is not summed by le`;
    }
  }
}

/** @param {any} panel @param {Map<string, string>} types */
function* offences_of_panel(panel, types) {
  const { defaults } = panel.fieldConfig;
  if (!panel.title) yield 'title: there is none';
  if (!panel.description) yield 'description: there is none';
  const unit = panel.type === 'heatmap' ? panel.options.yAxis.unit : defaults.unit;
  if (!kUnits.has(unit)) yield `unit: Grafana has none that is called ${unit}`;
  if (!defaults.thresholds?.steps?.length) yield 'thresholds: there are none';
  if (panel.datasource?.uid !== kDatasource) yield 'datasource: not the chosen one';
  if (!panel.targets?.length) yield 'targets: there are none';
  const ids = new Set();
  for (const target of panel.targets ?? []) {
    if (target.datasource && target.datasource.uid !== kDatasource) yield 'datasource: a target has its own';
    if (!target.legendFormat) yield 'legend: there is none';
    if (ids.has(target.refId)) yield `targets: two are called ${target.refId}`;
    ids.add(target.refId);
    yield* offences_of_expression(target.expr, types, true);
  }
  const { x, y, w, h } = panel.gridPos ?? {};
  if (!(w > 0 && h > 0 && x >= 0 && y >= 0 && x + w <= 24)) yield 'grid: it has no place in it';
}

/** @param {any} board */
function* offences_of_variables(board) {
  const variables = new Map(board.templating.list.map((/** @type {any} */ variable) => [variable.name, variable]));
  const source = variables.get('datasource');
  if (source?.type !== 'datasource' || source.query !== 'prometheus') yield 'variable datasource: chooses no Prometheus';
  if (source?.label !== 'Data source') yield 'variable datasource: is not labelled Data source';
  for (const [name, label] of [['job', 'Job'], ['instance', 'Instance']]) {
    const variable = variables.get(name);
    if (variable?.type !== 'query') { yield `variable ${name}: there is none`; continue; }
    if (variable.datasource?.uid !== kDatasource) yield `variable ${name}: not of the chosen data source`;
    if (variable.label !== label) yield `variable ${name}: is not labelled ${label}`;
    if (!variable.multi || !variable.includeAll) yield `variable ${name}: several, or all, cannot be chosen`;
    if (variable.allValue !== '.+') yield `variable ${name}: all is not .+`;
    if (variable.refresh !== 2) yield `variable ${name}: does not follow the time range`;
    const [, selector] = variable.query.query.match(/^label_values\((.*), \w+\)$/) ?? [];
    if (!selector || parse(selector).errors) yield `variable ${name}: ${variable.query.query} asks for no label's values`;
  }
}

/** All that is wrong with a dashboard. @param {any} board @param {Map<string, string>} types @returns {string[]} */
export function offences(board, types) {
  const found = [];
  if (!board.uid) found.push('uid: there is none');
  if (!board.description) found.push('description: there is none');
  if (board.editable !== false) found.push('editable: changes would be lost with the next version');
  found.push(...offences_of_variables(board));
  for (const annotation of board.annotations?.list ?? []) {
    if (annotation.datasource?.uid !== kDatasource) found.push(`${annotation.name}: datasource: not the chosen one`);
    for (const what of offences_of_expression(annotation.expr, types, false)) found.push(`${annotation.name}: ${what}`);
  }
  const ids = new Set(), titles = new Set();
  for (const panel of board.panels) {
    if (panel.type === 'row') continue;
    if (ids.has(panel.id)) found.push(`${panel.title}: id: another panel has ${panel.id}`);
    if (titles.has(panel.title)) found.push(`${panel.title}: title: another panel has it`);
    ids.add(panel.id); titles.add(panel.title);
    for (const what of offences_of_panel(panel, types)) found.push(`${panel.title}: ${what}`);
  }
  return found;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [metrics, ...files] = process.argv.slice(2);
  const types = documented(readFileSync(metrics, 'utf8'));
  let count = 0;
  for (const file of files) {
    for (const what of offences(JSON.parse(readFileSync(file, 'utf8')), types)) {
      console.log(`${file}: ${what}`);
      count += 1;
    }
  }
  process.exit(count ? 1 : 0);
}
