/**
 * Rows and columns of tokens that a side does not have: dots on the page's own ground, unlike the hatch of cells that may
 * not attend.
 *
 * @typedef {import("../attention/heatmap_paint.js").Scene} Scene
 */

import { leftOf, seen, topOf } from "../attention/heatmap_geometry.js";

const APART = 5; // pixels from dot to dot

/**
 * @param {HTMLCanvasElement} canvas that the scene was painted on
 * @param {Scene} scene
 * @param {import("./compared.js").Gaps} gaps
 * @returns {void}
 */
export function paintGaps(canvas, { frame, view, theme }, { queries, keys }) {
  if (!queries.length && !keys.length) return;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const { rows, columns } = seen(frame, view);
  const width = frame.cellWidth * view.zoom;
  const height = frame.cellHeight * view.zoom;
  const within = (/** @type {number} */ place, /** @type {[number, number]} */ [from, to]) => place >= from && place < to;
  pen.save();
  pen.beginPath();
  pen.rect(frame.left, frame.top, frame.plotWidth, frame.plotHeight);
  pen.clip();
  pen.beginPath();
  for (const query of queries) {
    if (within(query, rows)) pen.rect(frame.left, topOf(frame, view, query), frame.plotWidth, height);
  }
  for (const key of keys) {
    if (within(key, columns)) pen.rect(leftOf(frame, view, key), frame.top, width, frame.plotHeight);
  }
  pen.clip();
  pen.fillStyle = theme.background;
  pen.fillRect(frame.left, frame.top, frame.plotWidth, frame.plotHeight);
  pen.fillStyle = theme.muted;
  for (let y = frame.top + APART / 2; y < frame.top + frame.plotHeight; y += APART) {
    for (let x = frame.left + APART / 2; x < frame.left + frame.plotWidth; x += APART) pen.fillRect(x - 0.5, y - 0.5, 1, 1);
  }
  pen.restore();
}
