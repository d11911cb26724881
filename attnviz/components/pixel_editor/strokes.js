/**
 * What a brush does to the pixels that it passes: plain arithmetic, without a page.
 *
 * @typedef {[number, number]} Point row and column in pixels; the first pixel reaches from 0 to 1
 */

/**
 * How much of each pixel a brush covers that is moved from one point to another: all within half its width, and less over
 * one further pixel, so that edges are soft.
 *
 * @param {Float64Array} cover 0 to 1 for each pixel, row by row; what is more covered by now is raised
 * @param {number} columns
 * @param {Point} from
 * @param {Point} to
 * @param {number} width in pixels
 */
export function sweep(cover, columns, from, to, width) {
  const reach = width / 2 + 0.5;
  const rows = cover.length / columns;
  const top = Math.max(0, Math.floor(Math.min(from[0], to[0]) - reach));
  const bottom = Math.min(rows - 1, Math.ceil(Math.max(from[0], to[0]) + reach));
  const left = Math.max(0, Math.floor(Math.min(from[1], to[1]) - reach));
  const right = Math.min(columns - 1, Math.ceil(Math.max(from[1], to[1]) + reach));
  for (let row = top; row <= bottom; row += 1) {
    for (let column = left; column <= right; column += 1) {
      const covered = Math.min(1, Math.max(0, reach - distance([row + 0.5, column + 0.5], from, to)));
      const pixel = row * columns + column;
      if (covered > cover[pixel]) cover[pixel] = covered;
    }
  }
}

/**
 * The values after a stroke: ink never makes a pixel paler, and an eraser never darker.
 *
 * @param {number[]} values before the stroke
 * @param {Float64Array} cover
 * @param {{blank: number, full: number, ink: number, erase: boolean, decimals: number}} brush `ink` from 0 to 1
 * @returns {number[]}
 */
export function stroked(values, cover, { blank, full, ink, erase, decimals }) {
  return values.map((value, pixel) => {
    if (!cover[pixel]) return value;
    const before = (value - blank) / (full - blank);
    const after = erase ? before * (1 - cover[pixel]) : Math.max(before, ink * cover[pixel]);
    return rounded(blank + after * (full - blank), decimals);
  });
}

/**
 * @param {number} value
 * @param {number} decimals
 */
export function rounded(value, decimals) {
  return Number(value.toFixed(decimals)) || 0; // never -0
}

/**
 * @param {Point} point
 * @param {Point} from
 * @param {Point} to
 */
function distance(point, from, to) {
  const down = to[0] - from[0];
  const across = to[1] - from[1];
  const length = down * down + across * across;
  const along = length ? ((point[0] - from[0]) * down + (point[1] - from[1]) * across) / length : 0;
  const share = Math.min(1, Math.max(0, along));
  return Math.hypot(point[0] - from[0] - share * down, point[1] - from[1] - share * across);
}
