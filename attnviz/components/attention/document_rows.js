import { addElement } from "./elements.js";
import { piecesOf } from "./text_pieces.js";

/**
 * Sentences on the page: a grid whose rows begin with the sentence's weight and go on with its words.
 *
 * @typedef {object} Row a sentence on the page
 * @property {HTMLElement} element
 * @property {HTMLElement} head weight and bar; what the keyboard chooses the sentence by
 * @property {HTMLElement} number
 * @property {HTMLElement} bar
 * @property {HTMLElement[]} words
 *
 * @typedef {{sentence: number, word: number | null}} Place
 */

/**
 * @param {import("./document_values.js").Sentence} sentence
 * @param {number} place
 * @returns {Row}
 */
export function rowOf(sentence, place) {
  const element = document.createElement("div");
  element.setAttribute("role", "row");
  element.className = "sentence";
  element.dataset.sentence = String(place);
  const head = addElement(element, "div", "weight");
  head.setAttribute("role", "rowheader");
  const first = addElement(head, "span", "first");
  addElement(first, "span", "place").textContent = String(place + 1);
  const number = addElement(first, "span", "number");
  const bar = addElement(addElement(head, "span", "track"), "span", "bar");
  const text = addElement(element, "div", "text");
  text.dir = "auto";
  text.setAttribute("role", "presentation");
  const words = piecesOf(sentence.words, null).map((piece, index) => {
    if (piece.before) text.append(piece.before);
    const word = addElement(text, "span", "word");
    word.textContent = piece.text || piece.mark;
    word.dataset.word = String(index);
    word.setAttribute("role", "gridcell");
    word.dir = "auto";
    return word;
  });
  return { element, head, number, bar, words };
}

/**
 * Where a key leads: up and down between sentences, left and right through a sentence's head and words.
 *
 * @param {Row[]} rows
 * @param {Place} place
 * @param {string} key
 * @returns {Place | null}
 */
export function destination(rows, { sentence, word }, key) {
  const count = rows[sentence].words.length;
  const above = Math.max(0, sentence - 1);
  const below = Math.min(rows.length - 1, sentence + 1);
  const within = (/** @type {number} */ row) => (word === null ? null : Math.min(word, rows[row].words.length - 1));
  if (key === "ArrowUp") return { sentence: above, word: within(above) };
  if (key === "ArrowDown") return { sentence: below, word: within(below) };
  if (key === "ArrowRight") return { sentence, word: word === null ? 0 : Math.min(count - 1, word + 1) };
  if (key === "ArrowLeft") return { sentence, word: word ? word - 1 : null };
  if (key === "Home") return { sentence, word: null };
  if (key === "End") return { sentence, word: count - 1 };
  return null;
}
