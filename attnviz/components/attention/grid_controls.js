/**
 * What a person sets above the head grid: pooling, order, the number under each tile, and which heads are looked for.
 *
 * @typedef {import("./statistics.js").Statistic} Statistic
 */

import { addElement } from "./elements.js";
import { filterText, isPooled, orderText, parseFilter, parseOrder } from "./grid_layout.js";
import { rangeOf, statisticText, statisticsOf } from "./statistics.js";

const SLIDER_STEPS = 100;

/**
 * @param {HTMLElement} root
 * @param {import("./workspace.js").Context} context
 * @returns {{update: () => void}}
 */
export function createControls(root, context) {
  const { store } = context;
  const bar = addElement(root, "div", "controls");

  const cells = addElement(bar, "div", "field");
  const pooling = choice(cells, "Cells");
  fill(pooling, [["max", "largest weight"], ["mean", "mean weight"]]);
  pooling.onchange = () => store.set({ pooling: pooling.value });

  const sorting = addElement(bar, "div", "field");
  const order = choice(sorting, "Sort by");
  const scope = choice(sorting, "Sort within", true);
  fill(scope, [["rows", "within layers"], ["all", "all together"]]);
  const direction = /** @type {HTMLButtonElement} */ (addElement(sorting, "button", "direction"));
  direction.type = "button";
  const sort = (/** @type {boolean} */ ascending) =>
    store.set({ sortBy: orderText({ scope: order.value ? scope.value : "place", name: order.value, ascending }) });
  order.onchange = scope.onchange = () => sort(parseOrder(store.get().sortBy).ascending);
  direction.onclick = () => sort(!parseOrder(store.get().sortBy).ascending);

  const numbered = addElement(bar, "div", "field");
  const number = choice(numbered, "Number under each");
  number.onchange = () => store.set({ colourBy: number.value });

  const looking = addElement(bar, "div", "field");
  const looked = choice(looking, "Only heads with");
  const side = choice(looking, "Comparison", true);
  fill(side, [["least", "at least"], ["most", "at most"]]);
  const slider = /** @type {HTMLInputElement} */ (addElement(looking, "input", "slider"));
  slider.type = "range";
  slider.setAttribute("aria-label", "Limit of the statistic");
  const limit = addElement(looking, "output", "limit");
  const filter = (/** @type {number} */ value) =>
    store.set({ filter: filterText(looked.value ? { name: looked.value, least: side.value === "least", value } : null) });
  looked.onchange = () => {
    const [low, high] = looked.value ? rangeOf(context.capture(), looked.value) : [0, 1];
    filter(rounded((low + high) / 2));
  };
  side.onchange = () => filter(Number(slider.value));
  slider.oninput = () => filter(Number(slider.value));

  const later = (/** @type {object} */ patch) => queueMicrotask(() => store.set(patch)); // not while a view is painted
  /** @type {unknown} */
  let filled = null;
  const update = () => {
    const state = store.get();
    const capture = context.capture();
    if (filled !== capture) {
      filled = capture;
      const offered = statisticsOf(capture).map((one) => /** @type {[string, string]} */ ([one.name, one.title]));
      fill(order, [["", "layer and head"], ...offered]);
      fill(number, [["", "none"], ...offered]);
      fill(looked, [["", "anything"], ...offered]);
      const gone = (/** @type {string | undefined} */ wanted) => Boolean(wanted) && !offered.some(([known]) => known === wanted);
      // Another model may not have what was sorted by or looked for: pooling has no token before.
      if (gone(parseOrder(state.sortBy).name)) later({ sortBy: "" });
      if (gone(state.colourBy)) later({ colourBy: "" });
      if (gone(parseFilter(state.filter)?.name)) later({ filter: "" });
    }
    const single = capture.maps.length === 1 && capture.maps[0].heads === 1;
    sorting.hidden = numbered.hidden = looking.hidden = single; // one head: nothing to sort or to look for
    cells.hidden = !isPooled(capture);
    pooling.value = state.pooling;
    const sorted = parseOrder(state.sortBy);
    order.value = sorted.name;
    scope.value = sorted.scope === "place" ? scope.value : sorted.scope;
    scope.hidden = direction.hidden = !sorted.name;
    direction.textContent = sorted.ascending ? "↑ smallest first" : "↓ largest first";
    number.value = state.colourBy;
    const wanted = parseFilter(state.filter);
    looked.value = wanted?.name ?? "";
    side.hidden = slider.hidden = limit.hidden = !wanted;
    if (wanted) {
      const [low, high] = rangeOf(capture, wanted.name);
      side.value = wanted.least ? "least" : "most";
      slider.min = String(low);
      slider.max = String(high);
      slider.step = String(rounded((high - low) / SLIDER_STEPS) || "any");
      slider.value = String(wanted.value);
      slider.setAttribute("aria-valuetext", statisticText(wanted.value));
      limit.textContent = statisticText(wanted.value);
    }
  };
  return { update };
}

/**
 * @param {HTMLElement} parent
 * @param {string} label
 * @param {boolean} [quiet] the label is only for those who do not see what stands before it
 * @returns {HTMLSelectElement}
 */
function choice(parent, label, quiet = false) {
  const select = document.createElement("select");
  if (quiet) {
    select.setAttribute("aria-label", label);
    parent.append(select);
  } else {
    const wrapper = addElement(parent, "label", "choice");
    addElement(wrapper, "span", "name").textContent = label;
    wrapper.append(select);
  }
  return select;
}

/**
 * @param {HTMLSelectElement} select
 * @param {[string, string][]} options value and what it is called
 */
function fill(select, options) {
  select.replaceChildren(
    ...options.map(([value, text]) => Object.assign(document.createElement("option"), { value, textContent: text })),
  );
}

/**
 * Two significant digits: a slider that stops at 0.5 and not at 0.4999.
 *
 * @param {number} value
 */
function rounded(value) {
  return Number(value.toPrecision(2));
}
