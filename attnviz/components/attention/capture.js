/**
 * The cells of a capture, read from the bytes that Python sent.
 *
 * @typedef {object} Axis
 * @property {string} name
 * @property {string[]} labels shown tokens, padding left out
 * @property {number[] | null} words first token of each word where tokens are pieces of words; null where they are words
 * @property {"ltr" | "rtl"} direction
 * @property {boolean} pooled whether its one query stands for a whole sequence
 *
 * @typedef {object} MapInfo
 * @property {string} name
 * @property {number} sample
 * @property {string} part which sentence or window; "" where there is one
 * @property {string} about what that part says; "" where nobody knows
 * @property {string} title
 * @property {number} queryAxis index into the capture's axes
 * @property {number} keyAxis
 * @property {number} heads
 * @property {number} queries
 * @property {number} keys
 * @property {Record<string, (number | null)[]>} statistics a value a head, by name
 *
 * @typedef {number | "mean" | "max"} Head
 *
 * @typedef {object} Matrix
 * @property {Float32Array} values row by row; NaN where a query may not attend to a key
 * @property {number} rows
 * @property {number} columns
 * @property {Int32Array | null} queryStarts first query of each row; null where each row is one query
 * @property {Int32Array | null} keyStarts
 * @property {number} top first query
 * @property {number} left first key
 * @property {number} maximum largest value; 0 if there is none
 * @property {{received: number, among: string}} [together] where `maximum` is that of several captures: the largest mean that a
 *     key receives in any, and what they are
 * @property {boolean} [exact] whether the values are as they were captured, and not in half precision or pooled
 *
 * @typedef {object} Capture
 * @property {string} id
 * @property {string} model
 * @property {Axis[]} axes
 * @property {MapInfo[]} maps
 * @property {(map: number, head: Head) => Matrix | null} cells null where they have to be asked for
 * @property {(map: number, head: Head) => Matrix | null} window exact cells beside a pooled overview
 * @property {(map: number, head: Head, pooling: "max" | "mean") => Matrix} thumbnail at most 32 rows and columns
 * @property {(map: number, head: Head, query: number, key: number) => number | null} value null where it is not here
 * @property {(supply: Supply) => void} bring cells that come later
 *
 * @typedef {object} Supply
 * @property {any} header `type` and `blocks`, as in the capture's own
 * @property {Uint8Array} bytes its cells
 */

import { INFINITE, pooledCells } from "./pooling.js";

/** Bytes of cells that come later and are kept; the last ones always are. */
const KEPT_BYTES = 2 ** 22;

/**
 * @param {{meta: any, cells: Uint8Array}} data
 * @returns {Capture}
 */
export function openCapture({ meta, cells }) {
  const axes = meta.axes;
  const maps = meta.maps.map((one) => ({
    ...one,
    queries: axes[one.queryAxis].labels.length,
    keys: axes[one.keyAxis].labels.length,
  }));
  const whole = new Map();
  const windows = new Map();
  const thumbnails = new Map();
  /** @param {any[]} blocks @param {string} type @param {Uint8Array} bytes */
  const place = (blocks, type, bytes) => {
    for (const block of blocks) (block.whole ? whole : windows).set(keyOf(block.map, block.head), { ...block, type, bytes });
  };
  place(meta.blocks, meta.type, cells);
  for (const one of meta.thumbnails) {
    thumbnails.set(keyOf(one.map, one.head, one.pooling), { ...one, type: meta.type, bytes: cells });
  }
  /** @type {Supply[]} */
  let brought = [];
  /** @type {Map<string, Matrix>} */
  const made = new Map();

  /** @param {string} name @param {() => Matrix | null} make */
  const once = (name, make) => {
    const known = made.get(name);
    if (known) return known;
    const matrix = make();
    if (matrix) made.set(name, matrix);
    return matrix;
  };
  /** @param {any} block */
  const valuesOf = ({ type, bytes, start, queryCount, keyCount }) =>
    (type === "float32" ? readSingle : readHalf)(bytes, start, queryCount * keyCount);
  /** @param {any} block */
  const matrixOf = (block) => matrixFrom(valuesOf(block), block, block.type === "float32" && !block.pooled);
  /** @param {number} map @param {Head} head @returns {Matrix | null} */
  const stored = (map, head) => once(keyOf(map, head), () => {
    const block = whole.get(keyOf(map, head));
    return block ? matrixOf(block) : null;
  });
  /** @type {Capture["cells"]} */
  const cellsOf = (map, head) => {
    const direct = stored(map, head);
    if (direct || typeof head === "number") return direct;
    const heads = Array.from({ length: maps[map].heads }, (_, index) => index);
    if (!heads.every((one) => isExact(whole.get(keyOf(map, one))))) return null;
    return once(keyOf(map, head), () => reduced(heads.map((one) => /** @type {Matrix} */ (stored(map, one))), head));
  };
  /** @type {Capture["window"]} */
  const windowOf = (map, head) => once(`window ${keyOf(map, head)}`, () => {
    const block = windows.get(keyOf(map, head));
    return block ? matrixOf(block) : null;
  });
  /** @type {Capture["thumbnail"]} */
  const thumbnailOf = (map, head, pooling) => /** @type {Matrix} */ (once(`thumbnail ${keyOf(map, head, pooling)}`, () => {
    if (typeof head !== "number") {
      return reduced(Array.from({ length: maps[map].heads }, (_, one) => thumbnailOf(map, one, pooling)), head);
    }
    const block = thumbnails.get(keyOf(map, head, pooling));
    if (!block) return stored(map, head);
    if (block.start !== null) return matrixOf(block);
    const cells = whole.get(keyOf(map, head));
    // Read for this alone: numbers of all heads would take twice the bytes that were sent.
    const values = made.get(keyOf(map, head))?.values ?? valuesOf(cells);
    return matrixFrom(pooledCells({ values, rows: cells.queryCount, columns: cells.keyCount }, block), block, false);
  }));
  return {
    id: meta.id,
    model: meta.model,
    axes,
    maps,
    cells: cellsOf,
    window: windowOf,
    thumbnail: thumbnailOf,
    value(map, head, query, key) {
      for (const matrix of [cellsOf(map, head), windowOf(map, head)]) {
        if (!matrix || matrix.queryStarts || matrix.keyStarts) continue;
        const row = query - matrix.top;
        const column = key - matrix.left;
        if (row >= 0 && row < matrix.rows && column >= 0 && column < matrix.columns) {
          return matrix.values[row * matrix.columns + column];
        }
      }
      return null;
    },
    bring(supply) {
      brought.push(supply);
      const count = () => brought.reduce((sum, one) => sum + one.bytes.length, 0);
      const gone = [];
      while (brought.length > 1 && count() > KEPT_BYTES) gone.push(.../** @type {Supply} */ (brought.shift()).header.blocks);
      for (const block of [...gone, ...supply.header.blocks]) {
        const key = keyOf(block.map, block.head);
        (block.whole ? whole : windows).delete(key);
        made.delete(block.whole ? key : `window ${key}`);
      }
      for (const { header, bytes } of [{ header: meta, bytes: cells }, ...brought]) place(header.blocks, header.type, bytes);
    },
  };
}

/**
 * The names of a map's queries and keys.
 *
 * @param {Capture} capture
 * @param {number} map
 */
export function labelsOf(capture, map) {
  const { queryAxis, keyAxis } = capture.maps[map];
  const axes = capture.axes;
  return { query: axes[queryAxis].labels, key: axes[keyAxis].labels, sameAxis: queryAxis === keyAxis };
}

/** @param {number} map @param {Head} head @param {string} [pooling] */
function keyOf(map, head, pooling = "") {
  return `${map} ${head} ${pooling}`;
}

/** @param {any} block */
function isExact(block) {
  return Boolean(block) && !block.pooled;
}

/**
 * @param {Float32Array} values
 * @param {any} block
 * @param {boolean} exact
 * @returns {Matrix}
 */
function matrixFrom(values, block, exact) {
  return {
    values,
    rows: block.queryCount,
    columns: block.keyCount,
    queryStarts: startsOf(block.queryStarts, block.queryCount),
    keyStarts: startsOf(block.keyStarts, block.keyCount),
    top: block.queryStarts[0],
    left: block.keyStarts[0],
    maximum: largest(values),
    exact,
  };
}

/** @param {number[]} starts @param {number} count */
function startsOf(starts, count) {
  return starts.length === 1 && count >= 1 ? null : Int32Array.from(starts);
}

/**
 * The mean or the maximum over heads, cell by cell; a cell that is masked in every head stays masked.
 *
 * @param {Matrix[]} heads
 * @param {"mean" | "max"} how
 * @returns {Matrix}
 */
function reduced(heads, how) {
  const values = new Float32Array(heads[0].values.length);
  for (let cell = 0; cell < values.length; cell += 1) {
    let sum = 0;
    let most = -Infinity;
    let count = 0;
    for (const { values: of } of heads) {
      const value = of[cell];
      if (Number.isNaN(value)) continue;
      sum += value;
      most = Math.max(most, value);
      count += 1;
    }
    values[cell] = count ? (how === "mean" ? sum / count : most) : NaN;
  }
  return { ...heads[0], values, maximum: largest(values) };
}

/**
 * Zero where nothing is above it. Compared as whole numbers, whose order is that of the weights: until its compiler has
 * warmed up, a browser makes an object of every fraction that it reads, four megabytes of them for each new input.
 *
 * @param {Float32Array} values
 */
function largest(values) {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let most = 0;
  for (let cell = 0; cell < bits.length; cell += 1) {
    const one = bits[cell];
    if (one > most && one <= INFINITE) most = one; // beyond are NaN and what is negative
  }
  return new Float32Array(Uint32Array.of(most).buffer)[0];
}

/** @param {Uint8Array} bytes @param {number} start @param {number} count */
function readSingle(bytes, start, count) {
  const from = bytes.byteOffset + 4 * start;
  // A view where the numbers lie aligned, as they mostly do, else a copy that is.
  if (from % 4 === 0) return new Float32Array(bytes.buffer, from, count);
  return new Float32Array(bytes.slice(4 * start, 4 * (start + count)).buffer);
}

/** @param {Uint8Array} bytes @param {number} start @param {number} count */
function readHalf(bytes, start, count) {
  const from = bytes.byteOffset + 2 * start;
  const halves = from % 2 === 0
    ? new Uint16Array(bytes.buffer, from, count)
    : new Uint16Array(bytes.slice(2 * start, 2 * (start + count)).buffer);
  const table = halfTable();
  const values = new Float32Array(count);
  for (let index = 0; index < count; index += 1) values[index] = table[halves[index]];
  return values;
}

/** @type {Float32Array | null} */
let halves = null;

/** Every half-precision number (IEEE 754 binary16) by its 16 bits: reading 4 million cells takes milliseconds. */
function halfTable() {
  if (halves) return halves;
  halves = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits += 1) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0) halves[bits] = sign * fraction * 2 ** -24;
    else if (exponent === 31) halves[bits] = fraction ? NaN : sign * Infinity;
    else halves[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return halves;
}
