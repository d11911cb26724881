import { openComparison } from "./comparison.js";

/** @type {WeakMap<object, import("./comparison.js").Comparison>} */
const open = new WeakMap();

/**
 * Called by Streamlit when the component is mounted, and again when its data or the theme change.
 *
 * @param {{data: any, parentElement: HTMLElement | ShadowRoot, setStateValue: (name: string, value: unknown) => void}} component
 * @returns {() => void}
 */
export default function render({ data, parentElement, setStateValue }) {
  // Streamlit sends an array as an Arrow table with one column.
  const cells = data.cells instanceof Uint8Array ? data.cells : data.cells.getChildAt(0).toArray();
  const known = open.get(parentElement);
  if (known) {
    known.update({ ...data, cells });
    known.repaint();
  } else {
    const root = /** @type {HTMLElement} */ (parentElement.querySelector(".attnviz"));
    open.set(parentElement, openComparison(root, { ...data, cells }, setStateValue));
  }
  return () => {
    open.get(parentElement)?.destroy();
    open.delete(parentElement);
  };
}
