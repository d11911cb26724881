/**
 * A, B and their difference: what is pointed at in one picture is marked in all three.
 *
 * @typedef {import("../attention/heatmap_geometry.js").Place} Place
 * @typedef {import("../attention/heatmap_geometry.js").View} View
 *
 * @typedef {object} Data
 * @property {any} meta
 * @property {Uint8Array} cells
 * @property {string} subject what is compared: as long as it is the same, what is pinned stays, and so does the zoom
 * @property {{query: number | null, key: number | null}} pinned what to begin with
 *
 * @typedef {object} Comparison
 * @property {(data: Data) => void} update
 * @property {() => void} repaint after a change of colours
 * @property {() => void} destroy
 * @property {import("../attention/store.js").Store} store
 */

import { divergingColours, sequentialColours, themeOf } from "../attention/colours.js";
import { addElement } from "../attention/elements.js";
import { leftOf, pannedBy, seen, showing, topOf, WHOLE, zoomedAt } from "../attention/heatmap_geometry.js";
import { cursorAfter } from "../attention/heatmap_keys.js";
import { createPanel, createTip } from "../attention/heatmap_tip.js";
import { createLegend } from "../attention/legend.js";
import { legendStops } from "../attention/scales.js";
import { createStore } from "../attention/store.js";
import { DIFFERENCE, FIRST, openCompared, SECOND } from "./compared.js";
import { mountPicture } from "./picture.js";
import { differenceStops, readingOf, strongestDifference } from "./reading.js";

const ANNOUNCE_AFTER = 300; // milliseconds
const TELL_AFTER = 200;
const STEP = 1.5; // of a zoom by key
const NOBODY = { query: null, key: null };
const HINT = "Ctrl and scroll, or pinch, to zoom all three; once clicked, scrolling is enough. Drag to move, double click for "
  + "all. Click or Enter pins, arrow keys move, Escape lets go.";

/**
 * @param {HTMLElement} root
 * @param {Data} data
 * @param {(name: string, value: unknown) => void} send tells Python
 * @returns {Comparison}
 */
export function openComparison(root, data, send) {
  let compared = openCompared(data);
  let subject = data.subject;
  const store = createStore({ ...existing(data.pinned), capture: 1, shared: false });
  root.classList.add("attnviz-heatmap", "attnviz-comparison");
  root.replaceChildren();
  const sentence = addElement(root, "p", "sentence");
  const pictures = addElement(root, "div", "pictures");
  const legends = addElement(root, "div", "legends");
  const weights = createLegend(legends);
  const differences = createLegend(legends);
  const gap = addElement(legends, "div", "gap");
  addElement(gap, "span", "swatch dots").setAttribute("aria-hidden", "true");
  addElement(gap, "span").textContent = "no such token on this side";
  const showReading = createPanel(addElement(root, "div", "aside"));
  addElement(root, "p", "hint").textContent = HINT;
  const live = addElement(root, "div", "live");
  live.setAttribute("aria-live", "polite");
  const tip = createTip(root);
  let view = WHOLE;
  /** @type {{x: number, y: number} | null} where the tip belongs, in pixels of `root` */
  let pointer = null;
  let frame = 0;
  let repaint = true;
  let painted = 0;
  let speaking = 0;
  let telling = 0;

  const schedule = (/** @type {boolean} */ cells) => {
    repaint ||= cells;
    delete root.dataset.ready;
    frame ||= requestAnimationFrame(paint);
  };

  const paint = () => {
    frame = 0;
    const state = store.get();
    const scenes = shown.map((picture) => picture.paint(state, view, repaint));
    if (scenes.includes(null)) return; // painted when it is shown: its size changes then
    if (repaint) describe();
    repaint = false;
    read();
    painted += 1;
    root.dataset.painted = String(painted);
    root.dataset.ready = "1";
  };

  const describe = () => {
    sentence.textContent = compared.description;
    const theme = themeOf(root);
    const { masked, gaps, largest, weights: both, scale, pooled } = compared;
    const how = { linear: "up to the largest of both", log: "logarithmic, up to the largest of both", rank: "by rank in both" }[scale];
    weights.show({
      colours: sequentialColours(theme),
      stops: legendStops(both, { scale, maximum: both.maximum }),
      note: `A and B: weight, ${how}${pooled ? "; each cell is the largest of several" : ""}`,
      masked: masked[FIRST] || masked[SECOND],
    });
    differences.show({
      colours: divergingColours(theme),
      stops: differenceStops(largest),
      note: "B − A: blue where B attends less, orange where more",
      masked: false,
    });
    gap.hidden = !gaps[DIFFERENCE].queries.length && !gaps[DIFFERENCE].keys.length;
  };

  const read = () => {
    const state = store.get();
    const hovers = state.hover.query !== null || state.hover.key !== null;
    const pinned = state.query !== null || state.key !== null;
    const place = hovers ? state.hover : pinned ? state : strongestDifference(compared);
    const reading = place && readingOf(compared, place);
    showReading(reading, hovers ? "Pointed at" : pinned ? "Pinned" : "Largest difference");
    if (hovers && pointer && reading) tip.show(reading, pointer);
    else tip.hide();
  };

  /** @param {View} next */
  const look = (next) => {
    if (next.zoom === view.zoom && next.x === view.x && next.y === view.y) return false;
    view = next;
    schedule(true);
    return true;
  };

  /** @param {{query: number | null, key: number | null}} place */
  const pin = ({ query, key }) => {
    const state = store.get();
    store.set(state.query === query && state.key === key ? NOBODY : { query, key });
  };

  /** @param {number} map @param {Place | null} place @param {{x: number, y: number} | null} at pixels of its stage */
  const point = (map, place, at) => {
    const { stage } = shown[map];
    pointer = at && { x: at.x + stage.offsetLeft, y: at.y + stage.offsetTop };
    store.set({ hover: place ? { query: place.query, key: place.key } : NOBODY });
    schedule(false);
  };

  /** @param {number} map @param {import("../attention/heatmap_paint.js").Scene} scene @param {KeyboardEvent} event */
  const press = (map, { frame: box }, event) => {
    if (event.altKey) return false;
    const state = store.get();
    if (event.key === "Escape") {
      point(map, null, null);
      store.set(NOBODY);
      return true;
    }
    if (event.key === "Enter" || event.key === " ") {
      if (state.hover.query !== null) pin(state.hover);
      return true;
    }
    const factor = { "+": STEP, "=": STEP, "-": 1 / STEP }[event.key];
    if (factor || event.key === "0") {
      const x = state.hover.key === null ? box.left + box.plotWidth / 2 : leftOf(box, view, state.hover.key + 0.5);
      const y = state.hover.query === null ? box.top + box.plotHeight / 2 : topOf(box, view, state.hover.query + 0.5);
      look(factor ? zoomedAt(box, view, x, y, factor) : WHOLE);
      return !(event.ctrlKey || event.metaKey); // the browser's own zoom stays
    }
    const cursor = cursorAfter(event, state.hover, state, seen(box, view), box);
    if (!cursor) return false;
    look(showing(box, view, cursor.query, cursor.key));
    const at = { x: leftOf(box, view, cursor.key + 0.5), y: topOf(box, view, cursor.query + 0.5) };
    point(map, { part: "cell", ...cursor }, at);
    announce(readingOf(compared, cursor)?.spoken ?? "");
    return true;
  };

  const announce = (/** @type {string} */ text) => {
    clearTimeout(speaking);
    speaking = setTimeout(() => { live.textContent = text; }, ANNOUNCE_AFTER);
  };

  const shown = [FIRST, SECOND, DIFFERENCE].map((map) => mountPicture(pictures, map, () => compared, {
    point: (place, at) => point(map, place, at),
    pin,
    zoom: (scene, x, y, factor) => look(zoomedAt(scene.frame, view, x, y, factor)),
    pan: (scene, right, down) => { look(pannedBy(scene.frame, view, right, down)); },
    pinned: () => ({ query: store.get().query, key: store.get().key }),
    whole: (before) => {
      look(WHOLE);
      store.set(before);
    },
    press: (scene, event) => press(map, scene, event),
  }));
  const end = store.subscribe((state, changed) => {
    schedule(changed.has("capture") || changed.has("theme"));
    if (!changed.has("query") && !changed.has("key")) return;
    clearTimeout(telling);
    telling = setTimeout(() => send("selection", { subject, query: state.query, key: state.key }), TELL_AFTER);
  });
  let width = -1;
  const sizes = new ResizeObserver(() => {
    if (root.clientWidth !== width) schedule(true);
    width = root.clientWidth;
  });
  sizes.observe(root);
  schedule(true);

  /** @param {{query: number | null, key: number | null}} pinned */
  function existing({ query, key }) {
    const { queries, keys } = compared.capture.maps[DIFFERENCE];
    return { query: query !== null && query < queries ? query : null, key: key !== null && key < keys ? key : null };
  }

  return {
    store,
    update(next) {
      if (next.meta.id === compared.id && next.subject === subject) return;
      const same = next.subject === subject; // in other colours
      const pinned = same ? { query: store.get().query, key: store.get().key } : next.pinned;
      compared = openCompared(next);
      subject = next.subject;
      if (!same) view = WHOLE;
      pointer = null;
      store.set({ ...existing(pinned), hover: NOBODY, capture: store.get().capture + 1 });
    },
    repaint: () => store.set({ theme: store.get().theme + 1 }),
    destroy() {
      end();
      sizes.disconnect();
      cancelAnimationFrame(frame);
      clearTimeout(speaking);
      clearTimeout(telling);
      for (const picture of shown) picture.destroy();
    },
  };
}
