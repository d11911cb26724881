"""Labelled files into tables of examples: the one entrance, which checks what every format has in common."""

from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath

from attnviz.errors import InputError
from attnviz.sequences.array_archives import read_array_archive
from attnviz.sequences.data_sets import DataSet, SkippedRow
from attnviz.sequences.delimited_data import read_delimited
from attnviz.sequences.json_data import read_json_data, read_json_lines
from attnviz.sequences.parquet_files import read_parquet
from attnviz.sequences.reading import check_file
from attnviz.sequences.upload import UploadLimits

__all__ = ["DATA_EXTENSIONS", "DataSet", "SkippedRow", "read_data_set"]

Reader = Callable[[str, bytes, UploadLimits], DataSet]

_READERS: dict[str, Reader] = {
    ".csv": read_delimited,
    ".tsv": partial(read_delimited, delimiter="\t"),
    ".json": read_json_data,
    ".jsonl": read_json_lines,
    ".parquet": read_parquet,
    ".npz": read_array_archive,
}
DATA_EXTENSIONS = tuple(_READERS)
"""Extensions that `read_data_set` accepts, in lower case."""


def read_data_set(name: str, content: bytes | Path, limits: UploadLimits | None = None) -> DataSet:
    """The rows of a labelled file. Nothing in it is evaluated or unpickled.

    A row that cannot be read is skipped and named in `DataSet.skipped`; it is never a reason to refuse the others.

    Args:
        name: The file's name; its extension, one of `DATA_EXTENSIONS`, says what the file is.
        content: Its bytes, or where it lies.
        limits: What the file may have at most; None for the standard `UploadLimits`.

    Raises:
        InputError: If the file cannot be used; the message says where and why.
    """
    limits = limits or UploadLimits()
    extension = PurePosixPath(name.lower()).suffix
    if extension not in _READERS:
        accepted = ", ".join(DATA_EXTENSIONS)
        raise InputError(f"The file's name must end in one of {accepted}. Received: {name[-40:]!r}.")
    data = content if isinstance(content, bytes) else _bytes_of(content, limits)
    check_file(extension, data, limits)
    return _READERS[extension](name, data, limits)


def _bytes_of(path: Path, limits: UploadLimits) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limits.maximum_bytes + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
