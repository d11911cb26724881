/**
 * The pixels on their canvas, with a frame around the one that the keyboard is at.
 *
 * @typedef {object} Pixels
 * @property {number} rows
 * @property {number} columns
 * @property {number[]} values row by row
 * @property {number} white
 * @property {number} black
 */

const MOST_FOR_LINES = 32;
const LINE = "rgba(128, 140, 148, 0.45)";

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Pixels} pixels
 * @param {number | null} at pixel with the frame; null for none
 */
export function paint(canvas, pixels, at) {
  const { rows, columns, values, white, black } = pixels;
  const ratio = window.devicePixelRatio || 1;
  const width = Math.max(columns, Math.round(canvas.clientWidth * ratio));
  const height = Math.round((width * rows) / columns);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const x = (/** @type {number} */ column) => Math.round((column * width) / columns);
  const y = (/** @type {number} */ row) => Math.round((row * height) / rows);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const share = (values[row * columns + column] - black) / (white - black);
      const light = Math.round(255 * Math.min(1, Math.max(0, share)));
      context.fillStyle = `rgb(${light} ${light} ${light})`;
      context.fillRect(x(column), y(row), x(column + 1) - x(column), y(row + 1) - y(row));
    }
  }
  if (Math.max(rows, columns) <= MOST_FOR_LINES) {
    context.fillStyle = LINE;
    for (let row = 1; row < rows; row += 1) context.fillRect(0, y(row), width, 1);
    for (let column = 1; column < columns; column += 1) context.fillRect(x(column), 0, 1, height);
  }
  if (at === null) return;
  const [row, column] = [Math.floor(at / columns), at % columns];
  const place = [x(column), y(row), x(column + 1) - x(column), y(row + 1) - y(row)];
  for (const [colour, inset, line] of /** @type {[string, number, number][]} */ ([["#fff", 1, 4], ["#000", 1, 2]])) {
    context.strokeStyle = colour; // black in white: seen on any grey
    context.lineWidth = line * ratio;
    const by = inset * ratio;
    context.strokeRect(place[0] + by, place[1] + by, place[2] - 2 * by, place[3] - 2 * by);
  }
}

/**
 * Where a pointer is, in pixels of the picture.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {{rows: number, columns: number}} pixels
 * @param {{clientX: number, clientY: number}} pointer
 * @returns {[number, number]} row and column
 */
export function pointAt(canvas, { rows, columns }, pointer) {
  const box = canvas.getBoundingClientRect();
  return [((pointer.clientY - box.top) / box.height) * rows, ((pointer.clientX - box.left) / box.width) * columns];
}
