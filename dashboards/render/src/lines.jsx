// SPDX-License-Identifier: Apache-2.0
// A panel of lines over time, by Grafana's TimeSeries.
import { TimeSeries, useTheme2 } from '@grafana/ui';
import React, { useMemo } from 'react';

import { configured } from './fields.js';
import { series_frames } from './frames.js';
import { draw_marks } from './marks.js';
import { Nothing } from './nothing.jsx';
import { note_drawn, pixels_of } from './seen.js';

export function Lines({ panel, answers, marks, timeRange, width, height }) {
  const theme = useTheme2();
  const { frames } = useMemo(() => configured(panel, series_frames(panel, answers), theme), [panel, answers, theme]);
  if (frames.length === 0) return <Nothing panel={panel} />;
  return (
    <TimeSeries frames={frames} structureRev={1} timeRange={timeRange} timeZone="utc" width={width} height={height}
      legend={panel.options.legend} options={panel.options}>
      {(config) => {
        config.addHook('draw', (/** @type {any} */ plot) => {
          const colors = plot.series.slice(1).map((/** @type {any} */ series) => series._stroke ?? series.stroke());
          note_drawn(panel.id, pixels_of(plot, colors));
          draw_marks(plot, marks);
        });
        return null;
      }}
    </TimeSeries>
  );
}
