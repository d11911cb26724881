"""Whether a sequence of numbers is one that a model can take."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from attnviz.errors import InputError
from attnviz.sequences.messages import counted, quoted
from attnviz.sequences.specification import NumericSpecification


def checked_numbers(sequence: Any, specification: NumericSpecification, *, where: str = "") -> np.ndarray:
    """A sequence of numbers that the model can take, before normalisation.

    Args:
        sequence: Numbers `[steps, features]`, or `[steps]` where a step has one feature; an array or nested lists.
        specification: What the model takes.
        where: What a message starts with, such as `"Sequence 3 of 12: "`.

    Returns:
        `[steps, features]`, float64.

    Raises:
        InputError: If it is empty, ragged, not numeric or not finite, of the wrong number of features or steps, or
            has a value outside `minimum` to `maximum`.
    """
    array = numeric_array(sequence, where)
    step, features = specification.step, len(specification.features)
    if array.size == 0:
        raise InputError(f"{where}The sequence is empty. Give at least one {step} of {counted(features, 'number')}.")
    if array.ndim == 1 and features == 1:
        array = array[:, np.newaxis]
    if array.ndim != 2:
        raise InputError(
            f"{where}A sequence must have two dimensions, {step}s by {features} features. "
            f"Received: shape={array.shape}."
        )
    steps, received = array.shape
    if received != features:
        raise InputError(f"{where}Each {step} must have {counted(features, 'number')}. Received: {received}.")
    if specification.length is not None and steps != specification.length:
        raise InputError(
            f"{where}The model takes exactly {counted(specification.length, step)}. Received: {counted(steps, step)}."
        )
    if (
        specification.length is None
        and specification.maximum_length is not None
        and steps > specification.maximum_length
    ):
        raise InputError(
            f"{where}The model takes at most {counted(specification.maximum_length, step)}. "
            f"Received: {counted(steps, step)}. Shorten the sequence."
        )
    _check_values(array, specification, where)
    return array


def numeric_array(sequence: Any, where: str) -> np.ndarray:
    """Numbers in an array or in nested lists as float64, of whatever shape.

    Raises:
        InputError: If they are ragged, or not all of them are real numbers. The message starts with `where`.
    """
    try:
        array = np.asarray(sequence)
    except ValueError:  # NumPy's word for rows of different lengths
        raise InputError(f"{where}{_raggedness(sequence)}") from None
    if array.size == 0:
        return array
    if array.dtype.kind not in "biuf":
        raise InputError(
            f"{where}The model takes numbers. Received: {_received(np.asarray(sequence, dtype=object), array)}."
        )
    return array.astype(np.float64)


def _received(values: np.ndarray, array: np.ndarray) -> str:
    """The first value that is no number, as a message quotes it; `array` are the values as NumPy took them."""
    for value in values.flat:
        if not isinstance(value, (int, float, np.number)):
            return quoted(value if isinstance(value, str) else repr(value))
    return "a whole number that is too large" if array.dtype.kind == "O" else f"dtype={array.dtype}"


def _raggedness(sequence: Any) -> str:
    sizes = [len(row) if isinstance(row, (Sequence, np.ndarray)) else None for row in sequence]
    first = sizes[0]
    other = next((position for position, size in enumerate(sizes) if size != first), None)
    if first is None or other is None or sizes[other] is None:
        return "The rows of a sequence must be lists of numbers, all of one length. Received: a mixture."
    return (
        f"All rows must have the same number of values. "
        f"Received: row 1 has {first}, row {other + 1} has {sizes[other]}."
    )


def _check_values(array: np.ndarray, specification: NumericSpecification, where: str) -> None:
    with np.errstate(over="ignore"):
        normalised = ((array - specification.offset) / specification.scale).astype(np.float32)
    low = -np.inf if specification.minimum is None else specification.minimum
    high = np.inf if specification.maximum is None else specification.maximum
    with np.errstate(invalid="ignore"):
        wrong = ~np.isfinite(array) | (array < low) | (array > high) | ~np.isfinite(normalised)
    if not wrong.any():
        return
    step, feature = (int(index) for index in np.argwhere(wrong)[0])
    value = float(array[step, feature])
    name = specification.features[feature]
    cell = f"{where}The value of {specification.step} {step + 1}, feature {feature + 1} ({name})"
    if not np.isfinite(value):
        raise InputError(f"{cell} must be a finite number. Received: {'NaN' if np.isnan(value) else value}.")
    if value < low or value > high:
        raise InputError(f"{cell} must be {_range(specification)}. Received: {value:.15g}.")
    raise InputError(f"{cell} is too large for the model. Received: {value:.15g}.")


def _range(specification: NumericSpecification) -> str:
    low, high = specification.minimum, specification.maximum
    if low is None:
        return f"at most {high:g}"
    return f"at least {low:g}" if high is None else f"from {low:g} to {high:g}"
