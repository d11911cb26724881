/** The bits of infinity in single precision: beyond it are NaN and what is negative. */
export const INFINITE = 0x7f800000;

const NOTHING = 0x7fc00000; // NaN

/**
 * Fewer cells, as `attnviz/views/pooling.py` makes them: the largest, or the mean, of those that a query may attend to; NaN
 * where there is none.
 *
 * @param {{values: Float32Array, rows: number, columns: number}} matrix of weights, 0 to 1
 * @param {{queryStarts: number[], queryCount: number, keyStarts: number[], keyCount: number, pooling: "max" | "mean"}} into
 * @returns {Float32Array}
 */
export function pooledCells(matrix, { queryStarts, queryCount, keyStarts, keyCount, pooling }) {
  const rows = edgesOf(queryStarts, queryCount, matrix.rows);
  const columns = edgesOf(keyStarts, keyCount, matrix.columns);
  return (pooling === "max" ? largestOf : meanOf)(matrix, rows, columns);
}

/**
 * Compared as whole numbers, as in capture.js.
 *
 * @param {{values: Float32Array, columns: number}} matrix
 * @param {number[]} rows
 * @param {number[]} columns
 */
function largestOf({ values, columns: width }, rows, columns) {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const made = new Uint32Array((rows.length - 1) * (columns.length - 1));
  let cell = 0;
  for (let row = 0; row + 1 < rows.length; row += 1) {
    for (let column = 0; column + 1 < columns.length; column += 1) {
      let most = -1;
      for (let query = rows[row]; query < rows[row + 1]; query += 1) {
        for (let at = query * width + columns[column]; at < query * width + columns[column + 1]; at += 1) {
          const one = bits[at];
          if (one > most && one <= INFINITE) most = one;
        }
      }
      made[cell] = most < 0 ? NOTHING : most;
      cell += 1;
    }
  }
  return new Float32Array(made.buffer);
}

/**
 * @param {{values: Float32Array, columns: number}} matrix
 * @param {number[]} rows
 * @param {number[]} columns
 */
function meanOf({ values, columns: width }, rows, columns) {
  const made = new Float32Array((rows.length - 1) * (columns.length - 1));
  let cell = 0;
  for (let row = 0; row + 1 < rows.length; row += 1) {
    for (let column = 0; column + 1 < columns.length; column += 1) {
      let [sum, count] = [0, 0];
      for (let query = rows[row]; query < rows[row + 1]; query += 1) {
        for (let at = query * width + columns[column]; at < query * width + columns[column + 1]; at += 1) {
          if (Number.isNaN(values[at])) continue;
          sum += values[at];
          count += 1;
        }
      }
      made[cell] = sum / count;
      cell += 1;
    }
  }
  return made;
}

/**
 * @param {number[]} starts of the groups; the first alone where each group is one position
 * @param {number} count of groups
 * @param {number} length
 */
function edgesOf(starts, count, length) {
  return [...(starts.length === count ? starts : Array.from({ length: count }, (_, one) => one + starts[0])), length];
}
