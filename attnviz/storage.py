"""Captures to and from NPZ: one versioned JSON header, and one plain array for everything that is an array.

A file that is read may have come from anywhere, so nothing in it is trusted: no pickles, no size is believed before it
is checked against the bytes that are there, and every part goes through the checks of the records.

Entries (`numpy.load(file)[name]` reads them too):
    header: JSON in UTF-8 as uint8: format, version, model, prediction difference, labels by axis, what each map is, and
        how the outputs are nested.
    weights_N: `[batch, heads, query, key]`, float32, of map N.
    mask_N: `[batch, query, key]` of map N, packed into bits (`numpy.unpackbits`); only where the map has a mask.
    valid_N: `[batch, length]`, bool, of axis N.
    output_N: Array N of the prediction.
"""

import io
import json
import math
import os
import tokenize
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, TypeVar

import numpy as np

from attnviz.errors import ShapeError, StorageError
from attnviz.records import AttentionCapture, AttentionMap

FORMAT = "attnviz capture"
VERSION = 1
MAXIMUM_BYTES = 1 << 30
"""Most bytes that a file may unpack to."""
MAXIMUM_HEADER_BYTES = 1 << 26
MAXIMUM_ENTRIES = 10_000

_Kind = TypeVar("_Kind")

_OUTPUT_KINDS = "biufc"  # booleans and numbers: what NumPy stores without a pickle and reads back as it was
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,  # an encrypted entry
    NotImplementedError,  # a compression that Python does not know
    ValueError,
    TypeError,
    LookupError,
    OverflowError,
    SyntaxError,  # NumPy parses an array's header as a Python literal, at need after tokenising it
    tokenize.TokenError,
)
"""What zipfile, zlib and NumPy raise at broken files."""


def save_capture(capture: AttentionCapture, file: str | os.PathLike[str] | BinaryIO) -> None:
    """Write a capture as NPZ; `load_capture` gives it back exactly.

    Args:
        capture: The run. Its outputs may be an array, or tuples, lists and dicts of arrays, of booleans and numbers.
        file: A path, which is overwritten, or a file open for writing bytes.

    Raises:
        StorageError: If the outputs are something else, or the file would be larger than `load_capture` reads. Nothing
            has been written then.
    """
    arrays = _arrays(capture)
    if isinstance(file, (str, os.PathLike)):
        with Path(file).open("wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)
    else:
        np.savez(file, allow_pickle=False, **arrays)


def capture_to_bytes(capture: AttentionCapture) -> bytes:
    """The file that `save_capture` writes, as bytes; equal captures give equal bytes."""
    stream = io.BytesIO()
    save_capture(capture, stream)
    return stream.getvalue()


def load_capture(
    file: str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO, *, maximum_bytes: int = MAXIMUM_BYTES
) -> AttentionCapture:
    """Read a capture that `save_capture` wrote. The file may come from anywhere: nothing in it is executed.

    Args:
        file: A path, the file's bytes, or a seekable file open for reading bytes.
        maximum_bytes: Most bytes that the file may unpack to.

    Returns:
        The capture, with read-only arrays.

    Raises:
        StorageError: If the file cannot be read, is larger than allowed or is no such capture; the message says what
            is wrong with which entry.
    """
    source: Any = io.BytesIO(file) if isinstance(file, (bytes, bytearray, memoryview)) else file
    name = repr(os.fspath(file)) if isinstance(file, (str, os.PathLike)) else "The file"
    with _damage_told(f"{name} cannot be read as an NPZ file"), zipfile.ZipFile(source) as archive:
        entries = _Entries(archive, maximum_bytes)
        try:
            return _capture(_header(entries), entries)
        except ShapeError as error:
            raise StorageError(f"{name} holds a capture that contradicts itself: {error}") from error


# Writing


def _arrays(capture: AttentionCapture) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {}
    maps = []
    for number, one in enumerate(capture.maps):
        arrays[f"weights_{number}"] = one.weights
        if one.mask is not None:
            arrays[f"mask_{number}"] = np.packbits(one.mask)
        maps.append(
            {
                "layer": one.layer,
                "call_index": int(one.call_index),
                "query_axis": one.query_axis,
                "key_axis": one.key_axis,
                "mask": one.mask is not None,
            }
        )
    for number, axis in enumerate(capture.sequences):
        arrays[f"valid_{number}"] = capture.valid[axis]
    difference = capture.prediction_difference
    header = {
        "format": FORMAT,
        "version": VERSION,
        "model": capture.model,
        "prediction_difference": None if difference is None else float(difference),
        "sequences": [{"axis": axis, "labels": labels} for axis, labels in capture.sequences.items()],
        "maps": maps,
        "outputs": _structure(capture.outputs, arrays),
    }
    # Labels may be any text, even half of a surrogate pair, which strict UTF-8 refuses and JSON's escapes do not keep.
    text = json.dumps(header, ensure_ascii=False).encode("utf-8", "surrogatepass")
    arrays = {"header": np.frombuffer(text, np.uint8), **arrays}
    size = sum(array.nbytes + 1024 for array in arrays.values())  # 1,024: an entry's own header, generously
    for what, received, limit in (
        ("bytes", size, MAXIMUM_BYTES),
        ("bytes of labels", len(text), MAXIMUM_HEADER_BYTES),
        ("arrays", len(arrays), MAXIMUM_ENTRIES),
    ):
        if received > limit:
            raise StorageError(f"A stored capture may have at most {limit:,} {what}. Received: {received:,}.")
    return arrays


def _structure(outputs: Any, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """The nesting of `outputs` as plain data; their arrays are added to `arrays`."""
    if isinstance(outputs, dict):
        names = list(outputs)
        if not all(isinstance(name, str) for name in names):
            raise StorageError(f"The names of a dict of outputs must be text. Received: {names}.")
        return {"kind": "dict", "names": names, "items": [_structure(one, arrays) for one in outputs.values()]}
    if isinstance(outputs, (list, tuple)):
        kind = "list" if isinstance(outputs, list) else "tuple"
        return {"kind": kind, "items": [_structure(one, arrays) for one in outputs]}
    array = np.asarray(outputs)
    if array.dtype.name == "bfloat16":  # NumPy's file format has no name for it; float32 holds each of its values
        array = array.astype(np.float32)
    if array.dtype.kind not in _OUTPUT_KINDS:
        raise StorageError(
            f"Outputs must be arrays of booleans or numbers, or tuples, lists and dicts of them. "
            f"Received: {type(outputs).__name__} of type {array.dtype}."
        )
    entry = f"output_{sum(name.startswith('output_') for name in arrays)}"
    arrays[entry] = array
    return {"kind": "array", "entry": entry}


# Reading


class _Entries:
    """The arrays of an NPZ file: each is read once, after its size has been checked."""

    def __init__(self, archive: zipfile.ZipFile, maximum_bytes: int) -> None:
        self.archive = archive
        entries = archive.infolist()
        if len(entries) > MAXIMUM_ENTRIES:
            raise StorageError(f"The file may have at most {MAXIMUM_ENTRIES:,} entries. Received: {len(entries):,}.")
        size = sum(entry.file_size for entry in entries)
        if size > maximum_bytes:
            raise StorageError(f"The file may unpack to at most {maximum_bytes:,} bytes. Received: {size:,} bytes.")
        repeated = [name for name, count in Counter(entry.filename for entry in entries).items() if count > 1]
        if repeated:
            raise StorageError(f"Each entry of the file must have a name of its own. Received twice: {repeated[:5]}.")
        self.entries = {entry.filename: entry for entry in entries}

    def read(self, name: str, kinds: str, itemsize: int | None = None) -> np.ndarray:
        """The array of that name, read-only. A second reading finds no entry: a header cannot multiply an array.

        Raises:
            StorageError: If there is none, or it is damaged, or not of one of the `kinds` and the `itemsize`.
        """
        entry = self.entries.pop(f"{name}.npy", None)
        if entry is None:
            raise StorageError(f"The file has no entry {name!r}, or its header asks for it twice.")
        with _damage_told(f"Entry {name!r} is damaged"), self.archive.open(entry) as stream:
            shape, column_major, dtype = _array_header(stream)
            if dtype.kind not in kinds or itemsize not in (None, dtype.itemsize):
                raise StorageError(f"Entry {name!r} must hold {_described(kinds, itemsize)}. Received: {dtype}.")
            size = math.prod(shape) * dtype.itemsize  # Python's integers: NumPy's would overflow on a made-up shape
            content = stream.read() if size == entry.file_size - stream.tell() else b""
            if len(content) != size:
                raise StorageError(
                    f"Entry {name!r} says that its shape is {shape}, {size:,} bytes, and has other than these."
                )
            array = np.ndarray(shape, dtype, buffer=content, order="F" if column_major else "C")
        if dtype.kind == "b":  # a byte other than 0 and 1 would be no boolean that NumPy can compute with
            array = array.view(np.uint8) != 0
            array.flags.writeable = False
        return array


def _array_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(stream)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(stream)
    raise ValueError(f"an array must be in version 1 or 2 of NumPy's format. Received: version {version[0]}.")


def _described(kinds: str, itemsize: int | None) -> str:
    names = {"b": "booleans", "u": "unsigned integers", "f": "floats"}
    kind = "booleans or numbers" if kinds == _OUTPUT_KINDS else names[kinds]
    return kind if itemsize is None else f"{kind} of {8 * itemsize} bits"


def _header(entries: _Entries) -> dict[str, Any]:
    content = entries.read("header", "u", 1)
    if content.nbytes > MAXIMUM_HEADER_BYTES:
        raise StorageError(f"The header may have {MAXIMUM_HEADER_BYTES:,} bytes. Received: {content.nbytes:,}.")
    with _damage_told("The header is not JSON"):
        header = json.loads(content.tobytes().decode("utf-8", "surrogatepass"))
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise StorageError(f"The file is NPZ but no {FORMAT}: its header does not say so.")
    if header.get("version") != VERSION:
        raise StorageError(
            f"This release of attnviz reads version {VERSION} of the {FORMAT} format; a newer one may read this file. "
            f"Received: version {header.get('version')!r:.20}."
        )
    return header


def _capture(header: dict[str, Any], entries: _Entries) -> AttentionCapture:
    difference = header.get("prediction_difference")
    if difference is not None and not isinstance(difference, float):
        raise StorageError(
            f"The header's 'prediction_difference' must be a float or null. Received: {difference!r:.80}."
        )
    sequences, valid = {}, {}
    for number, one in enumerate(_field(header, "sequences", list)):
        axis = _field(one, "axis", str)
        if axis in sequences:
            raise StorageError(f"The header names the axis {axis!r} twice.")
        sequences[axis] = _labels(axis, _field(one, "labels", list))
        valid[axis] = entries.read(f"valid_{number}", "b")
    return AttentionCapture(
        model=_field(header, "model", str),
        maps=tuple(_map(number, one, entries) for number, one in enumerate(_field(header, "maps", list))),
        sequences=sequences,
        valid=valid,
        outputs=_outputs(_field(header, "outputs", dict), entries),
        prediction_difference=difference,
    )


def _map(number: int, described: Any, entries: _Entries) -> AttentionMap:
    weights = entries.read(f"weights_{number}", "f", 4)
    mask = None
    if _field(described, "mask", bool):
        packed = entries.read(f"mask_{number}", "u", 1)
        shape = (*weights.shape[:1], *weights.shape[2:])
        cells = math.prod(shape)
        if packed.shape != (-(-cells // 8),):
            raise StorageError(
                f"Entry 'mask_{number}' must hold the {cells:,} bits of shape {shape}. Received: {packed.shape} bytes."
            )
        mask = np.unpackbits(packed, count=cells).view(bool).reshape(shape)
        mask.flags.writeable = False
    return AttentionMap(
        layer=_field(described, "layer", str),
        call_index=_field(described, "call_index", int),
        query_axis=_field(described, "query_axis", str),
        key_axis=_field(described, "key_axis", str),
        weights=weights,
        mask=mask,
    )


def _labels(axis: str, samples: list[Any]) -> tuple[tuple[str, ...], ...]:
    for labels in samples:
        if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
            raise StorageError(f"The labels of axis {axis!r} must be lists of text, one list a sample.")
    return tuple(tuple(labels) for labels in samples)


def _outputs(structure: Any, entries: _Entries) -> Any:
    kind = _field(structure, "kind", str)
    if kind == "array":
        return entries.read(_field(structure, "entry", str), _OUTPUT_KINDS)
    if kind not in ("dict", "list", "tuple"):
        raise StorageError(f"The header's outputs must be of arrays, tuples, lists and dicts. Received: {kind!r:.80}.")
    items = [_outputs(one, entries) for one in _field(structure, "items", list)]
    if kind != "dict":
        return items if kind == "list" else tuple(items)
    names = _field(structure, "names", list)
    if len(names) != len(items) or not all(isinstance(name, str) for name in names):
        raise StorageError(f"The header must name each of the {len(items)} outputs of a dict. Received: {names!r:.80}.")
    return dict(zip(names, items, strict=True))


def _field(described: Any, name: str, kind: type[_Kind]) -> _Kind:
    value = described.get(name) if isinstance(described, dict) else None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise StorageError(f"The header's {name!r} must be of type {kind.__name__}. Received: {value!r:.80}.")
    return value


@contextmanager
def _damage_told(what: str) -> Iterator[None]:
    try:
        yield
    except StorageError:
        raise
    except _DAMAGE as error:
        raise StorageError(f"{what}: {str(error) or type(error).__name__}") from error
