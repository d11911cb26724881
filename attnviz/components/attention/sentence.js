import { labelsOf } from "./capture.js";
import { columnOf, rowOf } from "./text_values.js";

/**
 * What is chosen, in a sentence.
 *
 * @typedef {import("./capture.js").Capture} Capture
 * @typedef {import("./capture.js").Matrix} Matrix
 * @typedef {import("./store.js").State} State
 */

const TOLD = 3;
const LONGEST = 40;
/** Letters that run from right to left (Hebrew to Arabic, their presentation forms, later planes), and marks of direction. */
const LEFTWARDS = /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const LEAST_TOLD = 0.001; // of the strongest: what is less says nothing

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
 * "Head 3 of layer 2: 'sleeps' attends most to 'cat' (0.62), then 'the' (0.2)." Of the pinned query, and of its weight on
 * the pinned key; or of the pinned key alone; or else of the queries that attend most strongly to a single key.
 *
 * @param {Capture} capture
 * @param {State} state
 * @param {boolean} [zooms] whether the exact cells come when one zooms in
 */
export function sentenceOf(capture, state, zooms = true) {
  const name = headName(capture, state.map, state.head);
  const matrix = capture.cells(state.map, state.head);
  const labels = labelsOf(capture, state.map);
  if (!matrix) return `${name}.`;
  if (matrix.queryStarts || matrix.keyStarts) {
    return `${name}: ${labels.query.length} queries by ${labels.key.length} keys, shown as the largest weight of ` +
      `neighbouring cells.${zooms ? " Zoom in for the exact cells." : ""}`;
  }
  const query = state.query ?? (labels.query.length === 1 ? 0 : null);
  if (query !== null) return `${name}${attending(capture, state, matrix, query)}.`;
  const told = (/** @type {[number, number]} */ [place, weight]) => `${named(labels.query, place)} (${shown(weight)})`;
  if (state.key !== null) {
    const most = strongest(columnOf(matrix, state.key, matrix.rows)).map(told);
    return `${name}: ${most.length ? "most" : "no"} attention to ${named(labels.key, state.key)}` +
      `${most.length ? ` comes from ${mostOf(most)}` : ""}.`;
  }
  const peaks = Array.from({ length: matrix.rows }, (_, row) => row)
    .map((row) => ({ row, best: strongest(rowOf(matrix, row, matrix.columns))[0] }))
    .filter(({ best }) => best)
    .sort((one, other) => other.best[1] - one.best[1] || one.row - other.row)
    .slice(0, TOLD)
    .map(({ row, best: [key, weight] }) =>
      `${named(labels.query, row)} attends most to ${named(labels.key, key)} (${shown(weight)})`);
  return peaks.length ? `${name}. Strongest: ${listed(peaks)}.` : `${name}: no query attends to any key.`;
}

/**
 * ": 'sleeps' attends most to 'cat' (0.62), then 'the' (0.2); its weight on 'now' is 0.01".
 *
 * @param {Capture} capture
 * @param {State} state
 * @param {Matrix} matrix
 * @param {number} query
 */
function attending(capture, { map, key }, matrix, query) {
  const labels = labelsOf(capture, map);
  const { queryAxis, about } = capture.maps[map];
  // A query that stands for a whole sequence has no name that a person would know: it is the layer that attends.
  const who = capture.axes[queryAxis].pooled && !about ? "" : `: ${named(labels.query, query)}`;
  const weights = rowOf(matrix, query, matrix.columns);
  const most = strongest(weights);
  if (!most.length) return `${who} attends to nothing`;
  const told = most.map(([place, weight]) => `${named(labels.key, place)} (${shown(weight)})`);
  const text = `${who} attends most to ${mostOf(told)}`;
  if (key === null || most.some(([place]) => place === key)) return text;
  if (Number.isNaN(weights[key])) return `${text}; it may not attend to ${named(labels.key, key)}`;
  return `${text}; its weight on ${named(labels.key, key)} is ${shown(weights[key])}`;
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
 * @param {{exact?: boolean}} matrix where it stands
 */
export function exactly(weight, { exact }) {
  if (!exact || weight === 0) return shown(weight);
  return weight < 1e-4 ? weight.toExponential(5) : String(Number(weight.toPrecision(6)));
}

/**
 * A label between quotation marks, shortened, and apart from what is around it: after a Hebrew or Arabic word a browser would
 * write the number that follows before it.
 *
 * @param {string} label
 */
export function quoted(label) {
  const characters = [...label];
  const short = characters.length > LONGEST ? `${characters.slice(0, LONGEST - 1).join("")}…` : label;
  return LEFTWARDS.test(short) ? `'\u2068${short}\u2069'` : `'${short}'`; // first strong isolate, pop directional isolate
}

/**
 * A token between quotation marks; with its position, counted from 1, where there are several like it.
 *
 * @param {string[]} labels
 * @param {number} place
 */
function named(labels, place) {
  const label = labels[place];
  const alone = labels.indexOf(label) === place && labels.indexOf(label, place + 1) < 0;
  return alone ? quoted(label) : `${quoted(label)} at position ${place + 1}`;
}

/**
 * The largest of `weights`, strongest first, the earlier of equals first; masked ones, zeros and what is next to nothing
 * beside the strongest left out.
 *
 * @param {Float32Array} weights
 * @returns {[number, number][]} place and weight
 */
function strongest(weights) {
  /** @type {[number, number][]} */
  const best = [];
  let least = 0; // a weight has to be above it to be among them
  for (let at = 0; at < weights.length; at += 1) {
    if (!(weights[at] > least)) continue;
    const weight = weights[at];
    const place = best.findIndex(([, other]) => weight > other);
    if (place >= 0) best.splice(place, 0, [at, weight]);
    else best.push([at, weight]);
    if (best.length > TOLD) best.pop();
    if (best.length === TOLD) least = best[TOLD - 1][1];
  }
  return best.filter(([, weight]) => weight >= LEAST_TOLD * best[0][1]);
}

/** @param {string[]} told strongest first */
function mostOf(told) {
  return `${told[0]}${told.length > 1 ? `, then ${listed(told.slice(1))}` : ""}`;
}

/** @param {string[]} parts */
function listed(parts) {
  return parts.length === 1 ? parts[0] : `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}`;
}

/**
 * The text with a large first letter.
 *
 * @param {string} text
 */
export function capital(text) {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
