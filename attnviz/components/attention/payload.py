"""An `ExplorerView` as the browser gets it: plain JSON, and one array of bytes with every cell."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from attnviz.views.explorer import CellBlock, ExplorerView
from attnviz.views.grid import GridRow
from attnviz.views.subwords import words_of
from attnviz.views.tables import HEAD_COLUMNS

EXACT_CELLS = 2**18
"""Up to a megabyte of cells is sent in single precision, exactly as captured; more in half, to three digits."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Payload:
    """What goes to the browser.

    Attributes:
        meta: JSON: `id` (of all that is in it), `model`, `axes`, `maps`, `blocks` and `thumbnails` (where their cells
            begin in `cells`; None for thumbnails that the browser makes of the head's cells), `type` (`"float32"` or
            `"float16"`), `complete`.
        cells: `[bytes]`, uint8: little-endian numbers of that type.
    """

    meta: dict[str, Any]
    cells: np.ndarray

    @cached_property
    def text(self) -> str:
        """`meta` as text, written once: Streamlit would write and read JSON of tens of kilobytes in every run."""
        return json.dumps(self.meta, allow_nan=False)


def payload(view: ExplorerView, grid: Sequence[GridRow]) -> Payload:
    """The browser's form of `view`.

    Args:
        view: What can be explored.
        grid: Thumbnails and statistics of each of `view.maps`, in their order.

    Raises:
        ValueError: If a statistic is not finite, or `grid` has another length than `view.maps`.
    """
    writer = _Cells()
    blocks = [_block(block, writer) for block in view.blocks]
    whole = {(block.map, block.head): block.values.shape for block in view.blocks if block.whole and not block.pooled}
    thumbnails = [
        _thumbnail(position, head, pooling, values, row, None if made else writer)
        for position, row in enumerate(grid)
        for pooling, every in (("max", row.largest), ("mean", row.mean))
        for head, values in enumerate(every)
        # Of a head whose cells are there, without padding, the browser makes its own.
        for made in [whole.get((position, head)) == (row.queries, row.keys)]
        if not made or values.shape != (row.queries, row.keys)
    ]
    meta = {
        "model": view.model,
        "complete": view.complete,
        "axes": [
            {
                "name": axis.name,
                "labels": list(axis.labels),
                "words": _listed(words_of(axis.labels)),
                "direction": axis.direction,
                "pooled": axis.pooled,
            }
            for axis in view.axes
        ],
        "maps": [
            {
                "name": one.name,
                "sample": one.sample,
                "part": one.part,
                "about": one.about,
                "title": one.title,
                "queryAxis": one.query_axis,
                "keyAxis": one.key_axis,
                "heads": one.heads,
                "statistics": _statistics(row),
            }
            for one, row in zip(view.maps, grid, strict=True)
        ],
        "blocks": blocks,
        "thumbnails": thumbnails,
    }
    kind = np.dtype("<f4") if writer.count <= EXACT_CELLS else np.dtype("<f2")
    cells = writer.written(kind)
    meta["type"] = kind.name
    text = json.dumps(meta, allow_nan=False)
    meta["id"] = hashlib.sha256(text.encode() + cells.tobytes()).hexdigest()[:16]
    return Payload(meta=meta, cells=cells)


class _Cells:
    def __init__(self) -> None:
        self.parts: list[np.ndarray] = []
        self.count = 0

    def add(self, values: np.ndarray) -> int:
        """Keep `values`; returns how many cells stand before them."""
        start = self.count
        self.parts.append(values.ravel())
        self.count += values.size
        return start

    def written(self, kind: np.dtype[Any]) -> np.ndarray:
        cells = np.empty(self.count, kind)
        start = 0
        for part in self.parts:
            cells[start : start + part.size] = part
            start += part.size
        return cells.view(np.uint8)


def packed_cells(blocks: Sequence[CellBlock], about: Mapping[str, Any]) -> bytes:
    """Cells that are sent by themselves: a header and the numbers, in one piece.

    Args:
        blocks: Heads, in half precision, or nothing but windows, exactly as captured.
        about: What the header says beside: plain JSON.

    Returns:
        The header's length in bytes, a multiple of four, as little-endian uint32; the header, JSON: `about` with `type`
        and `blocks` as in `Payload.meta`; the numbers.

    Raises:
        ValueError: If `about` is no JSON.
    """
    writer = _Cells()
    kind = np.dtype("<f2") if any(block.whole for block in blocks) else np.dtype("<f4")
    header = {**about, "type": kind.name, "blocks": [_block(block, writer) for block in blocks]}
    text = json.dumps(header, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    return len(text).to_bytes(4, "little") + text + writer.written(kind).tobytes()


def _block(block: CellBlock, writer: _Cells) -> dict[str, Any]:
    return {
        "map": block.map,
        "head": block.head,
        "start": writer.add(block.values),
        **_places("query", block.queries),
        **_places("key", block.keys),
        "pooled": block.pooled,
        "whole": block.whole,
    }


def _thumbnail(
    position: int, head: int, pooling: str, values: np.ndarray, row: GridRow, writer: _Cells | None
) -> dict[str, Any]:
    return {
        "map": position,
        "head": head,
        "pooling": pooling,
        "start": None if writer is None else writer.add(values),
        **_places("query", row.query_starts),
        **_places("key", row.key_starts),
    }


def _places(name: str, starts: np.ndarray) -> dict[str, Any]:
    """The first position of each group; where the groups are single positions, only the first and how many."""
    single = bool((np.diff(starts) == 1).all())
    return {f"{name}Count": len(starts), f"{name}Starts": [int(starts[0])] if single else [int(one) for one in starts]}


def _statistics(row: GridRow) -> dict[str, list[float | None]]:
    columns = row.statistics.rename(columns=HEAD_COLUMNS)
    return {
        str(name): [float(value) if np.isfinite(value) else None for value in columns[name]] for name in columns.columns
    }


def _listed(positions: tuple[int, ...] | None) -> list[int] | None:
    return None if positions is None else [int(one) for one in positions]
