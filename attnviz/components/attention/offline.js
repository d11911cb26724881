import { openWorkspace } from "./workspace.js";

/**
 * The linked views in a file of their own, where no Python answers: all that they can show is in the file.
 *
 * @param {HTMLElement} root
 * @param {any} data as the workspace takes it
 * @returns {import("./workspace.js").Workspace}
 */
export default function openOffline(root, data) {
  const workspace = openWorkspace(root, { ...data, subject: data.meta.id, offline: true }, () => {});
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => workspace.repaint());
  return workspace;
}
