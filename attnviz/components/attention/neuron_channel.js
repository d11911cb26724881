/**
 * How the view of one number and what brings it queries and keys find each other: two components of one page.
 *
 * @typedef {object} VectorsWish
 * @property {string} subject of what capture
 * @property {number} map
 * @property {number | null} head null for all, if they fit
 * @property {number | null} query null where none has to be named
 * @property {number | null} key
 *
 * @typedef {object} Vectors
 * @property {any} header as `packed_vectors` of neuron.py writes it
 * @property {Uint8Array} bytes
 */

const ASKED = "attnviz-vectors-asked";
const BROUGHT = "attnviz-vectors-brought";

/** @param {Document} page @param {VectorsWish} wish */
export function askForVectors(page, wish) {
  page.dispatchEvent(new CustomEvent(ASKED, { detail: wish }));
}

/** @param {Document} page @param {(wish: VectorsWish) => void} listener @returns {() => void} */
export function onVectorsAsked(page, listener) {
  return listen(page, ASKED, listener);
}

/** @param {Document} page @param {Vectors} vectors */
export function bringVectors(page, vectors) {
  page.dispatchEvent(new CustomEvent(BROUGHT, { detail: vectors }));
}

/** @param {Document} page @param {(vectors: Vectors) => void} listener @returns {() => void} */
export function onVectors(page, listener) {
  return listen(page, BROUGHT, listener);
}

/**
 * @param {Uint8Array} packed the header's length, the header, the numbers
 * @returns {Vectors}
 */
export function vectorsIn(packed) {
  const length = new DataView(packed.buffer, packed.byteOffset, 4).getUint32(0, true);
  return {
    header: JSON.parse(new TextDecoder().decode(packed.subarray(4, 4 + length))),
    bytes: packed.slice(4 + length), // a copy begins where numbers of four bytes may
  };
}

/** @param {Document} page @param {string} name @param {(detail: any) => void} listener */
function listen(page, name, listener) {
  const heard = (/** @type {Event} */ event) => listener(/** @type {CustomEvent} */ (event).detail);
  page.addEventListener(name, heard);
  return () => page.removeEventListener(name, heard);
}
