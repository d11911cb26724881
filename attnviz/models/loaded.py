"""A model together with its card: sequences in, predictions and attention out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pandas as pd

import attnviz.layers  # noqa: F401 - registers the layers that a saved model may use
from attnviz.capture.run import capture_attention
from attnviz.errors import CardError
from attnviz.models.card import Card, card_of_folder
from attnviz.records import AttentionCapture
from attnviz.sequences.encoding import EncodedSequences, encode
from attnviz.sequences.specification import NumericSpecification

MODEL_FILE = "model.keras"
PROBABILITY_TOLERANCE = 1e-2
"""How far the probabilities of a row may sum from 1: half precision rounds each of them."""

LONGEST_REASON = 300
"""Characters of Keras' own words that a message quotes."""
UNDECLARED_INPUT = "input"
"""What `capture_attention` calls the only input of a model that declares none."""

AnySequence = str | npt.ArrayLike


@dataclass(frozen=True, eq=False, kw_only=True)
class LoadedModel:
    """A Keras model and its card.

    Attributes:
        card: What the model does and takes.
        keras_model: The model itself, as `keras.models.load_model` gives it.
    """

    card: Card
    keras_model: keras.Model

    def encode(self, sequences: AnySequence | Sequence[AnySequence]) -> EncodedSequences:
        """Turn sequences into the model's input, with labels and notices.

        Args:
            sequences: Texts, or series of shape `[steps, features]`, as arrays or nested lists. A single text or
                series counts as one; so does a flat list of numbers, where a step has one feature. A list of lists
                of numbers is one series too, unless a step has one feature and the lists are no steps.

        Raises:
            InputError: If a sequence cannot be used; the message says which, why and what to do.
        """
        return encode(self.card.input, self._as_list(sequences))

    def capture(self, sequences: AnySequence | Sequence[AnySequence]) -> AttentionCapture:
        """The prediction for `sequences` and the attention behind it, with labels on both axes.

        Args:
            sequences: As for `encode`.

        Raises:
            InputError: If a sequence cannot be used.
            CaptureError: If the model cannot be run.
        """
        encoded = self.encode(sequences)
        lengths = encoded.valid.sum(axis=1)
        labels = [one[:length] for one, length in zip(encoded.labels, lengths, strict=True)]
        name, declared = self.card.input.name, _declared_inputs(self.keras_model)
        if declared == 0:
            captured = capture_attention(self.keras_model, encoded.inputs, sequences={UNDECLARED_INPUT: labels})
            captured = _renamed(captured, UNDECLARED_INPUT, name)
        else:
            inputs = encoded.inputs if declared == 1 else {name: encoded.inputs}
            captured = capture_attention(self.keras_model, inputs, sequences={name: labels})
        return replace(captured, model=self.card.name)

    def predict(self, sequences: AnySequence | Sequence[AnySequence]) -> pd.DataFrame:
        """What the model says of `sequences`.

        Args:
            sequences: As for `encode`.

        Returns:
            One row a sequence (or, for `token_classification`, a token): `prediction`, and for classes the
            probability of each, from 0 to 1, in a column of its name.

        Raises:
            InputError: If a sequence cannot be used.
            CaptureError: If the model cannot be run.
        """
        return self.predictions(self.capture(sequences))

    def predictions(self, capture: AttentionCapture) -> pd.DataFrame:
        """The table of `predict` for a run that is already there.

        Raises:
            CardError: If the outputs are not what the card says.
        """
        outputs = self._predicted(capture)
        if self.card.task == "regression":
            return pd.DataFrame({"prediction": outputs.reshape(len(outputs), -1)[:, 0].astype(float)})
        probabilities = self._probabilities(outputs)
        if self.card.task == "token_classification":
            return self._per_token(capture, probabilities)
        if probabilities.ndim != 2:
            raise CardError(
                f"Model {self.card.name!r} is for classification and must give [batch, classes]. Received: "
                f"shape={outputs.shape}. For a prediction at every position its card's task is token_classification."
            )
        return self._table(probabilities)

    def _as_list(self, sequences: Any) -> list[Any]:
        if isinstance(sequences, Iterator):
            sequences = list(sequences)
        if isinstance(self.card.input, NumericSpecification):
            if hasattr(sequences, "__array__"):
                sequences = np.asarray(sequences)
            one = _is_one_series(sequences, self.card.input)
        else:
            one = isinstance(sequences, str) or not isinstance(sequences, Iterable)
        return [sequences] if one else list(sequences)

    def _predicted(self, capture: AttentionCapture) -> np.ndarray:
        flat: list[Any] = keras.tree.flatten(capture.outputs)
        if self.card.prediction_output >= len(flat):
            raise CardError(
                f"`prediction_output` of card {self.card.name!r} must be one of the model's outputs, 0 to "
                f"{len(flat) - 1}. Received: {self.card.prediction_output}."
            )
        return np.asarray(flat[self.card.prediction_output])

    def _probabilities(self, outputs: np.ndarray) -> np.ndarray:
        classes = len(self.card.classes)
        if outputs.shape[-1] == 1 and classes == 2:  # one sigmoid unit gives the second class
            outputs = np.concatenate([1 - outputs, outputs], axis=-1)
        if outputs.shape[-1] != classes:
            raise CardError(
                f"Model {self.card.name!r} must give one number for each of the card's {classes} classes. "
                f"Received: shape={outputs.shape}."
            )
        if outputs.min() < 0 or np.abs(outputs.sum(axis=-1) - 1).max() > PROBABILITY_TOLERANCE:
            raise CardError(
                f"Model {self.card.name!r} must end in probabilities that sum to 1 over the classes. Received: "
                f"values from {outputs.min():.3g} to {outputs.max():.3g}. End the model in a softmax."
            )
        return outputs

    def _table(self, probabilities: np.ndarray) -> pd.DataFrame:
        chosen = [self.card.classes[index] for index in probabilities.argmax(axis=-1)]
        columns = {name: probabilities[:, index] for index, name in enumerate(self.card.classes)}
        return pd.DataFrame({"prediction": chosen, **columns})

    def _per_token(self, capture: AttentionCapture, probabilities: np.ndarray) -> pd.DataFrame:
        axis = self.card.input.name
        samples, positions = np.nonzero(capture.valid[axis])
        labels = capture.sequences[axis]
        table = self._table(probabilities[samples, positions])
        tokens = [labels[sample][position] for sample, position in zip(samples, positions, strict=True)]
        table.insert(0, "sequence", samples)
        table.insert(1, "position", positions + 1)
        table.insert(2, "token", tokens)
        return table


def open_model(folder: Path) -> LoadedModel:
    """The model in `folder`, with its card; the name of both is the folder's.

    Raises:
        CardError: If the folder holds no model or no card that can be used.
    """
    card = card_of_folder(folder)
    path = folder / MODEL_FILE
    if not path.is_file():
        raise CardError(f"{path} does not exist. A model folder holds `{MODEL_FILE}` and `card.json`.")
    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras, h5py and zipfile raise errors of every kind here
        raise CardError(
            f"Keras {keras.__version__} cannot load {path}: {_first_line(error)} Save the model again with "
            "`model.save`; it may hold no Lambda layer, and custom layers must be registered before it is loaded."
        ) from error
    return LoadedModel(card=card, keras_model=model)


def _first_line(error: Exception) -> str:
    line = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    if len(line) > LONGEST_REASON:
        return f"{line[: LONGEST_REASON - 1]}…"
    return line if line.endswith((".", "!", "?")) else f"{line}."


def _declared_inputs(model: keras.Model) -> int:
    """How many inputs the model declares; a subclassed one declares none, and takes one."""
    try:
        return len(keras.tree.flatten(model.inputs))
    except (AttributeError, ValueError):  # as Keras says it before and after the model is built
        return 0


def _renamed(capture: AttentionCapture, old: str, new: str) -> AttentionCapture:
    """The capture with another name for one of its axes."""
    names = {name: new if name == old else name for name in capture.sequences}
    return replace(
        capture,
        maps=tuple(
            replace(one, query_axis=names[one.query_axis], key_axis=names[one.key_axis]) for one in capture.maps
        ),
        sequences={names[name]: labels for name, labels in capture.sequences.items()},
        valid={names[name]: valid for name, valid in capture.valid.items()},
    )


def _is_one_series(sequences: Any, specification: NumericSpecification) -> bool:
    depth = _depth(sequences)
    if depth == 2 and len(specification.features) == 1 and not isinstance(sequences, np.ndarray):
        return all(len(row) == 1 for row in sequences)  # longer lists are series of plain numbers
    return depth <= 2 and not (isinstance(sequences, Sequence) and len(sequences) == 0)


def _depth(sequences: Any) -> int:
    """Dimensions of an array, or of nested lists by their first elements."""
    if isinstance(sequences, (list, tuple)):
        return 1 + (_depth(sequences[0]) if sequences else 0)
    return int(getattr(sequences, "ndim", 0))
