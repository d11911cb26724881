"""Model files for the tests: honest ones as Keras writes them, and the same with something changed in them."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import h5py
import keras
from keras import layers

CONFIG, WEIGHTS = "config.json", "model.weights.h5"


def saved(model: keras.Model) -> bytes:
    """What `model.save` writes."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()


def small_model() -> keras.Model:
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((4,)), layers.Dense(3, name="first"), layers.Dense(2, name="second")])


def transformer_classifier() -> keras.Model:
    """Everything by hand, and nothing of attnviz in it."""
    keras.utils.set_random_seed(1)
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    hidden = layers.Embedding(40, 16, mask_zero=True)(tokens)
    attended = layers.MultiHeadAttention(2, 8, dropout=0.1, name="attention")(hidden, hidden)
    hidden = layers.LayerNormalization()(hidden + attended)
    hidden = layers.Dropout(0.1)(hidden * 0.5)
    pooled = layers.GlobalAveragePooling1D()(hidden)
    return keras.Model(tokens, layers.Dense(3, activation="softmax")(pooled), name="classifier")


def entries_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zip_of(entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def with_entries(content: bytes, entries: dict[str, bytes]) -> bytes:
    return zip_of({**entries_of(content), **entries})


def with_config(content: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    entries = entries_of(content)
    config = json.loads(entries[CONFIG])
    change(config)
    return zip_of({**entries, CONFIG: json.dumps(config).encode()})


def with_layer(content: bytes, layer: dict[str, Any]) -> bytes:
    """A Sequential model with one more layer at its end."""
    return with_config(content, lambda config: config["config"]["layers"].append(layer))


def with_weights(content: bytes, change: Callable[[h5py.File], None]) -> bytes:
    entries = entries_of(content)
    buffer = io.BytesIO(entries[WEIGHTS])
    with h5py.File(buffer, "r+") as file:
        change(file)
    return zip_of({**entries, WEIGHTS: buffer.getvalue()})


def layer_config(module: str, class_name: str, config: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "module": module,
        "class_name": class_name,
        "config": {"name": "odd"} if config is None else config,
        "registered_name": None,
        **more,
    }
