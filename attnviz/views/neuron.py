"""Inside one number: how a query and a key become the weight that every other view shows."""

from dataclasses import dataclass

import numpy as np

from attnviz.capture.queries_and_keys import Formula, QueriesAndKeys
from attnviz.errors import ShapeError
from attnviz.records import POOLED_AXIS, AttentionCapture, read_only
from attnviz.views.labels import quoted
from attnviz.views.region import Region, region_of

STRONGEST = 5
"""Keys with the largest scores that stand beside the chosen one."""

AROUND = 1
"""Keys before and after the chosen one that do so too."""


@dataclass(frozen=True, kw_only=True)
class NeighbourKey:
    """A key of the same query.

    Attributes:
        key: Position among the shown keys.
        label: What it is.
        score: What enters the softmax; NaN where the query may not attend to it.
        power: e to the score less the largest score of the row, from 0 to 1.
        weight: The captured weight, from 0 to 1.
    """

    key: int
    label: str
    score: float
    power: float
    weight: float


@dataclass(frozen=True, eq=False, kw_only=True)
class NeuronView:
    """One weight, from the vectors that were compared to the number.

    `weight = power / total`, `power = e ** (score - largest)`, `score = capped(scale * sum) + bias`.

    Attributes:
        title: The layer and the head.
        description: All of it in a sentence.
        formula: How a component of the query and of the key become one of `products`.
        query: Position among the shown queries.
        key: Position among the shown keys.
        query_label: What the query is: its token, or "the whole sequence".
        key_label: What the key is.
        pooled: Whether the query stands for the whole sequence.
        query_components: `[size]`, float32.
        key_components: `[size]`, float32.
        component_scale: `[size]`, float32, trained factors of the components; None where there are none.
        products: `[size]`, float64: what is summed.
        sum: Their sum.
        scale: What it is multiplied with.
        cap: What that is kept within, `cap * tanh(x / cap)`; None where it is not.
        capped: What the sum is then.
        bias: What is added then; 0 where nothing is.
        score: What enters the softmax, if the query may attend to the key.
        allowed: Whether it may.
        largest: The largest score of the row; NaN if the query may attend to nothing.
        power: e to the score less that; 0 where it may not attend.
        total: The sum of that over all keys that it may attend to, padding included where nothing masks it.
        allowed_keys: How many of the shown keys it may attend to.
        weight: The captured weight.
        neighbours: The chosen key, those with the largest scores and those beside it: strongest first, masked last.
        others_weight: What the shown keys beside these get together.
        hidden_weight: What keys that are not shown, padding, get together.
        key_head: Which of the layer's heads of keys this head has, from 0.
        key_heads: How many heads of keys the layer has; fewer than heads where groups of these share them.
        sharing: Which heads share their keys with this one, in a sentence; `""` where none do.
    """

    title: str
    description: str
    formula: Formula
    query: int
    key: int
    query_label: str
    key_label: str
    pooled: bool
    query_components: np.ndarray
    key_components: np.ndarray
    component_scale: np.ndarray | None
    products: np.ndarray
    sum: float
    scale: float
    cap: float | None
    capped: float
    bias: float
    score: float
    allowed: bool
    largest: float
    power: float
    total: float
    allowed_keys: int
    weight: float
    neighbours: tuple[NeighbourKey, ...]
    others_weight: float
    hidden_weight: float
    key_head: int
    key_heads: int
    sharing: str

    def __post_init__(self) -> None:
        for name, kind in (("query_components", np.float32), ("key_components", np.float32), ("products", np.float64)):
            object.__setattr__(self, name, read_only(getattr(self, name), dtype=kind))


def neuron_view(
    capture: AttentionCapture,
    parts: QueriesAndKeys,
    *,
    head: int,
    query: int,
    key: int,
    sample: int = 0,
    hide_padding: bool = True,
) -> NeuronView:
    """How `query` comes to give `key` its weight in one head.

    Args:
        capture: The run.
        parts: What the layer compared in that run; its name says which map this is about.
        head: A head's index: a mean over heads is not computed by any softmax.
        query: Position among the shown queries.
        key: Position among the shown keys.
        sample: Index into the map's batch.
        hide_padding: Leave padding out of what is shown.

    Raises:
        ShapeError: If head, query, key or sample do not exist, or `parts` is of another run.
    """
    region = region_of(capture, layer=parts.name, head=head, sample=sample, hide_padding=hide_padding)
    _check(region, parts, head=head, query=query, key=key)
    place = int(region.queries[query])
    row = score_row(parts, sample=sample, head=head, query=place, keys=region.map.weights.shape[3])
    weights = region.map.weights[sample, head, place].astype(np.float64)
    finite = row[np.isfinite(row)]
    largest = float(finite.max()) if finite.size else float("nan")
    powers = np.where(np.isfinite(row), np.exp(row - largest), 0.0)
    shown, at = region.keys, int(region.keys[key])
    hidden = np.ones(len(row), bool)
    hidden[shown] = False
    listed = neighbours_of(row[shown], key)
    own, keys = parts.query_of(sample, head)[place], parts.key_of(sample, head)[at]
    products = parts.products(own, keys)
    total = float(products.sum())
    capped = float(parts.capped(np.array(parts.scale * total)))
    bias = parts.bias_of(sample, head)
    added = 0.0 if bias is None else float(np.broadcast_to(bias, region.map.weights.shape[2:])[place, at])
    heads = region.map.heads
    key_heads = parts.key_heads(heads)
    weight = float(weights[at])
    pooled = len(region.queries) == 1 and region.map.query_axis.split()[0] == POOLED_AXIS
    asking = "the whole sequence" if pooled else region.query_labels[query]
    names = (asking if pooled else quoted(asking), quoted(region.key_labels[key]))
    return NeuronView(
        title=region.title,
        description=_description(region.title, names, bool(np.isfinite(row[at])), weight),
        formula=parts.formula,
        query=query,
        key=key,
        query_label=asking,
        key_label=region.key_labels[key],
        pooled=pooled,
        query_components=own,
        key_components=keys,
        component_scale=parts.component_scale,
        products=products,
        sum=total,
        scale=parts.scale,
        cap=parts.cap,
        capped=capped,
        bias=added,
        score=capped + added,
        allowed=bool(np.isfinite(row[at])),
        largest=largest,
        power=float(powers[at]),
        total=float(powers.sum()),
        allowed_keys=int(np.isfinite(row[shown]).sum()),
        weight=weight,
        neighbours=tuple(
            NeighbourKey(
                key=one,
                label=region.key_labels[one],
                score=float(row[shown[one]]) if np.isfinite(row[shown[one]]) else float("nan"),
                power=float(powers[shown[one]]),
                weight=float(weights[shown[one]]),
            )
            for one in listed
        ),
        others_weight=float(np.delete(weights[shown], listed).sum()),
        hidden_weight=float(weights[hidden].sum()),
        key_head=head // (heads // key_heads),
        key_heads=key_heads,
        sharing=_sharing(head, heads, key_heads),
    )


def score_row(parts: QueriesAndKeys, *, sample: int, head: int, query: int, keys: int) -> np.ndarray:
    """The scores of one query over all `keys`, padding included.

    Returns:
        `[key]`, float64; minus infinity where the query may not attend.
    """
    row = np.array(parts.scores(sample, head, slice(query, query + 1))[0])
    mask = parts.mask_of(sample)
    if mask is not None:
        row[~np.broadcast_to(mask[query if len(mask) > 1 else 0], keys)] = -np.inf
    return row


def neighbours_of(scores: np.ndarray, key: int) -> tuple[int, ...]:
    """Positions of the keys that are told beside `key`, itself included: strongest first, the earlier of equals."""
    order = np.argsort(-scores, kind="stable")
    wanted = {int(one) for one in order[:STRONGEST] if np.isfinite(scores[one])}
    wanted |= set(range(max(0, key - AROUND), min(len(scores), key + AROUND + 1)))
    return tuple(int(one) for one in order if int(one) in wanted)


def _check(region: Region, parts: QueriesAndKeys, *, head: int, query: int, key: int) -> None:
    heads, queries, keys = region.map.weights.shape[1:]
    if (parts.queries.shape[2], parts.keys.shape[2]) != (queries, keys):
        raise ShapeError(
            f"Queries and keys of layer {parts.name!r} must be of the captured run, {queries} queries by {keys} keys. "
            f"Received: {parts.queries.shape[2]} by {parts.keys.shape[2]}."
        )
    for name, value, most in (
        ("head", head, heads),
        ("query", query, len(region.queries)),
        ("key", key, len(region.keys)),
    ):
        if not 0 <= value < most:
            raise ShapeError(f"`{name}` must be from 0 to {most - 1} here. Received: {name}={value}.")


def _sharing(head: int, heads: int, key_heads: int) -> str:
    if key_heads == heads:
        return ""
    together = heads // key_heads
    first = head // together * together
    numbers = f"Heads {first + 1} to {first + together}"
    return f"{numbers} share their keys (head {first // together + 1} of {key_heads} for keys)."


def _description(title: str, names: tuple[str, str], allowed: bool, weight: float) -> str:
    if not allowed:
        return f"{title[:1].upper()}{title[1:]}: {names[0]} may not attend to {names[1]}."
    return f"{title[:1].upper()}{title[1:]}: {names[0]} gives {names[1]} a weight of {weight:.3g}."
