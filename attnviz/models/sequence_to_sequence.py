"""Sequence-to-sequence models with their cards: texts in, texts and the attention between the two out."""

from collections.abc import Collection, Sequence
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from attnviz.capture.run import capture_attention
from attnviz.errors import CardError, InputError
from attnviz.models.card import Card
from attnviz.models.decodings import Decoding
from attnviz.models.generation import NextTokens, Written, may_be_written, write
from attnviz.models.model_layers import declared_inputs
from attnviz.records import AttentionCapture
from attnviz.sequences.encoded import EncodedSequences
from attnviz.sequences.messages import listed, place
from attnviz.sequences.output_specification import END, OutputSpecification

SMALLEST_PROBABILITY = 1e-38
"""What a probability of 0 counts as: its logarithm is no number that could be added up."""
MOST_TOKENS_LISTED = 40
"""Tokens of a vocabulary that a message still lists."""


class Writer:
    """A sequence-to-sequence model that writes token by token.

    Args:
        model: Takes the ids of the source and of what was written so far, and gives `[batch, target, tokens]`.
        card: With an `output`.

    Raises:
        CardError: If the model does not take the inputs of the card, or gives other outputs than the card says.
    """

    def __init__(self, model: keras.Model, card: Card) -> None:
        self._model = model
        self._card = card
        self.output = output_of(card)
        names = [tensor.name for tensor in declared_inputs(model)]
        wanted = [card.input.name, self.output.name]
        if sorted(names) != sorted(wanted):
            raise CardError(
                f"Model {card.name!r} must take the two inputs {wanted[0]!r} (`input.name` of its card) and "
                f"{wanted[1]!r} (`output.name`). Received: {', '.join(map(repr, names)) or 'none that are declared'}."
            )
        self._names = names
        self._following = _compiled(model, names, card)

    def write(self, encoded: EncodedSequences, decoding: Decoding) -> list[tuple[Written, ...]]:
        """Outputs for each source, best first, see `attnviz.models.generation.write`."""
        return write(decoding, self._following, encoded.inputs, self.output)

    def capture(
        self,
        encoded: EncodedSequences,
        targets: Sequence[Sequence[int]],
        *,
        compare: bool = False,
        layers: str | Collection[str] | None = None,
    ) -> AttentionCapture:
        """The attention while `targets` are written, and the model's outputs at each of their tokens.

        Args:
            encoded: The sources.
            targets: For each source the ids of its output, without the start.
            compare: As for `capture_attention`.
            layers: As for `capture_attention`.

        Returns:
            One pass: its axis `output.name` is labelled with the tokens that were written, each at the place where the
            model, having read those before it, looks for it.
        """
        sequences = {
            self._card.input.name: encoded.labels,
            self.output.name: [self.output.labels_of(target) for target in targets],
        }
        return capture_attention(
            self._model,
            self.inputs(encoded, targets),
            sequences=sequences,
            layers=layers,
            compare=compare,
        )

    def inputs(self, encoded: EncodedSequences, targets: Sequence[Sequence[int]]) -> Any:
        """What the model takes while it writes `targets`, see `capture`: the sources, and what was written before."""
        length = max(map(len, targets))
        written = np.full((len(targets), length), self.output.padding_id, dtype=np.int32)
        for row, target in zip(written, targets, strict=True):
            row[: len(target)] = (self.output.start_id, *target[:-1])
        return _in_order(self._names, {self._card.input.name: encoded.inputs, self.output.name: written})


def forced_ids(output: OutputSpecification, given: Sequence[str | Written]) -> list[Sequence[int]]:
    """The ids of outputs that a person gives: a text's with the end, those of an output that was written as they are.

    Raises:
        InputError: If a text is empty or longer than the model writes, or has a token that the model cannot write.
    """
    return [
        one.ids if isinstance(one, Written) else _ids_of_text(output, one, place(sample, len(given)))
        for sample, one in enumerate(given)
    ]


def _ids_of_text(output: OutputSpecification, text: str, where: str) -> list[int]:
    tokens = output.tokens_of(text)
    if not tokens or not text.strip():
        raise InputError(f"{where}The output is empty. Type at least one word.")
    unknown = tuple(dict.fromkeys(token for token in tokens if token not in output.ids))
    if unknown:
        few = len(output.vocabulary) <= MOST_TOKENS_LISTED
        advice = f": {listed(output.vocabulary, most=MOST_TOKENS_LISTED)}." if few else ". Put it in other words."
        raise InputError(
            f"{where}The model cannot write {listed(unknown)}: it writes {len(output.vocabulary):,} tokens, and "
            f"no others{advice}"
        )
    if len(tokens) >= output.maximum_length:
        raise InputError(
            f"{where}The output may have at most {output.maximum_length - 1} tokens. Received: {len(tokens)}."
        )
    return [*output.ids_of(text), output.end_id]


def written_table(output: OutputSpecification, written: Sequence[Sequence[Written]]) -> pd.DataFrame:
    """Outputs as a table.

    Args:
        output: What the ids stand for.
        written: For each source its outputs, best first.

    Returns:
        One row an output: `sequence` (counted from 0), `rank` (from 1), `prediction`, `probability`, `log_probability`
        as in `output_table`, and `finished`, false where the longest output was reached before its end.
    """
    return pd.DataFrame(
        [
            {
                "sequence": sequence,
                "rank": rank,
                "prediction": output.text_of(one.ids),
                "probability": one.probability,
                "log_probability": one.log_probability,
                "finished": one.finished,
            }
            for sequence, outputs in enumerate(written)
            for rank, one in enumerate(outputs, start=1)
        ]
    )


def output_table(card: Card, capture: AttentionCapture) -> pd.DataFrame:
    """What was written, or given, and how probable the model finds it.

    Args:
        card: With an `output`.
        capture: As `Writer.capture` gives it.

    Returns:
        One row a source: `prediction` (text), `probability` of the whole output, its end counted, from 0 to 1, and
        `log_probability`, the logarithm of that, in nats.
    """
    output = output_of(card)
    chances = token_log_probabilities(card, capture)
    ids = [[_id(output, label) for label in labels if label] for labels in capture.sequences[output.name]]
    totals = [float(row[: len(own)].sum()) for row, own in zip(chances, ids, strict=True)]
    return pd.DataFrame(
        {
            "prediction": [output.text_of(own) for own in ids],
            "probability": np.exp(totals),
            "log_probability": totals,
        }
    )


def token_log_probabilities(card: Card, capture: AttentionCapture) -> np.ndarray:
    """Log-probability of each token that was written, given what stands before it.

    Args:
        card: With an `output`.
        capture: As `Writer.capture` gives it.

    Returns:
        float64 `[batch, target]`, in nats, 0 at padding.
    """
    output = output_of(card)
    labels = capture.sequences[output.name]
    ids = np.array([[_id(output, label) for label in row] for row in labels])
    chosen = np.take_along_axis(_every_log_probability(card, capture), ids[..., None], axis=-1)[..., 0]
    return np.where(np.array([[bool(label) for label in row] for row in labels]), chosen, 0.0)


def token_table(card: Card, capture: AttentionCapture) -> pd.DataFrame:
    """Each token that was written, or given, beside the one that the model finds most probable at its place.

    Args:
        card: With an `output`.
        capture: As `Writer.capture` gives it.

    Returns:
        One row a token, the end counted: `sequence` (counted from 0), `position` (from 1), `token`, its `probability`
        given the source and the tokens before it (0 to 1; of one output they multiply to its probability),
        `log_probability` (in nats), `rank` (1 for the most probable of the tokens that the model may write),
        `most_probable` (that one) and `most_probable_probability` (0 to 1).
    """
    output = output_of(card)
    every = _every_log_probability(card, capture)
    writable = may_be_written(every, output)
    rows: list[dict[str, object]] = []
    for sequence, labels in enumerate(capture.sequences[output.name]):
        for position, label in enumerate(filter(None, labels)):
            own, others = every[sequence, position, _id(output, label)], writable[sequence, position]
            best = int(others.argmax())
            rows.append(
                {
                    "sequence": sequence,
                    "position": position + 1,
                    "token": label,
                    "probability": float(np.exp(own)),
                    "log_probability": float(own),
                    "rank": int((others > own).sum()) + 1,
                    "most_probable": output.labels_of([best])[0],
                    "most_probable_probability": float(np.exp(others[best])),
                }
            )
    return pd.DataFrame(rows)


def output_of(card: Card) -> OutputSpecification:
    """The card's `output`.

    Raises:
        CardError: If it has none.
    """
    if card.output is None:
        raise CardError(f"Model {card.name!r} is for {card.task} and writes nothing: its card has no `output`.")
    return card.output


def _compiled(model: keras.Model, names: Sequence[str], card: Card) -> NextTokens:
    output = output_of(card)

    @tf.function(input_signature=[tf.TensorSpec((None, None), tf.int32)] * 2)
    def last(source: Any, written: Any) -> Any:
        given = _in_order(names, {card.input.name: source, output.name: written})
        return keras.tree.flatten(model(given, training=False))[card.prediction_output][:, -1]

    def following(source: np.ndarray, written: np.ndarray) -> np.ndarray:
        return _log_probabilities(card, last(tf.constant(source), tf.constant(written)).numpy())

    return following


def _every_log_probability(card: Card, capture: AttentionCapture) -> np.ndarray:
    """Of every token at every place of the output, float64 `[batch, target, tokens]`, in nats."""
    return _log_probabilities(card, np.asarray(keras.tree.flatten(capture.outputs)[card.prediction_output]))


def _log_probabilities(card: Card, outputs: np.ndarray) -> np.ndarray:
    """Outputs `[..., tokens]` as log-probabilities in float64."""
    output = output_of(card)
    if outputs.shape[-1] != output.size:
        raise CardError(
            f"Model {card.name!r} must give one number for each of the {output.size} ids of the card's `output`. "
            f"Received: shape={outputs.shape}."
        )
    numbers = outputs.astype(np.float64)
    if card.outputs == "probabilities":
        return np.log(np.maximum(numbers, SMALLEST_PROBABILITY))
    numbers -= numbers.max(axis=-1, keepdims=True)
    return numbers - np.log(np.exp(numbers).sum(axis=-1, keepdims=True))


def _in_order(names: Sequence[str], inputs: dict[str, Any]) -> list[Any]:
    return [inputs[name] for name in names]


def _id(output: OutputSpecification, label: str) -> int:
    if not label:
        return output.padding_id
    return output.end_id if label == END else output.ids[label]
