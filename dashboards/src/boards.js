// SPDX-License-Identifier: Apache-2.0
// Every dashboard, by the name of its file.
import { loadgen } from './loadgen.js';
import { overview } from './overview.js';
import { sink } from './sink.js';

export const boards = { overview, sink, loadgen };
