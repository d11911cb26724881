"""Which model exactly: a digest of the files that make it."""

import hashlib
from pathlib import Path

from attnviz.models.card import FILE_NAME, MODEL_FILE


def folder_digest(folder: Path) -> str:
    """SHA-256 of a folder's `model.keras`, in hexadecimal; of a preset that of its files with their names, in order.

    The card is no part of it: another description leaves the model what it is.

    Raises:
        OSError: If a file cannot be read.
    """
    model = folder / MODEL_FILE
    if model.is_file():
        with model.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    whole = hashlib.sha256()
    for path in sorted(one for one in folder.rglob("*") if one.is_file() and one.name != FILE_NAME):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()
