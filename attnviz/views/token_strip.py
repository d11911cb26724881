"""The tokens of a sequence, each shaded by the attention it receives."""

from dataclasses import dataclass

import numpy as np

from attnviz.analysis.statistics import allowed_weights, received_attention
from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture, Head, read_only
from attnviz.views.labels import listed, quoted
from attnviz.views.matrix import COLOURS_PER_MAP, COLOURS_SHARED, STRONGEST_TOLD, own_limits
from attnviz.views.region import Region, region_of


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


def token_strip_view(
    capture: AttentionCapture,
    *,
    layer: str,
    head: Head,
    query: int | None = None,
    sample: int = 0,
    shared_scale: bool = False,
) -> TokenStripView:
    """Shade each key token by the attention it receives. Padding is left out.

    Args:
        capture: The run.
        layer: `AttentionMap.name`.
        head: A head's index, or `"mean"` or `"max"` over all heads.
        query: Position among the real queries; None for the mean over all of them.
        sample: Index into the batch.
        shared_scale: Let the colours run from 0 to 1, and not up to this strip's maximum.

    Raises:
        ShapeError: If layer, head, sample or query do not exist, or the sample holds nothing but padding.
    """
    region = region_of(capture, layer=layer, head=head, sample=sample)
    values = attention_to_keys(region, query)
    selectable = region.same_axis and len(region.queries) > 1
    return TokenStripView(
        tokens=region.key_labels,
        values=values,
        limits=(0.0, 1.0) if shared_scale else own_limits(values),
        selected=query if selectable else None,
        selectable=selectable,
        title=attention_title(region, query),
        scale_note=COLOURS_SHARED if shared_scale else COLOURS_PER_MAP,
        description=attention_description(region, query, values),
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
