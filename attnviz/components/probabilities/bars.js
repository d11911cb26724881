import { addElement } from "../attention/elements.js";

/**
 * A table with a row for each class: its name, a bar, its share in percent. The rows stay from one input to the next, and
 * only what differs is written anew; the colours are the style sheet's alone, so a change of theme needs nothing here.
 *
 * @typedef {object} Data
 * @property {[string, string, string]} title the middle one is the name of the predicted class
 * @property {string} widest the longest that the title can get with another class: room is kept for it
 * @property {string} note on the order of the rows, "" for the model's own
 * @property {number | null} predicted row of the predicted class
 * @property {string[]} names
 * @property {string[]} shares in percent
 * @property {string[]} values with all their digits, 0 to 1
 *
 * @typedef {object} Row
 * @property {HTMLTableRowElement} row
 * @property {HTMLElement} name
 * @property {HTMLElement} bar
 * @property {HTMLElement} share
 *
 * @typedef {object} Bars
 * @property {(data: Data) => void} show
 */

/**
 * @param {HTMLElement} root
 * @returns {Bars}
 */
export function openBars(root) {
  const scroll = addElement(root, "div", "scroll");
  const table = /** @type {HTMLTableElement} */ (addElement(scroll, "table"));
  const caption = table.createCaption();
  const title = roomy(caption, "title");
  const titleParts = ["span", "bdi", "span"].map((name) => addElement(title, name));
  const note = addElement(caption, "span", "note");
  const body = table.createTBody();
  /** @type {Row[]} */
  const rows = [];
  let [at, order] = [0, ""];

  /** @param {number} next */
  const moveTo = (next) => {
    if (rows[at]) rows[at].row.tabIndex = -1;
    at = Math.max(0, Math.min(rows.length - 1, next));
    rows[at].row.tabIndex = 0; // one stop for the Tab key, whatever the number of classes
  };
  body.addEventListener("focusin", (event) => moveTo(rows.findIndex(({ row }) => row === event.target)));
  body.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: rows.length - 1 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    event.stopPropagation(); // the page has shortcuts of its own
    moveTo(moves[/** @type {keyof typeof moves} */ (event.key)]);
    rows[at].row.focus();
  };

  return {
    show(data) {
      titleParts.forEach((part, place) => write(part, data.title[place]));
      keepRoom(title, data.widest);
      note.textContent = data.note;
      while (rows.length > data.names.length) rows.pop()?.row.remove();
      while (rows.length < data.names.length) rows.push(newRow(body));
      data.names.forEach((name, place) => {
        const { row, name: label, bar, share } = rows[place];
        const value = data.values[place];
        row.className = place === data.predicted ? "predicted" : "";
        row.title = `${name}: ${value}`;
        write(label, name);
        keepRoom(label, name);
        bar.style.width = `${100 * (Number(value) || 0)}%`;
        write(share, data.shares[place]);
        keepRoom(share, value);
      });
      moveTo(at);
      root.classList.toggle("many", data.note !== "");
      if (order !== String(data.names)) scroll.scrollTop = 0; // the most probable class is another one
      order = String(data.names);
    },
  };
}

/**
 * @param {HTMLElement} body
 * @returns {Row}
 */
function newRow(body) {
  const row = /** @type {HTMLTableRowElement} */ (addElement(body, "tr"));
  row.tabIndex = -1;
  const head = /** @type {HTMLTableCellElement} */ (addElement(row, "th"));
  head.scope = "row";
  const name = roomy(head, "name");
  name.dir = "auto";
  const cell = addElement(row, "td");
  const bar = addElement(addElement(cell, "span", "track"), "span", "bar");
  return { row, name, bar, share: roomy(cell, "share") };
}

/**
 * A text that keeps room for another one: the style sheet lays the other, unseen, into the same place.
 *
 * @param {HTMLElement} parent
 * @param {string} className
 * @returns {HTMLElement}
 */
function roomy(parent, className) {
  const outer = addElement(parent, "span", className);
  return addElement(outer, "span", "text");
}

/**
 * @param {HTMLElement} element
 * @param {string} text
 */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {HTMLElement} text made by `roomy`
 * @param {string} other
 */
function keepRoom(text, other) {
  const outer = /** @type {HTMLElement} */ (text.parentElement);
  if (outer.dataset.other !== other) outer.dataset.other = other;
}
