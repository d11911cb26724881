import { openEpochs } from "./epochs.js";

/** @type {WeakMap<object, {film: import("./epochs.js").Epochs, views: string, colours: string, id: string, subject: string}>} */
const open = new WeakMap();

/**
 * Called by Streamlit when the component is mounted, and again when its data or the theme change.
 *
 * @param {{data: any, parentElement: HTMLElement | ShadowRoot}} component
 * @returns {() => void}
 */
export default function render({ data, parentElement }) {
  const known = open.get(parentElement);
  const views = JSON.stringify(data.views);
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".attnviz"));
  const { id, subject } = data;
  const colours = coloursOf(root);
  // A training that is watched calls every second, mostly with nothing new.
  const same = known?.views === views && known.id === id && known.subject === subject;
  if (known && same) {
    if (known.colours !== colours) known.film.repaint();
    known.colours = colours;
  } else if (known?.views === views) {
    known.film.update(readable(data));
    Object.assign(known, { id, subject });
  } else {
    known?.film.destroy(); // another architecture: one head has no grid of heads
    open.set(parentElement, { film: openEpochs(root, readable(data)), views, colours, id, subject });
  }
  return () => {
    open.get(parentElement)?.film.destroy();
    open.delete(parentElement);
  };
}

/**
 * What Streamlit sent, as the film takes it: an array comes as an Arrow table with one column, and `meta` as text.
 *
 * @param {any} data
 * @returns {import("./epochs.js").Data}
 */
function readable(data) {
  const cells = data.cells instanceof Uint8Array ? data.cells : data.cells.getChildAt(0).toArray();
  return { ...data, cells, meta: JSON.parse(data.meta) };
}

/** @param {HTMLElement} root */
function coloursOf(root) {
  const style = getComputedStyle(root);
  return ["--st-text-color", "--st-background-color", "--st-primary-color"].map((name) => style.getPropertyValue(name)).join();
}
