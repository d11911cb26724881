"""Open KerasHub presets: folders, names of presets that KerasHub knows, and handles of the hubs."""

import importlib
import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from attnviz.errors import CardError
from attnviz.models.card import Card
from attnviz.models.loaded import LoadedModel, first_line
from attnviz.models.presets import CONFIG_FILE, TASK_FILE, card_from_preset, is_classifier

NEEDS_NETWORK = "A hub needs a network; without one, give the path of a folder that `save_to_preset` wrote."
PREPROCESSORS = ("TextClassifierPreprocessor", "TextEmbedderPreprocessor", "CausalLMPreprocessor")
"""Those that pack one text without masking or shifting it, in the order in which they are tried for a backbone."""


def is_handle(name: str) -> bool:
    """Whether `name` is one of a hub: `hf://user/model`, `kaggle://user/model/keras/variation`."""
    return re.match(r"[a-z]+://", name) is not None


def is_known_preset(name: str) -> bool:
    """Whether KerasHub, if it is installed, has a preset of that name; it lies on a hub."""
    if importlib.util.find_spec("keras_hub") is None or not re.fullmatch(r"[a-z0-9_.]+", name):
        return False
    return name in _keras_hub().models.Backbone.presets


def open_preset_folder(folder: Path, card: Card) -> LoadedModel:
    """The preset in `folder`, with its card.

    Raises:
        CardError: If KerasHub is not installed or cannot load the preset.
    """
    return _opened(str(folder), card)


def open_handle(handle: str) -> LoadedModel:
    """The preset of a hub; its files are downloaded once and kept where KerasHub keeps them.

    Raises:
        CardError: If KerasHub is not installed, there is no network or no such preset, or it does not take text.
    """
    _keras_hub()
    if _read(handle, CONFIG_FILE) is None:  # which is also what KerasHub makes of Hugging Face without a network
        raise CardError(
            f"KerasHub finds no {CONFIG_FILE} for the preset {handle!r}. Is the name right? {NEEDS_NETWORK}"
        )
    name = re.sub(r"[^\w.-]+", "_", handle.rsplit("://", 1)[-1]).strip("_.") or "preset"
    return _opened(handle, card_from_preset(name, lambda file: _read(handle, file), source=f"Preset {handle!r}"))


def _opened(preset: str, card: Card) -> LoadedModel:
    models = _keras_hub().models
    try:
        if is_classifier(_read(preset, TASK_FILE)):
            return LoadedModel(card=card, keras_model=models.TextClassifier.from_preset(preset))
        backbone = models.Backbone.from_preset(preset)
        return LoadedModel(card=card, keras_model=backbone, preprocessor=_preprocessor(preset, backbone))
    except CardError:
        raise
    except Exception as error:  # Keras, h5py and the hubs' clients raise errors of every kind here
        raise CardError(f"KerasHub cannot load the preset {preset!r}: {first_line(error)}") from error


def _preprocessor(preset: str, backbone: Any) -> Any:
    models = _keras_hub().models
    for name in PREPROCESSORS:
        try:
            preprocessor = getattr(models, name).from_preset(preset)
        except (ValueError, AttributeError):  # KerasHub has none of that kind for the backbone
            continue
        longest = getattr(backbone, "max_sequence_length", None)
        if longest is not None:
            preprocessor.sequence_length = min(preprocessor.sequence_length, longest)
        return preprocessor
    raise CardError(
        f"KerasHub has no preprocessor that packs one text for {type(backbone).__name__} in {preset!r}. Presets of "
        "encoders and of causal language models can be opened; those that take two texts, pictures or sounds cannot."
    )


def _read(preset: str, file: str) -> Mapping[str, Any] | None:
    # The only way to read one file of a preset from wherever KerasHub finds it.
    utilities = importlib.import_module("keras_hub.src.utils.preset_utils")
    try:
        content: Mapping[str, Any] = utilities.load_json(preset, file)
    except FileNotFoundError:
        return None
    except Exception as error:  # requests, kagglehub and huggingface_hub raise errors of every kind here
        raise CardError(
            f"KerasHub cannot read {file} of the preset {preset!r}: {first_line(error)} {NEEDS_NETWORK}"
        ) from error
    return content


def _keras_hub() -> ModuleType:
    try:
        return importlib.import_module("keras_hub")
    except ImportError as error:
        raise CardError(
            f"KerasHub presets need KerasHub, which cannot be imported ({first_line(error)}). "
            "Install it with `pip install 'attnviz[hub]'`."
        ) from error
