/**
 * How the linked views and what brings them cells find each other: two components of one page, each a script of its own.
 *
 * @typedef {object} Wish
 * @property {string} subject of what capture
 * @property {number} map
 * @property {number | "mean" | "max"} head
 * @property {boolean} whole whether the head is not here; else it is the window alone that is wanted
 * @property {[number, number] | null} queries window of exact cells, from the first to the one after the last
 * @property {[number, number] | null} keys
 *
 * @typedef {object} Supply
 * @property {{subject: string, wish: Wish | null, type: string, blocks: any[]}} header
 * @property {Uint8Array} cells
 */

const ASKED = "attnviz-asked";
const BROUGHT = "attnviz-brought";

/** @param {Document} page @param {Wish} wish */
export function ask(page, wish) {
  page.dispatchEvent(new CustomEvent(ASKED, { detail: wish }));
}

/** @param {Document} page @param {(wish: Wish) => void} listener @returns {() => void} */
export function onAsked(page, listener) {
  return listen(page, ASKED, listener);
}

/** @param {Document} page @param {Supply} supply */
export function bring(page, supply) {
  page.dispatchEvent(new CustomEvent(BROUGHT, { detail: supply }));
}

/** @param {Document} page @param {(supply: Supply) => void} listener @returns {() => void} */
export function onBrought(page, listener) {
  return listen(page, BROUGHT, listener);
}

/** @param {Document} page @param {string} name @param {(detail: any) => void} listener */
function listen(page, name, listener) {
  const heard = (/** @type {Event} */ event) => listener(/** @type {CustomEvent} */ (event).detail);
  page.addEventListener(name, heard);
  return () => page.removeEventListener(name, heard);
}
