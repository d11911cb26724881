"""One attention map as the page shows it: its colours on the chosen scale, and what is pinned."""

from dataclasses import dataclass, replace

import numpy as np

from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture, Head, read_only
from attnviz.views.colour_scale import Scale, Ticks, scale_note, shades, ticks
from attnviz.views.labels import quoted
from attnviz.views.matrix import MatrixView, matrix_view
from attnviz.views.pooling import groups
from attnviz.views.region import region_of


@dataclass(frozen=True, eq=False, kw_only=True)
class HeatmapView:
    """A matrix with its colours.

    Attributes:
        matrix: Weights, labels and title.
        shades: `[query, key]`, float32, where each weight lies along the colours, 0 to 1; NaN where none may attend.
        ticks: What stands along the legend.
        scale_note: What the legend says of the scale.
        query: Row that is pinned; None for none.
        key: Column that is pinned; None for none.

    Raises:
        ShapeError: If `shades` do not fit the matrix, or what is pinned lies outside.
    """

    matrix: MatrixView
    shades: np.ndarray
    ticks: Ticks
    scale_note: str
    query: int | None = None
    key: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "shades", read_only(self.shades, dtype=np.float32))
        shape = self.matrix.values.shape
        if self.shades.shape != shape:
            raise ShapeError(
                f"`shades` must have the shape of the matrix, {shape}. Received: shape={self.shades.shape}."
            )
        for name, position, length in zip(("query", "key"), (self.query, self.key), shape, strict=True):
            if position is not None and not 0 <= position < length:
                raise ShapeError(f"`{name}` must be None or from 0 to {length - 1}. Received: {position}.")


def heatmap_view(
    capture: AttentionCapture,
    *,
    layer: str,
    head: Head,
    sample: int = 0,
    query: int | None = None,
    key: int | None = None,
    scale: Scale = "linear",
    shared_scale: bool = False,
    hide_padding: bool = True,
    maximum_cells: tuple[int, int] = (512, 512),
) -> HeatmapView:
    """The attention of one head, in the colours of the page.

    Args:
        capture: The run.
        layer: `AttentionMap.name`.
        head: A head's index, or `"mean"` or `"max"` over all heads.
        sample: Index into the batch of this map.
        query: Position of the pinned query among those shown.
        key: Position of the pinned key among those shown.
        scale: How a weight becomes a colour.
        shared_scale: Let the colours run from 0 to 1, as for every other map, and not up to this map's maximum.
        hide_padding: Leave out queries and keys that are padding.
        maximum_cells: Most rows and columns; a larger matrix is pooled so that no peak vanishes.

    Raises:
        ShapeError: If layer, head, sample, query or key do not exist, or the sample holds nothing but padding.
    """
    matrix = matrix_view(
        capture,
        layer=layer,
        head=head,
        sample=sample,
        hide_padding=hide_padding,
        shared_scale=shared_scale,
        maximum_cells=maximum_cells,
    )
    region = region_of(capture, layer=layer, head=head, sample=sample, hide_padding=hide_padding)
    row = _group(query, len(region.queries), maximum_cells[0], "query")
    column = _group(key, len(region.keys), maximum_cells[1], "key")
    pooled = matrix.values.shape != (len(region.queries), len(region.keys))
    return HeatmapView(
        matrix=_with_pins(
            matrix,
            None if query is None else region.query_labels[query],
            None if key is None else region.key_labels[key],
        ),
        shades=shades(matrix.values, scale, matrix.limits[1]),
        ticks=ticks(matrix.values, scale, matrix.limits[1]),
        scale_note=scale_note(scale, shared=shared_scale, pooled=pooled),
        query=row,
        key=column,
    )


def _group(position: int | None, length: int, most: int, name: str) -> int | None:
    if position is None:
        return None
    if not 0 <= position < length:
        raise ShapeError(f"`{name}` must be None or from 0 to {length - 1}. Received: {position}.")
    return int(np.searchsorted(groups(length, most), position, side="right")) - 1


def _with_pins(matrix: MatrixView, query: str | None, key: str | None) -> MatrixView:
    """The matrix, whose title says what is pinned."""
    pins = [f"{name} {quoted(label)}" for name, label in (("query", query), ("key", key)) if label is not None]
    return replace(matrix, title=f"{matrix.title}, {' and '.join(pins)} marked") if pins else matrix
