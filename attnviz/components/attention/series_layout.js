/**
 * Where everything of a series stands, in CSS pixels: numbers in, numbers out.
 *
 * @typedef {object} Panel
 * @property {number} top
 * @property {number} height
 *
 * @typedef {object} Layout
 * @property {number} width
 * @property {number} height
 * @property {number} left first pixel of the steps
 * @property {number} right pixel after the last
 * @property {Panel[]} panels one a feature; a row each where there are too many for lines
 * @property {Panel} attention
 * @property {boolean} lines whether features are drawn as lines, and not as rows of a picture
 */

/** With more features than this, each is a row of a picture and not a line in a panel of its own. */
export const MOST_LINES = 4;

const LINE_HEIGHTS = [190, 120, 95, 85];
const ROW_HEIGHT = 15;
const ATTENTION_HEIGHT = 74;
const TITLE = 20;
const LABELS = 38;
const RIGHT = 10;

/**
 * @param {number} width
 * @param {number} features
 * @param {number} margin room for the numbers at the left
 * @returns {Layout}
 */
export function seriesLayout(width, features, margin) {
  const lines = features <= MOST_LINES;
  let top = lines ? 0 : TITLE;
  const panels = Array.from({ length: features }, () => {
    if (lines) top += TITLE;
    const height = lines ? LINE_HEIGHTS[features - 1] : ROW_HEIGHT;
    const panel = { top, height: lines ? height : height - 1 };
    top += height + (lines ? 10 : 0);
    return panel;
  });
  const attention = { top: top + TITLE + (lines ? 0 : 6), height: ATTENTION_HEIGHT };
  return {
    width, panels, attention, lines,
    height: attention.top + ATTENTION_HEIGHT + LABELS,
    left: margin,
    right: Math.max(margin + 20, width - RIGHT),
  };
}

/**
 * Middle of a step.
 *
 * @param {Layout} layout
 * @param {number} steps
 * @param {number} step
 */
export function middleOf({ left, right }, steps, step) {
  return left + ((step + 0.5) * (right - left)) / steps;
}

/**
 * The step at a pixel; null beside the steps.
 *
 * @param {Layout} layout
 * @param {number} steps
 * @param {number} x
 */
export function stepAt({ left, right }, steps, x) {
  const step = Math.floor(((x - left) * steps) / (right - left));
  return step >= 0 && step < steps ? step : null;
}

/**
 * About `count` round numbers from `low` to `high`: multiples of 1, 2 or 5 times a power of ten.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} count
 * @returns {number[]} at least one, within the range
 */
export function ticksOf(low, high, count) {
  const range = high - low;
  if (!(range > 0)) return [low];
  const rough = range / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * 0.99) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  if (last < first) return [low, high];
  return Array.from({ length: last - first + 1 }, (_, place) => Number(((first + place) * step).toPrecision(12)));
}

/**
 * Every how many-th label fits where each has `slot` pixels.
 *
 * @param {number} widest of the labels, in pixels
 * @param {number} slot
 * @returns {number} 1, 2, 5, 10, 20, 50 …
 */
export function everyLabel(widest, slot) {
  const least = (widest + 12) / slot;
  for (let power = 1; ; power *= 10) {
    const every = [1, 2, 5].find((factor) => factor * power >= least);
    if (every) return every * power;
  }
}

/**
 * Labels without the word that all of them begin with: "year 1", "year 2" become "1", "2" of "year".
 *
 * @param {string[]} labels
 * @returns {{word: string, labels: string[]}}
 */
export function withoutCommonWord(labels) {
  const [, word] = /^(\S.*?) \d+$/.exec(labels[0] ?? "") ?? [];
  const common = word !== undefined && labels.every((label) => label.startsWith(`${word} `) && /^\d+$/.test(label.slice(word.length + 1)));
  return common ? { word, labels: labels.map((label) => label.slice(word.length + 1)) } : { word: "", labels };
}

/**
 * Smallest and largest of `values`, a little apart where they are one; missing ones left out.
 *
 * @param {(number | null)[]} values
 * @returns {[number, number]}
 */
export function rangeOf(values) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  // Where zero is near, it belongs to the picture: heights are then comparable.
  if (low > 0 && low < 0.35 * high) low = 0;
  if (high < 0 && high > 0.35 * low) high = 0;
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}
