"""The modules whose classes a model file may name: KerasHub where it is installed, and the operator's."""

import contextlib
import importlib
from collections.abc import Collection

from attnviz.errors import CardError


def import_modules(allowed_modules: Collection[str]) -> None:
    """Import the operator's modules, and KerasHub if it is installed, so that Keras knows their classes.

    Raises:
        CardError: If one of the operator's cannot be imported.
    """
    for name in allowed_modules:
        try:
            importlib.import_module(name)
        except Exception as error:
            raise CardError(
                f"The allowed module {name!r} cannot be imported: {type(error).__name__}: {error}. Name a module that "
                "Python finds, such as `my_layers` for my_layers.py on PYTHONPATH."
            ) from error
    with contextlib.suppress(ImportError):
        importlib.import_module("keras_hub")
