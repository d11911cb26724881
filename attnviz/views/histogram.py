"""How often numbers occur, in bins."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from attnviz.errors import ShapeError
from attnviz.records import read_only

MOST_BINS = 40


@dataclass(frozen=True, eq=False, kw_only=True)
class HistogramView:
    """Counts in bins of equal width.

    Attributes:
        edges: float64 `[bin + 1]`, ascending.
        counts: int64 `[bin]`.
        x_title: What the numbers are.
        title: What the picture is.
        description: What the picture shows, in words.

    Raises:
        ShapeError: If there is not one edge more than there are bins.
    """

    edges: np.ndarray
    counts: np.ndarray
    x_title: str
    title: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "edges", read_only(self.edges, dtype=np.float64))
        object.__setattr__(self, "counts", read_only(self.counts, dtype=np.int64))
        if self.counts.ndim != 1 or self.edges.shape != (len(self.counts) + 1,):
            raise ShapeError(
                f"`edges` must have one entry more than `counts`. Received: shapes {self.edges.shape} and "
                f"{self.counts.shape}."
            )


def histogram_view(numbers: npt.ArrayLike, *, x_title: str, title: str) -> HistogramView:
    """Numbers as a picture; whole numbers get bins of whole widths.

    Args:
        numbers: `[number]`; those that are not finite are left out.
        x_title: What they are.
        title: What the picture is.

    Raises:
        ShapeError: If they are no list, or none is finite.
    """
    given = np.asarray(numbers)
    finite = given[np.isfinite(given)].astype(float) if given.ndim == 1 else given
    if given.ndim != 1 or not finite.size:
        raise ShapeError(f"`numbers` must have shape [number] and be finite somewhere. Received: {given.shape}.")
    low, high = finite.min(), finite.max()
    if given.dtype.kind in "iu":
        width = max(1, int(np.ceil((high - low + 1) / MOST_BINS)))
        edges = np.arange(low, high + width + 1, width) - 0.5
    else:
        edges = _edges(finite)
    counts, _ = np.histogram(finite, edges)
    return HistogramView(
        edges=edges,
        counts=counts,
        x_title=x_title,
        title=title,
        description=f"{title}: {finite.size:,} numbers from {low:.4g} to {high:.4g}, half of them up to "
        f"{np.median(finite):.4g}.",
    )


def _edges(finite: np.ndarray) -> np.ndarray:
    try:
        return np.histogram_bin_edges(finite, bins=min(MOST_BINS, max(5, int(np.sqrt(finite.size)))))
    except ValueError:  # so large, and so close together, that there are no numbers between them
        margin = 1e-9 * np.abs(finite).max()
        return np.array([finite.min() - margin, finite.max() + margin])
