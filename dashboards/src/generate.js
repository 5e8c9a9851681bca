// SPDX-License-Identifier: Apache-2.0
// Writes the dashboards into a folder: node src/generate.js FOLDER
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { boards } from './boards.js';

const folder = process.argv[2];
if (!folder) {
  console.error('usage: node src/generate.js FOLDER');
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
for (const [name, built] of Object.entries(boards)) {
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(built, null, 2)}\n`);
}
