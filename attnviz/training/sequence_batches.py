"""Batches of pairs of token ids, each of sequences of about one length."""

from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf

Batch = tuple[tuple[np.ndarray, np.ndarray], np.ndarray, np.ndarray]


class SequenceBatches:
    """Pairs of sequences as batches of about one length, in another order and other company in every pass.

    A batch is `((source, written), following, counts)`: int32 `[batch, source]` and `[batch, target]`, 0 at padding;
    what `written` leads to, int32 `[batch, target]`; and float32 `[batch, target]`, 1 where the loss counts and 0 at
    padding and where `following` is the unknown token, which no model shall learn to write.

    Args:
        sources: Ids of each source, each at least one.
        targets: Ids of each target, without start and end.
        start_id: What stands before every target.
        end_id: What follows every target.
        unknown_id: The id that the loss leaves out.
        batch_size: Pairs of one batch; the last one may have fewer.
        seed: Seed of the order; None keeps one order, for measuring.
    """

    def __init__(
        self,
        sources: Sequence[Sequence[int]],
        targets: Sequence[Sequence[int]],
        *,
        start_id: int,
        end_id: int,
        unknown_id: int,
        batch_size: int,
        seed: int | None = None,
    ) -> None:
        self._sources = sources
        self._targets = [[start_id, *target, end_id] for target in targets]
        self._unknown_id = unknown_id
        self._batch_size = batch_size
        self._generator = None if seed is None else np.random.default_rng(seed)
        self._lengths = np.array([(len(one), len(two)) for one, two in zip(sources, targets, strict=True)])

    def __len__(self) -> int:
        return -(-len(self._sources) // self._batch_size)

    def __iter__(self) -> Iterator[Batch]:
        """One pass; the next one is in another order, where there is a seed."""
        for chosen in self._draw():
            source = padded([self._sources[one] for one in chosen])
            target = padded([self._targets[one] for one in chosen])
            # Where a shorter target has ended its end stands among what was written: at a place that counts for 0.
            following = target[:, 1:]
            counts = (following != 0) & (following != self._unknown_id)
            yield (source, target[:, :-1]), following, counts.astype(np.float32)

    def dataset(self) -> tf.data.Dataset:
        """The same batches as `keras.Model.fit` takes them, with free sizes, so that no length is traced anew."""
        ids = tf.TensorSpec((None, None), tf.int32)
        signature = ((ids, ids), ids, tf.TensorSpec((None, None), tf.float32))
        batches = tf.data.Dataset.from_generator(lambda: iter(self), output_signature=signature)
        return batches.apply(tf.data.experimental.assert_cardinality(len(self))).prefetch(2)

    def _draw(self) -> list[np.ndarray]:
        ties = np.zeros(len(self._lengths)) if self._generator is None else self._generator.random(len(self._lengths))
        order = np.lexsort((ties, self._lengths[:, 1], self._lengths[:, 0]))
        batches = [order[start : start + self._batch_size] for start in range(0, len(order), self._batch_size)]
        if self._generator is None:
            return batches
        return [batches[one] for one in self._generator.permutation(len(batches))]


def padded(sequences: Sequence[Sequence[int]]) -> np.ndarray:
    """Ids as one array int32 `[batch, length]`, 0 after the end of the shorter ones."""
    lengths = np.array([len(one) for one in sequences])
    array = np.zeros((len(sequences), lengths.max(initial=0)), dtype=np.int32)
    array[np.arange(array.shape[1]) < lengths[:, None]] = [one for sequence in sequences for one in sequence]
    return array
