import { addElement } from "./elements.js";
import { scaleOf } from "./scales.js";
import { quoted, shown } from "./sentence.js";
import { createBlock } from "./text_block.js";
import { createLegend, shadesOf } from "./text_legend.js";
import { columnValues, modelOf, rowValues } from "./text_model.js";
import { piecesOf, wordAt, wordPiecesOf } from "./text_pieces.js";
import { readoutOf, titlesOf } from "./text_says.js";
import { isPooled, largest } from "./text_values.js";

/**
 * The sequence as flowing text, shaded by attention: what a token attends to, or what attends to it; with nothing chosen, what
 * each token receives. Two sequences (cross-attention) stand under one another: a query shades the keys, a key the queries.
 *
 * @typedef {import("./capture.js").Capture} Capture
 * @typedef {import("./capture.js").Matrix} Matrix
 * @typedef {import("./store.js").State} State
 * @typedef {import("./workspace.js").Context} Context
 *
 * @typedef {import("./text_model.js").Model} Model
 * @typedef {import("./text_model.js").Side} Side
 */

const STRUCTURE = ["capture", "map", "head", "words"];
const PAINTED = [...STRUCTURE, "theme", "query", "key", "hover", "scale", "shared"];
const WINDOW = 512;

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
export function mountText(root, context) {
  const { store } = context;
  root.classList.add("attnviz-text");
  const controls = addElement(root, "div", "controls");
  const direction = addElement(controls, "div", "direction segments");
  direction.setAttribute("role", "group");
  direction.setAttribute("aria-label", "Which side of attention is shown");
  const outgoing = button(direction, "attends to", () => turn(false));
  const incoming = button(direction, "is attended by", () => turn(true));
  const joining = addElement(controls, "label", "joining");
  const join = /** @type {HTMLInputElement} */ (addElement(joining, "input", ""));
  join.type = "checkbox";
  joining.append("join pieces into words");
  join.onchange = () => store.set({ words: join.checked });

  const queryTitle = addElement(root, "div", "title");
  const queryBlock = createBlock(root, events("query"));
  const keyTitle = addElement(root, "div", "title");
  const keyBlock = createBlock(root, events("key"));
  const legend = createLegend(root);
  const readout = addElement(root, "div", "readout");

  let received = false; // "is attended by": a token shades those that attend to it
  let structure = "";
  /** @type {Model | null} */
  let built = null;
  let pending = 0;
  let painted = 0;
  /** @type {Model} */
  let model = modelOf(context.capture(), store.get());
  let stale = false; // whether another map, head or form of tokens was chosen since
  /** @type {import("./text_legend.js").Shades | null} */
  let shades = null;
  /** @type {Map<string, (value: number) => number>} */
  const scales = new Map();

  function refresh() {
    if (!stale) return;
    stale = false;
    model = modelOf(context.capture(), store.get());
    scales.clear();
  }

  /** @param {boolean} towards */
  function turn(towards) {
    if (received === towards) return;
    received = towards;
    const { query, key } = store.get();
    // The same token stays chosen: first what it attends to, then what attends to it.
    if (towards && query !== null) store.set({ query: null, key: query });
    else if (!towards && key !== null) store.set({ query: key, key: null });
    later();
  }

  /**
   * What a token of a block stands for: in self-attention the side that the switch says, else the block's own.
   *
   * @param {"query" | "key"} side
   * @returns {"query" | "key"}
   */
  function roleOf(side) {
    return model.same ? (received ? "key" : "query") : side;
  }

  /** @param {"query" | "key"} side */
  function events(side) {
    /** @param {number} place */
    const tokenOf = (place) => {
      const { words } = model[side];
      return words ? words[place] : place;
    };
    return {
      /** @param {number | null} place */
      onHover(place) {
        if (place === null) {
          store.set({ hover: { query: null, key: null } });
          return;
        }
        refresh();
        const { query, key } = store.get();
        const token = tokenOf(place);
        if (model.single) store.set({ hover: { query: 0, key: token } });
        else if (!model.same) store.set({ hover: side === "query" ? { query: token, key } : { query, key: token } });
        else if (received) store.set({ hover: key === null ? { query: null, key: token } : { query: token, key } });
        else store.set({ hover: query === null ? { query: token, key: null } : { query, key: token } });
      },
      /** @param {number} place */
      onFocus(place) {
        if (pending) draw(); // the values that are announced are those of the token that the focus came to
        context.announce(describe(place, side));
      },
      /** @param {number} place */
      onChoose(place) {
        refresh();
        const role = model.single ? "key" : roleOf(side);
        const { words } = model[role];
        const token = tokenOf(place);
        const now = store.get()[role];
        const same = now !== null && (words ? wordAt(words, now) === place : now === token);
        store.set({ [role]: same ? null : token, hover: { query: null, key: null } });
        want();
      },
    };
  }

  /**
   * What is chosen on either side, in places of what is shown.
   *
   * @param {State} state
   * @returns {import("./text_says.js").Choice}
   */
  function choiceOf({ query, key, hover }) {
    const at = (/** @type {"query" | "key"} */ side, /** @type {number | null} */ token) => {
      const { words, names } = model[side];
      if (token === null) return null;
      const place = words ? wordAt(words, token) : token;
      return place < names.length ? place : null;
    };
    return {
      query: model.single ? 0 : at("query", query ?? hover.query),
      key: at("key", key ?? hover.key),
      pointed: { query: at("query", hover.query ?? query), key: at("key", hover.key ?? key) },
      pinned: (query !== null && !model.single) || key !== null,
    };
  }

  function draw() {
    cancelAnimationFrame(pending);
    pending = 0;
    if (root.hidden) return;
    refresh();
    const state = store.get();
    shades ??= shadesOf(root);
    build();
    const choice = choiceOf(state);
    const { matrix, same, single } = model;
    const exact = windowOf();
    const row = matrix && choice.query !== null && !(same && received) ? rowValues(model, exact, choice.query) : null;
    const column = matrix && choice.key !== null && !single && !(same && !received) ? columnValues(model, exact, choice.key) : null;
    const mean = row === null && column === null;
    const own = mean ? model.received : matrix?.values;
    const top = mean ? matrix?.together?.received ?? largest(model.received ?? []) : matrix?.maximum ?? 0;
    const weights = { values: own ?? new Float32Array(0), maximum: state.shared ? 1 : top };
    const settled = state.hover.query === null && state.hover.key === null;
    const paint = (/** @type {Side} */ side, /** @type {Float32Array | null} */ values, /** @type {number | null} */ chosen,
      /** @type {number | null} */ partner) => (side === model.key ? keyBlock : queryBlock).paint({
        ...shades, unitOf: scaleFor(weights, state, mean), values, chosen, partner,
        nameOf: settled ? nameOf(side.names, values) : null,
      });
    if (same && received) paint(model.key, column ?? model.received, choice.key, choice.pointed.query);
    else if (same) paint(model.key, row ?? model.received, choice.query, choice.pointed.key);
    else paint(model.key, row ?? model.received, state.key === null ? null : choice.key, choice.pointed.key);
    if (!same && !single) paint(model.query, column, choice.query, choice.pointed.query);
    const titles = titlesOf(model, choice, received);
    queryTitle.textContent = titles.query;
    keyTitle.textContent = titles.key;
    readout.textContent = readoutOf(model, choice, received, (query) => rowValues(model, exact, query), (query, key) =>
      !matrix || !isPooled(matrix) || context.capture().value(state.map, state.head, query, key) !== null);
    const upTo = !mean ? "largest weight of this map" : matrix && isPooled(matrix) ? "largest weight" : "largest mean";
    const note = state.shared ? "colours shared 0 to 1" : `colours up to the ${upTo}${matrix?.together?.among ?? ""}`;
    legend.show(shades.grounds, weights, { scale: state.scale, maximum: weights.maximum }, note,
      [row, column, mean ? model.received : null].some((values) => values?.some(Number.isNaN)) ? "hatched" : "");
    outgoing.setAttribute("aria-pressed", String(!received));
    incoming.setAttribute("aria-pressed", String(received));
    painted += 1;
    root.dataset.painted = String(painted);
    root.dataset.ready = "1";
  }

  /** New tokens where the map, its tokens or their form are others. */
  function build() {
    if (built === model) return;
    built = model;
    const state = store.get();
    const names = JSON.stringify([model.query, model.same ? null : model.key, model.single]);
    direction.hidden = !model.same;
    joining.hidden = !model.joinable;
    controls.hidden = direction.hidden && joining.hidden;
    join.checked = state.words;
    queryTitle.hidden = queryBlock.element.hidden = model.same || model.single;
    if (names === structure) return;
    structure = names;
    const fill = (/** @type {import("./text_block.js").Block} */ block, /** @type {Side} */ side) => {
      const whole = context.capture().axes.find((axis) => axis.labels === side.labels);
      const pieces = side.words ? wordPiecesOf(side.labels, side.words) : piecesOf(side.labels, whole?.words ?? null);
      block.setTokens(pieces, side.names, side.direction, `Tokens of ${side.axis}`);
    };
    fill(keyBlock, model.key);
    if (!queryBlock.element.hidden) fill(queryBlock, model.query);
  }

  /**
   * @param {{values: Float32Array, maximum: number}} weights
   * @param {State} state
   * @param {boolean} mean
   */
  function scaleFor(weights, state, mean) {
    const name = `${state.scale} ${mean} ${weights.maximum}`;
    const known = scales.get(name) ?? scaleOf(weights, { scale: state.scale, maximum: weights.maximum });
    scales.set(name, known); // ranks of a million weights take a while
    return known;
  }

  function windowOf() {
    const { map, head } = store.get();
    return model.matrix && isPooled(model.matrix) ? context.capture().window(map, head) : null;
  }

  /** Asks for the exact weights of the chosen token and of those in sight, where only pooled ones are here. */
  function want() {
    const { map, head, query, key } = store.get();
    if (!model.matrix || !isPooled(model.matrix)) return;
    const sight = ([from, to]) => /** @type {[number, number]} */ ([from, Math.min(to, from + WINDOW)]);
    if (query !== null) context.wantWindow({ map, head, rows: [query, query + 1], columns: sight(keyBlock.visible()) });
    else if (key !== null) {
      const block = model.same ? keyBlock : queryBlock;
      context.wantWindow({ map, head, rows: sight(block.visible()), columns: [key, key + 1] });
    }
  }

  /**
   * @param {string[]} names
   * @param {Float32Array | null} values
   */
  function nameOf(names, values) {
    return (/** @type {number} */ place) => {
      const value = values ? values[place] : NaN;
      return values ? `${names[place]}, ${Number.isNaN(value) ? "may not attend" : shown(value)}` : names[place];
    };
  }

  /**
   * @param {number} place
   * @param {"query" | "key"} side
   */
  function describe(place, side) {
    const block = side === "query" ? queryBlock : keyBlock;
    const token = /** @type {HTMLElement} */ (block.element.querySelectorAll(".token")[place]);
    const value = token?.dataset.value ?? "";
    const name = quoted(model[side].names[place]);
    return value === "" ? name : `${name}, ${value === "masked" ? "may not attend" : shown(Number(value))}. ${keyTitle.textContent}`;
  }

  function later() {
    delete root.dataset.ready;
    if (!pending) pending = requestAnimationFrame(draw);
  }

  const end = store.subscribe((_, changed) => {
    if (!PAINTED.some((name) => changed.has(name))) return;
    if (STRUCTURE.some((name) => changed.has(name))) stale = true; // a hidden view reads nothing until it is shown
    if (changed.has("theme")) shades = null;
    later();
  });
  const shownAgain = new ResizeObserver(() => {
    if (!root.dataset.ready) later();
  });
  shownAgain.observe(root);
  later();
  return {
    destroy() {
      end();
      shownAgain.disconnect();
      cancelAnimationFrame(pending);
      for (const block of [queryBlock, keyBlock]) block.destroy();
    },
  };
}

/**
 * @param {HTMLElement} parent
 * @param {string} text
 * @param {() => void} onClick
 */
function button(parent, text, onClick) {
  const one = /** @type {HTMLButtonElement} */ (addElement(parent, "button", ""));
  one.type = "button";
  one.textContent = text;
  one.onclick = onClick;
  return one;
}
