"""Which models there are: those that ship with attnviz, and those that the operator adds with a directory."""

import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from attnviz.errors import CardError
from attnviz.models.card import FILE_NAME, MODEL_FILE, Card, card_of_folder
from attnviz.models.presets import card_of_preset, is_preset

if TYPE_CHECKING:
    from attnviz.models.loaded import LoadedModel

OPERATOR_DIRECTORY = "ATTNVIZ_MODELS"
"""Environment variable with a directory that holds one model folder or more.

It is read at every call, so that a command line which names a directory need only set it.
"""


def model_folders() -> Mapping[str, Path]:
    """Folder of each model by name: the shipped ones first, then the operator's; the first of a name counts.

    A model folder holds `model.keras` and `card.json`, or is a preset that KerasHub's `save_to_preset` wrote, with or
    without a `card.json` beside.
    """
    found: dict[str, Path] = {}
    for root in _roots():
        for folder in sorted(one for one in root.iterdir() if _is_model_folder(one)):
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

    Layers of an operator's own must be registered before (`keras.saving.register_keras_serializable`): import the
    module that defines them first.

    Args:
        name_or_folder: A name of `model_names`; the path of a model folder; a preset that KerasHub knows by name, or
            the handle of one on a hub (`"hf://user/model"`, `"kaggle://user/model/keras/variation"`).

    Raises:
        CardError: If there is no such model, or it cannot be used; the message lists the names that exist.
    """
    folders = model_folders()
    name = str(name_or_folder)
    folder = folders.get(name, Path(name_or_folder))
    if not folder.is_dir():
        from attnviz.models.hub import is_handle, is_known_preset, open_handle  # starts TensorFlow

        if is_handle(name) or is_known_preset(name):
            return open_handle(name)
        raise CardError(
            f"There is no model {name!r}. Available: {', '.join(folders) or 'none'}; or give the path of a folder with "
            f"{MODEL_FILE} and {FILE_NAME}, or of a KerasHub preset."
        )
    if is_preset(folder) and not (folder / MODEL_FILE).is_file():
        from attnviz.models.hub import open_preset_folder

        return open_preset_folder(folder, _card_of(folder))
    from attnviz.models.loaded import open_model  # starts TensorFlow

    return open_model(folder)


def _read() -> tuple[dict[str, Card], dict[str, str]]:
    found: dict[str, Card] = {}
    problems: dict[str, str] = {}
    for name, folder in model_folders().items():
        try:
            found[name] = _card_of(folder)
        except CardError as error:
            problems[name] = str(error)
    return found, problems


def _is_model_folder(folder: Path) -> bool:
    return (folder / FILE_NAME).is_file() or is_preset(folder)


def _card_of(folder: Path) -> Card:
    return card_of_folder(folder) if (folder / FILE_NAME).is_file() else card_of_preset(folder)


def _roots() -> list[Path]:
    shipped = importlib.util.find_spec("sample_models")
    roots = [Path(place) for place in (shipped.submodule_search_locations or ())] if shipped else []
    operator = os.environ.get(OPERATOR_DIRECTORY)
    if operator:
        if not Path(operator).is_dir():
            raise CardError(f"{OPERATOR_DIRECTORY} must name a directory of model folders. Received: {operator!r}.")
        roots.append(Path(operator))
    return roots
