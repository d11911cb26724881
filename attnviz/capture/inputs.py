"""What a caller hands to a model, as flat arrays with a name each and the types and shapes that the model declares."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from attnviz.errors import CaptureError

Shape = tuple[int | None, ...]
_MADE_UP_NAME = re.compile(r"keras_tensor(_\d+)?")
"""What Keras calls an input that nobody named; the number depends on what was built before."""

MOST_SHAPES = 8
"""Shapes that a message lists."""
SEVERAL_INPUTS = (
    "A list, a tuple or a dict stands for several inputs, one array each: make one array of the rows of an input, "
    "padded to one length (`keras.utils.pad_sequences`)."
)
HOW_TO_PAD = "with `keras.utils.pad_sequences(rows, padding='post')` or a RaggedTensor's own `to_tensor()`"


@dataclass(frozen=True, eq=False, kw_only=True)
class ModelInputs:
    """The inputs of one run.

    Attributes:
        names: One a flat input: its key in a dict, its name in the model, or `input`, `input 2` …
        arrays: The flat inputs, in the types that the model declares.
        structure: What packs the flat inputs as the caller did.
        declared: For each flat input the shape that the model declares for it; None if it declares none.
    """

    names: tuple[str, ...]
    arrays: tuple[np.ndarray, ...]
    structure: Any
    declared: tuple[Shape, ...] | None

    @property
    def shapes(self) -> list[Shape]:
        """Shape of each flat input."""
        return [array.shape for array in self.arrays]

    @property
    def packed(self) -> Any:
        """The inputs as the caller packed them."""
        return keras.tree.pack_sequence_as(self.structure, self.arrays)

    @property
    def free_shapes(self) -> list[Shape]:
        """Shapes with every size free that the model does not fix: its own where it declares them, else by rank."""
        if self.declared is not None:
            return list(self.declared)
        return [(None, None, *shape[2:]) if len(shape) > 1 else (None,) * len(shape) for shape in self.shapes]


def read_inputs(model: keras.Model, inputs: Any) -> ModelInputs:
    """The inputs of `model`, checked.

    Raises:
        CaptureError: If they are no arrays of one batch, or lose something in the type that the model takes.
    """
    if isinstance(inputs, (list, tuple)) and all(np.isscalar(leaf) for leaf in keras.tree.flatten(inputs)):
        inputs = np.asarray(inputs, dtype=object) if _is_ragged(inputs) else np.asarray(inputs)
    leaves = keras.tree.flatten(inputs)
    structure = keras.tree.map_structure(lambda _: None, inputs)
    keys = keras.tree.flatten({name: name for name in inputs}) if isinstance(inputs, dict) else None
    declared = _declared(model, keys, leaves)
    names = _names(keys, declared, len(leaves))
    arrays = [_as_array(leaf, name) for leaf, name in zip(leaves, names, strict=True)]
    if not arrays or any(array.ndim == 0 or len(array) != len(arrays[0]) for array in arrays) or not len(arrays[0]):
        several = "" if keys is None and arrays and inputs is leaves[0] else f" {SEVERAL_INPUTS}"
        raise CaptureError(
            f"Every input must have shape [batch, ...] with the same batch of at least 1. "
            f"Received: shapes {[array.shape for array in arrays[:MOST_SHAPES]]}.{several}"
        )
    if declared is None:
        return ModelInputs(names=names, arrays=tuple(arrays), structure=structure, declared=None)
    arrays = [_in_type(array, tensor) for array, tensor in zip(arrays, declared, strict=True)]
    shapes = tuple(tuple(tensor.shape) for tensor in declared)
    fitting = all(len(shape) == array.ndim for shape, array in zip(shapes, arrays, strict=True))
    return ModelInputs(names=names, arrays=tuple(arrays), structure=structure, declared=shapes if fitting else None)


def _names(keys: Sequence[Any] | None, declared: Sequence[Any] | None, count: int) -> tuple[str, ...]:
    """What each flat input is called: its key in a dict, its name in the model, else its number."""
    names = [str(key) for key in keys] if keys is not None else _names_of(declared or ())
    return tuple(names if len(names) == count else map(_numbered, range(count)))


def _names_of(declared: Sequence[Any]) -> list[str]:
    """Each input's own name; its number where Keras made the name up."""
    return [
        _numbered(position) if _MADE_UP_NAME.fullmatch(tensor.name) else tensor.name
        for position, tensor in enumerate(declared)
    ]


def _numbered(position: int) -> str:
    return f"input {position + 1}" if position else "input"


def _declared(model: keras.Model, keys: Sequence[Any] | None, leaves: Sequence[Any]) -> list[Any] | None:
    """The model's own input for each flat input: by name where a dict names them, else by position."""
    try:
        tensors = keras.tree.flatten(model.inputs)
    except (AttributeError, ValueError):  # a subclassed model, or one that is not built, declares none
        return None
    by_name = {tensor.name: tensor for tensor in tensors}
    if keys is not None and len(keys) == len(leaves) and all(key in by_name for key in keys):
        return [by_name[key] for key in keys]
    return tensors if len(tensors) == len(leaves) else None


def _in_type(array: np.ndarray, tensor: Any) -> np.ndarray:
    dtype = keras.backend.standardize_dtype(tensor.dtype)
    if dtype == "string":
        return array
    converted = array.astype(dtype, copy=False)
    if np.issubdtype(converted.dtype, np.integer) and not np.array_equal(converted, array):
        raise CaptureError(
            f"Input {tensor.name!r} takes whole numbers of type {dtype}. Received: values of type {array.dtype} that "
            f"it cannot hold."
        )
    return converted


def _as_array(leaf: Any, name: str) -> np.ndarray:
    if isinstance(leaf, tf.SparseTensor):
        raise CaptureError(
            f"Input {name!r} must be an array. Received: a SparseTensor of shape {tuple(leaf.shape)}. Give "
            "`tf.sparse.to_dense(tensor)` instead."
        )
    array = np.asarray(leaf)
    if array.dtype == object:
        if array.size and all(isinstance(one, (str, bytes)) for one in array.flat):
            return array.astype(str)
        raise CaptureError(
            f"Input {name!r} must be an array of numbers with rows of equal length. Received: {_rows_of(leaf)}. Pad "
            f"them {HOW_TO_PAD}, and let the model mask what was padded, with `Embedding(..., mask_zero=True)` for one."
        )
    return array.astype(keras.config.floatx()) if array.dtype == np.float64 else array


def _rows_of(leaf: Any) -> str:
    """What a ragged input holds, in words."""
    is_ragged_tensor = isinstance(leaf, tf.RaggedTensor)
    kind = "ragged rows in a RaggedTensor" if is_ragged_tensor else "ragged rows"
    lengths = [len(row) for row in (leaf.to_list() if is_ragged_tensor else leaf) if hasattr(row, "__len__")]
    if len(set(lengths)) < 2:
        return kind
    return f"{kind}, {min(lengths):,} to {max(lengths):,} long"


def _is_ragged(rows: Any) -> bool:
    try:
        np.asarray(rows)
    except ValueError:
        return True
    return False
