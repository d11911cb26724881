"""Documents put together from labelled sentences, whose label is that of most of them."""

from collections.abc import Sequence

import numpy as np

from attnviz.sequences.sentences import split_sentences
from attnviz.training.recipe import Part
from sample_models.sentiment.sentences import Sentence

FEWEST, MOST = 3, 7
"""Sentences of a document."""

_ENDS = (".", "!", "?", "…")


def single_sentence(text: str) -> str | None:
    """The text with an end, if it is one sentence however it is split; else None.

    Documents are split into sentences again when the model reads them, and their labels must still fit.
    """
    ended = text.strip() if text.strip().endswith(_ENDS) else f"{text.strip()}."
    return ended if split_sentences(f"{ended} {ended}") == [ended, ended] else None


def draw_documents(
    sentences: Sequence[Sentence], count: int, generator: np.random.Generator, *, single_share: float = 0.0
) -> Part:
    """Documents of 3 to 7 different sentences with both labels among them, and no ties.

    Args:
        sentences: Sentences of one part of the split, so that none stands in documents of two parts.
        count: Number of documents.
        generator: Draws sentences, lengths and labels.
        single_share: Share of documents that are a single sentence instead, from which a model learns words faster.

    Returns:
        The texts, and `[count]` classes: 0 where most sentences are negative, 1 where most are positive.
    """
    usable = [(ended, one.label) for one in sentences if (ended := single_sentence(one.text)) is not None]
    by_label = [[text for text, label in usable if label == wanted] for wanted in (0, 1)]
    texts: list[str] = []
    classes = generator.integers(2, size=count)
    for majority in classes:
        total = int(generator.integers(FEWEST, MOST + 1))
        fewer = int(generator.integers(1, (total - 1) // 2 + 1))
        if single_share and generator.random() < single_share:
            total, fewer = 1, 0
        numbers = (total - fewer, fewer) if majority == 0 else (fewer, total - fewer)
        chosen = [
            by_label[label][index]
            for label, number in enumerate(numbers)
            for index in generator.choice(len(by_label[label]), number, replace=False)
        ]
        texts.append(" ".join(chosen[index] for index in generator.permutation(total)))
    return Part(sequences=texts, targets=classes.astype(np.int64))
