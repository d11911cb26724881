/**
 * Gathers what a heatmap shows from the store, the capture and the page: everything that paints and answers for it later.
 *
 * @typedef {import("./capture.js").Matrix} Matrix
 * @typedef {import("./heatmap_geometry.js").View} View
 * @typedef {import("./heatmap_paint.js").Scene} Scene
 * @typedef {import("./store.js").State} State
 */

import { besideOf, headingOf } from "./axis_labels.js";
import { labelsOf } from "./capture.js";
import { sequentialColours, themeOf } from "./colours.js";
import { isPooled } from "./heatmap_cells.js";
import { frameOf } from "./heatmap_geometry.js";
import { labelFont } from "./heatmap_paint.js";
import { marginalSteps } from "./marginals.js";
import { scaleOf } from "./scales.js";

const QUICK = 2 ** 18; // cells that are added up at once, in a few milliseconds
const STRIP = 34; // pixels of a marginal strip
const SLANTED_RIGHT = [20, 48]; // what the last label at 45° may take beside the plot, on narrow and wide pages

/**
 * @typedef {object} Chosen
 * @property {State} state
 * @property {number} width pixels that there are
 * @property {View} view
 * @property {boolean} strips whether the marginal strips are wanted
 *
 * Makes scenes one after the other; colours, scale and numbers of a matrix are kept until it or the choice changes.
 *
 * @param {HTMLElement} root
 * @param {() => import("./capture.js").Capture} capture
 * @returns {(chosen: Chosen) => Scene & {complete: boolean}}
 */
export function sceneMaker(root, capture) {
  const pen = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  const tiles = { overview: null, window: null };
  let theme = themeOf(root);
  let themeCount = -1;
  let colours = sequentialColours(theme);
  /** @type {{matrix: Matrix, scale: string, maximum: number, pooling: string, theme: number, look: any} | null} */
  let kept = null;
  /** @type {WeakMap<Matrix, boolean>} */
  const masks = new WeakMap();
  return ({ state, width, view, strips }) => {
    if (state.theme !== themeCount) {
      themeCount = state.theme;
      theme = themeOf(root);
      colours = sequentialColours(theme);
    }
    const { map, head, scale, pooling } = state;
    const newest = capture();
    const known = newest.cells(map, head);
    const matrix = known ?? newest.thumbnail(map, head, pooling);
    const maximum = state.shared ? 1 : matrix.maximum;
    const same = kept && kept.matrix === matrix && kept.scale === scale && kept.maximum === maximum
      && kept.pooling === pooling && kept.theme === themeCount;
    const look = same && kept ? kept.look : { scale: scaleOf(matrix, { scale, maximum }), colours, pooling };
    kept = { matrix, scale, maximum, pooling, theme: themeCount, look };
    if (!masks.has(matrix)) masks.set(matrix, hasMasked(matrix.values));

    const { query, key, sameAxis } = labelsOf(newest, map);
    const { queryAxis, keyAxis } = newest.maps[map];
    const axes = newest.axes;
    const title = (/** @type {string} */ what, /** @type {string} */ name) => sameAxis ? what : `${what}: ${name}`;
    const pooled = isPooled(matrix);
    const strip = strips && !pooled && known ? STRIP : 0;
    pen.font = labelFont(theme);
    const measure = (/** @type {string} */ text) => pen.measureText(text).width;
    const titles = [title("Queries", axes[queryAxis].name), title("Keys", axes[keyAxis].name)];
    const widest = Math.max(64, Math.min(150, 0.24 * width));
    const least = Math.min(widest, Math.max(64, ...titles.map((text) => measure(text) + 24)));
    const labelWidth = Math.max(least, besideOf(query, measure, widest));
    const beside = Math.max(SLANTED_RIGHT[0], Math.min(SLANTED_RIGHT[1], 0.07 * width));
    const estimated = (width - labelWidth - beside) / key.length;
    const heading = headingOf(key, Math.min(64, estimated, 560 / query.length), measure);
    const frame = frameOf({
      width,
      rows: query.length,
      columns: key.length,
      labelWidth,
      labelHeight: Math.max(34, heading.height + 8),
      strip,
      right: Math.max(strip + 4, heading.slanted ? beside : 4),
    });
    return {
      matrix,
      window: pooled ? newest.window(map, head) : null,
      masked: masks.get(matrix) ?? false,
      look, frame, view, theme, tiles,
      ratio: window.devicePixelRatio || 1,
      query: { labels: query, direction: axes[queryAxis].direction, title: titles[0] },
      key: { labels: key, direction: axes[keyAxis].direction, title: titles[1] },
      marginals: null,
      complete: known !== null,
    };
  };
}

/** @type {WeakMap<Matrix, import("./marginals.js").Marginals>} */
const computed = new WeakMap();

/**
 * Sums, entropies and received weights of a matrix, computed once.
 *
 * @param {Matrix} matrix
 * @returns {import("./marginals.js").Marginals | null} null where cells stand for several, so that their sums would mean
 *     nothing, and for large ones before `addUp` is done with them
 */
export function knownMarginals(matrix) {
  if (isPooled(matrix)) return null;
  const found = computed.get(matrix);
  if (found || matrix.values.length > QUICK) return found ?? null;
  const { value } = marginalSteps(matrix).next();
  const made = /** @type {import("./marginals.js").Marginals} */ (value);
  computed.set(matrix, made);
  return made;
}

/**
 * Computes what `knownMarginals` will give, a few milliseconds at a time, so that the pointer is never waited for.
 *
 * @param {Matrix} matrix
 * @param {() => void} done
 * @returns {() => void} gives it up
 */
export function addUp(matrix, done) {
  const steps = marginalSteps(matrix);
  let timer = 0;
  const step = () => {
    const { value } = steps.next();
    if (!value) {
      timer = setTimeout(step, 0);
      return;
    }
    computed.set(matrix, value);
    done();
  };
  timer = setTimeout(step, 0);
  return () => clearTimeout(timer);
}

/** @param {Float32Array} values */
function hasMasked(values) {
  for (let cell = 0; cell < values.length; cell += 1) if (values[cell] !== values[cell]) return true;
  return false;
}
