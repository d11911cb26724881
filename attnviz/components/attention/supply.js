import { bring, onAsked, read } from "./channel.js";

/**
 * @typedef {object} Here
 * @property {Uint8Array} packed
 * @property {import("./channel.js").Supply} supply what `packed` holds
 * @property {(name: string, value: unknown) => void} send
 * @property {() => void} end
 */

/** @type {WeakMap<object, Here>} */
const open = new WeakMap();

/**
 * Brings the linked views what they ask for, in a message of its own: everything else would come again with theirs.
 * Nothing of it is seen.
 *
 * @param {{data: Uint8Array, parentElement: HTMLElement | ShadowRoot, setStateValue: (name: string, value: unknown) => void}} component
 *   `data`: what `read` reads; its header says of what kind the component brings
 * @returns {() => void}
 */
export default function render({ data, parentElement, setStateValue }) {
  const page = parentElement.ownerDocument;
  const known = open.get(parentElement);
  const here = known ?? { packed: data, supply: read(data), send: setStateValue, end: () => {} };
  const { kind } = here.supply.header;
  here.send = setStateValue;
  if (!known) {
    here.end = onAsked(page, kind, (wish) => {
      if (JSON.stringify(here.supply.header.wish) === JSON.stringify(wish)) bring(page, kind, here.supply);
      else here.send("wish", wish);
    });
    open.set(parentElement, here);
    bring(page, kind, here.supply);
  } else if (here.packed !== data) { // a change of colours brings nothing new
    here.packed = data;
    here.supply = read(data);
    bring(page, kind, here.supply);
  }
  return () => {
    open.get(parentElement)?.end();
    open.delete(parentElement);
  };
}
