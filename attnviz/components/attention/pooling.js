/**
 * Fewer cells, as `attnviz/views/pooling.py` makes them: the largest, or the mean, of those that a query may attend to; NaN where there is none.
 *
 * @param {import("./capture.js").Matrix} matrix
 * @param {{queryStarts: number[], queryCount: number, keyStarts: number[], keyCount: number, pooling: "max" | "mean"}} into
 * @returns {Float32Array}
 */
export function pooledCells(matrix, { queryStarts, queryCount, keyStarts, keyCount, pooling }) {
  const rows = edgesOf(queryStarts, queryCount, matrix.rows);
  const columns = edgesOf(keyStarts, keyCount, matrix.columns);
  const values = new Float32Array(queryCount * keyCount);
  for (let row = 0; row < queryCount; row += 1) {
    for (let column = 0; column < keyCount; column += 1) {
      let [sum, most, count] = [0, NaN, 0];
      for (let query = rows[row]; query < rows[row + 1]; query += 1) {
        for (let key = columns[column]; key < columns[column + 1]; key += 1) {
          const value = matrix.values[query * matrix.columns + key];
          if (Number.isNaN(value)) continue;
          sum += value;
          count += 1;
          most = value < most ? most : value; // also when `most` is still NaN
        }
      }
      values[row * keyCount + column] = pooling === "max" ? most : sum / count;
    }
  }
  return values;
}

/**
 * @param {number[]} starts of the groups; the first alone where each group is one position
 * @param {number} count of groups
 * @param {number} length
 */
function edgesOf(starts, count, length) {
  return [...(starts.length === count ? starts : Array.from({ length: count }, (_, one) => one + starts[0])), length];
}
