// SPDX-License-Identifier: Apache-2.0
// Checks dashboards against the types that Grafana itself is built with, and our sources against those of the SDK.
//   node src/schema_check.js SCRATCH FILE...   what TypeScript has to say; exit 1 if it says anything
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

// JSON has no enums: where the schema has one of strings or numbers, it has their values.
const kTypes = `
import type { AnnotationQuery, Dashboard, Panel, RowPanel } from '@grafana/schema';
import type { GraphFieldConfig } from '@grafana/schema';
import type { Options as Stat } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type { Options as Heat, FieldConfig as HeatField } from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type { Options as Lines } from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
type Plain<T> = T extends string ? \`\${T}\` : T extends number | boolean | null | undefined ? T
  : T extends (infer U)[] ? Plain<U>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
type Of<K extends string, O, F> = Plain<Omit<Panel<any, F>, 'options' | 'type'>> & { type: K, options: Plain<O> };
type Shown = Of<'stat', Stat, Record<string, never>> | Of<'timeseries', Lines, GraphFieldConfig> | Of<'heatmap', Heat, HeatField>
  | (Plain<RowPanel> & { type: 'row' });
type Query = { refId: string, datasource: { type: 'prometheus', uid: string }, expr: string, range: boolean, instant: boolean,
  format?: 'time_series' | 'heatmap', legendFormat?: string };
type Annotation = Plain<Omit<AnnotationQuery, 'target'>> & { target: Query, expr: string, titleFormat: string, textFormat: string,
  step: string, useValueForTime: boolean };
type Queried<P> = P extends { type: 'row' } ? P : Omit<P, 'targets'> & { targets: Query[] };
export type Checked = Omit<Plain<Dashboard>, 'panels' | 'annotations'> & { panels: Queried<Shown>[],
  annotations: { list: Annotation[] } };
`;

const [scratch, ...files] = process.argv.slice(2);
const here = resolve(dirname(fileURLToPath(import.meta.url)), '..');
symlinkSync(join(here, 'node_modules'), join(scratch, 'node_modules'));
writeFileSync(join(scratch, 'types.ts'), kTypes);
const roots = files.map((file, index) => {
  const root = join(scratch, `board${index}.ts`);
  writeFileSync(root, `import type { Checked } from './types';\nexport const board: Checked = ${readFileSync(file, 'utf8')};\n`);
  return root;
});

const program = ts.createProgram([...roots, join(here, 'src/boards.js'), join(here, 'src/promql.js')], {
  strict: true, noEmit: true, allowJs: true, checkJs: true, skipLibCheck: true, types: [],
  target: ts.ScriptTarget.ES2022, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'], preserveSymlinks: true,
  module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
});
const found = ts.getPreEmitDiagnostics(program);
console.log(ts.formatDiagnostics(found, { getCanonicalFileName: (name) => name, getCurrentDirectory: () => here,
  getNewLine: () => '\n' }));
process.exit(found.length ? 1 : 0);
