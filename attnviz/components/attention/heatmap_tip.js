/**
 * The small panel beside the pointer, and the larger one beside the heatmap, that show a reading.
 *
 * @typedef {import("./heatmap_reading.js").Reading} Reading
 */

import { addElement } from "./elements.js";

const AWAY = 14; // pixels from the pointer

/**
 * @typedef {object} Tip
 * @property {(reading: Reading, place: {x: number, y: number}) => void} show at a place in pixels of `root`, within `root`
 * @property {() => void} hide
 *
 * @param {HTMLElement} root a positioned element
 * @returns {Tip}
 */
export function createTip(root) {
  const tip = addElement(root, "div", "tip");
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true"); // what it says is announced
  const lines = writer(tip);
  return {
    show(reading, { x, y }) {
      lines(reading, false);
      tip.hidden = false;
      const { offsetWidth: width, offsetHeight: height } = tip;
      const right = x + AWAY + width <= root.clientWidth ? x + AWAY : x - AWAY - width;
      const below = y + AWAY + height <= root.clientHeight ? y + AWAY : y - AWAY - height;
      tip.style.left = `${Math.max(0, Math.min(root.clientWidth - width, right))}px`;
      tip.style.top = `${Math.max(0, Math.min(root.clientHeight - height, below))}px`;
    },
    hide() {
      tip.hidden = true;
    },
  };
}

/**
 * @param {HTMLElement} parent
 * @returns {(reading: Reading | null, title: string) => void} shows a reading under a title, nothing for null
 */
export function createPanel(parent) {
  const panel = addElement(parent, "div", "reading");
  const heading = addElement(panel, "div", "heading");
  const lines = writer(panel);
  return (reading, title) => {
    panel.classList.toggle("empty", !reading);
    heading.textContent = title;
    if (reading) lines(reading, true);
  };
}

/**
 * @param {HTMLElement} parent
 * @returns {(reading: Reading, facts: boolean) => void}
 */
function writer(parent) {
  const names = [0, 1].map(() => {
    const line = addElement(parent, "div", "name");
    return { line, axis: addElement(line, "span", "axis"), label: addElement(line, "bdi", "label") };
  });
  const value = addElement(parent, "div", "value");
  const number = addElement(value, "strong");
  const note = addElement(value, "span", "note");
  const list = addElement(parent, "dl");
  return (reading, facts) => {
    names.forEach(({ line, axis, label }, index) => {
      const name = reading.names[index];
      line.hidden = !name;
      if (!name) return;
      axis.textContent = `${name.axis} ${name.position}`;
      label.textContent = name.label;
    });
    value.hidden = !reading.value;
    number.textContent = reading.value;
    note.textContent = reading.note;
    // A tip of a row or a column alone has nothing but what there is to say of it.
    const told = facts || !reading.value ? reading.facts : [];
    list.hidden = !told.length;
    list.replaceChildren(...told.flatMap(({ name, value: text }) => {
      const term = document.createElement("dt");
      const definition = document.createElement("dd");
      term.textContent = name;
      definition.textContent = text;
      return [term, definition];
    }));
  };
}
