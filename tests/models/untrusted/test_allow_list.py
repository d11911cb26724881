"""The allow list against the Keras and the KerasHub that are installed: what is on it, and what must never be."""

import importlib
import inspect
import subprocess
import sys
from typing import Any

import keras
import keras_hub
import pytest
from keras.src import api_export
from keras.src.saving import serialization_lib

from attnviz.models.untrusted.allow_list import REFUSED_LAYERS, AllowList, find, find_function

ALLOWED = AllowList(())
EVERYTHING = api_export.REGISTERED_NAMES_TO_OBJS
DANGEROUS = ("open", "path", "file", "url", "directory", "origin", "save", "load", "download", "import", "eval", "exec")


@pytest.mark.parametrize("layer", [name for name in vars(keras.layers) if inspect.isclass(vars(keras.layers)[name])])
def test_every_public_layer_is_either_allowed_or_refused_with_a_reason(layer: str) -> None:
    assert (vars(keras.layers)[layer] in ALLOWED) == (layer not in REFUSED_LAYERS)


def test_keras_hub_and_attnviz_are_allowed() -> None:
    for home in (keras_hub.layers, keras_hub.models, keras_hub.tokenizers):
        classes = [found for found in vars(home).values() if inspect.isclass(found) and hasattr(found, "from_config")]
        assert len(classes) > 50
        assert not [found for found in classes if found not in ALLOWED]
    assert importlib.import_module("attnviz.layers").SelfAttention in ALLOWED


def test_nothing_that_reads_writes_or_switches_anything_is_allowed() -> None:
    for name in serialization_lib.NON_MODELING_APIS:
        assert name not in EVERYTHING or EVERYTHING[name] not in ALLOWED
    for name, found in EVERYTHING.items():
        if name.startswith(("keras.utils.", "keras.saving.", "keras.config.", "keras.export.", "keras.datasets.")):
            assert found not in ALLOWED
        if inspect.isfunction(found) and any(word in found.__name__ for word in DANGEROUS):
            assert found not in ALLOWED
    for name, found in keras.saving.get_custom_objects().items():
        if inspect.isfunction(found):
            assert (found in ALLOWED) == name.endswith(">gelu_approximate")
    for found in (print, open, eval, exec, importlib.import_module, subprocess.run, object, type, Exception):
        assert found not in ALLOWED


def test_no_operation_on_the_list_takes_a_function() -> None:
    operations = [
        found
        for path, module in list(sys.modules.items())
        if path.startswith(("keras.src.ops.", "keras.src.activations."))
        for found in vars(module).values()
        if inspect.isclass(found) and found in ALLOWED and not issubclass(found, keras.layers.Layer)
    ]
    assert len(operations) > 250
    for operation in operations:
        for method in (operation.__init__, operation.call):
            parameters = set(inspect.signature(method).parameters)
            assert not parameters & {
                "f",
                "fn",
                "fun",
                "func",
                "function",
                "body",
                "cond",
                "cond_fun",
                "body_fun",
                "pred",
            }


def test_keras_finds_what_we_find() -> None:
    """A name that meant one thing to the check and another to Keras would be a way around it."""
    for name, found in EVERYTHING.items():
        module, _, last = name.rpartition(".")
        seen = find(module, last, None)
        assert seen is found or seen not in ALLOWED, name
    for name, found in keras.saving.get_custom_objects().items():
        assert find("anything", "Dense", name) is found
    for name in ("relu", "mse", "get", "get_file", "deserialize", "load_model", "categorical_crossentropy"):
        seen = find_function("builtins", name)
        if seen in ALLOWED:
            assert seen is serialization_lib._retrieve_class_or_fn(name, "function", "builtins", "function", {})


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("keras", "Dense.from_config"),
        ("os", "system"),
        ("keras.src.saving.saving_lib", "zipfile"),
        ("keras.src.utils.file_utils", "os"),
        ("attnviz.models.untrusted.opening", "load_checked"),
        ("keras_hub.src.utils.preset_utils", "get_file"),
        ("keras.src.saving.saving_lib", "H5IOStore"),
        ("keras.src.ops.core", "Map"),
        ("keras.src.ops.function", "Function"),
        (None, "Dense"),
        ("", ""),
        ([], {}),
        ("keras.layers", "__dict__"),
        ("keras.layers", ["Dense"]),
    ],
)
def test_what_is_not_found_or_not_allowed(module: Any, name: Any) -> None:
    assert find(module, name, None) not in ALLOWED


def test_nothing_is_imported_to_find_out() -> None:
    before = set(sys.modules)
    assert find("keras_hub.src.utils.transformers.export.hf_exporter_that_is_not", "x", None) is None
    assert find("keras.src.backend.torch.core", "Variable", None) is None
    assert set(sys.modules) == before
