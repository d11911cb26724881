/**
 * Small things that views make of the page: elements, and pens for canvases.
 */

/**
 * A new last child.
 *
 * @param {HTMLElement} parent
 * @param {string} name
 * @param {string} [className]
 * @returns {HTMLElement}
 */
export function addElement(parent, name, className = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  parent.append(made);
  return made;
}

/**
 * Makes a canvas as large as what it shows, empty, and gives a pen whose unit is a CSS pixel.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {{width: number, height: number}} size
 * @returns {CanvasRenderingContext2D}
 */
export function clearedPen(canvas, { width, height }) {
  const ratio = window.devicePixelRatio || 1;
  const pixels = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) {
    [canvas.width, canvas.height] = pixels;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}

/**
 * A name as long as fits; of what is too long the middle goes.
 *
 * @param {string} text
 * @param {(text: string) => boolean} fits
 * @returns {string}
 */
export function fitted(text, fits) {
  if (fits(text)) return text;
  const letters = [...text];
  let [least, most] = [0, letters.length - 1];
  const short = (/** @type {number} */ kept) => {
    const front = Math.ceil(kept / 2);
    return `${letters.slice(0, front).join("")}…${letters.slice(letters.length - (kept - front)).join("")}`;
  };
  while (least < most) {
    const kept = Math.ceil((least + most) / 2);
    if (fits(short(kept))) least = kept;
    else most = kept - 1;
  }
  return short(least);
}
