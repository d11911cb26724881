/**
 * The elements of the editor.
 *
 * @typedef {object} Parts
 * @property {HTMLElement} root
 * @property {HTMLCanvasElement} canvas
 * @property {HTMLInputElement} erase
 * @property {HTMLInputElement} width
 * @property {HTMLInputElement} ink
 * @property {HTMLButtonElement} undo
 * @property {HTMLButtonElement} clear
 * @property {HTMLElement} value what is under the pointer
 * @property {HTMLElement} live the same for screen readers
 * @property {ResizeObserver} observer
 */

/** So that two editors on a page have groups and descriptions of their own. */
const mounted = { count: 0 };

const HELP = "Draw with the mouse or a finger. With the keyboard: arrows move, Space paints (held down, it follows the " +
  "arrows), Delete empties a pixel, Ctrl+Z undoes.";

/**
 * @param {HTMLElement} root
 * @param {() => void} resized
 * @returns {Parts}
 */
export function build(root, resized) {
  mounted.count += 1;
  const name = `attnviz-pixels-${mounted.count}`;
  const canvas = /** @type {HTMLCanvasElement} */ (element(root, "canvas", "picture"));
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-roledescription", "pixel editor");
  canvas.setAttribute("aria-describedby", `${name}-help`);
  const side = element(root, "div", "side");
  const tools = element(side, "div", "tools");
  tools.setAttribute("role", "radiogroup");
  tools.setAttribute("aria-label", "Tool");
  const pen = choice(tools, "Draw", name);
  pen.checked = true;
  const erase = choice(tools, "Erase", name);
  const width = slider(side, "Width", 1, 4, 0.5);
  const ink = slider(side, "Strength", 5, 100, 5);
  ink.value = "100";
  const buttons = element(side, "div", "buttons");
  const undo = button(buttons, "Undo");
  const clear = button(buttons, "Clear");
  const value = element(side, "div", "value");
  value.setAttribute("aria-hidden", "true"); // `live` says it
  const live = element(root, "div", "unseen");
  live.setAttribute("aria-live", "polite");
  const help = element(root, "p", "help");
  help.id = `${name}-help`;
  help.textContent = HELP;
  const observer = new ResizeObserver(resized);
  observer.observe(canvas);
  return { root, canvas, erase, width, ink, undo, clear, value, live, observer };
}

/**
 * @param {HTMLElement} parent
 * @param {string} text
 * @param {string} group
 */
function choice(parent, text, group) {
  const label = element(parent, "label", "choice");
  const input = /** @type {HTMLInputElement} */ (element(label, "input", ""));
  input.type = "radio";
  input.name = group;
  element(label, "span", "").textContent = text;
  return input;
}

/**
 * @param {HTMLElement} parent
 * @param {string} text
 * @param {number} low
 * @param {number} high
 * @param {number} step
 */
function slider(parent, text, low, high, step) {
  const label = element(parent, "label", "slider");
  element(label, "span", "").textContent = text;
  const input = /** @type {HTMLInputElement} */ (element(label, "input", ""));
  input.type = "range";
  input.min = String(low);
  input.max = String(high);
  input.step = String(step);
  return input;
}

/**
 * @param {HTMLElement} parent
 * @param {string} text
 */
function button(parent, text) {
  const one = /** @type {HTMLButtonElement} */ (element(parent, "button", "button"));
  one.type = "button";
  one.textContent = text;
  return one;
}

/**
 * @param {HTMLElement} parent
 * @param {string} name
 * @param {string} className
 */
function element(parent, name, className) {
  const child = document.createElement(name);
  if (className) child.className = className;
  parent.append(child);
  return child;
}
