/**
 * Colours of the views: what the page's theme gives, and the scales that turn numbers into colours.
 *
 * A scale of colours is a `Uint32Array` of 256 pixels as `ImageData` holds them (red in the lowest byte, opaque), so that a
 * matrix is painted by looking up one number a cell. `cssOf` gives one of them to the rest of the page.
 *
 * @typedef {[number, number, number]} Colour red, green and blue from 0 to 255
 *
 * @typedef {object} Theme colours as CSS takes them, except `ground`
 * @property {string} text
 * @property {string} muted text of lesser weight, still with a contrast of 4.5 to the background
 * @property {string} background
 * @property {string} secondary background of panels
 * @property {string} border
 * @property {string} primary
 * @property {string} masked ground of cells that may not attend
 * @property {string} hatch lines on that ground
 * @property {string} font family
 * @property {Colour} ground `background`, as numbers
 * @property {boolean} dark
 */

import { VIRIDIS } from "./viridis.js";

/** Steps in each scale of colours. */
export const STEPS = 256;

/** Up to this part of the scale, colours fade into the page: near zero there is next to nothing to see. */
const FADE_UNTIL = 0.2;

/** How much of the colour of zero is the page's own. */
const FADE_SHARE = 0.9;

/** Ends of the scale of differences, blue for less and orange for more: told apart by colour-blind eyes too. */
const LESS = { light: [33, 84, 160], dark: [112, 180, 246] };
const MORE = { light: [176, 78, 0], dark: [255, 160, 66] };

/**
 * Sixteen colours for heads, chosen by a search for the largest distances in OKLab, as seen with normal sight, with
 * deuteranopia and with protanopia, each with a contrast of 3 or more to its theme's background. Sixteen colours cannot all
 * be told apart by every eye: views name the head as well.
 */
const HEADS = {
  light: [
    "#32718f", "#c67712", "#760714", "#9a6af5", "#5f9b7b", "#c1123f", "#41089c", "#1f4fcc",
    "#7b89bd", "#4b2f5b", "#2f6b4e", "#596cc6", "#605215", "#6e4163", "#108968", "#3e4c8f",
  ],
  dark: [
    "#7dcdd9", "#f49851", "#e9f01a", "#a77ba5", "#259dfb", "#57f9b0", "#e04a30", "#4d7ae0",
    "#a3f5fa", "#1fc094", "#af8257", "#f0c551", "#84a7d7", "#7d7bf3", "#4a957a", "#8a7bb3",
  ],
};

/** Anything that stands in for a colour which the page does not give. */
const FALLBACK = { text: "#0e1a20", background: "#ffffff", secondary: "#f3f6f7", border: "#cbd5da", primary: "#22697d" };

/**
 * The theme at `element`, from Streamlit's variables there.
 *
 * @param {Element} element
 * @returns {Theme}
 */
export function themeOf(element) {
  const style = getComputedStyle(element);
  const read = (/** @type {string} */ name, /** @type {string} */ fallback) => style.getPropertyValue(name).trim() || fallback;
  const background = read("--st-background-color", FALLBACK.background);
  const text = read("--st-text-color", FALLBACK.text);
  const ground = parseColour(background);
  const dark = luminance(ground) < 0.18;
  return {
    text,
    muted: cssColour(mixed(parseColour(text), ground, dark ? 0.35 : 0.3)),
    background,
    secondary: read("--st-secondary-background-color", FALLBACK.secondary),
    border: read("--st-border-color", FALLBACK.border),
    primary: read("--st-primary-color", FALLBACK.primary),
    masked: cssColour(mixed(ground, parseColour(text), dark ? 0.13 : 0.07)),
    hatch: cssColour(mixed(ground, parseColour(text), dark ? 0.3 : 0.24)),
    font: read("--st-font", "sans-serif"),
    ground,
    dark,
  };
}

/**
 * Colours from 0 to the largest value: viridis, its end that is closer to the page for small values, which fade into it.
 *
 * @param {Theme} theme
 * @returns {Uint32Array} `[256]` pixels
 */
export function sequentialColours(theme) {
  return scaleOfColours((unit) => {
    const step = Math.round(unit * (STEPS - 1));
    const at = 6 * (theme.dark ? step : STEPS - 1 - step);
    const colour = parseHex(VIRIDIS.slice(at, at + 6));
    return mixed(colour, theme.ground, FADE_SHARE * Math.max(0, 1 - unit / FADE_UNTIL));
  });
}

/**
 * Colours of differences: blue below zero, the page's own colour at zero (between steps 127 and 128), orange above.
 *
 * @param {Theme} theme
 * @returns {Uint32Array} `[256]` pixels
 */
export function divergingColours(theme) {
  const ends = theme.dark ? "dark" : "light";
  return scaleOfColours((unit) => {
    const distance = Math.abs(2 * unit - 1);
    const end = /** @type {Colour} */ ((unit < 0.5 ? LESS : MORE)[ends]);
    return mixed(theme.ground, end, distance);
  });
}

/**
 * One colour for each head; after sixteen they begin again.
 *
 * @param {number} count
 * @param {Theme} theme
 * @returns {string[]} hexadecimal, as CSS takes them
 */
export function headColours(count, theme) {
  const colours = HEADS[theme.dark ? "dark" : "light"];
  return Array.from({ length: count }, (_, head) => colours[head % colours.length]);
}

/**
 * A pixel of a scale as CSS.
 *
 * @param {number} pixel
 * @returns {string}
 */
export function cssOf(pixel) {
  return cssColour(channelsOf(pixel));
}

/**
 * The colour of `unit` (0 to 1) on a scale, as CSS.
 *
 * @param {Uint32Array} colours
 * @param {number} unit
 * @returns {string}
 */
export function colourAt(colours, unit) {
  return cssOf(colours[stepOf(unit)]);
}

/**
 * Step of `unit` (0 to 1; beyond that the ends) on a scale of colours.
 *
 * @param {number} unit
 * @returns {number} 0 to 255
 */
export function stepOf(unit) {
  return Math.max(0, Math.min(STEPS - 1, Math.round(unit * (STEPS - 1))));
}

/**
 * Black or white, whichever has the higher contrast (WCAG 2) on a pixel of a scale.
 *
 * @param {number} pixel
 * @returns {"#000000" | "#ffffff"}
 */
export function readableOn(pixel) {
  return luminance(channelsOf(pixel)) > 0.179 ? "#000000" : "#ffffff";
}

/**
 * A colour as the page gives it, in numbers; black where it is none.
 *
 * @param {string} css hexadecimal, or anything else that a canvas takes
 * @returns {Colour}
 */
export function parseColour(css) {
  const hexadecimal = /^#([0-9a-f]{6})/i.exec(css.trim());
  if (hexadecimal) return parseHex(hexadecimal[1]);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.fillStyle = css; // stays black if it is no colour
  pen.fillRect(0, 0, 1, 1);
  const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}

/**
 * Relative luminance (WCAG 2), 0 to 1.
 *
 * @param {Colour} colour
 * @returns {number}
 */
export function luminance(colour) {
  const [red, green, blue] = colour.map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/**
 * `share` of the second colour in the first.
 *
 * @param {Colour} one
 * @param {Colour} other
 * @param {number} share 0 to 1
 * @returns {Colour}
 */
export function mixed(one, other, share) {
  const mix = (/** @type {0 | 1 | 2} */ part) => (1 - share) * one[part] + share * other[part];
  return [mix(0), mix(1), mix(2)];
}

/**
 * A colour in numbers as CSS.
 *
 * @param {Colour} colour
 * @returns {string} `"rgb(18, 52, 86)"`
 */
export function cssColour(colour) {
  return `rgb(${colour.map(Math.round).join(", ")})`;
}

/**
 * @param {(unit: number) => Colour} colourOf
 * @returns {Uint32Array}
 */
function scaleOfColours(colourOf) {
  const pixels = new Uint32Array(STEPS);
  for (let step = 0; step < STEPS; step += 1) {
    const [red, green, blue] = colourOf(step / (STEPS - 1)).map(Math.round);
    pixels[step] = ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  }
  return pixels;
}

/**
 * @param {number} pixel
 * @returns {Colour}
 */
function channelsOf(pixel) {
  return [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
}

/**
 * @param {string} digits six hexadecimal digits
 * @returns {Colour}
 */
function parseHex(digits) {
  const number = Number.parseInt(digits, 16);
  return [(number >> 16) & 255, (number >> 8) & 255, number & 255];
}
