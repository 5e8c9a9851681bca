// SPDX-License-Identifier: Apache-2.0
// The page, from the verdict down to the details.

function heading() {
  const facts = [
    result.started_at ? format_date(result.started_at) : null,
    format_duration(result.duration_seconds),
    open_loop ? `open loop${plan_words()}` : result.mode === 'closed' ? 'closed loop' : null,
    result.options && result.options.sessions ? `${format_count(result.options.sessions)} sessions` : null,
    result.mail || null,
  ].filter(Boolean);
  return element(
    'header',
    {},
    element(
      'div',
      { class: 'top' },
      element('p', { class: 'brand' }, 'Mailvoid ', element('span', { class: 'quiet' }, 'load report')),
      theme.button(),
    ),
    element('h1', {}, String(result.target || 'A run')),
    element('p', { class: 'quiet' }, facts.join(' · ')),
  );
}

function plan_words() {
  const { model, rate_per_second: rate } = result.plan || {};
  return [
    model ? `, ${model}` : '',
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

function build() {
  const page = document.getElementById('page');
  page.append(
    ...[
      heading(),
      verdict_section(),
      key_figures(),
      thresholds_section(),
      ...chart_sections(),
      phases_section(),
      errors_section(),
      examples_section(),
      replies_section(),
      mix_section(),
      connections_section(),
      folded('The plan', 'plan', result.plan),
      generator_section(),
      environment_section(),
      folded('Options in force', 'options', result.options),
      element(
        'footer',
        { class: 'quiet' },
        element(
          'p',
          {},
          `Made by mailvoid-loadgen ${result.version || ''}. ` +
            'The page loads nothing: it can be kept, sent and read offline.',
        ),
        download_button(),
      ),
    ].filter(Boolean),
  );
}

build();
// For tests: what is drawn, and of what.
window.mailvoid = { charts, result };
