import { colourAt, cssColour, mixed, parseColour } from "./colours.js";
import { MOST_LINES, everyLabel, middleOf, rangeOf, seriesLayout, ticksOf, withoutCommonWord } from "./series_layout.js";

/**
 * A series on a canvas: its values as lines (or, of many features, as rows of a picture), the attention to each step as bars
 * below them and as bands behind them.
 *
 * @typedef {import("./colours.js").Theme} Theme
 * @typedef {import("./series_layout.js").Layout} Layout
 *
 * @typedef {object} SeriesData as Python sends it
 * @property {string[]} steps
 * @property {string[]} features
 * @property {(number | null)[][]} values `[feature][step]`; null where one is missing
 *
 * @typedef {object} Picture
 * @property {SeriesData} data
 * @property {Float32Array | null} attention one a step; NaN where it is masked
 * @property {number} maximum attention at the top of the bars
 * @property {(value: number) => number} unitOf attention to 0..1 of the colours
 * @property {Uint32Array} colours
 * @property {Theme} theme
 * @property {string} axis name of the steps
 * @property {number | null} query step whose attention is shown
 * @property {number | null} pinned step that is pinned as a key
 * @property {number | null} pointed
 */

const FONT_SIZE = 12;
const BAND_SHARE = 0.5;
const DOTS_UP_TO = 80;
const SHORTEST = 3;
const LONGEST_LABEL = 90;

/**
 * @param {CanvasRenderingContext2D} pen in CSS pixels
 * @param {Picture} picture
 * @param {number} width
 * @returns {Layout}
 */
export function layoutOf(pen, { data, theme, maximum }, width) {
  pen.font = fontOf(theme);
  const ranges = data.values.map(rangeOf);
  const numbers = data.features.length <= MOST_LINES ? ranges.flatMap(([low, high]) => ticksOf(low, high, 4).map(numberText)) : data.features.map((name) => clipped(pen, name, LONGEST_LABEL));
  const widest = Math.max(...[...numbers, ...ticksOf(0, maximum || 1, 2).map(numberText)].map((text) => pen.measureText(text).width));
  return seriesLayout(width, data.features.length, Math.ceil(Math.min(widest, width / 3)) + 10);
}

/**
 * What stays while the pointer moves: values, titles, scales and the names of steps.
 *
 * @param {CanvasRenderingContext2D} pen in CSS pixels
 * @param {Layout} layout
 * @param {Picture} picture
 */
export function paintValues(pen, layout, picture) {
  pen.clearRect(0, 0, layout.width, layout.height);
  pen.font = fontOf(picture.theme);
  picture.data.features.forEach((_, feature) => (layout.lines ? line(pen, layout, picture, feature) : row(pen, layout, picture, feature)));
  const { top, height } = layout.attention;
  const full = picture.maximum || 1;
  title(pen, layout, layout.lines ? "Attention, also in the bands above" : "Attention", top, picture.theme);
  scale(pen, layout, ticksOf(0, full, 2), (value) => top + height - (value * height) / full, picture.theme);
  stepLabels(pen, layout, picture);
}

/**
 * The whole picture.
 *
 * @param {CanvasRenderingContext2D} pen in CSS pixels
 * @param {Layout} layout
 * @param {Picture} picture
 * @param {HTMLCanvasElement} values as `paintValues` painted them
 */
export function paintSeries(pen, layout, picture, values) {
  pen.clearRect(0, 0, layout.width, layout.height);
  const columns = columnsOf(layout, picture.attention ?? new Float32Array(0));
  bands(pen, layout, picture, columns);
  pen.drawImage(values, 0, 0, layout.width, layout.height);
  bars(pen, layout, picture, columns);
  marks(pen, layout, picture);
}

/** @param {number} value */
export function numberText(value) {
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4)) return value.toExponential(1);
  return String(Number(value.toPrecision(5)));
}

/**
 * Steps as columns of the picture; of those that share a pixel, the largest attention.
 *
 * @param {Layout} layout
 * @param {Float32Array} attention
 * @returns {{left: Float32Array, values: Float32Array, width: number}}
 */
function columnsOf({ left, right }, attention) {
  const slot = (right - left) / attention.length;
  const count = slot >= 1 ? attention.length : Math.ceil(right - left);
  const values = new Float32Array(count).fill(NaN);
  attention.forEach((value, step) => {
    const column = slot >= 1 ? step : Math.floor(step * slot);
    if (!(values[column] >= value) && !Number.isNaN(value)) values[column] = value;
  });
  return { left: Float32Array.from(values, (_, column) => left + column * Math.max(1, slot)), values, width: Math.max(1, slot) };
}

/**
 * Attention behind the lines: the same colour everywhere, the more of it the larger the weight.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Layout} layout
 * @param {Picture} picture
 * @param {ReturnType<typeof columnsOf>} columns
 */
function bands(pen, layout, { unitOf, theme }, { left, values, width }) {
  if (!layout.lines) return;
  const strong = parseColour(theme.primary);
  values.forEach((value, column) => {
    const unit = unitOf(value);
    if (!(unit > 0.01)) return;
    pen.fillStyle = cssColour(mixed(theme.ground, strong, BAND_SHARE * unit));
    for (const { top, height } of layout.panels) pen.fillRect(left[column], top, width, height);
  });
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Layout} layout
 * @param {Picture} picture
 * @param {number} feature
 */
function line(pen, layout, { data, theme }, feature) {
  const { top, height } = layout.panels[feature];
  const values = data.values[feature];
  const [low, high] = rangeOf(values);
  const heightOf = (/** @type {number} */ value) => top + height - ((value - low) * (height - 6)) / (high - low) - 3;
  title(pen, layout, data.features[feature], top, theme);
  scale(pen, layout, ticksOf(low, high, height > 100 ? 4 : 2), heightOf, theme);
  pen.strokeStyle = pen.fillStyle = theme.text;
  pen.lineWidth = 1.75;
  pen.lineJoin = "round";
  pen.beginPath();
  let drawing = false;
  values.forEach((value, step) => {
    if (value === null) drawing = false; // what is missing is a gap
    else {
      const x = middleOf(layout, values.length, step);
      if (drawing) pen.lineTo(x, heightOf(value));
      else pen.moveTo(x, heightOf(value));
      drawing = true;
    }
  });
  pen.stroke();
  const slot = (layout.right - layout.left) / values.length;
  values.forEach((value, step) => {
    if (value === null) return;
    const alone = (values[step - 1] ?? null) === null && (values[step + 1] ?? null) === null;
    if (!alone && (values.length > DOTS_UP_TO || slot < 6)) return;
    pen.beginPath();
    pen.arc(middleOf(layout, values.length, step), heightOf(value), 2.5, 0, 2 * Math.PI);
    pen.fill();
  });
}

/**
 * A feature as a row of greys, from its smallest value to its largest.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Layout} layout
 * @param {Picture} picture
 * @param {number} feature
 */
function row(pen, layout, { data, theme }, feature) {
  const { top, height } = layout.panels[feature];
  const values = data.values[feature];
  const [low, high] = rangeOf(values);
  const slot = (layout.right - layout.left) / values.length;
  if (feature === 0) title(pen, layout, `Values of ${data.features.length} features, each from its smallest to its largest`, top, theme);
  values.forEach((value, step) => {
    if (value === null) return;
    pen.fillStyle = cssColour(mixed(theme.ground, parseColour(theme.text), 0.06 + (0.84 * (value - low)) / (high - low)));
    pen.fillRect(layout.left + step * slot, top, Math.max(1, slot), height);
  });
  pen.fillStyle = theme.text;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  pen.fillText(clipped(pen, data.features[feature], LONGEST_LABEL), layout.left - 6, top + height / 2);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Layout} layout
 * @param {Picture} picture
 * @param {ReturnType<typeof columnsOf>} columns
 */
function bars(pen, layout, { maximum, unitOf, colours, theme }, { left, values, width }) {
  const { top, height } = layout.attention;
  const full = maximum || 1;
  const wide = width > 4;
  pen.strokeStyle = theme.muted; // pale bars have an edge too
  pen.lineWidth = 0.75;
  values.forEach((value, column) => {
    if (Number.isNaN(value)) {
      pen.fillStyle = theme.masked;
      pen.fillRect(left[column], top, width, height);
      return;
    }
    const rise = (Math.min(value, full) * height) / full;
    pen.fillStyle = colourAt(colours, unitOf(value));
    pen.fillRect(left[column], top + height - rise, width - (wide ? 1 : 0), rise);
    if (wide) pen.strokeRect(left[column] + 0.375, top + height - rise, width - 1.75, rise);
  });
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Layout} layout
 * @param {Picture} picture
 */
function stepLabels(pen, layout, { data, axis, theme }) {
  const bottom = layout.attention.top + layout.attention.height;
  const { word, labels } = withoutCommonWord(data.steps);
  const longest = labels.reduce((one, other) => (other.length > one.length ? other : one), "");
  const widest = pen.measureText(clipped(pen, longest, LONGEST_LABEL)).width;
  const every = everyLabel(widest, (layout.right - layout.left) / labels.length);
  pen.fillStyle = theme.text;
  pen.strokeStyle = theme.muted;
  pen.lineWidth = 1;
  pen.textBaseline = "top";
  pen.textAlign = "center";
  labels.forEach((name, step) => {
    // Of numbers, the round ones: 5, 10, 15 say more than 1, 6, 11.
    const round = word && every > 1 ? Number(name) % every === 0 : step % every === 0;
    if (!round) return;
    const label = clipped(pen, name, LONGEST_LABEL);
    const x = middleOf(layout, labels.length, step);
    const half = pen.measureText(label).width / 2;
    pen.beginPath();
    pen.moveTo(Math.round(x) + 0.5, bottom);
    pen.lineTo(Math.round(x) + 0.5, bottom + 4);
    pen.stroke();
    pen.fillText(label, Math.min(x, layout.width - half - 1), bottom + 6);
  });
  pen.textAlign = "left";
  pen.fillText(clipped(pen, word || axis, layout.right - layout.left), layout.left, bottom + 22);
}

/**
 * The step whose attention is shown, the pinned one, and the one that is pointed at.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Layout} layout
 * @param {Picture} picture
 */
function marks(pen, layout, { data, query, pinned, pointed, theme }) {
  const at = (/** @type {number | null} */ step, /** @type {string} */ colour, /** @type {number} */ width, /** @type {number[]} */ dashes) => {
    if (step === null || step >= data.steps.length) return;
    const x = middleOf(layout, data.steps.length, step);
    pen.strokeStyle = pen.fillStyle = colour;
    pen.lineWidth = width;
    pen.setLineDash(dashes);
    pen.beginPath();
    for (const { top, height } of [...layout.panels, layout.attention]) { // not through the titles between them
      pen.moveTo(x, top);
      pen.lineTo(x, top + height);
    }
    pen.stroke();
    pen.setLineDash([]);
  };
  at(pointed, theme.text, 1, [3, 3]);
  at(pinned, theme.text, 2, []);
  at(query, theme.primary, 2.5, []);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Layout} layout
 * @param {string} text
 * @param {number} top
 * @param {Theme} theme
 */
function title(pen, layout, text, top, theme) {
  pen.fillStyle = theme.text;
  pen.font = `600 ${fontOf(theme)}`;
  pen.textAlign = "left";
  pen.textBaseline = "bottom";
  pen.fillText(clipped(pen, text, layout.right - layout.left), layout.left, top - 3);
  pen.font = fontOf(theme);
}

/**
 * Numbers at the left, with lines across.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Layout} layout
 * @param {number[]} ticks
 * @param {(value: number) => number} heightOf
 * @param {Theme} theme
 */
function scale(pen, layout, ticks, heightOf, theme) {
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  pen.strokeStyle = theme.border;
  pen.lineWidth = 1;
  for (const tick of ticks) {
    const y = Math.round(heightOf(tick)) + 0.5;
    pen.globalAlpha = 0.7;
    pen.beginPath();
    pen.moveTo(layout.left, y);
    pen.lineTo(layout.right, y);
    pen.stroke();
    pen.globalAlpha = 1;
    pen.fillStyle = theme.text;
    pen.fillText(numberText(tick), layout.left - 6, y);
  }
}

/** @param {Theme} theme */
function fontOf(theme) {
  return `${FONT_SIZE}px ${theme.font}`;
}

/**
 * As much of a label as there is room for, the rest as an ellipsis.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {string} label
 * @param {number} room
 */
function clipped(pen, label, room) {
  const characters = [...label];
  while (characters.length > SHORTEST && pen.measureText(`${characters.join("")}…`).width > room) characters.pop();
  return characters.length === [...label].length ? label : `${characters.join("")}…`;
}
