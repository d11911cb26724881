/**
 * The legend of a scale of colours: a bar with ticks, what it stands for, and the hatch of cells that may not attend.
 *
 * @typedef {import("./scales.js").Stop} Stop
 */

import { colourAt } from "./colours.js";

const COLOURS_SHOWN = 32;

/**
 * @param {HTMLElement} parent
 * @returns {{show: (content: LegendContent) => void}}
 *
 * @typedef {object} LegendContent
 * @property {Uint32Array} colours
 * @property {Stop[]} stops
 * @property {string} note what the numbers are, and how they are spread over the colours
 * @property {boolean} masked
 */
export function createLegend(parent) {
  const legend = part(parent, "div", "legend");
  const scale = part(legend, "div", "scale");
  const bar = part(scale, "div", "ramp");
  const ticks = part(scale, "div", "ticks");
  const note = part(legend, "div", "note");
  const masked = part(legend, "div", "masked");
  part(masked, "span", "swatch").setAttribute("aria-hidden", "true");
  part(masked, "span", "").textContent = "may not attend";
  return {
    show(content) {
      const colours = Array.from({ length: COLOURS_SHOWN }, (_, step) => colourAt(content.colours, step / (COLOURS_SHOWN - 1)));
      bar.style.background = `linear-gradient(to right, ${colours.join(", ")})`;
      ticks.replaceChildren(...content.stops.map(({ unit, text }) => {
        const tick = document.createElement("span");
        tick.textContent = text;
        tick.style.left = `${100 * unit}%`;
        return tick;
      }));
      note.textContent = content.note;
      masked.hidden = !content.masked;
    },
  };
}

/**
 * @param {HTMLElement} parent
 * @param {string} name
 * @param {string} className
 * @returns {HTMLElement}
 */
function part(parent, name, className) {
  const element = document.createElement(name);
  if (className) element.className = className;
  parent.append(element);
  return element;
}
