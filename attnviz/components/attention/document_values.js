import { receivedOf } from "./text_values.js";

/**
 * Weights of a document: those of the chosen head where the browser has them, else those that Python sent with the document.
 *
 * @typedef {import("./capture.js").Capture} Capture
 * @typedef {import("./store.js").State} State
 *
 * @typedef {object} Sentence as Python sends it
 * @property {string} label
 * @property {number} sample of the map over words
 * @property {number} weight
 * @property {string[]} words
 * @property {number[]} wordWeights
 *
 * @typedef {object} DocumentData
 * @property {string} sentenceLayer
 * @property {string} wordLayer
 * @property {number} sample of the map over sentences
 * @property {Sentence[]} sentences
 *
 * @typedef {object} DocumentValues
 * @property {number} sentenceMap index of the map over sentences; -1 where the capture offers none
 * @property {number[]} wordMaps index of the map over the words of each sentence
 * @property {Float32Array} sentences weight of each
 * @property {Float32Array[]} words for each sentence the weight of each word
 */

/**
 * @param {Capture} capture
 * @param {State} state
 * @param {DocumentData} data
 * @returns {DocumentValues}
 */
export function documentValues(capture, state, data) {
  const mapOf = (/** @type {string} */ name, /** @type {number} */ sample) =>
    capture.maps.findIndex((one) => one.name === name && one.sample === sample);
  const sentenceMap = mapOf(data.sentenceLayer, data.sample);
  const wordMaps = data.sentences.map(({ sample }) => mapOf(data.wordLayer, sample));
  return {
    sentenceMap,
    wordMaps,
    sentences: weightsOf(capture, state, sentenceMap, data.sentences.map(({ weight }) => weight)),
    words: data.sentences.map(({ wordWeights }, place) => weightsOf(capture, state, wordMaps[place], wordWeights)),
  };
}

/**
 * Places of the largest of `values`, largest first, the earlier of equals first; zeros left out.
 *
 * @param {Float32Array} values
 * @param {number} count
 * @returns {number[]}
 */
export function strongestOf(values, count) {
  return [...values.keys()]
    .filter((place) => values[place] > 0)
    .sort((one, other) => values[other] - values[one] || one - other)
    .slice(0, count);
}

/**
 * Attention that each key of a map receives from the chosen head; from the mean of all where another layer's is chosen.
 *
 * @param {Capture} capture
 * @param {State} state
 * @param {number} map
 * @param {number[]} sent
 */
function weightsOf(capture, state, map, sent) {
  if (map < 0) return Float32Array.from(sent);
  const { heads, name, keys } = capture.maps[map];
  const chosen = capture.maps[state.map].name === name && heads > 1 ? state.head : heads > 1 ? "mean" : 0;
  const matrix = capture.cells(map, chosen);
  return matrix ? receivedOf(matrix, keys).map((value) => (Number.isNaN(value) ? 0 : value)) : Float32Array.from(sent);
}
