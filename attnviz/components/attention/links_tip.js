/**
 * What the links say in words and numbers: the weights between one query and one key, and what a token has to do with others.
 *
 * @typedef {object} Pair
 * @property {string} query
 * @property {string} key
 * @property {{head: number, weight: number, colour: string}[]} weights NaN where the query may not attend to the key
 * @property {boolean} several whether the map has several heads, so that they are named
 */

import { addElement } from "./elements.js";
import { quoted, shown } from "./sentence.js";

const TOLD = 3;

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
        addElement(item, "span", "number").textContent = Number.isNaN(weight) ? "may not attend" : shown(weight);
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

/**
 * What a token attends to, or what attends to it, as means over the shown heads.
 *
 * @param {import("./links_selection.js").Links} links
 * @param {{side: "query" | "key", row: number}} token
 * @param {(row: number, column: number) => number[]} weights of the shown heads
 * @returns {string}
 */
export function tokenSentence(links, { side, row }, weights) {
  const [own, others] = side === "query" ? [links.query, links.key] : [links.key, links.query];
  if (!own || !others) return "";
  const told = others.labels
    .map((label, place) => {
      const each = side === "query" ? weights(row, place) : weights(place, row);
      return { label, mean: each.reduce((sum, weight) => sum + (weight || 0), 0) / each.length };
    })
    .filter(({ mean }) => mean > 0)
    .sort((one, other) => other.mean - one.mean)
    .slice(0, TOLD)
    .map(({ label, mean }) => `${quoted(label)} ${shown(mean)}`);
  const [name, verb] = side === "query" ? ["Query", "attends to"] : ["Key", "is attended to by"];
  return `${name} ${row + 1}, ${quoted(own.labels[row])}, ${verb} ${told.length ? told.join(", ") : "nothing"}.`;
}
