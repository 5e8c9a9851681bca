// SPDX-License-Identifier: Apache-2.0
// The page, from the verdict down to the details.

function heading() {
  const sessions = (result.options || {}).sessions;
  const facts = [
    result.started_at ? format_date(result.started_at) : null,
    format_duration(result.duration_seconds),
    open_loop ? `open loop${plan_words()}` : result.mode === 'closed' ? 'closed loop' : null,
    sessions > 0 ? `${format_count(sessions)} ${sessions === 1 ? 'session' : 'sessions'}` : null,
    result.mail || null,
  ];
  return page_heading('load report', facts);
}

function page_heading(kind, facts) {
  return element(
    'header',
    {},
    element(
      'div',
      { class: 'top' },
      element('p', { class: 'brand' }, 'Mailvoid ', element('span', { class: 'quiet' }, kind)),
      theme.button(),
    ),
    element('h1', {}, String(result.target || 'A run')),
    element('p', { class: 'quiet' }, facts.filter(Boolean).join(' · ')),
  );
}

function plan_words() {
  const { model, rate_per_second: rate, stages } = result.plan || {};
  const arrivals = { constant: 'evenly spaced', poisson: 'Poisson arrivals' }[model] || model;
  if (list_of(stages).length > 0) return `, ${[...stages, arrivals].filter(Boolean).join(', ')}`;
  return [
    arrivals ? `, ${arrivals}` : '',
    typeof rate === 'number' ? `, ${format_rate(rate)} messages a second` : '',
  ].join('');
}

function chart_sections() {
  if (points.length === 0) {
    return [percentile_figure(), element('p', { class: 'card quiet' }, 'This result has no time series.')];
  }
  return [
    rate_chart(),
    heat_chart(),
    percentile_figure(),
    lag_chart(),
    element('div', { class: 'pair' }, sessions_chart(), octets_chart()),
    intervals_section(),
  ];
}

function run_parts() {
  return [
    heading(),
    verdict_section(),
    key_figures(),
    thresholds_section(),
    ...chart_sections(),
    phases_section(),
    errors_section(),
    examples_section(),
    replies_section(),
    targets_section(),
    mix_section(),
    retries_section(),
    bad_clients_section(),
    connections_section(),
    folded('The plan', 'plan', result.plan),
    generator_section(),
    environment_section(),
    folded('Options in force', 'options', result.options),
  ];
}

function footer() {
  return element(
    'footer',
    { class: 'quiet' },
    element(
      'p',
      {},
      `Made by mailvoid-loadgen ${result.version || ''}. ` +
        'The page loads nothing: it can be kept, sent and read offline.',
    ),
    download_button(),
  );
}

const parts = of_search ? limit_parts() : run_parts();
document.getElementById('page').append(...parts.filter(Boolean), footer());
// For tests: what is drawn, and of what.
window.mailvoid = { charts, result };
