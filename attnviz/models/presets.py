"""KerasHub preset folders: which folders are some, and their cards, read from their JSON files without KerasHub."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attnviz.errors import CardError
from attnviz.models.card import Card
from attnviz.sequences.specification import RawTextSpecification

# The names that `save_to_preset` writes, see keras_hub/src/utils/preset_utils.py.
CONFIG_FILE = "config.json"
METADATA_FILE = "metadata.json"
PREPROCESSOR_FILE = "preprocessor.json"
TASK_FILE = "task.json"
TOKENIZER_FILE = "tokenizer.json"

CLASSIFIER = "TextClassifier"
AXIS = "token_ids"
"""What KerasHub calls the tokens of a text."""

SEVERAL_INPUTS = ("BLIP2", "Bart", "EdRec", "Moonshine", "T5", "T5Gemma", "T5Gemma2", "Whisper")
"""Backbones with a decoder beside an encoder: they take several sequences, `decoder_token_ids` among them."""

ReadJson = Callable[[str], Mapping[str, Any] | None]
"""Content of one of a preset's files by its name; None if the preset has no such file."""


def is_preset(folder: Path) -> bool:
    """Whether KerasHub's `save_to_preset` wrote `folder`."""
    return (folder / CONFIG_FILE).is_file() and (folder / METADATA_FILE).is_file()


def card_of_preset(folder: Path) -> Card:
    """A card for the preset in `folder`, under the folder's name.

    Raises:
        CardError: If a file cannot be read, or the preset does not take text.
    """
    name = folder.absolute().name
    return card_from_preset(name, lambda file: _read(folder / file), source=str(folder))


def card_from_preset(name: str, read: ReadJson, *, source: str) -> Card:
    """A card for a preset, wherever its files lie.

    A text classifier that was saved as one is one; anything else is shown as the features of its backbone, because
    KerasHub would invent the weights of a task that the preset does not hold.

    Args:
        name: Name for the model.
        read: Gives the preset's files.
        source: What a message calls the preset.

    Raises:
        CardError: If the preset does not take text, or its files do not say what they should.
    """
    try:
        config = read(CONFIG_FILE)
        if config is None:
            raise CardError(f"{source} has no {CONFIG_FILE}, so it is no KerasHub preset.")
        if read(TOKENIZER_FILE) is None:
            raise CardError(
                f"{source} has no {TOKENIZER_FILE}: only presets that take text can be opened. Save the whole task, or "
                "the tokenizer beside the backbone, with `save_to_preset`."
            )
        backbone = str(config["class_name"]).removesuffix("Backbone")
        if backbone in SEVERAL_INPUTS:
            raise CardError(
                f"{source} is a {backbone}, which takes several sequences at once. Presets that take one text can be "
                "opened here; from Python, `attnviz.capture_attention` takes any."
            )
        task = read(TASK_FILE)
        metadata = read(METADATA_FILE) or {}
        preprocessor = read(PREPROCESSOR_FILE)
        limits = [
            (preprocessor or {}).get("config", {}).get("sequence_length"),
            config.get("config", {}).get("max_sequence_length"),
        ]
        return Card(
            name=name,
            title=name.replace("_", " ").replace("-", " "),
            description=_description(backbone, task),
            input=RawTextSpecification(name=AXIS, maximum_length=min(filter(None, limits), default=None)),
            parameters=int(metadata.get("parameter_count", 0)),
            **_task_fields(task),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, CardError):
            raise
        raise CardError(f"{source} is no KerasHub preset that can be read: {error!r}.") from error


def is_classifier(task: Mapping[str, Any] | None) -> bool:
    """Whether the content of `TASK_FILE` is that of a text classifier."""
    return task is not None and str(task.get("class_name", "")).endswith(CLASSIFIER)


def _task_fields(task: Mapping[str, Any] | None) -> dict[str, Any]:
    if task is None or not is_classifier(task):
        return {"task": "features"}
    config = task["config"]
    classes = tuple(f"class {one}" for one in range(int(config["num_classes"])))
    outputs = "probabilities" if config.get("activation") == "softmax" else "logits"
    return {"task": "classification", "classes": classes, "outputs": outputs}


def _description(backbone: str, task: Mapping[str, Any] | None) -> str:
    if is_classifier(task):
        return f"A {backbone} text classifier of KerasHub."
    return f"A {backbone} of KerasHub without a prediction: its attention is what there is to see."


def _read(path: Path) -> Mapping[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CardError(f"{path} cannot be read: {error.strerror}.") from error
    except RecursionError:
        raise CardError(
            f"{path} holds lists or objects inside each other, thousands deep, as no preset does. Save it again."
        ) from None
    except ValueError as error:
        raise CardError(f"{path} is not valid JSON: {error}.") from error
    if not isinstance(content, dict):
        raise CardError(f"{path} must hold a JSON object. Received: a {type(content).__name__}.")
    return content
