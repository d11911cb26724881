import { clearedPen } from "./elements.js";

/**
 * The pixels of a picture, and the patches over them.
 *
 * @typedef {import("./image_model.js").Box} Box
 * @typedef {import("./image_model.js").Picture} Picture
 * @typedef {"picture" | "both" | "attention"} Mode
 *
 * @typedef {object} Patches
 * @property {Box[]} boxes
 * @property {number[]} units value of each on the scale, 0 to 1; NaN where it may not be attended to
 * @property {number | null} chosen the patch whose attention is shown
 * @property {number | null} pointed the patch under the pointer
 * @property {number | null} pinned the patch that is chosen as a key
 */

/** Vermillion: seen on black, grey and white, and by colour-blind eyes (Okabe and Ito). */
export const TINT = [213, 94, 0];

/** How much of a pixel the strongest tint covers: dark and light stay apart under it. */
export const STRONGEST = 0.72;

/**
 * @param {Picture} picture
 * @returns {HTMLCanvasElement} a pixel a pixel
 */
export function pixelsOf({ rows, columns, colours, light }) {
  const canvas = document.createElement("canvas");
  canvas.width = columns;
  canvas.height = rows;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = pen.createImageData(columns, rows);
  for (let pixel = 0; pixel < rows * columns; pixel += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      image.data[4 * pixel + channel] = colours ? light[3 * pixel + channel] : light[pixel];
    }
    image.data[4 * pixel + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
  return canvas;
}

/**
 * The tint of a value.
 *
 * @param {number} unit 0 to 1
 * @returns {string}
 */
export function tintOf(unit) {
  return `rgba(${TINT.join(", ")}, ${(STRONGEST * unit).toFixed(4)})`;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{width: number, height: number}} size in CSS pixels
 * @param {HTMLCanvasElement} pixels
 * @param {Patches} patches
 * @param {{mode: Mode, shades: string[], border: string, ground: string}} look
 */
export function paintImage(canvas, size, pixels, patches, { mode, shades, border, ground }) {
  const pen = clearedPen(canvas, size);
  const scale = size.width / pixels.width;
  const { boxes, units } = patches;
  if (mode === "attention") {
    pen.fillStyle = ground;
    pen.fillRect(0, 0, size.width, size.height);
  } else {
    pen.imageSmoothingEnabled = false;
    pen.drawImage(pixels, 0, 0, size.width, size.height);
  }
  boxes.forEach((box, key) => {
    if (!box[2]) return;
    const [x, y, width, height] = edgesOf(box, scale);
    if (mode !== "picture" && !Number.isNaN(units[key])) {
      pen.fillStyle = mode === "both" ? tintOf(units[key]) : shades[Math.round(255 * units[key])];
      pen.fillRect(x, y, width, height);
    }
    if (mode === "both" && units[key] > 0) {
      pen.strokeStyle = `rgba(${TINT.join(", ")}, ${units[key].toFixed(4)})`;
      pen.lineWidth = 2;
      pen.strokeRect(x + 1, y + 1, width - 2, height - 2);
    }
    pen.strokeStyle = border;
    pen.lineWidth = 0.5;
    pen.strokeRect(x, y, width, height);
  });
  for (const [key, dash] of /** @type {[number | null, number[]][]} */ ([
    [patches.pinned, [2, 2]], [patches.pointed, []], [patches.chosen, []],
  ])) {
    if (key === null || !boxes[key]?.[2]) continue;
    frame(pen, edgesOf(boxes[key], scale), key === patches.chosen ? 2.5 : 1.25, dash);
  }
}

/**
 * A frame that is seen on any colour: black between two lines of white.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {number[]} edges
 * @param {number} line
 * @param {number[]} dash
 */
function frame(pen, [x, y, width, height], line, dash) {
  pen.setLineDash([]);
  pen.strokeStyle = "#fff";
  pen.lineWidth = line + 2.5;
  pen.strokeRect(x + line, y + line, width - 2 * line, height - 2 * line);
  pen.setLineDash(dash);
  pen.strokeStyle = "#000";
  pen.lineWidth = line;
  pen.strokeRect(x + line, y + line, width - 2 * line, height - 2 * line);
  pen.setLineDash([]);
}

/**
 * @param {Box} box
 * @param {number} scale
 */
function edgesOf([row, column, height, width], scale) {
  const [x, y] = [Math.round(column * scale), Math.round(row * scale)];
  return [x, y, Math.round((column + width) * scale) - x, Math.round((row + height) * scale) - y];
}
