/**
 * What the head grid says of the tile under the pointer or the focus: its name, a larger picture, and every statistic.
 */

import { drawPicture } from "./grid_paint.js";
import { headName } from "./sentence.js";
import { statisticText, statisticValue, statisticsOf } from "./statistics.js";

const PICTURE = 128;

/**
 * @typedef {object} TipContent
 * @property {import("./capture.js").Capture} capture
 * @property {number} map
 * @property {number} head
 * @property {import("./grid_paint.js").Picture} picture
 * @property {string} highlighted name of the statistic that the grid sorts by or shows
 *
 * @param {HTMLElement} root
 * @returns {{show: (content: TipContent, place: {x: number, y: number, side: number}) => void, hide: () => void}}
 */
export function createTip(root) {
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true"); // what it says is announced
  const title = document.createElement("div");
  title.className = "title";
  const picture = document.createElement("canvas");
  picture.width = picture.height = PICTURE * 2;
  const numbers = document.createElement("dl");
  const size = document.createElement("div");
  size.className = "size";
  tip.append(title, picture, numbers, size);
  root.append(tip);
  return {
    show(content, place) {
      title.textContent = headName(content.capture, content.map, content.head);
      const pen = /** @type {CanvasRenderingContext2D} */ (picture.getContext("2d"));
      drawPicture(pen, content.picture, 0, 0, picture.width);
      numbers.replaceChildren(...rows(content));
      const info = content.capture.maps[content.map];
      size.textContent = `${counted(info.queries, "query", "queries")} × ${counted(info.keys, "key", "keys")}`;
      tip.hidden = false;
      const room = root.clientWidth;
      const width = tip.offsetWidth;
      const right = place.x + place.side + 10;
      const left = right + width <= room ? right : place.x - 10 - width;
      tip.style.left = `${Math.max(0, Math.min(room - width, left))}px`;
      tip.style.top = `${Math.max(0, Math.min(root.clientHeight - tip.offsetHeight, place.y - 20))}px`;
    },
    hide() {
      tip.hidden = true;
    },
  };
}

/**
 * Name and statistics in one sentence, for those who do not see the tip.
 *
 * @param {import("./capture.js").Capture} capture
 * @param {number} map
 * @param {number} head
 * @returns {string}
 */
export function headSentence(capture, map, head) {
  const numbers = statisticsOf(capture).flatMap(({ name, title, unit }) => {
    const value = statisticValue(capture, map, head, name);
    return value === null ? [] : [`${title.toLowerCase()} ${statisticText(value)}${unit ? ` ${unit}` : ""}`];
  });
  return `${headName(capture, map, head)}${numbers.length ? `: ${numbers.join(", ")}` : ""}.`;
}

/**
 * @param {TipContent} content
 * @returns {HTMLElement[]}
 */
function rows({ capture, map, head, highlighted }) {
  return statisticsOf(capture).flatMap(({ name, title, unit }) => {
    const value = statisticValue(capture, map, head, name);
    if (value === null) return [];
    const term = document.createElement("dt");
    const number = document.createElement("dd");
    term.textContent = title;
    number.textContent = `${statisticText(value)}${unit ? ` ${unit}` : ""}`;
    number.dataset.statistic = name;
    if (name === highlighted) term.className = number.className = "highlighted";
    return [term, number];
  });
}

/**
 * @param {number} count
 * @param {string} one
 * @param {string} several
 */
function counted(count, one, several) {
  return `${count} ${count === 1 ? one : several}`;
}
