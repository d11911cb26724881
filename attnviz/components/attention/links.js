/**
 * Links: queries on the left, keys on the right, and lines between them as strong as the attention, in a colour a head.
 *
 * @typedef {import("./links_selection.js").Links} Links
 * @typedef {"query" | "key"} SideName
 */

import { labelsOf } from "./capture.js";
import { headColours, themeOf } from "./colours.js";
import { addElement, clearedPen } from "./elements.js";
import { createControls } from "./links_controls.js";
import { geometryOf, middleOf, moved, scrollFor, tokenAt } from "./links_layout.js";
import { paintLabels, paintLines, paintStrips, stripWidth } from "./links_paint.js";
import { activeHeads, linksOf, rowOf, strongestFew, strongestLinks } from "./links_selection.js";
import { createPairTip, tokenSentence } from "./links_tip.js";
import { headName } from "./sentence.js";

/** More lines than this are a haze, and take longer to draw than a change may. */
const MOST_LINES = 4000;
const TALLEST = 620;
const SELECTED_ANEW_FOR = ["capture", "map", "head", "heads", "mass"];

/**
 * @param {HTMLElement} root
 * @param {import("./workspace.js").Context} context
 * @returns {{destroy: () => void, placeOf: (side: SideName, position: number) => {x: number, y: number} | null}} `placeOf`:
 *   where the middle of a token's label lies in `root`
 */
export function mountLinks(root, context) {
  root.classList.add("attnviz-links");
  const { store } = context;
  /** @type {number | null} */
  let previewed = null;
  const controls = createControls(root, context, (head) => {
    const there = head !== null && context.capture().cells(store.get().map, head) ? head : null;
    if (there === previewed) return;
    previewed = there;
    request();
  });
  const note = addElement(root, "p", "note");
  const scroll = addElement(root, "div", "scroll");
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "application");
  scroll.setAttribute("aria-roledescription", "tokens joined by lines");
  const surface = addElement(scroll, "div", "surface");
  const pane = addElement(surface, "div", "pane");
  const lines = /** @type {HTMLCanvasElement} */ (addElement(pane, "canvas", "lines"));
  const above = /** @type {HTMLCanvasElement} */ (addElement(pane, "canvas", "labels"));
  const tip = createPairTip(root);

  /** @type {{links: Links, few: number[] | null, heads: number[], widths: {query: number, key: number}} | null} */
  let chosen = null;
  /** @type {ReturnType<typeof geometryOf> | null} */
  let geometry = null;
  /** @type {import("./colours.js").Theme | null} */
  let theme = null;
  /** @type {string[]} */
  let colours = [];
  /** @type {{side: SideName, row: number}} */
  let cursor = { side: "query", row: 0 };
  let inside = false;
  let together = false; // whether the lines are those of all heads together, and not of each
  let linesDone = false;
  let frame = 0;
  let painted = 0;

  const request = () => {
    root.removeAttribute("data-ready");
    if (!frame) frame = requestAnimationFrame(paint);
  };

  function select() {
    const { map, head, mass } = store.get();
    const capture = context.capture();
    const wanted = activeHeads(store.get(), capture.maps[map].heads);
    // Of a large capture only the mean over heads may be here. Its links are better than none.
    together = typeof head === "string" && !wanted.some((one) => capture.cells(map, one)) && Boolean(capture.cells(map, head));
    const heads = together ? [0] : wanted;
    const links = strongestLinks(capture, map, heads, mass, matrixOf);
    const pen = /** @type {CanvasRenderingContext2D} */ (above.getContext("2d"));
    pen.font = `600 13px ${theme.font}`;
    const widest = (/** @type {import("./links_selection.js").Side | null} */ side) =>
      (side?.labels ?? []).reduce((most, label) => Math.max(most, pen.measureText(label).width), 0) + 10;
    chosen = { links, few: strongestFew(links, MOST_LINES), heads, widths: { query: widest(links.query), key: widest(links.key) } };
    cursor = { side: cursor.side, row: Math.min(cursor.row, Math.max(0, (links[cursor.side]?.labels.length ?? 1) - 1)) };
    linesDone = false;
    tell();
  }

  function paint() {
    frame = 0;
    if (!root.clientWidth) return; // hidden: the observer calls again
    const capture = context.capture();
    const state = store.get();
    theme = theme ?? themeOf(root);
    if (!chosen) {
      colours = headColours(capture.maps[state.map].heads, theme);
      select();
      controls.update(colours, together ? [] : /** @type {NonNullable<typeof chosen>} */ (chosen).heads);
    }
    const { links, few, heads, widths } = /** @type {NonNullable<typeof chosen>} */ (chosen);
    if (!links.query || !links.key) {
      surface.style.height = "0";
      geometry = null; // nothing of the map before may be left to see or to click
      for (const canvas of [lines, above]) clearedPen(canvas, { width: 0, height: 0 });
      tip.hide();
    } else {
      const rows = { query: links.query.labels.length, key: links.key.labels.length };
      const width = scroll.clientWidth;
      surface.style.height = `${geometryOf(rows, widths, { width, height: 0, scrollTop: 0 }).content}px`;
      geometry = geometryOf(rows, widths, { width, height: Math.min(scroll.clientHeight, TALLEST), scrollTop: scroll.scrollTop });
      const [from, to] = [geometry.left, width - geometry.right];
      const top = state.shared ? 1 : links.maximum || 1;
      const only = rows.query === 1 ? 0 : null; // one query that pools all keys: its numbers are always there
      const focus = {
        query: rowOf(links.query, state.hover.query ?? state.query) ?? only,
        key: rowOf(links.key, state.hover.key ?? state.key),
      };
      const alone = previewed !== null || focus.query !== null || focus.key !== null;
      if (!linesDone && !alone) {
        paintLines(clearedPen(lines, geometry), geometry, links, few, { colours, heads, top, from, to });
        linesDone = true;
      }
      lines.style.visibility = alone ? "hidden" : "visible";
      const pen = clearedPen(above, geometry);
      if (previewed !== null) {
        const one = strongestLinks(capture, state.map, [previewed], state.mass);
        paintLines(pen, geometry, one, null, { colours, heads: [previewed], top, from, to });
      } else if (alone) {
        paintFocus(pen, focus, { from, to, top, heads });
      }
      labels(pen, focus);
      pair(focus, heads);
    }
    painted += 1;
    root.dataset.painted = String(painted);
    root.dataset.ready = "1";
  }

  /**
   * The links of a query or of a key, and with both the ones between them.
   *
   * @param {CanvasRenderingContext2D} pen
   * @param {{query: number | null, key: number | null}} focus
   * @param {{from: number, to: number, top: number, heads: number[]}} of
   */
  function paintFocus(pen, focus, { from, to, top, heads }) {
    const { links } = /** @type {NonNullable<typeof chosen>} */ (chosen);
    const shape = /** @type {NonNullable<typeof geometry>} */ (geometry);
    const side = focus.query !== null ? "query" : "key";
    const row = /** @type {number} */ (focus[side]);
    const other = side === "query" ? "key" : "query";
    const strip = stripWidth(heads.length, shape.width);
    const [start, end] = side === "query" ? [from, to - strip] : [from + strip, to];
    let places = linksOf(links, side, row);
    if (focus.query !== null && focus.key !== null) {
      const faint = places.filter((place) => links.keys[place] !== focus.key);
      pen.globalAlpha = 1;
      paintLines(pen, shape, links, faint, { colours, heads, top: top * 3, from: start, to: end });
      places = places.filter((place) => links.keys[place] === focus.key);
    }
    paintLines(pen, shape, links, places, { colours, heads, top, from: start, to: end });
    const here = heads.filter((head) => !links.missing.includes(head));
    paintStrips(pen, shape, theme, other, {
      weights: (place) => here.map((head) => cell(head, side === "query" ? row : place, side === "query" ? place : row)),
      colours: here.map((head) => colours[head]),
      top,
    });
  }

  /** @param {number} head */
  function matrixOf(head) {
    const { map, head: shownHead } = store.get();
    return context.capture().cells(map, together ? shownHead : head);
  }

  /** @param {number} head @param {number} row @param {number} column */
  function cell(head, row, column) {
    const matrix = matrixOf(head);
    return matrix ? matrix.values[row * matrix.columns + column] : NaN;
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {{query: number | null, key: number | null}} focus
   */
  function labels(pen, focus) {
    const { links } = /** @type {NonNullable<typeof chosen>} */ (chosen);
    const state = store.get();
    const same = labelsOf(context.capture(), state.map).sameAxis;
    const keyboard = scroll.matches(":focus-visible");
    const of = (/** @type {SideName} */ name, /** @type {string} */ word) => {
      const side = /** @type {import("./links_selection.js").Side} */ (links[name]);
      return {
        side,
        title: same ? word : `${word} (${side.name})`,
        pinned: rowOf(side, state[name]),
        pointed: rowOf(side, state.hover[name]),
        cursor: keyboard && cursor.side === name ? cursor.row : null,
      };
    };
    paintLabels(pen, /** @type {NonNullable<typeof geometry>} */ (geometry), theme, {
      query: of("query", "Query"), key: of("key", "Key"),
    });
  }

  /**
   * The numbers of one query and one key, where the pointer or the keyboard is here.
   *
   * @param {{query: number | null, key: number | null}} focus
   * @param {number[]} heads
   */
  function pair({ query, key }, heads) {
    const { hover } = store.get();
    if (query === null || key === null || !inside || (hover.query === null && hover.key === null)) {
      tip.hide();
      return;
    }
    const { links } = /** @type {NonNullable<typeof chosen>} */ (chosen);
    const shape = /** @type {NonNullable<typeof geometry>} */ (geometry);
    const here = heads.filter((head) => !links.missing.includes(head));
    const side = hover.key !== null ? "key" : "query";
    tip.show(
      {
        query: /** @type {any} */ (links.query).labels[query],
        key: /** @type {any} */ (links.key).labels[key],
        weights: here.map((head) => ({ head, weight: cell(head, query, key), colour: colours[head] })),
        several: !together && context.capture().maps[store.get().map].heads > 1,
      },
      { x: shape.width / 2, y: offsetOfPane() + middleOf(shape, side, side === "key" ? key : query) },
    );
  }

  const offsetOfPane = () => scroll.getBoundingClientRect().top - root.getBoundingClientRect().top;

  /** How many links there are, and which of them are drawn. */
  function tell() {
    const { links, few } = /** @type {NonNullable<typeof chosen>} */ (chosen);
    const { map, head, mass } = store.get();
    const count = links.weights.length;
    const parts = [`${count.toLocaleString("en")} ${count === 1 ? "link" : "links"}.`];
    if (few) parts.push(`The strongest ${few.length.toLocaleString("en")} are drawn; point at a token for all of its own.`);
    if (links.query?.starts || links.key?.starts) parts.push("Neighbouring tokens are taken together.");
    if (together) parts.push(`They are those of the ${head === "mean" ? "mean" : "maximum"} over heads: choose a head for its own.`);
    if (links.missing.length) {
      parts.push(`The weights of ${links.missing.length === 1 ? "one head are" : `${links.missing.length} heads are`} not here.`);
    }
    note.textContent = parts.join(" ");
    scroll.setAttribute(
      "aria-label",
      `${headName(context.capture(), map, head)}: ${note.textContent} Queries on the left and keys on the right, the ` +
        `strongest keys with ${Math.round(100 * mass)} % of each query's attention. Arrows move, Enter pins.`,
    );
  }

  /** @param {SideName} side @param {number} row */
  const positionOf = (side, row) => chosen?.links[side]?.starts?.[row] ?? row;

  const found = (/** @type {MouseEvent} */ event) => {
    if (!geometry) return null;
    const edge = scroll.getBoundingClientRect();
    return tokenAt(geometry, event.clientX - edge.left, event.clientY - edge.top);
  };
  const point = (/** @type {{side: SideName, row: number} | null} */ token) => {
    const at = token ? positionOf(token.side, token.row) : null;
    store.set({ hover: { query: token?.side === "query" ? at : null, key: token?.side === "key" ? at : null } });
  };
  const pin = (/** @type {{side: SideName, row: number}} */ { side, row }) => {
    const at = positionOf(side, row);
    store.set({ [side]: store.get()[side] === at ? null : at });
  };

  scroll.onpointermove = (event) => {
    if (event.pointerType === "touch") return;
    inside = true;
    const token = found(event);
    scroll.style.cursor = token ? "pointer" : "";
    point(token);
  };
  scroll.onpointerleave = () => {
    inside = false;
    point(null);
  };
  scroll.onclick = (event) => {
    const token = found(event);
    if (!token) return;
    cursor = token;
    pin(token);
  };
  scroll.onscroll = () => {
    linesDone = false;
    request();
  };
  scroll.onfocus = () => {
    inside = inside || scroll.matches(":focus-visible");
    request();
  };
  scroll.onblur = () => {
    inside = false;
    point(null);
    request();
  };
  scroll.onkeydown = (event) => {
    if (!geometry || !chosen || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") point(null); // and on to the workspace, which lets go of what is pinned
    else if (event.key === "Enter" || event.key === " ") pin(cursor);
    else {
      const next = moved(cursor, event.key, geometry.rows);
      if (!next) return;
      cursor = next;
      inside = true;
      scroll.scrollTop += scrollFor(geometry, next.side, next.row);
      point(next);
      request();
      const here = chosen.heads.filter((head) => !chosen?.links.missing.includes(head));
      context.announce(tokenSentence(chosen.links, next, (row, column) => here.map((head) => cell(head, row, column))));
    }
    if (event.key !== "Escape") event.preventDefault();
  };

  const unsubscribe = store.subscribe((/** @type {any} */ state, /** @type {Set<string>} */ changed) => {
    if (changed.has("theme")) theme = null;
    if (changed.has("theme") || SELECTED_ANEW_FOR.some((name) => changed.has(name))) chosen = null;
    if (changed.has("shared")) linesDone = false;
    if ((changed.has("head") || changed.has("map")) && state.heads.length) {
      queueMicrotask(() => store.set({ heads: [] })); // another head was opened: its links are what is looked for
    }
    if (!chosen || ["shared", "hover", "query", "key"].some((name) => changed.has(name))) request();
  });
  const observer = new ResizeObserver(() => {
    linesDone = false;
    request();
  });
  observer.observe(root);
  request();

  return {
    placeOf(side, position) {
      if (!geometry || !chosen) return null;
      const row = /** @type {number} */ (rowOf(/** @type {any} */ (chosen.links[side]), position));
      const x = side === "query" ? geometry.left / 2 : geometry.width - geometry.right / 2;
      const left = scroll.getBoundingClientRect().left - root.getBoundingClientRect().left;
      return { x: left + x, y: offsetOfPane() + middleOf(geometry, side, row) };
    },
    destroy() {
      unsubscribe();
      observer.disconnect();
      cancelAnimationFrame(frame);
      root.replaceChildren();
    },
  };
}
