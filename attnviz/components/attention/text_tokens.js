import { addElement } from "./elements.js";

/**
 * The elements of tokens in a flow of text, and the white space between them. They are written anew for another text.
 *
 * @typedef {import("./text_pieces.js").Piece} Piece
 */

/**
 * A new last token, which says nothing yet.
 *
 * @param {HTMLElement} element
 * @param {number} place
 * @returns {HTMLElement}
 */
export function addToken(element, place) {
  const token = addElement(element, "span", "token");
  token.append("");
  token.dir = "auto";
  token.dataset.position = String(place);
  token.setAttribute("role", "option");
  token.setAttribute("aria-selected", "false");
  return token;
}

/**
 * What a token says and how it stands beside its neighbours; only what changes is written.
 *
 * @param {HTMLElement} token
 * @param {Piece} piece
 * @param {string} name what a screen reader says of it
 * @param {boolean} joins whether it touches the one before
 * @param {boolean} joined whether the one after touches it
 * @returns {boolean} whether its colours are as they were
 */
export function writeToken(token, piece, name, joins, joined) {
  const text = /** @type {Text} */ (token.firstChild);
  if (text.data !== piece.text) text.data = piece.text;
  set(token, "data-mark", piece.mark); // shown by the style sheet: not marked and not copied
  set(token, "aria-label", name);
  const look = `token${joins ? " joins" : ""}${joined ? " joined" : ""}${piece.mark ? " mark" : ""}`;
  if (token.className === look) return true;
  token.className = look;
  return false;
}

/**
 * @param {HTMLElement} token
 * @param {string} space white space between it and the token before
 * @returns {void}
 */
export function writeSpace(token, space) {
  const known = spaceBefore(token);
  if (!space) known?.remove();
  else if (!known) token.before(space);
  else if (known.data !== space) known.data = space;
}

/**
 * @param {HTMLElement} token
 * @returns {Text | null} white space between it and the token before
 */
export function spaceBefore(token) {
  return token.previousSibling instanceof Text ? token.previousSibling : null;
}

/**
 * @param {HTMLElement} element
 * @param {string} name
 * @param {string} value "" takes the attribute away
 */
function set(element, name, value) {
  if (!value) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
