"""What a model that is to be trained takes: vocabulary and ranges, read from the training part alone."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from attnviz.errors import TrainingError
from attnviz.sequences.document_specification import DocumentSpecification
from attnviz.sequences.specification import FIRST_WORD_ID, InputSpecification, NumericSpecification, TextSpecification
from attnviz.sequences.text import lookup_form, split_words
from attnviz.training.model_plan import ClassOutput, ModelPlan, NumberOutput, SeriesInput, TextInput, keras_name
from attnviz.training.settings import TrainingSettings
from attnviz.training.training_data import CLASSIFICATION, TrainingData

TOKENS, SENTENCES, STEPS = "tokens", "sentences", "steps"
"""Names of the inputs, and of the axes that attention runs over."""

MANY_TEXTS = 200
"""From so many texts on, a word that only one of them has is left out: nothing can be learned about it."""


def specification_for(
    architecture: str, data: TrainingData, training: np.ndarray, settings: TrainingSettings
) -> InputSpecification:
    """How sequences become the model's input.

    Args:
        architecture: A hierarchical one takes documents.
        data: All sequences.
        training: Positions of the training part: nothing else is looked at.
        settings: Most words, and most of them in a text.

    Raises:
        TrainingError: If the training part holds no word that can be learned.
    """
    if data.features:
        steps = len(data.sequences[0])
        return NumericSpecification(name=STEPS, features=data.features, length=steps)
    vocabulary = _vocabulary([data.sequences[index] for index in training], settings.maximum_words)
    if architecture == "hierarchical":
        return DocumentSpecification(
            name=SENTENCES,
            vocabulary=vocabulary,
            maximum_length=settings.maximum_length,
            maximum_sentences=settings.maximum_sentences,
        )
    return TextSpecification(name=TOKENS, vocabulary=vocabulary, maximum_length=settings.maximum_length)


def plan_for(name: str, data: TrainingData, training: np.ndarray, specification: InputSpecification) -> ModelPlan:
    """What the model takes and gives: as many words as the vocabulary, and the ranges of the training part."""
    output: ClassOutput | NumberOutput
    if data.task == CLASSIFICATION:
        output = ClassOutput(classes=len(data.classes))
    else:
        values = data.targets[training]
        output = NumberOutput(mean=_rounded(values.mean()), deviation=_rounded(values.std()) or 1.0)
    if isinstance(specification, TextSpecification):
        return ModelPlan(
            name=keras_name(name),
            input=TextInput(words=len(specification.vocabulary) + FIRST_WORD_ID),
            output=output,
        )
    series = np.concatenate([data.sequences[index] for index in training]).astype(np.float64)
    return ModelPlan(
        name=keras_name(name),
        input=SeriesInput(
            length=len(data.sequences[0]),
            means=tuple(_rounded(one) for one in series.mean(axis=0)),
            variances=tuple(_rounded(one) or 1.0 for one in series.var(axis=0)),
        ),
        output=output,
    )


def _vocabulary(texts: Sequence[str], most: int) -> tuple[str, ...]:
    """The most frequent words, those that stand in more texts first, equal ones by the alphabet."""
    counts = Counter(
        word for text in texts for word in {lookup_form(word, lowercase=True) for word in split_words(text)}
    )
    least = 2 if len(texts) >= MANY_TEXTS else 1
    words = sorted((word for word, count in counts.items() if count >= least), key=lambda word: (-counts[word], word))
    if not words:
        raise TrainingError(
            f"No word stands in two of the {len(texts):,} texts of the training part: there is nothing to learn from. "
            "Is it the right column?"
        )
    return tuple(words[:most])


def _rounded(value: Any) -> float:
    """To six digits: as exact as float32 needs, and short enough to read in code."""
    return float(f"{float(value):.6g}")
