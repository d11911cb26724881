"""`.npz` files: archives of arrays, of which nothing is unpickled and no more is unpacked than the limits allow."""

import io
import zipfile
import zlib
from collections.abc import Mapping

import numpy as np
import pandas as pd

from attnviz.errors import InputError
from attnviz.sequences.array_files import array_of, texts_of
from attnviz.sequences.data_sets import DataSet
from attnviz.sequences.lines import too_many_rows
from attnviz.sequences.messages import listed, quoted
from attnviz.sequences.upload import UploadLimits

MAXIMUM_ARRAYS = 100
"""Arrays in an archive."""

UNPACKED_TIMES = 4
"""How many times larger than a file may be its arrays may be together, unpacked."""

_CHUNK = 2**20
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_ENTRY = b"PK\x01\x02"
"""What the record of each file begins with; numbers may look like it by chance, but not often."""
_MOST_ENTRIES = 10 * MAXIMUM_ARRAYS


def read_array_archive(name: str, data: bytes, limits: UploadLimits) -> DataSet:
    """The rows of a `.npz` file: its arrays are the columns, and their first axis is the rows.

    Arrays of another length than most are left out, and a notice says so. `DataSet.lines` counts the rows.

    Raises:
        InputError: As for `arrays_in`; also if there are too many rows.
    """
    arrays = {key: array for key, array in arrays_in(data, limits).items() if array.ndim}
    lengths = [len(array) for array in arrays.values()]
    if not lengths:
        raise InputError("The archive holds single numbers only. Save arrays whose first axis is the rows.")
    rows = max(lengths, key=lambda length: (lengths.count(length), length))
    if rows > limits.maximum_sequences:
        raise too_many_rows(limits.maximum_sequences)
    others = [key for key, array in arrays.items() if len(array) != rows]
    notice = f"Arrays left out because they do not have {rows:,} rows like the others: {listed(others)}."
    return DataSet(
        name=name,
        table=pd.DataFrame({key: _column(key, array) for key, array in arrays.items() if len(array) == rows}),
        lines=np.arange(1, rows + 1),
        notices=(notice,) if others else (),
    )


def arrays_in(data: bytes, limits: UploadLimits) -> Mapping[str, np.ndarray]:
    """The arrays of a `.npz` file by name.

    An archive that declares too much is refused before it is unpacked; one that holds more than it declares is damaged.

    Args:
        data: The bytes of the file.
        limits: What a file may have at most; unpacked, `UNPACKED_TIMES` as many bytes.

    Raises:
        InputError: If it is no ZIP archive of `.npy` files, holds too many or too large ones, or one of them holds
            objects or is damaged; the message names it.
    """
    if data.count(_ENTRY) > _MOST_ENTRIES:  # before zipfile makes a record of each
        raise InputError(f"The archive may hold at most {MAXIMUM_ARRAYS} arrays.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _unpacked(archive, UNPACKED_TIMES * limits.maximum_bytes)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("The file is no archive of arrays, or is damaged. Save it with numpy.savez.") from error


def _unpacked(archive: zipfile.ZipFile, most: int) -> dict[str, np.ndarray]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if not members:
        raise InputError("The archive holds no arrays.")
    if len(members) > MAXIMUM_ARRAYS:
        raise InputError(f"The archive may hold at most {MAXIMUM_ARRAYS} arrays. Received: {len(members):,}.")
    if sum(member.file_size for member in members) > most:
        raise _too_large(most)
    arrays: dict[str, np.ndarray] = {}
    for member in members:
        key = member.filename.removesuffix(".npy")
        if key == member.filename or key in arrays:
            raise InputError(
                f"The archive must hold .npy files of different names. Received: {quoted(member.filename)}."
            )
        if member.flag_bits & _ENCRYPTED or member.compress_type not in _COMPRESSIONS:
            raise InputError(f"Array {quoted(key)} is encrypted or compressed in a way that numpy.savez does not use.")
        try:
            arrays[key] = array_of(_content(archive, member))
        except InputError as error:
            raise InputError(f"Array {quoted(key)}: {error}") from None
    return arrays


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytearray:
    """The bytes of one file: never more than it declares, which zipfile checks against the file's checksum."""
    content = bytearray(member.file_size)
    view, done = memoryview(content), 0
    with archive.open(member) as file:
        while chunk := file.read(_CHUNK):
            view[done : done + len(chunk)] = chunk
            done += len(chunk)
    if done < len(content):
        raise zipfile.BadZipFile
    return content


def _too_large(most: int) -> InputError:
    return InputError(
        f"The arrays of the archive would take more than {most // 2**20:,} MB of memory, unpacked. Save fewer of them, "
        "or a smaller type of number."
    )


def _column(key: str, array: np.ndarray) -> pd.Series:
    if array.ndim == 1:
        if array.dtype.kind != "U":
            return pd.Series(array.astype(array.dtype.newbyteorder("=")))
        try:
            return pd.Series(texts_of(array), dtype="str")
        except InputError as error:
            raise InputError(f"Array {quoted(key)}: {error}") from None
    if array.dtype.kind == "U":
        return pd.Series([[str(one) for one in row.ravel()] for row in array], dtype=object)
    column = np.empty(len(array), dtype=object)
    for row, values in enumerate(array):
        column[row] = values
    return pd.Series(column)
