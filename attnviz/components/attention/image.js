import { cssOf, sequentialColours, themeOf } from "./colours.js";
import { createFrame } from "./image_frame.js";
import { arePooled, imageModel, keyAt, keyBeside, shownQuery, shownValues } from "./image_model.js";
import { paintImage, pixelsOf, tintOf } from "./image_paint.js";
import { legendStops, scaleOf } from "./scales.js";
import { shown } from "./sentence.js";

/**
 * The picture that a model saw, each patch or row shaded by the attention that it receives: from the chosen query, or in the
 * mean over all. What is no part of the picture (a class token) stands beside it, as a button.
 *
 * @typedef {import("./workspace.js").Context} Context
 * @typedef {import("./image_paint.js").Mode} Mode
 */

const STRUCTURE = ["capture", "map", "head"];
const PAINTED = [...STRUCTURE, "theme", "query", "key", "hover", "scale", "shared"];
const WIDEST = 360;
const SHADES = 256;
const ARROWS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"];

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
export function mountImage(root, context) {
  const { store } = context;
  root.classList.add("attnviz-image");
  /** @type {Mode} */
  let mode = "both";
  const parts = createFrame(root, {
    onMode(chosen) {
      mode = chosen;
      later();
    },
    onChoose: choose,
    onHover: point,
  });
  const { canvas } = parts;

  let pending = 0;
  let painted = 0;
  /** @type {import("./image_model.js").ImageModel} */
  let model = imageModel(context.capture(), store.get(), context.extra("image"));
  /** @type {HTMLCanvasElement | null} */
  let pixels = null;
  /** @type {string[] | null} */
  let shades = null;
  /** @type {ReturnType<typeof shownValues>} */
  let now = null;
  /** @type {PointerEvent | null} */
  let pointer = null;

  /** Whether a patch can be chosen as the query, and not only as a key. */
  const choosesQuery = () => model.same && !model.single;

  /** @param {number | null} key */
  function point(key) {
    const { query, hover } = store.get();
    const next = key === null ? { query: null, key: null }
      : model.single ? { query: 0, key }
        : choosesQuery() && query === null ? { query: key, key: null } : { query, key };
    if (next.query !== hover.query || next.key !== hover.key) store.set({ hover: next });
  }

  /** @param {number} key */
  function choose(key) {
    const side = choosesQuery() ? "query" : "key";
    store.set({ [side]: store.get()[side] === key ? null : key, hover: { query: null, key: null } });
  }

  /** The key that the pointer or the keyboard is on. */
  function pointedKey() {
    const { query, hover } = store.get();
    return hover.key ?? (choosesQuery() && query === null ? hover.query : null);
  }

  function draw() {
    cancelAnimationFrame(pending);
    pending = 0;
    const picture = context.extra("image");
    const room = root.clientWidth;
    if (root.hidden || !room) return;
    const state = store.get();
    const isPlaced = Boolean(picture) && model.boxes.length > 0;
    parts.showOnly(isPlaced, picture ? "The keys of this layer are no parts of the picture." : "There is no picture.");
    if (isPlaced) drawPicture(picture, room, state);
    painted += 1;
    root.dataset.painted = String(painted);
    root.dataset.ready = "1";
  }

  /**
   * @param {import("./image_model.js").Picture} picture
   * @param {number} room
   * @param {import("./store.js").State} state
   */
  function drawPicture(picture, room, state) {
    const theme = themeOf(root);
    shades ??= Array.from(sequentialColours(theme), cssOf);
    pixels ??= pixelsOf(picture);
    const query = shownQuery(model, state);
    now = shownValues(model, query);
    const maximum = state.shared ? 1 : now?.weights.maximum ?? 0;
    const unitOf = now ? scaleOf(now.weights, { scale: state.scale, maximum }) : () => NaN;
    const values = now ? Array.from(now.values) : model.names.map(() => NaN);
    const units = values.map(unitOf);
    const width = Math.min(WIDEST, room - 2);
    const pointed = pointedKey();
    paintImage(canvas, { width, height: Math.round((width * picture.rows) / picture.columns) }, pixels, {
      boxes: model.boxes,
      units,
      chosen: model.same && !model.single ? query : null,
      pointed,
      pinned: state.key,
    }, { mode, shades, border: theme.hatch, ground: theme.masked });
    canvas.dataset.values = JSON.stringify(values.map((value) => (Number.isNaN(value) ? null : Number(value.toPrecision(6)))));
    const title = query === null ? `Attention that each ${kind()} receives, mean over all queries`
      : `What ${model.queries[query]} attends to`;
    parts.title.textContent = title;
    canvas.setAttribute("aria-label", `${title}. ${help()}`);
    parts.showOutside(model.boxes.flatMap((box, key) => (box[2] ? [] : [{
      key, name: model.names[key], value: textOf(values[key]), pressed: choosesQuery() ? query === key : state.key === key,
    }])));
    const told = pointed === null ? "" : describe(pointed);
    parts.readout.textContent = told;
    parts.showTip(pointer ? told : "", pointer);
    showLegend(maximum, state.scale);
    parts.hint.textContent = help();
  }

  /**
   * @param {number} maximum
   * @param {"linear" | "log" | "rank"} scale
   */
  function showLegend(maximum, scale) {
    const stops = now ? legendStops(now.weights, { scale, maximum }) : [];
    const every = Array.from({ length: 16 }, (_, step) => Math.round((step * (SHADES - 1)) / 15));
    const colours = every.map((step) => (mode === "attention" ? /** @type {string[]} */ (shades)[step] : tintOf(step / (SHADES - 1))));
    const note = store.get().shared ? "colours shared 0 to 1"
      : shownQuery(model, store.get()) === null ? "colours up to the largest mean" : "colours up to the largest weight of this map";
    parts.showLegend(mode === "picture" ? null : colours, stops, note);
  }

  /** @param {number} key */
  function describe(key) {
    const value = now?.values[key];
    const query = shownQuery(model, store.get());
    const name = choosesQuery() && query === key ? `${model.names[key]} to itself` : model.names[key];
    if (value === undefined) return name;
    const note = arePooled(model) ? " (largest nearby)" : query === null ? " (mean)" : "";
    return `${name}: ${textOf(value)}${note}`;
  }

  /** @param {number} value */
  function textOf(value) {
    return Number.isNaN(value) ? "may not be attended to" : shown(value);
  }

  /** What a part of the picture is called: "patch", "row". */
  function kind() {
    const first = model.names.find((_, key) => model.boxes[key][2] > 0) ?? "part";
    return first.split(" ")[0];
  }

  function help() {
    return choosesQuery() ? `Click a ${kind()} to see what it attends to; again, or Escape, for the mean.` : "";
  }

  /** @param {{clientX: number, clientY: number}} pointer */
  function keyUnder(pointer) {
    const picture = context.extra("image");
    const box = canvas.getBoundingClientRect();
    const down = ((pointer.clientY - box.top) / box.height) * picture.rows;
    return keyAt(model.boxes, down, ((pointer.clientX - box.left) / box.width) * picture.columns);
  }

  canvas.onpointermove = (event) => {
    pointer = event;
    point(keyUnder(event));
    parts.showTip(parts.readout.textContent ?? "", event); // follows the pointer; what it says comes with the drawing
  };
  canvas.onpointerleave = () => {
    pointer = null;
    point(null);
    parts.showTip("", null);
  };
  canvas.onclick = (event) => {
    const key = keyUnder(event);
    if (key !== null) choose(key);
  };
  canvas.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = pointedKey() ?? (choosesQuery() ? store.get().query : store.get().key);
    if (ARROWS.includes(event.key)) {
      const key = keyBeside(model.boxes, at, event.key);
      point(key);
      draw(); // the value that is announced is that of the patch that was reached
      if (key !== null) context.announce(describe(key));
    } else if ((event.key === "Enter" || event.key === " ") && at !== null) {
      choose(at);
    } else {
      return; // Escape is the workspace's
    }
    event.preventDefault();
    event.stopPropagation();
  };
  canvas.onblur = () => point(null);

  function later() {
    delete root.dataset.ready;
    if (!pending) pending = requestAnimationFrame(draw);
  }

  const end = store.subscribe((state, changed) => {
    if (!PAINTED.some((name) => changed.has(name))) return;
    if (STRUCTURE.some((name) => changed.has(name))) model = imageModel(context.capture(), state, context.extra("image"));
    if (changed.has("capture")) pixels = null;
    if (changed.has("theme")) shades = null;
    later();
  });
  const sized = new ResizeObserver(later);
  sized.observe(root);
  later();
  return {
    destroy() {
      end();
      sized.disconnect();
      cancelAnimationFrame(pending);
    },
  };
}
