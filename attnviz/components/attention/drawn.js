/**
 * How the views draw, as it goes to Python and comes back: what is exported looks as it does on the screen.
 *
 * @typedef {Pick<import("./store.js").State, "heads" | "mass" | "words" | "pooling" | "sortBy" | "filter" | "colourBy">} Drawn
 */

/** Names of the store's state that are told. */
export const DRAWN = ["heads", "mass", "words", "pooling", "sortBy", "filter", "colourBy"];

/**
 * @param {Record<string, any>} from
 * @returns {Partial<Drawn>} those that are there
 */
export function drawnIn(from) {
  return Object.fromEntries(DRAWN.filter((name) => name in from).map((name) => [name, from[name]]));
}
