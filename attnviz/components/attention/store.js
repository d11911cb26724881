/**
 * What the views of one capture share: what is chosen, what the pointer is on, and how it is drawn.
 *
 * @typedef {object} State
 * @property {number} capture counts new data: whoever keeps some of it reads it again
 * @property {number} theme counts changes of the page's colours
 * @property {number} map index into the capture's maps
 * @property {number | "mean" | "max"} head
 * @property {number | null} query pinned position among the shown queries
 * @property {number | null} key pinned position among the shown keys
 * @property {{query: number | null, key: number | null}} hover what the pointer or the keyboard is on
 * @property {"linear" | "log" | "rank"} scale
 * @property {boolean} shared colours from 0 to 1 for every map, or up to the largest weight of this one
 * @property {number[]} heads those whose links are drawn
 * @property {number} mass share of a query's attention whose links are drawn, from 0 to 1
 * @property {boolean} words subwords joined into words
 * @property {"max" | "mean"} pooling how cells become those of an overview
 * @property {string} sortBy
 * @property {string} colourBy
 * @property {string} filter
 *
 * @typedef {(state: Readonly<State>, changed: Set<string>) => void} Listener
 *
 * @typedef {object} Store
 * @property {() => Readonly<State>} get
 * @property {(patch: Partial<State>) => void} set
 * @property {(listener: Listener) => () => void} subscribe returns what ends the subscription
 */

/** @type {State} */
const BEGINNING = {
  capture: 0,
  theme: 0,
  map: 0,
  head: "mean",
  query: null,
  key: null,
  hover: { query: null, key: null },
  scale: "linear",
  shared: false,
  heads: [],
  mass: 0.7,
  words: false,
  pooling: "max",
  sortBy: "",
  colourBy: "",
  filter: "",
};

/**
 * @param {Partial<State>} [initial]
 * @returns {Store}
 */
export function createStore(initial = {}) {
  let state = /** @type {State} */ (Object.freeze({ ...BEGINNING, ...initial }));
  /** @type {Set<Listener>} */
  const listeners = new Set();
  return {
    get: () => state,
    set(patch) {
      const names = Object.keys(patch).filter((name) => !same(state[name], patch[name]));
      if (!names.length) return;
      state = Object.freeze({ ...state, ...Object.fromEntries(names.map((name) => [name, patch[name]])) });
      const now = state;
      const changed = new Set(names);
      for (const listener of [...listeners]) listener(now, changed);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/**
 * Equal as JSON values: lists and objects by what is in them.
 *
 * @param {any} one
 * @param {any} other
 * @returns {boolean}
 */
function same(one, other) {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => same(one[name], other[name]));
}
