// SPDX-License-Identifier: Apache-2.0
// Expressions as our panels need them: of the chosen jobs and instances, over the interval that Grafana chooses.

/** What the variables job and instance choose, with more matchers. */
export const chosen = (/** @type {string[]} */ ...matchers) =>
  `{${['job=~"$job"', 'instance=~"$instance"', ...matchers].join(', ')}}`;

/** A counter's rate, summed. @param {string} metric @param {string} [by] labels @param {string[]} matchers */
export const rate = (metric, by = '', ...matchers) =>
  `sum${by && ` by (${by})`} (rate(${metric}${chosen(...matchers)}[$__rate_interval]))`;

/** A gauge, summed. @param {string} metric @param {string} [by] labels */
export const sum = (metric, by = '') => `sum${by && ` by (${by})`} (${metric}${chosen()})`;

/** Rates by a label, without values that have not occurred within the range that is looked at: there are many.
 * @param {string} metric @param {string} by labels @param {string[]} matchers */
export const occurring = (metric, by, ...matchers) =>
  `${rate(metric, by, ...matchers)} and sum by (${by}) (increase(${metric}${chosen(...matchers)}[$__range])) > 0`;

/** One by another; nothing, rather than not a number, where there is none of the other.
 * @param {string} part @param {string} whole */
export const ratio = (part, whole) => `${part} / (${whole} > 0)`;

/** How many fell into each bucket in each column of a heat map. @param {string} histogram @param {string[]} matchers */
export const buckets = (histogram, ...matchers) =>
  `sum by (le) (increase(${histogram}_bucket${chosen(...matchers)}[$__rate_interval]))`;

/** A percentile; nothing where nothing was measured. @param {number} share @param {string} histogram
 * @param {string[]} matchers */
export const percentile = (share, histogram, ...matchers) =>
  `histogram_quantile(${share}, ${rate(`${histogram}_bucket`, 'le', ...matchers)}) >= 0`;

/** The percentiles that latency is told by, as queries of a panel. @param {string} histogram
 * @param {string[]} matchers */
export const percentiles = (histogram, ...matchers) => ({
  p50: percentile(0.5, histogram, ...matchers),
  p90: percentile(0.9, histogram, ...matchers),
  p99: percentile(0.99, histogram, ...matchers),
});
