// SPDX-License-Identifier: Apache-2.0
// Every dashboard, by the name of its file.
import { sink } from './sink.js';

export const boards = { sink };
