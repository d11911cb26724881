"""Running a model on one batch after another: its outputs and its attention, with as little around as possible.

`LoadedModel.capture` labels every axis and checks every array, which for a small model takes longer than the model. Of
a model whose maps all run over its input, the labels are known from the encoding: its compiled capture is read
directly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from attnviz.analysis.head_means import Scratch
from attnviz.capture.compiled import CompiledCapture, Run, compiled_for, reason_of
from attnviz.capture.inputs import ModelInputs, read_inputs
from attnviz.capture.traced_maps import TracedMap
from attnviz.errors import CaptureError
from attnviz.evaluation.attention_over_data import HeadPlace
from attnviz.evaluation.batch_attention import BatchAttention, BatchStatistics, attention_of, batch_statistics
from attnviz.models.decodings import Decoding
from attnviz.models.loaded import LoadedModel
from attnviz.models.model_inputs import inputs_for
from attnviz.models.predictions import predicted_output
from attnviz.records import POOLED_AXIS, AttentionCapture, AttentionMap, map_name
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
        self._known: bool = False
        self._plain = False
        self.places: tuple[HeadPlace, ...] = ()
        self.reads: str | None = None
        self._within: str | None = None
        self._scratch = Scratch()

    def read(self, encoded: EncodedSequences) -> ReadBatch:
        """Run the model.

        Raises:
            CaptureError: If it cannot be run on these inputs.
            CardError: If its outputs are not what its card says.
        """
        if self._model.card.output is not None:
            return self._written(encoded)
        if not self._wanted:
            return self._read_directly(encoded, kept=())
        if not self._known:
            self._learn(self._model.capture_encoded(encoded))
        if self._plain:
            return self._read_directly(encoded, kept=None)
        capture = self._model.capture_encoded(encoded)
        return ReadBatch(
            encoded=encoded,
            outputs=predicted_output(self._model.card, capture.outputs),
            valid=self._valid_of(capture, encoded),
            attention=self._statistics(attention_of(capture), len(encoded.labels)),
        )

    def _written(self, encoded: EncodedSequences) -> ReadBatch:
        capture = self._model.capture_encoded(encoded, decoding=self._decoding)
        if not self._known:
            self._learn(capture)
        statistics = self._statistics(attention_of(capture), len(encoded.labels)) if self._wanted else None
        outputs = predicted_output(self._model.card, capture.outputs)
        return WrittenBatch(
            encoded=encoded, outputs=outputs, valid=encoded.valid, attention=statistics, capture=capture
        )

    def _learn(self, capture: AttentionCapture) -> None:
        """What the maps are called and run over, which no later batch changes."""
        self._known = True
        self.places = tuple(
            HeadPlace(name=one.name, head=head, heads=one.heads, query_axis=one.query_axis, key_axis=one.key_axis)
            for one in capture.maps
            for head in range(one.heads)
        )
        specification = self._model.card.input
        axes = {axis for one in capture.maps for axis in (one.query_axis, one.key_axis)}
        if isinstance(specification, DocumentSpecification) and specification.words in axes:
            self.reads, self._within = specification.words, self._axis
        else:
            self.reads = _most_read(capture, self._axis)
        self._plain = self._model.card.output is None and axes <= {self._axis, POOLED_AXIS}

    def _statistics(self, attention: BatchAttention, batch: int) -> BatchStatistics | None:
        if not attention.maps or self.reads is None:
            return None
        reads = self.reads
        if reads not in attention.valid:  # an axis that is named by its length: of this batch, by the same map
            reads = next(one.key_axis for one, place in self._firsts(attention) if place.key_axis == self.reads)
        return batch_statistics(attention, batch, reads, self._within, scratch=self._scratch)

    def _firsts(self, attention: BatchAttention) -> list[tuple[AttentionMap, HeadPlace]]:
        return list(zip(attention.maps, (place for place in self.places if place.head == 0), strict=True))

    def _read_directly(self, encoded: EncodedSequences, kept: Sequence[int] | None) -> ReadBatch:
        model, card = self._model.keras_model, self._model.card
        packed, axis = inputs_for(model, card.input.name, encoded)
        given = read_inputs(model, packed)
        compiled = compiled_for(model, given)
        run = _run(card.name, compiled, given, kept)
        valid = _valid(run, given.names.index(axis) if axis in given.names else None, encoded.valid)
        if self._plain:
            for place, mask in zip(self._maps_of(compiled.maps), run.key_masks, strict=True):
                if mask is not None and place == (self._axis, self._axis):
                    valid = valid & mask
        statistics = None
        if kept is None and compiled.maps:
            statistics = self._statistics(self._direct_attention(compiled.maps, run, valid, encoded), len(valid))
        return ReadBatch(
            encoded=encoded, outputs=predicted_output(card, run.outputs), valid=valid, attention=statistics
        )

    def _maps_of(self, maps: Sequence[TracedMap]) -> list[tuple[str, str]]:
        """Query and key axis of each map."""
        axes = [(place.query_axis, place.key_axis) for place in self.places if place.head == 0]
        if len(axes) != len(maps):
            raise CaptureError(
                f"Model {self._model.card.name!r} has {len(maps)} attention maps in one batch and had {len(axes)} in "
                "the first. Was it changed while it was evaluated?"
            )
        return axes

    def _direct_attention(
        self, traced: Sequence[TracedMap], run: Run, valid: np.ndarray, encoded: EncodedSequences
    ) -> BatchAttention:
        maps = []
        for one, (query_axis, key_axis), weights, mask in zip(
            traced, self._maps_of(traced), run.weights, run.masks, strict=True
        ):
            shape = (weights.shape[0], *weights.shape[2:])
            maps.append(
                AttentionMap(
                    layer=map_name(one.layer, one.call_index),
                    weights=weights,
                    mask=None if mask is None else np.broadcast_to(mask, shape),
                    query_axis=query_axis,
                    key_axis=key_axis,
                    range_known=True,
                )
            )
        batch = len(valid)
        return BatchAttention(
            maps=maps,
            labels={self._axis: encoded.labels},
            valid={self._axis: valid, POOLED_AXIS: np.ones((batch, 1), bool)},
        )

    def _valid_of(self, capture: AttentionCapture, encoded: EncodedSequences) -> np.ndarray:
        found = capture.valid.get(self._axis)
        return encoded.valid if found is None else found


def _run(name: str, compiled: CompiledCapture, given: ModelInputs, kept: Sequence[int] | None) -> Run:
    try:
        return compiled(given, kept)
    except tf.errors.OpError as error:
        raise CaptureError(
            f"Model {name!r} could not be run on inputs of shapes {given.shapes}: {reason_of(error)}"
        ) from error


def _valid(run: Run, position: int | None, encoded: np.ndarray) -> np.ndarray:
    """Real tokens as the model computed them for its input, else as they were encoded."""
    mask = None if position is None else run.valid[position]
    return encoded if mask is None or mask.shape != encoded.shape else mask


def _most_read(capture: AttentionCapture, axis: str) -> str | None:
    """The axis that most maps attend to; of equals, and if there are two kinds of sequences, that of the input."""
    keys = [one.key_axis for one in capture.maps]
    if axis in keys:
        return axis
    return max(keys, key=keys.count, default=None)
