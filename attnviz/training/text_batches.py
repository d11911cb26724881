"""Batches of texts in a new order every epoch, with words left out."""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from attnviz.sequences.specification import PADDING_ID, UNKNOWN_ID


def text_batches(
    ids: np.ndarray, targets: np.ndarray, generator: np.random.Generator, *, size: int, unknown_share: float
) -> tf.data.Dataset:
    """Shuffled batches, drawn anew in every epoch.

    Args:
        ids: `[examples, length]`, or `[examples, sentences, length]`, padded on the right with 0.
        targets: `[examples]`, class indices (int64), or float32 numbers.
        generator: Draws order and unknown words.
        size: Examples of a batch; the last one has what is left.
        unknown_share: Share of the words that a batch shows as unknown (1), so that a model learns to do without each.

    Returns:
        Batches of int32 `[batch, length]` ids, as long as the longest of the batch, and `[batch]` targets. Documents
        stay `[batch, sentences, length]`.
    """
    flat = ids.ndim == 2
    lengths = (ids != PADDING_ID).sum(axis=1) if flat else None

    def epoch() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        order = generator.permutation(len(ids))
        for start in range(0, len(ids), size):
            chosen = order[start : start + size]
            rows = ids[chosen] if lengths is None else ids[chosen, : lengths[chosen].max()]
            lost = (generator.random(rows.shape) < unknown_share) & (rows != PADDING_ID)
            yield np.where(lost, np.int32(UNKNOWN_ID), rows), targets[chosen]

    shape = (None, None) if flat else (None, *ids.shape[1:])
    signature = (tf.TensorSpec(shape, tf.int32), tf.TensorSpec((None,), tf.as_dtype(targets.dtype)))
    dataset = tf.data.Dataset.from_generator(epoch, output_signature=signature)
    return dataset.apply(tf.data.experimental.assert_cardinality(-(-len(ids) // size)))
