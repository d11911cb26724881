import { capital, quoted, shown } from "./sentence.js";
import { isPooled, rankText } from "./text_values.js";

/**
 * What the text view says of itself: its titles, the weight that is pointed at, and what to do next.
 *
 * @typedef {import("./text_model.js").Model} Model
 *
 * @typedef {object} Choice what is chosen, in places of what is shown
 * @property {number | null} query pinned, else pointed at
 * @property {number | null} key
 * @property {{query: number | null, key: number | null}} pointed pointed at, else pinned
 * @property {boolean} pinned whether anything is pinned
 */

const HINTS = {
  out: "Click a token to see what it attends to.",
  in: "Click a token to see what attends to it.",
  cross: "Click a token above to see what it attends to, or one below to see what attends to it.",
  single: "One query stands for the whole sequence. Point at a token for its exact weight.",
  again: "Click it again, or press Escape, to let go.",
};

/**
 * @param {Model} model
 * @param {Choice} choice
 * @param {boolean} received whether a token shades those that attend to it
 * @returns {{query: string, key: string}}
 */
export function titlesOf(model, choice, received) {
  const { matrix, query, key, same, single } = model;
  const all = matrix && isPooled(matrix)
    ? "the largest attention that each token receives"
    : `attention that each token receives, ${query.names.length === 1 ? "from its only query" : `mean over ${query.names.length} queries`}`;
  const from = choice.query === null ? null : `what ${quoted(query.names[choice.query])} attends to`;
  const to = choice.key === null ? null : `what attends to ${quoted(key.names[choice.key])}`;
  const empty = matrix ? "" : " (the weights are on their way)";
  if (same) return { query: "", key: capital((received ? to : from) ?? all) + empty };
  if (single) return { query: "", key: `Attention to each token${empty}` };
  return { query: `${capital(query.axis)}: ${to ?? "queries"}`, key: `${capital(key.axis)}: ${from ?? all}${empty}` };
}

/**
 * The weight that is pointed at, or what to do.
 *
 * @param {Model} model
 * @param {Choice} choice
 * @param {boolean} received
 * @param {(query: number) => Float32Array} rowOf weights of a query
 * @param {(query: number, key: number) => boolean} isExact whether the very weight is here, and not that of a group
 */
export function readoutOf(model, choice, received, rowOf, isExact) {
  const pair = pairOf(model, choice, received);
  if (model.matrix && pair) return weightOf(model, pair.query, pair.key, rowOf(pair.query), isExact(pair.query, pair.key));
  if (choice.pinned) return HINTS.again;
  if (model.single) return HINTS.single;
  return model.same ? (received ? HINTS.in : HINTS.out) : HINTS.cross;
}

/**
 * @param {Model} model
 * @param {Choice} choice
 * @param {boolean} received
 * @returns {{query: number, key: number} | null}
 */
function pairOf(model, choice, received) {
  const { pointed } = choice;
  const query = model.same && !received ? choice.query : model.single ? 0 : pointed.query;
  const key = model.same && received ? choice.key : pointed.key;
  return query === null || key === null ? null : { query, key };
}

/**
 * @param {Model} model
 * @param {number} query
 * @param {number} key
 * @param {Float32Array} values weights of the query
 * @param {boolean} exact
 */
function weightOf(model, query, key, values, exact) {
  const pair = model.single ? quoted(model.key.names[key]) : `${quoted(model.query.names[query])} → ${quoted(model.key.names[key])}`;
  const value = values[key];
  if (Number.isNaN(value)) return `${pair}: may not attend`;
  if (!exact) return `${pair}: at most ${shown(value)}, the largest of its neighbourhood`;
  const rank = model.matrix && isPooled(model.matrix) ? "" : `, ${rankText(values, value)}`;
  return `${pair}: ${shown(value)}${rank}`;
}
