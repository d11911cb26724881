/**
 * What a matrix of attention says of each row, each column and each diagonal. The conventions are those of
 * `attnviz/analysis/statistics.py`: masked cells count as nothing, a query that attends to nothing has no part in a mean.
 *
 * @typedef {import("./capture.js").Matrix} Matrix
 *
 * @typedef {object} Marginals
 * @property {Float64Array} sums for each query, the sum of its weights; NaN where every key is masked
 * @property {Float64Array} entropies for each query in nats, 0 to ln(keys); NaN where it attends to nothing
 * @property {Float64Array} received for each key, the mean over queries of the weight that it gets
 * @property {number} largestReceived
 * @property {{row: number, column: number, value: number} | null} strongest the first of the largest weights
 */

/** Cells from one rest of `marginalSteps` to the next: a few milliseconds. */
const STEP = 2 ** 18;

/**
 * Adds up a matrix, resting now and then so that whoever calls can let the browser do something else.
 *
 * @param {Matrix} matrix exact cells, of all queries and keys
 * @returns {Generator<undefined, Marginals>}
 */
export function* marginalSteps({ values, rows, columns }) {
  const rest = Math.max(1, Math.floor(STEP / columns));
  const sums = new Float64Array(rows);
  const entropies = new Float64Array(rows);
  const received = new Float64Array(columns);
  let attending = 0;
  let strongest = -1;
  for (let row = 0; row < rows; row += 1) {
    if (row > 0 && row % rest === 0) yield;
    const from = row * columns;
    let sum = 0;
    let entropy = 0;
    let allowed = false;
    for (let column = 0; column < columns; column += 1) {
      const value = values[from + column];
      if (value !== value) continue;
      allowed = true;
      if (!(value > 0)) continue;
      sum += value;
      entropy -= value * Math.log(value);
      received[column] += value;
      if (strongest < 0 || value > values[strongest]) strongest = from + column;
    }
    sums[row] = allowed ? sum : NaN;
    entropies[row] = sum > 0 ? entropy : NaN;
    if (sum > 0) attending += 1;
  }
  let largestReceived = 0;
  for (let column = 0; column < columns; column += 1) {
    received[column] /= attending || 1;
    largestReceived = Math.max(largestReceived, received[column]);
  }
  return {
    sums, entropies, received, largestReceived,
    strongest: strongest < 0 ? null : { row: Math.floor(strongest / columns), column: strongest % columns, value: values[strongest] },
  };
}

/**
 * Mean weight that a query gives to the key `offset` positions on, over the queries that have such a key and attend to
 * anything.
 *
 * @param {Matrix} matrix exact cells of self-attention
 * @param {Marginals} marginals
 * @param {number} offset 0 for the diagonal, -1 for the position before
 * @returns {number} NaN if there is no such query
 */
export function diagonalMean({ values, rows, columns }, { sums }, offset) {
  let sum = 0;
  let count = 0;
  for (let row = Math.max(0, -offset); row < rows && row + offset < columns; row += 1) {
    if (!(sums[row] > 0)) continue;
    const value = values[row * columns + row + offset];
    if (value > 0) sum += value;
    count += 1;
  }
  return count ? sum / count : NaN;
}

/**
 * Place of a cell among those of its row, the strongest first: 1 if no other is larger.
 *
 * @param {Matrix} matrix exact cells
 * @param {number} row
 * @param {number} column
 * @returns {{rank: number, of: number}} `of`: keys that the query may attend to
 */
export function rankOf({ values, columns }, row, column) {
  const value = values[row * columns + column];
  let larger = 0;
  let allowed = 0;
  for (let other = row * columns; other < (row + 1) * columns; other += 1) {
    if (values[other] > value) larger += 1;
    if (values[other] === values[other]) allowed += 1;
  }
  return { rank: larger + 1, of: allowed };
}

/**
 * Bars beside each column or row, away from the plot.
 *
 * @param {CanvasRenderingContext2D} pen in CSS pixels
 * @param {object} strip
 * @param {Float64Array} strip.values
 * @param {number} strip.largest value of the longest bar
 * @param {[number, number]} strip.seen positions, from the first to the one after the last
 * @param {(position: number) => number} strip.edge pixel where a position begins
 * @param {number} strip.base pixel of the bars' foot
 * @param {number} strip.size pixels of the longest bar, negative for upwards
 * @param {"rows" | "columns"} strip.along
 * @param {[number, number]} strip.limits pixels between which bars are drawn
 */
export function drawStrip(pen, { values, largest, seen, edge, base, size, along, limits }) {
  if (!(largest > 0)) return;
  for (let position = seen[0]; position < seen[1]; ) {
    const begin = Math.max(limits[0], edge(position));
    let highest = 0;
    // Positions narrower than a pixel share one: the largest of them shows.
    do {
      if (values[position] > highest) highest = values[position];
      position += 1;
    } while (position < seen[1] && edge(position + 1) - begin < 1);
    const end = Math.min(limits[1], edge(position));
    const gap = end - begin > 8 ? 1 : 0;
    const length = (highest / largest) * size;
    if (along === "columns") pen.fillRect(begin + gap, base, end - begin - 2 * gap, length);
    else pen.fillRect(base, begin + gap, length, end - begin - 2 * gap);
  }
}
