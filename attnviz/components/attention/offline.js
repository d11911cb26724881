import { openCapture } from "./capture.js";
import { pooledCells } from "./pooling.js";
import { openWorkspace } from "./workspace.js";

/**
 * The linked views in a file of their own, where no Python answers: all that they can show is in the file.
 *
 * @param {HTMLElement} root
 * @param {any} data as the workspace takes it; a thumbnail of `meta` without a `start` is made here, of the head's cells
 * @returns {import("./workspace.js").Workspace}
 */
export default function openOffline(root, data) {
  const meta = withThumbnails(data.meta, data.cells);
  const workspace = openWorkspace(root, { ...data, meta, subject: meta.id }, () => {});
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => workspace.repaint());
  return workspace;
}

/**
 * @param {any} meta
 * @param {Uint8Array} cells
 */
function withThumbnails(meta, cells) {
  const capture = openCapture({ meta: { ...meta, thumbnails: [] }, cells });
  return {
    ...meta,
    thumbnails: meta.thumbnails.map((one) => {
      if (one.start !== null) return one;
      return { ...one, values: pooledCells(/** @type {any} */ (capture.cells(one.map, one.head)), one) };
    }),
  };
}
