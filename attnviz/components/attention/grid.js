/**
 * Head grid: every head of every map as a thumbnail, on one canvas; a click opens the head.
 *
 * @typedef {import("./grid_layout.js").Tile} Tile
 * @typedef {{left: number, top: number, width: number, height: number}} Box
 */

import { sequentialColours, themeOf } from "./colours.js";
import { addElement, clearedPen } from "./elements.js";
import { createControls } from "./grid_controls.js";
import { isPooled, layout, parseFilter, parseOrder, placeOf, tileAt } from "./grid_layout.js";
import { paintGrid, pixelOf, thumbnailStrip } from "./grid_paint.js";
import { createTip, headSentence } from "./grid_tip.js";
import { rangeOf, statisticCalled, statisticText, statisticValue } from "./statistics.js";

const REPAINTED_FOR = ["capture", "theme", "map", "head", "scale", "shared", "pooling", "sortBy", "colourBy", "filter"];
const PICTURES_CHANGED_BY = ["capture", "theme", "scale", "shared", "pooling"];

/**
 * @param {HTMLElement} root
 * @param {import("./workspace.js").Context} context
 * @returns {{destroy: () => void, boxOf: (map: number, head: number) => Box | null}} `boxOf`: where a tile lies in `root`
 */
export function mountGrid(root, context) {
  root.classList.add("attnviz-grid");
  const { store } = context;
  const controls = createControls(root, context);
  const note = addElement(root, "p", "note");
  const scroll = addElement(root, "div", "scroll");
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "application");
  scroll.setAttribute("aria-roledescription", "grid of heads");
  const surface = addElement(scroll, "div", "surface");
  const pane = addElement(surface, "div", "pane");
  const canvas = /** @type {HTMLCanvasElement} */ (addElement(pane, "canvas", "tiles"));
  const overlay = /** @type {HTMLCanvasElement} */ (addElement(pane, "canvas", "outlines"));
  const tip = createTip(root);

  /** @type {Map<number, HTMLCanvasElement>} */
  const strips = new Map();
  /** @type {ReturnType<typeof layout> | null} */
  let laid = null;
  /** @type {import("./colours.js").Theme | null} */
  let theme = null;
  let colours = new Uint32Array(256);
  /** @type {Tile | null} */
  let pointed = null;
  let masked = 0;
  let focused = { map: store.get().map, head: wholeNumber(store.get().head) };
  let frame = 0;
  let painted = 0;

  const request = () => {
    root.removeAttribute("data-ready");
    if (!frame) frame = requestAnimationFrame(paint);
  };

  const shown = () => store.get().colourBy || parseOrder(store.get().sortBy).name;

  const picture = (/** @type {{map: number, head: number}} */ { map, head }) => {
    const state = store.get();
    const capture = context.capture();
    const one = capture.thumbnail(map, head, state.pooling);
    let strip = strips.get(map);
    if (!strip) {
      const heads = Array.from({ length: capture.maps[map].heads }, (_, other) => capture.thumbnail(map, other, state.pooling));
      strip = thumbnailStrip(heads, colours, masked, state);
      strips.set(map, strip);
    }
    return { strip, left: head * one.columns, width: one.columns };
  };

  const bar = (/** @type {Tile} */ { map, head }) => {
    const name = shown();
    if (!name) return null;
    const capture = context.capture();
    const value = statisticValue(capture, map, head, name);
    const [low, high] = rangeOf(capture, name);
    return { text: statisticText(value), share: value === null ? 0 : Math.min(1, (value - low) / (high - low)) };
  };

  function paint() {
    frame = 0;
    if (!root.clientWidth) return; // hidden: the observer calls again
    const state = store.get();
    const capture = context.capture();
    if (!theme) {
      theme = themeOf(root);
      colours = sequentialColours(theme);
      masked = pixelOf(theme.masked);
    }
    controls.update();
    laid = layout(capture, scroll.clientWidth, Boolean(shown()), state);
    const { arrangement, geometry } = laid;
    surface.style.width = `${geometry.width}px`;
    surface.style.height = `${geometry.height}px`;
    const view = viewport();
    const pen = clearedPen(canvas, view);
    const chosen = { map: state.map, whole: typeof state.head === "string" && capture.maps[state.map].heads > 1 };
    paintGrid(pen, view, arrangement, geometry, theme, { picture, bar, chosen });
    outline();
    const told = noteOf(capture, state, arrangement);
    if (painted && note.textContent !== told) context.announce(told);
    note.textContent = told;
    scroll.setAttribute("aria-label", `Heads as tiles. ${note.textContent} Arrows move, Enter opens the head.`);
    painted += 1;
    root.dataset.painted = String(painted);
    root.dataset.ready = "1";
  }

  /** What is scrolled to, at most the whole grid. */
  function viewport() {
    const { geometry } = /** @type {NonNullable<typeof laid>} */ (laid);
    return {
      left: scroll.scrollLeft,
      top: scroll.scrollTop,
      width: Math.min(scroll.clientWidth, Math.max(geometry.width, scroll.clientWidth)),
      height: Math.min(scroll.clientHeight, geometry.height),
    };
  }

  function outline() {
    if (!laid) return;
    const view = viewport();
    const pen = clearedPen(overlay, view);
    const { geometry, arrangement } = laid;
    const state = store.get();
    pen.save();
    pen.beginPath(); // labels stay free of outlines of tiles that are scrolled under them
    pen.rect(Math.max(0, geometry.labels - 2), geometry.headings, view.width, view.height);
    pen.clip();
    const around = (/** @type {Tile} */ tile, /** @type {number} */ away, /** @type {number} */ width, /** @type {string} */ colour) => {
      const { x, y } = placeOf(geometry, tile);
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.strokeRect(x - view.left - away, y - view.top - away, geometry.tile + 2 * away, geometry.tile + 2 * away);
    };
    const every = arrangement.lines.flatMap((line) => line.tiles);
    const here = every.find((tile) => tile.map === state.map && tile.head === headOf(state));
    if (here) around(here, 1.5, 3, theme.primary);
    const under = pointed && every.find((tile) => same(tile, /** @type {Tile} */ (pointed))); // where it lies by now
    if (under && under !== here) around(under, 0.5, 1.5, theme.text);
    const keyboard = scroll.matches(":focus-visible") && every.find((tile) => same(tile, focused));
    if (keyboard) {
      around(keyboard, 2, 4, theme.background);
      around(keyboard, 2, 2.5, theme.text);
    }
    pen.restore();
  }

  const headOf = (/** @type {any} */ state) =>
    context.capture().maps[state.map]?.heads === 1 ? 0 : state.head;

  const open = (/** @type {{map: number, head: number}} */ { map, head }) => {
    focused = { map, head };
    store.set({ map, head });
  };

  /** @param {Tile} tile */
  const tell = (tile) => {
    const { geometry } = /** @type {NonNullable<typeof laid>} */ (laid);
    const box = boxIn(root, scroll, geometry, tile);
    tip.show(
      { capture: context.capture(), map: tile.map, head: tile.head, picture: picture(tile), highlighted: shown() },
      { x: box.left, y: box.top, side: geometry.tile },
    );
  };

  const found = (/** @type {PointerEvent | MouseEvent} */ event) => {
    if (!laid) return { tile: null, line: null };
    const edge = scroll.getBoundingClientRect();
    const x = event.clientX - edge.left - scroll.clientLeft;
    const y = event.clientY - edge.top - scroll.clientTop;
    if (y < laid.geometry.headings) return { tile: null, line: null };
    const place = tileAt(laid.arrangement, laid.geometry, x + scroll.scrollLeft, y + scroll.scrollTop);
    return x < laid.geometry.labels ? { tile: null, line: place.line } : place;
  };

  scroll.onpointermove = (event) => {
    if (event.pointerType === "touch") return; // a finger would hide what it asks for; a tap opens the head
    const { tile, line } = found(event);
    scroll.style.cursor = tile || (line?.map != null && !tile && event.offsetX < (laid?.geometry.labels ?? 0)) ? "pointer" : "";
    if (tile === pointed) return;
    pointed = tile;
    if (tile) tell(tile);
    else tip.hide();
    outline();
  };
  scroll.onpointerleave = () => {
    pointed = null;
    tip.hide();
    outline();
  };
  scroll.onclick = (event) => {
    const { tile, line } = found(event);
    if (tile) open(tile);
    else if (line?.map != null && laid?.geometry.labels) {
      const inside = event.clientX - scroll.getBoundingClientRect().left < laid.geometry.labels;
      if (inside) store.set({ map: line.map, head: context.capture().maps[line.map].heads > 1 ? "mean" : 0 });
    }
  };
  scroll.onscroll = () => {
    pointed = null;
    tip.hide();
    request();
  };
  scroll.onfocus = () => outline();
  scroll.onblur = () => {
    tip.hide();
    outline();
  };
  scroll.onkeydown = (event) => {
    if (!laid || event.ctrlKey || event.metaKey || event.altKey) return;
    const { lines } = laid.arrangement;
    const every = lines.flatMap((line) => line.tiles);
    const tile = every.find((one) => same(one, focused)) ?? every[0];
    if (!tile) return;
    if (event.key === "Enter" || event.key === " ") open(tile);
    else if (event.key === "Escape") tip.hide();
    else {
      const next = moved(lines, tile, event.key);
      if (!next) return;
      focused = { map: next.map, head: next.head };
      reveal(next);
      tell(next);
      outline();
      context.announce(headSentence(context.capture(), next.map, next.head));
    }
    if (event.key !== "Escape") event.preventDefault(); // Escape goes on to the workspace, which lets go of what is pinned
  };

  /** @param {Tile} tile */
  function reveal(tile) {
    const { geometry } = /** @type {NonNullable<typeof laid>} */ (laid);
    const { x, y } = placeOf(geometry, tile);
    const side = geometry.tile + 6;
    const left = Math.min(scroll.scrollLeft, x - geometry.labels - 6);
    const top = Math.min(scroll.scrollTop, y - geometry.headings - geometry.above - 6);
    scroll.scrollLeft = Math.max(left, x + side - scroll.clientWidth);
    scroll.scrollTop = Math.max(top, y + side + geometry.caption - scroll.clientHeight);
  }

  const unsubscribe = store.subscribe((/** @type {any} */ state, /** @type {Set<string>} */ changed) => {
    if (PICTURES_CHANGED_BY.some((name) => changed.has(name))) strips.clear();
    if (changed.has("theme")) theme = null;
    if (changed.has("capture")) {
      tip.hide();
      pointed = null;
    }
    if (changed.has("map") || changed.has("head")) focused = { map: state.map, head: wholeNumber(headOf(state)) };
    if (REPAINTED_FOR.some((name) => changed.has(name))) request();
  });
  const observer = new ResizeObserver(request);
  observer.observe(root);
  request();

  return {
    boxOf(map, head) {
      const tile = laid?.arrangement.lines.flatMap((line) => line.tiles).find((one) => same(one, { map, head }));
      return tile && laid ? boxIn(root, scroll, laid.geometry, tile) : null;
    },
    destroy() {
      unsubscribe();
      observer.disconnect();
      cancelAnimationFrame(frame);
      strips.clear();
      root.replaceChildren();
    },
  };
}

/**
 * What the tiles are, and how many of them are looked for.
 *
 * @param {import("./capture.js").Capture} capture
 * @param {import("./store.js").State} state
 * @param {import("./grid_layout.js").Arrangement} arrangement
 * @returns {string}
 */
function noteOf(capture, state, { heads, passing }) {
  const filter = parseFilter(state.filter);
  const layers = new Set(capture.maps.map((map) => map.name)).size;
  const count = `${heads} ${heads === 1 ? "head" : "heads"} in ${layers} ${layers === 1 ? "layer" : "layers"}`;
  const weight = state.pooling === "mean" ? "mean" : "largest";
  const drawn = isPooled(capture) ? ` Each cell is the ${weight} weight of its tokens,` : " Each cell is one weight,";
  const numbers = layers > 1 && parseOrder(state.sortBy).scope === "all" ? " Numbers are layer · head." : "";
  const scale = `${state.shared ? " colours shared 0 to 1." : " colours per head."}${numbers}`;
  if (!filter) return `${count}.${drawn}${scale}`;
  const { title } = statisticCalled(filter.name);
  const limit = `${title.toLowerCase()} ${filter.least ? "≥" : "≤"} ${statisticText(filter.value)}`;
  return `${passing} of ${count} ${passing === 1 ? "has" : "have"} ${limit}.${drawn}${scale}`;
}

/**
 * @param {import("./grid_layout.js").Line[]} lines
 * @param {Tile} tile
 * @param {string} key
 * @returns {Tile | null} null for a key that does not move
 */
function moved(lines, tile, key) {
  const row = lines[tile.line].tiles;
  const inLine = (/** @type {number} */ column) => row[Math.max(0, Math.min(row.length - 1, column))];
  const otherLine = (/** @type {number} */ line) => {
    const other = lines[Math.max(0, Math.min(lines.length - 1, line))].tiles;
    return other[Math.min(other.length - 1, tile.column)];
  };
  if (key === "ArrowRight") return inLine(tile.column + 1);
  if (key === "ArrowLeft") return inLine(tile.column - 1);
  if (key === "Home") return inLine(0);
  if (key === "End") return inLine(row.length - 1);
  if (key === "ArrowDown") return otherLine(tile.line + 1);
  if (key === "ArrowUp") return otherLine(tile.line - 1);
  if (key === "PageDown") return otherLine(lines.length - 1);
  if (key === "PageUp") return otherLine(0);
  return null;
}

/**
 * @param {HTMLElement} root
 * @param {HTMLElement} scroll
 * @param {import("./grid_layout.js").Geometry} geometry
 * @param {Tile} tile
 * @returns {Box}
 */
function boxIn(root, scroll, geometry, tile) {
  const { x, y } = placeOf(geometry, tile);
  const [inner, outer] = [scroll.getBoundingClientRect(), root.getBoundingClientRect()];
  return {
    left: inner.left - outer.left + scroll.clientLeft + x - scroll.scrollLeft,
    top: inner.top - outer.top + scroll.clientTop + y - scroll.scrollTop,
    width: geometry.tile,
    height: geometry.tile,
  };
}

/**
 * @param {{map: number, head: number}} one
 * @param {{map: number, head: number}} other
 */
function same(one, other) {
  return one.map === other.map && one.head === other.head;
}

/** @param {unknown} head */
function wholeNumber(head) {
  return typeof head === "number" ? head : 0;
}
