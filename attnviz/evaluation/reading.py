"""Running a model on one batch after another: its outputs and its attention, with as little around as possible.

`LoadedModel.capture` labels every axis and checks every array, which for a small model takes longer than the model. Of
a model whose maps all run over its input, the labels are known from the encoding, and what is kept of the attention is
computed in the same graph as the prediction.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from attnviz.capture.compiled import Summary, compiled_for, reason_of
from attnviz.capture.inputs import read_inputs
from attnviz.errors import CaptureError
from attnviz.evaluation.attention_over_data import HeadPlace
from attnviz.evaluation.batch_attention import BatchStatistics, attention_of, batch_statistics
from attnviz.evaluation.head_means import summary_of_maps
from attnviz.models.decodings import Decoding
from attnviz.models.loaded import LoadedModel
from attnviz.models.model_inputs import inputs_for
from attnviz.models.predictions import predicted_output
from attnviz.records import POOLED_AXIS, AttentionCapture
from attnviz.sequences.document_specification import DocumentSpecification
from attnviz.sequences.encoded import EncodedSequences


@dataclass(frozen=True, eq=False, kw_only=True)
class ReadBatch:
    """What a model made of one batch.

    Attributes:
        encoded: What it was given.
        outputs: The output that is the prediction, `[batch, ...]`.
        valid: `[batch, length]`, bool, True at the real tokens or steps of the input.
        attention: What is kept of the attention; None if none was asked for or there is none.
    """

    encoded: EncodedSequences
    outputs: np.ndarray
    valid: np.ndarray
    attention: BatchStatistics | None


@dataclass(frozen=True, eq=False, kw_only=True)
class WrittenBatch(ReadBatch):
    """What a seq2seq model wrote for one batch.

    Attributes:
        capture: The run that wrote it, token by token.
    """

    capture: AttentionCapture


class BatchReader:
    """Reads batches of one model.

    Args:
        model: The model.
        attention: Whether to keep statistics of the attention.
        decoding: How a seq2seq model writes.
    """

    def __init__(self, model: LoadedModel, *, attention: bool, decoding: Decoding | None = None) -> None:
        self._model = model
        self._wanted = attention
        self._decoding = decoding
        self._axis = model.card.input.name
        self._known = False
        self._plain = False
        self._axes: tuple[tuple[str, str], ...] = ()
        self._within: str | None = None
        self.places: tuple[HeadPlace, ...] = ()
        self.reads: str | None = None

    def read(self, encoded: EncodedSequences) -> ReadBatch:
        """Run the model.

        Raises:
            CaptureError: If it cannot be run on these inputs.
            CardError: If its outputs are not what its card says.
        """
        if self._model.card.output is not None:
            return self._written(encoded)
        if not self._wanted:
            found = self._in_graph(encoded, ("outputs",), _outputs_alone)
            return ReadBatch(
                encoded=encoded, outputs=self._predicted(found["outputs"]), valid=encoded.valid, attention=None
            )
        if self._known and self._plain:
            return self._summarised(encoded)
        capture = self._model.capture_encoded(encoded)
        if not self._known:
            self._learn(capture, encoded)
        valid = capture.valid.get(self._axis)
        return ReadBatch(
            encoded=encoded,
            outputs=self._predicted(capture.outputs),
            valid=encoded.valid if valid is None else valid,
            attention=self._statistics(capture, len(encoded.labels)),
        )

    def _written(self, encoded: EncodedSequences) -> ReadBatch:
        capture = self._model.capture_encoded(encoded, decoding=self._decoding)
        if not self._known or any(query_axis == POOLED_AXIS for query_axis, _ in self._axes):
            self._learn(capture, encoded)  # where only one token was written, its axis looked like a pooled one
        return WrittenBatch(
            encoded=encoded,
            outputs=self._predicted(capture.outputs),
            valid=encoded.valid,
            attention=self._statistics(capture, len(encoded.labels)) if self._wanted else None,
            capture=capture,
        )

    def _learn(self, capture: AttentionCapture, encoded: EncodedSequences) -> None:
        """What the maps are called and run over, which no later batch changes."""
        self._known = True
        self.places = tuple(
            HeadPlace(name=one.name, head=head, heads=one.heads, query_axis=one.query_axis, key_axis=one.key_axis)
            for one in capture.maps
            for head in range(one.heads)
        )
        specification = self._model.card.input
        self._axes = tuple((one.query_axis, one.key_axis) for one in capture.maps)
        named = {axis for pair in self._axes for axis in pair}
        if isinstance(specification, DocumentSpecification) and specification.words in named:
            self.reads, self._within = specification.words, self._axis
        else:
            self.reads = _most_read(capture, self._axis)
        known = bool(self._axes) and named <= {self._axis, POOLED_AXIS} and self.reads == self._axis
        # The model may mask more than the padding that its card tells of: then only the capture knows it.
        self._plain = (
            known
            and self._model.card.output is None
            and np.array_equal(capture.valid[self._axis], self._summarised(encoded).valid)
        )

    def _statistics(self, capture: AttentionCapture, batch: int) -> BatchStatistics | None:
        if not capture.maps or self.reads is None:
            return None
        reads = self.reads
        if reads not in capture.valid:  # an axis that is named by its length: in this batch, by the same map
            keys = [key_axis for _, key_axis in self._axes]
            reads = capture.maps[keys.index(reads)].key_axis
        return batch_statistics(attention_of(capture), batch, reads, self._within)

    def _summarised(self, encoded: EncodedSequences) -> ReadBatch:
        key = ("attention", self._axis, self._axes)
        found = self._in_graph(encoded, key, summary_of_maps(self._axes, self._axis), encoded.valid)
        entropy, normalised, distance = found["statistics"]
        valid = found["valid"]
        return ReadBatch(
            encoded=encoded,
            outputs=self._predicted(found["outputs"]),
            valid=valid,
            attention=BatchStatistics(
                entropy=entropy,
                normalised_entropy=normalised,
                distance=distance,
                labels=encoded.labels,
                shares=found["shares"],
                valid=valid,
            ),
        )

    def _in_graph(self, encoded: EncodedSequences, key: Hashable, make: Summary, *further: Any) -> dict[str, Any]:
        model, card = self._model.keras_model, self._model.card
        given = read_inputs(model, inputs_for(model, card.input.name, encoded)[0])
        try:
            return compiled_for(model, given).summary(key, make, given, *further)
        except tf.errors.OpError as error:
            raise CaptureError(
                f"Model {card.name!r} could not be run on inputs of shapes {given.shapes}: {reason_of(error)}"
            ) from error

    def _predicted(self, outputs: Any) -> np.ndarray:
        return predicted_output(self._model.card, outputs)


def _outputs_alone(run: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"outputs": run["outputs"]}


def _most_read(capture: AttentionCapture, axis: str) -> str | None:
    """The axis that most maps attend to; if there are two kinds of sequences, that of the input."""
    keys = [one.key_axis for one in capture.maps]
    if axis in keys:
        return axis
    return max(keys, key=keys.count, default=None)
