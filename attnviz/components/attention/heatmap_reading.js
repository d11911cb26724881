/**
 * What a heatmap says of a cell, a row or a column, in words and numbers.
 *
 * @typedef {import("./heatmap_geometry.js").Place} Place
 * @typedef {import("./heatmap_paint.js").Scene} Scene
 *
 * @typedef {object} Reading
 * @property {{axis: string, position: string, label: string}[]} names of the query and the key
 * @property {string} value
 * @property {string} note what the value is, beside it
 * @property {{name: string, value: string}[]} facts of its row, column and diagonal
 * @property {string} spoken all of it in a sentence
 */

import { extentOf, groupAt, isPooled } from "./heatmap_cells.js";
import { knownMarginals } from "./heatmap_scene.js";
import { diagonalMean, rankOf } from "./marginals.js";
import { capital, exactly, shown } from "./sentence.js";

const MANY = 4; // tokens of a pooled cell that are named one by one

/**
 * @param {Scene} scene
 * @param {Place} place
 * @param {boolean} sameAxis
 * @returns {Reading}
 */
export function readingOf(scene, { part, query, key }, sameAxis) {
  const marginals = knownMarginals(scene.matrix);
  /** @type {Reading["facts"]} */
  const facts = [];
  if (marginals && query !== null) {
    facts.push({ name: "Sum of row", value: number(marginals.sums[query]) });
    const entropy = marginals.entropies[query];
    const known = !Number.isNaN(entropy);
    facts.push({ name: "Entropy", value: known ? `${entropy.toFixed(2)} nats` : "–" });
    facts.push({ name: "Effective keys", value: known ? Math.exp(entropy).toFixed(1) : "–" });
  }
  if (marginals && key !== null) facts.push({ name: "Received, mean", value: number(marginals.received[key]) });
  if (marginals && sameAxis && query !== null && key !== null) {
    facts.push({ name: diagonalName(key - query), value: number(diagonalMean(scene.matrix, marginals, key - query)) });
  }
  const cell = part === "cell" && query !== null && key !== null ? cellOf(scene, query, key) : null;
  const names = [];
  const span = cell?.span;
  if (query !== null) names.push(nameOf("Query", scene.query.labels, span ? span.queries : [query, query + 1]));
  if (key !== null) names.push(nameOf("Key", scene.key.labels, span ? span.keys : [key, key + 1]));
  const whose = names.map(({ axis, position, label }) => `${axis.toLowerCase()} ${position}, ${label}`).join("; ");
  const spoken = cell ? `${capital(whose)}: ${cell.value}${cell.note ? `, ${cell.note}` : ""}.` : `${capital(whose)}.`;
  return { names, value: cell?.value ?? "", note: cell?.note ?? "", facts, spoken };
}

/**
 * The strongest weight, for as long as nothing is pointed at.
 *
 * @param {Scene} scene
 * @returns {Place | null}
 */
export function strongestPlace(scene) {
  const strongest = knownMarginals(scene.matrix)?.strongest;
  return strongest ? { part: "cell", query: strongest.row, key: strongest.column } : null;
}

/**
 * @param {Scene} scene
 * @param {number} query
 * @param {number} key
 * @returns {{value: string, note: string, span: {queries: [number, number], keys: [number, number]} | null}}
 */
function cellOf(scene, query, key) {
  const exact = exactAt(scene, query, key);
  if (exact) {
    const { matrix, row, column } = exact;
    const value = matrix.values[row * matrix.columns + column];
    if (Number.isNaN(value)) return { value: "may not attend", note: "", span: null };
    const whole = matrix === scene.matrix;
    const { rank, of } = rankOf(matrix, row, column);
    return { value: exactly(value, matrix), note: whole ? `rank ${rank} of ${of}` : "", span: null };
  }
  const { matrix, frame } = scene;
  const queries = groupOf(matrix.queryStarts, query, matrix.top, frame.rows);
  const keys = groupOf(matrix.keyStarts, key, matrix.left, frame.columns);
  const value = matrix.values[queries.index * matrix.columns + keys.index];
  const size = `${queries.span[1] - queries.span[0]}×${keys.span[1] - keys.span[0]}`;
  return {
    value: Number.isNaN(value) ? "may not attend" : exactly(value, matrix),
    note: `largest of ${size} cells`,
    span: { queries: queries.span, keys: keys.span },
  };
}

/**
 * Where the single weight of a query and a key is; null where only pooled cells are here.
 *
 * @param {Scene} scene
 * @param {number} query
 * @param {number} key
 */
function exactAt(scene, query, key) {
  for (const matrix of [scene.matrix, scene.window]) {
    if (!matrix || isPooled(matrix)) continue;
    const { top, left, bottom, right } = extentOf(matrix, scene.frame);
    if (query >= top && query < bottom && key >= left && key < right) return { matrix, row: query - top, column: key - left };
  }
  return null;
}

/**
 * @param {Int32Array | null} starts
 * @param {number} position
 * @param {number} origin
 * @param {number} end
 * @returns {{index: number, span: [number, number]}}
 */
function groupOf(starts, position, origin, end) {
  if (!starts) return { index: position - origin, span: [position, position + 1] };
  const index = groupAt(starts, position);
  return { index, span: [starts[index], index + 1 < starts.length ? starts[index + 1] : end] };
}

/**
 * @param {string} axis
 * @param {string[]} labels
 * @param {[number, number]} span
 */
function nameOf(axis, labels, [from, to]) {
  const position = to - from === 1 ? `${from + 1}` : `${from + 1} to ${to}`;
  const named = labels.slice(from, Math.min(to, from + MANY)).join(" ");
  return { axis, position, label: to - from > MANY ? `${named} …` : named };
}

/** @param {number} offset */
function diagonalName(offset) {
  const sign = offset < 0 ? "−" : "+";
  return offset === 0 ? "Diagonal, mean" : `Diagonal ${sign}${Math.abs(offset)}, mean`;
}

/** @param {number} value */
function number(value) {
  return Number.isNaN(value) ? "–" : shown(value);
}
