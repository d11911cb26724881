"""One attention map as a matrix of queries by keys."""

from dataclasses import dataclass

import numpy as np

from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture, Head, read_only
from attnviz.views.labels import displayed, listed, quoted
from attnviz.views.pooling import groups, pooled_cells
from attnviz.views.region import Region, region_of

COLOURS_PER_MAP = "colours per map"
COLOURS_SHARED = "colours shared 0 to 1"
STRONGEST_TOLD = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class MatrixView:
    """A matrix to draw. Cells are told apart by position: labels are text and may repeat.

    Attributes:
        values: `[query, key]`, float32; NaN where the query may not attend to the key.
        query_labels: One a row.
        key_labels: One a column.
        query_positions: What to call the place of each row, counted from 1: `"4"`, or `"4 to 7"` for pooled rows.
        key_positions: The same for each column.
        query_title: Name of the query axis.
        key_title: Name of the key axis.
        title: What the matrix is.
        limits: Values at the two ends of the colours.
        scale_note: Whether the colours are this map's own or the same for every map.
        description: What the matrix shows, in words.

    Raises:
        ShapeError: If labels and values differ in number, or the limits are not ascending.
    """

    values: np.ndarray
    query_labels: tuple[str, ...]
    key_labels: tuple[str, ...]
    query_positions: tuple[str, ...] = ()
    key_positions: tuple[str, ...] = ()
    query_title: str = "Query"
    key_title: str = "Key"
    title: str = ""
    limits: tuple[float, float] = (0.0, 1.0)
    scale_note: str = COLOURS_PER_MAP
    description: str = ""

    def __post_init__(self) -> None:
        values = read_only(self.values, dtype=np.float32)
        if values.ndim != 2:
            raise ShapeError(f"`values` of a matrix must have shape [query, key]. Received: shape={values.shape}.")
        object.__setattr__(self, "values", values)
        for name, length in zip(("query", "key"), values.shape, strict=True):
            labels = tuple(getattr(self, f"{name}_labels"))
            positions = tuple(getattr(self, f"{name}_positions")) or tuple(str(one + 1) for one in range(length))
            for what, received in ((f"{name}_labels", labels), (f"{name}_positions", positions)):
                if len(received) != length:
                    raise ShapeError(
                        f"`{what}` must have one entry for each of the {length} {name} positions of `values`, "
                        f"whose shape is {values.shape}. Received: {len(received)}."
                    )
                object.__setattr__(self, what, received)
        if not self.limits[0] < self.limits[1]:
            raise ShapeError(f"`limits` must be (low, high) with low < high. Received: {self.limits}.")


def matrix_view(
    capture: AttentionCapture,
    *,
    layer: str,
    head: Head,
    sample: int = 0,
    hide_padding: bool = True,
    shared_scale: bool = False,
    maximum_cells: tuple[int, int] = (512, 512),
) -> MatrixView:
    """The attention of one head as a matrix.

    Args:
        capture: The run.
        layer: `AttentionMap.name`.
        head: A head's index, or `"mean"` or `"max"` over all heads.
        sample: Index into the batch.
        hide_padding: Leave out queries and keys that are padding.
        shared_scale: Let the colours run from 0 to 1, as for every other map, and not up to this map's maximum.
        maximum_cells: Most rows and columns; a larger matrix is pooled so that no peak vanishes.

    Raises:
        ShapeError: If layer, head or sample do not exist, or the sample holds nothing but padding.
    """
    region = region_of(capture, layer=layer, head=head, sample=sample, hide_padding=hide_padding)
    rows = groups(len(region.queries), maximum_cells[0])
    columns = groups(len(region.keys), maximum_cells[1])
    values = pooled_cells(region, rows, columns)
    same = region.same_axis
    return MatrixView(
        values=values,
        query_labels=_group_labels(region.query_labels, rows),
        key_labels=_group_labels(region.key_labels, columns),
        query_positions=_group_positions(rows, len(region.queries)),
        key_positions=_group_positions(columns, len(region.keys)),
        query_title="Query" if same else f"Query ({displayed(region.map.query_axis)})",
        key_title="Key" if same else f"Key ({displayed(region.map.key_axis)})",
        title=f"Attention weights of {region.title}",
        limits=(0.0, 1.0) if shared_scale else own_limits(values),
        scale_note=COLOURS_SHARED if shared_scale else COLOURS_PER_MAP,
        description=_description(region, values, rows, columns),
    )


def own_limits(values: np.ndarray) -> tuple[float, float]:
    """0 and the largest of `values`; (0, 1) if none is above 0."""
    highest = float(np.max(values, initial=0.0, where=np.isfinite(values)))
    return 0.0, highest or 1.0


def _group_labels(labels: tuple[str, ...], starts: np.ndarray) -> tuple[str, ...]:
    ends = [*starts[1:], len(labels)]
    return tuple(
        labels[start] if end - start == 1 else f"{labels[start]} … {labels[end - 1]}"
        for start, end in zip(starts, ends, strict=True)
    )


def _group_positions(starts: np.ndarray, length: int) -> tuple[str, ...]:
    ends = [*starts[1:], length]
    return tuple(
        f"{start + 1}" if end - start == 1 else f"{start + 1} to {end}" for start, end in zip(starts, ends, strict=True)
    )


def _description(region: Region, values: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> str:
    queries, keys = _group_labels(region.query_labels, rows), _group_labels(region.key_labels, columns)
    filled = np.nan_to_num(values)
    strongest = filled.argmax(axis=1)
    peaks = filled[np.arange(len(filled)), strongest]
    told = [row for row in np.argsort(-peaks, kind="stable")[:STRONGEST_TOLD] if peaks[row] > 0]
    size = f"{_counted(len(region.queries), 'query', 'queries')} by {_counted(len(region.keys), 'key', 'keys')}"
    if not told:
        return f"Attention weights of {region.title}, {size}: no query attends to any key."
    sentences = [
        f"{quoted(queries[row])} attends most to {quoted(keys[strongest[row]])} ({peaks[row]:.2f})" for row in told
    ]
    return f"Attention weights of {region.title}, {size}. Strongest: {listed(sentences)}."


def _counted(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"
