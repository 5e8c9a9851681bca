// SPDX-License-Identifier: Apache-2.0
// The page's script: draws the dashboard `window.shown`, {board, answers}, and lets the test see what came of it.
import inter_400 from '@fontsource/inter/files/inter-latin-400-normal.woff2';
import inter_500 from '@fontsource/inter/files/inter-latin-500-normal.woff2';
import { ThemeContext, createTheme } from '@grafana/data';
import { GlobalStyles } from '@grafana/ui';
import info_circle from '@grafana/ui/dist/public/img/icons/unicons/info-circle.svg';
import 'uplot/dist/uPlot.min.css';
import React from 'react';
import { createRoot } from 'react-dom/client';

import { Board } from './board.jsx';
import './page.css';
import { seen } from './seen.js';

const kWidth = 1408;

// Grafana's components ask their server for icons.
window.fetch = async (url) => {
  if (String(url).endsWith('/info-circle.svg')) return new Response(info_circle, { headers: { 'content-type': 'image/svg+xml' } });
  throw new Error(`${url} is not there`);
};

async function main() {
  for (const [weight, source] of [['400', inter_400], ['500', inter_500]]) {
    document.fonts.add(await new FontFace('Inter', `url(${source})`, { weight }).load());
  }
  const theme = createTheme({ colors: { mode: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light' } });
  createRoot(/** @type {HTMLElement} */ (document.getElementById('page'))).render(
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <Board {...window.shown} width={kWidth} />
    </ThemeContext.Provider>,
  );
  Object.assign(window, { seen });
}

main().catch((error) => document.body.append(error.stack));
