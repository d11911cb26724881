/**
 * How the linked views and what brings them more find each other: components of one page, each a script of its own.
 *
 * @typedef {"cells" | "vectors"} Kind of what is brought: heads and windows of weights; queries and keys of a layer
 *
 * @typedef {object} CellsWish
 * @property {string} subject of what capture
 * @property {number} map
 * @property {number | "mean" | "max"} head
 * @property {boolean} whole whether the head is not here; else it is the window alone that is wanted
 * @property {[number, number] | null} queries window of exact cells, from the first to the one after the last
 * @property {[number, number] | null} keys
 *
 * @typedef {object} VectorsWish
 * @property {string} subject of what capture
 * @property {number} map
 * @property {number | null} head null for all, if they fit
 * @property {number | null} query null where none has to be named
 * @property {number | null} key
 *
 * @typedef {CellsWish | VectorsWish} Wish
 *
 * @typedef {object} Supply
 * @property {any} header `kind`, `subject` and `wish`, null before the first, and what the kind needs: of cells what
 *   `packed_cells` of payload.py writes, of vectors what `packed_vectors` of neuron.py does
 * @property {Uint8Array} bytes
 */

/** @param {Document} page @param {Kind} kind @param {Wish} wish */
export function ask(page, kind, wish) {
  page.dispatchEvent(new CustomEvent(`attnviz-${kind}-asked`, { detail: wish }));
}

/** @param {Document} page @param {Kind} kind @param {(wish: any) => void} listener @returns {() => void} */
export function onAsked(page, kind, listener) {
  return listen(page, `attnviz-${kind}-asked`, listener);
}

/** @param {Document} page @param {Kind} kind @param {Supply} supply */
export function bring(page, kind, supply) {
  page.dispatchEvent(new CustomEvent(`attnviz-${kind}-brought`, { detail: supply }));
}

/** @param {Document} page @param {Kind} kind @param {(supply: Supply) => void} listener @returns {() => void} */
export function onBrought(page, kind, listener) {
  return listen(page, `attnviz-${kind}-brought`, listener);
}

/**
 * @param {Uint8Array} packed the header's length, the header, the numbers
 * @returns {Supply}
 */
export function read(packed) {
  const start = 4 + new DataView(packed.buffer, packed.byteOffset, 4).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(packed.subarray(4, start)));
  // A copy where numbers of four bytes could not be read in place.
  const aligned = (packed.byteOffset + start) % 4 === 0;
  return { header, bytes: aligned ? packed.subarray(start) : packed.slice(start) };
}

/** @param {Document} page @param {string} name @param {(detail: any) => void} listener */
function listen(page, name, listener) {
  const heard = (/** @type {Event} */ event) => listener(/** @type {CustomEvent} */ (event).detail);
  page.addEventListener(name, heard);
  return () => page.removeEventListener(name, heard);
}
