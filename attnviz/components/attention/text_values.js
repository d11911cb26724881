/**
 * What one token attends to, what attends to it, and the mean: numbers out of a matrix. Where the matrix is pooled, a token
 * gets the number of the group that it belongs to.
 *
 * @typedef {import("./capture.js").Matrix} Matrix
 *
 * @typedef {object} Values
 * @property {Float32Array} values one a token; NaN where attention is masked
 * @property {number} maximum
 */

/**
 * Attention between words: summed over the keys of a word, averaged over its queries, as `merge_words` of Python has it.
 *
 * @param {Matrix} matrix every cell
 * @param {number[] | null} queryWords first query of each word, ascending from 0; null leaves queries as they are
 * @param {number[] | null} keyWords
 * @returns {Matrix}
 */
export function mergeWords(matrix, queryWords, keyWords) {
  const rowWord = wordOfEach(queryWords, matrix.rows);
  const columnWord = wordOfEach(keyWords, matrix.columns);
  const rows = queryWords?.length ?? matrix.rows;
  const columns = keyWords?.length ?? matrix.columns;
  const sums = new Float64Array(rows * columns);
  const allowed = new Uint8Array(rows * columns);
  const attending = new Uint32Array(rows);
  for (let row = 0; row < matrix.rows; row += 1) {
    const from = row * matrix.columns;
    const to = rowWord[row] * columns;
    let total = 0;
    for (let column = 0; column < matrix.columns; column += 1) {
      const value = matrix.values[from + column];
      if (Number.isNaN(value)) continue;
      sums[to + columnWord[column]] += value;
      allowed[to + columnWord[column]] = 1;
      total += value;
    }
    if (total > 0) attending[rowWord[row]] += 1; // a query that may attend to nothing has no part in the mean
  }
  const values = new Float32Array(sums.length);
  for (let cell = 0; cell < values.length; cell += 1) {
    values[cell] = allowed[cell] ? sums[cell] / Math.max(1, attending[Math.floor(cell / columns)]) : NaN;
  }
  return { values, rows, columns, queryStarts: null, keyStarts: null, top: 0, left: 0, maximum: largest(values) };
}

/**
 * What a query attends to.
 *
 * @param {Matrix} matrix
 * @param {number} query
 * @param {number} keys number of keys
 * @returns {Float32Array} `[key]`
 */
export function rowOf(matrix, query, keys) {
  const row = groupOf(matrix.queryStarts, query);
  const cells = matrix.values.subarray(row * matrix.columns, (row + 1) * matrix.columns);
  return matrix.keyStarts ? spread(cells, matrix.keyStarts, keys) : cells;
}

/**
 * What attends to a key.
 *
 * @param {Matrix} matrix
 * @param {number} key
 * @param {number} queries number of queries
 * @returns {Float32Array} `[query]`
 */
export function columnOf(matrix, key, queries) {
  const column = groupOf(matrix.keyStarts, key);
  const cells = new Float32Array(matrix.rows);
  for (let row = 0; row < matrix.rows; row += 1) cells[row] = matrix.values[row * matrix.columns + column];
  return matrix.queryStarts ? spread(cells, matrix.queryStarts, queries) : cells;
}

/**
 * Attention that each key receives in the mean over the queries that attend to anything, as `received_attention` of Python
 * has it. Of pooled cells, whose mean says nothing, the largest.
 *
 * @param {Matrix} matrix
 * @param {number} keys number of keys
 * @returns {Float32Array} `[key]`; NaN where no query may attend to the key
 */
export function receivedOf(matrix, keys) {
  const { rows, columns, values } = matrix;
  const sums = new Float64Array(columns);
  const most = new Float32Array(columns).fill(NaN);
  let attending = 0;
  for (let row = 0; row < rows; row += 1) {
    let total = 0;
    for (let column = 0; column < columns; column += 1) {
      const value = values[row * columns + column];
      if (Number.isNaN(value)) continue;
      sums[column] += value;
      total += value;
      if (!(most[column] >= value)) most[column] = value;
    }
    if (total > 0) attending += 1;
  }
  if (isPooled(matrix)) return matrix.keyStarts ? spread(most, matrix.keyStarts, keys) : most;
  return most.map((value, column) => (Number.isNaN(value) ? NaN : sums[column] / Math.max(1, attending)));
}

/** @param {Matrix} matrix */
export function isPooled(matrix) {
  return matrix.queryStarts !== null || matrix.keyStarts !== null;
}

/**
 * "rank 1 of 7": place of `value` among those of `values` that are not masked, 1 for the largest; equal ones share it.
 *
 * @param {Float32Array} values
 * @param {number} value
 */
export function rankText(values, value) {
  let larger = 0;
  let allowed = 0;
  for (const one of values) {
    if (one > value) larger += 1; // never true of NaN
    if (!Number.isNaN(one)) allowed += 1;
  }
  return `rank ${larger + 1} of ${allowed}`;
}

/** @param {Float32Array} values */
export function largest(values) {
  let most = 0;
  for (let place = 0; place < values.length; place += 1) if (values[place] > most) most = values[place];
  return most;
}

/** @param {number[] | null} words @param {number} length */
function wordOfEach(words, length) {
  const of = new Uint32Array(length);
  let word = 0;
  for (let place = 0; place < length; place += 1) {
    if (!words) of[place] = place;
    else {
      if (words[word + 1] === place) word += 1;
      of[place] = word;
    }
  }
  return of;
}

/** @param {Int32Array | null} starts @param {number} place */
function groupOf(starts, place) {
  if (!starts) return place;
  let group = 0;
  while (group + 1 < starts.length && starts[group + 1] <= place) group += 1;
  return group;
}

/** @param {Float32Array} cells @param {Int32Array} starts @param {number} length */
function spread(cells, starts, length) {
  const values = new Float32Array(length);
  starts.forEach((start, group) => values.fill(cells[group], start, starts[group + 1] ?? length));
  return values;
}
