/**
 * The cells of a matrix as pixels. What is larger than the screen is pooled first, cell by cell, so that a single strong
 * weight among millions is still seen; the browser's own scaling would drop it.
 *
 * @typedef {import("./capture.js").Matrix} Matrix
 * @typedef {import("./heatmap_geometry.js").Frame} Frame
 * @typedef {import("./heatmap_geometry.js").View} View
 *
 * @typedef {object} Look how cells become pixels
 * @property {(value: number) => number} scale weight to 0..1
 * @property {Uint32Array} colours
 * @property {"max" | "mean" | "strongest"} pooling strongest: farthest from zero, for values of either sign
 * @property {(value: number) => string} [write] number in a cell; two digits where there is none
 *
 * @typedef {object} Tile a painted part of a matrix
 * @property {HTMLCanvasElement} canvas
 * @property {Matrix} matrix
 * @property {Look} look
 * @property {number} top first query
 * @property {number} left first key
 * @property {number} bottom query after the last
 * @property {number} right key after the last
 * @property {number} down queries a pixel
 * @property {number} across keys a pixel
 */

import { leftOf, seen, topOf } from "./heatmap_geometry.js";

/** As many pixels are painted once and kept; of larger matrices what is seen, and as much again around it. */
const KEPT_PIXELS = 1_200_000;

/** Rows of pixels that are painted together: an image of all of them would be as many bytes again. */
const BAND = 32;

/**
 * Draws a matrix into the plot, from a tile that was painted before where there is one.
 *
 * @param {CanvasRenderingContext2D} pen in CSS pixels, clipped to the plot
 * @param {Matrix} matrix
 * @param {Look} look
 * @param {Frame} frame
 * @param {View} view
 * @param {number} ratio device pixels a CSS pixel
 * @param {Tile | null} before
 * @returns {Tile} to be given back the next time
 */
export function drawCells(pen, matrix, look, frame, view, ratio, before) {
  const across = positionsAPixel(frame.cellWidth * view.zoom * ratio, view.zoom);
  const down = positionsAPixel(frame.cellHeight * view.zoom * ratio, view.zoom);
  const extent = extentOf(matrix, frame);
  const { rows, columns } = seen(frame, view);
  const wanted = {
    top: Math.max(extent.top, rows[0]),
    bottom: Math.min(extent.bottom, rows[1]),
    left: Math.max(extent.left, columns[0]),
    right: Math.min(extent.right, columns[1]),
  };
  const fits = before && before.matrix === matrix && before.look === look && before.across === across && before.down === down
    && before.top <= wanted.top && before.bottom >= wanted.bottom && before.left <= wanted.left && before.right >= wanted.right;
  const canvas = before?.canvas ?? document.createElement("canvas"); // what it showed is not drawn any more
  const tile = fits ? before : paintTile(canvas, matrix, look, around(wanted, extent, across, down), across, down);
  pen.imageSmoothingEnabled = false;
  const left = leftOf(frame, view, tile.left);
  const top = topOf(frame, view, tile.top);
  const right = leftOf(frame, view, tile.left + tile.canvas.width * across);
  const bottom = topOf(frame, view, tile.top + tile.canvas.height * down);
  pen.drawImage(tile.canvas, left, top, right - left, bottom - top);
  return tile;
}

/**
 * Pooled values of a part of a matrix, one for each pixel.
 *
 * @param {Matrix} matrix
 * @param {{rows: number, columns: number}} size queries and keys of the whole map
 * @param {{top: number, left: number, bottom: number, right: number}} part in positions
 * @param {number} across keys a pixel
 * @param {number} down queries a pixel
 * @param {"max" | "mean" | "strongest"} pooling
 * @returns {{values: Float32Array, width: number, height: number}} NaN where every cell is masked
 */
export function pooledValues(matrix, size, part, across, down, pooling) {
  const groups = groupsIn(matrix, part, across, down);
  const width = groups.columns.first.length;
  const height = groups.rows.first.length;
  const values = new Float32Array(width * height);
  for (let row = 0; row < height; row += 1) poolRow(matrix, groups, row, pooling, values.subarray(row * width, (row + 1) * width));
  return { values, width, height };
}

/**
 * @typedef {{first: Int32Array, last: Int32Array}} Groups rows or columns of a matrix, for each pixel
 *
 * @param {Matrix} matrix
 * @param {{top: number, left: number, bottom: number, right: number}} part
 * @param {number} across
 * @param {number} down
 * @returns {{rows: Groups, columns: Groups}}
 */
function groupsIn(matrix, part, across, down) {
  return {
    columns: groupsOf(matrix.keyStarts, matrix.left, matrix.columns, part.left, part.right, across),
    rows: groupsOf(matrix.queryStarts, matrix.top, matrix.rows, part.top, part.bottom, down),
  };
}

/**
 * One row of pixels. What is called for every row stays compiled from one picture to the next; a loop over all of them would
 * begin anew each time in code that makes an object of every fraction that it reads.
 *
 * @param {Matrix} matrix
 * @param {{rows: Groups, columns: Groups}} groups
 * @param {number} pixelRow
 * @param {"max" | "mean" | "strongest"} pooling
 * @param {Float32Array} into
 */
function poolRow(matrix, { rows, columns }, pixelRow, pooling, into) {
  into.fill(NaN);
  const counts = pooling === "mean" ? new Uint32Array(into.length) : null;
  const signed = pooling === "strongest";
  for (let row = rows.first[pixelRow]; row <= rows.last[pixelRow]; row += 1) {
    const from = row * matrix.columns;
    for (let pixel = 0; pixel < into.length; pixel += 1) {
      const last = from + columns.last[pixel];
      for (let cell = from + columns.first[pixel]; cell <= last; cell += 1) {
        const value = matrix.values[cell];
        const known = into[pixel];
        if (counts) {
          if (value !== value) continue;
          into[pixel] = (known === known ? known : 0) + value;
          counts[pixel] += 1;
        } else if (signed) {
          if (Math.abs(value) > Math.abs(known) || known !== known) into[pixel] = value;
        } else if (value > known || known !== known) {
          into[pixel] = value; // true of the first value that is not masked, and of each larger one
        }
      }
    }
  }
  if (counts) for (let pixel = 0; pixel < into.length; pixel += 1) into[pixel] /= counts[pixel] || 1;
}

/**
 * The rows or columns of a matrix that each pixel covers, at least in part.
 *
 * @param {Int32Array | null} starts
 * @param {number} origin first position, where there are no starts
 * @param {number} count rows or columns of the matrix
 * @param {number} from first position wanted
 * @param {number} to
 * @param {number} step positions a pixel
 */
function groupsOf(starts, origin, count, from, to, step) {
  const pixels = Math.ceil((to - from) / step - 1e-6);
  const first = new Int32Array(pixels);
  const last = new Int32Array(pixels);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    const begin = Math.floor(from + pixel * step + 1e-6);
    const end = Math.min(to, Math.ceil(from + (pixel + 1) * step - 1e-6)) - 1;
    first[pixel] = starts ? groupAt(starts, begin) : begin - origin;
    last[pixel] = Math.min(count - 1, starts ? groupAt(starts, end) : end - origin);
  }
  return { first, last };
}

/**
 * The group that a position belongs to.
 *
 * @param {Int32Array} starts first position of each group, ascending
 * @param {number} position
 * @returns {number}
 */
export function groupAt(starts, position) {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle] <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * The strongest cell among neighbours: what is seen where many share a pixel.
 *
 * @param {Matrix} matrix of all queries and keys
 * @param {[number, number]} rows queries, from the first to the one after the last
 * @param {[number, number]} columns keys
 * @returns {{query: number, key: number} | null} the first positions of a pooled cell; null where all are masked
 */
export function strongestAmong(matrix, rows, columns) {
  const first = [indexOf(matrix.queryStarts, rows[0]), indexOf(matrix.keyStarts, columns[0])];
  const last = [indexOf(matrix.queryStarts, rows[1] - 1), indexOf(matrix.keyStarts, columns[1] - 1)];
  let best = -Infinity;
  let place = null;
  for (let row = first[0]; row <= last[0]; row += 1) {
    for (let column = first[1]; column <= last[1]; column += 1) {
      const value = matrix.values[row * matrix.columns + column];
      if (!(value > best)) continue;
      best = value;
      place = {
        query: Math.max(rows[0], matrix.queryStarts ? matrix.queryStarts[row] : row),
        key: Math.max(columns[0], matrix.keyStarts ? matrix.keyStarts[column] : column),
      };
    }
  }
  return place;
}

/** @param {Int32Array | null} starts @param {number} position */
function indexOf(starts, position) {
  return starts ? groupAt(starts, position) : position;
}

/**
 * @param {Matrix} matrix
 * @returns {boolean} whether its cells stand for several weights each
 */
export function isPooled(matrix) {
  return Boolean(matrix.queryStarts || matrix.keyStarts);
}

/**
 * The positions that a matrix covers.
 *
 * @param {Matrix} matrix
 * @param {{rows: number, columns: number}} size queries and keys of the whole map
 */
export function extentOf(matrix, size) {
  return {
    top: matrix.top,
    left: matrix.left,
    bottom: matrix.queryStarts ? size.rows : matrix.top + matrix.rows,
    right: matrix.keyStarts ? size.columns : matrix.left + matrix.columns,
  };
}

/**
 * Exactly as many as fall on a pixel while the whole matrix is seen. Zoomed, powers of two, so that each step of a zoom does
 * not pool all cells again.
 *
 * @param {number} size device pixels of one position
 * @param {number} zoom
 * @returns {number} 1 or more
 */
function positionsAPixel(size, zoom) {
  if (zoom === 1) return Math.max(1, 1 / size);
  let step = 1;
  while (size * step < 1 - 1e-9) step *= 2;
  return step;
}

/**
 * @param {{top: number, left: number, bottom: number, right: number}} wanted
 * @param {{top: number, left: number, bottom: number, right: number}} extent
 * @param {number} across
 * @param {number} down
 */
function around(wanted, extent, across, down) {
  const pixels = ((extent.right - extent.left) / across) * ((extent.bottom - extent.top) / down);
  if (pixels <= KEPT_PIXELS) return extent;
  const more = (/** @type {number} */ from, /** @type {number} */ to, /** @type {number} */ low, /** @type {number} */ high, /** @type {number} */ step) => {
    const margin = Math.ceil((to - from) / 4);
    const first = Math.max(low, from - margin);
    return [low + step * Math.floor((first - low) / step), Math.min(high, to + margin)];
  };
  const [top, bottom] = more(wanted.top, wanted.bottom, extent.top, extent.bottom, down);
  const [left, right] = more(wanted.left, wanted.right, extent.left, extent.right, across);
  return { top, left, bottom, right };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Matrix} matrix
 * @param {Look} look
 * @param {{top: number, left: number, bottom: number, right: number}} part
 * @param {number} across
 * @param {number} down
 * @returns {Tile}
 */
function paintTile(canvas, matrix, look, part, across, down) {
  const groups = groupsIn(matrix, part, across, down);
  const width = groups.columns.first.length;
  const height = groups.rows.first.length;
  [canvas.width, canvas.height] = [Math.max(1, width), Math.max(1, height)];
  if (width && height) {
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const band = new ImageData(width, Math.min(BAND, height));
    const pixels = new Uint32Array(band.data.buffer);
    const values = new Float32Array(width);
    for (let row = 0; row < height; row += 1) {
      const inBand = row % BAND;
      poolRow(matrix, groups, row, look.pooling, values);
      paintRow(values, look, pixels, inBand * width);
      if (inBand === BAND - 1 || row === height - 1) pen.putImageData(band, 0, row - inBand, 0, 0, width, inBand + 1);
    }
  }
  return { canvas, matrix, look, ...part, across, down };
}

/**
 * @param {Float32Array} values
 * @param {Look} look
 * @param {Uint32Array} pixels
 * @param {number} at
 */
function paintRow(values, { scale, colours }, pixels, at) {
  for (let pixel = 0; pixel < values.length; pixel += 1) {
    const unit = scale(values[pixel]);
    pixels[at + pixel] = unit === unit ? colours[(unit * 255 + 0.5) | 0] : 0; // masked cells stay transparent
  }
}
