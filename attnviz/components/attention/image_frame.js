import { addElement } from "./elements.js";

/**
 * The elements around the picture: what is shown, the legend, and what is no part of the picture.
 *
 * @typedef {import("./image_paint.js").Mode} Mode
 * @typedef {{key: number, name: string, value: string, pressed: boolean}} Outside
 *
 * @typedef {object} Frame
 * @property {HTMLElement} title
 * @property {HTMLElement} stage
 * @property {HTMLCanvasElement} canvas
 * @property {HTMLElement} readout
 * @property {HTMLElement} hint
 * @property {(shown: boolean, message: string) => void} showOnly
 * @property {(outside: Outside[]) => void} showOutside
 * @property {(colours: string[] | null, stops: import("./scales.js").Stop[], note: string) => void} showLegend
 * @property {(text: string, pointer: {clientX: number, clientY: number} | null) => void} showTip
 */

/** @type {[Mode, string][]} */
const MODES = [["picture", "Picture"], ["both", "Both"], ["attention", "Attention"]];

/**
 * @param {HTMLElement} root
 * @param {{onMode: (mode: Mode) => void, onChoose: (key: number) => void, onHover: (key: number | null) => void}} events
 * @returns {Frame}
 */
export function createFrame(root, { onMode, onChoose, onHover }) {
  const message = addElement(root, "p", "message");
  const whole = addElement(root, "div", "whole");
  const title = addElement(whole, "div", "title");
  const modes = addElement(whole, "div", "modes");
  modes.setAttribute("role", "group");
  modes.setAttribute("aria-label", "What is shown of the picture");
  const buttons = MODES.map(([mode, text]) => {
    const button = addButton(modes, text);
    button.setAttribute("aria-pressed", String(mode === "both"));
    button.onclick = () => {
      buttons.forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
      onMode(mode);
    };
    return button;
  });
  const stage = addElement(whole, "div", "stage");
  const canvas = /** @type {HTMLCanvasElement} */ (addElement(stage, "canvas", "picture"));
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-roledescription", "picture with attention");
  const tip = addElement(stage, "div", "tip");
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  const outside = addElement(whole, "div", "outside");
  outside.setAttribute("role", "group");
  outside.setAttribute("aria-label", "Positions that are no part of the picture");
  const readout = addElement(whole, "div", "readout");
  const legend = addElement(whole, "div", "legend");
  const low = addElement(legend, "span", "number");
  const bar = addElement(legend, "span", "bar");
  bar.setAttribute("aria-hidden", "true");
  const high = addElement(legend, "span", "number");
  const note = addElement(legend, "span", "note");
  const hint = addElement(whole, "div", "hint");
  return {
    title, stage, canvas, readout, hint,
    showOnly(shown, text) {
      whole.hidden = !shown;
      message.hidden = shown;
      message.textContent = text;
    },
    showOutside(every) {
      outside.hidden = !every.length;
      while (outside.children.length > every.length) outside.lastElementChild?.remove();
      every.forEach(({ key, name, value, pressed }, place) => {
        const button = /** @type {HTMLButtonElement} */ (outside.children[place] ?? addButton(outside, ""));
        button.textContent = `${name}: ${value}`;
        button.setAttribute("aria-pressed", String(pressed));
        button.onclick = () => onChoose(key);
        button.onpointerenter = () => onHover(key);
        button.onpointerleave = () => onHover(null);
      });
    },
    showLegend(colours, stops, text) {
      legend.hidden = colours === null;
      if (!colours) return;
      bar.style.backgroundImage = `linear-gradient(to right, ${colours.join(", ")})`;
      low.textContent = stops[0]?.text ?? "0";
      high.textContent = stops[stops.length - 1]?.text ?? "";
      note.textContent = text;
    },
    showTip(text, pointer) {
      tip.hidden = !text || !pointer;
      tip.textContent = text;
      if (!pointer) return;
      const box = stage.getBoundingClientRect();
      const left = pointer.clientX - box.left + 14;
      tip.style.left = `${Math.max(0, Math.min(left, box.width - tip.offsetWidth))}px`;
      tip.style.top = `${pointer.clientY - box.top + 18}px`;
    },
  };
}

/**
 * @param {HTMLElement} parent
 * @param {string} text
 */
function addButton(parent, text) {
  const button = /** @type {HTMLButtonElement} */ (addElement(parent, "button"));
  button.type = "button";
  button.textContent = text;
  return button;
}
