/**
 * The head grid on its canvas: thumbnails, captions, bars and labels of what is scrolled to.
 *
 * @typedef {import("./grid_layout.js").Tile} Tile
 * @typedef {import("./grid_layout.js").Arrangement} Arrangement
 * @typedef {import("./grid_layout.js").Geometry} Geometry
 * @typedef {{left: number, top: number, width: number, height: number}} Viewport the part that is scrolled to
 * @typedef {{strip: HTMLCanvasElement, left: number, width: number}} Picture a part of a strip, as high as it
 * @typedef {{text: string, share: number} | null} Bar number and part of a full bar, 0 to 1
 */

import { parseColour, stepOf } from "./colours.js";
import { fitted } from "./elements.js";
import { placeOf } from "./grid_layout.js";
import { LOG_DECADES } from "./scales.js";

const CAPTION_FONT = 11;
const LABEL_FONT = 12;
const FADED = 0.16;

/**
 * The thumbnails of a map side by side on one small canvas, one pixel a cell: a canvas for each would take five times as long.
 *
 * @param {{values: Float32Array, rows: number, columns: number, maximum: number}[]} thumbnails one a head, of one size; NaN
 *   where nothing may attend
 * @param {Uint32Array} colours 256 pixels
 * @param {number} masked pixel of cells in which nothing may attend
 * @param {{scale: string, shared: boolean}} state
 * @returns {HTMLCanvasElement}
 */
export function thumbnailStrip(thumbnails, colours, masked, state) {
  const { rows, columns } = thumbnails[0];
  const canvas = document.createElement("canvas");
  canvas.width = columns * thumbnails.length;
  canvas.height = rows;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = pen.createImageData(canvas.width, rows);
  const pixels = new Uint32Array(image.data.buffer);
  thumbnails.forEach(({ values, maximum }, head) => {
    const unit = unitOf(values, state, maximum);
    for (let row = 0; row < rows; row += 1) {
      paintCells(values, row * columns, columns, { unit, colours, masked }, pixels, row * canvas.width + head * columns);
    }
  });
  pen.putImageData(image, 0, 0);
  return canvas;
}

/**
 * One row of a thumbnail; what is called so often stays compiled, and makes no object of each fraction that it reads.
 *
 * @param {Float32Array} values
 * @param {number} from
 * @param {number} count
 * @param {{unit: (value: number) => number, colours: Uint32Array, masked: number}} look
 * @param {Uint32Array} pixels
 * @param {number} to
 */
function paintCells(values, from, count, { unit, colours, masked }, pixels, to) {
  for (let column = 0; column < count; column += 1) {
    const value = values[from + column];
    pixels[to + column] = Number.isNaN(value) ? masked : colours[stepOf(unit(value))];
  }
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Picture} picture
 * @param {number} x
 * @param {number} y
 * @param {number} side
 */
export function drawPicture(pen, { strip, left, width }, x, y, side) {
  pen.imageSmoothingEnabled = false;
  pen.drawImage(strip, left, 0, width, strip.height, x, y, side, side);
}

/**
 * A colour of the theme as a pixel.
 *
 * @param {string} css
 * @returns {number}
 */
export function pixelOf(css) {
  const [red, green, blue] = parseColour(css);
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/**
 * Everything but outlines. Tiles and labels outside the viewport are not painted.
 *
 * @param {CanvasRenderingContext2D} pen scaled to CSS pixels
 * @param {Viewport} view
 * @param {Arrangement} arrangement
 * @param {Geometry} geometry
 * @param {import("./colours.js").Theme} theme
 * @param {{picture: (tile: Tile) => Picture, bar: (tile: Tile) => Bar, chosen: {map: number, whole: boolean}}} of
 */
export function paintGrid(pen, view, arrangement, geometry, theme, of) {
  pen.clearRect(0, 0, view.width, view.height);
  pen.textBaseline = "middle";
  const { tile: side } = geometry;
  for (const line of arrangement.lines) {
    const start = line.tiles[0];
    const top = placeOf(geometry, start).y - view.top;
    if (top > view.height || top + geometry.line < 0) continue;
    for (const tile of line.tiles) {
      const x = placeOf(geometry, tile).x - view.left;
      if (x > view.width || x + side < 0) continue;
      pen.globalAlpha = tile.passes ? 1 : FADED;
      drawPicture(pen, of.picture(tile), x, top, side);
      pen.strokeStyle = theme.border;
      pen.lineWidth = 1;
      pen.strokeRect(x + 0.5, top + 0.5, side - 1, side - 1);
      if (geometry.caption) caption(pen, x, top + side, geometry, theme, arrangement.numbered ? tile.caption : "", of.bar(tile));
      pen.globalAlpha = 1;
    }
  }
  if (geometry.headings) headings(pen, view, arrangement, geometry, theme);
  labels(pen, view, arrangement, geometry, theme, of.chosen);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {number} x
 * @param {number} y
 * @param {Geometry} geometry
 * @param {import("./colours.js").Theme} theme
 * @param {string} number
 * @param {Bar} bar
 */
function caption(pen, x, y, { tile }, theme, number, bar) {
  pen.font = `${CAPTION_FONT}px ${theme.font}`;
  pen.fillStyle = theme.muted;
  pen.textAlign = "left";
  pen.fillText(number, x + 1, y + 11);
  if (!bar) return;
  pen.textAlign = number ? "right" : "center";
  pen.fillStyle = theme.text;
  pen.fillText(bar.text, number ? x + tile - 1 : x + tile / 2, y + 11);
  pen.fillStyle = theme.border;
  pen.fillRect(x, y + 18, tile, 3);
  pen.fillStyle = theme.primary;
  pen.fillRect(x, y + 18, Math.round(tile * bar.share), 3);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Viewport} view
 * @param {Arrangement} arrangement
 * @param {Geometry} geometry
 * @param {import("./colours.js").Theme} theme
 */
function headings(pen, view, arrangement, geometry, theme) {
  pen.fillStyle = theme.background; // stays in place while tiles scroll under it
  pen.fillRect(0, 0, view.width, geometry.headings);
  pen.font = `${CAPTION_FONT}px ${theme.font}`;
  pen.fillStyle = theme.muted;
  pen.textAlign = "center";
  const columns = Math.max(...arrangement.lines.filter((line) => line.map !== null).map((line) => line.tiles.length));
  for (let column = 0; column < columns; column += 1) {
    const x = placeOf(geometry, { line: 0, column }).x - view.left + geometry.tile / 2;
    if (x > -geometry.tile && x < view.width + geometry.tile) pen.fillText(String(column + 1), x, geometry.headings / 2 + 1);
  }
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Viewport} view
 * @param {Arrangement} arrangement
 * @param {Geometry} geometry
 * @param {import("./colours.js").Theme} theme
 * @param {{map: number, whole: boolean}} chosen
 */
function labels(pen, view, arrangement, geometry, theme, chosen) {
  if (geometry.labels) {
    pen.fillStyle = theme.background;
    pen.fillRect(0, 0, geometry.labels, view.height);
  }
  pen.textAlign = "left";
  for (const line of arrangement.lines) {
    const { y } = placeOf(geometry, line.tiles[0]);
    const top = y - view.top;
    if (!line.label || top - geometry.above > view.height || top + geometry.tile < 0) continue;
    const here = line.map === chosen.map || (line.map === null && line.tiles.some((tile) => tile.map === chosen.map));
    pen.font = `${here ? "600 " : ""}${LABEL_FONT}px ${theme.font}`;
    pen.fillStyle = theme.text;
    if (geometry.above) {
      pen.fillText(lines(pen, line.label, view.width - 12, 1)[0], 6, top - geometry.above / 2);
    } else {
      const most = Math.max(1, Math.min(3, Math.floor(geometry.tile / 15)));
      const parts = lines(pen, line.label, geometry.labels - 14, most);
      const middle = top + geometry.tile / 2 - (15 * (parts.length - 1)) / 2;
      parts.forEach((part, row) => pen.fillText(part, 6, middle + 15 * row));
    }
    if (here && chosen.whole) {
      pen.fillStyle = theme.primary;
      pen.fillRect(0, geometry.above ? top - geometry.above + 2 : top, 3, geometry.above ? geometry.above - 4 : geometry.tile);
    }
  }
  if (geometry.headings) {
    pen.fillStyle = theme.background;
    pen.fillRect(0, 0, geometry.labels, geometry.headings);
    pen.font = `${CAPTION_FONT}px ${theme.font}`;
    pen.fillStyle = theme.muted;
    if (geometry.labels) pen.fillText("Head", 6, geometry.headings / 2 + 1);
  }
}

/**
 * A name on at most `most` lines of `width` pixels, broken after `/`, `_`, `.` and blanks; what is too long loses its middle.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {string} name
 * @param {number} width
 * @param {number} most
 * @returns {string[]}
 */
export function lines(pen, name, width, most) {
  const fits = (/** @type {string} */ text) => pen.measureText(text).width <= width;
  /** @type {string[]} */
  const result = [""];
  for (const part of name.split(/(?<=[/_.\s])/)) {
    if (!result.at(-1) || fits(result.at(-1) + part.trimEnd()) || result.length === most) result[result.length - 1] += part;
    else result.push(part);
  }
  return result.map((text) => fitted(text.trim(), fits));
}

/**
 * A thumbnail has too few cells for a table of ranks that is made for millions of them, so it ranks its own.
 *
 * @param {Float32Array} values
 * @param {{scale: string, shared: boolean}} state
 * @param {number} most weight up to which colours run
 * @returns {(value: number) => number} 0 to 1
 */
function unitOf(values, { scale, shared }, most) {
  const top = shared ? 1 : most || 1;
  if (scale === "log") return (value) => (value > 0 ? Math.max(0, 1 + Math.log10(value / top) / LOG_DECADES) : 0);
  if (scale !== "rank") return (value) => value / top;
  const known = values.filter((value) => !Number.isNaN(value)).sort();
  const smaller = new Map();
  known.forEach((value, place) => {
    if (!smaller.has(value)) smaller.set(value, place);
  });
  const below = smaller.get(known.at(-1)) || 1; // as in scales.js: shares of those below the largest
  return (value) => smaller.get(value) / below;
}
