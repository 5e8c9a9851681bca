// SPDX-License-Identifier: Apache-2.0
// Marks where runs began and ended. Grafana's own annotations are not among its packages.

/** @typedef {{ time: number, color: string }} Mark times in ms */

/**
 * As Grafana's server finds them: a series' times, or its values where they are the times; points of one interval after
 * each other are one.
 * @param {any} board @param {import('./frames.js').Answers} answers @param {any} theme @returns {Mark[]}
 */
export const marks_of = (board, answers, theme) =>
  board.annotations.list.flatMap((/** @type {any} */ annotation) => answers.results[annotation.expr].flatMap(({ values }) => {
    const color = theme.visualization.getColorByName(annotation.iconColor);
    const times = annotation.useValueForTime ? values.map(([, text]) => Number(text)) : values.map(([seconds]) => seconds * 1000);
    return [...new Set(times)].filter((time, index) => index === 0 || annotation.useValueForTime
      || time - times[index - 1] > answers.step * 1000).map((time) => ({ time, color }));
  }));

/** @param {any} plot of uPlot @param {Mark[]} marks */
export function draw_marks({ ctx, bbox, scales, valToPos }, marks) {
  const ratio = window.devicePixelRatio;
  ctx.save();
  ctx.lineWidth = 2 * ratio;
  ctx.setLineDash([5 * ratio, 5 * ratio]);
  for (const { time, color } of marks) {
    if (time < scales.x.min || time > scales.x.max) continue;
    const x = valToPos(time, 'x', true);
    ctx.strokeStyle = color;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillStyle = color;
    ctx.beginPath();
    ctx.moveTo(x - 5 * ratio, bbox.top + bbox.height + 5 * ratio);
    ctx.lineTo(x + 5 * ratio, bbox.top + bbox.height + 5 * ratio);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.fill();
  }
  ctx.restore();
}
