"""Uploaded files into sequences: the one entrance, which checks what every format has in common."""

from collections.abc import Callable
from functools import partial
from pathlib import PurePosixPath

from attnviz.errors import InputError
from attnviz.sequences.array_files import read_array
from attnviz.sequences.file_content import signature
from attnviz.sequences.json_files import read_json
from attnviz.sequences.lines import read_lines
from attnviz.sequences.messages import quoted
from attnviz.sequences.picture_files import PICTURE_EXTENSIONS
from attnviz.sequences.picture_upload import read_picture
from attnviz.sequences.row_uploads import read_archive, read_rows
from attnviz.sequences.specification import InputSpecification, NumericSpecification
from attnviz.sequences.table_files import read_table
from attnviz.sequences.upload import Upload, UploadLimits

__all__ = ["EXTENSIONS", "Upload", "UploadLimits", "accepted_extensions", "read_upload"]

Reader = Callable[[str, bytes, InputSpecification, UploadLimits], Upload]

_READERS: dict[str, Reader] = {
    ".txt": read_lines,
    ".csv": read_table,
    ".tsv": partial(read_table, delimiter="\t"),
    ".json": read_json,
    ".jsonl": read_rows,
    ".parquet": read_rows,
    ".npy": read_array,
    ".npz": read_archive,
}
EXTENSIONS = tuple(_READERS)
"""Extensions that `read_upload` accepts for every model, in lower case."""

_PICTURE_READERS = dict.fromkeys(PICTURE_EXTENSIONS, read_picture)


def accepted_extensions(specification: InputSpecification) -> tuple[str, ...]:
    """Extensions that `read_upload` accepts for this input, in lower case: of pictures only where it is one."""
    return tuple(_readers_for(specification))


def _readers_for(specification: InputSpecification) -> dict[str, Reader]:
    is_picture = isinstance(specification, NumericSpecification) and specification.picture is not None
    return {**_PICTURE_READERS, **_READERS} if is_picture else _READERS


def read_upload(
    name: str, data: bytes, specification: InputSpecification, limits: UploadLimits | None = None
) -> Upload:
    """The sequences of an uploaded file. Nothing in it is evaluated or unpickled.

    Args:
        name: The file's name; its extension says what the file is.
        data: Its bytes.
        specification: What the model takes: text, numbers or a picture.
        limits: What the file may have at most; None for the standard `UploadLimits`.

    Returns:
        Sequences to pick from. `read_lines`, `read_table`, `read_json`, `read_array`, `read_rows`, `read_archive` and
        `read_picture` say how each format is read.

    Raises:
        InputError: If the file cannot be used; the message says where and why.
    """
    limits = limits or UploadLimits()
    extension = PurePosixPath(name.lower()).suffix
    readers = _readers_for(specification)
    if extension not in readers:
        accepted = ", ".join(readers)
        raise InputError(f"The file's name must end in one of {accepted}. Received: {quoted(name)}.")
    check_file(extension, data, limits)
    return readers[extension](name, data, specification, limits)


def check_file(extension: str, data: bytes, limits: UploadLimits) -> None:
    """What holds for files of every format.

    Args:
        extension: That of the file's name, in lower case.
        data: Its bytes.
        limits: What the file may have at most.

    Raises:
        InputError: If it is empty, too large, or its content is another format than its name says.
    """
    if not data:
        raise InputError("The file is empty.")
    if len(data) > limits.maximum_bytes:
        raise InputError(
            f"The file may have at most {_size(limits.maximum_bytes)}. Received: {_size(len(data))}. Split it."
        )
    kind = signature(data)
    if kind is not None and extension not in (".npy", ".npz", ".parquet", *PICTURE_EXTENSIONS):
        raise InputError(f"The file's name ends in {extension}, but its content is {kind}. Save it as {extension}.")


def _size(count: int) -> str:
    for unit, size in (("MB", 2**20), ("kB", 2**10)):
        if count >= size:
            return f"{count / size:.1f} {unit}".replace(".0 ", " ")
    return f"{count} bytes"
