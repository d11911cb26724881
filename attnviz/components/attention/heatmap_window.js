/**
 * When a pooled overview is zoomed in so far that single weights could be seen, these are asked for.
 */

import { seen } from "./heatmap_geometry.js";
import { extentOf, isPooled } from "./heatmap_cells.js";

/** Most rows and columns of a window, as in `attnviz/views/explorer.py`. */
const LARGEST_WINDOW = 512;

/**
 * @param {import("./heatmap_paint.js").Scene} scene
 * @returns {{rows: [number, number], columns: [number, number]} | null} from the first to the one after the last, with as
 *     much around what is seen as fits; null where there is nothing to ask for
 */
export function wantedWindow({ matrix, window, frame, view }) {
  if (!isPooled(matrix)) return null;
  const { rows, columns } = seen(frame, view);
  if (rows[1] - rows[0] > LARGEST_WINDOW || columns[1] - columns[0] > LARGEST_WINDOW) return null;
  if (window) {
    const { top, left, bottom, right } = extentOf(window, frame);
    if (top <= rows[0] && bottom >= rows[1] && left <= columns[0] && right >= columns[1]) return null;
  }
  return { rows: widened(rows, frame.rows), columns: widened(columns, frame.columns) };
}

/**
 * @param {[number, number]} part
 * @param {number} length
 * @returns {[number, number]}
 */
function widened([from, to], length) {
  const size = Math.min(length, LARGEST_WINDOW);
  const begin = Math.max(0, Math.min(length - size, Math.floor((from + to - size) / 2)));
  return [begin, begin + size];
}
