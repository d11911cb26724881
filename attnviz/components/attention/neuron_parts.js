/**
 * The elements of the view of one number, and what fills its two tables.
 *
 * @typedef {import("./neuron_numbers.js").Numbers} Numbers
 */

import { addElement } from "./elements.js";
import { orderOf, productName, signed } from "./neuron_words.js";
import { shown } from "./sentence.js";

/** @param {HTMLElement} root */
export function buildNeuron(root) {
  const lead = addElement(root, "p", "lead");
  const note = addElement(root, "div", "note");
  note.setAttribute("role", "status");
  const body = addElement(root, "div", "steps");
  const sum = addElement(body, "div", "formula");
  sum.setAttribute("role", "group");
  sum.setAttribute("aria-label", "From the vectors to the weight");
  const compare = step(body, "1. Compare two vectors");
  const stage = addElement(compare, "div", "stage");
  stage.tabIndex = 0;
  stage.setAttribute("role", "application");
  stage.setAttribute("aria-roledescription", "bars");
  const canvas = /** @type {HTMLCanvasElement} */ (addElement(stage, "canvas"));
  canvas.setAttribute("aria-hidden", "true");
  const readout = addElement(compare, "p", "readout");
  const bar = addElement(compare, "div", "bar");
  const label = addElement(bar, "label");
  const sorted = /** @type {HTMLInputElement} */ (addElement(label, "input"));
  sorted.type = "checkbox";
  label.append("Largest first");
  const limits = addElement(bar, "span", "limits");
  const details = /** @type {HTMLDetailsElement} */ (addElement(compare, "details"));
  addElement(details, "summary");
  const components = addElement(details, "div", "scroll");
  components.tabIndex = 0;
  const score = step(body, "2. One score");
  const softmax = step(body, "3. Beside the other keys");
  const neighbours = addElement(softmax, "div", "scroll");
  const end = addElement(softmax, "p", "end");
  return { lead, note, body, sum, compare, stage, canvas, readout, sorted, limits, details, components, score, softmax, neighbours, end };
}

/**
 * The row of boxes with a number and its name each, and signs between them.
 *
 * @param {HTMLElement} parent
 * @param {Numbers} numbers
 * @param {string} weight as every view shows it
 */
export function fillFormula(parent, { formula, sum, scale, scaled, cap, bias, score, allowed, largest, total }, weight) {
  parent.replaceChildren();
  const box = (/** @type {string} */ value, /** @type {string} */ name, strong = false) => {
    const made = addElement(parent, "span", strong ? "box strong" : "box");
    addElement(made, "span", "value").textContent = value;
    addElement(made, "span", "name").textContent = name;
  };
  const sign = (/** @type {string} */ text) => { addElement(parent, "span", "sign").textContent = text; };
  box(signed(sum), formula === "dot" ? "q · k, the sum" : "the sum");
  if (scale !== 1) {
    sign("×");
    box(signed(scale), "scale");
  }
  if (cap !== null) {
    sign("→");
    box(signed(cap * Math.tanh(scaled / cap)), `capped at ±${signed(cap)}`);
  }
  if (bias !== null) {
    sign("+");
    box(signed(bias), "bias");
  }
  if (cap === null ? scale !== 1 || bias !== null : bias !== null) {
    sign("=");
    box(signed(score), "score");
  }
  sign("→");
  if (allowed) {
    const less = largest < 0 ? `+ ${signed(-largest)}` : `− ${signed(largest)}`;
    box(`e^(${signed(score)} ${less}) ÷ ${signed(total)}`, "softmax");
    sign("=");
  } else {
    box("may not attend", "mask");
    sign("→");
  }
  box(weight, "weight", true);
}

/**
 * The keys that are told, with their scores and weights.
 *
 * @param {Numbers} numbers
 * @param {{labels: string[], chosen: number, weightOf: (key: number, computed: number) => number, choose: (key: number) => void}} about
 */
export function neighbourTable({ neighbours, others, hidden, allowedKeys }, { labels, chosen, weightOf, choose }) {
  const table = document.createElement("table");
  table.createCaption().textContent = "The strongest keys of this query, and those beside the chosen one";
  headOf(table, ["Key", "Score", "e^…", "Weight"]);
  const body = table.createTBody();
  let told = 0;
  const most = Math.max(...neighbours.map(({ key, weight }) => weightOf(key, weight)), 1e-12);
  for (const { key, score, power, weight } of neighbours) {
    const masked = Number.isNaN(score);
    const line = body.insertRow();
    line.dataset.key = String(key);
    const name = document.createElement("th");
    name.scope = "row";
    name.dir = "auto";
    line.append(name);
    const button = /** @type {HTMLButtonElement} */ (addElement(name, "button"));
    button.type = "button";
    button.textContent = labels[key];
    button.title = `Look inside the weight of key ${key + 1}`;
    button.onclick = () => choose(key);
    addElement(name, "span", "position").textContent = ` ${key + 1}`;
    if (key === chosen) {
      line.className = "marked";
      line.setAttribute("aria-current", "true");
    }
    told += masked ? 0 : 1;
    number(line, masked ? "may not attend" : signed(score));
    number(line, masked ? "0" : signed(power));
    const cell = number(line, shown(masked ? 0 : weightOf(key, weight)));
    const bar = addElement(cell, "span", "share");
    bar.style.width = `${(100 * (masked ? 0 : weightOf(key, weight))) / most}%`;
  }
  const left = allowedKeys - told;
  if (left > 0) rest(body, `the other ${left} ${left === 1 ? "key" : "keys"} together`, others);
  if (hidden > 0) rest(body, "padding, not shown", hidden);
  return table;
}

/**
 * Every component as a table.
 *
 * @param {Numbers} numbers
 * @param {boolean} largestFirst
 */
export function componentTable(numbers, largestFirst) {
  const { query, key, factors, products } = numbers;
  const table = document.createElement("table");
  table.createCaption().textContent = "Query, key and what is summed, component by component";
  headOf(table, ["Component", "q", "k", ...(factors ? ["f"] : []), productName(numbers)]);
  const body = table.createTBody();
  for (const at of orderOf(products, largestFirst)) {
    const line = body.insertRow();
    const values = [query[at], key[at], ...(factors ? [factors[at]] : []), products[at]];
    for (const text of [String(at + 1), ...values.map(signed)]) number(line, text);
  }
  return table;
}

/** @param {HTMLElement} parent @param {string} title */
function step(parent, title) {
  const made = addElement(parent, "section");
  made.setAttribute("aria-label", title);
  addElement(made, "p", "title").textContent = title;
  addElement(made, "p", "words");
  return made;
}

/** @param {HTMLTableElement} table @param {string[]} names */
function headOf(table, names) {
  const line = table.createTHead().insertRow();
  for (const name of names) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    line.append(cell);
  }
}

/** @param {HTMLTableRowElement} line @param {string} text */
function number(line, text) {
  const cell = line.insertCell();
  cell.className = "number";
  cell.textContent = text;
  return cell;
}

/** @param {HTMLTableSectionElement} body @param {string} name @param {number} weight */
function rest(body, name, weight) {
  const line = body.insertRow();
  line.className = "rest";
  const cell = document.createElement("th");
  cell.scope = "row";
  cell.colSpan = 3;
  cell.textContent = name;
  line.append(cell);
  number(line, shown(weight));
}
