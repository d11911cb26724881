/**
 * One weight, computed from the query and the key behind it, step by step as the layer does.
 *
 * @typedef {object} Neighbour
 * @property {number} key position among the shown keys
 * @property {number} score NaN where the query may not attend to it
 * @property {number} power e to the score less the row's largest, from 0 to 1
 * @property {number} weight
 *
 * @typedef {object} Numbers
 * @property {"dot" | "additive"} formula
 * @property {Float32Array} query its components
 * @property {Float32Array} key
 * @property {Float32Array | null} factors trained, one a component
 * @property {Float64Array} products what is summed
 * @property {number} sum
 * @property {number} scale
 * @property {number | null} cap what the scaled sum is kept within; null where it is not
 * @property {number} scaled the sum, scaled
 * @property {number | null} bias what is added; null where the layer adds nothing anywhere
 * @property {number} score
 * @property {boolean} masks whether the layer masks anything
 * @property {boolean} allowed
 * @property {number} largest of the row's scores; NaN if the query may attend to nothing
 * @property {number} power
 * @property {number} total the sum of the row's powers, what is hidden included
 * @property {number} allowedKeys how many of the shown keys the query may attend to
 * @property {number} weight
 * @property {Neighbour[]} neighbours strongest first, masked ones last
 * @property {number} others what the shown keys beside those get together
 * @property {number} hidden what keys that are not shown get
 * @property {Float32Array | null} captured the row's weights as captured, where they came with the numbers
 */

export const STRONGEST = 5; // keys that are told beside the chosen one, as in views/neuron.py
const AROUND = 1; // and those before and after it
const NOTHING_HIDDEN = [-Infinity, -Infinity];

/**
 * Reads what Python sent.
 *
 * @param {import("./channel.js").Supply} vectors
 * @param {{queries: number, keys: number}} size of the map
 */
export function openVectors({ header, bytes }, { queries, keys }) {
  const { size } = header;
  const floats = (/** @type {number} */ start, /** @type {number} */ from, /** @type {number} */ count) =>
    new Float32Array(bytes.buffer, bytes.byteOffset + start + 4 * from, count);
  const factors = header.problem || header.componentScale === null ? null : floats(header.componentScale, 0, size);
  /** @type {{name: string, row: Row} | null} the row that was computed last */
  let last = null;

  /**
   * The scores of a query over all shown keys.
   *
   * @typedef {object} Row
   * @property {Float64Array} scores minus infinity where it may not attend
   * @property {Float32Array} query
   * @property {ArrayLike<number>} hidden of keys that are not shown, the logarithm of what they add, and their largest score
   *
   * @param {number} head
   * @param {number} query
   * @returns {Row}
   */
  const rowOf = (head, query) => {
    const name = `${head} ${query}`;
    if (last?.name === name) return last.row;
    const place = header.heads.indexOf(head);
    const own = floats(header.queries, (place * queries + query) * size, size);
    const scores = new Float64Array(keys);
    for (let key = 0; key < keys; key += 1) {
      const sum = total(productsOf(header.formula, own, keyOf(head, key), factors));
      scores[key] = allows(query, key) ? capped(header, header.scale * sum) + (biasAt(head, query, key) ?? 0) : -Infinity;
    }
    const hidden = header.hidden === null ? NOTHING_HIDDEN : floats(header.hidden, 2 * (place * queries + query), 2);
    last = { name, row: { scores, query: own, hidden } };
    return last.row;
  };
  const keyOf = (/** @type {number} */ head, /** @type {number} */ key) =>
    floats(header.keys, (header.heads.indexOf(head) * keys + key) * size, size);
  const biasAt = (/** @type {number} */ head, /** @type {number} */ query, /** @type {number} */ key) => {
    if (!header.bias) return null;
    const { start, rows, columns } = header.bias;
    const row = header.heads.indexOf(head) * rows + (rows > 1 ? query : 0);
    return floats(start, row * columns + (columns > 1 ? key : 0), 1)[0];
  };
  const allows = (/** @type {number} */ query, /** @type {number} */ key) => {
    if (!header.mask) return true;
    const { start, rows, columns } = header.mask;
    return bytes[start + (rows > 1 ? query : 0) * columns + (columns > 1 ? key : 0)] === 1;
  };
  return {
    header,
    /** Whether the numbers of this head can be computed for any of its queries and keys. */
    has: (/** @type {number} */ head) => !header.problem && header.heads.includes(head),
    /** Whether they are here for this query and key alone. */
    hasPair: (/** @type {number} */ head, /** @type {number | null} */ query, /** @type {number | null} */ key) =>
      Boolean(header.row) && header.row.head === head && header.row.query === query && (key === null || header.row.key === key),
    /** @param {number} head @param {number} query @returns {number} position of the key with the largest score */
    strongestKey(head, query) {
      if (!this.has(head)) return header.row.key;
      return rowOf(head, query).scores.reduce((best, score, key, all) => (score > all[best] ? key : best), 0);
    },
    /**
     * @param {number} head
     * @param {number} query
     * @param {number} key
     * @returns {Numbers}
     */
    numbersOf(head, query, key) {
      if (this.has(head)) {
        const row = rowOf(head, query);
        return numbers({
          header, factors, key, bias: biasAt(head, query, key), masks: Boolean(header.mask),
          query: row.query, vector: keyOf(head, key), scores: row.scores, hidden: row.hidden, captured: null,
        });
      }
      const { row } = header;
      const scores = Float64Array.from(floats(row.scores, 0, keys));
      return numbers({
        header, factors, key, scores, masks: scores.includes(-Infinity),
        bias: row.bias === null ? null : floats(row.bias, 0, 1)[0],
        query: floats(row.queryVector, 0, size), vector: floats(row.keyVector, 0, size),
        captured: floats(row.weights, 0, keys),
        hidden: floats(row.hidden, 0, 2),
      });
    },
  };
}

/**
 * What is summed, component by component.
 *
 * @param {"dot" | "additive"} formula
 * @param {Float32Array} query
 * @param {Float32Array} key
 * @param {Float32Array | null} factors
 */
export function productsOf(formula, query, key, factors) {
  const products = new Float64Array(query.length);
  for (let at = 0; at < query.length; at += 1) {
    const value = formula === "dot" ? query[at] * key[at] : Math.tanh(query[at] + key[at]);
    products[at] = factors ? value * factors[at] : value;
  }
  return products;
}

/**
 * Keys that are told beside `key`, itself included: strongest first, the earlier of equals.
 *
 * @param {Float64Array} scores
 * @param {number} key
 * @returns {number[]}
 */
export function neighboursOf(scores, key) {
  const order = Array.from(scores, (_, at) => at).sort((one, other) => {
    if (scores[one] === scores[other]) return one - other; // two infinities have no difference
    return scores[other] - scores[one];
  });
  const wanted = new Set(order.slice(0, STRONGEST).filter((at) => Number.isFinite(scores[at])));
  for (let at = Math.max(0, key - AROUND); at <= Math.min(scores.length - 1, key + AROUND); at += 1) wanted.add(at);
  return order.filter((at) => wanted.has(at));
}

/**
 * @param {{header: any, factors: Float32Array | null, query: Float32Array, vector: Float32Array, key: number, bias: number | null, masks: boolean, scores: Float64Array, hidden: ArrayLike<number>, captured: Float32Array | null}} given
 * @returns {Numbers}
 */
function numbers({ header, factors, query, vector, key, bias, masks, scores, hidden, captured }) {
  const products = productsOf(header.formula, query, vector, factors);
  const sum = total(products);
  const finite = scores.filter(Number.isFinite);
  const outside = hidden[0] > -Infinity;
  const largest = finite.length || outside ? finite.reduce((most, one) => Math.max(most, one), hidden[1]) : NaN;
  const powerOf = (/** @type {number} */ score) => (score > -Infinity ? Math.exp(score - largest) : 0);
  const unseen = outside ? Math.exp(hidden[0] - largest) : 0;
  const all = total(scores.map(powerOf)) + unseen;
  const share = (/** @type {number} */ power) => (all > 0 ? power / all : 0);
  const listed = neighboursOf(scores, key);
  const neighbours = listed.map((at) => {
    const power = powerOf(scores[at]);
    return { key: at, score: Number.isFinite(scores[at]) ? scores[at] : NaN, power, weight: share(power) };
  });
  const told = neighbours.reduce((so, { power }) => so + power, 0);
  return {
    formula: header.formula, query, key: vector, factors, products, sum, scale: header.scale, bias,
    cap: header.cap, scaled: header.scale * sum,
    score: capped(header, header.scale * sum) + (bias ?? 0),
    masks, allowed: scores[key] > -Infinity,
    largest, power: powerOf(scores[key]), total: all, allowedKeys: finite.length,
    weight: share(powerOf(scores[key])),
    neighbours,
    others: Math.max(0, share(all - unseen - told)),
    hidden: share(unseen),
    captured,
  };
}

/** @param {{cap: number | null}} header @param {number} score */
function capped({ cap }, score) {
  return cap === null ? score : cap * Math.tanh(score / cap);
}

/** @param {Float64Array} values */
function total(values) {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
