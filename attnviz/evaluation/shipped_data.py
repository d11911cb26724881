"""The labelled data that lies beside a model, so that it can be evaluated without bringing any."""

from pathlib import Path

from attnviz.models.registry import model_folders
from attnviz.sequences.data_files import DATA_EXTENSIONS, read_data_set
from attnviz.sequences.data_sets import DataSet

STEM = "data"
"""Name of the file without its extension, which is one of `DATA_EXTENSIONS`."""

NOTE = "data.md"
"""Name of the file that says where the data comes from."""


def shipped_data_set(model_name: str) -> DataSet | None:
    """The data set in a model's folder; None if there is none, or no such model.

    Raises:
        InputError: If the file cannot be used.
    """
    path = _path(model_name)
    return None if path is None else read_data_set(path.name, path)


def has_shipped_data(model_name: str) -> bool:
    """Whether a data set lies in the model's folder; it is not read."""
    return _path(model_name) is not None


def shipped_data_note(model_name: str) -> str | None:
    """Where the shipped data comes from and how it was made, as Markdown; None if nothing is said."""
    folder = model_folders().get(model_name)
    if folder is None or not (folder / NOTE).is_file():
        return None
    return (folder / NOTE).read_text(encoding="utf-8").strip()


def _path(model_name: str) -> Path | None:
    folder = model_folders().get(model_name)
    if folder is None:
        return None
    candidates = (folder / f"{STEM}{extension}" for extension in DATA_EXTENSIONS)
    return next((path for path in candidates if path.is_file()), None)
