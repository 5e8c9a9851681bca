// SPDX-License-Identifier: Apache-2.0
// A panel of one figure or a few, by Grafana's BigValue.
import { getDisplayValueAlignmentFactors, getFieldDisplayValues } from '@grafana/data';
import { BigValue, BigValueGraphMode, VizRepeater, useTheme2 } from '@grafana/ui';
import React from 'react';

import { configured } from './fields.js';
import { series_frames } from './frames.js';

export function Figure({ panel, answers, timeRange, width, height }) {
  const theme = useTheme2();
  const { options } = panel;
  const { frames, fieldConfig } = configured(panel, series_frames(panel, answers), theme);
  const values = () => getFieldDisplayValues({
    fieldConfig, reduceOptions: options.reduceOptions, replaceVariables: (text) => text, theme, data: frames, timeZone: 'utc',
    sparkline: options.graphMode !== BigValueGraphMode.None,
  });
  const value = ({ value: { display, sparkline }, width, height, alignmentFactors, count }) => {
    if (sparkline) sparkline.timeRange = timeRange;
    return <BigValue value={display} count={count} sparkline={sparkline} colorMode={options.colorMode} graphMode={options.graphMode}
      justifyMode={options.justifyMode} textMode={options.textMode} alignmentFactors={alignmentFactors} width={width} height={height}
      theme={theme} />;
  };
  return <VizRepeater getValues={values} getAlignmentFactors={getDisplayValueAlignmentFactors} renderValue={value} width={width}
    height={height} source={frames} itemSpacing={3} renderCounter={0} autoGrid orientation={options.orientation} />;
}
