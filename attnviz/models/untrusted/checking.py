"""An uploaded model, checked before this process's Keras sees any of it."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from attnviz.errors import UnsafeModelError
from attnviz.models.card import FILE_NAME as CARD_FILE
from attnviz.models.card import Card, card_from_dict
from attnviz.models.untrusted.archive import read_archive
from attnviz.models.untrusted.examiner import examine
from attnviz.models.untrusted.formats import WANTED, refuse_other_format, refused_format
from attnviz.models.untrusted.json_data import parse_json
from attnviz.models.untrusted.limits import ModelLimits

MODEL_FILE = "model.keras"
CONFIG, METADATA, WEIGHTS, ASSETS = "config.json", "metadata.json", "model.weights.h5", "assets/"
ASSET_KINDS = (".txt", ".json", ".spm")
"""What the layers of Keras and KerasHub keep beside their weights: vocabularies, and nothing else."""

_ARCHIVES = (".keras", ".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".npz", ".jar", ".whl")
_SHARDS = re.compile(r"model(_\d+)?\.weights\.(json|h5)")
_IGNORED = ("__MACOSX/", "__pycache__/")


@dataclass(frozen=True, eq=False, kw_only=True)
class CheckedUpload:
    """A model file that passed every check; `attnviz.models.untrusted.opening.load_checked` opens it.

    Attributes:
        name: The card's name, or else the file's without its ending.
        sha256: Digest of what was uploaded, in hexadecimal.
        model: A `.keras` archive, written anew from what was checked: no entry, name or compression is the upload's.
        card: The card that came with it, if one did.
        parameters: Numbers in the weights of the model, which are as many as the file holds.
        allowed_modules: Modules of the operator's that it was allowed to use.
    """

    name: str
    sha256: str
    model: bytes
    card: Card | None
    parameters: int
    allowed_modules: tuple[str, ...] = ()


def check_upload(
    name: str, content: bytes, *, limits: ModelLimits | None = None, allowed_modules: Collection[str] = ()
) -> CheckedUpload:
    """Check an uploaded model as the untrusted file that it is. docs/security.md gives the order of the checks.

    Everything here is read as data. The classes that it names, its weights, and a first attempt to build it are left
    to a child process with limits of its own; a file that crashes that, crashes nothing here.

    Args:
        name: Name of the uploaded file.
        content: Its bytes: a `.keras` file, or a zip of `model.keras` and `card.json`.
        limits: How much of the machine it may use.
        allowed_modules: Modules of the operator's whose registered classes a model may use. Never from an upload.

    Raises:
        UnsafeModelError: If it is refused; the message says what was found, why that is refused and what to do.
        CardError: If its card cannot be used.
    """
    limits = limits or ModelLimits()
    refuse_other_format(name, content)
    card, model_label, entries = _entries(name, content, limits)
    config = _parsed(entries[CONFIG], f"`{CONFIG}` in {model_label}", limits)
    metadata = _parsed(entries.get(METADATA, b"{}"), f"`{METADATA}` in {model_label}", limits)
    if "class_name" not in config:
        raise UnsafeModelError(f"`{CONFIG}` in {model_label} describes no model: it has no `class_name`. {WANTED}")
    if not entries[WEIGHTS].startswith(b"\x89HDF\r\n\x1a\n"):
        raise UnsafeModelError(f"`{WEIGHTS}` in {model_label} is not an HDF5 file. It may be damaged: save it again.")
    archive = _written_anew(config, metadata, entries)
    modules = tuple(sorted(set(allowed_modules)))
    parameters = examine(archive, name=name, limits=limits, allowed_modules=modules)
    stem = re.sub(r"(\.keras|\.zip)+$", "", name.replace("\\", "/").rpartition("/")[2], flags=re.IGNORECASE)
    return CheckedUpload(
        name=card.name if card else stem or "model",
        sha256=hashlib.sha256(content).hexdigest(),
        model=archive,
        card=card,
        parameters=parameters,
        allowed_modules=modules,
    )


def _entries(name: str, content: bytes, limits: ModelLimits) -> tuple[Card | None, str, Mapping[str, bytes]]:
    """The card if there is one, what messages call the model file, and the files in it."""
    label = repr(name)
    outer = _read(content, label, limits)
    if CONFIG in outer:
        return None, label, outer
    models = [path for path in outer if path.rpartition("/")[2] == MODEL_FILE]
    if not models:
        raise UnsafeModelError(
            f"{label} holds neither `{CONFIG}`, as a `.keras` file does, nor `{MODEL_FILE}`. {WANTED}"
        )
    if len(models) > 1:
        raise UnsafeModelError(f"{label} holds {len(models)} files called `{MODEL_FILE}`. Upload one model at a time.")
    folder = models[0].removesuffix(MODEL_FILE)
    card = None
    if (card_data := outer.get(folder + CARD_FILE)) is not None:
        card_label = f"`{CARD_FILE}` in {label}"
        card = card_from_dict(parse_json(card_data, label=card_label, limits=limits), source=card_label)
    inner = f"`{MODEL_FILE}` in {label}"
    packed = outer[models[0]]
    refuse_other_format(MODEL_FILE, packed)
    entries = _read(packed, inner, limits)
    if CONFIG not in entries:
        raise UnsafeModelError(f"{inner} holds no `{CONFIG}`, so it is no `.keras` file. {WANTED}")
    return card, inner, entries


def _read(content: bytes, label: str, limits: ModelLimits) -> Mapping[str, bytes]:
    names: list[str] = []

    def wanted(path: str) -> bool:
        names.append(path)
        return path in (CONFIG, METADATA, WEIGHTS) or path.startswith(ASSETS) or _is_model_or_card(path)

    found = read_archive(content, label=label, limits=limits, wanted=wanted)
    _check_contents(names, label)
    return found


def _is_model_or_card(path: str) -> bool:
    folder, _, file = path.rpartition("/")
    return "/" not in folder and not path.startswith(_IGNORED) and file in (MODEL_FILE, CARD_FILE)


def _check_contents(names: list[str], label: str) -> None:
    if any(path.rpartition("/")[2] == "saved_model.pb" for path in names):
        raise refused_format(label.strip("'"), "saved_model")
    if CONFIG in names:
        _check_keras_file(names, label)
        return
    nested = [path for path in names if path.lower().endswith(_ARCHIVES) and not _is_model_or_card(path)]
    if nested:
        if len(nested) == 1 and nested[0].endswith(".keras") and not any(path.endswith(MODEL_FILE) for path in names):
            raise UnsafeModelError(
                f"{label} holds {nested[0][:100]!r}. In a zip the model must be called `{MODEL_FILE}`: rename it and "
                "zip it again with its card."
            )
        raise UnsafeModelError(
            f"{label} holds another archive, {nested[0][:100]!r}. Refused: archives in archives hide what is in them. "
            + WANTED
        )


def _check_keras_file(names: list[str], label: str) -> None:
    shards = [path for path in names if _SHARDS.fullmatch(path) and path != WEIGHTS]
    if shards:
        raise UnsafeModelError(
            f"{label} keeps its weights in several files ({shards[0]!r}), which is not read here. Save it as one: "
            "`model.save('model.keras')`."
        )
    if "model.weights.npz" in names:
        raise UnsafeModelError(
            f"{label} keeps its weights as a NumPy archive (model.weights.npz), whose arrays are Python pickles: they "
            "run code when they are read. Nothing was read. Save it again with `model.save('model.keras')`."
        )
    if WEIGHTS not in names:
        raise UnsafeModelError(
            f"{label} holds no weights (`{WEIGHTS}`). Save it again with `model.save('model.keras')`."
        )
    for path in names:
        known = path in (CONFIG, METADATA, WEIGHTS) or (path.startswith(ASSETS) and path.endswith(ASSET_KINDS))
        if not known:
            raise UnsafeModelError(
                f"{label} holds {path[:100]!r}, which is no part of a Keras model. Allowed are {CONFIG}, {METADATA}, "
                f"{WEIGHTS}, and vocabularies ({', '.join(ASSET_KINDS)}) under {ASSETS}. Save the model again."
            )


def _parsed(data: bytes, label: str, limits: ModelLimits) -> dict[str, Any]:
    content = parse_json(data, label=label, limits=limits)
    if not isinstance(content, dict):
        raise UnsafeModelError(f"{label} must be an object. Received: {type(content).__name__}.")
    return content


def _written_anew(config: dict[str, Any], metadata: dict[str, Any], entries: Mapping[str, bytes]) -> bytes:
    """What Keras will read is what was checked, whatever two readers of zip files could disagree on."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, content in ((METADATA, metadata), (CONFIG, config)):
            archive.writestr(zipfile.ZipInfo(path), json.dumps(content))  # which dates all of them 1980
        for path in sorted(entries):
            if path == WEIGHTS or path.startswith(ASSETS):
                archive.writestr(zipfile.ZipInfo(path), entries[path])
    return buffer.getvalue()
