"""Padding audit: how much of their attention real tokens spend on padding, layer by layer.

A layer that gets no padding mask attends to padding like to any other key. Nothing fails then: the prediction just
depends on how far its sequence was padded.
"""

import numpy as np
import pandas as pd

from attnviz.records import AttentionCapture, AttentionMap

LARGEST_SHARE = 0.01
"""A layer whose real tokens spend more than this share of their attention on padding is said to."""
MASKED_SHARE = 1e-6
"""A masked score leaves less than this of any row."""


def padding_audit(capture: AttentionCapture) -> pd.DataFrame:
    """The share of attention that real tokens spend on padding, for each layer.

    Real tokens and padding are what `capture.valid` says, whatever mask a layer got. Samples without padding and
    queries that attend to nothing have no part in a mean.

    Args:
        capture: A run of sequences of different lengths, or of one with padding.

    Returns:
        One row a map, in call order, with the columns `layer` (its name), `share on padding` (0 to 1, the mean over
        samples of the mean over heads and real queries), `head` (the head that spends most there), `share of head`
        (0 to 1, that head's) and `masked` (whether padding gets nothing at all from any real query, as it does where
        the layer got a padding mask). Where no sample has padding the shares are NaN, `head` is -1 and `masked` None.
    """
    rows = [(one.name, *_row(_mass_on_padding(capture, one))) for one in capture.maps]
    columns = ["layer", "share on padding", "head", "share of head", "masked"]
    return pd.DataFrame(rows, columns=columns).astype(
        {"layer": str, "share on padding": float, "head": int, "share of head": float, "masked": object}
    )


def padding_findings(capture: AttentionCapture) -> tuple[str, ...]:
    """What the audit found, for a person: where real tokens spend more than 1 % on padding, and how to mend it.

    Returns:
        One text for each sequence of keys that is attended to beyond its end, which names the first layer that does
        it; empty if all is well or no sample has padding.
    """
    audit = padding_audit(capture)
    audit["axis"] = [one.key_axis for one in capture.maps]
    findings = []
    for _, layers in audit.groupby("axis", sort=False):
        wrong = layers[layers["share on padding"] > LARGEST_SHARE]
        if not wrong.empty:
            findings.append(_finding(layers, wrong))
    return tuple(findings)


def _finding(layers: pd.DataFrame, wrong: pd.DataFrame) -> str:
    first = wrong.iloc[0]
    said = (
        f"Real tokens spend {_percent(first['share on padding'])} of their attention in layer {first['layer']!r} on "
        "padding"
    )
    if len(wrong) > 1:
        worst = wrong.iloc[int(wrong["share on padding"].argmax())]
        said += f", and more than 1 % in {len(wrong)} of {len(layers)} layers"
        if worst["layer"] != first["layer"]:
            said += f", at most {_percent(worst['share on padding'])} in {worst['layer']!r}"
    before = layers[layers.index < first.name]
    masked = before[before["masked"].astype(bool)]
    if masked.empty:
        cause = "No layer before it got a padding mask."
    else:
        cause = (
            f"Layer {masked.iloc[-1]['layer']!r} before it got the padding mask; between the two it was lost. Keras "
            "loses it at `x + a`, which makes a tensor without a mask, and at a MultiHeadAttention or "
            "GroupQueryAttention, which takes the mask off the tensor that it is called with."
        )
    return (
        f"{said}. So the prediction depends on how far a sequence is padded. {cause} Hand the mask to each attention "
        "layer: `mask = keras.ops.not_equal(tokens, 0)`, then `attention(x, x, attention_mask=mask[:, None, :])`, or "
        "`mask=[mask, mask]` for Attention and AdditiveAttention. Then train the model again, or measure it again."
    )


def _mass_on_padding(capture: AttentionCapture, one: AttentionMap) -> np.ndarray:
    """`[sample, head, query]`, for the samples that have padding; NaN at queries that are no token or see nothing."""
    valid_queries, valid_keys = capture.valid[one.query_axis], capture.valid[one.key_axis]
    padded = np.flatnonzero(~valid_keys.all(axis=1))
    mass = np.empty((len(padded), one.heads, valid_queries.shape[1]))
    for position, sample in enumerate(padded):  # one at a time: a copy of all weights would double the memory
        weights = one.weights[sample]
        mass[position] = weights @ (~valid_keys[sample]).astype(np.float32)
        attending = weights @ np.ones(weights.shape[-1], np.float32) > 0
        if one.mask is not None:  # a query whose keys are all masked may have equal weights: they say nothing
            attending &= one.mask[sample].any(axis=-1)
        mass[position][~(attending & valid_queries[sample])] = np.nan
    return mass


def _row(mass: np.ndarray) -> tuple[float, int, float, bool | None]:
    counted = ~np.isnan(mass)
    sums, queries = np.where(counted, mass, 0.0).sum(axis=-1), counted.sum(axis=-1)
    seen = queries.any(axis=1)  # samples that have a query to speak of
    if not seen.any():
        return float("nan"), -1, float("nan"), None
    sums, queries = sums[seen], queries[seen]
    shares = np.divide(sums, queries, out=np.zeros_like(sums), where=queries > 0)
    heads = np.divide(shares.sum(axis=0), (queries > 0).sum(axis=0), out=np.zeros(mass.shape[1]), where=queries.any(0))
    share = float((shares.sum(axis=1) / (queries > 0).sum(axis=1)).mean())
    return share, int(heads.argmax()), float(heads.max()), bool(mass[counted].max() <= MASKED_SHARE)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.1 else f"{100 * share:.1f} %"
