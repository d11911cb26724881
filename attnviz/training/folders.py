"""Write a trained model as a folder that attnviz opens: `model.keras` and `card.json`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from attnviz.models.card import MODEL_FILE, Card, Example, write_card
from attnviz.sequences.encoding import encode
from attnviz.sequences.specification import InputSpecification

PROBABILITY_DECIMALS = 6
VALUE_DECIMALS = 4


def outputs_of(
    model: keras.Model, specification: InputSpecification, sequences: Sequence[Any], *, batch_size: int = 256
) -> np.ndarray:
    """What a model says of sequences as a person gives them.

    Args:
        model: Takes what `specification` encodes to.
        specification: How sequences become inputs.
        sequences: Texts, or series `[steps, features]`.
        batch_size: Sequences of one step.

    Returns:
        `[sequences, classes]`, or `[sequences, 1]` for a number; float32.

    Raises:
        InputError: If a sequence cannot be used.
    """
    return np.asarray(model.predict(encode(specification, sequences).inputs, batch_size=batch_size, verbose=0))


def predicted_examples(
    model: keras.Model, specification: InputSpecification, classes: Sequence[str], sequences: Sequence[Any]
) -> tuple[Example, ...]:
    """The examples of a card: sequences with what the model says of them.

    Args:
        model: Ends in class probabilities, or in one number.
        specification: How sequences become inputs.
        classes: Class names in the order of the outputs; none for a regression.
        sequences: Texts, or series `[steps, features]`.

    Raises:
        InputError: If a sequence cannot be used.
    """
    return tuple(
        _example(sequence if isinstance(sequence, str) else _plain(sequence), row, classes)
        for sequence, row in zip(sequences, outputs_of(model, specification, sequences), strict=True)
    )


def write_folder(model: keras.Model, card: Card, folder: Path) -> None:
    """Write `model.keras` and `card.json` into `folder`, which is made if it does not exist.

    Args:
        model: Uncompiled, so that the file carries no optimizer.
        card: What the model does and how good it is.
        folder: Where to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model.save(folder / MODEL_FILE)
    write_card(card, folder)


def _example(sequence: Any, output: np.ndarray, classes: Sequence[str]) -> Example:
    if not classes:
        return Example(sequence=sequence, prediction=round(float(output[0]), VALUE_DECIMALS))
    return Example(
        sequence=sequence,
        prediction=classes[int(output.argmax())],
        probabilities=tuple(round(float(one), PROBABILITY_DECIMALS) for one in output),
    )


def _plain(series: Any) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(value) for value in step) for step in series)
