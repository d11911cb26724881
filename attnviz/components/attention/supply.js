import { bring, onAsked } from "./channel.js";

/** @type {WeakMap<object, {bytes: Uint8Array | null, supply: import("./channel.js").Supply | null, send: Function, end: () => void}>} */
const open = new WeakMap();

/**
 * Brings the linked views what they ask for, in a message of its own: everything else would come again with theirs.
 * Nothing of it is seen.
 *
 * @param {{data: Uint8Array, parentElement: HTMLElement | ShadowRoot, setStateValue: (name: string, value: unknown) => void}} component
 *   `data`: what `packed_cells` of payload.py writes
 * @returns {() => void}
 */
export default function render({ data, parentElement, setStateValue }) {
  const page = parentElement.ownerDocument;
  let here = open.get(parentElement);
  if (!here) {
    const made = { bytes: null, supply: null, send: setStateValue, end: () => {} };
    made.end = onAsked(page, (wish) => {
      if (made.supply && JSON.stringify(made.supply.header.wish) === JSON.stringify(wish)) bring(page, made.supply);
      else made.send("wish", wish);
    });
    open.set(parentElement, made);
    here = made;
  }
  here.send = setStateValue;
  if (here.bytes !== data) { // a change of colours brings nothing new
    here.bytes = data;
    here.supply = read(data);
    bring(page, here.supply);
  }
  return () => {
    open.get(parentElement)?.end();
    open.delete(parentElement);
  };
}

/**
 * @param {Uint8Array} bytes as `packed_cells` writes them
 * @returns {import("./channel.js").Supply}
 */
export function read(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { header, cells: bytes.subarray(4 + length) };
}
