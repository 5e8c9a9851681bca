// SPDX-License-Identifier: Apache-2.0
// What all our dashboards have: a fixed uid, the three variables, links to the others, and when runs began and ended.
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';

import { datasource } from './panels.js';

/** @param {string} name @param {string} label @param {string} query */
const variable = (name, label, query) =>
  new dashboard.QueryVariableBuilder(name)
    .label(label)
    .datasource(datasource)
    .query({ query, refId: `variable-${name}` })
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current({ selected: true, text: 'All', value: '$__all' });

/** @param {string} name @param {string} color @param {string} expression @param {string} title @param {boolean} timed */
const annotation = (name, color, expression, title, timed) =>
  new dashboard.AnnotationQueryBuilder()
    .name(name)
    .datasource(datasource)
    .enable(true)
    .iconColor(color)
    .expr(expression)
    .target(new DataqueryBuilder().refId(name).datasource(datasource).expr(expression).range())
    .titleFormat(title)
    .textFormat('{{job}} {{instance}}')
    .step('5s')
    .useValueForTime(timed);

// Of the generator, whatever is chosen: what the sink shows is to be read by the runs that made it. The start is a
// time, in ms; the end is a point where a generator is gone that was there an interval ago.
const kStart = 'max by (job, instance) (process_start_time_seconds and on (job, instance) mailvoid_loadgen_shards) * 1000';
const kEnd = 'group by (job, instance) (mailvoid_loadgen_shards offset $__interval)'
  + ' unless group by (job, instance) (mailvoid_loadgen_shards)';

/**
 * @param {{ title: string, uid: string, about: string, presence: string,
 *           rows: Record<string, import('@grafana/grafana-foundation-sdk/cog').Builder<dashboard.Panel>[]> }} board
 * presence is a metric that all programs have that can be chosen; rows are by the question that they answer.
 */
export function board({ title, uid, about, presence, rows }) {
  const builder = new dashboard.DashboardBuilder(title)
    .uid(uid)
    .description(about)
    .tags(['mailvoid'])
    .readonly()
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .time({ from: 'now-15m', to: 'now' })
    .refresh('5s')
    .withVariable(new dashboard.DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(variable('job', 'Job', `label_values(${presence}, job)`))
    .withVariable(variable('instance', 'Instance', `label_values(${presence}{job=~"$job"}, instance)`))
    .annotation(annotation('Run started', 'green', kStart, 'Run started', true))
    .annotation(annotation('Run ended', 'orange', kEnd, 'Run ended', false))
    .link(new dashboard.DashboardLinkBuilder('Mailvoid')
      .type(dashboard.DashboardLinkType.Dashboards)
      .tags(['mailvoid'])
      .tooltip('The other dashboards of Mailvoid')
      .keepTime(true));
  for (const [question, panels] of Object.entries(rows)) {
    builder.withRow(new dashboard.RowBuilder(question));
    for (const panel of panels) builder.withPanel(panel);
  }
  const built = builder.build();
  // The SDK writes what only an interval variable has, and Grafana's schema does not allow here.
  for (const variable of built.templating.list ?? []) {
    for (const name of Object.keys(variable).filter((name) => name.startsWith('auto'))) delete (/** @type {any} */ (variable))[name];
  }
  built.panels?.forEach((panel, index) => { panel.id = index + 1; });
  return built;
}
