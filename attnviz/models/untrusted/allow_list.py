"""Which classes and functions the config of an uploaded model may name.

The list is made from what the installed Keras, KerasHub and attnviz export, by type, and never from how a name begins:
a module inside of `keras` also holds functions that download files and switch the safe mode off.
"""

import inspect
import sys
from collections.abc import Collection, Iterator
from types import ModuleType
from typing import Any

import keras
from keras.src.models.functional import Functional  # what `keras.Model(inputs, outputs)` is saved as

import attnviz.layers

_LAYERS = (keras.layers, keras.models)
_PARTS = (
    keras.initializers,
    keras.regularizers,
    keras.constraints,
    keras.losses,
    keras.metrics,
    keras.optimizers,
    keras.optimizers.schedules,
    keras.dtype_policies,
)
_PART_TYPES = (
    keras.initializers.Initializer,
    keras.regularizers.Regularizer,
    keras.constraints.Constraint,
    keras.losses.Loss,
    keras.metrics.Metric,
    keras.optimizers.Optimizer,
    keras.optimizers.schedules.LearningRateSchedule,
    keras.dtype_policies.DTypePolicy,
    keras.dtype_policies.DTypePolicyMap,
)
_QUANTIZERS = ("AbsMaxQuantizer", "Int8QuantizationConfig", "Int4QuantizationConfig", "Float8QuantizationConfig")
_FUNCTION_HOMES = (keras.activations, keras.losses, keras.metrics, keras.ops.nn)
_NO_FUNCTIONS = ("get", "serialize", "deserialize")
_KERAS_HUB_HOMES = ("layers", "models", "tokenizers", "samplers", "metrics")
_KERAS_HUB_PARTS = ("keras_hub.src.models.", "keras_hub.src.layers.", "keras_hub.src.tokenizers.")
_KERAS_HUB_FUNCTIONS = ("keras_hub>gelu_approximate", "keras_nlp>gelu_approximate")

REFUSED_LAYERS = {
    "Lambda": "it carries Python code, which would run on this server",
    "TFSMLayer": "it loads a TensorFlow SavedModel, a program of its own, from a path on this server",
    "TorchModuleWrapper": "it carries a pickled PyTorch module, and pickles run code when they are read",
    "JaxLayer": "it carries functions, which would run on this server",
    "FlaxLayer": "it carries functions, which would run on this server",
}
"""Public layers of Keras that are left out, and why."""

_OPERATIONS = ("keras.src.ops.", "keras.src.activations.")
REFUSED_OPERATIONS = (
    *("Map", "Scan", "AssociativeScan", "VectorizedMap", "Switch", "WhileLoop", "ForiLoop", "Cond"),
    *("JVP", "Function", "Operation"),
)
"""Operations of Keras that take functions as arguments."""


class AllowList:
    """What a config may name, as objects rather than names."""

    def __init__(self, allowed_modules: Collection[str]) -> None:
        self._allowed_modules = tuple(allowed_modules)
        self._objects = frozenset((*_keras(), *_operations(), *_keras_hub(), *_own()))

    def __contains__(self, candidate: Any) -> bool:
        return self._is_hashable(candidate) and (candidate in self._objects or self._is_operators(candidate))

    def _is_hashable(self, candidate: Any) -> bool:
        return inspect.isclass(candidate) or inspect.isfunction(candidate)

    def _is_operators(self, candidate: Any) -> bool:
        home = getattr(candidate, "__module__", None) or ""
        registered = candidate in keras.saving.get_custom_objects().values()
        return registered and any(home == name or home.startswith(name + ".") for name in self._allowed_modules)


def find(module: Any, name: Any, registered_name: Any) -> Any:
    """The class or function that Keras would take for a node of a config; None if there is none.

    As `keras.saving.deserialize_keras_object` does, except that nothing is imported: a registered name first, then the
    name in the module, if that belongs to Keras or KerasHub and is loaded anyway.
    """
    if isinstance(registered_name, str):
        registered = keras.saving.get_custom_objects().get(registered_name)
        if registered is not None:
            return registered
    if not isinstance(module, str) or not isinstance(name, str):
        return None
    if module.split(".", maxsplit=1)[0] not in ("keras", "keras_hub"):
        return None
    loaded = sys.modules.get(module)
    return None if loaded is None else vars(loaded).get(name)


def find_function(module: Any, name: Any) -> Any:
    """As `find`, for a node whose `class_name` is "function"; `builtins` stands for the modules with functions."""
    if isinstance(name, str):
        registered = keras.saving.get_custom_objects().get(name)
        if registered is not None:
            return registered
    if module == "builtins":
        return next(
            (vars(home)[name] for home in _FUNCTION_HOMES if isinstance(name, str) and name in vars(home)), None
        )
    return find(module, name, None)


def _keras() -> Iterator[Any]:
    for home in _LAYERS:
        for name, found in _classes(home):
            if issubclass(found, keras.layers.Layer) and name not in REFUSED_LAYERS:
                yield found
    yield Functional
    for home in _PARTS:
        yield from (found for _, found in _classes(home) if issubclass(found, _PART_TYPES))
    yield from (getattr(keras.quantizers, name) for name in _QUANTIZERS if hasattr(keras.quantizers, name))
    yield from (keras.layers.InputSpec, keras.random.SeedGenerator)
    for home in _FUNCTION_HOMES:
        yield from (
            found for name, found in vars(home).items() if inspect.isfunction(found) and name not in _NO_FUNCTIONS
        )


def _operations() -> Iterator[type]:
    """The nodes that `keras.ops` leave in a functional model, such as `Add` for `x + y`: no layer, not public, only
    arithmetic. Saved models name them by their modules inside of Keras."""
    for path, module in list(sys.modules.items()):
        if path.startswith(_OPERATIONS):
            for name, found in _classes(module):
                if issubclass(found, keras.Operation) and found.__module__ == path and name not in REFUSED_OPERATIONS:
                    yield found


def _keras_hub() -> Iterator[Any]:
    keras_hub = sys.modules.get("keras_hub")
    if keras_hub is None:
        return
    for home in _KERAS_HUB_HOMES:
        for _, found in _classes(getattr(keras_hub, home)):
            if found.__module__.startswith("keras_hub.") and hasattr(found, "from_config"):
                yield found
    # What its models are made of, which is not all public: a file with such a part names it by its module.
    for path, module in list(sys.modules.items()):
        if path.startswith(_KERAS_HUB_PARTS):
            yield from (found for _, found in _classes(module) if _is_layer_of(found, path))
    registered = keras.saving.get_custom_objects()
    yield from (registered[name] for name in _KERAS_HUB_FUNCTIONS if name in registered)


def _is_layer_of(found: type, path: str) -> bool:
    return issubclass(found, keras.layers.Layer) and found.__module__ == path


def _own() -> Iterator[type]:
    yield from (found for _, found in _classes(attnviz.layers) if found.__module__ == attnviz.layers.__name__)


def _classes(module: ModuleType) -> Iterator[tuple[str, type]]:
    yield from ((name, found) for name, found in list(vars(module).items()) if inspect.isclass(found))
