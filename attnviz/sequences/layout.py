"""How rows of numbers make sequences: one rule for CSV, JSON and NPY."""

from enum import Enum

from attnviz.errors import InputError
from attnviz.sequences.messages import counted
from attnviz.sequences.specification import NumericSpecification


class Layout(Enum):
    """What one row of a table of numbers is."""

    STEPS = "steps"
    """One step: all rows together are a single sequence."""

    SEQUENCES = "sequences"
    """One whole sequence, step by step."""


def layout_of(width: int, specification: NumericSpecification) -> Layout:
    """What a row of `width` numbers is, decided by its width alone.

    In this order: as many numbers as `length * features` are a whole sequence, unless that is also the size of one
    step of a longer one; as many as `features` are one step; and where a step has one feature, any other number of
    them is a whole sequence.

    Raises:
        InputError: If the width fits none of these.
    """
    features, length = len(specification.features), specification.length
    if length is not None and width == length * features and (length == 1 or width != features):
        return Layout.SEQUENCES
    if width == features:
        return Layout.STEPS
    if features == 1:
        return Layout.SEQUENCES
    raise InputError(
        f"Lines of {counted(width, 'number')} do not fit the model. Expected: {expected_widths(specification)}."
    )


def expected_widths(specification: NumericSpecification) -> str:
    """The widths that `layout_of` takes, in words."""
    features, length, step = len(specification.features), specification.length, specification.step
    one = f"{counted(features, 'number')} a line (each line one {step} of a single sequence)"
    if features == 1:
        return f"{one}, or one whole sequence a line"
    return one if length is None else f"{one}, or {length * features} a line (each line a whole sequence)"


def layout_notice(layout: Layout, lines: int, specification: NumericSpecification) -> str:
    """What was assumed, in a sentence."""
    if layout is Layout.STEPS:
        return f"All lines ({lines:,}) were read as a single sequence, one {specification.step} each."
    return f"Each line was read as a whole sequence, {specification.step} by {specification.step}."
