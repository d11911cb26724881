import { openEpochs } from "./epochs.js";

/** @type {WeakMap<object, {film: import("./epochs.js").Epochs, views: string, colours: string}>} */
const open = new WeakMap();

/**
 * Called by Streamlit when the component is mounted, and again when its data or the theme change.
 *
 * @param {{data: any, parentElement: HTMLElement | ShadowRoot}} component
 * @returns {() => void}
 */
export default function render({ data, parentElement }) {
  // Streamlit sends an array as an Arrow table with one column.
  const cells = data.cells instanceof Uint8Array ? data.cells : data.cells.getChildAt(0).toArray();
  const known = open.get(parentElement);
  const views = JSON.stringify(data.views);
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".attnviz"));
  const colours = coloursOf(root);
  if (known?.views === views) {
    known.film.update({ ...data, cells });
    // A training that is watched calls every second, mostly with nothing new.
    if (known.colours !== colours) known.film.repaint();
    known.colours = colours;
  } else {
    known?.film.destroy(); // another architecture: one head has no grid of heads
    open.set(parentElement, { film: openEpochs(root, { ...data, cells }), views, colours });
  }
  return () => {
    open.get(parentElement)?.film.destroy();
    open.delete(parentElement);
  };
}

/** @param {HTMLElement} root */
function coloursOf(root) {
  const style = getComputedStyle(root);
  return ["--st-text-color", "--st-background-color", "--st-primary-color"].map((name) => style.getPropertyValue(name)).join();
}
