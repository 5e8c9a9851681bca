// SPDX-License-Identifier: Apache-2.0
// What Grafana does with a panel's field settings before it draws: which of them apply, and what a panel's kind assumes
// where its JSON says nothing.
import { FieldConfigOptionsRegistry, applyFieldOverrides, identityOverrideProcessor } from '@grafana/data';
import { graphFieldOptions } from '@grafana/ui';

const kStandard = ['unit', 'min', 'max', 'decimals', 'displayName', 'noValue', 'color', 'thresholds', 'mappings'];
const kGraph = [
  'drawStyle', 'lineInterpolation', 'lineWidth', 'lineStyle', 'fillOpacity', 'gradientMode', 'showPoints', 'pointSize', 'spanNulls',
  'stacking', 'thresholdsStyle', 'axisPlacement', 'axisLabel', 'axisWidth', 'axisSoftMin', 'axisSoftMax', 'axisGridShow',
  'axisColorMode', 'axisBorderShow', 'axisCenteredZero', 'scaleDistribution', 'hideFrom',
];

const registry = new FieldConfigOptionsRegistry(() => [
  ...kStandard.map((id) => item(id, id, false)),
  ...kGraph.map((id) => item(`custom.${id}`, id, true)),
]);

/** @param {string} id @param {string} path @param {boolean} isCustom @returns {any} */
function item(id, path, isCustom) {
  return { id, path, isCustom, name: id, description: '', process: identityOverrideProcessor, shouldApply: () => true,
           override: () => null, editor: () => null, settings: {} };
}

const kAssumed = {
  timeseries: {
    color: { mode: 'palette-classic' },
    custom: {
      drawStyle: graphFieldOptions.drawStyle[0].value,
      lineInterpolation: graphFieldOptions.lineInterpolation[0].value,
      axisPlacement: graphFieldOptions.axisPlacement[0].value,
      pointSize: 5,
    },
  },
  stat: { color: { mode: 'thresholds' }, custom: {} },
};

/** The frames with what the panel says of their fields. @param {any} panel @param {any[]} frames @param {any} theme */
export function configured(panel, frames, theme) {
  const { defaults, overrides } = panel.fieldConfig;
  const assumed = kAssumed[/** @type {'stat'} */ (panel.type)];
  const fieldConfig = { overrides, defaults: { ...assumed, ...defaults, custom: { ...assumed.custom, ...defaults.custom } } };
  return {
    fieldConfig,
    frames: applyFieldOverrides({ data: frames, fieldConfig, fieldConfigRegistry: registry, replaceVariables: (text) => text, theme,
                                  timeZone: 'utc' }),
  };
}
