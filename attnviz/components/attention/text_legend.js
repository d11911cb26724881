import { STEPS, cssOf, readableOn, sequentialColours, themeOf } from "./colours.js";
import { addElement } from "./elements.js";
import { legendStops, shortNumber } from "./scales.js";

/**
 * Colours of tokens and words, and the strip that says which value has which.
 *
 * @typedef {{grounds: string[], inks: string[]}} Shades colour of ground and text for each of the 256 steps
 *
 * @typedef {object} Legend
 * @property {HTMLElement} element
 * @property {(colours: string[], weights: {values: Float32Array, maximum: number},
 *             choice: {scale: "linear" | "log" | "rank", maximum: number}, note: string, masked: string) => void} show `masked`: how masked ones look, "" if there are none
 */

/**
 * The shades of the page's theme at `root`.
 *
 * @param {Element} root
 * @returns {Shades}
 */
export function shadesOf(root) {
  const colours = sequentialColours(themeOf(root));
  return { grounds: Array.from(colours, cssOf), inks: Array.from(colours, readableOn) };
}

/**
 * @param {HTMLElement} parent
 * @returns {Legend}
 */
export function createLegend(parent) {
  const element = addElement(parent, "div", "legend");
  const low = addElement(element, "span", "number");
  const bar = addElement(element, "span", "bar");
  bar.setAttribute("aria-hidden", "true");
  const high = addElement(element, "span", "number");
  const note = addElement(element, "span", "note");
  return {
    element,
    show(colours, weights, choice, text, masked) {
      const stops = legendStops(weights, choice);
      low.textContent = stops.length ? stops[0].text : "0";
      high.textContent = stops.length ? stops[stops.length - 1].text : shortNumber(choice.maximum);
      bar.style.backgroundImage = gradientOf(colours);
      note.textContent = masked ? `${text}; ${masked}: may not attend` : text;
    },
  };
}

/** @param {string[]} colours */
function gradientOf(colours) {
  const every = Math.floor((STEPS - 1) / 15);
  return `linear-gradient(to right, ${colours.filter((_, step) => step % every === 0).join(", ")})`;
}
