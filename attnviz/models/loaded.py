"""A model together with its card: sequences in, predictions and attention out."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pandas as pd

import attnviz.layers  # noqa: F401 - registers the layers that a saved model may use
from attnviz.capture.run import capture_attention
from attnviz.errors import CardError, InputError
from attnviz.models.card import MODEL_FILE, Card, card_of_folder
from attnviz.models.decodings import Beam, Decoding
from attnviz.models.documents import with_words
from attnviz.models.encoders import encode_for
from attnviz.models.generation import Written
from attnviz.models.model_inputs import inputs_for, on_one_axis
from attnviz.models.model_layers import preprocessor_of
from attnviz.models.pictures import with_patches
from attnviz.models.predictions import prediction_table
from attnviz.models.sequence_to_sequence import Writer, forced_ids, output_table, token_table, written_table
from attnviz.records import AttentionCapture
from attnviz.sequences.document_specification import DocumentSpecification
from attnviz.sequences.encoding import EncodedSequences
from attnviz.sequences.specification import NumericSpecification

LONGEST_REASON = 300
"""Characters of Keras' own words that a message quotes."""

AnySequence = str | npt.ArrayLike
AnyOutputs = str | Written | Sequence[str | Written]


@dataclass(frozen=True, eq=False, kw_only=True)
class LoadedModel:
    """A Keras model and its card.

    Attributes:
        card: What the model does and takes.
        keras_model: The model itself, as `keras.models.load_model` gives it.
        preprocessor: A KerasHub preprocessor that turns text into the model's input, where the model (a backbone)
            does not hold it itself; else None.
    """

    card: Card
    keras_model: keras.Model
    preprocessor: Any = None

    def encode(self, sequences: AnySequence | Sequence[AnySequence]) -> EncodedSequences:
        """Turn sequences into the model's input, with labels and notices.

        Args:
            sequences: Texts, or series of shape `[steps, features]`, as arrays or nested lists. A single text or
                series counts as one; so does a flat list of numbers, where a step has one feature. A list of lists
                of numbers is one series too, unless a step has one feature and the lists are no steps.

        Raises:
            InputError: If a sequence cannot be used; the message says which, why and what to do.
            CardError: If the card says that the model encodes text itself, and it does not.
        """
        return encode_for(self.card.input, self.keras_model, self.own_preprocessor, self._as_list(sequences))

    def capture(
        self,
        sequences: AnySequence | Sequence[AnySequence],
        *,
        compare: bool = False,
        layers: str | Collection[str] | None = None,
        decoding: Decoding | None = None,
        outputs: AnyOutputs | None = None,
    ) -> AttentionCapture:
        """The prediction for `sequences` and the attention behind it, with labels on both axes.

        Args:
            sequences: As for `encode`.
            compare: Also run the plain model and keep the largest difference, as for `capture_attention`.
            layers: Which layers to keep, as for `capture_attention`; None keeps all.
            decoding: How a seq2seq model writes, `Beam()` by default.
            outputs: What a seq2seq model shall be taken to write instead, one for each sequence: texts, or outputs that
                `self.writer.write` found.

        Raises:
            InputError: If a sequence or an output cannot be used, or outputs are given to a model that writes none.
            CaptureError: If the model cannot be run.
        """
        return self.capture_encoded(
            self.encode(sequences), compare=compare, layers=layers, decoding=decoding, outputs=outputs
        )

    def capture_encoded(
        self,
        encoded: EncodedSequences,
        *,
        compare: bool = False,
        layers: str | Collection[str] | None = None,
        decoding: Decoding | None = None,
        outputs: AnyOutputs | None = None,
    ) -> AttentionCapture:
        """As `capture`, of sequences that `encode` has encoded.

        Raises:
            InputError: As for `capture`.
            CaptureError: If the model cannot be run.
        """
        if self.card.output is not None:
            targets = self._targets(encoded, decoding or Beam(), outputs)
            captured = self.writer.capture(encoded, targets, compare=compare, layers=layers)
            return replace(captured, model=self.card.name)
        if decoding is not None or outputs is not None:
            raise InputError(f"Model {self.card.name!r} writes no text: leave `decoding` and `outputs` out.")
        inputs, axis = inputs_for(self.keras_model, self.card.input.name, encoded)
        captured = capture_attention(
            self.keras_model, inputs, sequences={axis: encoded.labels}, layers=layers, compare=compare
        )
        captured = on_one_axis(captured, axis, encoded.companions, self.card.input.name)
        captured = with_patches(captured, self.card.input)
        if isinstance(self.card.input, DocumentSpecification):
            captured = with_words(captured, encoded, self.card.input.words)
        return replace(captured, model=self.card.name)

    def predict(
        self,
        sequences: AnySequence | Sequence[AnySequence],
        *,
        decoding: Decoding | None = None,
        outputs: AnyOutputs | None = None,
    ) -> pd.DataFrame:
        """What the model says of `sequences`.

        Args:
            sequences: As for `encode`.
            decoding: As for `capture`.
            outputs: As for `capture`: "why not this one?", answered by its probability.

        Returns:
            One row a sequence (or, for `token_classification`, a token): `prediction`, and for classes the
            probability of each, from 0 to 1, in a column of its name. For `seq2seq` `probability`, that of the whole
            text, and `log_probability`, its logarithm in nats. For `features`, which predict nothing, rows without
            columns.

        Raises:
            InputError: As for `capture`.
            CaptureError: If the model cannot be run.
        """
        return self.predictions(self.capture(sequences, decoding=decoding, outputs=outputs))

    def write(
        self, sequences: AnySequence | Sequence[AnySequence], *, decoding: Decoding | None = None
    ) -> pd.DataFrame:
        """The texts that a seq2seq model writes, with those that `Beam` found beside the best.

        Args:
            sequences: As for `encode`.
            decoding: `Greedy()`, `Beam(size=…)` or `Sampled(temperature=…, seed=…)`; `Beam()` by default.

        Returns:
            One row an output: `sequence` (counted from 0), `rank` (from 1), `prediction`, `probability` (of the whole
            text, its end counted, from 0 to 1), `log_probability` (in nats) and `finished`, false where the longest
            output was reached before its end.

        Raises:
            InputError: If a sequence cannot be used.
            CardError: If the model writes nothing.
        """
        writer = self.writer
        return written_table(writer.output, writer.write(self.encode(sequences), decoding or Beam()))

    def predictions(self, capture: AttentionCapture) -> pd.DataFrame:
        """The table of `predict` for a run that is already there.

        Raises:
            CardError: If the outputs are not what the card says.
        """
        if self.card.output is not None:
            return output_table(self.card, capture)
        return prediction_table(self.card, capture)

    def token_probabilities(self, capture: AttentionCapture) -> pd.DataFrame:
        """How probable a seq2seq model finds each token of the outputs of a run: which one is the improbable one?

        Args:
            capture: As `capture` gives it, of what the model writes or of `outputs` that were given.

        Returns:
            One row a token, the end counted: `sequence` (counted from 0), `position` (from 1), `token`, `probability`
            (given what stands before it, from 0 to 1), `log_probability` (in nats), `rank` among the tokens that could
            have been written there (1 is the most probable), `most_probable` (that token) and
            `most_probable_probability`.

        Raises:
            CardError: If the model writes nothing.
        """
        return token_table(self.card, capture)

    @cached_property
    def writer(self) -> Writer:
        """What writes token by token, compiled once.

        Raises:
            CardError: If the model writes nothing, or does not fit its card.
        """
        return Writer(self.keras_model, self.card)

    @property
    def own_preprocessor(self) -> Any:
        """What turns text into the model's input: `preprocessor`, or that of a KerasHub task; None if there is none."""
        return self.preprocessor or preprocessor_of(self.keras_model)

    def _targets(
        self, encoded: EncodedSequences, decoding: Decoding, outputs: AnyOutputs | None
    ) -> list[Sequence[int]]:
        if outputs is None:
            return [found[0].ids for found in self.writer.write(encoded, decoding)]
        given = [outputs] if isinstance(outputs, str | Written) else list(outputs)
        if len(given) != len(encoded.labels):
            raise InputError(
                f"There must be one output for each sequence. Received: {len(given)} for {len(encoded.labels)}."
            )
        return forced_ids(self.writer.output, given)

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
            f"Keras {keras.__version__} cannot load {path}: {first_line(error)} Save the model again with "
            "`model.save`; it may hold no Lambda layer, and custom layers must be registered before it is loaded."
        ) from error
    return LoadedModel(card=card, keras_model=model)


def first_line(error: Exception) -> str:
    """What `error` says in its first line, as the sentence of a message, shortened if it is long."""
    line = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    if len(line) > LONGEST_REASON:
        return f"{line[: LONGEST_REASON - 1]}…"
    return line if line.endswith((".", "!", "?")) else f"{line}."


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
