/**
 * Labels of an axis: as many as there is room for, whole or shortened, level or at 45°, never one over another.
 *
 * @typedef {object} Label
 * @property {number} position
 * @property {number} centre pixel of the stage along the axis
 * @property {string} text as drawn
 *
 * @typedef {(text: string) => number} Measure width in pixels
 */

/** Pixels from one line of labels to the next. */
export const LINE = 13;

/** Of labels at 45°, along the axis. */
export const SLANTED_LINE = 17;

/** Longest label at 45°, along itself. */
const SLANTED_LENGTH = 92;

const GAP = 8; // between level labels side by side
/** @type {WeakMap<string[], boolean>} */
const PLACED = new WeakMap(); // asked for again with every painting

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];

/**
 * How the labels above the columns are written when the whole matrix is seen, and what height they take.
 *
 * @param {string[]} labels
 * @param {number} cell width of a column
 * @param {Measure} measure
 * @returns {{slanted: boolean, height: number}}
 */
export function headingOf(labels, cell, measure) {
  const step = stepFor(cell, SLANTED_LINE);
  const longest = longestOf(labels, measure, step);
  if (step === 1 && longest + GAP <= cell) return { slanted: false, height: LINE + 8 };
  return { slanted: true, height: Math.ceil(Math.min(SLANTED_LENGTH, longest) * Math.SQRT1_2 + LINE) };
}

/**
 * Room that the labels beside the rows take.
 *
 * @param {string[]} labels
 * @param {Measure} measure
 * @param {number} most pixels
 * @returns {number}
 */
export function besideOf(labels, measure, most) {
  return Math.ceil(Math.min(most, longestOf(labels, measure, labels.length > 40 ? 10 : 1) + 18));
}

/**
 * Labels for the positions that are seen. Where not every position has room for one, every second, fifth, tenth … has,
 * with its number in front, unless the labels tell their place themselves.
 *
 * @param {object} axis
 * @param {string[]} axis.labels
 * @param {[number, number]} axis.seen from the first to the one after the last
 * @param {number} axis.cell pixels a position
 * @param {(position: number) => number} axis.edge pixel where a position begins
 * @param {[number, number]} axis.limits pixels between which the centre of a label must be
 * @param {number} axis.line least distance from one label to the next
 * @param {(centre: number) => number} axis.room longest text at a place
 * @param {Measure} measure
 * @returns {Label[]}
 */
export function labelsFor({ labels, seen, cell, edge, limits, line, room }, measure) {
  const step = stepFor(cell, line);
  /** @type {Label[]} */
  const found = [];
  for (let position = seen[0]; position < seen[1]; position += 1) {
    if (step > 1 && (position + 1) % step !== 0) continue;
    const centre = edge(position) + cell / 2;
    if (centre < limits[0] || centre > limits[1]) continue;
    const text = fitted(numbered(labels, position, step), room(centre), measure);
    if (text) found.push({ position, centre, text });
  }
  return found;
}

/**
 * Whether each label that is seen fits into its column without being turned.
 *
 * @param {string[]} labels
 * @param {[number, number]} seen
 * @param {number} cell
 * @param {Measure} measure
 * @returns {boolean}
 */
export function allLevel(labels, seen, cell, measure) {
  if (cell < SLANTED_LINE) return false;
  for (let position = seen[0]; position < seen[1]; position += 1) {
    if (measure(labels[position]) + GAP > cell) return false;
  }
  return true;
}

/**
 * `text`, or as much of its beginning as fits before an ellipsis; nothing where not even that fits.
 *
 * @param {string} text
 * @param {number} room pixels
 * @param {Measure} measure
 * @returns {string}
 */
export function fitted(text, room, measure) {
  if (measure(text) <= room) return text;
  const characters = [...text];
  let low = 0;
  let high = characters.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measure(`${characters.slice(0, middle).join("")}…`) <= room) low = middle;
    else high = middle - 1;
  }
  return low > 0 ? `${characters.slice(0, low).join("")}…` : "";
}

/**
 * Every how many positions one label has room.
 *
 * @param {number} cell pixels a position
 * @param {number} line pixels a label
 * @returns {number}
 */
function stepFor(cell, line) {
  return STEPS.find((step) => step * cell >= line) ?? STEPS[STEPS.length - 1];
}

/**
 * @param {string[]} labels
 * @param {number} position
 * @param {number} step
 * @returns {string}
 */
function numbered(labels, position, step) {
  return step === 1 || tellTheirPlace(labels) ? labels[position] : `${position + 1} ${labels[position]}`;
}

/**
 * Whether the labels are places already (`year 7`; `2, 3` of a patch): the numbers in them go up from each to the next.
 *
 * @param {string[]} labels
 * @returns {boolean}
 */
function tellTheirPlace(labels) {
  let told = PLACED.get(labels);
  if (told === undefined) {
    /** @type {number[]} */
    let before = [];
    told = labels.every((label, position) => {
      const numbers = (label.match(/\d+/g) ?? []).map(Number);
      const goesOn = numbers.length > 0 && (position === 0 || follows(numbers, before));
      before = numbers;
      return goesOn;
    });
    PLACED.set(labels, told);
  }
  return told;
}

/**
 * @param {number[]} one
 * @param {number[]} before
 * @returns {boolean} whether the first number that differs is larger
 */
function follows(one, before) {
  const differs = one.findIndex((number, place) => number !== before[place]);
  return differs >= 0 && one[differs] > before[differs];
}

/**
 * @param {string[]} labels
 * @param {Measure} measure
 * @param {number} step
 * @returns {number}
 */
function longestOf(labels, measure, step) {
  let longest = 0;
  // A few hundred say enough of the width; the rest is shortened where it must be.
  const stride = Math.max(1, Math.floor(labels.length / 400));
  for (let position = 0; position < labels.length; position += stride) {
    longest = Math.max(longest, measure(numbered(labels, position, step)));
  }
  return longest;
}
