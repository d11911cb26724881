"""The strongest connections of a map: which query attends to which key, in which head, and how much."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from attnviz.analysis.strongest import strongest_keys
from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture, read_only
from attnviz.views.labels import displayed, head_name, listed, quoted
from attnviz.views.matrix import STRONGEST_TOLD
from attnviz.views.region import Region, region_of

DEFAULT_MASS = 0.7
"""Share of each query's attention that its links show, as exBERT draws them."""


@dataclass(frozen=True, eq=False, kw_only=True)
class LinksView:
    """Queries on one side, keys on the other, and lines between them. Tokens are told apart by position.

    Attributes:
        query_labels: One for each real query.
        key_labels: One for each real key.
        query_title: Name of the query side.
        key_title: Name of the key side.
        heads: Heads whose links are there, ascending.
        mass: Share of each query's attention in one head that its links hold at least, from 0 to 1.
        link_heads: `[link]`, int: the head of each link. Links are in the order of heads, then queries, then from the
            strongest to the weakest.
        link_queries: `[link]`, int, position in `query_labels`.
        link_keys: `[link]`, int, position in `key_labels`.
        weights: `[link]`, float32, above 0 and at most 1.
        title: What the links are.
        description: The strongest of them, in words.

    Raises:
        ShapeError: If the links differ in number, or name a query or key that is not there.
    """

    query_labels: tuple[str, ...]
    key_labels: tuple[str, ...]
    heads: tuple[int, ...]
    mass: float
    link_heads: np.ndarray
    link_queries: np.ndarray
    link_keys: np.ndarray
    weights: np.ndarray
    query_title: str = "Query"
    key_title: str = "Key"
    title: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", read_only(self.weights, dtype=np.float32))
        for name, most in (
            ("link_heads", max(self.heads, default=-1) + 1),
            ("link_queries", len(self.query_labels)),
            ("link_keys", len(self.key_labels)),
        ):
            values = read_only(getattr(self, name), dtype=np.int32)
            if values.shape != self.weights.shape or values.ndim != 1:
                raise ShapeError(
                    f"`{name}` must have one entry for each of the {self.weights.size} weights of the links. "
                    f"Received: shape={values.shape}."
                )
            if values.size and not 0 <= values.min() <= values.max() < most:
                raise ShapeError(f"`{name}` must be from 0 to {most - 1}. Received: {values.min()} to {values.max()}.")
            object.__setattr__(self, name, values)


def links_view(
    capture: AttentionCapture,
    *,
    layer: str,
    heads: Sequence[int] | None = None,
    mass: float = DEFAULT_MASS,
    sample: int = 0,
) -> LinksView:
    """Each query's strongest keys in each head, until they hold `mass` of its attention. Padding is left out.

    Args:
        capture: The run.
        layer: `AttentionMap.name`.
        heads: Which heads, in any order; None for all of them.
        mass: From 0 (the strongest key of each query) to 1 (all that receive anything).
        sample: Index into the batch.

    Raises:
        ShapeError: If layer, sample or a head do not exist, `heads` is empty, `mass` is not from 0 to 1, or the sample
            holds nothing but padding.
    """
    region = region_of(capture, layer=layer, head=0, sample=sample)
    chosen = tuple(range(region.map.heads)) if heads is None else tuple(sorted(set(heads)))
    if not chosen:
        raise ShapeError("Links need at least one head. Received: heads=[].")
    found = []
    for head in chosen:
        queries, keys, weights = strongest_keys(replace(region, head=head).weights(), mass, mask=region.allowed())
        found.append((np.full(len(weights), head), queries, keys, weights))
    link_heads, queries, keys, weights = (np.concatenate(parts) for parts in zip(*found, strict=True))
    same, names = region.same_axis, region.map
    return LinksView(
        query_labels=region.query_labels,
        key_labels=region.key_labels,
        query_title="Query" if same else f"Query ({displayed(names.query_axis)})",
        key_title="Key" if same else f"Key ({displayed(names.key_axis)})",
        heads=chosen,
        mass=mass,
        link_heads=link_heads,
        link_queries=queries,
        link_keys=keys,
        weights=weights,
        title=f"Links of layer {displayed(names.name)}",
        description=_description(region, chosen, link_heads, queries, keys, weights),
    )


def _description(
    region: Region,
    heads: tuple[int, ...],
    link_heads: np.ndarray,
    queries: np.ndarray,
    keys: np.ndarray,
    weights: np.ndarray,
) -> str:
    several = region.map.heads > 1
    count = f"{len(weights)} {'link' if len(weights) == 1 else 'links'} of layer {displayed(region.map.name)}"
    of = f", {len(heads)} of {region.map.heads} heads" if several else ""
    told = [
        f"{quoted(region.query_labels[queries[link]])} to {quoted(region.key_labels[keys[link]])} "
        f"({weights[link]:.2f}{', ' + head_name(int(link_heads[link]), region.map.heads) if several else ''})"
        for link in np.argsort(-weights, kind="stable")[:STRONGEST_TOLD]
    ]
    return f"{count}{of}. Strongest: {listed(told)}." if told else f"{count}{of}: no query attends to any key."
