/**
 * One head as a heatmap: queries down, keys across, of any size.
 *
 * @typedef {import("./workspace.js").Context} Context
 * @typedef {import("./heatmap_geometry.js").Place} Place
 * @typedef {import("./heatmap_paint.js").Scene} Scene
 */

import { labelsOf } from "./capture.js";
import { isPooled, strongestAmong } from "./heatmap_cells.js";
import { leftOf, pannedBy, placeAt, seen, showing, topOf, WHOLE, zoomedAt } from "./heatmap_geometry.js";
import { listenForGestures } from "./heatmap_gestures.js";
import { cursorAfter } from "./heatmap_keys.js";
import { paintMarks } from "./heatmap_marks.js";
import { keysAreLevel, paintScene } from "./heatmap_paint.js";
import { readingOf, strongestPlace } from "./heatmap_reading.js";
import { addUp, knownMarginals, sceneMaker } from "./heatmap_scene.js";
import { createPanel, createTip } from "./heatmap_tip.js";
import { wantedWindow } from "./heatmap_window.js";
import { buildHeatmap, NO_STRIPS, STRIPS } from "./heatmap_parts.js";
import { createLegend } from "./legend.js";
import { LOG_DECADES, legendStops } from "./scales.js";
import { headName } from "./sentence.js";

const WIDE = 720; // pixels from which the reading stands beside the plot
const BESIDE = 220; // pixels that it takes
const STRIPS_FROM = 480; // narrower ones begin without marginal strips
const ASK_AFTER = 120; // milliseconds without a change
const STEP = 1.5; // of a zoom by key or button
const NOBODY = { query: null, key: null };

/**
 * @param {HTMLElement} root
 * @param {Context} context
 * @returns {{destroy(): void}}
 */
export function mountHeatmap(root, context) {
  const { store } = context;
  root.classList.add("attnviz-heatmap");
  root.replaceChildren();
  const parts = buildHeatmap(root);
  const tip = createTip(root);
  const showReading = createPanel(parts.aside);
  const legend = createLegend(parts.body);
  const makeScene = sceneMaker(root, context.capture);
  let view = WHOLE;
  /** @type {boolean | null} whether there are marginal strips; null until the first paint knows the width */
  let strips = null;
  /** @type {(Scene & {complete: boolean}) | null} */
  let scene = null;
  /** @type {{x: number, y: number} | null} where the tip belongs, while this view is what is pointed at */
  let pointer = null;
  /** @type {Place | null} */
  let pointed = null;
  let shape = "";
  /** @type {import("./heatmap_cells.js").Look | null} what the legend shows */
  let described = null;
  let frame = 0;
  let repaint = true;
  let painted = 0;
  let asking = 0;
  let asked = "";
  let giveUp = () => {}; // adding up a large matrix that nobody looks at any more

  const schedule = (/** @type {boolean} */ cells) => {
    repaint ||= cells;
    delete root.dataset.ready;
    frame ||= requestAnimationFrame(paint);
  };

  const paint = () => {
    frame = 0;
    const width = root.clientWidth;
    if (root.hidden || width === 0) return; // painted when it is shown: its size changes then
    const state = store.get();
    if (repaint || !scene) {
      const now = shapeOf(context, state.map);
      if (now !== shape) view = WHOLE;
      shape = now;
      const wide = width >= WIDE;
      root.classList.toggle("wide", wide);
      strips ??= width >= STRIPS_FROM;
      scene = makeScene({ state, width: wide ? width - BESIDE : width, view, strips });
      giveUp();
      scene.marginals = knownMarginals(scene.matrix);
      if (!scene.marginals && !isPooled(scene.matrix)) giveUp = addUp(scene.matrix, () => schedule(true));
      paintScene(parts.cells, scene);
      describe(scene);
      repaint = false;
      clearTimeout(asking);
      asking = setTimeout(askForCells, ASK_AFTER);
    }
    paintMarks(parts.marks, scene, { pinned: state, hover: state.hover });
    read(scene);
    painted += 1;
    root.dataset.painted = String(painted);
    if (scene.complete) root.dataset.ready = "1";
  };

  /** @param {Scene & {complete: boolean}} now */
  const describe = (now) => {
    const state = store.get();
    const capture = context.capture();
    const pooled = isPooled(now.matrix);
    if (now.look !== described) {
      described = now.look;
      const maximum = state.shared ? 1 : now.matrix.maximum;
      legend.show({
        colours: now.look.colours,
        stops: legendStops(now.matrix, { scale: state.scale, maximum }),
        note: noteOf(state, pooled, now.matrix.together?.among),
        masked: now.masked,
      });
    }
    parts.stage.setAttribute(
      "aria-label",
      `Heatmap. ${headName(capture, state.map, state.head)}, ${now.frame.rows} queries down, ${now.frame.columns} keys across. `
        + "Arrow keys move from cell to cell, Enter pins, plus and minus zoom.",
    );
    parts.body.style.width = parts.stage.style.width = `${now.frame.width}px`;
    parts.stage.style.height = `${now.frame.height}px`;
    // Where the cells are, for whoever wants to point at one from outside.
    const { left, top, plotWidth, plotHeight } = now.frame;
    parts.stage.dataset.plot = [left, top, plotWidth, plotHeight].join(" ");
    parts.stage.dataset.view = [view.x, view.y, view.zoom].join(" ");
    parts.stage.classList.toggle("zoomed", view.zoom > 1);
    parts.whole.disabled = parts.out.disabled = view.zoom <= 1;
    parts.strips.checked = Boolean(strips) && !pooled;
    parts.strips.disabled = pooled;
    parts.toggle.title = pooled ? NO_STRIPS : STRIPS;
  };

  /** @param {Scene} now */
  const read = (now) => {
    const state = store.get();
    const { sameAxis } = labelsOf(context.capture(), state.map);
    const marked = state.hover.query !== null || state.hover.key !== null ? state.hover : state;
    const place = pointed ?? placeOf(marked) ?? (now.marginals ? strongestPlace(now) : null);
    const reading = place && readingOf(now, place, sameAxis);
    const title = pointed || marked === state.hover ? "Pointed at" : placeOf(state) ? "Pinned" : "Strongest";
    showReading(reading, title);
    if (pointed && pointer && reading) tip.show(reading, pointer);
    else tip.hide();
  };

  /** @param {import("./heatmap_geometry.js").View} next */
  const look = (next) => {
    if (!scene || (next.zoom === view.zoom && next.x === view.x && next.y === view.y)) return false;
    view = next;
    schedule(true);
    return true;
  };

  const askForCells = () => {
    const { map, head } = store.get();
    const wish = scene?.complete ? wantedWindow(scene) : null;
    const name = JSON.stringify([context.capture().id, map, head, wish]);
    if (!wish || name === asked) return; // what was asked for and did not come is not asked for without end
    asked = name;
    context.wantWindow({ map, head, ...wish });
  };

  /** @param {number} x @param {number} y */
  const under = (x, y) => {
    if (!scene) return null;
    const { frame: box } = scene;
    const place = placeAt(box, view, x, y);
    if (place?.part === "cell") return strongest(scene, place, x, y);
    if (place?.part !== "key") return place;
    const pen = /** @type {CanvasRenderingContext2D} */ (parts.cells.getContext("2d"));
    if (keysAreLevel(pen, scene)) return place;
    // A label at 45° is as far to the right of its column as it is above it.
    return placeAt(box, view, x - Math.max(0, box.top - box.strip - 7 - y), y);
  };

  /**
   * Where several cells share a pixel, the one whose colour it has.
   *
   * @param {Scene} now @param {Place} place @param {number} x @param {number} y
   */
  const strongest = ({ matrix, frame: box, ratio, look: { pooling } }, place, x, y) => {
    const pixel = 1 / ratio;
    const corner = placeAt(box, view, Math.floor(x * ratio) * pixel, Math.floor(y * ratio) * pixel);
    const opposite = placeAt(box, view, (Math.floor(x * ratio) + 1) * pixel - 1e-6, (Math.floor(y * ratio) + 1) * pixel - 1e-6);
    const small = Math.min(box.cellWidth, box.cellHeight) * view.zoom < pixel;
    if (!small || pooling !== "max" || corner?.part !== "cell" || opposite?.part !== "cell") return place;
    const found = strongestAmong(matrix, [corner.query ?? 0, (opposite.query ?? 0) + 1], [corner.key ?? 0, (opposite.key ?? 0) + 1]);
    return found ? { ...place, ...found } : place;
  };

  /** @param {Place | null} place @param {{x: number, y: number} | null} at pixels of the stage */
  const point = (place, at) => {
    pointed = place;
    pointer = at && { x: at.x + parts.stage.offsetLeft, y: at.y + parts.stage.offsetTop };
    store.set({ hover: place ? { query: place.query, key: place.key } : NOBODY });
    schedule(false);
  };

  /** @param {Place} place */
  const pin = ({ query, key }) => {
    const state = store.get();
    store.set(state.query === query && state.key === key ? NOBODY : { query, key });
  };

  /** @param {number} factor */
  const zoomInTheMiddle = (factor) => {
    if (!scene) return;
    const { hover, query, key } = store.get();
    const { frame: box } = scene;
    const [row, column] = [hover.query ?? query, hover.key ?? key];
    const x = column === null ? box.left + box.plotWidth / 2 : leftOf(box, view, column + 0.5);
    const y = row === null ? box.top + box.plotHeight / 2 : topOf(box, view, row + 0.5);
    look(zoomedAt(box, view, x, y, factor));
  };

  /** @param {KeyboardEvent} event */
  const press = (event) => {
    const zooms = ["+", "=", "-", "0"].includes(event.key);
    if (!scene || event.altKey || zooms && (event.ctrlKey || event.metaKey)) return false; // those are the browser's
    const { frame: box } = scene;
    if (event.key === "Escape") {
      point(null, null);
      return false; // the workspace lets go of what is pinned
    }
    if (event.key === "+" || event.key === "=") zoomInTheMiddle(STEP);
    else if (event.key === "-") zoomInTheMiddle(1 / STEP);
    else if (event.key === "0") look(WHOLE);
    else if (event.key === "Enter" || event.key === " ") {
      const place = placeOf(store.get().hover);
      if (place) pin(place);
    } else {
      const state = store.get();
      const cursor = cursorAfter(event, state.hover, state, seen(box, view), box);
      if (!cursor) return false;
      look(showing(box, view, cursor.query, cursor.key));
      const x = leftOf(box, view, cursor.key + 0.5);
      const y = topOf(box, view, cursor.query + 0.5);
      point({ part: "cell", ...cursor }, { x, y });
      context.announce(readingOf(scene, { part: "cell", ...cursor }, false).spoken);
    }
    return true;
  };

  const unlisten = listenForGestures(parts.stage, {
    zoom: (x, y, factor) => {
      const changed = scene !== null && look(zoomedAt(scene.frame, view, x, y, factor));
      if (changed && pointed) point(under(x, y), { x, y });
      return changed;
    },
    pan: (right, down) => { if (scene) look(pannedBy(scene.frame, view, right, down)); },
    zoomed: () => view.zoom > 1,
    hover: (x, y) => point(under(x, y), { x, y }),
    leave: () => point(null, null),
    press: (x, y) => {
      const place = under(x, y);
      if (place) pin(place);
    },
    pinned: () => ({ query: store.get().query, key: store.get().key }),
    whole: (before) => {
      look(WHOLE);
      store.set(before);
    },
    key: press,
  });
  parts.stage.addEventListener("blur", () => point(null, null));
  parts.closer.onclick = () => zoomInTheMiddle(STEP);
  parts.out.onclick = () => zoomInTheMiddle(1 / STEP);
  parts.whole.onclick = () => look(WHOLE);
  parts.strips.onchange = () => {
    strips = parts.strips.checked;
    schedule(true);
  };
  const end = store.subscribe(({ hover }, changed) => {
    const cells = ["capture", "theme", "map", "head", "scale", "shared", "pooling"].some((name) => changed.has(name));
    const elsewhere = pointed && changed.has("hover") && (pointed.query !== hover.query || pointed.key !== hover.key);
    if (elsewhere || changed.has("map") || changed.has("capture")) pointed = null;
    if (cells || ["query", "key", "hover"].some((name) => changed.has(name))) schedule(cells);
  });
  let known = -1;
  const sizes = new ResizeObserver(() => {
    if (root.clientWidth !== known) schedule(true); // a longer legend makes it higher, which changes nothing
    known = root.clientWidth;
  });
  sizes.observe(root);
  schedule(true);
  return {
    destroy() {
      end();
      unlisten();
      sizes.disconnect();
      cancelAnimationFrame(frame);
      clearTimeout(asking);
      giveUp();
    },
  };
}

/**
 * @param {{query: number | null, key: number | null}} marks
 * @returns {Place | null}
 */
function placeOf({ query, key }) {
  if (query !== null && key !== null) return { part: "cell", query, key };
  if (query !== null) return { part: "query", query, key };
  return key === null ? null : { part: "key", query, key };
}

/**
 * @param {import("./store.js").State} state
 * @param {boolean} pooled
 * @param {string} [among] what else the colours are shared with
 */
function noteOf({ scale, shared }, pooled, among = " here") {
  const range = shared ? "0 to 1 for every map" : `up to the largest${among}`;
  const how = {
    linear: `Weight, ${range}`,
    log: `Weight, logarithmic over ${LOG_DECADES} decades, ${range}`,
    rank: "Weight, colours by rank in this map",
  }[scale];
  return pooled ? `${how}; each cell is the largest of several` : how;
}

/**
 * What has to stay the same for zoom and pan to stay: the tokens on both sides.
 *
 * @param {Context} context
 * @param {number} map
 */
function shapeOf(context, map) {
  const { query, key } = labelsOf(context.capture(), map);
  return JSON.stringify([query.length, key.length, query.slice(0, 64), key.slice(0, 64)]);
}
