/**
 * What there is to say of a place: both weights and their difference.
 *
 * @typedef {import("./compared.js").Compared} Compared
 * @typedef {import("../attention/heatmap_reading.js").Reading} Reading
 */

import { labelsOf } from "../attention/capture.js";
import { shortNumber } from "../attention/scales.js";
import { shown } from "../attention/sentence.js";
import { DIFFERENCE, FIRST, SECOND } from "./compared.js";

/** Parts of the legend of differences, from -1 to 1. */
const STOPS = [-1, -0.5, 0, 0.5, 1];

/**
 * @param {Compared} compared
 * @param {{query: number | null, key: number | null}} place
 * @returns {Reading | null} null for no place
 */
export function readingOf(compared, { query, key }) {
  if (query === null && key === null) return null;
  const labels = labelsOf(compared.capture, DIFFERENCE);
  const names = [];
  if (query !== null) names.push({ axis: "Query", position: String(query + 1), label: labels.query[query] });
  if (key !== null) names.push({ axis: "Key", position: String(key + 1), label: labels.key[key] });
  const facts = query === null || key === null ? [] : [
    { name: "A", value: weightOf(compared, FIRST, query, key) },
    { name: "B", value: weightOf(compared, SECOND, query, key) },
    { name: "B − A", value: differenceOf(compared, query, key) },
  ];
  const spoken = [...names.map(({ axis, label }) => `${axis} ${label}`), ...facts.map(({ name, value }) => `${name} ${value}`)];
  return { names, value: "", note: "", facts, spoken: `${spoken.join(", ")}.` };
}

/**
 * The cell that differs most, the first of equals.
 *
 * @param {Compared} compared
 * @returns {{query: number, key: number} | null} null where nothing differs
 */
export function strongestDifference({ capture }) {
  const matrix = capture.cells(DIFFERENCE, 0);
  let best = 0;
  let found = null;
  for (let cell = 0; matrix && cell < matrix.values.length; cell += 1) {
    const size = Math.abs(matrix.values[cell]);
    if (!(size > best)) continue;
    best = size;
    found = { query: Math.floor(cell / matrix.columns), key: cell % matrix.columns };
  }
  return found;
}

/**
 * A difference with its sign, to three digits.
 *
 * @param {number} value
 * @returns {string}
 */
export function signed(value) {
  const size = shown(Math.abs(value));
  return value > 0 ? `+${size}` : value < 0 ? `−${size}` : size;
}

/**
 * A difference as it stands in its cell: its sign and two digits, no sign where these are zero.
 *
 * @param {number} value
 * @returns {string}
 */
export function twoDigits(value) {
  const digits = Math.abs(value).toFixed(2);
  return Number(digits) === 0 ? digits : `${value > 0 ? "+" : "−"}${digits}`;
}

/**
 * Ticks for the legend of differences.
 *
 * @param {number} largest
 * @returns {import("../attention/scales.js").Stop[]}
 */
export function differenceStops(largest) {
  const most = largest > 0 ? largest : 1;
  return STOPS.map((part) => {
    const value = part * most;
    const sign = part > 0 ? "+" : part < 0 ? "−" : "";
    return { unit: (part + 1) / 2, value, text: `${sign}${shortNumber(Math.abs(value))}` };
  });
}

/** @param {Compared} compared @param {number} map @param {number} query @param {number} key */
function weightOf(compared, map, query, key) {
  if (isGap(compared, map, query, key)) return "no such token";
  const value = compared.capture.value(map, 0, query, key);
  return value === null || Number.isNaN(value) ? "may not attend" : shown(value);
}

/** @param {Compared} compared @param {number} query @param {number} key */
function differenceOf(compared, query, key) {
  const value = compared.capture.value(DIFFERENCE, 0, query, key);
  return value === null || Number.isNaN(value) ? "–" : signed(value);
}

/** @param {Compared} compared @param {number} map @param {number} query @param {number} key */
function isGap({ gaps }, map, query, key) {
  return gaps[map].queries.includes(query) || gaps[map].keys.includes(key);
}
