/**
 * The cell that a key press moves to.
 *
 * @typedef {{query: number | null, key: number | null}} Marks
 */

/**
 * Arrows move by one, with Home and End to the ends of the row (with Ctrl, of the matrix), Page Up and Page Down by as many
 * rows as are seen.
 *
 * @param {{key: string, ctrlKey: boolean, metaKey: boolean}} event
 * @param {Marks} hover where the cursor is
 * @param {Marks} pinned where it begins otherwise
 * @param {{rows: [number, number], columns: [number, number]}} seen
 * @param {{rows: number, columns: number}} size
 * @returns {{query: number, key: number} | null} null for other keys
 */
export function cursorAfter({ key: name, ctrlKey, metaKey }, hover, pinned, seen, { rows, columns }) {
  const [lastQuery, lastKey] = [rows - 1, columns - 1];
  const far = ctrlKey || metaKey;
  const page = Math.max(1, seen.rows[1] - seen.rows[0] - 1);
  /** @type {Record<string, [number, number]>} */
  const steps = {
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    PageUp: [-page, 0],
    PageDown: [page, 0],
    Home: [far ? -rows : 0, -columns],
    End: [far ? rows : 0, columns],
  };
  const step = steps[name];
  if (!step) return null;
  const known = [hover.query ?? pinned.query, hover.key ?? pinned.key];
  // The first press shows where the cursor is.
  if (known[0] === null && known[1] === null && name.startsWith("Arrow")) return { query: seen.rows[0], key: seen.columns[0] };
  const clamped = (/** @type {number} */ value, /** @type {number} */ last) => Math.max(0, Math.min(last, value));
  return {
    query: clamped((known[0] ?? seen.rows[0]) + step[0], lastQuery),
    key: clamped((known[1] ?? seen.columns[0]) + step[1], lastKey),
  };
}
