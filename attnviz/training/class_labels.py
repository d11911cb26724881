"""Labels of examples as a person writes them, as classes in a fixed order."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from attnviz.errors import TrainingError


def classes_of(values: Sequence[Any], classes: Sequence[str] | None) -> tuple[tuple[str, ...], np.ndarray]:
    """The classes that labels name, and which of them each label is.

    Args:
        values: One label an example: of any kind, or indices into `classes`.
        classes: Class names, where `values` are indices; None takes the labels themselves.

    Returns:
        The classes that some example has, numbers by their size and then texts by the alphabet; int64 `[examples]`.

    Raises:
        TrainingError: If an index is none of `classes`.
    """
    if classes is not None:
        indices = np.asarray(values, dtype=np.int64)
        if len(indices) and (indices.min() < 0 or indices.max() >= len(classes)):
            raise TrainingError(
                f"Targets must be indices of the {len(classes)} classes. Received: {indices.min()} to {indices.max()}."
            )
        used = np.unique(indices)  # a class that nobody has could not be learned
        return tuple(classes[index] for index in used), np.searchsorted(used, indices)
    labels = [_label(value) for value in values]
    names = sorted(set(labels), key=lambda one: (0, float(one), one) if _is_number(one) else (1, 0.0, one))
    positions = {name: index for index, name in enumerate(names)}
    return tuple(names), np.array([positions[label] for label in labels], dtype=np.int64)


def _label(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return " ".join(str(value).split())


def _is_number(label: str) -> bool:
    return bool(pd.notna(pd.to_numeric(label, errors="coerce")))
