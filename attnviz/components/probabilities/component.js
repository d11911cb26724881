import { openBars } from "./bars.js";

/** @type {WeakMap<object, import("./bars.js").Bars>} */
const open = new WeakMap();

/**
 * Called by Streamlit when the component is mounted, and again when its data or the theme change.
 *
 * @param {{data: import("./bars.js").Data, parentElement: HTMLElement | ShadowRoot}} component
 * @returns {() => void}
 */
export default function render({ data, parentElement }) {
  let bars = open.get(parentElement);
  if (!bars) {
    bars = openBars(/** @type {HTMLElement} */ (parentElement.querySelector(".attnviz-probabilities")));
    open.set(parentElement, bars);
  }
  bars.show(data);
  return () => open.delete(parentElement);
}
