import { labelsOf } from "./capture.js";
import { isPooled, largest, receivedOf, rowOf } from "./text_values.js";

/**
 * What the image view shows: the picture, the parts that the keys of the chosen map stand for, and their values.
 *
 * @typedef {import("./capture.js").Capture} Capture
 * @typedef {import("./store.js").State} State
 * @typedef {[number, number, number, number]} Box row, column, height and width in pixels; height 0: no part of the picture
 *
 * @typedef {object} Picture as `picture_extra` of Python makes it
 * @property {number} rows
 * @property {number} columns
 * @property {boolean} colours
 * @property {number[]} light 0 to 255
 * @property {Record<string, {boxes: Box[], names: string[]}>} axes
 *
 * @typedef {object} ImageModel
 * @property {Box[]} boxes one a key; empty where the keys are no parts of the picture
 * @property {string[]} names one a key
 * @property {string[]} queries names of the queries
 * @property {boolean} same whether keys and queries are the same places
 * @property {boolean} single whether there is but one query
 * @property {import("./capture.js").Matrix | null} matrix null while its cells are on their way
 */

/**
 * @param {Capture} capture
 * @param {State} state
 * @param {Picture | undefined} picture
 * @returns {ImageModel}
 */
export function imageModel(capture, state, picture) {
  const { queryAxis, keyAxis, queries, keys } = capture.maps[state.map];
  const { query, sameAxis: same } = labelsOf(capture, state.map);
  const placed = picture?.axes[capture.axes[keyAxis].name];
  const known = placed && placed.names.length === keys ? placed : { boxes: [], names: [] };
  const asked = picture?.axes[capture.axes[queryAxis].name];
  return {
    boxes: known.boxes,
    names: known.names,
    queries: asked && asked.names.length === queries ? asked.names : query,
    same,
    single: queries === 1,
    matrix: capture.cells(state.map, state.head),
  };
}

/**
 * The query whose attention is shown; null for the mean over all.
 *
 * @param {ImageModel} model
 * @param {State} state
 */
export function shownQuery(model, { query, hover }) {
  return model.single ? 0 : query ?? hover.query;
}

/**
 * Attention to each key, and the largest value that the colours have to show.
 *
 * @param {ImageModel} model
 * @param {number | null} query
 * @returns {{values: Float32Array, weights: {values: Float32Array, maximum: number}} | null}
 */
export function shownValues({ matrix, names }, query) {
  if (!matrix) return null;
  if (query !== null) return { values: rowOf(matrix, query, names.length), weights: matrix };
  const values = receivedOf(matrix, names.length);
  return { values, weights: { values, maximum: largest(values) } };
}

/** @param {ImageModel} model */
export function arePooled({ matrix }) {
  return matrix !== null && isPooled(matrix);
}

/**
 * The key at a point of the picture, in pixels; null where there is none.
 *
 * @param {Box[]} boxes
 * @param {number} down
 * @param {number} across
 */
export function keyAt(boxes, down, across) {
  const found = boxes.findIndex(([row, column, height, width]) =>
    down >= row && down < row + height && across >= column && across < column + width);
  return found < 0 ? null : found;
}

/**
 * The key that an arrow leads to: the nearest whose middle lies in that direction, those straight ahead first.
 *
 * @param {Box[]} boxes
 * @param {number | null} from
 * @param {string} arrow
 * @returns {number | null} where there is nothing further, `from`
 */
export function keyBeside(boxes, from, arrow) {
  const first = boxes.findIndex((box) => box[2] > 0);
  if (from === null || !boxes[from]?.[2]) return first < 0 ? null : first;
  const [down, across] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[arrow] ?? [0, 0];
  const [row, column] = middleOf(boxes[from]);
  let best = from;
  let least = Infinity;
  boxes.forEach((box, key) => {
    if (!box[2] || key === from) return;
    const [to, beside] = middleOf(box);
    const ahead = (to - row) * down + (beside - column) * across;
    const aside = Math.abs((to - row) * across) + Math.abs((beside - column) * down);
    const far = ahead + 2 * aside;
    if (ahead > 0.5 && aside <= ahead && far < least) {
      best = key;
      least = far;
    }
  });
  return best;
}

/** @param {Box} box */
function middleOf([row, column, height, width]) {
  return [row + height / 2, column + width / 2];
}
