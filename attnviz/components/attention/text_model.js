import { labelsOf } from "./capture.js";
import { wordLabels } from "./text_pieces.js";
import { columnOf, isPooled, mergeWords, receivedOf, rowOf } from "./text_values.js";

/**
 * What of a capture the text view shows: tokens or words on either side, and the weights between them.
 *
 * @typedef {import("./capture.js").Capture} Capture
 * @typedef {import("./capture.js").Matrix} Matrix
 * @typedef {import("./store.js").State} State
 *
 * @typedef {object} Side queries or keys, as tokens or as words
 * @property {string} axis
 * @property {string} direction
 * @property {string[]} labels tokens
 * @property {number[] | null} words first token of each word, where words are shown
 * @property {string[]} names what is shown: words, or else tokens
 *
 * @typedef {object} Model what the chosen map, head and form of tokens come to
 * @property {Matrix | null} matrix null while its cells are on their way
 * @property {Side} query
 * @property {Side} key
 * @property {boolean} same whether queries and keys are the same tokens
 * @property {boolean} single whether one query stands for all
 * @property {boolean} joinable whether tokens can be joined into words
 * @property {Float32Array | null} received
 */

/**
 * @param {Capture} capture
 * @param {State} state
 * @returns {Model}
 */
export function modelOf(capture, state) {
  const info = capture.maps[state.map];
  const { query: queries, key: keys, sameAxis: same } = labelsOf(capture, state.map);
  const cells = capture.cells(state.map, state.head);
  const joinable = [info.queryAxis, info.keyAxis].some((axis) => capture.axes[axis].words) && !(cells && isPooled(cells));
  const side = (/** @type {number} */ axis, /** @type {string[]} */ labels) => {
    const { name, direction, words } = capture.axes[axis];
    const shownWords = joinable && state.words ? words : null;
    return { axis: name, direction, labels, words: shownWords, names: shownWords ? wordLabels(labels, shownWords) : labels };
  };
  const query = side(info.queryAxis, queries);
  const key = side(info.keyAxis, keys);
  const matrix = cells && (query.words || key.words) ? mergeWords(cells, query.words, key.words) : cells;
  return {
    matrix, query, key, same, joinable,
    single: queries.length === 1 && !same,
    received: matrix && receivedOf(matrix, key.names.length),
  };
}

/**
 * What a query attends to: exact weights, and where only pooled ones are here, those of its neighbourhood.
 *
 * @param {Model} model
 * @param {Matrix | null} exact cells of a window of a pooled matrix
 * @param {number} query
 * @returns {Float32Array} `[key]`
 */
export function rowValues(model, exact, query) {
  const values = rowOf(/** @type {Matrix} */ (model.matrix), query, model.key.names.length);
  const row = exact ? query - exact.top : -1;
  if (!exact || row < 0 || row >= exact.rows) return values;
  const whole = values.slice();
  whole.set(exact.values.subarray(row * exact.columns, (row + 1) * exact.columns), exact.left);
  return whole;
}

/**
 * What attends to a key, in the same way.
 *
 * @param {Model} model
 * @param {Matrix | null} exact
 * @param {number} key
 * @returns {Float32Array} `[query]`
 */
export function columnValues(model, exact, key) {
  const values = columnOf(/** @type {Matrix} */ (model.matrix), key, model.query.names.length);
  const column = exact ? key - exact.left : -1;
  if (exact && column >= 0 && column < exact.columns) values.set(columnOf(exact, column, exact.rows), exact.top);
  return values;
}
