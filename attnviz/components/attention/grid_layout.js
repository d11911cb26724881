/**
 * Where the tiles of the head grid lie: which head stands where, and at which pixel.
 *
 * @typedef {object} Tile
 * @property {number} map
 * @property {number} head
 * @property {string} caption number of the head, or what tells it apart where tiles are not in columns of heads
 * @property {boolean} passes whether the filter lets it through
 * @property {number} line
 * @property {number} column
 *
 * @typedef {object} Line
 * @property {string} label
 * @property {number | null} map the one map of this line; null where heads of several stand together
 * @property {Tile[]} tiles
 *
 * @typedef {object} Arrangement
 * @property {Line[]} lines
 * @property {boolean} columns whether column 3 holds the third head on every line
 * @property {boolean} numbered whether tiles carry their caption
 * @property {number} passing
 * @property {number} heads
 *
 * @typedef {{scope: "place" | "rows" | "all", name: string, ascending: boolean}} Order
 * @typedef {{name: string, least: boolean, value: number}} Filter
 *
 * @typedef {object} Geometry all in CSS pixels
 * @property {number} tile side of a tile
 * @property {number} gap between tiles
 * @property {number} labels width of the column of labels; 0 where they stand above their line
 * @property {number} above height of a label that stands above its line
 * @property {number} headings height of the numbers of heads at the top
 * @property {number} caption height of what stands under a tile
 * @property {number} line height of a line without a label above it
 * @property {number[]} tops of the tiles of each line
 * @property {number} width
 * @property {number} height
 */

import { statisticValue } from "./statistics.js";

const SMALLEST_TILE = 40;
const LARGEST_TILE = 88;
const LARGEST_OF_FEW = 144;
const FEW = 4;
const LABELS = 132;
const NARROW = 560;
const EDGE = 5; // room for the outline of the outer tiles

/**
 * @param {string} text `State.sortBy`: `""`, or `rows:NAME` and `all:NAME`, with a minus before NAME for smallest first
 * @returns {Order}
 */
export function parseOrder(text) {
  const match = /^(rows|all):(-?)(.+)$/.exec(text);
  if (!match) return { scope: "place", name: "", ascending: false };
  return { scope: /** @type {"rows" | "all"} */ (match[1]), name: match[3], ascending: match[2] === "-" };
}

/**
 * @param {Order} order
 * @returns {string}
 */
export function orderText({ scope, name, ascending }) {
  return scope === "place" || !name ? "" : `${scope}:${ascending ? "-" : ""}${name}`;
}

/**
 * @param {string} text `State.filter`: `""`, `NAME>=VALUE` or `NAME<=VALUE`
 * @returns {Filter | null}
 */
export function parseFilter(text) {
  const match = /^(.+)([<>])=([\d.eE+-]+)$/.exec(text);
  const value = match ? Number(match[3]) : NaN;
  return match && Number.isFinite(value) ? { name: match[1], least: match[2] === ">", value } : null;
}

/**
 * @param {Filter | null} filter
 * @returns {string}
 */
export function filterText(filter) {
  return filter ? `${filter.name}${filter.least ? ">" : "<"}=${filter.value}` : "";
}

/**
 * Whether a cell of some thumbnail stands for several weights.
 *
 * @param {import("./capture.js").Capture} capture
 */
export function isPooled(capture) {
  return capture.maps.some(({ queries, keys }, map) => {
    const { rows, columns } = capture.thumbnail(map, 0, "max");
    return rows < queries || columns < keys;
  });
}

/**
 * Which heads stand on which line, in which order. Heads without the statistic come last, and pass no filter.
 *
 * @param {import("./capture.js").Capture} capture
 * @param {{sortBy: string, filter: string}} state
 * @param {number} most tiles on a line where there are no columns of heads
 * @returns {Arrangement}
 */
export function arrange(capture, state, most) {
  const order = parseOrder(state.sortBy);
  const filter = parseFilter(state.filter);
  const passes = (/** @type {number} */ map, /** @type {number} */ head) => {
    if (!filter) return true;
    const value = statisticValue(capture, map, head, filter.name);
    return value !== null && (filter.least ? value >= filter.value : value <= filter.value);
  };
  const tiles = capture.maps.flatMap((info, map) =>
    Array.from({ length: info.heads }, (_, head) => ({
      map, head, caption: numberOf(capture, map, head), passes: passes(map, head), line: 0, column: 0,
    })),
  );
  const lines = order.scope === "all" ? ranked(capture, tiles, order, most) : byMap(capture, tiles, order, most);
  lines.forEach((line, place) => line.tiles.forEach((tile, column) => Object.assign(tile, { line: place, column })));
  const columns = order.scope === "place" && lines.some((line) => line.map !== null && line.tiles.length > 1);
  return {
    lines,
    columns,
    numbered: order.scope !== "place" || lines.some((line) => line.map === null),
    passing: tiles.filter((/** @type {Tile} */ tile) => tile.passes).length,
    heads: tiles.length,
  };
}

/**
 * @param {import("./capture.js").Capture} capture
 * @param {number} width of the box
 * @param {boolean} bars whether a number and a bar stand under each tile
 * @param {{sortBy: string, filter: string}} state
 * @returns {{arrangement: Arrangement, geometry: Geometry}}
 */
export function layout(capture, width, bars, state) {
  const heads = capture.maps.reduce((sum, map) => sum + map.heads, 0);
  const widest = Math.max(...capture.maps.map((map) => map.heads), Math.min(heads, 8));
  const beside = (width - LABELS - 2 * EDGE) / widest; // room for a tile with its gap, where labels stand beside them
  const narrow = width < NARROW || beside < SMALLEST_TILE + 4;
  const labels = narrow || parseOrder(state.sortBy).scope === "all" ? 0 : LABELS;
  const room = width - labels - 2 * EDGE;
  const gap = room / widest < 54 ? 4 : 6;
  const largest = heads <= FEW ? LARGEST_OF_FEW : LARGEST_TILE;
  const tile = Math.max(SMALLEST_TILE, Math.min(largest, Math.floor(room / widest) - gap));
  const arrangement = arrange(capture, state, Math.max(1, Math.floor((room + gap) / (tile + gap))));
  const { lines } = arrangement;
  const above = narrow && lines.some((line) => line.label) ? 18 : 0;
  const headings = arrangement.columns ? 18 : 0;
  const caption = bars ? 23 : arrangement.numbered ? 18 : 0;
  const line = tile + caption + gap + 2;
  const columns = Math.max(1, ...lines.map((one) => one.tiles.length));
  let bottom = headings + EDGE;
  const tops = lines.map((one) => {
    const top = bottom + (one.label ? above : 0);
    bottom = top + line;
    return top;
  });
  return {
    arrangement,
    geometry: {
      tile, gap, labels, above, headings, caption, line, tops,
      width: labels + 2 * EDGE + columns * (tile + gap) - gap,
      height: bottom - gap + EDGE,
    },
  };
}

/**
 * Left and top of a tile, in the whole grid and not in the part that is scrolled to.
 *
 * @param {Geometry} geometry
 * @param {{line: number, column: number}} at
 * @returns {{x: number, y: number}}
 */
export function placeOf({ tile, gap, labels, tops }, at) {
  return { x: labels + EDGE + at.column * (tile + gap), y: tops[at.line] };
}

/**
 * The tile, or only the line, at a place in the whole grid; the caption belongs to its tile.
 *
 * @param {Arrangement} arrangement
 * @param {Geometry} geometry
 * @param {number} x
 * @param {number} y
 * @returns {{tile: Tile | null, line: Line | null}}
 */
export function tileAt(arrangement, geometry, x, y) {
  const place = geometry.tops.findLastIndex((top, index) => y >= top - (arrangement.lines[index].label ? geometry.above : 0));
  const line = arrangement.lines[place] ?? null;
  if (!line || y >= geometry.tops[place] + geometry.line) return { tile: null, line: null };
  const column = Math.floor((x - geometry.labels - EDGE) / (geometry.tile + geometry.gap));
  const tile = line.tiles[column] ?? null;
  if (!tile) return { tile: null, line };
  const { x: left, y: top } = placeOf(geometry, tile);
  const inside = x >= left && x < left + geometry.tile && y >= top && y < top + geometry.tile + geometry.caption;
  return { tile: inside ? tile : null, line };
}

/**
 * Number of a head in its layer, or of a part (a sentence, a window) of a layer with one head; `""` where there is one.
 *
 * @param {import("./capture.js").Capture} capture
 * @param {number} map
 * @param {number} head
 */
function numberOf(capture, map, head) {
  const { heads, name, part } = capture.maps[map];
  if (heads > 1) return String(head + 1);
  return part ? String(capture.maps.slice(0, map + 1).filter((one) => one.name === name).length) : "";
}

/**
 * A line for each map. Parts with one head each (sentences, windows) run on in the lines of their layer.
 *
 * @param {import("./capture.js").Capture} capture
 * @param {Tile[]} tiles
 * @param {Order} order
 * @param {number} most
 * @returns {Line[]}
 */
function byMap(capture, tiles, order, most) {
  /** @type {(Line & {layer: string})[]} */
  const groups = [];
  for (const [map, info] of capture.maps.entries()) {
    const own = tiles.filter((tile) => tile.map === map);
    const before = groups.at(-1);
    if (info.heads !== 1 || !info.part) {
      groups.push({ label: info.part ? `${info.name}, ${info.part}` : info.name, map, tiles: own, layer: "" });
    } else if (before?.layer === info.name) {
      before.tiles.push(own[0]);
    } else {
      groups.push({ label: info.name, map: null, tiles: own, layer: info.name });
    }
  }
  // In place, the numbers of heads stand at the top of their columns.
  if (order.scope === "place") for (const { map, tiles: all } of groups) if (map !== null) for (const tile of all) tile.caption = "";
  const ordered = groups.map((group) => ({ ...group, tiles: sorted(capture, group.tiles, order) }));
  const firsts = sorted(capture, ordered.map((group) => group.tiles[0]), order);
  if (order.scope !== "place") {
    ordered.sort((one, other) => firsts.indexOf(one.tiles[0]) - firsts.indexOf(other.tiles[0]));
  }
  return ordered.flatMap(({ label, map, tiles: all }) => {
    if (map !== null) return [{ label, map, tiles: all }];
    return Array.from({ length: Math.ceil(all.length / most) }, (_, line) => ({
      label: line ? "" : label, map: null, tiles: all.slice(line * most, (line + 1) * most),
    }));
  });
}

/**
 * @param {import("./capture.js").Capture} capture
 * @param {Tile[]} tiles
 * @param {Order} order
 * @param {number} most
 * @returns {Line[]}
 */
function ranked(capture, tiles, order, most) {
  const layers = [...new Set(capture.maps.map((info) => info.name))];
  const shown = sorted(capture, tiles.filter((tile) => tile.passes), order);
  for (const tile of shown) {
    const layer = layers.indexOf(capture.maps[tile.map].name) + 1;
    if (layers.length > 1) tile.caption = tile.caption ? `${layer}·${tile.caption}` : String(layer);
  }
  return Array.from({ length: Math.ceil(shown.length / most) }, (_, line) => ({
    label: "", map: null, tiles: shown.slice(line * most, (line + 1) * most),
  }));
}

/**
 * @param {import("./capture.js").Capture} capture
 * @param {Tile[]} tiles
 * @param {Order} order
 * @returns {Tile[]}
 */
function sorted(capture, tiles, { scope, name, ascending }) {
  if (scope === "place") return tiles;
  const value = (/** @type {Tile} */ tile) => statisticValue(capture, tile.map, tile.head, name);
  return [...tiles].sort((one, other) => {
    const [first, second] = [value(one), value(other)];
    if (first === null || second === null) return Number(first === null) - Number(second === null);
    return ascending ? first - second : second - first; // sort is stable: of equals, the earlier layer and head first
  });
}
