/**
 * What of the capture is shown: layer, head, colours, and what is pinned.
 *
 * @typedef {import("./workspace.js").Context} Context
 */

const SCALES = { linear: "linear", log: "logarithmic", rank: "by rank" };

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
export function mountToolbar(root, context) {
  const { store } = context;
  root.classList.add("attnviz-toolbar");
  const layer = picker(root, "Layer", (value) => store.set({ map: Number(value) }));
  const head = picker(root, "Head", (value) => store.set({ head: headFrom(value) }));
  const previous = button(head.field, "‹", "Previous head", () => step(context, -1));
  const next = button(head.field, "›", "Next head", () => step(context, 1));
  head.field.classList.add("head");
  const scale = picker(root, "Colours", (value) => store.set({ scale: /** @type {"linear"} */ (value) }));
  fill(scale.select, Object.entries(SCALES).map(([value, label]) => ({ value, label })));
  const shared = document.createElement("label");
  shared.className = "check";
  const box = document.createElement("input");
  box.type = "checkbox";
  box.onchange = () => store.set({ shared: box.checked });
  shared.append(box, "0 to 1 for every map");
  shared.title = "Colours run from 0 to 1 for every map, and not up to the largest weight of each.";
  root.append(shared);
  const pins = document.createElement("span");
  pins.className = "pins";
  root.append(pins);

  /** @param {Set<string> | null} changed */
  const update = (changed) => {
    const capture = context.capture();
    const state = store.get();
    if (!changed || changed.has("capture")) {
      fill(layer.select, capture.maps.map((one, index) => ({
        value: String(index),
        label: [one.name, one.part && ` · ${one.part}`, one.about && `: ${one.about}`].join(""),
      })));
      layer.select.disabled = capture.maps.length === 1;
    }
    const { heads, queryAxis, keyAxis } = capture.maps[state.map];
    if (!changed || changed.has("capture") || changed.has("map")) {
      const numbered = Array.from({ length: heads }, (_, one) => ({ value: String(one), label: String(one + 1) }));
      const every = [{ value: "mean", label: `mean of ${heads}` }, { value: "max", label: `largest of ${heads}` }];
      fill(head.select, heads === 1 ? [{ value: "0", label: "1" }] : [...every, ...numbered]);
      for (const one of [head.select, previous, next]) one.disabled = heads === 1;
    }
    layer.select.value = String(state.map);
    head.select.value = heads === 1 ? "0" : String(state.head);
    scale.select.value = state.scale;
    box.checked = state.shared;
    pins.replaceChildren();
    const pinned = [
      { side: "query", position: state.query, axis: queryAxis },
      { side: "key", position: state.key, axis: keyAxis },
    ];
    for (const { side, position, axis } of pinned) {
      if (position === null) continue;
      const label = capture.axes[axis].labels[position];
      const pin = button(pins, `${side} '${short(label)}' ×`, `Let go of ${side} '${label}'`, () =>
        store.set(side === "query" ? { query: null } : { key: null }));
      pin.dir = "auto";
    }
    if (!pins.children.length) pins.append("Nothing is pinned: click a token or a cell.");
  };
  update(null);
  const end = store.subscribe((_, changed) => update(changed));
  return { destroy: end };
}

/**
 * The head before or after the shown one, round the ends.
 *
 * @param {Context} context
 * @param {number} by
 */
function step(context, by) {
  const { map, head } = context.store.get();
  const { heads } = context.capture().maps[map];
  const from = typeof head === "number" ? head : by > 0 ? -1 : heads;
  context.store.set({ head: (from + by + heads) % heads });
}

/** @param {string} value */
function headFrom(value) {
  return value === "mean" || value === "max" ? value : Number(value);
}

/** @param {string} label */
function short(label) {
  const characters = [...label];
  return characters.length > 16 ? `${characters.slice(0, 15).join("")}…` : label;
}

/**
 * @param {HTMLElement} root
 * @param {string} name
 * @param {(value: string) => void} choose
 */
function picker(root, name, choose) {
  const field = document.createElement("div");
  field.className = "field";
  const named = document.createElement("div");
  const label = document.createElement("label");
  label.textContent = name;
  const select = document.createElement("select");
  select.id = `attnviz-${crypto.getRandomValues(new Uint32Array(1))[0]}`; // a page may hold several workspaces
  label.htmlFor = select.id;
  select.onchange = () => choose(select.value);
  named.append(label, select);
  field.append(named);
  root.append(field);
  return { field, select };
}

/**
 * @param {HTMLSelectElement} select
 * @param {{value: string, label: string}[]} options
 */
function fill(select, options) {
  select.replaceChildren(...options.map(({ value, label }) => {
    const option = document.createElement("option");
    option.value = value;
    option.textContent = label;
    return option;
  }));
}

/**
 * @param {HTMLElement} root
 * @param {string} text
 * @param {string} name what a screen reader says
 * @param {() => void} act
 */
function button(root, text, name, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.title = name;
  made.setAttribute("aria-label", name);
  made.onclick = act;
  root.append(made);
  return made;
}
