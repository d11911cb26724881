"""A captured prediction beside the plain model's: by how much they differ, and why where that is known."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from attnviz.capture.inputs import ModelInputs
from attnviz.errors import CaptureError
from attnviz.records import AttentionMap

LARGEST_DIFFERENCE = 1e-4
"""Above this, a captured prediction is said to differ from the plain model's."""
ROUNDING = 1e-5
"""A difference of at most this much of the largest output is float32's rounding."""
HALF_PRECISION = {"float16": 8 * 2.0**-10, "bfloat16": 8 * 2.0**-7}
"""Up to which share of the largest output a difference is the rounding of each type: eight steps of its last digit."""


def plain_outputs(model: keras.Model, inputs: ModelInputs) -> list[Any]:
    """The flat outputs of the model as it runs on its own, outside of any compiled graph.

    Raises:
        CaptureError: If it cannot be run.
    """
    tensors = [tf.convert_to_tensor(array) for array in inputs.arrays]
    try:
        outputs = model(keras.tree.pack_sequence_as(inputs.structure, tensors), training=False)
    except Exception as error:
        raise CaptureError(
            f"`compare=True` runs the plain model too, and model {model.name!r} could not be run on inputs of shapes "
            f"{inputs.shapes}: {str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__}"
        ) from error
    return [None if one is None else np.asarray(one) for one in keras.tree.flatten(outputs)]


def largest_difference(some: Sequence[Any], others: Sequence[Any]) -> float:
    """The largest absolute difference between two runs' flat outputs.

    Outputs that are no numbers count as 1 where they are not the same; where one is NaN and the other is not, the
    difference is infinite.
    """
    return max(
        (_differences(one, other).max(initial=0.0) for one, other in zip(some, others, strict=True)), default=0.0
    )


def why_different(
    model: keras.Model,
    inputs: ModelInputs,
    captured: Sequence[Any],
    plain: Sequence[Any],
    maps: Sequence[AttentionMap],
) -> str:
    """What to tell a person of a captured prediction that differs from the plain one: by how much, and why."""
    difference = largest_difference(captured, plain)
    said = f"The captured prediction of model {model.name!r} differs from the plain model's by {difference:.2g}."
    from_run_to_run = largest_difference(plain, plain_outputs(model, inputs))
    if from_run_to_run > LARGEST_DIFFERENCE:
        return (
            f"{said} The plain model's own prediction differs by {from_run_to_run:.2g} from one run to the next: it "
            "draws random numbers when it predicts. The weights are those of the run whose prediction is shown."
        )
    largest = max((_largest(one) for one in plain), default=0.0)
    half = sorted({one.compute_dtype for one in (model, *model.layers)} & HALF_PRECISION.keys())
    if half and difference <= max(HALF_PRECISION[one] for one in half) * max(1.0, largest):
        return (
            f"{said} The model computes in {' and '.join(half)}, which rounds to 2 or 3 digits, and a compiled pass "
            "rounds in other places than layers that run one by one."
        )
    unattended = _samples_without_any_key(maps)
    differing = _samples_that_differ(captured, plain)
    if differing and differing <= unattended.keys():
        layers = sorted({layer for sample in differing for layer in unattended[sample]})
        return (
            f"{said} In every sample that differs, layer {', '.join(map(repr, layers))} has queries whose keys are all "
            "masked. Attention gives such a row zeros on one path and equal weights on another. Mask no query's every "
            "key, or leave such samples out."
        )
    if difference <= ROUNDING * largest:
        return (
            f"{said} That is rounding: the outputs are as large as {largest:.2g}, and float32 keeps about 7 digits "
            f"(relative difference {difference / largest:.1g})."
        )
    return (
        f"{said} Why is not known: a layer may do something else while it is traced than when it runs by itself. "
        "Compare `model(inputs)` with `tf.function(model)(inputs)`."
    )


def _differences(one: Any, other: Any) -> np.ndarray:
    if one is None or other is None:
        return np.array(0.0 if one is other else np.inf)
    one, other = np.asarray(one), np.asarray(other)
    if one.shape != other.shape:
        return np.array(np.inf)
    if _is_text(one) or _is_text(other):
        return np.asarray(one != other, np.float64)
    wide = np.complex128 if np.iscomplexobj(one) else np.float64
    one, other = one.astype(wide), other.astype(wide)
    with np.errstate(invalid="ignore"):
        difference = np.abs(one - other)
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    return np.where(same, 0.0, np.where(np.isnan(difference), np.inf, difference))


def _samples_that_differ(some: Sequence[Any], others: Sequence[Any]) -> set[int]:
    samples: set[int] = set()
    for one, other in zip(some, others, strict=True):
        difference = _differences(one, other)
        if difference.ndim:
            per_sample = difference.reshape(len(difference), -1).max(axis=1, initial=0.0)
            samples.update(np.flatnonzero(per_sample > LARGEST_DIFFERENCE).tolist())
    return samples


def _samples_without_any_key(maps: Sequence[AttentionMap]) -> dict[int, list[str]]:
    """For each sample that has a query with every key masked, the layers where it has."""
    found: dict[int, list[str]] = {}
    for one in maps:
        if one.mask is not None:
            for sample in np.flatnonzero((~one.mask.any(axis=-1)).any(axis=-1)).tolist():
                found.setdefault(sample, []).append(one.name)
    return found


def _largest(output: Any) -> float:
    if output is None or _is_text(output):
        return 0.0
    with np.errstate(invalid="ignore"):
        return float(np.nanmax(np.abs(output.astype(np.float64)), initial=0.0))


def _is_text(array: np.ndarray) -> bool:
    return array.dtype.kind in "OSU"
