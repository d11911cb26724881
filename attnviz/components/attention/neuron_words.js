/**
 * What is said of the steps from a query and a key to a weight.
 *
 * @typedef {import("./neuron_numbers.js").Numbers} Numbers
 *
 * @typedef {object} Pair
 * @property {string} query in quotation marks, or what stands for it
 * @property {string} key in quotation marks
 * @property {boolean} pooled whether the query stands for a whole sequence
 */

const LARGEST_TOLD = 3;

/**
 * Three significant digits, with a minus that is as wide as a plus.
 *
 * @param {number} value
 */
export function signed(value) {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text = size < 1e-4 || size >= 1e6 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
  return text.replaceAll("-", "−");
}

/**
 * How the two vectors are compared.
 *
 * @param {Numbers} numbers
 * @param {Pair} pair
 */
export function comparisonWords({ formula, factors, query }, { query: asking, key, pooled }) {
  const size = query.length;
  const made = pooled
    ? `One query, q, of ${size} numbers stands for the whole sequence. From ${key} the layer makes a key, k.`
    : `From ${asking} the layer makes a query, q, of ${size} numbers; from ${key} a key, k.`;
  const weighed = factors ? "multiplied with factors that the layer learned, " : "";
  const how = formula === "dot"
    ? `Multiplied number by number, ${weighed}they give the last row`
    : `Added number by number, put through tanh, which keeps them between −1 and 1, ${weighed}they give the last row`;
  return `${made} ${how}: what stands above its line adds to the score, what hangs below takes from it.`;
}

/** @param {Numbers} numbers @returns {string} what a component of the last row is */
export function productName({ formula, factors }) {
  const name = formula === "dot" ? "q × k" : "tanh(q + k)";
  return factors ? `${name} × f` : name;
}

/**
 * From the sum to the score.
 *
 * @param {Numbers} numbers
 * @param {Pair} pair
 */
export function scoreWords({ query, sum, scale, scaled, cap, bias, masks, allowed }, { query: asking, key }) {
  const parts = [`The ${query.length} numbers of that row add up to ${signed(sum)}.`];
  const root = Math.abs(scale * Math.sqrt(query.length) - 1) < 1e-3;
  if (scale === 1) parts.push("This layer does not scale the sum.");
  else {
    const reason = root ? ` (1 ÷ √${query.length}), so that long vectors do not make large scores` : "";
    parts.push(`The layer multiplies it with ${signed(scale)}${reason}.`);
  }
  if (cap !== null) {
    parts.push(`It keeps scores within ±${signed(cap)}: ${signed(cap)} × tanh(${signed(scaled)} ÷ ${signed(cap)}) = `
      + `${signed(cap * Math.tanh(scaled / cap))}.`);
  }
  if (bias !== null) parts.push(`It adds a bias for this query and key, for their positions say: ${signed(bias)}.`);
  if (!allowed) parts.push(`But its mask does not let ${asking} attend to ${key}: whatever the score, the weight is 0.`);
  else if (masks) parts.push(`Its mask lets ${asking} attend to ${key}, so the score counts.`);
  else parts.push("Nothing is masked here.");
  return parts.join(" ");
}

/**
 * From the score to the weight.
 *
 * @param {Numbers} numbers
 */
export function softmaxWords({ largest, total, allowedKeys, hidden }) {
  if (Number.isNaN(largest)) return "Every key is masked for this query: it attends to nothing.";
  const keys = `${allowedKeys} ${allowedKeys === 1 ? "key" : "keys"}`;
  const more = hidden > 0 ? ", and over padding, which is not shown" : "";
  return `Softmax turns scores into shares of 1: e to the power of each score less the largest, ${signed(largest)}; then divided `
    + `by the sum of these over the ${keys} that may be attended to${more}: ${signed(total)}.`;
}

/**
 * A component, in numbers.
 *
 * @param {Numbers} numbers
 * @param {number} at
 */
export function componentWords({ formula, factors, query, key, products }, at) {
  const [q, k] = [signed(query[at]), key[at] < 0 ? `(${signed(key[at])})` : signed(key[at])];
  const made = formula === "dot" ? `${q} × ${k}` : `tanh(${q} + ${k})`;
  const times = factors ? ` × ${factors[at] < 0 ? `(${signed(factors[at])})` : signed(factors[at])}` : "";
  return `Component ${at + 1}: ${made}${times} = ${signed(products[at])}`;
}

/**
 * The components that matter most to the score.
 *
 * @param {Numbers} numbers
 */
export function largestWords({ products }) {
  const order = orderOf(products, true).slice(0, LARGEST_TOLD).filter((at) => products[at] !== 0);
  if (!order.length) return "All products are 0.";
  const plus = (/** @type {number} */ value) => (value > 0 ? `+${signed(value)}` : signed(value));
  return `Largest: ${order.map((at) => `component ${at + 1} (${plus(products[at])})`).join(", ")}.`;
}

/**
 * The order in which components are shown.
 *
 * @param {Float64Array} products
 * @param {boolean} largestFirst
 * @returns {number[]}
 */
export function orderOf(products, largestFirst) {
  const order = Array.from(products, (_, at) => at);
  return largestFirst ? order.sort((one, other) => Math.abs(products[other]) - Math.abs(products[one]) || one - other) : order;
}

/**
 * Which heads share the keys of this one.
 *
 * @param {number} keyHeads
 * @param {number} heads
 * @param {number} head
 */
export function groupWords(keyHeads, heads, head) {
  if (keyHeads >= heads) return "";
  const together = heads / keyHeads;
  const first = Math.floor(head / together) * together;
  return ` Heads ${first + 1} to ${first + together} share their keys (head ${first / together + 1} of ${keyHeads} for keys).`;
}
