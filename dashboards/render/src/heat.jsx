// SPDX-License-Identifier: Apache-2.0
// A heat map of a histogram. Grafana's own is not among its packages, so it is drawn here on its UPlotChart, by the same
// rules: buckets are rows of one height, named at their upper bound; colours run from the least to the greatest count.
import { FieldType, formattedValueToString, getDisplayProcessor } from '@grafana/data';
import { AxisPlacement, ScaleDirection, ScaleOrientation } from '@grafana/schema';
import { UPlotChart, UPlotConfigBuilder, VizLayout, useTheme2 } from '@grafana/ui';
import * as chromatic from 'd3-scale-chromatic';
import React, { useMemo } from 'react';

import { histogram } from './frames.js';
import { draw_marks } from './marks.js';
import { Nothing } from './nothing.jsx';
import { note_drawn } from './seen.js';

/** @param {{ scheme: string, steps: number, reverse: boolean }} color */
function palette_of({ scheme, steps, reverse }, theme) {
  const interpolate = chromatic[/** @type {'interpolateOranges'} */ (`interpolate${scheme}`)];
  const palette = Array.from({ length: steps }, (_, index) => interpolate(index / (steps - 1)));
  return theme.isDark !== reverse ? palette.reverse() : palette;
}

/** At most as many as there is room for, every second one left out until then. */
function thinned(splits, height) {
  while (splits.length > 3 && (height - 15) / splits.length < 10) splits = splits.filter((_, index) => index % 2 === 0);
  return splits;
}

function plot_of({ times, bounds, counts }, { panel, theme, timeRange, step, marks, palette, least, greatest }) {
  const display = getDisplayProcessor({ field: { type: FieldType.number, config: { unit: panel.options.yAxis.unit } }, theme });
  const label = (index) => (index < 0 ? '' : bounds[index] === Infinity ? '+Inf' : formattedValueToString(display(bounds[index])));
  const builder = new UPlotConfigBuilder('utc');
  builder.setPadding([8, 24, 0, 0]);  // the last time on the axis has room
  builder.addScale({
    scaleKey: 'x', isTime: true, orientation: ScaleOrientation.Horizontal, direction: ScaleDirection.Right,
    range: () => [timeRange.from.valueOf(), timeRange.to.valueOf()],
  });
  builder.addScale({
    scaleKey: 'y', isTime: false, orientation: ScaleOrientation.Vertical, direction: ScaleDirection.Up,
    range: () => [-1, bounds.length - 1],
  });
  builder.addAxis({ scaleKey: 'x', isTime: true, placement: AxisPlacement.Bottom, timeZone: 'utc', theme });
  builder.addAxis({
    scaleKey: 'y', placement: AxisPlacement.Left, theme,
    splits: (plot) => thinned([-1, ...bounds.map((_, index) => index)], plot.height),
    values: (_, splits) => splits.map(label),
  });
  builder.addSeries({ scaleKey: 'y', theme, pathBuilder: () => null, pointsBuilder: () => null, lineWidth: 0, showPoints: 'never' });
  builder.setPrepData(() => [times, times.map(() => null)]);
  builder.addHook('draw', (plot) => {
    const { ctx, bbox } = plot;
    const gap = panel.options.cellGap * window.devicePixelRatio;
    let cells = 0;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    counts.forEach((row, index) => row.forEach((count, column) => {
      if (count <= panel.options.filterValues.le) return;
      const [left, right] = [times[column] - step * 1000, times[column]].map((time) => plot.valToPos(time, 'x', true));
      const [top, bottom] = [index, index - 1].map((at) => plot.valToPos(at, 'y', true));
      const share = greatest > least ? (count - least) / (greatest - least) : 1;
      ctx.fillStyle = palette[Math.round(share * (palette.length - 1))];
      ctx.fillRect(left, top, Math.max(1, right - left - gap), Math.max(1, bottom - top - gap));
      cells += 1;
    }));
    ctx.restore();
    note_drawn(panel.id, cells);
    draw_marks(plot, marks);
  });
  return builder;
}

const Scale = ({ palette, least, greatest, unit, theme }) => {
  const display = getDisplayProcessor({ field: { type: FieldType.number, config: { unit } }, theme });
  return (
    <div style={{ display: 'flex', gap: 8, paddingLeft: 8, fontSize: 12, alignItems: 'center' }}>
      {formattedValueToString(display(least))}
      <div style={{ width: 200, height: 8, background: `linear-gradient(to right, ${palette.join(', ')})` }} />
      {formattedValueToString(display(greatest))}
    </div>
  );
};

export function Heat({ panel, answers, marks, timeRange, width, height }) {
  const theme = useTheme2();
  const drawn = useMemo(() => {
    const buckets = histogram(panel, answers);
    const shown = buckets.counts.flat().filter((count) => count > panel.options.filterValues.le);
    const palette = palette_of(panel.options.color, theme);
    const [least, greatest] = [Math.min(...shown), Math.max(...shown)];
    const config = plot_of(buckets, { panel, theme, timeRange, step: answers.step, marks, palette, least, greatest });
    return { config, palette, least, greatest, data: config.prepData([]), known: buckets.times.length > 0, empty: shown.length === 0 };
  }, [panel, answers, marks, timeRange, theme]);
  if (!drawn.known) return <Nothing panel={panel} />;
  const legend = (
    <VizLayout.Legend placement="bottom">
      <Scale palette={drawn.palette} least={drawn.least} greatest={drawn.greatest} unit={panel.fieldConfig.defaults.unit} theme={theme} />
    </VizLayout.Legend>
  );
  return (
    <VizLayout width={width} height={height} legend={panel.options.legend.show && !drawn.empty ? legend : null}>
      {(width, height) => <UPlotChart config={drawn.config} data={drawn.data} width={width} height={height} />}
    </VizLayout>
  );
}
