/**
 * The elements of a heatmap: buttons above it, two canvases, what is said beside it, and a hint.
 */

import { addElement } from "./elements.js";

export const STRIPS = "Above each key the mean weight that it receives, beside each query the entropy of its attention.";
export const NO_STRIPS = "There are too many cells here to add them up: each one shown is the largest of several.";
const HINT = "Ctrl and scroll, or pinch, to zoom; once clicked, scrolling is enough. Drag to move, double click for all. "
  + "Click or Enter pins, arrow keys move.";

/**
 * @param {HTMLElement} root
 */
export function buildHeatmap(root) {
  const bar = addElement(root, "div", "bar");
  const button = (/** @type {string} */ text, /** @type {string} */ label) => {
    const made = /** @type {HTMLButtonElement} */ (addElement(bar, "button"));
    made.type = "button";
    made.textContent = text;
    made.setAttribute("aria-label", label);
    made.title = label;
    return made;
  };
  const out = button("−", "Zoom out");
  const closer = button("+", "Zoom in");
  const whole = button("Whole", "Show the whole matrix");
  const toggle = addElement(bar, "label", "toggle");
  const strips = /** @type {HTMLInputElement} */ (addElement(toggle, "input"));
  strips.type = "checkbox";
  toggle.append("Received and entropy");
  toggle.title = STRIPS;
  const body = addElement(root, "div", "body");
  const stage = addElement(body, "div", "stage");
  stage.tabIndex = 0;
  stage.setAttribute("role", "application");
  stage.setAttribute("aria-roledescription", "heatmap");
  const cells = /** @type {HTMLCanvasElement} */ (addElement(stage, "canvas", "cells"));
  const marks = /** @type {HTMLCanvasElement} */ (addElement(stage, "canvas", "marks"));
  const aside = addElement(root, "div", "aside");
  addElement(root, "p", "hint").textContent = HINT;
  return { body, stage, cells, marks, aside, out, closer, whole, toggle, strips };
}
