"""The tokens of a sequence, each shaded by the attention it receives."""

from dataclasses import dataclass

import numpy as np

from attnviz.analysis.statistics import allowed_weights, received_attention
from attnviz.errors import ShapeError
from attnviz.records import read_only
from attnviz.views.colour_scale import Colouring, Scale, colouring
from attnviz.views.labels import listed, quoted
from attnviz.views.matrix import COLOURS_PER_MAP, STRONGEST_TOLD
from attnviz.views.region import Region


@dataclass(frozen=True, eq=False, kw_only=True)
class TokenStripView:
    """Tokens in reading order and one value for each.

    Attributes:
        tokens: What to show, in order; repeated tokens stay apart by position.
        values: `[token]`, float32, the attention that each receives.
        limits: Values at the two ends of the colours.
        selected: Position in `tokens` of the query whose attention is shown; None for the mean over all queries,
            or where the query is no token of the strip.
        selectable: Whether the tokens are the queries too, so that one can be chosen.
        title: What the strip is.
        scale_note: Whether the colours are this strip's own or the same for every strip.
        colouring: The colours on a scale of the page; None for linear ones between `limits`.
        description: What the strip shows, in words.

    Raises:
        ShapeError: If tokens and values differ in number, or `selected` is not one of them.
    """

    tokens: tuple[str, ...]
    values: np.ndarray
    limits: tuple[float, float] = (0.0, 1.0)
    selected: int | None = None
    selectable: bool = True
    title: str = ""
    scale_note: str = COLOURS_PER_MAP
    colouring: Colouring | None = None
    description: str = ""

    def __post_init__(self) -> None:
        values = read_only(self.values, dtype=np.float32)
        object.__setattr__(self, "tokens", tuple(self.tokens))
        object.__setattr__(self, "values", values)
        if values.shape != (len(self.tokens),):
            raise ShapeError(
                f"`values` of a token strip must have one entry for each of its {len(self.tokens)} tokens. "
                f"Received: shape={values.shape}."
            )
        if self.selected is not None and not 0 <= self.selected < len(self.tokens):
            raise ShapeError(
                f"`selected` must be None or a position from 0 to {len(self.tokens) - 1}. Received: {self.selected}."
            )


def attention_to_keys(region: Region, query: int | None) -> np.ndarray:
    """Attention that each key receives from one query, or in the mean over the queries, `[key]`, float32.

    Raises:
        ShapeError: If there is no such query.
    """
    weights = allowed_weights(region.weights(), region.allowed())
    if query is None:
        return np.nan_to_num(received_attention(weights)).astype(np.float32)
    if not 0 <= query < len(weights):
        raise ShapeError(
            f"Layer {region.map.name!r} has queries 0 to {len(weights) - 1} in this sample. Received: query={query}."
        )
    return weights[query]


def attention_colouring(
    region: Region, query: int | None, values: np.ndarray, *, scale: Scale | None, shared: bool
) -> Colouring | None:
    """The colours that the page gives `values` `[key]`: of one query among all weights, of the mean among the means.

    None where no scale is asked for.
    """
    if scale is None:
        return None
    if query is None and len(region.queries) > 1:
        return colouring(values, scale=scale, shared=shared, largest="mean")
    return colouring(values, scale=scale, shared=shared, among=known_weights(region))


def known_weights(region: Region) -> np.ndarray:
    """`[query, key]`, NaN where a query may not attend."""
    allowed = region.allowed()
    return region.weights() if allowed is None else np.where(allowed, region.weights(), np.nan)


def attention_title(region: Region, query: int | None) -> str:
    """Whose attention is shown."""
    if query is None and len(region.queries) > 1:
        return f"Mean attention over all queries, {region.title}"
    return f"Attention from {quoted(region.query_labels[query or 0])}, {region.title}"


def attention_description(region: Region, query: int | None, values: np.ndarray) -> str:
    """Which keys receive most of `values` `[key]`, in words."""
    told = [key for key in np.argsort(-values, kind="stable")[:STRONGEST_TOLD] if values[key] > 0]
    if not told:
        return f"{attention_title(region, query)}: no token receives any."
    receivers = listed([f"{quoted(region.key_labels[key])} ({values[key]:.2f})" for key in told])
    return f"{attention_title(region, query)}. Most goes to {receivers}."
