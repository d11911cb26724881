/**
 * Statistics of heads: what they are called, what they say, and what they are measured against.
 *
 * @typedef {object} Statistic
 * @property {string} name as in `MapInfo.statistics`
 * @property {string} title what a person calls it
 * @property {string} unit `""` for a share from 0 to 1
 * @property {string} about what it says, in a few words
 */

/** In the order in which they are offered; names as in HEAD_COLUMNS of views/tables.py. @type {Statistic[]} */
const KNOWN = [
  { name: "entropy (nats)", title: "Entropy", unit: "nats", about: "how spread a query's attention is" },
  { name: "normalised entropy", title: "Normalised entropy", unit: "", about: "0 for one key, 1 for all keys alike" },
  { name: "effective keys", title: "Effective keys", unit: "keys", about: "over how many keys attention is spread" },
  { name: "distance (positions)", title: "Distance", unit: "positions", about: "how far a query looks" },
  { name: "diagonal", title: "Diagonal", unit: "", about: "weight on the token itself" },
  { name: "previous", title: "Previous", unit: "", about: "weight on the token before" },
  { name: "next", title: "Next", unit: "", about: "weight on the token after" },
  { name: "first", title: "First", unit: "", about: "weight on the first token" },
  { name: "largest received", title: "Largest received", unit: "", about: "mean weight on the key that receives most" },
];

/**
 * The statistics that at least one head of the capture has, those that are not known here last.
 *
 * @param {{maps: {statistics: Record<string, (number | null)[]>}[]}} capture
 * @returns {Statistic[]}
 */
export function statisticsOf(capture) {
  const had = new Set();
  for (const map of capture.maps) {
    for (const [name, values] of Object.entries(map.statistics)) if (values.some(isNumber)) had.add(name);
  }
  const known = KNOWN.filter((one) => had.delete(one.name));
  return [...known, ...[...had].map((name) => ({ name, title: name, unit: "", about: "" }))];
}

/**
 * @param {string} name
 * @returns {Statistic}
 */
export function statisticCalled(name) {
  return KNOWN.find((one) => one.name === name) ?? { name, title: name, unit: "", about: "" };
}

/**
 * A head's value; null where it has none.
 *
 * @param {{maps: {statistics: Record<string, (number | null)[]>}[]}} capture
 * @param {number} map
 * @param {number} head
 * @param {string} name
 * @returns {number | null}
 */
export function statisticValue(capture, map, head, name) {
  const value = capture.maps[map]?.statistics[name]?.[head];
  return isNumber(value) ? value : null;
}

/**
 * Smallest and largest value that a bar or a slider has to show: 0 to 1 for shares, else 0 to the capture's largest.
 *
 * @param {{maps: {statistics: Record<string, (number | null)[]>}[]}} capture
 * @param {string} name
 * @returns {[number, number]}
 */
export function rangeOf(capture, name) {
  if (KNOWN.some((one) => one.name === name && one.unit === "")) return [0, 1];
  let largest = 0;
  for (const map of capture.maps) {
    for (const value of map.statistics[name] ?? []) if (isNumber(value) && value > largest) largest = value;
  }
  return [0, largest || 1];
}

/**
 * Two digits after the point; none from 100 on.
 *
 * @param {number | null} value
 * @returns {string}
 */
export function statisticText(value) {
  if (value === null) return "–";
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

/**
 * @param {unknown} value
 * @returns {value is number}
 */
function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}
