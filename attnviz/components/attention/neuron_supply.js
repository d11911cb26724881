import { bringVectors, onVectorsAsked, vectorsIn } from "./neuron_channel.js";

/**
 * @typedef {object} Here
 * @property {Uint8Array | null} packed
 * @property {import("./neuron_channel.js").Vectors | null} vectors
 * @property {(name: string, value: unknown) => void} send
 * @property {() => void} end
 */

/** @type {WeakMap<object, Here>} */
const open = new WeakMap();

/**
 * Brings the queries and keys that the view of one number asks for, in a message of its own: the cells of the capture
 * need not come again with them. Nothing of it is seen.
 *
 * @param {{data: Uint8Array, parentElement: HTMLElement | ShadowRoot, setStateValue: (name: string, value: unknown) => void}} component
 * @returns {() => void}
 */
export default function render({ data, parentElement, setStateValue }) {
  const page = parentElement.ownerDocument;
  let here = open.get(parentElement);
  if (!here) {
    /** @type {Here} */
    const made = { packed: null, vectors: null, send: setStateValue, end: () => {} };
    made.end = onVectorsAsked(page, (wish) => {
      if (made.vectors && JSON.stringify(made.vectors.header.wish) === JSON.stringify(wish)) bringVectors(page, made.vectors);
      else made.send("wish", wish);
    });
    open.set(parentElement, made);
    here = made;
  }
  here.send = setStateValue;
  if (here.packed !== data) { // a change of colours brings nothing new
    here.packed = data;
    here.vectors = vectorsIn(data);
    bringVectors(page, here.vectors);
  }
  return () => {
    open.get(parentElement)?.end();
    open.delete(parentElement);
  };
}
