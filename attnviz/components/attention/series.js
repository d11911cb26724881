import { cssOf, sequentialColours, themeOf } from "./colours.js";
import { labelsOf } from "./capture.js";
import { addElement } from "./elements.js";
import { scaleOf } from "./scales.js";
import { stepAt } from "./series_layout.js";
import { layoutOf, numberText, paintSeries, paintValues } from "./series_paint.js";
import { quoted, shown } from "./sentence.js";
import { createLegend } from "./text_legend.js";
import { isPooled, largest, rankText, receivedOf, rowOf } from "./text_values.js";

/**
 * A numeric series with the attention that each of its steps receives. A click pins a step: as the query where the steps attend
 * to each other, else as the key.
 *
 * @typedef {import("./series_paint.js").SeriesData} SeriesData
 * @typedef {import("./workspace.js").Context} Context
 */

const STRUCTURE = ["capture", "map", "head"];
const PAINTED = [...STRUCTURE, "theme", "query", "key", "hover", "scale", "shared"];
const PAGE = 10;
const MOST_TOLD = 4;

/**
 * @param {HTMLElement} root
 * @param {Context} context
 * @param {SeriesData} [given] the series; by default what Python sent for this view
 */
export function mountSeries(root, context, given) {
  const { store } = context;
  root.classList.add("attnviz-series");
  const caption = addElement(root, "div", "title");
  const slider = addElement(root, "div", "plot");
  slider.tabIndex = 0;
  slider.setAttribute("role", "slider");
  slider.setAttribute("aria-orientation", "horizontal");
  slider.setAttribute("aria-label", "Steps of the series");
  const canvas = /** @type {HTMLCanvasElement} */ (addElement(slider, "canvas", ""));
  canvas.setAttribute("aria-hidden", "true");
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const legend = createLegend(root);
  const readout = addElement(root, "div", "readout");

  /** @type {SeriesData} */
  let data = { steps: [], features: [], values: [] };
  /** @type {import("./series_layout.js").Layout | null} */
  let layout = null;
  /** @type {Float32Array | null} */
  let attention = null;
  /** @type {Float32Array | null} */
  let received = null;
  /** @type {Map<string, (value: number) => number>} */
  const scales = new Map();
  let current = 0; // the step that the keyboard is on
  const values = document.createElement("canvas");
  let prepared = "";
  let structure = 0; // counts the series that were sent
  let pending = 0;
  let painted = 0;
  /** @type {import("./colours.js").Theme | null} */
  let theme = null;
  /** @type {Uint32Array} */
  let colours = new Uint32Array(0);

  /** What the chosen map runs over: whether its keys are the steps, and whether its queries are too. */
  function rolesOf() {
    const labels = labelsOf(context.capture(), store.get().map);
    const keys = labels.key.length === data.steps.length && labels.key.every((label, step) => label === data.steps[step]);
    return { keys, same: keys && labels.sameAxis, single: labels.query.length === 1 && !labels.sameAxis, labels };
  }

  function draw() {
    cancelAnimationFrame(pending);
    pending = 0;
    if (root.hidden || !root.clientWidth) return;
    const sent = given ?? context.extra("series") ?? data;
    if (sent !== data) structure += 1;
    data = sent;
    const state = store.get();
    const { keys, same, single, labels } = rolesOf();
    slider.hidden = legend.element.hidden = !keys || !data.steps.length;
    if (slider.hidden) {
      caption.textContent = "The keys of this layer are not the steps of the series: choose another layer.";
      readout.textContent = "";
    } else {
      if (!theme) {
        theme = themeOf(root);
        colours = sequentialColours(theme);
      }
      const query = single ? 0 : state.query ?? state.hover.query;
      const matrix = context.capture().cells(state.map, state.head);
      received ??= matrix && receivedOf(matrix, data.steps.length);
      attention = matrix && (query === null ? received : rowOf(matrix, query, data.steps.length));
      const mean = query === null;
      const own = mean ? largest(received ?? new Float32Array(0)) : matrix?.maximum ?? 0;
      const maximum = state.shared ? 1 : own;
      const weights = { values: (mean ? received : matrix?.values) ?? new Float32Array(0), maximum };
      const picture = {
        data, attention, maximum, theme, colours,
        unitOf: scaleFor(weights, state.scale, mean),
        axis: context.capture().axes[context.capture().maps[state.map].keyAxis].name,
        query: same ? query : null,
        pinned: state.key,
        pointed: state.hover.key ?? (same && state.query !== null ? null : state.hover.query),
      };
      paintSeries(pen, prepare(picture), picture, values);
      const pooled = matrix !== null && isPooled(matrix);
      caption.textContent = !matrix ? "The weights are on their way."
        : single ? "Attention to each step"
        : mean ? (pooled ? "The largest attention that each step receives" : `Attention that each step receives, mean over ${labels.query.length} queries`)
        : `What ${quoted(labels.query[query])} attends to`;
      legend.show(Array.from(colours, cssOf), weights, { scale: state.scale, maximum },
        state.shared ? "colours shared 0 to 1" : mean ? "colours up to the largest mean" : "colours up to the largest weight of this map",
        attention?.some(Number.isNaN) ? "grey" : "");
      const at = state.hover.key ?? (same ? state.hover.query : null) ?? state.key;
      readout.textContent = at === null || at >= data.steps.length ? hintOf(same, single) : said(at);
      describeSlider(at ?? current);
    }
    painted += 1;
    root.dataset.painted = String(painted);
    root.dataset.ready = "1";
  }

  /**
   * @param {{values: Float32Array, maximum: number}} weights
   * @param {"linear" | "log" | "rank"} scale
   * @param {boolean} mean
   */
  function scaleFor(weights, scale, mean) {
    const name = `${scale} ${mean} ${weights.maximum}`;
    const known = scales.get(name) ?? scaleOf(weights, { scale, maximum: weights.maximum });
    scales.set(name, known); // ranks of a million weights take a while
    return known;
  }

  /**
   * The canvas as wide as there is room, with what does not change while the pointer moves painted once beside it.
   *
   * @param {import("./series_paint.js").Picture} picture
   */
  function prepare(picture) {
    const width = slider.clientWidth;
    const ratio = window.devicePixelRatio || 1;
    const name = JSON.stringify([width, ratio, picture.maximum, picture.axis, structure, picture.theme.text, picture.theme.background]);
    if (name === prepared && layout) return layout;
    prepared = name;
    layout = layoutOf(pen, picture, width);
    for (const one of [canvas, values]) {
      one.width = Math.round(width * ratio);
      one.height = Math.round(layout.height * ratio);
      one.getContext("2d")?.setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    canvas.style.height = `${layout.height}px`;
    canvas.dataset.left = String(layout.left); // where the steps begin and end, for who looks from outside
    canvas.dataset.right = String(layout.right);
    paintValues(/** @type {CanvasRenderingContext2D} */ (values.getContext("2d")), layout, picture);
    return layout;
  }

  /** @param {number} step */
  function describeSlider(step) {
    current = Math.min(step, data.steps.length - 1);
    slider.setAttribute("aria-valuemin", "1");
    slider.setAttribute("aria-valuemax", String(data.steps.length));
    slider.setAttribute("aria-valuenow", String(current + 1));
    slider.setAttribute("aria-valuetext", said(current));
    slider.dataset.value = attention ? String(attention[current]) : "";
  }

  /** @param {number} step */
  function said(step) {
    const told = data.features.slice(0, MOST_TOLD).map((name, feature) => {
      const value = data.values[feature][step];
      return `${name} ${value === null ? "missing" : numberText(value)}`;
    });
    const more = data.features.length > MOST_TOLD ? `, and ${data.features.length - MOST_TOLD} more` : "";
    const weight = attention ? attention[step] : null;
    const matrix = context.capture().cells(store.get().map, store.get().head);
    const rank = matrix && attention && !isPooled(matrix) ? `, ${rankText(attention, attention[step])}` : "";
    const told2 = weight === null ? "" : Number.isNaN(weight) ? "; may not be attended to" : `; attention ${shown(weight)}${rank}`;
    return `${data.steps[step]}: ${told.join(", ")}${more}${told2}`;
  }

  /**
   * @param {boolean} same
   * @param {boolean} single
   */
  function hintOf(same, single) {
    if (same) return store.get().query === null ? "Click a step to see what it attends to." : "Click it again, or press Escape, to let go.";
    return single ? "One query stands for the whole series. Point at a step for its values." : "Click a step to pin it.";
  }

  /** @param {number | null} step */
  function point(step) {
    const { same, single } = rolesOf();
    const { query } = store.get();
    if (step === null) store.set({ hover: { query: null, key: null } });
    else if (same) store.set({ hover: query === null ? { query: step, key: null } : { query, key: step } });
    else store.set({ hover: { query: single ? 0 : query, key: step } });
  }

  /** @param {number | null} step */
  function choose(step) {
    if (step === null) return;
    const role = rolesOf().same ? "query" : "key";
    store.set({ [role]: store.get()[role] === step ? null : step, hover: { query: null, key: null } });
  }

  /** @param {PointerEvent | MouseEvent} event */
  const under = (event) => (layout ? stepAt(layout, data.steps.length, event.clientX - canvas.getBoundingClientRect().left) : null);
  canvas.addEventListener("pointermove", (event) => point(under(event)));
  canvas.addEventListener("pointerleave", () => point(null));
  canvas.addEventListener("click", (event) => choose(under(event)));
  slider.addEventListener("blur", () => point(null));
  slider.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = data.steps.length - 1;
    /** @type {Record<string, number>} */
    const moves = {
      ArrowRight: current + 1, ArrowUp: current + 1, ArrowLeft: current - 1, ArrowDown: current - 1,
      PageUp: current + PAGE, PageDown: current - PAGE, Home: 0, End: last,
    };
    if (event.key in moves) {
      current = Math.max(0, Math.min(last, moves[event.key]));
      point(current);
    } else if (event.key === "Enter" || event.key === " ") choose(current);
    else return;
    event.preventDefault();
    event.stopPropagation(); // the page has shortcuts of its own
  });

  function later() {
    delete root.dataset.ready;
    if (!pending) pending = requestAnimationFrame(draw);
  }
  const end = store.subscribe((_, changed) => {
    if (!PAINTED.some((name) => changed.has(name))) return;
    if (STRUCTURE.some((name) => changed.has(name))) {
      received = null;
      scales.clear();
    }
    if (changed.has("theme")) theme = null;
    later();
  });
  const resized = new ResizeObserver(later);
  resized.observe(root);
  later();
  return {
    destroy() {
      end();
      resized.disconnect();
      cancelAnimationFrame(pending);
    },
  };
}
