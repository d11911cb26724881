/**
 * Tokens as text: pieces without the marks of their tokenizer, and the spaces between them. The other side of
 * `attnviz/views/subwords.py`, which says where words begin.
 *
 * @typedef {object} Piece
 * @property {string} text what is shown and copied; "" where only `mark` is shown
 * @property {string} mark what is shown alone and not copied: a blank, or a piece that is nothing but a mark
 * @property {string} before white space between this and the piece before
 */

const BLANK = /^[\s\u2423\u2400-\u2421\u010a]+$/u;
const LINE_BREAKS = /[\n\u240a\u010a]/gu;
const SPACES = /^[ \u2423\u2581\u0120]+$/u;
const BEGINS = /^[\u2581\u0120\u010a ]/u;
const SPECIAL = /^(?:\[[A-Z][A-Z0-9_]*\]|<(?!0x[0-9A-Fa-f]{2}>)[^<>\s]+>)$/u;
const CLOSES = /^[.,;:!?%)\]}»”’…،؛؟。、，！？：；」』]+$/u;
const OPENS = /^[([{«“‘¿¡「『]+$/u;
const ELIDED = /^(?:\p{L}{1,2}|(?:jus|lors|puis|quoi)qu)['’]$/iu; // French: j'ai, qu'il
const HYPHENATED = /^-\p{L}/u; // French: dort-il
const UNSPACED_END = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]$/u;
const UNSPACED_START = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/**
 * The tokens one by one.
 *
 * @param {string[]} labels
 * @param {number[] | null} words first token of each word; null where tokens are words
 * @returns {Piece[]}
 */
export function piecesOf(labels, words) {
  const starts = new Set(words ?? labels.keys());
  const spaced = marked(labels, words);
  /** @type {Piece[]} */
  const pieces = [];
  labels.forEach((label, place) => {
    const first = starts.has(place);
    const text = bare(label, first, place + 1 === labels.length || starts.has(place + 1), words !== null);
    const shown = BLANK.test(text) ? "" : text;
    const before = place === 0 ? "" : between(labels[place - 1], label, first, spaced);
    pieces.push({ text: shown, mark: shown ? "" : label, before });
  });
  return pieces;
}

/**
 * The words that the tokens make, in the same form.
 *
 * @param {string[]} labels
 * @param {number[]} words first token of each word
 * @returns {Piece[]}
 */
export function wordPiecesOf(labels, words) {
  const pieces = piecesOf(labels, words);
  const names = wordLabels(labels, words);
  return words.map((start, word) => {
    const text = BLANK.test(names[word]) ? "" : names[word];
    return { text, mark: text ? "" : names[word], before: pieces[start].before };
  });
}

/**
 * What each word is called: its pieces without their marks, as `word_labels` of Python has it.
 *
 * @param {string[]} labels
 * @param {number[]} words
 */
export function wordLabels(labels, words) {
  return words.map((start, word) => joined(labels.slice(start, words[word + 1] ?? labels.length)));
}

/**
 * Position among `words` of the word that token `place` belongs to.
 *
 * @param {number[]} words ascending from 0
 * @param {number} place
 */
export function wordAt(words, place) {
  let low = 0;
  let high = words.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (words[middle] <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** @param {string[]} pieces @returns {string} */
function joined(pieces) {
  if (pieces.length > 1 && BLANK.test(pieces[0])) return joined(pieces.slice(1));
  const text = pieces.map((piece, place) => bare(piece, place === 0, place === pieces.length - 1, true)).join("");
  return text || pieces.join("");
}

/**
 * @param {string} piece
 * @param {boolean} first whether it begins its word
 * @param {boolean} last whether it ends it
 * @param {boolean} pieces whether tokens are pieces of words; where they are words, `##` or `Ġ` may be text
 */
function bare(piece, first, last, pieces) {
  if (first && !BLANK.test(piece)) piece = piece.replace(/^[ \u2581]+/u, "");
  if (!pieces) return piece;
  if (first && !BLANK.test(piece)) piece = piece.replace(/^\u0120/u, "");
  if (!first) piece = piece.replace(/^##/u, "");
  piece = piece.replace(/<\/w>$/u, "");
  return last ? piece : piece.replace(/@@$/u, "");
}

/**
 * Whether the pieces say themselves where the spaces are.
 *
 * @param {string[]} labels
 * @param {number[] | null} words
 */
function marked(labels, words) {
  return words !== null && labels.some((label) => BEGINS.test(label) && !BLANK.test(label));
}

/**
 * @param {string} left
 * @param {string} right
 * @param {boolean} first whether `right` begins a word
 * @param {boolean} spaced
 */
function between(left, right, first, spaced) {
  if (BLANK.test(left) && !(spaced && SPACES.test(left))) return breaksOf(left) || (SPACES.test(left) ? " " : "");
  if (spaced) return BEGINS.test(right) || SPACES.test(right) || SPECIAL.test(left) || SPECIAL.test(right) ? " " : "";
  if (!first || BLANK.test(right) || CLOSES.test(right) || OPENS.test(left)) return "";
  if (ELIDED.test(left) || HYPHENATED.test(right)) return "";
  return UNSPACED_END.test(left) && UNSPACED_START.test(right) ? "" : " ";
}

/** @param {string} blank */
function breaksOf(blank) {
  return "\n".repeat(blank.match(LINE_BREAKS)?.length ?? 0);
}
