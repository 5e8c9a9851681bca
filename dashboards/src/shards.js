// SPDX-License-Identifier: Apache-2.0
// What every shard and its ring tell, whichever program they are of. What a figure means for it, a program says itself.
import { kAnyIsYellow, kNeverRed, kShare, lines } from './panels.js';
import { rate, ratio, sum } from './queries.js';

/** @typedef {(name: string) => string} Naming how a program's metrics are called */

/** @param {Naming} of @param {string} meaning */
export const cpu = (of, meaning) => lines({
  title: 'CPU of each shard', unit: 'percentunit', steps: kShare, max: 1,
  about: `CPU time a second of each thread, user and system. ${meaning}`,
  queries: { '{{instance}} shard {{shard}}': rate(of('shard_cpu_seconds_total'), 'instance, shard') },
});

/** @param {Naming} of */
export const busy = (of) => lines({
  title: 'Busy time of each shard', unit: 'percentunit', steps: kShare, max: 1,
  about: 'Share of the time between its waits: outside the kernel, sends not included. What CPU has beyond it is the kernel.',
  queries: { '{{instance}} shard {{shard}}': rate(of('shard_busy_seconds_total'), 'instance, shard') },
});

/** @param {Naming} of @param {string} meaning */
export const completions = (of, meaning) => lines({
  title: 'Completions a kernel entry', unit: 'short', steps: kNeverRed, none: 'Nothing was done',
  about: `How many completions a shard finds each time it enters the kernel. ${meaning}`,
  queries: { '{{instance}}': ratio(rate(of('ring_completions_total'), 'instance'), rate(of('ring_enters_total'), 'instance')) },
});

/** @param {Naming} of @param {string} meaning what follows from "At none, sessions wait" */
export const buffers_free = (of, meaning) => lines({
  title: 'Receive buffers free', unit: 'short', steps: [[null, 'red'], [1, 'green']],
  about: `Buffers that the kernel had left when the last completions were taken. At none, sessions wait${meaning}`,
  queries: { '{{instance}}': sum(of('ring_buffers_free'), 'instance') },
});

/** @param {Naming} of @param {string} remedy */
export const overflows = (of, remedy) => lines({
  title: 'Rings that overflow', unit: 'short', steps: kAnyIsYellow,
  about: 'Times a second that completions were kept back because the completion queue was full, and that submissions were forced'
    + ` by a full submission queue${remedy}`,
  queries: {
    overflows: rate(of('ring_overflows_total')),
    'early submits': rate(of('ring_early_submits_total')),
  },
});
