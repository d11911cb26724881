"""One run of a model on one sequence, with everything that a page says of it."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from attnviz.analysis.padding import padding_findings
from attnviz.app.explored import Explored
from attnviz.capture.queries_and_keys import QueriesAndKeys
from attnviz.models.card import Example
from attnviz.models.decodings import Decoding
from attnviz.models.generation import Written
from attnviz.records import AttentionCapture
from attnviz.sequences.encoding import Notice
from attnviz.sequences.field_checks import received
from attnviz.sequences.numeric import format_numbers, parse_numbers
from attnviz.sequences.specification import InputSpecification, NumericSpecification

if TYPE_CHECKING:
    from attnviz.models.loaded import LoadedModel


@dataclass(frozen=True, eq=False, kw_only=True)
class ModelRun:
    """What a model says of one sequence.

    Attributes:
        capture: The prediction and the attention behind it.
        predictions: The same prediction as a table; not to be written to, every session reads it.
        notices: What a person should know of how the sequence was encoded.
        padding: Which layers spend attention on padding, each in words.
        tokens: For a model that writes, how probable each token of its output is, see
            `LoadedModel.token_probabilities`; else None. Not to be written to either.
        output: What a model that writes was taken to write, as `run_model` was told.
        first_layer: The layer that is shown first, as the model's card says; empty for the first that there is.
    """

    capture: AttentionCapture
    predictions: pd.DataFrame
    notices: tuple[Notice, ...]
    padding: tuple[str, ...] = ()
    tokens: pd.DataFrame | None = None
    output: str | Written | None = None
    first_layer: str = ""

    @cached_property
    def explored(self) -> Explored:
        """What the browser is sent of `capture`."""
        return Explored(self.capture, self.first_layer)

    @property
    def missing_layer(self) -> str:
        """What is wrong with the card if it names a layer to show first that is none of the run's; else empty."""
        if not self.first_layer:
            return ""
        names = [one.name for one in self.capture.maps]
        if not names or self.first_layer in names:
            return ""
        return (
            f"`first_layer` in the card of model {self.capture.model!r} must name a layer whose attention is shown: "
            f"{', '.join(names)}. Received: {received(self.first_layer)}. {names[0]!r} is shown first instead."
        )


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """How far the prediction of a capture is from that of the plain model, on the first sequence that was run.

    Attributes:
        difference: Largest absolute difference between the outputs of the two.
        same: Whether that is no more than rounding.
        warnings: What was said while the model was captured: a cause of the difference, attention out of reach.
    """

    difference: float
    same: bool
    warnings: tuple[str, ...] = ()


def run_model(model: "LoadedModel", sequence: str, output: str | Written | None = None) -> ModelRun:
    """Run `model` on a text, or on numbers as `format_numbers` writes them.

    Args:
        model: What is run.
        sequence: What it reads.
        output: What a model that writes is taken to write: a text, or one of `written_outputs`; None for its best.

    Raises:
        AttnVizError: If the sequence or the output cannot be used, or the model not be run.
    """
    parsed = parsed_sequence(sequence, model.card.input)
    capture = model.capture([parsed], outputs=output)
    return ModelRun(
        capture=capture,
        predictions=model.predictions(capture),
        notices=model.encode([parsed]).notices,
        padding=padding_findings(capture),
        tokens=None if model.card.output is None else model.token_probabilities(capture),
        output=output,
        first_layer=model.card.first_layer,
    )


def look_inside(model: "LoadedModel", sequence: str, output: str | Written | None, layer: str) -> QueriesAndKeys:
    """What a layer computed its attention from in `run_model(model, sequence, output)`.

    Raises:
        AttnVizError: If it cannot be read.
    """
    from attnviz.models.inside import queries_and_keys  # starts TensorFlow

    return queries_and_keys(model, parsed_sequence(sequence, model.card.input), layer=layer, output=output)


def written_outputs(model: "LoadedModel", sequence: str, decoding: Decoding) -> tuple[Written, ...]:
    """What a sequence-to-sequence model writes, best first.

    Raises:
        AttnVizError: If the sequence cannot be used, or the model writes nothing.
    """
    return model.writer.write(model.encode([parsed_sequence(sequence, model.card.input)]), decoding)[0]


def compare(model: "LoadedModel", sequence: str) -> Comparison:
    """Run `model` once as it is and once captured.

    Raises:
        AttnVizError: As for `run_model`.
    """
    from attnviz.capture.comparison import LARGEST_DIFFERENCE  # starts TensorFlow
    from attnviz.capture.heard import heard_warnings

    with heard_warnings() as warnings:
        capture = model.capture([parsed_sequence(sequence, model.card.input)], compare=True)
    difference = capture.prediction_difference or 0.0
    return Comparison(difference=difference, same=difference <= LARGEST_DIFFERENCE, warnings=tuple(warnings))


def typed_sequence(example: Example) -> str:
    """The sequence of an example, as a person would type it."""
    sequence = example.sequence
    return sequence if isinstance(sequence, str) else format_numbers(np.asarray(sequence))


def parsed_sequence(sequence: str, specification: InputSpecification) -> str | np.ndarray:
    """What a person typed, as the model's encoder takes it."""
    return parse_numbers(sequence, specification) if isinstance(specification, NumericSpecification) else sequence
