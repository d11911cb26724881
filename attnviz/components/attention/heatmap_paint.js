/**
 * Paints a heatmap: cells, their numbers, labels and strips. What is pinned or under the pointer is painted by
 * heatmap_marks.js on a canvas above this one, so that a moving pointer never repaints a cell.
 *
 * @typedef {import("./capture.js").Matrix} Matrix
 * @typedef {import("./colours.js").Theme} Theme
 * @typedef {import("./heatmap_cells.js").Look} Look
 * @typedef {import("./heatmap_cells.js").Tile} Tile
 * @typedef {import("./heatmap_geometry.js").Frame} Frame
 * @typedef {import("./heatmap_geometry.js").View} View
 * @typedef {import("./marginals.js").Marginals} Marginals
 *
 * @typedef {object} AxisText
 * @property {string[]} labels
 * @property {"ltr" | "rtl"} direction
 * @property {string} title
 *
 * @typedef {object} Scene all that is to be seen
 * @property {Matrix} matrix
 * @property {Matrix | null} window exact cells over a pooled matrix
 * @property {boolean} masked whether any cell may not attend
 * @property {Look} look
 * @property {Frame} frame
 * @property {View} view
 * @property {number} ratio device pixels a CSS pixel
 * @property {Theme} theme
 * @property {AxisText} query
 * @property {AxisText} key
 * @property {Marginals | null} marginals
 * @property {{overview: Tile | null, window: Tile | null}} tiles painted before, kept here
 */

import { allLevel, fitted, labelsFor, LINE, SLANTED_LINE } from "./axis_labels.js";
import { readableOn } from "./colours.js";
import { clearedPen } from "./elements.js";
import { drawCells, extentOf } from "./heatmap_cells.js";
import { leftOf, seen, topOf } from "./heatmap_geometry.js";
import { drawStrip } from "./marginals.js";

const SIZE = 12; // of labels, pixels
const NUMBERED_WIDTH = 34;
const NUMBERED_HEIGHT = 18;
const LINED = 10; // cells of at least so many pixels are set apart
const SLANTED_LENGTH = 92;

/**
 * @param {Theme} theme
 * @param {string} [weight]
 * @returns {string} font of labels, as a canvas takes it
 */
export function labelFont(theme, weight = "400") {
  return `${weight} ${SIZE}px ${theme.font}`;
}

/**
 * Cells, numbers, labels and strips. Nothing of an earlier scene stays.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Scene} scene
 * @returns {void}
 */
export function paintScene(canvas, scene) {
  const pen = clearedPen(canvas, scene.frame);
  const { frame, theme } = scene;
  pen.save();
  pen.beginPath();
  pen.rect(frame.left, frame.top, frame.plotWidth, frame.plotHeight);
  pen.clip();
  if (scene.masked) hatch(pen, scene);
  scene.tiles.overview = drawCells(pen, scene.matrix, scene.look, frame, scene.view, scene.ratio, scene.tiles.overview);
  if (scene.window) drawWindow(pen, scene, scene.window);
  const width = frame.cellWidth * scene.view.zoom;
  const height = frame.cellHeight * scene.view.zoom;
  if (Math.min(width, height) >= LINED) drawLines(pen, scene);
  if (width >= NUMBERED_WIDTH && height >= NUMBERED_HEIGHT) drawNumbers(pen, scene);
  pen.restore();
  pen.strokeStyle = theme.border;
  pen.lineWidth = 1;
  pen.strokeRect(frame.left - 0.5, frame.top - 0.5, frame.plotWidth + 1, frame.plotHeight + 1);
  drawQueryLabels(pen, scene);
  drawKeyLabels(pen, scene);
  if (frame.strip > 0 && scene.marginals) drawStrips(pen, scene, scene.marginals);
}

/**
 * Whether the labels above the columns are level, not at 45°.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @returns {boolean}
 */
export function keysAreLevel(pen, scene) {
  pen.font = labelFont(scene.theme);
  const cell = scene.frame.cellWidth * scene.view.zoom;
  return allLevel(scene.key.labels, seen(scene.frame, scene.view).columns, cell, (text) => pen.measureText(text).width);
}

/**
 * The ground of cells that may not attend.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 */
function hatch(pen, { frame, theme }) {
  pen.fillStyle = theme.masked;
  pen.fillRect(frame.left, frame.top, frame.plotWidth, frame.plotHeight);
  pen.strokeStyle = theme.hatch;
  pen.lineWidth = 1;
  pen.beginPath();
  for (let across = -frame.plotHeight; across < frame.plotWidth; across += 6) {
    pen.moveTo(frame.left + across, frame.top + frame.plotHeight);
    pen.lineTo(frame.left + across + frame.plotHeight, frame.top);
  }
  pen.stroke();
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Matrix} window
 */
function drawWindow(pen, scene, window) {
  const { frame, view, theme } = scene;
  const { top, left, bottom, right } = extentOf(window, frame);
  pen.fillStyle = theme.masked;
  const x = leftOf(frame, view, left);
  const y = topOf(frame, view, top);
  pen.fillRect(x, y, leftOf(frame, view, right) - x, topOf(frame, view, bottom) - y);
  scene.tiles.window = drawCells(pen, window, scene.look, frame, view, scene.ratio, scene.tiles.window);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 */
function drawLines(pen, { frame, view, theme }) {
  const { rows, columns } = seen(frame, view);
  pen.strokeStyle = theme.background;
  pen.globalAlpha = 0.6;
  pen.lineWidth = 1;
  pen.beginPath();
  for (let key = columns[0] + 1; key < columns[1]; key += 1) {
    const x = leftOf(frame, view, key);
    pen.moveTo(x, frame.top);
    pen.lineTo(x, frame.top + frame.plotHeight);
  }
  for (let query = rows[0] + 1; query < rows[1]; query += 1) {
    const y = topOf(frame, view, query);
    pen.moveTo(frame.left, y);
    pen.lineTo(frame.left + frame.plotWidth, y);
  }
  pen.stroke();
  pen.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 */
function drawNumbers(pen, scene) {
  const { frame, view, look } = scene;
  const matrix = exactMatrix(scene);
  if (!matrix) return;
  const extent = extentOf(matrix, frame);
  const { rows, columns } = seen(frame, view);
  const write = look.write ?? ((/** @type {number} */ value) => value.toFixed(2));
  const width = frame.cellWidth * view.zoom;
  const height = frame.cellHeight * view.zoom;
  pen.font = `500 11px ${scene.theme.font}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.direction = "ltr";
  for (let query = Math.max(rows[0], extent.top); query < Math.min(rows[1], extent.bottom); query += 1) {
    for (let key = Math.max(columns[0], extent.left); key < Math.min(columns[1], extent.right); key += 1) {
      const value = matrix.values[(query - matrix.top) * matrix.columns + key - matrix.left];
      if (Number.isNaN(value)) continue;
      pen.fillStyle = readableOn(look.colours[(look.scale(value) * 255 + 0.5) | 0]);
      pen.fillText(write(value), leftOf(frame, view, key) + width / 2, topOf(frame, view, query) + height / 2 + 0.5);
    }
  }
}

/**
 * @param {Scene} scene
 * @returns {Matrix | null} the one whose cells are single weights
 */
function exactMatrix({ matrix, window }) {
  return matrix.queryStarts || matrix.keyStarts ? window : matrix;
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 */
function drawQueryLabels(pen, scene) {
  const { frame, view, theme, query } = scene;
  pen.font = labelFont(theme);
  const cell = frame.cellHeight * view.zoom;
  const labels = labelsFor({
    labels: query.labels,
    seen: seen(frame, view).rows,
    cell,
    edge: (position) => topOf(frame, view, position),
    limits: [frame.top + Math.min(6, frame.plotHeight / 2), frame.top + frame.plotHeight - Math.min(6, frame.plotHeight / 2)],
    line: LINE,
    room: () => frame.left - 8,
  }, (text) => pen.measureText(text).width);
  pen.fillStyle = theme.text;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  pen.direction = query.direction;
  for (const { text, centre } of labels) pen.fillText(text, frame.left - 7, centre + 0.5);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 */
function drawKeyLabels(pen, scene) {
  const { frame, view, theme, key } = scene;
  const level = keysAreLevel(pen, scene);
  const cell = frame.cellWidth * view.zoom;
  const base = frame.top - frame.strip - 7;
  const high = base - 2; // pixels above the foot of the labels
  const labels = labelsFor({
    labels: key.labels,
    seen: seen(frame, view).columns,
    cell,
    edge: (position) => leftOf(frame, view, position),
    limits: [frame.left + (level ? cell / 2 - 1 : 4), frame.left + frame.plotWidth - (level ? cell / 2 - 1 : 2)],
    line: level ? 1 : SLANTED_LINE,
    room: (centre) => level ? cell : Math.min(SLANTED_LENGTH, (frame.width - centre - 8) * Math.SQRT2, (high - 8) * Math.SQRT2),
  }, (text) => pen.measureText(text).width);
  pen.fillStyle = theme.text;
  pen.textBaseline = "middle";
  pen.direction = key.direction;
  pen.textAlign = level ? "center" : "left";
  for (const { text, centre } of labels) {
    if (level) {
      pen.fillText(text, centre, base - 3);
      continue;
    }
    pen.save();
    pen.translate(centre, base);
    pen.rotate(-Math.PI / 4);
    pen.fillText(text, 0, 0);
    pen.restore();
  }
  drawTitles(pen, scene);
}

/**
 * Which way the queries and the keys run, in the corner between their labels.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 */
function drawTitles(pen, { frame, theme, query, key }) {
  pen.fillStyle = theme.muted;
  pen.font = `400 11px ${theme.font}`;
  pen.direction = "ltr";
  pen.textAlign = "right";
  pen.textBaseline = "alphabetic";
  const measure = (/** @type {string} */ text) => pen.measureText(text).width;
  const arrow = measure(" →");
  const foot = frame.top - 6;
  pen.fillText(`${fitted(key.title, frame.left - 10 - arrow, measure)} →`, frame.left - 7, foot - 13);
  pen.fillText(`${fitted(query.title, frame.left - 10 - arrow, measure)} ↓`, frame.left - 7, foot);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Marginals} marginals
 */
function drawStrips(pen, { frame, view, theme }, marginals) {
  const { rows, columns } = seen(frame, view);
  pen.fillStyle = theme.muted;
  pen.globalAlpha = 0.75;
  drawStrip(pen, {
    values: marginals.received,
    largest: marginals.largestReceived,
    seen: columns,
    edge: (position) => leftOf(frame, view, position),
    base: frame.top - 3,
    size: -(frame.strip - 6),
    along: "columns",
    limits: [frame.left, frame.left + frame.plotWidth],
  });
  drawStrip(pen, {
    values: marginals.entropies,
    largest: Math.log(Math.max(2, frame.columns)),
    seen: rows,
    edge: (position) => topOf(frame, view, position),
    base: frame.left + frame.plotWidth + 3,
    size: frame.strip - 6,
    along: "rows",
    limits: [frame.top, frame.top + frame.plotHeight],
  });
  pen.globalAlpha = 1;
}
