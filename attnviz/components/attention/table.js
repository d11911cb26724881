import { labelsOf } from "./capture.js";
import { exactly } from "./sentence.js";

/**
 * The numbers behind the pictures as a table: what the pinned query attends to, key by key, or for every query its
 * strongest key.
 *
 * @typedef {import("./workspace.js").Context} Context
 */

const AT_ONCE = 100;

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
export function mountTable(root, context) {
  root.classList.add("attnviz-table");
  const scroll = document.createElement("div");
  scroll.className = "scroll";
  scroll.tabIndex = 0; // a long table scrolls by keyboard too
  const more = document.createElement("button");
  more.type = "button";
  root.append(scroll, more);
  let count = AT_ONCE;
  let pending = 0;
  more.onclick = () => {
    count += AT_ONCE;
    draw();
  };
  const draw = () => {
    pending = 0;
    if (root.hidden) return;
    const { caption, head, rows, choose } = contentOf(context);
    scroll.setAttribute("aria-label", caption);
    scroll.replaceChildren(tableOf(caption, head, rows.slice(0, count), choose));
    more.hidden = rows.length <= count;
    more.textContent = `Show more (${rows.length - count} left)`;
    root.dataset.ready = "1";
  };
  const later = () => {
    delete root.dataset.ready;
    if (!pending) pending = requestAnimationFrame(draw);
  };
  const end = context.store.subscribe((_, changed) => {
    if (!["capture", "map", "head", "query"].some((name) => changed.has(name))) return;
    count = AT_ONCE;
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

/** @param {Context} context */
function contentOf({ store, capture }) {
  const { map, head, query } = store.get();
  const labels = labelsOf(capture(), map);
  const matrix = capture().cells(map, head);
  const one = labels.query.length === 1 ? 0 : query;
  if (!matrix || matrix.queryStarts || matrix.keyStarts) {
    return { caption: "Too many cells for a table: download the weights instead.", head: [], rows: [], choose: null };
  }
  if (one !== null) {
    const weights = matrix.values.subarray(one * matrix.columns, (one + 1) * matrix.columns);
    const order = [...weights.keys()].sort((first, second) => (weights[second] || 0) - (weights[first] || 0) || first - second);
    return {
      caption: `What '${labels.query[one]}' attends to`,
      head: ["Rank", "Position", "Key", "Weight"],
      rows: order.map((key, rank) => ({ position: key, cells: [rank + 1, key + 1, labels.key[key], weightOf(weights[key], matrix)] })),
      choose: null,
    };
  }
  return {
    caption: "The strongest key of every query",
    head: ["Position", "Query", "Strongest key", "Weight"],
    rows: labels.query.map((label, row) => {
      const weights = matrix.values.subarray(row * matrix.columns, (row + 1) * matrix.columns);
      let best = -1;
      weights.forEach((weight, key) => {
        if (weight > 0 && (best < 0 || weight > weights[best])) best = key;
      });
      return {
        position: row,
        cells: [row + 1, label, best < 0 ? "" : labels.key[best], best < 0 ? "nothing" : exactly(weights[best], matrix)],
      };
    }),
    choose: (/** @type {number} */ position) => store.set({ query: position }),
  };
}

/** @param {number} weight @param {import("./capture.js").Matrix} matrix */
function weightOf(weight, matrix) {
  return Number.isNaN(weight) ? "masked" : exactly(weight, matrix);
}

/**
 * @param {string} caption
 * @param {string[]} head
 * @param {{position: number, cells: (string | number)[]}[]} rows
 * @param {((position: number) => void) | null} choose
 */
function tableOf(caption, head, rows, choose) {
  const table = document.createElement("table");
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
  for (const { position, cells } of rows) {
    const row = body.insertRow();
    cells.forEach((value, column) => {
      const cell = row.insertCell();
      cell.dir = "auto";
      if (typeof value === "number" || head[column] === "Weight") cell.className = "number";
      if (choose && head[column] === "Query") {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = String(value);
        button.onclick = () => choose(position);
        cell.append(button);
      } else {
        cell.textContent = String(value);
      }
    });
  }
  return table;
}
