import { arrange } from "./grid_layout.js";
import { statisticsOf, statisticText, statisticValue } from "./statistics.js";

/**
 * The table of all heads: what the small pictures of them show, in the order and with the filter that those have.
 *
 * @param {import("./workspace.js").Context} context
 * @returns {import("./table.js").Content}
 */
export function headsContent({ store, capture }) {
  const now = capture();
  const { maps } = now;
  const every = maps.reduce((sum, { heads }) => sum + heads, 0);
  const { lines, passing } = arrange(now, store.get(), every);
  const statistics = statisticsOf(now);
  const parts = maps.some(({ part }) => part);
  const tiles = lines.flatMap((line) => line.tiles).filter((tile) => tile.passes);
  return {
    caption: passing < every ? `${passing} of ${every} heads` : every === 1 ? "The only head" : `All ${every} heads`,
    head: ["Layer", ...(parts ? ["Part"] : []), "Head", ...statistics.map(({ title, unit }) => (unit ? `${title} (${unit})` : title))],
    numbers: statistics.length,
    link: "Head",
    rows: tiles.map(({ map, head }) => ({
      query: null,
      key: null,
      place: { map, head },
      cells: [
        maps[map].name, ...(parts ? [maps[map].part] : []), head + 1,
        ...statistics.map(({ name }) => statisticText(statisticValue(now, map, head, name))),
      ],
    })),
    marked: ({ place }, state) => place?.map === state.map && place.head === state.head,
    choose: ({ place }) => store.set(place ?? {}),
  };
}
