import { labelsOf } from "./capture.js";
import { addElement } from "./elements.js";
import { headsContent } from "./heads_table.js";
import { exactly, quoted } from "./sentence.js";

/**
 * The numbers behind the pictures as a table: what the pinned query attends to, key by key, or for every query its
 * strongest key; or all heads with their statistics. The row that another view points at, or that is pinned, is marked;
 * pointing at a row marks it there.
 *
 * @typedef {import("./workspace.js").Context} Context
 * @typedef {import("./store.js").State} State
 *
 * @typedef {object} Row
 * @property {number | null} query null for a row without attention
 * @property {number | null} key
 * @property {{map: number, head: number}} [place] the head that a row is about, where it is about one
 * @property {(string | number)[]} cells
 *
 * @typedef {object} Content
 * @property {string} caption
 * @property {string[]} head
 * @property {Row[]} rows
 * @property {number} [numbers] how many of the last columns hold numbers that are written out
 * @property {string} link the column that is pressed to choose a row; `""` where none is
 * @property {(row: Row, state: State) => boolean} marked
 * @property {(row: Row) => void} choose
 */

const AT_ONCE = 100;
const NOBODY = { query: null, key: null };

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
export function mountTable(root, context) {
  root.classList.add("attnviz-table");
  const about = addElement(root, "div", "about segments");
  about.setAttribute("role", "group");
  about.setAttribute("aria-label", "What the table is about");
  const [ofHead, ofAll] = ["This head", "All heads"].map((title, index) => {
    const button = /** @type {HTMLButtonElement} */ (addElement(about, "button"));
    button.type = "button";
    button.textContent = title;
    button.onclick = () => turnTo(index === 1);
    return button;
  });
  let all = false;
  const scroll = document.createElement("div");
  scroll.className = "scroll";
  scroll.tabIndex = 0; // a long table scrolls by keyboard too
  const more = document.createElement("button");
  more.type = "button";
  more.hidden = true; // until there is more, and it says how much
  root.append(scroll, more);
  let count = AT_ONCE;
  let pending = 0;
  /** @type {Content | null} null where it has to be read again */
  let content = null;
  /** @type {HTMLTableElement | null} */
  let table = null;
  /** @param {boolean} heads */
  const turnTo = (heads) => {
    all = heads;
    count = AT_ONCE;
    content = null;
    draw();
  };
  more.onclick = () => {
    count += AT_ONCE;
    content = null;
    draw();
  };
  const draw = () => {
    pending = 0;
    if (root.hidden) return;
    if (!content || !table) {
      content = all ? headsContent(context) : contentOf(context);
      ofHead.setAttribute("aria-pressed", String(!all));
      ofAll.setAttribute("aria-pressed", String(all));
      const within = scroll.contains(/** @type {Document | ShadowRoot} */ (root.getRootNode()).activeElement);
      table = tableOf(content, count);
      scroll.setAttribute("aria-label", content.caption);
      scroll.replaceChildren(table);
      if (within) scroll.focus({ preventScroll: true }); // the button that was pressed is gone
      const left = content.rows.length - count;
      more.hidden = left <= 0;
      more.textContent = `Show more (${left} left)`;
    }
    mark(table, content, context.store.get());
    root.dataset.ready = "1";
  };
  /** @param {MouseEvent} event */
  const point = (event) => {
    const line = event.target instanceof Element ? event.target.closest("tbody tr") : null;
    const row = line instanceof HTMLTableRowElement ? content?.rows[line.sectionRowIndex] : null;
    context.store.set({ hover: row ? { query: row.query, key: row.key } : NOBODY });
  };
  scroll.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "touch") point(event);
  });
  scroll.addEventListener("pointerleave", () => context.store.set({ hover: NOBODY }));
  const later = () => {
    delete root.dataset.ready;
    if (!pending) pending = requestAnimationFrame(draw);
  };
  const end = context.store.subscribe((_, changed) => {
    const read = all ? ["capture", "sortBy", "filter"] : ["capture", "map", "head", "query"];
    if (read.some((name) => changed.has(name))) {
      count = AT_ONCE;
      content = null;
    } else if (!["hover", "query", "key", "map", "head"].some((name) => changed.has(name))) return;
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
    },
  };
}

/**
 * @param {Context} context
 * @returns {Content}
 */
function contentOf({ store, capture }) {
  const { map, head, query } = store.get();
  const labels = labelsOf(capture(), map);
  const matrix = capture().cells(map, head);
  const one = labels.query.length === 1 ? 0 : query;
  if (!matrix) return without("The weights are on their way.");
  if (matrix.queryStarts || matrix.keyStarts) return without("Too many cells for a table: download the weights instead.");
  if (one !== null) {
    const weights = matrix.values.subarray(one * matrix.columns, (one + 1) * matrix.columns);
    const places = [...weights.keys()];
    places.sort((first, second) => (weights[second] || 0) - (weights[first] || 0) || first - second);
    const { pooled } = capture().axes[capture().maps[map].queryAxis];
    return {
      caption: pooled ? "Attention to each key" : `What ${quoted(labels.query[one])} attends to`,
      head: ["Rank", "Position", "Key", "Weight"],
      rows: places.map((key, rank) => ({
        query: one, key, cells: [rank + 1, key + 1, labels.key[key], weightOf(weights[key], matrix)],
      })),
      link: "",
      marked: marksSide("key"),
      choose: nothing,
    };
  }
  return {
    caption: "The strongest key of every query",
    head: ["Position", "Query", "Key position", "Strongest key", "Weight"],
    rows: labels.query.map((label, row) => {
      const weights = matrix.values.subarray(row * matrix.columns, (row + 1) * matrix.columns);
      let best = -1;
      weights.forEach((weight, key) => {
        if (weight > 0 && (best < 0 || weight > weights[best])) best = key;
      });
      if (best < 0) return { query: row, key: null, cells: [row + 1, label, "", "", "nothing"] };
      const weight = exactly(weights[best], matrix);
      return { query: row, key: best, cells: [row + 1, label, best + 1, labels.key[best], weight] };
    }),
    link: "Query",
    marked: marksSide("query"),
    choose: (row) => store.set({ query: row.query, hover: NOBODY }),
  };
}

/**
 * @param {HTMLTableElement} table
 * @param {Content} content
 * @param {State} state
 */
function mark(table, { rows, marked }, state) {
  [...table.tBodies[0].rows].forEach((line, index) => line.classList.toggle("marked", marked(rows[index], state)));
}

/**
 * @param {"query" | "key"} side which of the two a row is about
 * @returns {Content["marked"]}
 */
function marksSide(side) {
  return (row, state) => {
    const marked = state.hover[side] ?? state[side];
    return marked !== null && row[side] === marked;
  };
}

function nothing() {}

/**
 * @param {string} caption why there is no table
 * @returns {Content}
 */
function without(caption) {
  return { caption, head: [], rows: [], link: "", marked: () => false, choose: nothing };
}

/** @param {number} weight @param {import("./capture.js").Matrix} matrix */
function weightOf(weight, matrix) {
  return Number.isNaN(weight) ? "may not attend" : exactly(weight, matrix);
}

/**
 * @param {Content} content
 * @param {number} count rows that are shown
 */
function tableOf({ caption, head, rows, link, numbers = 0, choose }, count) {
  const table = document.createElement("table");
  table.classList.toggle("wide", numbers > 0);
  const title = table.createCaption();
  title.textContent = caption;
  const top = table.createTHead().insertRow();
  for (const name of head) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    top.append(cell);
  }
  const body = table.createTBody();
  for (const one of rows.slice(0, count)) {
    const row = body.insertRow();
    one.cells.forEach((value, column) => {
      const cell = row.insertCell();
      cell.dir = "auto";
      const written = head[column] === "Weight" || column >= head.length - numbers;
      if (typeof value === "number" || written) cell.className = "number";
      if (head[column] === link) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = String(value);
        button.onclick = () => choose(one);
        cell.append(button);
      } else {
        cell.textContent = String(value);
      }
    });
  }
  return table;
}
