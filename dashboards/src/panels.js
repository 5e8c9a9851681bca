// SPDX-License-Identifier: Apache-2.0
// How our panels look, whatever they show: every one has a title, a description, a unit and thresholds.
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

export const datasource = { type: 'prometheus', uid: '${datasource}' };

/**
 * @typedef {[from: number | null, color: 'green' | 'yellow' | 'orange' | 'red' | 'blue' | 'text'][]} Steps
 * @typedef {{ title: string, about: string, unit: string, steps: Steps, queries: Record<string, string>,
 *             span?: number, height?: number, max?: number, none?: string, stack?: boolean, log?: boolean,
 *             text?: 'value' | 'name' }} Panel
 * queries maps a legend to its expression. steps are thresholds; `none` is shown where there is nothing to show. log is for
 * what spans decades and is never 0; it goes without `none`, which Grafana would write at every bare tick of such an axis.
 */

// Thresholds that several panels share.
/** @type {Steps} */
export const kNeverRed = [[null, 'green']];
/** @type {Steps} */
export const kAnyIsRed = [[null, 'green'], [1e-9, 'red']];
/** @type {Steps} */
export const kAnyIsYellow = [[null, 'green'], [1e-9, 'yellow']];
/** @type {Steps} */
export const kShare = [[null, 'green'], [0.7, 'yellow'], [0.9, 'red']];

// A panel this wide has room for its legend beside the lines; below them, three series are all that can be seen at once.
const kWide = 12;
// As high as twenty buckets need to be told apart, and what stands beside them.
export const kHighHeight = 10;

/** @param {Steps} steps */
const thresholds = (steps) =>
  new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps(steps.map(([value, color]) => ({ value, color })));

/** @param {Panel} panel */
const targets = ({ queries }, format = PromQueryFormat.TimeSeries) =>
  Object.entries(queries).map(([legend, expression], index) => new DataqueryBuilder()
    .refId(String.fromCharCode('A'.charCodeAt(0) + index))
    .datasource(datasource)
    .expr(expression)
    .format(format)
    .legendFormat(legend)
    .range());

/**
 * Lines over time. A threshold that is not the base is drawn where it can be read off the axis.
 * @param {Panel} panel
 */
export function lines(panel) {
  const span = panel.span ?? 8;
  // Areas that lie on each other make a colour that none of them has.
  const single = Object.keys(panel.queries).every((legend, index) => index === 0 && !legend.includes('{{'));
  const limits = panel.steps.length > 1 && panel.steps[1][0] !== 1e-9;
  const builder = new TimeseriesBuilder()
    .title(panel.title)
    .description(panel.about)
    .datasource(datasource)
    .unit(panel.unit)
    .thresholds(thresholds(panel.steps))
    .thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(
      limits ? common.GraphThresholdsStyleMode.Dashed : common.GraphThresholdsStyleMode.Off))
    .lineWidth(2)
    .fillOpacity(panel.stack ? 40 : single ? 10 : 0)
    .showPoints(common.VisibilityMode.Never)
    .legend(new common.VizLegendOptionsBuilder()
      .displayMode(common.LegendDisplayMode.Table)
      .placement(span >= kWide ? common.LegendPlacement.Right : common.LegendPlacement.Bottom)
      .showLegend(true)
      .sortBy('Last *')
      .sortDesc(true)
      .calcs(['lastNotNull', 'max']))
    .tooltip(new common.VizTooltipOptionsBuilder()
      .mode(common.TooltipDisplayMode.Multi)
      .sort(common.SortOrder.Descending))
    .span(span)
    .height(panel.height ?? (span >= kWide ? kHighHeight : 9))
    .targets(targets(panel));
  if (panel.log) builder.scaleDistribution(new common.ScaleDistributionConfigBuilder().type(common.ScaleDistribution.Log).log(10));
  else builder.min(0);
  if (panel.stack) builder.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
  if (panel.max !== undefined) builder.max(panel.max);
  if (panel.none) builder.noValue(panel.none);
  return builder;
}

/**
 * One figure, of now, with its course behind it.
 * @param {Panel} panel
 */
export function figure(panel) {
  const builder = new StatBuilder()
    .title(panel.title)
    .description(panel.about)
    .datasource(datasource)
    .unit(panel.unit)
    .thresholds(thresholds(panel.steps))
    .colorMode(common.BigValueColorMode.Value)
    .graphMode(common.BigValueGraphMode.Area)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .span(panel.span ?? 4)
    .height(panel.height ?? 5)  // one less, and Grafana writes a figure with a unit small
    .targets(targets(panel));
  if (panel.text === 'name') builder.textMode(common.BigValueTextMode.Name).graphMode(common.BigValueGraphMode.None);
  if (panel.none) builder.noValue(panel.none);
  return builder;
}

/**
 * A histogram over time: each column an interval, each cell how many fell into that bucket.
 * @param {Panel} panel
 */
export function heat(panel) {
  return new heatmap.PanelBuilder()
    .title(panel.title)
    .description(panel.about)
    .datasource(datasource)
    .unit('short')
    .thresholds(thresholds(panel.steps))
    .calculate(false)
    .color(new heatmap.HeatmapColorOptionsBuilder()
      .mode(heatmap.HeatmapColorMode.Scheme)
      .scheme('Oranges')
      .scale(heatmap.HeatmapColorScale.Exponential)
      .exponent(0.5)
      .steps(64))
    .filterValues(new heatmap.FilterValueRangeBuilder().le(1e-9))
    .yAxis(new heatmap.YAxisConfigBuilder().unit(panel.unit).axisPlacement(common.AxisPlacement.Left))
    .cellGap(1)
    .tooltip(new heatmap.HeatmapTooltipBuilder().mode(common.TooltipDisplayMode.Single).yHistogram(true))
    .showLegend()
    .span(panel.span ?? 12)
    .height(panel.height ?? kHighHeight)
    .targets(targets(panel, PromQueryFormat.Heatmap));
}
