"""A picture that is drawn pixel by pixel in the browser, with the mouse, a finger or the keyboard."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from attnviz.components.scripts import joined_script, joined_styles
from attnviz.errors import ShapeError
from attnviz.sequences.pictures import decimals_of, picture_of, picture_shape
from attnviz.sequences.specification import NumericSpecification

MOST_PIXELS = 64 * 64
"""Pixels of the largest picture that can be drawn; a larger one is a case for a drawing program."""

LARGEST = 1e300
"""Numbers beyond this are none of a pixel, and may be more than a float can hold."""

_FOLDER = Path(__file__).parent

_MOUNT = st.components.v2.component(
    "attnviz.pixel_editor",
    html='<div class="attnviz-pixels"></div>',
    css=joined_styles(_FOLDER),
    js=joined_script(_FOLDER, "component.js"),
)


def can_be_drawn(specification: NumericSpecification) -> bool:
    """Whether the input is a grey picture that is small enough to draw."""
    if specification.picture is None or specification.picture.channels != 1:
        return False
    rows, columns, _ = picture_shape(specification)
    return rows * columns <= MOST_PIXELS


def pixel_editor(
    specification: NumericSpecification,
    values: np.ndarray,
    *,
    key: str,
    on_draw: Callable[[np.ndarray], None],
) -> None:
    """Show the picture, and let a person draw in it.

    Args:
        specification: What the model takes; `can_be_drawn`.
        values: `[rows, columns]`, before normalisation. They are the one truth: what is drawn is shown at once, and
            again with the values that the page makes of it.
        key: Identifies the component on the page; a stable one keeps the keyboard's focus and what can be undone.
        on_draw: Called after a stroke with all values, `[rows, columns]`, before the rerun that it starts.
    """

    told = f"{key} told"

    def drawn() -> None:
        message = st.session_state[key].drawn
        st.session_state[told] = _number(message)
        received = drawn_values(message, specification)
        if received is not None:
            on_draw(received)

    data = payload(specification, values, told=st.session_state.get(told, 0))
    _MOUNT(key=key, data=data, on_drawn_change=drawn)


def payload(specification: NumericSpecification, values: np.ndarray, *, told: int = 0) -> dict[str, Any]:
    """What the browser gets, in plain JSON types.

    Args:
        specification: What the model takes.
        values: `[rows, columns]`.
        told: Number of the last message that was read. A stroke that was taken back at once leaves the values as they
            were, and yet the browser must learn that nothing is on its way any more.

    Raises:
        ShapeError: If the values are not as many as the pixels.
        ValueError: If a value is not finite.
    """
    rows, columns, _ = picture_shape(specification)
    if values.shape != (rows, columns):
        raise ShapeError(f"`values` must have shape [rows, columns] = {(rows, columns)}. Received: {values.shape}.")
    picture = picture_of(specification)
    data = {
        "told": told,
        "rows": rows,
        "columns": columns,
        "values": [float(value) for value in values.ravel()],
        "white": float(picture.white),
        "black": float(picture.black),
        "blank": blank_value(specification),
        "decimals": decimals_of(picture),
        "step": specification.step,
        "features": list(specification.features),
    }
    json.dumps(data, allow_nan=False)  # Streamlit would send what is no JSON as one useless text, and say nothing
    return data


def blank_value(specification: NumericSpecification) -> float:
    """The number of an empty pixel: the training pictures' background, and black for scenes."""
    picture = picture_of(specification)
    return float(picture.white if picture.background == "white" else picture.black)


def drawn_values(message: Any, specification: NumericSpecification) -> np.ndarray | None:
    """The values `[rows, columns]` in a message of the browser; None where it holds anything but numbers of pixels."""
    values = message.get("values") if isinstance(message, dict) else None
    rows, columns, _ = picture_shape(specification)
    if not isinstance(values, list) or len(values) != rows * columns:
        return None
    if not all(type(value) in (int, float) and -LARGEST <= value <= LARGEST for value in values):  # NaN is neither
        return None
    return np.array(values, dtype=np.float64).reshape(rows, columns)


def _number(message: Any) -> int:
    number = message.get("number") if isinstance(message, dict) else None
    return number if type(number) is int and number >= 0 else 0
