// SPDX-License-Identifier: Apache-2.0
// What was drawn, for the test to look at.

/** @type {Map<number, { pixels: number, failed?: string }>} by the panel's id */
const drawn = new Map();

export const note_drawn = (/** @type {number} */ id, /** @type {number} */ pixels) => drawn.set(id, { pixels });
export const note_failed = (/** @type {number} */ id, /** @type {Error} */ error) =>
  drawn.set(id, { pixels: 0, failed: error.stack ?? String(error) });

const scratch = /** @type {CanvasRenderingContext2D} */ (document.createElement('canvas').getContext('2d', { willReadFrequently: true }));

/** @param {string} color as CSS has it @returns {number} as four octets of a canvas */
function octets(color) {
  scratch.clearRect(0, 0, 1, 1);
  scratch.fillStyle = color;
  scratch.fillRect(0, 0, 1, 1);
  return new Uint32Array(scratch.getImageData(0, 0, 1, 1).data.buffer)[0];
}

/** How many pixels of a plot have one of these colours. @param {any} plot of uPlot @param {string[]} colors */
export function pixels_of({ ctx, bbox }, colors) {
  const wanted = new Set(colors.map(octets));
  const { data } = ctx.getImageData(bbox.left - 2, bbox.top - 2, bbox.width + 4, bbox.height + 4);
  return new Uint32Array(data.buffer).reduce((count, pixel) => count + Number(wanted.has(pixel)), 0);
}

/** Every panel: what is written in it, how many pixels its data took, and what failed. */
export const seen = () => [...document.querySelectorAll('[data-panel]')].map((element) => {
  const { panel } = /** @type {HTMLElement} */ (element).dataset;
  return {
    id: Number(panel),
    text: element.querySelector('[data-content]')?.textContent ?? '',
    pixels: 0,
    ...drawn.get(Number(panel)),
  };
});
