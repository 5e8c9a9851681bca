// SPDX-License-Identifier: Apache-2.0
// The page around the charts. A program's script describes what is its own and calls live_page().

function set_text(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// Something that changes with each reading.
const updates = [];

// A figure that counts. `read` gives {value, text, note, tone}: what a machine reads, what a person does, what
// stands below, and whether it is 'bad' or 'warn'.
function tile(label, read) {
  const value = element('data', { value: '' }, '–');
  const note = element('dd', { class: 'note' }, '\u00a0');
  const box = element('div', { class: 'tile' }, element('dt', {}, label), element('dd', {}, value), note);
  updates.push(() => {
    const now = read();
    set_text(value, now.text);
    value.value = String(now.value ?? '');
    set_text(note, now.note || '\u00a0');
    box.className = `tile ${now.tone || ''}`.trim();
  });
  return box;
}

function status_badge() {
  const badge = element('span', { class: 'badge status', role: 'status' }, 'Connecting');
  const texts = {
    connecting: ['', 'Connecting'],
    live: ['good', 'Live'],
    lost: ['bad', 'No answer'],
  };
  updates.push(() => {
    const [tone, text] = texts[feed.status()];
    badge.className = `badge status ${tone}`.trim();
    set_text(badge, text);
  });
  return badge;
}

// Counters of what should not happen: a row for each that is not 0. `titles` are those of metrics, by name.
function trouble_section(titles) {
  const none = element('p', { class: 'quiet' }, 'Nothing so far.');
  const place = element('div', {}, none);
  let shown = '';
  updates.push(() => {
    const rows = [];
    for (const [metric, title] of Object.entries(titles)) {
      for (const name of feed.names(metric)) {
        if (name !== metric && name[metric.length] !== '{') continue;
        const total = feed.latest(name);
        if (!(total > 0)) continue;
        rows.push({ name, title: [title, ...label_values(name)].join(': '), total });
      }
    }
    rows.sort((a, b) => b.total - a.total);
    const recent = rows.map(({ name }) => growth_of([name], 60));
    const state = JSON.stringify([rows, recent]);
    if (state === shown) return;
    shown = state;
    place.replaceChildren(
      rows.length === 0
        ? none
        : table(
            'Counters that are not 0.',
            [{ title: 'What' }, { title: 'Last minute' }, { title: 'In all' }],
            rows.map(({ title, total }, index) => [
              title,
              element('span', { class: recent[index] > 0 ? 'recent' : 'quiet' }, format_count(recent[index])),
              figure_text(total, format_count(total)),
            ]),
          ),
    );
  });
  return section('What went wrong', { class: 'card', id: 'trouble' }, place);
}

// Of `name{a="x",b="y"}`: ['x', 'y'], as words.
function label_values(name) {
  return [...name.matchAll(/="((?:[^"\\]|\\.)*)"/g)].map(([, value]) => value.replaceAll('_', ' '));
}

function setting_rows(settings) {
  return settings.map(({ key, value, help }) => [
    element('code', {}, key),
    value === '' ? element('span', { class: 'quiet' }, 'not set') : element('code', {}, value),
    help,
  ]);
}

function settings_section(settings) {
  const columns = [{ title: 'Setting' }, { title: 'Value', text: true }, { title: 'Meaning', text: true }];
  const chosen = settings.filter((setting) => setting.chosen);
  return section(
    'Limits and settings in force',
    { class: 'card', id: 'settings' },
    chosen.length === 0
      ? element('p', {}, 'All of them are at their defaults.')
      : table('Those that are not at their defaults.', columns, setting_rows(chosen), { class: 'settings' }),
    element(
      'details',
      {},
      element('summary', {}, `All ${settings.length} settings`),
      [...new Set(settings.map((setting) => setting.group))].map((group) =>
        table(group, columns, setting_rows(settings.filter((setting) => setting.group === group)), {
          class: 'settings',
        }),
      ),
    ),
  );
}

// `parts`: {kind: what the page is of, title: a function of the facts, subtitle: a function that gives a line,
// lead: elements below it, tiles, charts: a function, called once there are readings, sections: what follows}.
async function live_page(parts) {
  const page = document.getElementById('page');
  const facts = await first_facts(page);
  document.title = `${parts.title(facts)} – Mailvoid`;
  const subtitle = element('p', { class: 'quiet' }, '\u00a0');
  updates.push(() => set_text(subtitle, parts.subtitle(facts) || '\u00a0'));
  const chart_place = element('div', { class: 'charts' });
  page.replaceChildren(
    element(
      'header',
      {},
      element(
        'div',
        { class: 'top' },
        element('p', { class: 'brand' }, 'Mailvoid ', element('span', { class: 'quiet' }, parts.kind)),
        element('div', { class: 'controls' }, status_badge(), theme.button()),
      ),
      element('h1', {}, parts.title(facts)),
      subtitle,
    ),
    ...(parts.lead ? parts.lead(facts) : []),
    element('dl', { class: 'tiles' }, parts.tiles),
    element('div', { class: 'controls chart-controls' }, window_switch(), hold_button()),
    chart_place,
    ...parts.sections(facts),
    settings_section(facts.settings),
    element(
      'footer',
      { class: 'quiet' },
      element('p', {}, `${facts.program} ${facts.version} (${facts.revision})`),
      element(
        'p',
        {},
        'The same for machines: ',
        element('a', { href: 'metrics' }, '/metrics'),
        ', ',
        element('a', { href: 'api/v1/live' }, '/api/v1/live'),
      ),
    ),
  );
  let instance = null;
  feed.watch(() => {
    // Another process has taken the port: what stands here is of the one before.
    if (instance && feed.instance() && feed.instance() !== instance) window.location.reload();
    instance = feed.instance() || instance;
    if (chart_place.childElementCount === 0 && feed.times().length > 0) chart_place.append(...parts.charts());
    for (const update of updates) update();
    if (held_at === null) redraw_charts();
  });
  theme.watch(redraw_charts);
  feed.start();
  // For tests: what is drawn, and of what.
  window.mailvoid = { charts, feed };
}

async function first_facts(page) {
  for (;;) {
    try {
      return await ask('api/v1/facts');
    } catch {
      page.replaceChildren(element('p', { class: 'card', role: 'status' }, 'The program does not answer.'));
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
}
