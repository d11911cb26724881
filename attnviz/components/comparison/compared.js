/**
 * A, B and their difference, read from the bytes that Python sent: a capture with three maps.
 *
 * @typedef {import("../attention/capture.js").Capture} Capture
 * @typedef {import("../attention/capture.js").Matrix} Matrix
 *
 * @typedef {object} Gaps places that stand for no token of a side
 * @property {number[]} queries
 * @property {number[]} keys
 *
 * @typedef {object} Compared
 * @property {string} id
 * @property {Capture} capture its three maps: A, B, B − A
 * @property {[string, string]} titles what A and B are
 * @property {string} description
 * @property {number} largest absolute difference
 * @property {"linear" | "log" | "rank"} scale of A and B
 * @property {{values: Float32Array, maximum: number}} weights those of A and B together: they have one scale
 * @property {boolean} pooled whether a cell is the largest of several weights
 * @property {Gaps[]} gaps of each map
 * @property {boolean[]} masked of each map, whether a cell that is no gap has no weight
 */

import { openCapture } from "../attention/capture.js";

/** Positions of the three maps. */
export const FIRST = 0;
export const SECOND = 1;
export const DIFFERENCE = 2;

/**
 * @param {{meta: any, cells: Uint8Array}} data
 * @returns {Compared}
 */
export function openCompared({ meta, cells }) {
  const capture = openCapture({ meta, cells });
  /** @type {Map<number, Matrix | null>} */
  const shared = new Map();
  // A and B have one scale: each says the largest weight of both.
  const cellsOf = (/** @type {number} */ map) => {
    if (!shared.has(map)) {
      const matrix = capture.cells(map, 0);
      shared.set(map, matrix && { ...matrix, maximum: meta.maximum });
    }
    return shared.get(map) ?? null;
  };
  return {
    id: meta.id,
    capture: { ...capture, cells: cellsOf },
    titles: meta.titles,
    description: meta.description,
    largest: meta.largest,
    scale: meta.scale,
    pooled: meta.pooled,
    weights: { values: together([cellsOf(FIRST), cellsOf(SECOND)]), maximum: meta.maximum },
    gaps: meta.gaps,
    masked: meta.masked,
  };
}

/** @param {(Matrix | null)[]} matrices */
function together(matrices) {
  const parts = matrices.map((matrix) => matrix?.values ?? new Float32Array(0));
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((start, part) => {
    values.set(part, start);
    return start + part.length;
  }, 0);
  return values;
}
