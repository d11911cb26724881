/**
 * The two vectors and what is made of them, as bars: one column a component, several lines of columns where one is too long.
 *
 * @typedef {import("./neuron_numbers.js").Numbers} Numbers
 * @typedef {import("./colours.js").Theme} Theme
 *
 * @typedef {object} Strip one row of bars
 * @property {string} name
 * @property {ArrayLike<number>} values
 * @property {number} limit value of a bar that fills its row
 *
 * @typedef {object} Lines
 * @property {number} left pixels that names take
 * @property {number} step pixels of a column
 * @property {number} columns in a line
 * @property {number} count of lines
 * @property {number} lineHeight with the numbers of the components below
 * @property {number} height
 */

import { colourAt } from "./colours.js";
import { shortNumber } from "./scales.js";
import { productName } from "./neuron_words.js";

const ROW = 30;
const ROW_GAP = 5;
const TICKS = 15;
const LINE_GAP = 8;
const NARROWEST = 5;
const WIDEST = 26;
const LETTER = 6.6; // pixels of a letter of a name
const TICK_ROOM = 26;
const TICK_HALF = 9; // pixels from the middle of a number below to its end

/**
 * The rows that are shown: the query, the key, the learned factors where there are any, and what is summed.
 *
 * @param {Numbers} numbers
 * @returns {Strip[]}
 */
export function stripsOf(numbers) {
  const vectors = largestOf([numbers.query, numbers.key]);
  const strips = [
    { name: "q", values: numbers.query, limit: vectors },
    { name: "k", values: numbers.key, limit: vectors },
  ];
  if (numbers.factors) strips.push({ name: "f", values: numbers.factors, limit: largestOf([numbers.factors]) });
  return [...strips, { name: productName(numbers), values: numbers.products, limit: largestOf([numbers.products]) }];
}

/**
 * @param {number} size components
 * @param {number} width pixels
 * @param {Strip[]} strips
 * @returns {Lines}
 */
export function linesOf(size, width, strips) {
  const left = Math.ceil(Math.max(...strips.map(({ name }) => name.length)) * LETTER) + 10;
  const room = Math.max(NARROWEST, width - left);
  const columns = Math.min(size, Math.max(1, Math.floor(room / NARROWEST)));
  const count = Math.ceil(size / columns);
  const even = Math.ceil(size / count); // no last line of a few
  const step = Math.min(WIDEST, room / even);
  const lineHeight = strips.length * (ROW + ROW_GAP) + TICKS;
  return { left, step, columns: even, count, lineHeight, height: count * (lineHeight + LINE_GAP) - LINE_GAP };
}

/**
 * The place of the column at a point, or null beside them.
 *
 * @param {Lines} lines
 * @param {number} size
 * @param {number} x
 * @param {number} y
 */
export function placeAt({ left, step, columns, lineHeight }, size, x, y) {
  const column = Math.floor((x - left) / step);
  const line = Math.floor(y / (lineHeight + LINE_GAP));
  const place = line * columns + column;
  return column >= 0 && column < columns && line >= 0 && place < size ? place : null;
}

/**
 * @param {CanvasRenderingContext2D} pen in CSS pixels
 * @param {Lines} lines
 * @param {Strip[]} strips
 * @param {{order: number[], pointed: number | null, theme: Theme, colours: Uint32Array}} how `order`: the component of each
 *   column; `pointed`: the component that is marked
 */
export function paintStrips(pen, lines, strips, { order, pointed, theme, colours }) {
  const { left, step, columns, lineHeight } = lines;
  pen.font = `12px ${theme.font}`;
  pen.textBaseline = "middle";
  const every = Math.max(1, Math.ceil(TICK_ROOM / step));
  for (let line = 0; line < lines.count; line += 1) {
    const top = line * (lineHeight + LINE_GAP);
    const here = order.slice(line * columns, (line + 1) * columns);
    const mark = pointed === null ? -1 : here.indexOf(pointed);
    if (mark >= 0) {
      pen.fillStyle = theme.masked;
      pen.fillRect(left + mark * step, top, step, lineHeight - TICKS);
    }
    strips.forEach(({ name, values, limit }, index) => {
      const base = top + index * (ROW + ROW_GAP) + ROW / 2;
      pen.fillStyle = theme.text;
      pen.textAlign = "left";
      pen.fillText(name, 0, base);
      pen.fillStyle = theme.border;
      pen.fillRect(left, base - 0.5, here.length * step, 1);
      here.forEach((component, column) => {
        const unit = limit > 0 ? values[component] / limit : 0;
        if (unit === 0) return;
        // From a third of the colour on, so that a small bar is still seen.
        pen.fillStyle = colourAt(colours, 0.5 + Math.sign(unit) * (0.2 + 0.3 * Math.abs(unit)));
        const length = Math.max(1, Math.abs(unit) * (ROW / 2));
        const gap = step > 4 ? 1 : 0;
        pen.fillRect(left + column * step, unit > 0 ? base - length : base, step - gap, length);
      });
    });
    if (mark >= 0) {
      pen.strokeStyle = theme.primary;
      pen.lineWidth = 2;
      pen.strokeRect(left + mark * step, top + 1, step, lineHeight - TICKS - 2);
    }
    pen.fillStyle = theme.muted;
    pen.textAlign = "center";
    pen.font = `10px ${theme.font}`;
    here.forEach((component, column) => {
      if (column % every) return;
      const middle = Math.min(left + (column + 0.5) * step, left + here.length * step - TICK_HALF);
      pen.fillText(String(component + 1), middle, top + lineHeight - TICKS / 2);
    });
    pen.font = `12px ${theme.font}`;
  }
}

/**
 * Where the line of a column begins and ends.
 *
 * @param {Lines} lines
 * @param {number} place
 * @returns {[number, number]} pixels from the top
 */
export function lineAt({ columns, lineHeight }, place) {
  const top = Math.floor(place / columns) * (lineHeight + LINE_GAP);
  return [top, top + lineHeight];
}

/** @param {Strip[]} strips @returns {string} what a full bar stands for */
export function limitsWords(strips) {
  const [vectors] = strips;
  const products = strips[strips.length - 1];
  const factors = strips.length > 3 ? `, of f ${shortNumber(strips[2].limit)}` : "";
  return `A full bar of q and k is ±${shortNumber(vectors.limit)}${factors}, of ${products.name} ±${shortNumber(products.limit)}.`;
}

/** @param {ArrayLike<number>[]} vectors */
function largestOf(vectors) {
  let most = 0;
  for (const values of vectors) {
    for (let at = 0; at < values.length; at += 1) most = Math.max(most, Math.abs(values[at]));
  }
  return most;
}
