/**
 * Where the cells of a heatmap are: sizes, zoom and pan, all as plain numbers.
 *
 * A position is a query or key, counted from 0; position 2.5 is the middle of the third. Pixels are CSS pixels of the stage.
 *
 * @typedef {object} Frame what does not change with zoom and pan
 * @property {number} width of the stage
 * @property {number} height
 * @property {number} left of the plot: the labels of queries are beside it
 * @property {number} top of the plot: the labels of keys, and the strip below these, are above it
 * @property {number} plotWidth
 * @property {number} plotHeight
 * @property {number} cellWidth of one position, when the whole matrix is seen
 * @property {number} cellHeight
 * @property {number} rows number of queries
 * @property {number} columns number of keys
 * @property {number} strip size of each marginal strip; 0 without
 *
 * @typedef {object} View
 * @property {number} zoom 1 shows the whole matrix
 * @property {number} x key position at the left edge of the plot
 * @property {number} y query position at its top edge
 */

const HIGHEST = 560;
const LARGEST_CELL = 64;
const SMALLEST_ROW = 14; // a label fits beside it
const LARGEST_ZOOMED_CELL = 96;
const ELONGATED = 2;

/** @type {View} */
export const WHOLE = { zoom: 1, x: 0, y: 0 };

/**
 * The largest square cells that fit. Where one axis is much longer than the other, the shorter one is stretched until its
 * labels can be read: one row of pooling weights stays a bar, not a hairline.
 *
 * @param {{width: number, rows: number, columns: number, labelWidth: number, labelHeight: number, strip: number, right: number}} room
 *     `labelWidth` and `labelHeight` of the labels beside and above the plot, `right`: what has to stay free beside it
 * @returns {Frame}
 */
export function frameOf({ width, rows, columns, labelWidth, labelHeight, strip, right }) {
  const available = Math.max(40, width - labelWidth - right);
  const widest = Math.min(LARGEST_CELL, available / columns);
  const highest = Math.min(LARGEST_CELL, HIGHEST / rows);
  const square = Math.min(widest, highest);
  let cellWidth = square;
  let cellHeight = square;
  if (columns > ELONGATED * rows) {
    cellWidth = widest;
    cellHeight = Math.min(highest, Math.max(square, rows <= 3 ? 36 : SMALLEST_ROW));
  } else if (rows > ELONGATED * columns) {
    cellHeight = highest;
    cellWidth = Math.min(widest, Math.max(square, columns <= 3 ? 48 : SMALLEST_ROW));
  }
  const top = labelHeight + strip;
  const plotWidth = cellWidth * columns;
  const plotHeight = cellHeight * rows;
  return {
    width: Math.min(width, Math.ceil(labelWidth + plotWidth + right)),
    height: Math.ceil(top + plotHeight + 2), left: labelWidth, top, plotWidth, plotHeight,
    cellWidth, cellHeight, rows, columns, strip,
  };
}

/**
 * The furthest zoom: cells of 96 pixels, or twice those that are larger to begin with.
 *
 * @param {Frame} frame
 * @returns {number}
 */
function furthestZoom(frame) {
  const smaller = Math.min(frame.cellWidth, frame.cellHeight);
  return Math.max(2, LARGEST_ZOOMED_CELL / smaller);
}

/**
 * Zoom by `factor`, so that what is at a place of the stage stays there.
 *
 * @param {Frame} frame
 * @param {View} view
 * @param {number} left place, pixels of the stage
 * @param {number} top
 * @param {number} factor above 1 to see less, larger
 * @returns {View}
 */
export function zoomedAt(frame, view, left, top, factor) {
  const zoom = Math.max(1, Math.min(furthestZoom(frame), view.zoom * factor));
  const across = Math.max(0, Math.min(frame.plotWidth, left - frame.left));
  const down = Math.max(0, Math.min(frame.plotHeight, top - frame.top));
  const x = view.x + across / (frame.cellWidth * view.zoom) - across / (frame.cellWidth * zoom);
  const y = view.y + down / (frame.cellHeight * view.zoom) - down / (frame.cellHeight * zoom);
  return within(frame, { zoom, x, y });
}

/**
 * @param {Frame} frame
 * @param {View} view
 * @param {number} right by how many pixels the cells move to the right
 * @param {number} down
 * @returns {View}
 */
export function pannedBy(frame, view, right, down) {
  const x = view.x - right / (frame.cellWidth * view.zoom);
  const y = view.y - down / (frame.cellHeight * view.zoom);
  return within(frame, { zoom: view.zoom, x, y });
}

/**
 * The least pan after which a cell is seen whole.
 *
 * @param {Frame} frame
 * @param {View} view
 * @param {number} query
 * @param {number} key
 * @returns {View}
 */
export function showing(frame, view, query, key) {
  const { x, y } = view;
  const across = frame.columns / view.zoom;
  const down = frame.rows / view.zoom;
  return within(frame, {
    zoom: view.zoom,
    x: key < x ? key : key + 1 > x + across ? key + 1 - across : x,
    y: query < y ? query : query + 1 > y + down ? query + 1 - down : y,
  });
}

/**
 * Positions that are seen, at least in part.
 *
 * @param {Frame} frame
 * @param {View} view
 * @returns {{rows: [number, number], columns: [number, number]}} each from the first to the one after the last
 */
export function seen(frame, view) {
  const part = (/** @type {number} */ from, /** @type {number} */ length) => /** @type {[number, number]} */ ([
    Math.max(0, Math.floor(from + 1e-9)),
    Math.min(length, Math.ceil(from + length / view.zoom - 1e-9)),
  ]);
  return { rows: part(view.y, frame.rows), columns: part(view.x, frame.columns) };
}

/**
 * @typedef {object} Place
 * @property {"cell" | "query" | "key" | "received" | "entropy"} part a cell, a label, or one bar of a marginal strip
 * @property {number | null} query
 * @property {number | null} key
 *
 * What lies at a place of the stage.
 *
 * @param {Frame} frame
 * @param {View} view
 * @param {number} left pixels of the stage
 * @param {number} top
 * @returns {Place | null}
 */
export function placeAt(frame, view, left, top) {
  const across = left - frame.left;
  const down = top - frame.top;
  const inColumns = across >= 0 && across < frame.plotWidth;
  const inRows = down >= 0 && down < frame.plotHeight;
  const key = Math.min(frame.columns - 1, Math.floor(view.x + across / (frame.cellWidth * view.zoom)));
  const query = Math.min(frame.rows - 1, Math.floor(view.y + down / (frame.cellHeight * view.zoom)));
  if (inColumns && inRows) return { part: "cell", query, key };
  if (inRows && across < 0) return { part: "query", query, key: null };
  if (inRows && frame.strip > 0 && across < frame.plotWidth + frame.strip) return { part: "entropy", query, key: null };
  if (inColumns && down < 0) return { part: frame.strip > 0 && down >= -frame.strip ? "received" : "key", query: null, key };
  return null;
}

/**
 * Left edge of a key's column.
 *
 * @param {Frame} frame
 * @param {View} view
 * @param {number} key
 * @returns {number} pixels of the stage
 */
export function leftOf(frame, view, key) {
  return frame.left + (key - view.x) * frame.cellWidth * view.zoom;
}

/**
 * Top edge of a query's row.
 *
 * @param {Frame} frame
 * @param {View} view
 * @param {number} query
 * @returns {number} pixels of the stage
 */
export function topOf(frame, view, query) {
  return frame.top + (query - view.y) * frame.cellHeight * view.zoom;
}

/**
 * @param {Frame} frame
 * @param {View} view
 * @returns {View}
 */
function within(frame, { zoom, x, y }) {
  const limit = (/** @type {number} */ at, /** @type {number} */ length) =>
    Math.max(0, Math.min(length - length / zoom, at));
  return { zoom, x: limit(x, frame.columns), y: limit(y, frame.rows) };
}
