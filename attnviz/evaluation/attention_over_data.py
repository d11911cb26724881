"""Where attention goes over a whole data set: statistics of every head for each example, and what tokens receive."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from attnviz.errors import ShapeError
from attnviz.evaluation.attended_tokens import AttendedTokens
from attnviz.evaluation.resampling import row_means
from attnviz.records import read_only


@dataclass(frozen=True, kw_only=True)
class HeadPlace:
    """Which head of which map.

    Attributes:
        name: `AttentionMap.name` of the map.
        head: Index of the head, from 0.
        heads: How many heads the map has.
        query_axis: Name of the sequence that the queries run over.
        key_axis: Name of the sequence that the keys run over.
    """

    name: str
    head: int
    heads: int
    query_axis: str
    key_axis: str


@dataclass(frozen=True, eq=False, kw_only=True)
class AttentionOverData:
    """Attention statistics of every example of a data set. Padding counts nowhere.

    Attributes:
        places: The heads, in call order of their maps.
        entropy: float32 `[examples, heads]`, nats: mean over the example's real queries of their attention's entropy.
            NaN where an example was not evaluated or no query of it may attend to anything.
        normalised_entropy: float32 `[examples, heads]`, 0 to 1: each query's entropy divided by the largest that it
            could have, so that long and short examples can be compared.
        distance: float32 `[examples, heads]`, positions between a query and what it attends to; NaN where queries and
            keys run over different sequences.
        tokens: What tokens receive, by class.
        reads: Name of the axis whose tokens are counted in `tokens`.

    Raises:
        ShapeError: If the arrays do not fit `places`.
    """

    places: tuple[HeadPlace, ...]
    entropy: np.ndarray
    normalised_entropy: np.ndarray
    distance: np.ndarray
    tokens: AttendedTokens
    reads: str

    def __post_init__(self) -> None:
        for name in ("entropy", "normalised_entropy", "distance"):
            array = read_only(getattr(self, name), dtype=np.float32)
            object.__setattr__(self, name, array)
            if array.shape != (len(self.entropy), len(self.places)):
                raise ShapeError(
                    f"`{name}` must have shape [examples, heads] = {(len(self.entropy), len(self.places))}. "
                    f"Received: shape={array.shape}."
                )

    @property
    def entropies(self) -> np.ndarray:
        """`[examples]`, nats: mean over all heads; NaN where there is none."""
        return row_means(self.entropy)


def head_table(attention: AttentionOverData) -> pd.DataFrame:
    """How each head attends, as means over the examples.

    Returns:
        One row a head: `layer` (name of the map), `head` (from 0), `query axis`, `key axis`, `examples` (that have a
        value), `entropy` (nats), `normalised entropy` (0 to 1), `distance` (positions; NaN for cross-attention and
        pooling).
    """
    known = ~np.isnan(attention.entropy)
    return pd.DataFrame(
        {
            "layer": [place.name for place in attention.places],
            "head": [place.head for place in attention.places],
            "query axis": [place.query_axis for place in attention.places],
            "key axis": [place.key_axis for place in attention.places],
            "examples": known.sum(axis=0),
            "entropy": row_means(attention.entropy.T),
            "normalised entropy": row_means(attention.normalised_entropy.T),
            "distance": row_means(attention.distance.T),
        }
    )
