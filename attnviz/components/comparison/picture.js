/**
 * One of the three pictures: A, B, or their difference.
 *
 * @typedef {import("../attention/heatmap_geometry.js").Place} Place
 * @typedef {import("../attention/heatmap_geometry.js").View} View
 * @typedef {import("../attention/heatmap_paint.js").Scene} Scene
 * @typedef {import("../attention/store.js").State} State
 * @typedef {import("./compared.js").Compared} Compared
 */

import { divergingColours } from "../attention/colours.js";
import { addElement } from "../attention/elements.js";
import { listenForGestures } from "../attention/heatmap_gestures.js";
import { placeAt } from "../attention/heatmap_geometry.js";
import { paintMarks } from "../attention/heatmap_marks.js";
import { keysAreLevel, paintScene } from "../attention/heatmap_paint.js";
import { sceneMaker } from "../attention/heatmap_scene.js";
import { differenceScale, scaleOf } from "../attention/scales.js";
import { DIFFERENCE } from "./compared.js";
import { paintGaps } from "./gaps.js";
import { twoDigits } from "./reading.js";

const PADDING = 7; // pixels between the labels and the plot

/**
 * @typedef {object} Picture
 * @property {HTMLElement} stage
 * @property {(state: State, view: View, cells: boolean) => Scene | null} paint null while it has no width
 * @property {() => void} destroy
 *
 * @typedef {object} Acts what a person does on a picture
 * @property {(place: Place | null, at: {x: number, y: number} | null) => void} point `at`: pixels of the stage
 * @property {(place: Place) => void} pin
 * @property {(scene: Scene, x: number, y: number, factor: number) => boolean} zoom
 * @property {(scene: Scene, right: number, down: number) => void} pan
 * @property {() => import("../attention/heatmap_gestures.js").Pinned} pinned
 * @property {(before: import("../attention/heatmap_gestures.js").Pinned) => void} whole `before`: what was pinned
 * @property {(scene: Scene, event: KeyboardEvent) => boolean} press
 *
 * @param {HTMLElement} parent
 * @param {number} map position among A, B and the difference
 * @param {() => Compared} compared
 * @param {Acts} acts
 * @returns {Picture}
 */
export function mountPicture(parent, map, compared, acts) {
  const figure = addElement(parent, "figure", "picture");
  const caption = addElement(figure, "figcaption");
  const stage = addElement(figure, "div", "stage");
  const cells = /** @type {HTMLCanvasElement} */ (addElement(stage, "canvas", "cells"));
  const marks = /** @type {HTMLCanvasElement} */ (addElement(stage, "canvas", "marks"));
  stage.tabIndex = map === 0 ? 0 : -1; // one stop for the three: each says all there is to say
  stage.setAttribute("role", "application");
  stage.setAttribute("aria-roledescription", "heatmap");
  const makeScene = sceneMaker(stage, () => compared().capture);
  /** @type {Scene | null} */
  let scene = null;
  /** @type {{id: string, theme: number, look: import("../attention/heatmap_cells.js").Look} | null} */
  let kept = null;
  /** @type {{id: string, of: object, look: import("../attention/heatmap_cells.js").Look} | null} of A and B */
  let shared = null;

  /** @param {State} state @param {Scene} now */
  const differenceLook = (state, now) => {
    if (kept?.id !== compared().id || kept.theme !== state.theme) {
      const look = {
        scale: differenceScale(compared().largest),
        colours: divergingColours(now.theme),
        pooling: /** @type {const} */ ("strongest"),
        write: twoDigits,
      };
      kept = { id: compared().id, theme: state.theme, look };
    }
    return kept.look;
  };

  /** @param {Scene} now */
  const weightLook = (now) => {
    const { id, weights, scale } = compared();
    if (shared?.id !== id || shared.of !== now.look) {
      const look = { ...now.look, scale: scaleOf(weights, { scale, maximum: weights.maximum }) };
      shared = { id, of: now.look, look };
    }
    return shared.look;
  };

  const describe = (/** @type {Scene} */ now) => {
    const { titles, capture } = compared();
    const name = capture.maps[map].name;
    caption.replaceChildren();
    addElement(caption, "strong").textContent = name;
    addElement(caption, "span").textContent = titles[map] ?? "what changes from A to B";
    const { left, top, plotWidth, plotHeight, rows, columns, width, height } = now.frame;
    stage.setAttribute(
      "aria-label",
      `${name}, ${titles[map] ?? "difference"}: ${rows} queries down, ${columns} keys across. Arrow keys move from cell to `
        + "cell in all three pictures, Enter pins, plus and minus zoom.",
    );
    stage.style.width = `${width}px`;
    stage.style.height = `${height}px`;
    stage.dataset.plot = [left, top, plotWidth, plotHeight].join(" "); // for whoever wants to point at a cell from outside
    stage.classList.toggle("zoomed", now.view.zoom > 1);
  };

  /** @param {number} x @param {number} y */
  const under = (x, y) => {
    if (!scene) return null;
    const place = placeAt(scene.frame, scene.view, x, y);
    const pen = /** @type {CanvasRenderingContext2D} */ (cells.getContext("2d"));
    if (place?.part !== "key" || keysAreLevel(pen, scene)) return place;
    // A label at 45° is as far to the right of its column as it is above it.
    return placeAt(scene.frame, scene.view, x - Math.max(0, scene.frame.top - PADDING - y), y);
  };

  const unlisten = listenForGestures(stage, {
    zoom: (x, y, factor) => scene !== null && acts.zoom(scene, x, y, factor),
    pan: (right, down) => { if (scene) acts.pan(scene, right, down); },
    zoomed: () => scene !== null && scene.view.zoom > 1,
    hover: (x, y) => acts.point(under(x, y), { x, y }),
    leave: () => acts.point(null, null),
    press: (x, y) => {
      const place = under(x, y);
      if (place) acts.pin(place);
    },
    pinned: acts.pinned,
    whole: acts.whole,
    key: (event) => scene !== null && acts.press(scene, event),
  });
  const blur = () => acts.point(null, null);
  stage.addEventListener("blur", blur);
  return {
    stage,
    paint(state, view, repaint) {
      const width = figure.clientWidth;
      if (width === 0) return null;
      if (repaint || !scene) {
        const made = makeScene({ state: { ...state, map, head: 0 }, width, view, strips: false });
        scene = { ...made, masked: compared().masked[map] };
        if (map === DIFFERENCE) scene.look = differenceLook(state, scene);
        else scene.look = weightLook(scene);
        paintScene(cells, scene);
        paintGaps(cells, scene, compared().gaps[map]);
        describe(scene);
      }
      paintMarks(marks, scene, { pinned: state, hover: state.hover });
      return scene;
    },
    destroy() {
      unlisten();
      stage.removeEventListener("blur", blur);
    },
  };
}
