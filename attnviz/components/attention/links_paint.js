/**
 * Lines, labels and strips of the links on their canvases.
 *
 * @typedef {import("./links_layout.js").Geometry} Geometry
 * @typedef {import("./links_selection.js").Links} Links
 * @typedef {import("./links_selection.js").Side} Side
 */

import { fitted } from "./elements.js";
import { HEADING, ROW, middleOf, rowsSeen } from "./links_layout.js";

const LEVELS = 10;
const FONT = 13;
const HEADING_FONT = 12;
const NUMBER = 34;
const LEAST_NUMBER = 0.005; // what would be written as 0.00 is not written
const SPREAD = 15; // heads share the height of a row, so that none hides another
const NARROW = 480;

/**
 * Lines of the given links, faint ones first. Those that do not cross what is seen are left out.
 *
 * @typedef {object} Look
 * @property {string[]} colours one a head
 * @property {number[]} heads those that are shown: each has a height of its own in a row
 * @property {number} top weight of the strongest line
 * @property {number} from
 * @property {number} to
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Geometry} geometry
 * @param {Links} links
 * @param {number[] | null} places null for all
 * @param {Look} look
 */
export function paintLines(pen, geometry, links, places, { colours, heads, top, from, to }) {
  /** @type {Map<number, number[]>} */
  const alike = new Map();
  const count = places ? places.length : links.weights.length;
  const faintest = Math.max(0.04, Math.min(0.16, 80 / count)); // of many lines the faint ones would be a haze
  const step = Math.min(3, SPREAD / heads.length);
  const aside = new Map(heads.map((head, index) => [head, (index - (heads.length - 1) / 2) * step]));
  for (let index = 0; index < count; index += 1) {
    const place = places ? places[index] : index;
    const away = aside.get(links.heads[place]) ?? 0;
    const start = middleOf(geometry, "query", links.queries[place]) + away;
    const end = middleOf(geometry, "key", links.keys[place]) + away;
    if ((start < HEADING && end < HEADING) || (start > geometry.height && end > geometry.height)) continue;
    const level = Math.min(LEVELS - 1, Math.floor((links.weights[place] / top) * LEVELS));
    const kind = level * 1024 + (links.heads[place] % 1024);
    const known = alike.get(kind);
    if (known) known.push(start, end);
    else alike.set(kind, [start, end]);
  }
  pen.save();
  pen.beginPath();
  pen.rect(0, HEADING, geometry.width, geometry.height - HEADING);
  pen.clip();
  for (const kind of [...alike.keys()].sort((one, other) => one - other)) {
    const strength = (Math.floor(kind / 1024) + 0.5) / LEVELS;
    pen.strokeStyle = colours[kind % 1024];
    pen.globalAlpha = faintest + (0.95 - faintest) * strength;
    pen.lineWidth = 0.75 + Math.min(2.25, step) * strength;
    pen.beginPath();
    const ends = /** @type {number[]} */ (alike.get(kind));
    for (let index = 0; index < ends.length; index += 2) {
      pen.moveTo(from, ends[index]);
      pen.lineTo(to, ends[index + 1]);
    }
    pen.stroke();
  }
  pen.restore();
}

/**
 * Labels of both sides, what is pinned, pointed at and in focus.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Geometry} geometry
 * @param {import("./colours.js").Theme} theme
 * @param {Record<"query" | "key", {side: Side, title: string, pinned: number | null, pointed: number | null, cursor: number | null}>} sides
 */
export function paintLabels(pen, geometry, theme, sides) {
  pen.textBaseline = "middle";
  for (const name of /** @type {("query" | "key")[]} */ (["query", "key"])) {
    const { side, title, pinned, pointed, cursor } = sides[name];
    const left = name === "query";
    const width = (left ? geometry.left : geometry.right) - 7;
    const box = left ? 0 : geometry.width - width;
    const edge = left ? width - 4 : box + 4;
    pen.save();
    pen.textAlign = left ? "right" : "left";
    pen.beginPath();
    pen.rect(0, HEADING, geometry.width, geometry.height - HEADING);
    pen.clip();
    const [first, last] = rowsSeen(geometry, name);
    for (let row = first; row < last; row += 1) {
      const middle = middleOf(geometry, name, row);
      if (row === pointed || row === pinned) {
        pen.fillStyle = row === pinned ? theme.primary : theme.text;
        pen.globalAlpha = row === pinned ? 0.2 : 0.12;
        pen.fillRect(box, middle - ROW / 2 + 1, width, ROW - 2);
        pen.globalAlpha = 1;
      }
      if (row === pinned) {
        pen.fillStyle = theme.primary;
        pen.fillRect(left ? width - 3 : box, middle - ROW / 2 + 1, 3, ROW - 2);
      }
      if (row === cursor) {
        pen.strokeStyle = theme.text;
        pen.lineWidth = 2;
        pen.strokeRect(box + 1, middle - ROW / 2 + 1, width - 2, ROW - 2);
      }
      pen.font = `${row === pinned ? "600 " : ""}${FONT}px ${theme.font}`;
      pen.fillStyle = theme.text;
      pen.direction = side.direction;
      pen.fillText(label(pen, side.labels[row], width - 8), edge, middle + 0.5);
    }
    pen.restore();
    pen.direction = "ltr";
    pen.font = `${HEADING_FONT}px ${theme.font}`;
    pen.fillStyle = theme.muted;
    const short = label(pen, title, geometry.width / 2 - 12);
    const over = pen.measureText(short).width > width - 4; // a title that is longer than its labels runs on inwards
    pen.textAlign = left === over ? "left" : "right";
    pen.fillText(short, over ? (left ? 4 : geometry.width - 4) : edge, HEADING / 2);
  }
}

/**
 * What one token has to do with those of the other side: a strip with a cell a head, and the mean as a number.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Geometry} geometry
 * @param {import("./colours.js").Theme} theme
 * @param {"query" | "key"} side whose tokens get a strip
 * @param {{weights: (row: number) => number[], colours: string[], top: number}} of `weights`: one for each shown head
 */
export function paintStrips(pen, geometry, theme, side, { weights, colours, top }) {
  const cell = cellWidth(colours.length, geometry.width);
  const width = stripWidth(colours.length, geometry.width);
  const start = side === "query" ? geometry.left : geometry.width - geometry.right - width + 4;
  const number = side === "query" ? start : start + width - 6;
  const cells = side === "query" ? start + NUMBER : start;
  pen.save();
  pen.beginPath();
  pen.rect(0, HEADING, geometry.width, geometry.height - HEADING);
  pen.clip();
  pen.textBaseline = "middle";
  pen.textAlign = side === "query" ? "left" : "right";
  pen.font = `12px ${theme.font}`;
  const [first, last] = rowsSeen(geometry, side);
  for (let row = first; row < last; row += 1) {
    const middle = middleOf(geometry, side, row);
    const values = weights(row);
    const known = values.filter((value) => !Number.isNaN(value));
    values.forEach((value, index) => {
      if (!(value > 0)) return;
      pen.globalAlpha = Math.min(1, value / top);
      pen.fillStyle = colours[index];
      pen.fillRect(cells + index * cell, middle - 8, cell - (cell > 3 ? 1 : 0), 16);
    });
    pen.globalAlpha = 1;
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
    if (!(mean >= LEAST_NUMBER)) continue;
    pen.fillStyle = theme.text;
    pen.fillText(mean.toFixed(2), number, middle + 0.5);
  }
  pen.restore();
  if (colours.length < 2) return;
  pen.font = `${HEADING_FONT}px ${theme.font}`;
  pen.fillStyle = theme.muted;
  pen.textAlign = side === "query" ? "left" : "right";
  pen.fillText("mean", number, HEADING / 2);
}

/**
 * @param {number} heads
 * @param {number} width of the whole view
 * @returns {number} pixels that a strip and its number take
 */
export function stripWidth(heads, width) {
  return heads * cellWidth(heads, width) + NUMBER + 6;
}

/** @param {number} heads @param {number} width */
function cellWidth(heads, width) {
  const [room, most] = width < NARROW ? [36, 6] : [72, 9];
  return Math.max(2, Math.min(most, Math.floor(room / heads)));
}

/** @type {Map<string, string>} */
const shortened = new Map();

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {string} text
 * @param {number} width
 */
function label(pen, text, width) {
  const name = `${pen.font} ${Math.floor(width)} ${text}`;
  let short = shortened.get(name);
  if (short === undefined) {
    short = fitted(text, (tried) => pen.measureText(tried).width <= width);
    if (shortened.size > 5000) shortened.clear();
    shortened.set(name, short);
  }
  return short;
}
