"""The part of one attention map that a view shows: which sample, head, queries and keys."""

from dataclasses import dataclass

import numpy as np

from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture, AttentionMap, Head
from attnviz.views.labels import EMPTY_LABEL, displayed, map_title


@dataclass(frozen=True, eq=False, kw_only=True)
class Region:
    """Which cells of a map are shown.

    Attributes:
        map: Where the weights come from.
        head: A head's index, or `"mean"` or `"max"`.
        sample: Index into the batch.
        queries: Positions on the query axis, ascending, int.
        keys: Positions on the key axis, ascending, int.
        query_labels: One for each of `queries`, as a person sees it.
        key_labels: One for each of `keys`, as a person sees it.
    """

    map: AttentionMap
    head: Head
    sample: int
    queries: np.ndarray
    keys: np.ndarray
    query_labels: tuple[str, ...]
    key_labels: tuple[str, ...]

    @property
    def title(self) -> str:
        """The layer and the head."""
        return map_title(self.map.name, self.head, self.map.heads)

    @property
    def same_axis(self) -> bool:
        """Whether queries and keys are the same tokens."""
        return self.map.query_axis == self.map.key_axis

    def weights(self) -> np.ndarray:
        """The weights, `[query, key]`, float32, from 0 to 1."""
        rows, columns = span(self.queries), span(self.keys)
        cells = self.map.read(self.sample, self.head, rows, columns)
        return cells[np.ix_(self.queries - rows.start, self.keys - columns.start)]

    def allowed(self) -> np.ndarray | None:
        """Which query may attend to which key, `[query, key]`, bool; None if the model says nothing about it."""
        if self.map.mask is None:
            return None
        return self.map.mask[self.sample][np.ix_(self.queries, self.keys)]


def region_of(
    capture: AttentionCapture, *, layer: str, head: Head, sample: int = 0, hide_padding: bool = True
) -> Region:
    """The cells of one map that belong to real tokens.

    Args:
        capture: The run.
        layer: `AttentionMap.name`.
        head: A head's index, or `"mean"` or `"max"` over all heads.
        sample: Index into the batch.
        hide_padding: Leave out queries and keys that are padding.

    Raises:
        ShapeError: If layer or sample do not exist, or the sample holds nothing but padding.
    """
    one = capture.map_of(layer)
    samples = one.weights.shape[0]
    if not 0 <= sample < samples:
        raise ShapeError(f"Layer {one.name!r} has samples 0 to {samples - 1}. Received: sample={sample}.")
    positions = {}
    for axis in {one.query_axis, one.key_axis}:
        valid = capture.valid[axis][sample]
        positions[axis] = np.flatnonzero(valid) if hide_padding else np.arange(len(valid))
        if not len(positions[axis]):
            raise ShapeError(f"Axis {axis!r} of sample {sample} holds no tokens to show, only padding.")
    labels = {
        axis: tuple(
            _shown(capture.sequences[axis][sample][place], capture.valid[axis][sample][place]) for place in shown
        )
        for axis, shown in positions.items()
    }
    return Region(
        map=one,
        head=head,
        sample=sample,
        queries=positions[one.query_axis],
        keys=positions[one.key_axis],
        query_labels=labels[one.query_axis],
        key_labels=labels[one.key_axis],
    )


def span(positions: np.ndarray) -> slice:
    """The smallest slice that holds all of the ascending `positions`."""
    return slice(int(positions[0]), int(positions[-1]) + 1)


def _shown(label: str, real: bool) -> str:
    return displayed(label) if label or not real else EMPTY_LABEL
