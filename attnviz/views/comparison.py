"""Two attention maps laid out on the tokens that they share, and what differs between them."""

from dataclasses import dataclass

import numpy as np

from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture, Head, read_only
from attnviz.views.alignment import GAP, Alignment, aligned
from attnviz.views.colour_scale import Colouring, Scale, colouring
from attnviz.views.labels import displayed, listed, quoted
from attnviz.views.matrix import own_limits
from attnviz.views.pooling import groups, pooled_cells
from attnviz.views.region import Region, region_of

STRONGEST_TOLD = 3
LEAST_TOLD = 0.005
"""Differences that would be told as 0.00 are none."""

ROUNDING = 1e-6
"""Differences of single precision, which would otherwise be the strongest colour."""

MOST_PLACES = 1024
"""Most rows and columns of the pictures; what is longer fits on no screen three times, and is pooled."""

POOLED_NOTE = "Each cell is the largest of several weights, and B − A the difference of the two largest."


@dataclass(frozen=True, eq=False, kw_only=True)
class Side:
    """What is compared: one head of one layer of one run.

    Attributes:
        capture: The run.
        layer: `AttentionMap.name`.
        head: A head's index, or `"mean"` or `"max"` over all heads.
        sample: Index into the map's batch.
        part: Which sentence or window that is, as `MapView.part` names it; `""` where there is only one.
    """

    capture: AttentionCapture
    layer: str
    head: Head
    sample: int = 0
    part: str = ""

    def region(self) -> Region:
        """Its cells, padding left out.

        Raises:
            ShapeError: If layer, head or sample do not exist, or the sample holds nothing but padding.
        """
        return region_of(self.capture, layer=self.layer, head=self.head, sample=self.sample)


@dataclass(frozen=True, eq=False, kw_only=True)
class ComparisonView:
    """Two maps, A and B, on common axes.

    Attributes:
        queries: The rows: which token of A and of B each stands for.
        keys: The columns.
        first: `[row, column]`, float32: A's weights; NaN at a gap, and where a query may not attend to a key.
        second: The same of B.
        titles: What A and B are.
        query_axis: Name of the query axis, or of both where they differ.
        key_axis: Name of the key axis; for self-attention, whose `queries` are its `keys`, the same.
        limits: Values at the two ends of the colours of both.
        description: What differs, in words.
        pooled: Whether each place stands for several tokens, and each cell for the largest of several weights.
        scale: How a weight of A or B becomes a colour; differences are always linear.

    Raises:
        ShapeError: If the matrices do not fit the axes.
    """

    queries: Alignment
    keys: Alignment
    first: np.ndarray
    second: np.ndarray
    titles: tuple[str, str]
    query_axis: str
    key_axis: str
    limits: tuple[float, float]
    description: str
    pooled: bool = False
    scale: Scale = "linear"

    def __post_init__(self) -> None:
        shape = (len(self.queries.labels), len(self.keys.labels))
        for name in ("first", "second"):
            values = read_only(getattr(self, name), dtype=np.float32)
            if values.shape != shape:
                raise ShapeError(
                    f"`{name}` must have shape [row, column] = {shape}, as the axes say. Received: {values.shape}."
                )
            object.__setattr__(self, name, values)

    @property
    def same_axis(self) -> bool:
        """Whether queries and keys are the same tokens."""
        return self.queries is self.keys

    @property
    def colours(self) -> tuple[Colouring, Colouring]:
        """Colours of A and of B on one scale: up to the larger maximum, with ranks among the weights of both."""
        both = np.stack([self.first, self.second])
        one, other = (
            colouring(cells, scale=self.scale, shared=False, among=both, largest="of both")
            for cells in (self.first, self.second)
        )
        return one, other

    @property
    def difference(self) -> np.ndarray:
        """B − A, `[row, column]`, float32, from -1 to 1; NaN where either has no weight."""
        return self.second - self.first

    @property
    def largest(self) -> float:
        """The largest absolute difference; 0 where nothing can be compared, or they differ by rounding alone."""
        largest = float(np.max(np.abs(self.difference), initial=0.0, where=np.isfinite(self.difference)))
        return largest if largest > ROUNDING else 0.0

    @property
    def gaps(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Cells whose query or key A has not, B has not, either has not: `[row, column]`, bool."""
        first, second = (
            (rows == GAP)[:, None] | (columns == GAP)[None]
            for rows, columns in ((self.queries.first, self.keys.first), (self.queries.second, self.keys.second))
        )
        return first, second, first | second


def comparison_view(
    first: Side, second: Side, *, hide_gaps: bool = False, scale: Scale = "linear", most_places: int = MOST_PLACES
) -> ComparisonView:
    """A and B on common axes.

    Args:
        first: A.
        second: B: of another run, or another head of the same.
        hide_gaps: Leave out queries and keys that only one side has, unless that leaves nothing.
        scale: How a weight of A or B becomes a colour.
        most_places: Most rows and columns. Of longer axes neighbouring places are joined, and a cell is the largest
            weight of those that it stands for, so that no peak vanishes.

    Raises:
        ShapeError: If layer, head or sample do not exist, or a sample holds nothing but padding.
    """
    one, other = first.region(), second.region()
    queries = aligned(one.query_labels, other.query_labels)
    same = one.same_axis and other.same_axis
    keys = queries if same else aligned(one.key_labels, other.key_labels)
    counts = _counts(queries, keys)
    if hide_gaps and queries.common.any() and keys.common.any():
        queries, keys = queries.without_gaps(), keys.without_gaps()
        keys = queries if same else keys
    rows, columns = groups(len(queries.labels), most_places), groups(len(keys.labels), most_places)
    pooled = len(rows) < len(queries.labels) or len(columns) < len(keys.labels)
    cells = (
        _laid_out(one, queries.first, keys.first, rows, columns),
        _laid_out(other, queries.second, keys.second, rows, columns),
    )
    if pooled:
        queries, keys = queries.joined(rows), keys.joined(columns)
        keys = queries if same else keys
    return ComparisonView(
        queries=queries,
        keys=keys,
        first=cells[0],
        second=cells[1],
        titles=(_title(first, one), _title(second, other)),
        query_axis=_names(one.map.query_axis, other.map.query_axis),
        key_axis=_names(one.map.key_axis, other.map.key_axis),
        limits=own_limits(np.stack(cells)),
        description=_description(counts, queries, keys, cells[1] - cells[0]) + (f" {POOLED_NOTE}" if pooled else ""),
        pooled=pooled,
        scale=scale,
    )


def common_cells(first: Side, second: Side, queries: Alignment, keys: Alignment) -> tuple[np.ndarray, np.ndarray]:
    """The weights of two heads on the tokens that both have.

    Args:
        first: A.
        second: B.
        queries: A's queries and B's.
        keys: A's keys and B's.

    Returns:
        Two of `[query, key]`, float32; NaN where a query may not attend to a key.
    """
    rows, columns = queries.common, keys.common
    return (
        _exact(first.region())[np.ix_(queries.first[rows], keys.first[columns])],
        _exact(second.region())[np.ix_(queries.second[rows], keys.second[columns])],
    )


def _exact(region: Region) -> np.ndarray:
    return pooled_cells(region, np.arange(len(region.queries)), np.arange(len(region.keys)))


def _laid_out(
    region: Region, rows: np.ndarray, columns: np.ndarray, row_starts: np.ndarray, column_starts: np.ndarray
) -> np.ndarray:
    """`[row group, column group]`, the largest weight of each; NaN where there is none.

    One group of rows after another: all of two long sequences that have little in common would be far too many.
    """
    exact = _exact(region)
    here = np.flatnonzero(columns != GAP)
    found = []
    for group in np.split(rows, row_starts[1:]):
        cells = np.full((len(group), len(columns)), np.nan, np.float32)
        real = np.flatnonzero(group != GAP)
        cells[np.ix_(real, here)] = exact[np.ix_(group[real], columns[here])]
        found.append(np.fmax.reduceat(np.fmax.reduce(cells, axis=0), column_starts))
    return np.stack(found)


def _title(side: Side, region: Region) -> str:
    return ", ".join(part for part in (displayed(side.capture.model), region.title, side.part) if part)


def _names(one: str, other: str) -> str:
    return displayed(one) if one == other else f"{displayed(one)} / {displayed(other)}"


def _counts(queries: Alignment, keys: Alignment) -> str:
    return listed(
        [
            f"{int(places.common.sum())} of {len(places.labels)} {name}"
            for name, places in (("queries", queries), ("keys", keys))
        ]
    )


def _description(counts: str, queries: Alignment, keys: Alignment, difference: np.ndarray) -> str:
    both = f"A and B have {counts} in common."
    if not np.isfinite(difference).any():
        return f"{both} There is nothing to compare."
    flat = np.nan_to_num(difference).ravel()
    told = []
    for place in np.argsort(-np.abs(flat), kind="stable")[:STRONGEST_TOLD]:
        if abs(flat[place]) < LEAST_TOLD:
            break
        row, column = divmod(int(place), difference.shape[1])
        more = "more" if flat[place] > 0 else "less"
        told.append(
            f"{more} from {quoted(queries.labels[row])} to {quoted(keys.labels[column])} ({_signed(flat[place])})"
        )
    if not told:
        return f"{both} Their attention is the same there."
    return f"{both} B attends {listed(told)} than A."


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")
