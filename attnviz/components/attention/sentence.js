import { labelsOf } from "./capture.js";

/**
 * What is chosen, in a sentence.
 *
 * @typedef {import("./capture.js").Capture} Capture
 * @typedef {import("./store.js").State} State
 */

const TOLD = 3;
const LONGEST = 40;

/**
 * Whose attention this is: "Head 3 of layer encoder/attention".
 *
 * @param {Capture} capture
 * @param {number} map
 * @param {number | "mean" | "max"} head
 */
export function headName(capture, map, head) {
  const { title, heads, part } = capture.maps[map];
  const where = part ? `${title}, ${part}` : title;
  if (heads === 1) return capital(where);
  if (head === "mean") return `Mean of the ${heads} heads of ${where}`;
  if (head === "max") return `Largest of the ${heads} heads of ${where}`;
  return `Head ${head + 1} of ${where}`;
}

/**
 * "Head 3 of layer 2: 'sleeps' attends most to 'cat' (0.62), then 'the' (0.2)." Of the pinned query, or else of the one
 * under the pointer, or else of those that attend most strongly to a single key.
 *
 * @param {Capture} capture
 * @param {State} state
 */
export function sentenceOf(capture, state) {
  const name = headName(capture, state.map, state.head);
  const matrix = capture.cells(state.map, state.head);
  const labels = labelsOf(capture, state.map);
  if (!matrix) return `${name}.`;
  if (matrix.queryStarts || matrix.keyStarts) {
    return `${name}: ${labels.query.length} queries by ${labels.key.length} keys, shown as the largest weight of ` +
      "neighbouring cells. Zoom in for the exact cells.";
  }
  const query = state.query ?? (labels.query.length === 1 ? 0 : null);
  if (query !== null) {
    const told = strongest(matrix, query).map(([key, weight]) => `${quoted(labels.key[key])} (${shown(weight)})`);
    const who = quoted(labels.query[query]);
    if (!told.length) return `${name}: ${who} attends to nothing.`;
    return `${name}: ${who} attends most to ${told[0]}${told.length > 1 ? `, then ${listed(told.slice(1))}` : ""}.`;
  }
  const peaks = Array.from({ length: matrix.rows }, (_, row) => ({ row, best: strongest(matrix, row)[0] }))
    .filter(({ best }) => best)
    .sort((one, other) => other.best[1] - one.best[1] || one.row - other.row)
    .slice(0, TOLD)
    .map(({ row, best: [key, weight] }) =>
      `${quoted(labels.query[row])} attends most to ${quoted(labels.key[key])} (${shown(weight)})`);
  return peaks.length ? `${name}. Strongest: ${listed(peaks)}.` : `${name}: no query attends to any key.`;
}

/**
 * Three significant digits: more than half precision holds would be made up.
 *
 * @param {number} weight
 */
export function shown(weight) {
  if (weight === 0) return "0";
  return weight < 1e-4 ? weight.toExponential(1) : String(Number(weight.toPrecision(3)));
}

/**
 * A single weight as exactly as it is known: six significant digits, or three where it was rounded on its way.
 *
 * @param {number} weight
 * @param {{rounded: boolean}} matrix where it stands
 */
export function exactly(weight, { rounded }) {
  if (rounded || weight === 0) return shown(weight);
  return weight < 1e-4 ? weight.toExponential(5) : String(Number(weight.toPrecision(6)));
}

/** @param {string} label */
export function quoted(label) {
  const characters = [...label];
  return `'${characters.length > LONGEST ? `${characters.slice(0, LONGEST - 1).join("")}…` : label}'`;
}

/**
 * The keys that a query attends to most, strongest first, the earlier of equals first; masked ones and zeros left out.
 *
 * @param {import("./capture.js").Matrix} matrix
 * @param {number} row
 * @returns {[number, number][]} key and weight
 */
function strongest(matrix, row) {
  /** @type {[number, number][]} */
  const best = [];
  for (let column = 0; column < matrix.columns; column += 1) {
    const weight = matrix.values[row * matrix.columns + column];
    if (!(weight > 0)) continue;
    const place = best.findIndex(([, other]) => weight > other);
    if (place >= 0) best.splice(place, 0, [column, weight]);
    else best.push([column, weight]);
    if (best.length > TOLD) best.pop();
  }
  return best;
}

/** @param {string[]} parts */
function listed(parts) {
  return parts.length === 1 ? parts[0] : `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}`;
}

/** @param {string} text */
function capital(text) {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
