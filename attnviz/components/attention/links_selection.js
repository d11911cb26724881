/**
 * Which links a map has: of each query, in each head, the strongest keys until they hold a share of its attention.
 * `attnviz/analysis/strongest.py` is the same in Python, and a test holds the two together.
 *
 * @typedef {import("./capture.js").Capture} Capture
 *
 * @typedef {object} Links in the order of heads, then queries, then from the strongest to the weakest
 * @property {Int32Array} heads
 * @property {Int32Array} queries rows of the head's cells
 * @property {Int32Array} keys columns of the head's cells
 * @property {Float32Array} weights
 * @property {number} maximum largest weight of these heads
 * @property {number[]} missing heads whose cells are not in the browser
 * @property {Side | null} query null where no cells are here
 * @property {Side | null} key
 *
 * @typedef {object} Side
 * @property {string[]} labels one a row
 * @property {Int32Array | null} starts first token of each row; null where each row is one token
 * @property {string} name of the axis
 * @property {"ltr" | "rtl"} direction
 */

/** Weights are single precision, where 0.7 is 0.69999999. As in `strongest.py`. */
const MASS_TOLERANCE = 1e-6;

/** More keys than a map that is sent has; with 32 bits of weight, still an integer that a double holds. */
const KEYS = 2 ** 20;

/**
 * Heads whose links are drawn: those that were switched on, else the chosen head, else (for their mean or maximum) all.
 *
 * @param {{heads: number[], head: number | "mean" | "max"}} state
 * @param {number} count heads of the map
 * @returns {number[]} ascending, at least one
 */
export function activeHeads({ heads, head }, count) {
  const there = [...new Set(heads)].filter((one) => one >= 0 && one < count).sort((one, other) => one - other);
  if (there.length) return there;
  return typeof head === "number" && head < count ? [head] : Array.from({ length: count }, (_, one) => one);
}

/**
 * @param {Capture} capture
 * @param {number} map
 * @param {number[]} heads ascending
 * @param {number} mass 0 to 1
 * @param {(head: number) => import("./capture.js").Matrix | null} [cellsOf] where the weights of a head are
 * @returns {Links}
 */
export function strongestLinks(capture, map, heads, mass, cellsOf = (head) => capture.cells(map, head)) {
  const found = { heads: [], queries: [], keys: [], weights: [] };
  const missing = [];
  let query = null;
  let key = null;
  let maximum = 0;
  for (const head of heads) {
    const matrix = cellsOf(head);
    if (!matrix) {
      missing.push(head);
      continue;
    }
    const info = capture.maps[map];
    query = query ?? sideOf(capture.axes[info.queryAxis], matrix.queryStarts, matrix.rows);
    key = key ?? sideOf(capture.axes[info.keyAxis], matrix.keyStarts, matrix.columns);
    const order = new Float64Array(matrix.columns);
    for (let row = 0; row < matrix.rows; row += 1) {
      const start = row * matrix.columns;
      const known = descending(matrix, start, order);
      const count = needed(matrix.values, order, known, start, mass);
      for (let place = 0; place < count; place += 1) {
        const key = keyAt(order, known, place);
        found.heads.push(head);
        found.queries.push(row);
        found.keys.push(key);
        found.weights.push(matrix.values[start + key]);
      }
    }
    if (matrix.maximum > maximum) maximum = matrix.maximum;
  }
  return {
    heads: Int32Array.from(found.heads),
    queries: Int32Array.from(found.queries),
    keys: Int32Array.from(found.keys),
    weights: Float32Array.from(found.weights),
    maximum, missing, query, key,
  };
}

/**
 * Places of the links of one token.
 *
 * @param {Links} links
 * @param {"query" | "key"} side
 * @param {number} row
 * @returns {number[]}
 */
export function linksOf(links, side, row) {
  const rows = side === "query" ? links.queries : links.keys;
  const places = [];
  for (let place = 0; place < rows.length; place += 1) if (rows[place] === row) places.push(place);
  return places;
}

/**
 * The strongest links, where there are more than can be told apart.
 *
 * @param {Links} links
 * @param {number} most
 * @returns {number[] | null} their places; null for all
 */
export function strongestFew({ weights }, most) {
  if (weights.length <= most) return null;
  const limit = Float32Array.from(weights).sort()[weights.length - most];
  const places = [];
  for (let place = 0; place < weights.length; place += 1) if (weights[place] > limit) places.push(place);
  for (let place = 0; places.length < most; place += 1) if (weights[place] === limit) places.push(place);
  return places;
}

/**
 * The row in which a token stands.
 *
 * @param {Side} side
 * @param {number | null} position
 * @returns {number | null}
 */
export function rowOf({ starts }, position) {
  if (position === null || !starts) return position;
  let row = 0;
  while (row + 1 < starts.length && starts[row + 1] <= position) row += 1;
  return row;
}

/**
 * Sorts the keys of a row: cells that may not attend, and zeros, are left out.
 *
 * The bits of two positive weights compare as the weights do, so weight and key make one number: numbers are sorted ten
 * times faster than by a function that compares. The earlier of two equal weights is the larger number.
 *
 * @param {import("./capture.js").Matrix} matrix
 * @param {number} start first cell of the row
 * @param {Float64Array} order filled with those numbers, smallest first
 * @returns {number} how many there are
 */
function descending({ values, columns }, start, order) {
  const bits = new Uint32Array(values.buffer, values.byteOffset + 4 * start, columns);
  let known = 0;
  for (let key = 0; key < columns; key += 1) {
    if (values[start + key] > 0) order[known++] = bits[key] * KEYS + (KEYS - 1 - key);
  }
  order.subarray(0, known).sort();
  return known;
}

/**
 * @param {Float64Array} order
 * @param {number} known
 * @param {number} place 0 for the strongest
 * @returns {number} the key
 */
function keyAt(order, known, place) {
  return KEYS - 1 - (order[known - 1 - place] % KEYS);
}

/**
 * @param {Float32Array} values
 * @param {Float64Array} order
 * @param {number} known
 * @param {number} start
 * @param {number} mass
 * @returns {number} how many of `order` hold `mass` of their sum
 */
function needed(values, order, known, start, mass) {
  let total = 0;
  for (let place = 0; place < known; place += 1) total += values[start + keyAt(order, known, place)];
  const wanted = mass * total - MASS_TOLERANCE;
  let sum = 0;
  let count = 0;
  while (count < known && (count === 0 || sum < wanted)) sum += values[start + keyAt(order, known, count++)];
  return count;
}

/**
 * @param {import("./capture.js").Axis} axis
 * @param {Int32Array | null} starts
 * @param {number} rows
 * @returns {Side}
 */
function sideOf(axis, starts, rows) {
  const labels = starts
    ? Array.from(starts, (start, row) => {
      const last = (row + 1 < rows ? starts[row + 1] : axis.labels.length) - 1;
      return last > start ? `${axis.labels[start]} … ${axis.labels[last]}` : axis.labels[start];
    })
    : axis.labels;
  return { labels, starts, name: axis.name, direction: axis.direction };
}
