"""What the sentiment model sees while it learns: sentences and phrases in a new order every epoch, words left out."""

from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf

from attnviz.sequences.encoding import encode
from attnviz.sequences.specification import PADDING_ID, UNKNOWN_ID, TextSpecification
from sample_models.sentiment.lexicon import PhraseSource
from sample_models.sentiment.sentences import Sentence

UNKNOWN_SHARE = 0.1
"""Share of the words that a batch shows as unknown, so that the model learns to do without each of them."""

PHRASES_PER_EPOCH = 200
"""Phrases from the lexicon among the sentences of an epoch, so that negation is not forgotten."""


def batches(
    specification: TextSpecification,
    training: Sequence[Sentence],
    source: PhraseSource,
    generator: np.random.Generator,
    *,
    size: int,
) -> tf.data.Dataset:
    """Shuffled batches, drawn anew in every epoch.

    Args:
        specification: How texts become ids.
        training: The sentences.
        source: Draws the phrases.
        generator: Draws order, phrases and unknown words.
        size: Examples of a batch; the last one has what is left.

    Returns:
        Batches of int32 `[batch, length]` ids, as long as the longest of the batch, and int64 `[batch]` classes.
    """
    sentences = _ids(specification, [one.text for one in training])
    classes = np.array([one.label for one in training], dtype=np.int64)
    total = len(training) + PHRASES_PER_EPOCH

    def epoch() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        drawn, drawn_classes = source.draw(PHRASES_PER_EPOCH, generator)
        rows = [*sentences, *_ids(specification, drawn)]
        every_class = np.concatenate([classes, drawn_classes])
        order = generator.permutation(total)
        for start in range(0, total, size):
            chosen = order[start : start + size]
            yield with_unknown_words(_padded([rows[index] for index in chosen]), generator), every_class[chosen]

    signature = (tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None,), tf.int64))
    dataset = tf.data.Dataset.from_generator(epoch, output_signature=signature)
    return dataset.apply(tf.data.experimental.assert_cardinality(-(-total // size)))


def _ids(specification: TextSpecification, texts: Sequence[str]) -> list[np.ndarray]:
    encoded = encode(specification, texts)
    return [row[real] for row, real in zip(encoded.inputs, encoded.valid, strict=True)]


def _padded(rows: Sequence[np.ndarray]) -> np.ndarray:
    inputs = np.full((len(rows), max(map(len, rows))), PADDING_ID, dtype=np.int32)
    for target, row in zip(inputs, rows, strict=True):
        target[: len(row)] = row
    return inputs


def with_unknown_words(inputs: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Ids with `UNKNOWN_SHARE` of the words turned into the unknown word."""
    lost = (generator.random(inputs.shape) < UNKNOWN_SHARE) & (inputs != PADDING_ID)
    return np.where(lost, np.int32(UNKNOWN_ID), inputs)
