import { openCapture } from "./capture.js";
import { mountDocument } from "./document.js";
import { DRAWN, drawnIn } from "./drawn.js";
import { mountGrid } from "./grid.js";
import { mountHeatmap } from "./heatmap.js";
import { mountImage } from "./image.js";
import { mountLinks } from "./links.js";
import { mountNeuron } from "./neuron.js";
import { sentenceOf } from "./sentence.js";
import { mountSeries } from "./series.js";
import { createStore } from "./store.js";
import { mountTable } from "./table.js";
import { mountText } from "./text.js";
import { mountToolbar } from "./toolbar.js";

/**
 * The toolbar and the views of one capture, linked by one store.
 *
 * @typedef {object} Window of exact cells
 * @property {number} map
 * @property {number | "mean" | "max"} head
 * @property {[number, number]} rows first query and the one after the last
 * @property {[number, number]} columns
 *
 * @typedef {object} Context what every view is given
 * @property {import("./store.js").Store} store
 * @property {() => import("./capture.js").Capture} capture the newest
 * @property {(text: string) => void} announce tell it to a screen reader, when it has been still for a moment
 * @property {(window: Window) => void} wantWindow
 * @property {() => string} subject names what was captured
 * @property {(name: string) => any} extra what Python sent for the view of that name, beside the capture
 *
 * @typedef {object} Chosen
 * @property {number} map
 * @property {number | "mean" | "max"} head
 * @property {number | null} query
 * @property {number | null} key
 * @property {"linear" | "log" | "rank"} scale
 * @property {boolean} shared
 *
 * @typedef {object} Data
 * @property {any} meta
 * @property {Uint8Array} cells
 * @property {string} subject what was captured: as long as it is the same, what is chosen stays
 * @property {Chosen} chosen what to begin with
 * @property {string[]} views which to show
 * @property {Record<string, any>} extras what a view needs beside the capture, by its name
 * @property {boolean} [offline] whether there is no Python that could send more cells
 *
 * @typedef {object} Workspace
 * @property {(data: Data) => void} update
 * @property {(supply: import("./channel.js").Supply) => void} bring cells that were asked for
 * @property {() => void} repaint after a change of colours
 * @property {() => void} destroy
 * @property {import("./store.js").Store} store
 */

const ANNOUNCE_AFTER = 300;
const TELL_AFTER = 200;

/** Every view by its name: its title, the part of the workspace that it stands in, and what mounts it. */
const VIEWS = {
  document: { title: "Sentences and words", place: "top", mount: mountDocument },
  image: { title: "Picture", place: "top", mount: mountImage },
  series: { title: "Series", place: "top", mount: mountSeries },
  text: { title: "Text", place: "top", mount: mountText },
  heatmap: { title: "Heatmap", place: "main", mount: mountHeatmap },
  grid: { title: "Heads", place: "side", mount: mountGrid },
  links: { title: "Links", place: "side", mount: mountLinks },
  table: { title: "Table", place: "side", mount: mountTable },
  neuron: { title: "Inside one number", place: "side", mount: mountNeuron },
};

/**
 * @param {HTMLElement} root
 * @param {Data} data
 * @param {(name: string, value: unknown) => void} send tells Python: `selection`, what is chosen, once nothing moves;
 *   `wish`, which cells are looked at and not here, at once
 * @param {(data: Data) => import("./capture.js").Capture} [open] what else than the bytes of `data` the capture is read from
 * @returns {Workspace}
 */
export function openWorkspace(root, data, send, open = openCapture) {
  let capture = open(data);
  let subject = data.subject;
  let extras = data.extras;
  const { scale, shared } = data.chosen;
  const store = clamped(createStore({ ...drawnIn(data.chosen), ...existing(capture, data.chosen), scale, shared, capture: 1 }), () => capture);
  root.classList.add("attnviz-workspace");
  root.replaceChildren();
  const toolbar = part(root, "toolbar");
  const sentence = part(root, "sentence", "p");
  const busy = part(root, "busy", "p");
  busy.setAttribute("role", "status");
  const live = part(root, "live");
  live.setAttribute("aria-live", "polite");

  let speaking = 0;
  let telling = 0;
  let asking = 0;
  /** @type {import("./channel.js").CellsWish | null} what was asked for and is not here */
  let wish = null;
  /** @type {string | null} the wish whose cells came last */
  let brought = null;
  const tell = () => {
    const { map, head, query, key, scale, shared } = store.get();
    send("selection", { subject, map, head, query, key, scale, shared, ...drawnIn(store.get()) });
  };
  /** @param {Window | null} window */
  const askFor = (window) => {
    const { map, head } = window ?? store.get();
    const whole = !capture.cells(map, head);
    clearTimeout(asking);
    wish = null;
    if (!whole && !window) return;
    wish = { subject, map, head, whole, queries: window?.rows ?? null, keys: window?.columns ?? null };
    asking = setTimeout(() => send("wish", wish), 0);
  };
  /** @type {Context} */
  const context = {
    store,
    capture: () => capture,
    subject: () => subject,
    extra: (name) => extras[name],
    announce(text) {
      clearTimeout(speaking);
      speaking = setTimeout(() => { live.textContent = text; }, ANNOUNCE_AFTER);
    },
    wantWindow: askFor,
  };
  const mounted = [mountToolbar(toolbar, context), ...placeViews(root, data.views, context)];

  const describe = () => {
    const text = sentenceOf(capture, store.get(), !data.offline);
    sentence.textContent = text;
    const { map, head } = store.get();
    busy.textContent = capture.cells(map, head) ? "" : "Fetching the weights of this head …";
  };
  const end = store.subscribe((_, changed) => {
    const chosen = ["map", "head", "query", "key"].some((name) => changed.has(name));
    if (chosen || changed.has("capture")) describe();
    if (chosen) context.announce(sentence.textContent ?? "");
    if (changed.has("map") || changed.has("head") || changed.has("capture") && !wish) askFor(null);
    if (!chosen && !["scale", "shared", ...DRAWN].some((name) => changed.has(name))) return;
    clearTimeout(telling);
    // What is pinned is told at once: whoever then leaves the page comes back to it.
    telling = setTimeout(tell, changed.has("query") || changed.has("key") ? 0 : TELL_AFTER);
  });
  /** @param {KeyboardEvent} event */
  const letGo = (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    const [from] = event.composedPath();
    const elsewhere = from instanceof Element && !event.composedPath().includes(root);
    if (elsewhere && from.closest("input, textarea, select, [role=dialog], [role=listbox], [contenteditable]")) return;
    store.set({ query: null, key: null, hover: { query: null, key: null } });
  };
  // Anywhere on the page, but where something else closes or clears by it.
  const page = root.ownerDocument;
  page.addEventListener("keydown", letGo);
  describe();
  askFor(null);
  root.dataset.ready = "1";
  return {
    store,
    update(next) {
      const known = next.meta.id === capture.id && next.subject === subject;
      extras = next.extras;
      if (known) return;
      const same = next.subject === subject;
      capture = open(next);
      subject = next.subject;
      wish = brought = null;
      const { map, head, query, key } = store.get();
      const kept = same ? { map, head, query, key } : { map, head, query: null, key: null };
      store.set({ ...existing(capture, kept), hover: { query: null, key: null }, capture: store.get().capture + 1 });
    },
    bring(supply) {
      const { header } = supply;
      if (header.subject !== subject) return;
      if (wish && !header.wish) send("wish", wish); // nobody was there to hear it
      const name = JSON.stringify(header.wish);
      if (!header.blocks.length || name === brought) return;
      brought = name;
      if (name === JSON.stringify(wish)) wish = null;
      capture.bring(supply);
      store.set({ capture: store.get().capture + 1 });
    },
    repaint: () => store.set({ theme: store.get().theme + 1 }),
    destroy() {
      end();
      clearTimeout(speaking);
      clearTimeout(telling);
      clearTimeout(asking);
      page.removeEventListener("keydown", letGo);
      for (const view of mounted) view.destroy();
    },
  };
}

/**
 * @param {HTMLElement} root
 * @param {string[]} names
 * @param {Context} context
 */
function placeViews(root, names, context) {
  const mounted = [];
  const places = { top: part(root, "top"), main: null, side: null };
  const body = part(root, "body");
  places.main = part(body, "main");
  places.side = part(body, "side");
  const wanted = names.filter((name) => name in VIEWS).map((name) => ({ name, ...VIEWS[name] }));
  for (const place of ["top", "main", "side"]) {
    const here = wanted.filter((view) => view.place === place);
    places[place].hidden = !here.length;
    const panels = here.map((view) => {
      const panel = part(places[place], "");
      panel.dataset.view = view.name;
      return panel;
    });
    if (here.length > 1) tabs(places[place], here, panels);
    here.forEach((view, index) => mounted.push(view.mount(panels[index], context)));
  }
  body.classList.toggle("single", places.main.hidden || places.side.hidden);
  return mounted;
}

/**
 * A row of tabs above `panels` (WAI-ARIA Authoring Practices, "Tabs"): arrows move, and show what they reach.
 *
 * @param {HTMLElement} place
 * @param {{name: string, title: string}[]} views
 * @param {HTMLElement[]} panels
 */
function tabs(place, views, panels) {
  const list = document.createElement("div");
  list.setAttribute("role", "tablist");
  place.prepend(list);
  const buttons = views.map(({ title }, index) => {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.textContent = title;
    tab.setAttribute("role", "tab");
    tab.onclick = () => show(index);
    list.append(tab);
    return tab;
  });
  list.onkeydown = (event) => {
    const now = buttons.indexOf(/** @type {HTMLButtonElement} */ (event.target));
    const last = buttons.length - 1;
    const to = { ArrowRight: now === last ? 0 : now + 1, ArrowLeft: now ? now - 1 : last, Home: 0, End: last }[event.key];
    if (now < 0 || to === undefined) return;
    show(to);
    buttons[to].focus();
    event.preventDefault();
  };
  /** @param {number} shown */
  const show = (shown) => {
    buttons.forEach((tab, index) => {
      tab.setAttribute("aria-selected", String(index === shown));
      tab.tabIndex = index === shown ? 0 : -1;
      panels[index].hidden = index !== shown;
    });
  };
  panels.forEach((panel, index) => {
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-label", views[index].title);
  });
  show(0);
}

/**
 * The store, where a change of map takes only what the other map has too.
 *
 * @param {import("./store.js").Store} store
 * @param {() => import("./capture.js").Capture} capture
 * @returns {import("./store.js").Store}
 */
function clamped(store, capture) {
  return {
    ...store,
    set(patch) {
      const before = store.get();
      if (patch.map === undefined || patch.map === before.map || patch.capture !== undefined) {
        store.set(patch);
        return;
      }
      const [from, to] = [capture().maps[before.map], capture().maps[patch.map]];
      const query = from.queryAxis === to.queryAxis ? before.query : null;
      const key = from.keyAxis === to.keyAxis ? before.key : null;
      const kept = existing(capture(), { head: before.head, query, key, ...patch, map: patch.map });
      store.set({ ...patch, ...kept, hover: { query: null, key: null } });
    },
  };
}

/**
 * A selection that exists in `capture`.
 *
 * @param {import("./capture.js").Capture} capture
 * @param {{map: number, head: number | "mean" | "max", query: number | null, key: number | null}} chosen
 */
function existing(capture, chosen) {
  const map = chosen.map in capture.maps ? chosen.map : 0;
  const { heads, queries, keys } = capture.maps[map];
  const known = typeof chosen.head === "number" ? chosen.head < heads : true;
  return {
    map,
    head: heads === 1 ? 0 : known ? chosen.head : "mean",
    query: chosen.query !== null && chosen.query < queries ? chosen.query : null,
    key: chosen.key !== null && chosen.key < keys ? chosen.key : null,
  };
}

/**
 * @param {HTMLElement} parent
 * @param {string} className
 * @param {string} [name]
 */
function part(parent, className, name = "div") {
  const child = document.createElement(name);
  child.className = className;
  parent.append(child);
  return child;
}
