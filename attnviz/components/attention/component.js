import { openWorkspace } from "./workspace.js";

/** @type {WeakMap<object, {workspace: import("./workspace.js").Workspace, views: string}>} */
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
  const views = JSON.stringify(data.views);
  if (known?.views === views) {
    known.workspace.update({ ...data, cells });
    known.workspace.repaint();
  } else {
    known?.workspace.destroy(); // another kind of model: a picture is no text
    const root = /** @type {HTMLElement} */ (parentElement.querySelector(".attnviz"));
    open.set(parentElement, { workspace: openWorkspace(root, { ...data, cells }, setStateValue), views });
  }
  return () => {
    open.get(parentElement)?.workspace.destroy();
    open.delete(parentElement);
  };
}
