/**
 * The weights between one query and one key, head by head.
 *
 * @typedef {object} Pair
 * @property {string} query
 * @property {string} key
 * @property {{head: number, weight: number, colour: string}[]} weights NaN where the query may not attend to the key
 * @property {boolean} several whether the map has several heads, so that they are named
 */

import { addElement } from "./elements.js";
import { quoted, shown } from "./sentence.js";

/**
 * @param {HTMLElement} root
 * @returns {{show: (pair: Pair, place: {x: number, y: number}) => void, hide: () => void}}
 */
export function createPairTip(root) {
  const tip = addElement(root, "div", "tip");
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true"); // the keyboard announces it
  const title = addElement(tip, "div", "title");
  const list = addElement(tip, "div", "weights");
  const mean = addElement(tip, "div", "mean");
  return {
    show({ query, key, weights, several }, place) {
      title.textContent = `${quoted(query)} → ${quoted(key)}`;
      list.replaceChildren(...weights.map(({ head, weight, colour }) => {
        const item = document.createElement("span");
        item.className = "weight";
        item.style.setProperty("--head", colour);
        item.dataset.head = String(head);
        if (several) addElement(item, "span", "head").textContent = String(head + 1);
        addElement(item, "span", "number").textContent = Number.isNaN(weight) ? "masked" : shown(weight);
        return item;
      }));
      const known = weights.map(({ weight }) => weight).filter((weight) => !Number.isNaN(weight));
      mean.hidden = weights.length < 2 || !known.length;
      mean.textContent = `mean ${shown(known.reduce((sum, weight) => sum + weight, 0) / known.length)}`;
      tip.hidden = false;
      const left = Math.max(0, Math.min(root.clientWidth - tip.offsetWidth, place.x - tip.offsetWidth / 2));
      const below = place.y + 18;
      const top = below + tip.offsetHeight <= root.clientHeight ? below : Math.max(0, place.y - 18 - tip.offsetHeight);
      tip.style.left = `${left}px`;
      tip.style.top = `${top}px`;
    },
    hide() {
      tip.hidden = true;
    },
  };
}
