"""The `config.json` of an uploaded model: every class, function and path that it names, before any of it is built."""

import re
from typing import Any

import keras

from attnviz.errors import UnsafeModelError
from attnviz.models.untrusted.allow_list import REFUSED_LAYERS, AllowList, find, find_function

_DATA = ("__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__slice__", "__ellipsis__")
"""Nodes that Keras takes for plain values."""

_NUMBERS = re.compile(r"bool|string|u?int(4|8|16|32|64)|b?float(16|32|64)|float8_e[45]m[23](fn)?|complex(64|128)")
_FILES = (
    *("vocabulary", "vocabulary_file", "vocab_file", "merges", "merges_file", "proto", "idf_weights", "filepath"),
    *("special_tokens", "language_tokens"),  # Whisper's tokenizer reads either from a path, safe mode or not
)
"""Arguments that layers take a path for, and read the file."""

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://|[A-Za-z]:\\|/.|~/|\\\\|\.\./")
_WORDS = ("name", "registered_name", "vocabulary", "pattern", "equation", "separator", "split", "value")
"""Arguments whose text is no path, whatever it looks like."""

_SAFE_MODE = "enable_unsafe_deserialization"


def check_config(config: Any, *, label: str, allowed: AllowList) -> None:
    """Refuse what no model needs, by name.

    Args:
        config: The parsed `config.json`.
        label: What messages call the model.
        allowed: What it may name.

    Raises:
        UnsafeModelError: If it names a class, a function, or a path that is not allowed.
    """
    registered = keras.saving.get_custom_objects()
    waiting: list[tuple[Any, str, str]] = [(config, "", "the model")]
    while waiting:
        node, key, place = waiting.pop()
        if isinstance(node, dict):
            if "class_name" in node:
                place = _place(node, place)
                _check_node(node, f"{label}: {place}", allowed)
            for inner, value in node.items():
                _check_registered(inner, registered, f"{label}: {place}", allowed)
                waiting.append((value, inner, place))
        elif isinstance(node, list):
            waiting.extend((value, "", place) for value in node)
        elif isinstance(node, str):
            _check_text(node, key, f"{label}: {place}")
            _check_registered(node, registered, f"{label}: {place}", allowed)


def _place(node: dict[str, Any], outer: str) -> str:
    inner = node.get("config")
    name = node.get("name") or (inner.get("name") if isinstance(inner, dict) else None)
    if isinstance(name, str) and isinstance(node.get("class_name"), str) and not node["class_name"].startswith("__"):
        return f"{name[:80]!r} ({node['class_name'][:80]})"
    return outer


def _check_node(node: dict[str, Any], where: str, allowed: AllowList) -> None:
    name, module, inner = node["class_name"], node.get("module"), node.get("config")
    if not isinstance(name, str):
        raise UnsafeModelError(f"{where} has a `class_name` that is no text: {str(name)[:80]!r}.")
    if name in _DATA:
        _check_data(name, inner, where)
        return
    if name == "__lambda__":
        raise UnsafeModelError(
            f"{where} carries Python code (a `lambda`), which would run on this server. Refused; nothing was run. "
            "Replace it by a layer or a function of Keras, and save the model again."
        )
    if name == "__typespec__":
        raise UnsafeModelError(f"{where} holds a type of TensorFlow (`__typespec__`), which is not read here.")
    if not isinstance(module, str):
        raise _no_module(name, where, node)
    if name == "function":
        _check_function(module, inner, node.get("registered_name"), where, allowed)
        return
    # Keras falls back to the class name where the config gives no registered one.
    found = find(module, name, node.get("registered_name", name))
    if found is None or found not in allowed:
        raise _refused_class(module, name, node.get("registered_name"), where)


def _check_data(name: str, inner: Any, where: str) -> None:
    if name in ("__tensor__", "__numpy__"):
        dtype = inner.get("dtype") if isinstance(inner, dict) else None
        if not isinstance(dtype, str) or not _NUMBERS.fullmatch(dtype):
            raise UnsafeModelError(f"{where} holds an array of a type that is not read here: {str(dtype)[:80]!r}.")


def _check_function(module: str, name: Any, registered_name: Any, where: str, allowed: AllowList) -> None:
    # Where a list of functions is given (activations, losses, …), Keras goes by the registered name; else by `config`.
    for candidate in (name, registered_name):
        if candidate in (None, "function"):
            continue
        found = find_function(module, candidate)
        if found is None or found not in allowed:
            shown = f"{module}.{candidate}"[:120]
            if _SAFE_MODE in shown:
                raise _switches_safe_mode_off(where)
            raise UnsafeModelError(
                f"{where} names a Python function, {shown!r}, which would run on this server. Refused; nothing was "
                "run. Only the activations, losses and metrics of Keras are allowed as functions. Make it a layer of "
                "Keras; if it is a loss or a metric, save the model without it (`model.compiled = False` before "
                "`model.save`)."
            )


def _no_module(name: str, where: str, node: dict[str, Any]) -> UnsafeModelError:
    if "module" in node:
        return UnsafeModelError(
            f"{where} names the class {name[:80]!r} without saying where it comes from: a class of its author's own, "
            "which is code, and code from an upload never runs here. Rebuild that part from layers of Keras, or ask "
            "the operator to install the module and allow it (--allow-module)."
        )
    return UnsafeModelError(
        f"{where} names the class {name[:80]!r} in the form of Keras 2, whose reader knows no safe mode. Open the "
        "model in Keras 3 where you trust it, and save it again: `keras.models.load_model(…).save('model.keras')`."
    )


def _refused_class(module: str, name: str, registered_name: Any, where: str) -> UnsafeModelError:
    shown = f"{module}.{name}"[:160]
    if name in REFUSED_LAYERS:
        return UnsafeModelError(
            f"{where} is a `{name}` layer: {REFUSED_LAYERS[name]}. Refused; nothing was run. Replace it by other "
            "layers of Keras (for arithmetic, `keras.ops` on the tensors will do), and save the model again."
        )
    if name == _SAFE_MODE:
        return _switches_safe_mode_off(where)
    package = module.split(".", maxsplit=1)[0]
    registered = registered_name if isinstance(registered_name, str) else ""
    if package in ("keras_hub", "keras_nlp") or registered.startswith(("keras_hub>", "keras_nlp>")):
        if find("keras_hub", "__version__", None) is None:
            return UnsafeModelError(
                f"{where} is made of KerasHub ({name!r}), which is not installed on this server. The operator can "
                "install it: `pip install keras-hub`."
            )
        return UnsafeModelError(
            f"{where} names {shown!r}, which the KerasHub installed here does not have among its layers and models. It "
            "may come from another version: save the model again with the one that is installed."
        )
    if package == "keras":
        return UnsafeModelError(
            f"{where} names {shown!r}, which is no layer, model, or part of one that Keras exports for models. "
            "Refused; nothing was run. If Keras saved this file, save it again with the version of Keras installed "
            f"here ({keras.__version__})."
        )
    return UnsafeModelError(
        f"{where} names {shown!r}, which is not part of Keras, KerasHub or attnviz: code of its author's own, and code "
        "from an upload never runs here. Rebuild that part from layers of Keras, or ask the operator to install the "
        f"module and allow it: `--allow-module {package[:60]}`."
    )


def _switches_safe_mode_off(where: str) -> UnsafeModelError:
    return UnsafeModelError(
        f"{where} tries to switch off the safe mode of Keras ({_SAFE_MODE}), as only an attack does. Refused; nothing "
        "was run."
    )


def _check_text(text: str, key: str, where: str) -> None:
    if key in _FILES:
        raise UnsafeModelError(
            f"{where} reads a file of this server, or an address: `{key}` is {text[:120]!r}. Refused; nothing was "
            "read. Save the model with its vocabulary inside: give the layer the list of tokens, or `adapt` it, before "
            "`model.save`."
        )
    if key and key not in _WORDS and _ADDRESS.match(text):
        raise UnsafeModelError(
            f"{where} names a file or an address outside of the archive: `{key[:60]}` is {text[:120]!r}. Refused; "
            "nothing was read. Build the model without it, and save it again."
        )


def _check_registered(text: str, registered: dict[str, Any], where: str, allowed: AllowList) -> None:
    # Keras takes any text that is a registered name for the object behind it.
    found = registered.get(text)
    if found is not None and found not in allowed:
        raise UnsafeModelError(
            f"{where} names {text[:120]!r}, which is no part of a model. Refused; nothing was run. Save the model "
            "again without it."
        )
