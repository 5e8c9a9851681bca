// SPDX-License-Identifier: Apache-2.0
// Light or dark: the system's choice until the reader makes one, which holds while the page is open. Paper is
// light.

const theme = (() => {
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  const listeners = [];
  let chosen = null;
  let printing = false;

  const current = () => (printing ? 'light' : chosen || (system.matches ? 'dark' : 'light'));
  const apply = () => {
    document.documentElement.dataset.theme = current();
    for (const listener of listeners) listener();
  };
  const print = (on) => () => {
    printing = on;
    apply();
  };
  system.addEventListener('change', apply);
  window.addEventListener('beforeprint', print(true));
  window.addEventListener('afterprint', print(false));
  apply();

  return {
    // Calls back after each change.
    watch: (listener) => listeners.push(listener),
    // The colours of a CSS variable that lists some.
    colors: (name) =>
      getComputedStyle(document.documentElement)
        .getPropertyValue(`--${name}`)
        .split(',')
        .map((color) => color.trim()),
    color: (name) => theme.colors(name)[0],
    button: () => {
      const label = () => (current() === 'dark' ? 'Light' : 'Dark');
      const button = element('button', { type: 'button', class: 'theme' });
      const update = () => {
        button.textContent = `◐ ${label()}`;
        button.setAttribute('aria-label', `Switch to ${label().toLowerCase()} colours`);
      };
      button.addEventListener('click', () => {
        chosen = current() === 'dark' ? 'light' : 'dark';
        apply();
      });
      listeners.push(update);
      update();
      return button;
    },
  };
})();
