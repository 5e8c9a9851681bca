// SPDX-License-Identifier: Apache-2.0
// What the operating system has to say of a program, and which one it is.
import { figure, kShare, lines } from './panels.js';
import { chosen, rate, ratio, sum } from './queries.js';

/** @param {string} messages the rate of what the program is for, of the chosen instances
 * @param {string} presence a metric that this program alone has */
export const process = (messages, presence) => {
  const here = `and on (job, instance) ${presence}${chosen()}`;
  return [
    lines({
      title: 'CPU a message', unit: 's', steps: [[null, 'green']], none: 'no mail', span: 6,
      about: 'CPU time of the process by messages. What a change of settings, kernel or mail has cost shows here first.',
      queries: {
        CPU: ratio(`sum(rate(process_cpu_seconds_total${chosen()}[$__rate_interval]) ${here})`, messages),
      },
    }),
    lines({
      title: 'Resident memory', unit: 'bytes', steps: [[null, 'green']], span: 6,
      about: 'Memory in use. It follows the connections and must come down with them.',
      queries: { '{{instance}}': `sum by (instance) (process_resident_memory_bytes${chosen()} ${here})` },
    }),
    lines({
      title: 'File descriptors', unit: 'percentunit', steps: kShare, max: 1, span: 6,
      about: 'Open descriptors as a share of what is allowed (ulimit -n). Every connection is one.',
      queries: {
        '{{instance}}': ratio(`sum by (instance) (process_open_fds${chosen()} ${here})`,
          sum('process_max_fds', 'instance')),
      },
    }),
    figure({
      title: 'Build', unit: 'short', steps: [[null, 'text']], span: 6, height: 9, text: 'name',
      about: 'Which build runs: version, revision and SIMD. More than one is a mistake, as a rule.',
      queries: { '{{version}} {{revision}} {{simd}}': `count by (version, revision, simd) (mailvoid_build_info${chosen()} ${here})` },
    }),
  ];
};
