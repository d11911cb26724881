"""Every head of a run at once: a thumbnail and the statistics of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from attnviz.analysis.tables import head_statistics
from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture, Head, read_only
from attnviz.views.colour_scale import Scale, shades
from attnviz.views.labels import displayed, map_title
from attnviz.views.pooling import groups, pooled_cells
from attnviz.views.region import Region, region_of

THUMBNAIL_SIDE = 32
"""Cells: a tile on the screen is 40 to 90 pixels wide, and finer cells would not be seen."""

CELLS_TOGETHER = 2**20
"""Cells whose statistics are computed at once; each of them takes about 30 bytes meanwhile."""

POSITIONS_COMPARED = ("distance", "diagonal", "previous", "next")
"""Statistics that have a meaning only where queries and keys are the same tokens."""


@dataclass(frozen=True, eq=False, kw_only=True)
class GridRow:
    """The heads of one map, small.

    Attributes:
        name: `AttentionMap.name`.
        title: What the row is called on the screen.
        queries: Number of real queries, before pooling.
        keys: Number of real keys.
        query_starts: `[row]`, int: the first query of each row of a thumbnail, counted from 0.
        key_starts: `[column]`, int: the first key of each column.
        largest: `[head, row, column]`, float32: the largest weight in each cell; NaN where no query of it may attend to
            any key of it.
        mean: The same with the mean over the weights that count.
        statistics: One row a head, the columns of `attnviz.analysis.tables.head_statistics`; where queries and keys
            are not the same tokens, without those of `POSITIONS_COMPARED`.

    Raises:
        ShapeError: If thumbnails, starts and statistics do not fit together.
    """

    name: str
    title: str
    queries: int
    keys: int
    query_starts: np.ndarray
    key_starts: np.ndarray
    largest: np.ndarray
    mean: np.ndarray
    statistics: pd.DataFrame

    def __post_init__(self) -> None:
        for name in ("query_starts", "key_starts"):
            object.__setattr__(self, name, read_only(getattr(self, name), dtype=np.int32))
        expected = (len(self.statistics), len(self.query_starts), len(self.key_starts))
        for name in ("largest", "mean"):
            thumbnails = read_only(getattr(self, name), dtype=np.float32)
            if thumbnails.shape != expected:
                raise ShapeError(
                    f"`{name}` of map {self.name!r} must have shape [head, row, column] = {expected}, from its "
                    f"statistics and starts. Received: shape={thumbnails.shape}."
                )
            object.__setattr__(self, name, thumbnails)

    @property
    def heads(self) -> int:
        """Number of heads."""
        return len(self.statistics)


@dataclass(frozen=True, eq=False, kw_only=True)
class GridView:
    """All maps of one sample, one row of heads each, in call order.

    Attributes:
        rows: One for each map.
        side: Most rows and columns of a thumbnail.
        description: What stands out, in words.
        selected: Position in `rows` and head that is looked at; None for none.
        pooling: Whether a cell of a thumbnail is the largest or the mean of its weights.
        scale: How a cell becomes a colour.
        shared_scale: Whether colours run from 0 to 1 for every head, or up to the largest cell of each.
        sort_by: Order of the heads, as `attnviz.views.arrangement` has it.
        looked_for: Which heads are looked for; the same.
        number: Statistic under each head; the same.
    """

    rows: tuple[GridRow, ...]
    side: int = THUMBNAIL_SIDE
    description: str = ""
    selected: tuple[int, int] | None = None
    pooling: Literal["max", "mean"] = "max"
    scale: Scale = "linear"
    shared_scale: bool = False
    sort_by: str = ""
    looked_for: str = ""
    number: str = ""

    def cells(self, row: int, head: int) -> np.ndarray:
        """The thumbnail of a head that is shown, `[row, column]`; NaN where nothing may attend."""
        return (self.rows[row].mean if self.pooling == "mean" else self.rows[row].largest)[head]

    def shades(self, row: int, head: int) -> np.ndarray:
        """Where each of its cells lies along the colours, 0 to 1."""
        cells = self.cells(row, head)
        return shades(cells, self.scale, 1.0 if self.shared_scale else float(np.nanmax(cells, initial=0.0)))


def grid_view(capture: AttentionCapture, *, sample: int = 0, side: int = THUMBNAIL_SIDE) -> GridView:
    """Every head of a run, small. Padding is left out.

    Args:
        capture: The run.
        sample: Index into the batch.
        side: Most rows and columns of a thumbnail; larger maps are pooled.

    Raises:
        ShapeError: If the sample does not exist or holds nothing but padding, or `side` is below 1.
    """
    rows = tuple(grid_row(capture, layer=one.name, sample=sample, side=side) for one in capture.maps)
    return GridView(rows=rows, side=side, description=grid_description(rows))


def grid_row(
    capture: AttentionCapture,
    *,
    layer: str,
    sample: int = 0,
    side: int = THUMBNAIL_SIDE,
    heads: Sequence[Head] | None = None,
) -> GridRow:
    """The heads of one map, small. Padding is left out before anything is pooled.

    Args:
        capture: The run.
        layer: `AttentionMap.name`.
        sample: Index into the batch of this map.
        side: Most rows and columns of a thumbnail.
        heads: Which heads, `"mean"` and `"max"` over all among them; None for every one.

    Raises:
        ShapeError: If layer or sample do not exist, the sample holds nothing but padding, or `side` is below 1.
    """
    if side < 1:
        raise ShapeError(f"`side` must be at least one cell. Received: side={side}.")
    region = region_of(capture, layer=layer, head=0, sample=sample)
    starts = groups(len(region.queries), side), groups(len(region.keys), side)
    chosen = range(region.map.heads) if heads is None else heads
    regions = [replace(region, head=head) for head in chosen]
    # All heads of a long text at once would not fit into memory.
    together = max(1, CELLS_TOGETHER // (len(region.queries) * len(region.keys)))
    parts = [regions[first : first + together] for first in range(0, len(regions), together)]
    table = pd.concat([_statistics(part) for part in parts], ignore_index=True).rename_axis("head")
    if not region.same_axis:
        table = table.drop(columns=list(POSITIONS_COMPARED))
    return GridRow(
        name=region.map.name,
        title=displayed(region.map.name),
        queries=len(region.queries),
        keys=len(region.keys),
        query_starts=starts[0],
        key_starts=starts[1],
        largest=np.stack([pooled_cells(one, *starts) for one in regions]),
        mean=np.stack([pooled_cells(one, *starts, reduce="mean") for one in regions]),
        statistics=table,
    )


def _statistics(heads: list[Region]) -> pd.DataFrame:
    one = heads[0]
    real = np.ones(len(one.queries), bool), np.ones(len(one.keys), bool)
    weights = np.stack([head.weights() for head in heads])
    return head_statistics(weights, *real, one.allowed(), same_axis=one.same_axis)


def grid_description(rows: Sequence[GridRow]) -> str:
    """How many heads there are, and which of them are most focused and most spread."""
    heads = sum(row.heads for row in rows)
    size = f"{heads} {'head' if heads == 1 else 'heads'} in {len(rows)} attention {'map' if len(rows) == 1 else 'maps'}"
    every = [
        (float(entropy), row, head) for row in rows for head, entropy in enumerate(row.statistics["normalised entropy"])
    ]
    known = [one for one in every if np.isfinite(one[0])]
    if len(known) < 2:
        return f"{size}."
    told = [
        f"{map_title(row.name, head, row.heads)} ({entropy:.2f})"
        for entropy, row, head in (min(known, key=lambda one: one[0]), max(known, key=lambda one: one[0]))
    ]
    return f"{size}. Most focused, by normalised entropy: {told[0]}; most spread: {told[1]}."
