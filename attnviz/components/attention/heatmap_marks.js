/**
 * Marks on a heatmap: rows, columns and cells that are pinned, or under the pointer, in this view or in another.
 *
 * @typedef {import("./heatmap_paint.js").Scene} Scene
 *
 * @typedef {{query: number | null, key: number | null}} Marks
 */

import { fitted, LINE } from "./axis_labels.js";
import { clearedPen } from "./elements.js";
import { leftOf, topOf } from "./heatmap_geometry.js";
import { labelFont } from "./heatmap_paint.js";

/**
 * Nothing of earlier marks stays.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Scene} scene
 * @param {{pinned: Marks, hover: Marks}} marks
 * @returns {void}
 */
export function paintMarks(canvas, scene, { pinned, hover }) {
  const pen = clearedPen(canvas, scene.frame);
  const { theme } = scene;
  markLabel(pen, scene, "query", pinned.query, theme.primary);
  markLabel(pen, scene, "key", pinned.key, theme.primary);
  markLabel(pen, scene, "query", hover.query, theme.text);
  markLabel(pen, scene, "key", hover.key, theme.text);
  pen.save();
  pen.beginPath();
  const { frame } = scene;
  pen.rect(frame.left - 2, frame.top - 2, frame.plotWidth + 4, frame.plotHeight + 4);
  pen.clip();
  markBands(pen, scene, pinned, theme.primary, 2);
  markBands(pen, scene, hover, theme.text, 1);
  pen.restore();
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Marks} marks
 * @param {string} colour
 * @param {number} width
 */
function markBands(pen, { frame, view, theme }, { query, key }, colour, width) {
  /** @type {[number, number, number, number][]} */
  const bands = [];
  const across = frame.cellWidth * view.zoom;
  const down = frame.cellHeight * view.zoom;
  const x = key === null ? 0 : leftOf(frame, view, key);
  const y = query === null ? 0 : topOf(frame, view, query);
  if (query !== null) bands.push([frame.left, y, frame.plotWidth, Math.max(1, down)]);
  if (key !== null) bands.push([x, frame.top, Math.max(1, across), frame.plotHeight]);
  const out = Math.min(across, down) < 12 ? 0.5 + width / 2 : 0; // around small cells, so that they stay seen
  // A halo of the page's own colour keeps the lines visible on every colour of a cell.
  for (const [line, style, alpha] of /** @type {[number, string, number][]} */ ([[width + 2, theme.background, 0.55], [width, colour, 0.9]])) {
    pen.lineWidth = line;
    pen.strokeStyle = style;
    pen.globalAlpha = alpha;
    for (const [left, top, wide, high] of bands) pen.strokeRect(left - out, top - out, wide + 2 * out, high + 2 * out);
    if (query !== null && key !== null) {
      pen.globalAlpha = 1;
      pen.lineWidth = line + 1;
      pen.strokeRect(x - out, y - out, Math.max(1, across) + 2 * out, Math.max(1, down) + 2 * out);
    }
  }
  pen.globalAlpha = 1;
}

/**
 * The name of a marked row or column in front of the others, also where it has none for want of room.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {"query" | "key"} axis
 * @param {number | null} position
 * @param {string} colour
 */
function markLabel(pen, scene, axis, position, colour) {
  if (position === null) return;
  const { frame, view, theme } = scene;
  const { labels, direction } = scene[axis];
  const edge = axis === "query" ? topOf(frame, view, position) : leftOf(frame, view, position);
  const size = view.zoom * (axis === "query" ? frame.cellHeight : frame.cellWidth);
  const [from, to] = axis === "query" ? [frame.top, frame.top + frame.plotHeight] : [frame.left, frame.left + frame.plotWidth];
  const centre = edge + size / 2;
  if (position >= labels.length || centre < from - 1 || centre > to + 1) return;
  pen.font = labelFont(theme, "600");
  const measure = (/** @type {string} */ text) => pen.measureText(text).width;
  const most = axis === "query" ? frame.left - 12 : 140;
  const text = fitted(labels[position], most, measure) || "·";
  const width = Math.max(8, measure(text)) + 8;
  const height = LINE + 4;
  let x = frame.left - 3 - width;
  let y = Math.max(0, Math.min(frame.height - height, centre - height / 2));
  if (axis === "key") {
    x = Math.max(0, Math.min(frame.width - width, centre - width / 2));
    y = frame.top - frame.strip - height - 1;
  }
  pen.fillStyle = theme.background;
  pen.strokeStyle = colour;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.roundRect(x + 0.5, y + 0.5, width - 1, height - 1, 4);
  pen.fill();
  pen.stroke();
  pen.fillStyle = theme.text;
  pen.direction = direction;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, x + width / 2, y + height / 2 + 0.5);
}
