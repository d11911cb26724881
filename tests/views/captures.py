"""Small captures whose numbers can be worked out by hand."""

import numpy as np

from attnviz.records import AttentionCapture, AttentionMap

TOKENS = ("the", "cat", "saw", "the")  # "the" twice: positions tell them apart
HEADS = np.array(
    [
        [[0.1, 0.6, 0.2, 0.1], [0.25, 0.25, 0.25, 0.25], [0.0, 1.0, 0.0, 0.0], [0.5, 0.1, 0.1, 0.3]],
        [[0.3, 0.2, 0.4, 0.1], [0.7, 0.1, 0.1, 0.1], [0.2, 0.2, 0.3, 0.3], [0.1, 0.2, 0.3, 0.4]],
    ],
    dtype=np.float32,
)


def capture_of(weights, *, labels=None, valid=None, mask=None, layer="attention") -> AttentionCapture:
    """One sample of self-attention on the axis "text"; `weights` `[heads, token, token]`."""
    weights = np.asarray(weights, dtype=np.float32)
    length = weights.shape[-1]
    valid = np.ones(length, bool) if valid is None else np.asarray(valid, bool)
    labels = tuple(str(position) for position in range(length)) if labels is None else tuple(labels)
    one = AttentionMap(
        layer=layer,
        weights=weights[None],
        query_axis="text",
        key_axis="text",
        mask=None if mask is None else np.asarray(mask, bool)[None],
    )
    return AttentionCapture(
        model="toy", maps=(one,), sequences={"text": (labels,)}, valid={"text": valid[None]}, outputs=None
    )


def two_heads() -> AttentionCapture:
    """Four tokens, two heads, no padding."""
    return capture_of(HEADS, labels=TOKENS)


def padded(before: int, after: int) -> AttentionCapture:
    """`two_heads` with padding around it, whose weights would be seen at once if they got through."""
    length = before + len(TOKENS) + after
    real = slice(before, before + len(TOKENS))
    weights = np.zeros((2, length, length), np.float32)
    weights[:, :, 0] = weights[:, :, -1] = 0.5
    weights[:, real] = 0.0
    weights[:, real, real] = HEADS
    valid = np.zeros(length, bool)
    valid[real] = True
    return capture_of(weights, labels=("",) * before + TOKENS + ("",) * after, valid=valid)


def pooled() -> AttentionCapture:
    """Pooling attention: one query, four keys of which the last is padding."""
    one = AttentionMap(
        layer="pooling", weights=np.array([[[[0.2, 0.5, 0.3, 0.0]]]]), query_axis="pooled", key_axis="text"
    )
    return AttentionCapture(
        model="toy",
        maps=(one,),
        sequences={"pooled": (("pooled",),), "text": (("a", "b", "c", ""),)},
        valid={"pooled": np.ones((1, 1), bool), "text": np.array([[True, True, True, False]])},
        outputs=None,
    )
