import { paint, pointAt } from "./canvas.js";
import { build } from "./page.js";
import { stroked, sweep } from "./strokes.js";

/**
 * A picture to draw in. What is drawn shows at once; after each stroke Python gets all values, and stays the one truth.
 *
 * @typedef {object} Payload
 * @property {number} told number of the last message that Python has read
 * @property {number} rows
 * @property {number} columns
 * @property {number[]} values row by row, in the model's numbers
 * @property {number} white number of a white pixel
 * @property {number} black
 * @property {number} blank number of an empty pixel, `white` or `black`
 * @property {number} decimals digits after the point of a value
 * @property {string} step what a row is called
 * @property {string[]} features what the pixels of a row are called
 *
 * @typedef {object} Editor what one mounted component remembers between runs
 * @property {import("./page.js").Parts} parts
 * @property {Payload} data
 * @property {number[]} values as they are shown
 * @property {number} sent number of the last message
 * @property {number} waiting messages that Python has not read yet
 * @property {number[][]} history values before each stroke, the last one at the end
 * @property {{before: number[], cover: Float64Array, last: [number, number]} | null} stroke
 * @property {number} at pixel of the keyboard
 * @property {(name: string, value: unknown) => void} send
 */

const MOST_STROKES = 100;

/** @type {WeakMap<object, Editor>} */
const editors = new WeakMap();

/**
 * Called by Streamlit when the component is mounted, and again when its data or the theme change.
 *
 * @param {{data: Payload, parentElement: HTMLElement | ShadowRoot,
 *          setTriggerValue: (name: string, value: unknown) => void}} component
 * @returns {() => void}
 */
export default function render({ data, parentElement, setTriggerValue }) {
  let editor = editors.get(parentElement);
  if (!editor) {
    editor = mount(/** @type {HTMLElement} */ (parentElement.querySelector(".attnviz-pixels")));
    editors.set(parentElement, editor);
  }
  editor.send = setTriggerValue;
  update(editor, data);
  const { observer } = editor.parts;
  return () => {
    observer.disconnect();
    editors.delete(parentElement);
  };
}

/**
 * @param {HTMLElement} root
 * @returns {Editor}
 */
function mount(root) {
  const parts = build(root, () => draw(editor));
  /** @type {Editor} */
  const editor = {
    parts, data: /** @type {Payload} */ ({ rows: 0, columns: 0, values: [] }), values: [], sent: 0, waiting: 0, history: [],
    stroke: null, at: 0, send: () => {},
  };
  const { canvas, undo, clear } = parts;
  canvas.onpointerdown = (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    parts.root.dataset.pointer = "1"; // the keyboard's ring and frame show when it is used
    editor.at = pixelAt(editor, pointAt(canvas, editor.data, event)) ?? editor.at;
    begin(editor, pointAt(canvas, editor.data, event));
    event.preventDefault(); // no text is marked, and the focus stays where it is
    canvas.focus({ preventScroll: true });
  };
  canvas.onpointermove = (event) => {
    const points = editor.stroke ? event.getCoalescedEvents?.() ?? [] : [];
    for (const one of points.length ? points : [event]) extend(editor, pointAt(canvas, editor.data, one));
    say(editor, pixelAt(editor, pointAt(canvas, editor.data, event)));
  };
  canvas.onpointerup = canvas.onpointercancel = () => end(editor);
  canvas.onpointerleave = () => say(editor, null);
  canvas.onkeydown = (event) => onKey(editor, event);
  canvas.onkeyup = (event) => {
    if (event.key === " ") end(editor);
  };
  canvas.onfocus = () => draw(editor);
  canvas.onblur = () => {
    delete parts.root.dataset.pointer;
    end(editor);
    draw(editor);
  };
  undo.onclick = () => takeBack(editor);
  clear.onclick = () => change(editor, editor.values.map(() => editor.data.blank));
  return editor;
}

/**
 * @param {Editor} editor
 * @param {Payload} data
 */
function update(editor, data) {
  const { parts } = editor;
  const resized = data.rows !== editor.data.rows || data.columns !== editor.data.columns;
  editor.data = data;
  editor.sent = Math.max(editor.sent, data.told); // another editor may have sent before this one was mounted
  editor.waiting = editor.sent - data.told;
  if (resized) {
    Object.assign(editor, { values: data.values, sent: data.told, waiting: 0, history: [], stroke: null, at: 0 });
    parts.width.max = String(Math.max(2, Math.round(Math.min(data.rows, data.columns) / 2)));
    parts.width.value = String(Math.max(1.5, Math.round(0.24 * Math.min(data.rows, data.columns)) / 2));
    parts.canvas.style.aspectRatio = `${data.columns} / ${data.rows}`;
    parts.canvas.setAttribute("aria-label", `Picture of ${data.rows} rows of ${data.columns} pixels`);
  } else if (!editor.waiting && String(data.values) !== String(editor.stroke?.before ?? editor.values)) {
    remember(editor, editor.values); // an example, or numbers that were typed: to be undone like a stroke
    editor.values = data.values;
    editor.stroke = null;
  }
  draw(editor);
}

/** @param {Editor} editor */
function draw(editor) {
  const { canvas, root, undo } = editor.parts;
  if (!canvas.clientWidth) return; // in a closed tab; the observer paints it when it opens
  const focused = canvas.matches(":focus-visible") && !root.dataset.pointer;
  paint(canvas, { ...editor.data, values: editor.values }, focused ? editor.at : null);
  undo.disabled = editor.history.length === 0;
  root.dataset.ready = "1";
  root.dataset.waiting = String(editor.waiting);
}

/**
 * @param {Editor} editor
 * @param {[number, number]} point
 */
function begin(editor, point) {
  editor.stroke = { before: editor.values, cover: new Float64Array(editor.values.length), last: point };
  extend(editor, point);
}

/**
 * @param {Editor} editor
 * @param {[number, number]} point
 */
function extend(editor, point) {
  const { stroke, data, parts } = editor;
  if (!stroke) return;
  sweep(stroke.cover, data.columns, stroke.last, point, Number(parts.width.value));
  stroke.last = point;
  editor.values = stroked(stroke.before, stroke.cover, {
    blank: data.blank,
    full: data.blank === data.white ? data.black : data.white,
    ink: Number(parts.ink.value) / 100,
    erase: parts.erase.checked,
    decimals: data.decimals,
  });
  draw(editor);
}

/** @param {Editor} editor */
function end(editor) {
  const { stroke } = editor;
  editor.stroke = null;
  if (stroke && String(stroke.before) !== String(editor.values)) tell(editor, stroke.before);
}

/**
 * @param {Editor} editor
 * @param {number[]} values
 */
function change(editor, values) {
  const before = editor.values;
  if (String(before) === String(values)) return;
  editor.values = values;
  tell(editor, before);
}

/** @param {Editor} editor */
function takeBack(editor) {
  const values = editor.history.pop();
  if (!values) return;
  editor.values = values;
  send(editor);
}

/**
 * @param {Editor} editor
 * @param {number[]} before
 */
function tell(editor, before) {
  remember(editor, before);
  send(editor);
}

/**
 * @param {Editor} editor
 * @param {number[]} values
 */
function remember(editor, values) {
  editor.history.push(values);
  if (editor.history.length > MOST_STROKES) editor.history.shift();
}

/** @param {Editor} editor */
function send(editor) {
  editor.sent += 1;
  editor.waiting += 1;
  editor.send("drawn", { values: editor.values, number: editor.sent });
  draw(editor);
}

/**
 * @param {Editor} editor
 * @param {KeyboardEvent} event
 */
function onKey(editor, event) {
  const { rows, columns, blank } = editor.data;
  delete editor.parts.root.dataset.pointer;
  const [row, column] = [Math.floor(editor.at / columns), editor.at % columns];
  /** @type {Record<string, [number, number]>} */
  const moves = {
    ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1], Home: [row, 0], End: [row, columns - 1], PageUp: [0, column],
    PageDown: [rows - 1, column],
  };
  const undoes = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
  if (undoes) {
    takeBack(editor);
  } else if (event.ctrlKey || event.metaKey || event.altKey) {
    return;
  } else if (event.key in moves) {
    const [down, across] = moves[event.key];
    editor.at = Math.min(rows - 1, Math.max(0, down)) * columns + Math.min(columns - 1, Math.max(0, across));
    extend(editor, centreOf(editor)); // with the space bar held down, the brush follows
  } else if (event.key === " " || event.key === "Enter") {
    if (!event.repeat) begin(editor, centreOf(editor));
    if (event.key === "Enter") end(editor);
  } else if (event.key === "Delete" || event.key === "Backspace") {
    change(editor, editor.values.map((value, pixel) => (pixel === editor.at ? blank : value)));
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation(); // the page has shortcuts of its own
  draw(editor);
  say(editor, editor.at, true);
}

/** @param {Editor} editor @returns {[number, number]} */
function centreOf(editor) {
  const { columns } = editor.data;
  return [Math.floor(editor.at / columns) + 0.5, (editor.at % columns) + 0.5];
}

/**
 * @param {Editor} editor
 * @param {[number, number]} point
 */
function pixelAt(editor, [down, across]) {
  const { rows, columns } = editor.data;
  const [row, column] = [Math.floor(down), Math.floor(across)];
  return row >= 0 && row < rows && column >= 0 && column < columns ? row * columns + column : null;
}

/**
 * The value of a pixel, in words; aloud only for the keyboard, since a mouse passes many.
 *
 * @param {Editor} editor
 * @param {number | null} pixel
 * @param {boolean} [aloud]
 */
function say(editor, pixel, aloud = false) {
  const { columns, step, features } = editor.data;
  const text = pixel === null
    ? ""
    : `${step} ${Math.floor(pixel / columns) + 1}, ${features[pixel % columns]}: ${editor.values[pixel]}`;
  editor.parts.value.textContent = text;
  if (aloud) editor.parts.live.textContent = text;
}
