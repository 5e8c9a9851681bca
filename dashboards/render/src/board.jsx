// SPDX-License-Identifier: Apache-2.0
// A dashboard on Grafana's grid: 24 columns, each row of it 30 pixels high, 8 pixels between.
import { dateTime } from '@grafana/data';
import { PanelChrome, useTheme2 } from '@grafana/ui';
import React, { useMemo } from 'react';

import { Figure } from './figure.jsx';
import { Heat } from './heat.jsx';
import { Lines } from './lines.jsx';
import { marks_of } from './marks.js';
import { note_failed } from './seen.js';

const kColumns = 24;
const kRowHeight = 30;
const kMargin = 8;
const kKinds = { timeseries: Lines, stat: Figure, heatmap: Heat };

/** Notes what failed in it, and shows nothing then. */
class Guard extends React.Component {
  state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  componentDidCatch(/** @type {Error} */ error) {
    note_failed(this.props.id, error);
  }

  render() {
    return this.state.failed ? null : this.props.children;
  }
}

function place({ gridPos: { x, y, w, h } }, board_width) {
  const column = (board_width - kMargin * (kColumns - 1)) / kColumns;
  return {
    left: x * (column + kMargin),
    top: y * (kRowHeight + kMargin),
    width: w * column + (w - 1) * kMargin,
    height: h * kRowHeight + (h - 1) * kMargin,
  };
}

function Panel({ panel, at, ...more }) {
  const Kind = kKinds[/** @type {'stat'} */ (panel.type)];
  return (
    <Guard id={panel.id}>
      <PanelChrome title={panel.title} description={panel.description} width={at.width} height={at.height}>
        {(width, height) => (
          <div data-content="" style={{ width, height }}><Kind panel={panel} width={width} height={height} {...more} /></div>
        )}
      </PanelChrome>
    </Guard>
  );
}

export function Board({ board, answers, width }) {
  const theme = useTheme2();
  const marks = useMemo(() => marks_of(board, answers, theme), [board, answers, theme]);
  const timeRange = useMemo(() => {
    const [from, to] = [dateTime(answers.begin * 1000), dateTime(answers.until * 1000)];
    return { from, to, raw: { from, to } };
  }, [answers]);
  const places = board.panels.map((/** @type {any} */ panel) => place(panel, width));
  const height = Math.max(...places.map((at) => at.top + at.height));
  return (
    <main style={{ padding: 16, width: width + 32 }}>
      <h4>{board.title}</h4>
      <div style={{ position: 'relative', height }}>
        {board.panels.map((/** @type {any} */ panel, /** @type {number} */ index) => (panel.type === 'row'
          ? <h6 key={index} style={{ position: 'absolute', ...places[index], margin: 0, lineHeight: `${kRowHeight}px` }}>
            {panel.title}
          </h6>
          : <div key={index} data-panel={panel.id} style={{ position: 'absolute', ...places[index] }}>
            <Panel panel={panel} at={places[index]} answers={answers} marks={marks} timeRange={timeRange} />
          </div>))}
      </div>
    </main>
  );
}
