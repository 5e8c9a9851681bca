// SPDX-License-Identifier: Apache-2.0
// Elements. Text goes in as text nodes alone: whatever a server has said stays what it is.

// element('p', {class: 'quiet', title: 'why'}, 'text', other, null): attributes that are null or false are
// left out, `on` holds listeners; children are texts, numbers, nodes, lists of them, or null for none.
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key === 'on')
      for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    else made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return made;
}

// A figure that a machine can read as well: its text, and its value as it is.
function figure_text(value, text) {
  return element('data', { value: String(value) }, text);
}

let next_identifier = 0;
function identifier(stem) {
  next_identifier += 1;
  return `${stem}-${next_identifier}`;
}

// A part of the page with a heading that names it.
function section(title, attributes, ...children) {
  const id = identifier('heading');
  return element(
    'section',
    { 'aria-labelledby': id, ...attributes },
    element('h2', { id }, title),
    ...children,
  );
}

// columns: [{title, text: whether it is words, not figures}]; rows: lists of cells, the first of which names
// the row. On a narrow page each row becomes a block whose cells carry their titles, so that nothing has to
// be scrolled sideways.
function table(caption, columns, rows, attributes) {
  const kind = (index) => (columns[index].text ? 'text' : null);
  const head = columns.map((column, index) =>
    element('th', { scope: 'col', role: 'columnheader', class: kind(index) }, column.title),
  );
  const body = rows.map((cells) =>
    element(
      'tr',
      { role: 'row' },
      cells.map((cell, index) => {
        const column = { 'data-title': columns[index].title, class: kind(index) };
        return index === 0
          ? element('th', { scope: 'row', role: 'rowheader', ...column }, cell)
          : element('td', { role: 'cell', ...column }, cell);
      }),
    ),
  );
  return element(
    'table',
    { role: 'table', ...attributes },
    element('caption', {}, caption),
    element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, head)),
    element('tbody', { role: 'rowgroup' }, body),
  );
}

// pairs: [[term, description]].
function terms(pairs) {
  return element(
    'dl',
    { class: 'terms' },
    pairs.map(([term, description]) =>
      element('div', {}, element('dt', {}, term), element('dd', {}, description)),
    ),
  );
}
