import { divergingColours, themeOf } from "./colours.js";
import { labelsOf } from "./capture.js";
import { ask, onBrought } from "./channel.js";
import { clearedPen } from "./elements.js";
import { notKeptWords, openKept } from "./neuron_kept.js";
import { openVectors } from "./neuron_numbers.js";
import { limitsWords, lineAt, linesOf, paintStrips, placeAt, stripsOf } from "./neuron_paint.js";
import { buildNeuron, componentTable, fillFormula, neighbourTable } from "./neuron_parts.js";
import { comparisonWords, componentWords, groupWords, largestWords, orderOf, scoreWords, softmaxWords } from "./neuron_words.js";
import { exactly, headName, quoted } from "./sentence.js";

/**
 * Inside one number: how a query and a key become the weight that the other views show, from the vectors of the layer to the
 * softmax beside the other keys. The pinned query and key, or what is pointed at, or the strongest weight.
 *
 * Queries and keys are asked for when the view is seen, a layer at a time; a file holds those of one number.
 *
 * @typedef {import("./workspace.js").Context} Context
 * @typedef {import("./neuron_numbers.js").Numbers} Numbers
 * @typedef {ReturnType<typeof openVectors>} Opened
 */

const LISTENED = ["capture", "map", "head", "query", "key", "hover", "theme"];

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
export function mountNeuron(root, context) {
  const { store } = context;
  root.classList.add("attnviz-neuron");
  const parts = buildNeuron(root);
  const page = root.ownerDocument;
  /** @type {Map<string, Opened>} */
  const known = new Map();
  /** @type {import("./neuron_kept.js").Kept | undefined} what a file holds, where nobody can be asked */
  const kept = context.extra("neuron");
  if (kept) known.set(String(kept.header.map), openKept(kept, context.capture()));
  /** @type {string | null} the wish that was sent last and is not answered */
  let asked = null;
  let pending = 0;
  let painted = 0;
  /** @type {Numbers | null} */
  let numbers = null;
  /** @type {import("./neuron_paint.js").Lines | null} */
  let lines = null;
  let order = /** @type {number[]} */ ([]);
  /** @type {number | null} component that is pointed at */
  let pointed = null;
  /** @type {import("./colours.js").Theme | null} */
  let theme = null;
  let colours = new Uint32Array(0);

  const draw = () => {
    pending = 0;
    if (root.hidden || !root.clientWidth) return;
    const state = store.get();
    const { head } = state;
    const said = typeof head === "number" ? lookInside(state.map, head) : kept ? notKept(kept) : chooseHead(state.map);
    parts.note.replaceChildren(...said);
    parts.body.hidden = parts.lead.hidden = said.length > 0;
    painted += 1;
    root.dataset.painted = String(painted);
    if (!asked) root.dataset.ready = "1";
  };

  /**
   * Shows the weight, or says why there is nothing to show.
   *
   * @param {number} map
   * @param {number} head
   * @returns {(string | HTMLElement)[]}
   */
  function lookInside(map, head) {
    const capture = context.capture();
    const { queries, keys } = capture.maps[map];
    const vectors = vectorsFor(map, head);
    if (vectors?.header.problem) return [vectors.header.problem];
    const { query: pinnedQuery, key: pinnedKey } = store.get();
    const alone = queries === 1 ? 0 : pinnedQuery;
    if (!vectors || !(vectors.has(head) || vectors.hasPair(head, alone, pinnedKey))) {
      if (kept) return notKept(kept);
      if (vectors && !vectors.header.heads.length && alone === null) {
        return ["This run is too large to follow the pointer: pin a query, by a click on a cell or a token, to look inside its weights."];
      }
      return ["Fetching the queries and keys of this layer …"];
    }
    const { query, key } = pairOf(vectors, map, head);
    if (query >= queries || key >= keys) return ["Fetching the queries and keys of this layer …"];
    numbers = vectors.numbersOf(head, query, key);
    show(map, head, query, key, vectors);
    return [];
  }

  /** @param {number} map @returns {(string | HTMLElement)[]} */
  function chooseHead(map) {
    const { heads } = context.capture().maps[map];
    const head = strongestHead(map);
    return [
      `Each of the ${heads} heads has queries and keys of its own, and no softmax gives their mean or their largest. Choose one head. `,
      leading(`Look inside head ${head + 1}`, { head }),
    ];
  }

  /** @param {import("./neuron_kept.js").Kept} here @returns {(string | HTMLElement)[]} */
  function notKept(here) {
    const { map, head, query, key } = here.header;
    return [notKeptWords(here, context.capture()), leading("Look inside that one", { map, head, query, key })];
  }

  /** @param {string} text @param {object} chosen @returns {HTMLElement} a button that shows what can be shown */
  function leading(text, chosen) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.onclick = () => {
      store.set(chosen);
      parts.body.hidden = false;
      parts.stage.focus({ preventScroll: true }); // the button that was pressed goes
    };
    return button;
  }

  /** The head with the largest weight at what is pinned or pointed at, or anywhere. @param {number} map */
  function strongestHead(map) {
    const capture = context.capture();
    const { query, key } = pointedAt();
    const weights = Array.from({ length: capture.maps[map].heads }, (_, head) => {
      const value = query !== null && key !== null ? capture.value(map, head, query, key) : null;
      return value ?? capture.cells(map, head)?.maximum ?? 0;
    });
    return weights.reduce((best, weight, head) => (weight > weights[best] ? head : best), 0);
  }

  function pointedAt() {
    const { query, key, hover } = store.get();
    return { query: query ?? hover.query, key: key ?? hover.key };
  }

  /**
   * What is pinned, else what is pointed at, else what is strongest of the rest.
   *
   * @param {Opened} vectors
   * @param {number} map
   * @param {number} head
   */
  function pairOf(vectors, map, head) {
    if (!vectors.has(head)) return { query: vectors.header.row.query, key: vectors.header.row.key };
    const { query, key } = pointedAt();
    if (query !== null && key !== null) return { query, key };
    if (query !== null) return { query, key: vectors.strongestKey(head, query) };
    const matrix = context.capture().cells(map, head);
    const best = matrix && !matrix.queryStarts && !matrix.keyStarts ? strongestOf(matrix, key) : null;
    if (best) return best;
    return { query: 0, key: key ?? vectors.strongestKey(head, 0) };
  }

  /**
   * What is here of a map; asks for what is not.
   *
   * @param {number} map
   * @param {number} head
   * @returns {Opened | null}
   */
  function vectorsFor(map, head) {
    const here = known.get(String(map)) ?? null;
    if (kept || here?.header.problem || here?.has(head)) return here;
    const { query, key } = store.get();
    const alone = context.capture().maps[map].queries === 1 ? 0 : query;
    if (here?.hasPair(head, alone, key)) return here;
    // All heads at first, then this one, then this query and key: the less that fits, the more has to be named.
    const one = here !== null;
    const row = one && !here.header.heads.length && here.header.wish.head !== null;
    if (row && alone === null) return here;
    const wish = { subject: context.subject(), map, head: one ? head : null, query: row ? alone : null, key: row ? key : null };
    const name = JSON.stringify(wish);
    if (name !== asked) {
      asked = name;
      ask(page, "vectors", wish);
    }
    return known.get(String(map)) ?? null; // it may have been answered at once
  }

  /**
   * @param {number} map
   * @param {number} head
   * @param {number} query
   * @param {number} key
   * @param {Opened} vectors
   */
  function show(map, head, query, key, vectors) {
    if (!numbers) return;
    const capture = context.capture();
    const labels = labelsOf(capture, map);
    const info = capture.maps[map];
    const pooled = capture.axes[info.queryAxis].pooled;
    const pair = { query: pooled ? "the whole sequence" : quoted(labels.query[query]), key: quoted(labels.key[key]), pooled };
    const matrix = capture.cells(map, head);
    const captured = (/** @type {number} */ at, /** @type {number} */ computed) => {
      // What came with the numbers first: the cells of a large run are in half precision.
      const value = numbers?.captured?.[at] ?? capture.value(map, head, query, at) ?? NaN;
      return Number.isNaN(value) ? computed : value;
    };
    const exact = numbers.captured !== null || (matrix?.exact && capture.value(map, head, query, key) !== null);
    const weight = exactly(captured(key, numbers.weight), { exact });
    const state = store.get();
    const pinned = state.query === query && state.key === key;
    const heads = groupWords(vectors.header.keyHeads, info.heads, head);
    parts.lead.textContent = `${headName(capture, map, head)}: how ${pooled ? "" : `query ${query + 1}, `}${pair.query}${pooled ? "" : ","} `
      + `comes to give key ${key + 1}, ${pair.key}, a weight of ${weight}.${heads}${pinned ? "" : " A click on a cell or a token keeps it here."}`;
    fillFormula(parts.sum, numbers, weight);
    words(parts.compare).textContent = comparisonWords(numbers, pair);
    words(parts.score).textContent = scoreWords(numbers, pair);
    words(parts.softmax).textContent = softmaxWords(numbers);
    parts.end.textContent = numbers.allowed
      ? `The weight of ${pair.key} is ${weight}, as in the heatmap.`
      : `${pair.key} may not be attended to: its weight is 0, hatched in the heatmap.`;
    const within = focusedKey();
    parts.neighbours.replaceChildren(neighbourTable(numbers, {
      labels: labels.key, chosen: key, weightOf: captured,
      choose: (chosen) => store.set({ query, key: chosen }),
    }));
    if (within !== null) focusKey(within);
    /** @type {HTMLElement} */ (parts.details.firstElementChild).textContent = `All ${numbers.query.length} components as a table`;
    paint();
    fillComponents();
  }

  function paint() {
    if (!numbers) return;
    if (!theme) {
      theme = themeOf(root);
      colours = divergingColours(theme);
    }
    const strips = stripsOf(numbers);
    order = orderOf(numbers.products, parts.sorted.checked);
    lines = linesOf(order.length, parts.stage.clientWidth, strips);
    if (pointed !== null && pointed >= order.length) pointed = null;
    parts.canvas.style.height = `${lines.height}px`; // so that a bar to scroll it is there, and takes its width
    const width = parts.stage.clientWidth;
    lines = linesOf(order.length, width, strips);
    const pen = clearedPen(parts.canvas, { width, height: lines.height });
    paintStrips(pen, lines, strips, { order, pointed, theme, colours });
    const told = pointed === null ? largestWords(numbers) : `${componentWords(numbers, pointed)}.`;
    parts.readout.textContent = told;
    parts.stage.setAttribute("aria-label", `Query, key and what is summed, ${order.length} components. ${told}`);
    parts.limits.textContent = limitsWords(strips);
  }

  function fillComponents() {
    if (!parts.details.open || !numbers) return;
    parts.components.replaceChildren(componentTable(numbers, parts.sorted.checked));
  }

  /** @param {number | null} component */
  const point = (component) => {
    if (component === pointed) return;
    pointed = component;
    paint();
  };
  /** @returns {number | null} the key whose button has the focus */
  function focusedKey() {
    const active = /** @type {Document | ShadowRoot} */ (root.getRootNode()).activeElement;
    const line = active && parts.neighbours.contains(active) ? active.closest("tr") : null;
    return line ? Number(line.dataset.key) : null;
  }
  /** @param {number} key */
  function focusKey(key) {
    const line = parts.neighbours.querySelector(`tr[data-key="${key}"] button`);
    if (line instanceof HTMLElement) line.focus({ preventScroll: true });
  }

  /** @param {PointerEvent} event */
  const under = (event) => {
    const box = parts.canvas.getBoundingClientRect();
    const place = lines && placeAt(lines, order.length, event.clientX - box.left, event.clientY - box.top);
    point(place === null ? null : order[place]);
  };
  parts.stage.addEventListener("pointermove", under);
  parts.stage.addEventListener("pointerdown", under); // a finger that taps does not move
  parts.stage.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "touch") point(null); // a finger leaves as it is lifted, and what it chose stays
  });
  parts.stage.addEventListener("keydown", (event) => {
    const last = order.length - 1;
    const at = pointed === null ? -1 : order.indexOf(pointed);
    const to = {
      ArrowRight: Math.min(last, at + 1), ArrowLeft: Math.max(0, at - 1), Home: 0, End: last,
      ArrowDown: Math.min(last, at + (lines?.columns ?? 1)), ArrowUp: Math.max(0, at - (lines?.columns ?? 1)),
    }[event.key];
    if (to === undefined || !numbers) return;
    point(order[to]);
    const [top, bottom] = lines ? lineAt(lines, to) : [0, 0];
    parts.stage.scrollTop = Math.min(top, Math.max(parts.stage.scrollTop, bottom - parts.stage.clientHeight));
    context.announce(componentWords(numbers, order[to]));
    event.preventDefault();
  });
  parts.sorted.onchange = () => {
    paint();
    fillComponents();
  };
  parts.details.ontoggle = fillComponents;

  const later = () => {
    delete root.dataset.ready;
    if (!pending && !root.hidden) pending = requestAnimationFrame(draw); // once it is seen, its size changes
  };
  const unlisten = onBrought(page, "vectors", (vectors) => {
    const { subject, wish } = vectors.header;
    if (subject !== context.subject()) return;
    const waited = asked;
    if (!wish) { // nobody was there to hear it
      if (waited) ask(page, "vectors", JSON.parse(waited));
      return;
    }
    if (JSON.stringify(wish) === waited) asked = null;
    known.set(String(wish.map), openVectors(vectors, context.capture().maps[wish.map]));
    later();
  });
  const end = store.subscribe((_, changed) => {
    if (!LISTENED.some((name) => changed.has(name))) return;
    if (changed.has("theme")) theme = null;
    if (changed.has("capture") && [...known.values()].some(({ header }) => header.subject !== context.subject())) {
      known.clear();
      asked = null;
    }
    later();
  });
  const seen = new ResizeObserver(later);
  seen.observe(root);
  later();
  return {
    destroy() {
      end();
      unlisten();
      seen.disconnect();
      cancelAnimationFrame(pending);
    },
  };
}

/**
 * The strongest weight, on `key` if there is one; a query that may attend to a single key tells nothing.
 *
 * @param {import("./capture.js").Matrix} matrix
 * @param {number | null} key
 */
function strongestOf({ values, rows, columns }, key) {
  let best = null;
  let most = 0;
  for (let row = 0; row < rows; row += 1) {
    const weights = values.subarray(row * columns, (row + 1) * columns);
    const told = weights.filter((weight) => !Number.isNaN(weight)).length > 1;
    for (let column = key ?? 0; told && column < (key === null ? columns : key + 1); column += 1) {
      if (weights[column] > most) [best, most] = [{ query: row, key: column }, weights[column]];
    }
  }
  return best;
}

/** @param {HTMLElement} section */
function words(section) {
  return /** @type {HTMLElement} */ (section.querySelector(".words"));
}
