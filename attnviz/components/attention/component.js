import { ask, onBrought } from "./channel.js";
import { openWorkspace } from "./workspace.js";

/** @type {WeakMap<object, {workspace: import("./workspace.js").Workspace, views: string, meta: any, end: () => void}>} */
const open = new WeakMap();

/**
 * Called by Streamlit when the component is mounted, and again when its data or the theme change.
 *
 * @param {{data: any, parentElement: HTMLElement | ShadowRoot, setStateValue: (name: string, value: unknown) => void}} component
 *   `data`: as the workspace takes it, but for `meta`, which is text, and its `id`
 * @returns {() => void}
 */
export default function render({ data, parentElement, setStateValue }) {
  // Streamlit sends an array as an Arrow table with one column.
  const cells = data.cells instanceof Uint8Array ? data.cells : data.cells.getChildAt(0).toArray();
  const known = open.get(parentElement);
  const views = JSON.stringify(data.views);
  const meta = known?.meta.id === data.id ? known?.meta : JSON.parse(data.meta);
  if (known?.views === views) {
    known.meta = meta;
    known.workspace.update({ ...data, meta, cells });
    known.workspace.repaint();
  } else {
    known?.end(); // another kind of model: a picture is no text
    const root = /** @type {HTMLElement} */ (parentElement.querySelector(".attnviz"));
    const page = root.ownerDocument;
    const workspace = openWorkspace(root, { ...data, meta, cells }, (name, value) => {
      if (name === "wish") ask(page, "cells", /** @type {import("./channel.js").Wish} */ (value));
      else setStateValue(name, value);
    });
    const unlisten = onBrought(page, "cells", workspace.bring);
    const end = () => {
      unlisten();
      workspace.destroy();
    };
    open.set(parentElement, { workspace, views, meta, end });
  }
  return () => {
    open.get(parentElement)?.end();
    open.delete(parentElement);
  };
}
