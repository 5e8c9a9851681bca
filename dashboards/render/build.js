// SPDX-License-Identifier: Apache-2.0
// Bundles the page's script:  node build.js FILE
import { build } from 'esbuild';

await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: ['src/page.jsx'],
  outfile: process.argv[2],
  bundle: true,
  format: 'iife',
  target: 'chrome115',
  define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
  loader: { '.svg': 'text', '.woff2': 'dataurl' },
  logLevel: 'warning',
});
