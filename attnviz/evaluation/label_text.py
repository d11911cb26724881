"""How a value of a label column is written, so that 1, 1.0 and “1” are one label."""

from typing import Any

import numpy as np


def label_text(value: Any) -> str:
    """A label as text: without blanks around it, whole numbers without decimals, truth values as `true` and `false`."""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)) and float(value).is_integer() and abs(float(value)) < 2**53:
        return str(int(value))
    text = str(value).strip()
    whole, dot, decimals = text.partition(".")
    if dot and whole.lstrip("+-").isdigit() and decimals.strip("0") == "":
        return whole
    return text
