"""What an attention layer compares: its queries and keys, and all that turns them into its weights."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from attnviz.errors import ShapeError
from attnviz.records import map_name, read_only

Formula = Literal["dot", "additive"]
"""How query and key become a number: the sum of their products, or of tanh of their sums (Bahdanau et al., 2015)."""

TOLERANCE = 1e-4
"""How far a recomputed weight may be from the captured one."""

_NUMBERS_TOGETHER = 2**22
"""Components of additive scores that are computed at once: 16 MB."""


@dataclass(frozen=True, eq=False, kw_only=True)
class QueriesAndKeys:
    """What one call of one layer computed its weights from.

    A score is `capped(scale * sum_i component_scale_i * f(query_i, key_i)) + bias`, where f is the product for `"dot"`
    and tanh of the sum for `"additive"`; a weight is the softmax of the scores over the keys that `mask` allows.

    Attributes:
        layer: Path of the layer, as the model names it.
        call_index: Which call of the layer it is, 0 for the first.
        formula: What f is.
        queries: `[batch, heads or 1, query, size]`, float32, as they enter the comparison: projected, with positions
            rotated in. 1 where all heads have the same, as a learned query may.
        keys: `[batch, heads or 1, key, size]`, the same way.
        component_scale: `[size]`, float32, a trained factor for each component; None where there is none.
        scale: What the sum is multiplied with, 1 / √size in most layers.
        cap: What the scaled sum is kept within, `capped(x) = cap * tanh(x / cap)`; None where it is not.
        bias: `[batch or 1, heads or 1, query or 1, key or 1]`, float32, added to the scaled sum; None for nothing.
        mask: `[batch or 1, query or 1, key or 1]`, bool, True where a query may attend to a key; None for everywhere.
        difference: Largest difference between the weights computed from all this and the captured ones.

    Raises:
        ShapeError: If the shapes do not fit together.
    """

    layer: str
    call_index: int = 0
    formula: Formula
    queries: np.ndarray
    keys: np.ndarray
    component_scale: np.ndarray | None = None
    scale: float = 1.0
    cap: float | None = None
    bias: np.ndarray | None = None
    mask: np.ndarray | None = None
    difference: float = 0.0

    def __post_init__(self) -> None:
        for name in ("queries", "keys", "component_scale", "bias", "mask"):
            if getattr(self, name) is not None:
                kind = np.bool_ if name == "mask" else np.float32
                object.__setattr__(self, name, read_only(getattr(self, name), dtype=kind))
        shapes = (self.queries.shape, self.keys.shape)
        if self.queries.ndim != 4 or self.keys.ndim != 4 or shapes[0][3] != shapes[1][3]:
            raise ShapeError(
                f"Queries and keys of layer {self.layer!r} must have shapes [batch, heads, query, size] and [batch, "
                f"heads, key, size], of one size. Received: shapes {shapes[0]} and {shapes[1]}."
            )

    @property
    def name(self) -> str:
        """The layer's path, with the call appended from the second call on, as `AttentionMap.name`."""
        return map_name(self.layer, self.call_index)

    @property
    def size(self) -> int:
        """Components of a query and of a key."""
        return self.queries.shape[3]

    def key_heads(self, heads: int) -> int:
        """How many different heads of keys `heads` heads share: fewer where groups of heads have their keys in common.

        Returns:
            A divisor of `heads`; head h has the keys of head `h // (heads // key_heads)` of them.
        """
        own = self.keys.shape[1]
        for count in range(1, own):
            if own % count:
                continue
            grouped = self.keys.reshape(self.keys.shape[0], count, own // count, *self.keys.shape[2:])
            if (grouped == grouped[:, :, :1]).all():
                return count
        return own if own > 1 else 1 if heads > 1 else heads

    def query_of(self, sample: int, head: int) -> np.ndarray:
        """The queries of one head, `[query, size]`."""
        return self.queries[_of(self.queries, sample, 0), _of(self.queries, head, 1)]

    def key_of(self, sample: int, head: int) -> np.ndarray:
        """The keys of one head, `[key, size]`."""
        return self.keys[_of(self.keys, sample, 0), _of(self.keys, head, 1)]

    def bias_of(self, sample: int, head: int) -> np.ndarray | None:
        """What is added to the scaled sums of one head, `[query or 1, key or 1]`; None for nothing."""
        return None if self.bias is None else self.bias[_of(self.bias, sample, 0), _of(self.bias, head, 1)]

    def mask_of(self, sample: int) -> np.ndarray | None:
        """Which query may attend to which key, `[query or 1, key or 1]`, bool; None for everywhere."""
        return None if self.mask is None else self.mask[_of(self.mask, sample, 0)]

    def scores(self, sample: int, head: int, queries: slice = slice(None)) -> np.ndarray:
        """The scores that enter the softmax, before what may not be attended to is left out.

        Returns:
            `[query, key]`, float64.
        """
        own, keys = (
            one.astype(np.float64) for one in (self.query_of(sample, head)[queries], self.key_of(sample, head))
        )
        if self.formula == "dot":
            factors = 1.0 if self.component_scale is None else self.component_scale
            scores = self.scale * ((own * factors) @ keys.T)
        else:
            scores = self.scale * np.stack([self.products(query, keys).sum(axis=-1) for query in own])
        scores = self.capped(scores)
        bias = self.bias_of(sample, head)
        return scores if bias is None else scores + (bias[queries] if len(bias) > 1 else bias)

    def capped(self, scores: np.ndarray) -> np.ndarray:
        """`scores` kept within `cap`, as some models do before they add a bias; as they are without one."""
        return scores if self.cap is None else self.cap * np.tanh(scores / self.cap)

    def products(self, query: np.ndarray, keys: np.ndarray) -> np.ndarray:
        """What is summed, component by component.

        Args:
            query: `[size]`.
            keys: `[..., size]`.

        Returns:
            `[..., size]`, float64.
        """
        query, keys = query.astype(np.float64), keys.astype(np.float64)
        products = query * keys if self.formula == "dot" else np.tanh(query + keys)
        return products if self.component_scale is None else products * self.component_scale


def weights_of(scores: np.ndarray, allowed: np.ndarray | None) -> np.ndarray:
    """Softmax over the keys that may be attended to.

    Args:
        scores: `[query, key]`.
        allowed: bool, broadcastable to `scores`; None for every key.

    Returns:
        `[query, key]`, float64; a row without any allowed key is all 0.
    """
    if allowed is not None:
        scores = np.where(allowed, scores, -np.inf)
    largest = scores.max(axis=-1, keepdims=True)
    powers = np.exp(scores - np.where(np.isfinite(largest), largest, 0.0))
    total = powers.sum(axis=-1, keepdims=True)
    return np.divide(powers, total, out=np.zeros_like(powers), where=total > 0)


def largest_difference(parts: QueriesAndKeys, weights: np.ndarray) -> float:
    """How far the weights that `parts` give are from those that were captured.

    Rows in which no key is allowed are passed by: what a layer makes of those is its own business.

    Args:
        parts: What the weights were computed from.
        weights: `[batch, heads, query, key]`, as captured.

    Returns:
        The largest absolute difference; infinity where something is not finite.
    """
    batch, heads, queries, keys = weights.shape
    if not _fits(parts, weights.shape):
        return float("inf")
    together = max(1, _NUMBERS_TOGETHER // max(1, keys * parts.size))
    largest = 0.0
    for sample in range(batch):
        mask = parts.mask_of(sample)
        for head in range(heads):
            for start in range(0, queries, together):
                rows = slice(start, start + together)
                allowed = mask if mask is None or len(mask) == 1 else mask[rows]
                recomputed = weights_of(parts.scores(sample, head, rows), allowed)
                attending = recomputed.sum(axis=-1) > 0
                apart = np.abs(recomputed - weights[sample, head, rows])[attending]
                if not np.isfinite(recomputed).all() or not np.isfinite(apart).all():
                    return float("inf")
                largest = max(largest, float(apart.max(initial=0.0)))
    return largest


def _fits(parts: QueriesAndKeys, shape: tuple[int, ...]) -> bool:
    """Whether every part has the sizes of weights of `shape`, or 1 where it is the same for all."""
    batch, heads, queries, keys = shape
    if (parts.queries.shape[2], parts.keys.shape[2]) != (queries, keys):
        return False
    wanted: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
        (parts.queries.shape[:2], (batch, heads)),
        (parts.keys.shape[:2], (batch, heads)),
    ]
    if parts.bias is not None:
        wanted.append((parts.bias.shape, (batch, heads, queries, keys)))
    if parts.mask is not None:
        wanted.append((parts.mask.shape, (batch, queries, keys)))
    return all(
        len(found) == len(sizes) and all(one in (1, size) for one, size in zip(found, sizes, strict=True))
        for found, sizes in wanted
    )


def _of(array: np.ndarray, position: int, axis: int) -> int:
    return 0 if array.shape[axis] == 1 else position
