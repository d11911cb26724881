"""Which heads of a grid stand where: sorted by a statistic, those that are looked for; as `grid_layout.js` has it."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from attnviz.views.grid import GridRow

TOGETHER = 12
"""Tiles on a line that is no line of one map."""

_ORDER = re.compile(r"(rows|all):(-?)(.+)", re.DOTALL)
_FILTER = re.compile(r"(.+)([<>])=([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class GridTile:
    """One head.

    Attributes:
        row: Position among the rows of the grid.
        head: Index of the head in it.
        passes: Whether it is one of those that are looked for.
        name: Number of the head in its layer, or of the part; with that of the layer where layers are mixed.
        number: Its statistic, in words; `""` for none.
    """

    row: int
    head: int
    passes: bool = True
    name: str = ""
    number: str = ""


@dataclass(frozen=True, kw_only=True)
class GridLine:
    """Tiles beside each other.

    Attributes:
        title: What stands before them.
        tiles: From left to right.
    """

    title: str
    tiles: tuple[GridTile, ...]


def arranged(
    rows: Sequence[GridRow], *, sort_by: str = "", looked_for: str = "", number: str = ""
) -> tuple[GridLine, ...]:
    """The lines of a grid. A head that has no such statistic comes last, and is none of those that are looked for.

    Rows with one head that follow each other under one name are parts of a layer: they share their lines.

    Args:
        rows: The grid's.
        sort_by: `""` for the order of layers and heads; `"rows:NAME"` sorts each row by a column of its statistics and
            the rows by their first, `"all:NAME"` all heads together; the largest first, or after `:-` the smallest.
        looked_for: `""` for every head; `"NAME>=VALUE"` or `"NAME<=VALUE"`. All heads together: only these are there.
        number: Statistic under each tile; `""` for the one that is sorted by, if any.
    """
    order, wanted = _ORDER.fullmatch(sort_by), _FILTER.fullmatch(looked_for)
    told = number or (order[3] if order else "")
    groups = [
        GridLine(
            title=rows[first].title,
            tiles=tuple(
                GridTile(
                    row=row,
                    head=head,
                    passes=wanted is None or _passes(_statistic(rows[row], head, wanted[1]), wanted[2], wanted[3]),
                    name=str(part + 1 if last - first > 1 else head + 1),
                    number=_text(_statistic(rows[row], head, told)) if told else "",
                )
                for part, row in enumerate(range(first, last))
                for head in range(rows[row].heads)
            ),
        )
        for first, last in _layers(rows)
    ]
    if order is None:
        return _lines(groups, rows)

    def place(tile: GridTile) -> tuple[bool, float]:
        value = _statistic(rows[tile.row], tile.head, order[3])
        return value is None, (value or 0.0) if order[2] else -(value or 0.0)

    if order[1] == "rows":
        groups = [replace(group, tiles=tuple(sorted(group.tiles, key=place))) for group in groups]
        return _lines(sorted(groups, key=lambda group: place(group.tiles[0])), rows)
    layers = list(dict.fromkeys(row.name for row in rows))
    every = [
        replace(tile, name=f"{layers.index(rows[tile.row].name) + 1}·{tile.name}" if len(layers) > 1 else tile.name)
        for group in groups
        for tile in group.tiles
        if tile.passes
    ]
    every.sort(key=place)
    return tuple(
        GridLine(title="", tiles=tuple(every[first : first + TOGETHER])) for first in range(0, len(every), TOGETHER)
    )


def _layers(rows: Sequence[GridRow]) -> list[tuple[int, int]]:
    """First row and the one after the last of each layer."""
    starts = [
        place
        for place, row in enumerate(rows)
        if place == 0 or row.heads != 1 or (rows[place - 1].name, rows[place - 1].heads) != (row.name, 1)
    ]
    return list(zip(starts, [*starts[1:], len(rows)], strict=True))


def _lines(groups: Sequence[GridLine], rows: Sequence[GridRow]) -> tuple[GridLine, ...]:
    """The groups, those of many parts in several lines."""
    most = max((row.heads for row in rows), default=1)
    return tuple(
        GridLine(title="" if first else group.title, tiles=group.tiles[first : first + max(most, TOGETHER)])
        for group in groups
        for first in range(0, len(group.tiles), max(most, TOGETHER))
    )


def _statistic(row: GridRow, head: int, name: str) -> float | None:
    if name not in row.statistics:
        return None
    value = float(row.statistics[name].iloc[head])
    return value if math.isfinite(value) else None


def _passes(value: float | None, side: str, limit: str) -> bool:
    return value is not None and (value >= float(limit) if side == ">" else value <= float(limit))


def _text(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}" if value >= 100 else f"{value:.2f}"
