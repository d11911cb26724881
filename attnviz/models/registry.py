"""Which models there are: those that ship with attnviz, and those that the operator adds with a directory."""

import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from attnviz.errors import CardError
from attnviz.models.card import FILE_NAME, Card, card_of_folder

if TYPE_CHECKING:
    from attnviz.models.loaded import LoadedModel

OPERATOR_DIRECTORY = "ATTNVIZ_MODELS"
"""Environment variable with a directory that holds one model folder or more."""


def model_folders() -> Mapping[str, Path]:
    """Folder of each model by name: the shipped ones first, then the operator's; the first of a name counts."""
    found: dict[str, Path] = {}
    for root in _roots():
        for folder in sorted(one for one in root.iterdir() if (one / FILE_NAME).is_file()):
            found.setdefault(folder.name, folder)
    return found


def model_names() -> tuple[str, ...]:
    """Names of all models, ready for `load_model`."""
    return tuple(model_folders())


def cards() -> Mapping[str, Card]:
    """Card of each model by name, which is its folder's; loads no model. `unusable` gives those that are left out."""
    return _read()[0]


def unusable() -> Mapping[str, str]:
    """Why the card of a model folder cannot be used, by the folder's name; empty if all can."""
    return _read()[1]


def load_model(name_or_folder: str | os.PathLike[str]) -> "LoadedModel":
    """Open a model by its name, or by the path of its folder; its name is the folder's either way.

    Raises:
        CardError: If there is no such model, or it cannot be used; the message lists the names that exist.
    """
    folders = model_folders()
    folder = folders.get(str(name_or_folder), Path(name_or_folder))
    if not folder.is_dir():
        raise CardError(
            f"There is no model {str(name_or_folder)!r}. Available: {', '.join(folders) or 'none'}; or give the path "
            f"of a folder with model.keras and {FILE_NAME}."
        )
    from attnviz.models.loaded import open_model  # starts TensorFlow

    return open_model(folder)


def _read() -> tuple[dict[str, Card], dict[str, str]]:
    found: dict[str, Card] = {}
    problems: dict[str, str] = {}
    for name, folder in model_folders().items():
        try:
            found[name] = card_of_folder(folder)
        except CardError as error:
            problems[name] = str(error)
    return found, problems


def _roots() -> list[Path]:
    shipped = importlib.util.find_spec("sample_models")
    roots = [Path(place) for place in (shipped.submodule_search_locations or ())] if shipped else []
    operator = os.environ.get(OPERATOR_DIRECTORY)
    if operator:
        if not Path(operator).is_dir():
            raise CardError(f"{OPERATOR_DIRECTORY} must name a directory of model folders. Received: {operator!r}.")
        roots.append(Path(operator))
    return roots
