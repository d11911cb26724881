/**
 * Where queries and keys stand, and where a line between them runs.
 *
 * @typedef {object} Geometry in CSS pixels, of the part that is scrolled to
 * @property {number} width
 * @property {number} height of that part
 * @property {number} content height of everything
 * @property {number} left width of the queries' labels
 * @property {number} right width of the keys' labels
 * @property {{query: number, key: number}} tops upper edge of the first row of each side
 * @property {{query: number, key: number}} rows how many there are
 */

export const ROW = 22;
export const HEADING = 24;
const GAP = 7; // between a label and where its lines begin
const EDGE = 6;
const SMALLEST_LABELS = 48;
const LARGEST_SHARE = 0.3;
const LARGEST_LABELS = 260;
const PAGE = 10; // rows

/**
 * @param {{query: number, key: number}} rows
 * @param {{query: number, key: number}} labels widths of the longest labels
 * @param {{width: number, height: number, scrollTop: number}} box height of 0 for as high as the content
 * @returns {Geometry}
 */
export function geometryOf(rows, labels, { width, height, scrollTop }) {
  const most = Math.min(LARGEST_LABELS, Math.floor(width * LARGEST_SHARE));
  const column = (/** @type {number} */ label) => Math.max(SMALLEST_LABELS, Math.min(most, Math.ceil(label) + EDGE)) + GAP;
  const longest = Math.max(rows.query, rows.key) * ROW;
  const content = HEADING + longest + EDGE;
  const seen = Math.min(height || content, content);
  const inner = seen - HEADING - EDGE;
  const share = longest > inner ? scrollTop / (longest - inner) : 0;
  // Each side is scrolled from its first to its last row at the same time; one that fits stays in the middle.
  const top = (/** @type {number} */ count) =>
    HEADING + (count * ROW <= inner ? (inner - count * ROW) / 2 : -share * (count * ROW - inner));
  return {
    width, height: seen, content, rows,
    left: column(labels.query), right: column(labels.key),
    tops: { query: top(rows.query), key: top(rows.key) },
  };
}

/**
 * Middle of a row.
 *
 * @param {Geometry} geometry
 * @param {"query" | "key"} side
 * @param {number} row
 */
export function middleOf({ tops }, side, row) {
  return tops[side] + (row + 0.5) * ROW;
}

/**
 * The token at a place.
 *
 * @param {Geometry} geometry
 * @param {number} x
 * @param {number} y
 * @returns {{side: "query" | "key", row: number} | null}
 */
export function tokenAt(geometry, x, y) {
  if (y < HEADING || y >= geometry.height || x < 0 || x >= geometry.width) return null;
  const side = x < geometry.left ? "query" : x >= geometry.width - geometry.right ? "key" : null;
  if (!side) return null;
  const row = Math.floor((y - geometry.tops[side]) / ROW);
  return row >= 0 && row < geometry.rows[side] ? { side, row } : null;
}

/**
 * Rows of a side that can be seen, first and one after the last.
 *
 * @param {Geometry} geometry
 * @param {"query" | "key"} side
 * @returns {[number, number]}
 */
export function rowsSeen({ tops, rows, height }, side) {
  const first = Math.max(0, Math.floor((HEADING - tops[side]) / ROW));
  return [first, Math.min(rows[side], Math.ceil((height - tops[side]) / ROW))];
}

/**
 * How far to scroll so that a row is seen.
 *
 * @param {Geometry} geometry
 * @param {"query" | "key"} side
 * @param {number} row
 * @returns {number} pixels to add to what is scrolled; 0 if it is seen
 */
export function scrollFor(geometry, side, row) {
  const middle = middleOf(geometry, side, row);
  const away = middle - ROW / 2 < HEADING ? middle - ROW / 2 - HEADING : Math.max(0, middle + ROW / 2 + EDGE - geometry.height);
  const inner = geometry.height - HEADING - EDGE;
  const hidden = geometry.rows[side] * ROW - inner;
  const longest = geometry.content - geometry.height;
  return away && hidden > 0 ? Math.sign(away) * Math.ceil((Math.abs(away) * longest) / hidden) : 0;
}

/**
 * Where a key of the keyboard leads.
 *
 * @param {{side: "query" | "key", row: number}} cursor
 * @param {string} key
 * @param {{query: number, key: number}} rows
 * @returns {{side: "query" | "key", row: number} | null} null for a key that does not move
 */
export function moved({ side, row }, key, rows) {
  const within = (/** @type {number} */ to, /** @type {"query" | "key"} */ on = side) =>
    ({ side: on, row: Math.max(0, Math.min(rows[on] - 1, to)) });
  if (key === "ArrowDown") return within(row + 1);
  if (key === "ArrowUp") return within(row - 1);
  if (key === "ArrowLeft") return within(row, "query");
  if (key === "ArrowRight") return within(row, "key");
  if (key === "Home") return within(0);
  if (key === "End") return within(rows[side] - 1);
  if (key === "PageDown") return within(row + PAGE);
  if (key === "PageUp") return within(row - PAGE);
  return null;
}
