import { labelsOf } from "./capture.js";
import { openVectors } from "./neuron_numbers.js";
import { headName, quoted } from "./sentence.js";

/**
 * What a file of the linked views holds to look inside one number, where no Python answers.
 *
 * @typedef {object} Kept as `kept_vectors` of neuron.py writes it
 * @property {any} header as in a message of Python's, with the `map`, `head`, `query` and `key` that it is about
 * @property {string} numbers in base64
 *
 * @typedef {import("./capture.js").Capture} Capture
 */

/**
 * @param {Kept} kept
 * @param {Capture} capture
 */
export function openKept({ header, numbers }, capture) {
  const bytes = Uint8Array.from(atob(numbers), (one) => one.charCodeAt(0));
  return openVectors({ header, bytes }, capture.maps[header.map]);
}

/**
 * Why there is nothing to show of a number that the file does not hold.
 *
 * @param {Kept} kept
 * @param {Capture} capture
 */
export function notKeptWords({ header }, capture) {
  const { map, head, query, key, heads } = header;
  const name = headName(capture, map, head);
  const where = name.slice(0, 1).toLowerCase() + name.slice(1);
  const labels = labelsOf(capture, map);
  const asking = capture.axes[capture.maps[map].queryAxis].pooled ? "" : ` for query ${query + 1}, ${quoted(labels.query[query])}`;
  const held = heads.length
    ? `the queries and keys of ${where} alone`
    : `what is behind one number alone, the weight of key ${key + 1}, ${quoted(labels.key[key])},${asking} in ${where}`;
  return `This file holds ${held}. To look inside any other number, open the dashboard that the file comes from. `;
}
