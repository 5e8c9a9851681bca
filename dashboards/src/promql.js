// SPDX-License-Identifier: Apache-2.0
// What Prometheus' own grammar finds in an expression.
import { parser } from '@prometheus-io/lezer-promql';

// Grafana's variables within durations, by something that the grammar takes. Matchers may hold theirs as they are.
const kDurations = { $__rate_interval: '61s', $__range: '62s', $__interval: '63s' };

/**
 * @typedef {{ metric: string, labels: Record<string, string>, calls: string[], range: string | null }} Selector
 * labels are the matchers, "=~value" by name. calls are the functions around it, the innermost first; range is the
 * duration in its brackets as it is written.
 */

/** @param {string} expression @returns {{ errors: number, selectors: Selector[] }} */
export function parse(expression) {
  let text = expression;
  for (const [variable, duration] of Object.entries(kDurations)) text = text.replaceAll(variable, duration);
  const unwritten = (/** @type {string} */ duration) =>
    Object.entries(kDurations).find(([, stands]) => stands === duration)?.[0] ?? duration;

  let errors = 0;
  /** @type {Selector[]} */
  const selectors = [];
  parser.parse(text).iterate({
    enter(at) {
      if (at.type.isError) errors += 1;
      if (at.name !== 'VectorSelector') return;
      const node = at.node;
      const said = (/** @type {{ from: number, to: number } | null} */ part) => (part ? text.slice(part.from, part.to) : '');
      /** @type {Selector} */
      const selector = { metric: said(node.getChild('Identifier')), labels: {}, calls: [], range: null };
      const list = said(node.getChild('LabelMatchers'));
      for (const [, label, operator, value] of list.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g)) {
        selector.labels[label] = operator + value;
      }
      for (let around = node.parent; around; around = around.parent) {
        if (around.name === 'MatrixSelector' && selector.range === null) {
          selector.range = unwritten(said(around).match(/\[(\w+)\]$/)?.[1] ?? '');
        }
        if (around.name === 'FunctionCall') {
          const called = around.getChild('FunctionIdentifier');
          if (called) selector.calls.push(said(called));
        }
      }
      selectors.push(selector);
    },
  });
  return { errors, selectors };
}
