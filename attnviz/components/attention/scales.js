/**
 * Scales: which part of the colours, 0 to 1, a weight gets.
 *
 * @typedef {"linear" | "log" | "rank"} ScaleName
 * @typedef {{values: Float32Array, maximum: number}} Weights what a scale needs of a matrix
 * @typedef {{scale: ScaleName, maximum: number}} ScaleChoice `maximum`: the value that gets the last colour
 */

/** The log scale ends this many decades below its maximum: smaller weights, and zero, get the first colour. */
export const LOG_DECADES = 4;

/** Up to so many values are sorted. */
const SORTED = 2 ** 16;

/**
 * Of more, values share a rank if they agree in their first twelve binary digits, that is to 0.05 %. A table of these is
 * filled in one pass, where sorting four million weights would take half a second.
 */
const RANK_SHIFT = 12;
const RANK_BINS = 2 ** (31 - RANK_SHIFT);

/**
 * A function from weight to 0..1.
 *
 * - linear: value / maximum.
 * - log: 1 at the maximum, 0 at a ten-thousandth of it and below.
 * - rank: share of the matrix' weights that are smaller, of those below its largest: half of all colours go to each half of
 *   the weights, however uneven these are. The maximum plays no part.
 *
 * NaN (may not attend) stays NaN.
 *
 * @param {Weights} matrix
 * @param {ScaleChoice} choice
 * @returns {(value: number) => number}
 */
export function scaleOf(matrix, { scale, maximum }) {
  const top = maximum > 0 ? maximum : 1;
  if (scale === "rank") return matrix.values.length <= SORTED ? sortedScale(matrix.values) : rankScale(matrix.values);
  if (scale === "log") {
    return (value) => (Number.isNaN(value) ? NaN : value <= 0 ? 0 : clamped(1 + Math.log10(value / top) / LOG_DECADES));
  }
  return (value) => (Number.isNaN(value) ? NaN : clamped(value / top));
}

/**
 * Differences: -maximum gets 0, nothing 0.5, maximum 1.
 *
 * @param {number} maximum
 * @returns {(value: number) => number}
 */
export function differenceScale(maximum) {
  const top = maximum > 0 ? maximum : 1;
  return (value) => (Number.isNaN(value) ? NaN : clamped(0.5 + (0.5 * value) / top));
}

/**
 * @typedef {{unit: number, value: number, text: string}} Stop
 *
 * Ticks for a legend of the colours, from the first to the last.
 *
 * @param {Weights} matrix
 * @param {ScaleChoice} choice
 * @returns {Stop[]} `unit` is the place along the legend, 0 to 1
 */
export function legendStops(matrix, { scale, maximum }) {
  const top = maximum > 0 ? maximum : 1;
  if (scale === "log") {
    return Array.from({ length: LOG_DECADES + 1 }, (_, place) => {
      const value = top * 10 ** (place - LOG_DECADES);
      return { unit: place / LOG_DECADES, value, text: `${place === 0 ? "≤ " : ""}${shortNumber(value)}` };
    });
  }
  if (scale === "rank") {
    return quantiles(matrix.values, [0, 0.25, 0.5, 0.75, 1]).map((value, place) => ({
      unit: place / 4, value, text: shortNumber(value),
    }));
  }
  const step = tickStep(top, 4);
  /** @type {Stop[]} */
  const stops = [];
  for (let value = 0; value < 0.88 * top; value += step) stops.push({ unit: value / top, value, text: shortNumber(value) });
  stops.push({ unit: 1, value: top, text: shortNumber(top) });
  return stops;
}

/**
 * A weight in a few characters: two significant digits, "1e-5" below a ten-thousandth.
 *
 * @param {number} value
 * @returns {string}
 */
export function shortNumber(value) {
  if (Number.isNaN(value)) return "–";
  if (value === 0) return "0";
  if (Math.abs(value) < 1e-4) return value.toExponential(0).replace("e-", "e−");
  return String(Number(value.toPrecision(2)));
}

/**
 * @param {Float32Array} values
 * @returns {Float32Array} ascending, without NaN
 */
function ascending(values) {
  return values.filter((value) => value === value).sort();
}

/**
 * @param {Float32Array} sorted ascending
 * @param {number} value
 * @returns {number} how many are smaller
 */
function countBelow(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * @param {Float32Array} values
 * @returns {(value: number) => number}
 */
function sortedScale(values) {
  const sorted = ascending(values);
  const smaller = sorted.length ? countBelow(sorted, sorted[sorted.length - 1]) : 0;
  return (value) => {
    if (Number.isNaN(value)) return NaN;
    if (smaller === 0) return value > 0 ? 1 : 0; // all are equal
    return clamped(countBelow(sorted, value) / smaller);
  };
}

/**
 * @param {Float32Array} values
 * @returns {(value: number) => number}
 */
function rankScale(values) {
  const below = ranks(values);
  const bits = new Uint32Array(1);
  const number = new Float32Array(bits.buffer);
  return (value) => {
    if (Number.isNaN(value)) return NaN;
    number[0] = value > 0 ? value : 0;
    return below[bits[0] >>> RANK_SHIFT];
  };
}

/**
 * @param {Float32Array} values
 * @returns {Float32Array} for each bin, the share of values below it, of those below the largest
 */
function ranks(values) {
  const counts = binCounts(values);
  let last = RANK_BINS - 1;
  while (last > 0 && counts[last] === 0) last -= 1;
  let smaller = 0;
  for (let bin = 0; bin < last; bin += 1) smaller += counts[bin];
  const below = new Float32Array(RANK_BINS).fill(last > 0 ? 1 : 0, last);
  let sum = 0;
  for (let bin = 0; bin < last; bin += 1) {
    below[bin] = sum / smaller;
    sum += counts[bin];
  }
  return below;
}

/**
 * @param {Float32Array} values
 * @returns {Uint32Array} how many values fall into each bin; NaN into none, what is below zero into the first
 */
function binCounts(values) {
  const counts = new Uint32Array(RANK_BINS);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let cell = 0; cell < values.length; cell += 1) {
    const value = values[cell];
    if (value > 0) counts[bits[cell] >>> RANK_SHIFT] += 1;
    else if (value <= 0) counts[0] += 1;
  }
  return counts;
}

/**
 * @param {Float32Array} values
 * @param {number[]} shares ascending, 0 to 1
 * @returns {number[]} for each, the smallest value whose rank is no less
 */
function quantiles(values, shares) {
  if (values.length <= SORTED) {
    const sorted = ascending(values);
    const smaller = sorted.length ? countBelow(sorted, sorted[sorted.length - 1]) : 0;
    return shares.map((share) => sorted[Math.min(sorted.length - 1, Math.ceil(share * smaller))] ?? 0);
  }
  const below = ranks(values);
  const counts = binCounts(values);
  const bits = new Uint32Array(1);
  const number = new Float32Array(bits.buffer);
  return shares.map((share) => {
    let found = 0;
    for (let bin = 0; bin < RANK_BINS; bin += 1) {
      if (counts[bin] === 0) continue;
      found = bin;
      if (below[bin] >= share) break;
    }
    bits[0] = found << RANK_SHIFT;
    return number[0];
  });
}

/**
 * @param {number} range
 * @param {number} wanted
 * @returns {number} 1, 2 or 5 times a power of ten that divides `range` into about `wanted` steps
 */
function tickStep(range, wanted) {
  const rough = range / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((factor) => factor * power >= rough * 0.8) ?? 10);
}

/**
 * @param {number} unit
 * @returns {number}
 */
function clamped(unit) {
  return unit < 0 ? 0 : unit > 1 ? 1 : unit;
}
