/**
 * The captures of one sequence after every epoch, read from the bytes that Python sent. They share one scale of colours:
 * each says the largest weight, of its head and map, of all epochs.
 *
 * @typedef {import("../attention/capture.js").Capture} Capture
 * @typedef {import("../attention/capture.js").Matrix} Matrix
 *
 * @typedef {object} Film
 * @property {string} id
 * @property {{epoch: number, note: string}[]} frames
 * @property {number} epochs how many there were before any was left out
 * @property {number | null} best the epoch whose weights are kept
 * @property {(frame: number) => Capture} capture
 */

import { openCapture } from "../attention/capture.js";
import { largest, receivedOf } from "../attention/text_values.js";

/**
 * @param {{meta: any, cells: Uint8Array}} data
 * @returns {Film}
 */
export function openFilm({ meta, cells }) {
  const captures = meta.frames.map(({ meta: one, start, length }) =>
    openCapture({ meta: one, cells: cells.subarray(start, start + length) }));
  /** @type {Map<string, (Matrix | null)[]>} */
  const shared = new Map();

  /**
   * A matrix of every capture, with the largest weights of all.
   *
   * @param {string} name
   * @param {(capture: Capture) => Matrix | null} read
   */
  const ofAll = (name, read) => {
    const known = shared.get(name);
    if (known) return known;
    const every = captures.map(read);
    const maximum = Math.max(...every.map((matrix) => matrix?.maximum ?? 0));
    const received = Math.max(...every.map((matrix) => matrix ? largest(receivedOf(matrix, matrix.columns)) : 0));
    const made = every.map((matrix) => matrix && { ...matrix, maximum, together: { received, among: " of all epochs" } });
    shared.set(name, made);
    return made;
  };
  return {
    id: meta.id,
    frames: meta.frames.map(({ epoch, note }) => ({ epoch, note })),
    epochs: meta.epochs,
    best: meta.best,
    capture: (frame) => ({
      ...captures[frame],
      id: `${meta.id} ${frame}`,
      cells: (map, head) => ofAll(`${map} ${head}`, (one) => one.cells(map, head))[frame],
      thumbnail: (map, head, pooling) =>
        /** @type {Matrix} */ (ofAll(`${map} ${head} ${pooling}`, (one) => one.thumbnail(map, head, pooling))[frame]),
    }),
  };
}
