"""`.npy` files as uploads. Only the header is interpreted; the rest is taken as plain numbers or characters, so that
nothing is ever unpickled and no more memory is used than the file has bytes."""

import io
import math

import numpy as np
from numpy.lib import format as npy_format

from attnviz.errors import InputError
from attnviz.sequences.columns import VALUES, numeric_upload, text_upload
from attnviz.sequences.file_content import signature
from attnviz.sequences.layout import Layout, expected_widths, layout_notice, layout_of
from attnviz.sequences.lines import too_many_rows
from attnviz.sequences.pictures import rows_of_pixels
from attnviz.sequences.specification import InputSpecification, NumericSpecification
from attnviz.sequences.upload import Upload, UploadLimits

_LAST_CHARACTER = 0x10FFFF
_LONGEST_HEADER = 2**17
"""Bytes; NumPy itself takes headers of ten thousand characters."""
_HEADER_READERS = {(1, 0): npy_format.read_array_header_1_0, (2, 0): npy_format.read_array_header_2_0}


def read_array(name: str, data: bytes, specification: InputSpecification, limits: UploadLimits) -> Upload:
    """A `.npy` file: texts `[n]` for a model that takes text, else numbers.

    Numbers `[n, steps, features]` are n sequences; `[n, width]` are read as `layout_of` decides by the width; `[n]` is
    a single sequence of one feature, or of `length * features` numbers. Pictures may have an axis of channels of their
    own: `[n, rows, columns, channels]`, or `[rows, columns, channels]` for one.

    Raises:
        InputError: If it is no complete `.npy` file, holds objects or records, or nothing that the model takes.
    """
    array = array_of(data)
    if isinstance(specification, NumericSpecification):
        return array_upload(name, array, specification, limits)
    if array.dtype.kind != "U" or array.ndim != 1:
        raise InputError(
            f"The model takes text: the array must have shape [n] and a dtype like <U20. Received: {_described(array)}."
        )
    if len(array) > limits.maximum_sequences:
        raise too_many_rows(limits.maximum_sequences)
    return text_upload(name, {"text": texts_of(array)}, specification, numbers_are_text=True)


def texts_of(array: np.ndarray) -> list[str]:
    """The texts of an array `[n]` whose dtype is like <U20.

    Raises:
        InputError: If it holds numbers in place of characters that do not exist.
    """
    if array.dtype.itemsize:
        characters = np.ascontiguousarray(array).view(f"{array.dtype.byteorder}u4")
        if int(characters.max()) > _LAST_CHARACTER:
            raise InputError("The array holds numbers in place of characters that do not exist. Save it again.")
    return [text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for text in array.tolist()]


def array_of(data: bytes | bytearray) -> np.ndarray:
    """The array in the bytes of a `.npy` file, which it shares: real numbers, truth values or text.

    Raises:
        InputError: If it is no complete `.npy` file, is empty, or holds objects or records.
    """
    if not data.startswith(npy_format.MAGIC_PREFIX):
        kind = signature(bytes(data[:_LONGEST_HEADER])) or "something else"
        raise InputError(f"The file is no NumPy array, but {kind}. Save it with numpy.save.")
    stream = io.BytesIO(data[:_LONGEST_HEADER])
    try:
        version = npy_format.read_magic(stream)
        if version not in _HEADER_READERS:
            raise InputError(f"The .npy format must be version 1.0 or 2.0. Received: {version[0]}.{version[1]}.")
        shape, is_column_major, dtype = _HEADER_READERS[version](stream)
    except InputError:
        raise
    except Exception as error:  # NumPy lets through whatever Python's parser says to a broken header
        raise InputError("The header of the .npy file is damaged. Save it again with numpy.save.") from error
    _check_dtype(dtype)
    start = stream.tell()
    if not all(isinstance(size, int) and size >= 0 for size in shape):
        raise InputError(f"The header of the .npy file is damaged. Received: shape={shape}.")
    expected, received = math.prod(shape) * dtype.itemsize, len(data) - start
    if expected != received:
        raise InputError(
            f"The .npy file is damaged: an array of shape {shape} and dtype {dtype} has {expected:,} bytes. "
            f"Received: {received:,}."
        )
    if not expected:
        raise InputError(f"The array is empty. Received: shape={shape}.")
    flat = np.frombuffer(data, dtype=dtype, offset=start)
    return flat.reshape(shape, order="F" if is_column_major else "C")


def _check_dtype(dtype: np.dtype) -> None:
    if dtype.hasobject:
        raise InputError(
            "The array holds Python objects, which are never opened because they can run code. "
            "Save it as numbers or text: numpy.save(name, array.astype(float))."
        )
    if dtype.names is not None or dtype.subdtype is not None:
        raise InputError(f"The array holds records. Save one field as a plain array. Received: dtype={dtype}.")
    if dtype.kind not in "biufU":
        raise InputError(f"The array must hold real numbers or text. Received: dtype={dtype}.")


def array_upload(name: str, array: np.ndarray, specification: NumericSpecification, limits: UploadLimits) -> Upload:
    """The sequences in an array of numbers, as `read_array` reads them.

    Raises:
        InputError: If its shape is none that the model can take, or it holds text.
    """
    if array.dtype.kind == "U":
        raise InputError(f"The model takes numbers. Received: {_described(array)}.")
    if array.ndim == 1:
        return numeric_upload(name, {VALUES: [array]}, specification)
    array = rows_of_pixels(array, specification)
    notices: tuple[str, ...] = ()
    if array.ndim == 2:
        layout = layout_of(array.shape[1], specification)
        notices = (layout_notice(layout, len(array), specification),)
        if layout is Layout.STEPS:
            return numeric_upload(name, {VALUES: [array]}, specification, notices)
    elif array.ndim != 3 or array.shape[2] != len(specification.features):
        raise InputError(
            f"The array must have shape [n, {specification.step}s, {len(specification.features)}], or two dimensions: "
            f"{expected_widths(specification)}. Received: {_described(array)}."
        )
    if len(array) > limits.maximum_sequences:
        raise too_many_rows(limits.maximum_sequences)
    return numeric_upload(name, {VALUES: array}, specification, notices)


def _described(array: np.ndarray) -> str:
    return f"shape={array.shape}, dtype={array.dtype}"
