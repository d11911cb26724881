"""Numbers as the pixels that a person sees, and pixels as the numbers that a model takes."""

import math

import numpy as np
import numpy.typing as npt

from attnviz.errors import ShapeError
from attnviz.sequences.picture_specification import PictureSpecification
from attnviz.sequences.specification import NumericSpecification

GREYS = 256
"""Shades that a picture file tells apart, and so as many as are worth keeping."""


def picture_of(specification: NumericSpecification) -> PictureSpecification:
    """What the card says of the picture.

    Raises:
        ShapeError: If the input is no picture.
    """
    if specification.picture is None:
        raise ShapeError(f"The card of input {specification.name!r} does not say that its numbers are a picture.")
    return specification.picture


def picture_shape(specification: NumericSpecification) -> tuple[int, int, int]:
    """Rows, columns and channels of the picture.

    Raises:
        ShapeError: If the input is no picture.
    """
    channels = picture_of(specification).channels
    return specification.length or 0, len(specification.features) // channels, channels


def rows_of_pixels(array: np.ndarray, specification: NumericSpecification) -> np.ndarray:
    """Pictures `[n, rows, columns × channels]` where they have an axis of channels; anything else as it is.

    Args:
        array: Of any shape; `[n, rows, columns, channels]` or `[rows, columns, channels]` are pictures.
        specification: What the model takes, a picture or not.
    """
    if specification.picture is None:
        return array
    rows, columns, channels = picture_shape(specification)
    if array.shape[-3:] == (rows, columns, channels) and array.ndim in (3, 4):
        return array.reshape(-1, rows, columns * channels)
    return array


def patch_grid(specification: NumericSpecification) -> tuple[int, int] | None:
    """Rows and columns of the patches that the model cuts its picture into; None if the card names none.

    Raises:
        ShapeError: If the input is no picture.
    """
    rows, columns, _ = picture_shape(specification)
    patch = picture_of(specification).patch
    return None if patch is None else (rows // patch[0], columns // patch[1])


def light_of(values: npt.ArrayLike, specification: NumericSpecification) -> np.ndarray:
    """The picture as a screen shows it.

    Args:
        values: `[rows, columns × channels]`, before normalisation.
        specification: What the model takes.

    Returns:
        `[rows, columns]` for a grey picture, `[rows, columns, 3]` for a coloured one; float64 from 0 (black) to 1
        (white). Numbers beyond black and white are shown as those.

    Raises:
        ShapeError: If the input is no picture, or the numbers are not as many as its pixels.
    """
    rows, columns, channels = picture_shape(specification)
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.shape != (rows, columns * channels):
        raise ShapeError(
            f"`values` of a picture must have shape [rows, columns × channels] = {(rows, columns * channels)}. "
            f"Received: shape={numbers.shape}."
        )
    picture = picture_of(specification)
    light = np.clip((numbers - picture.black) / (picture.white - picture.black), 0.0, 1.0) + 0.0  # never -0
    return light if channels == 1 else light.reshape(rows, columns, channels)


def numbers_of(light: npt.ArrayLike, specification: NumericSpecification) -> np.ndarray:
    """What `light_of` shows, as the model takes it: no finer than the shades of a picture file.

    Args:
        light: `[rows, columns]` or `[rows, columns, 3]`, from 0 (black) to 1 (white).
        specification: What the model takes.

    Returns:
        `[rows, columns × channels]`, float64, from `black` to `white`.

    Raises:
        ShapeError: If the input is no picture, or the pixels are not as many as it has.
    """
    rows, columns, channels = picture_shape(specification)
    pixels = np.asarray(light, dtype=np.float64)
    if pixels.shape != ((rows, columns) if channels == 1 else (rows, columns, channels)):
        raise ShapeError(
            f"`light` must have the {rows} rows, {columns} columns and {channels} channels of the picture. "
            f"Received: shape={pixels.shape}."
        )
    picture = picture_of(specification)
    numbers = np.round(picture.black + pixels * (picture.white - picture.black), decimals_of(picture))
    low, high = sorted((picture.black, picture.white))  # which rounding may pass
    return np.clip(numbers, low, high).reshape(rows, columns * channels)


def decimals_of(picture: PictureSpecification) -> int:
    """Digits after the point of a pixel's number: enough to tell 256 shades apart, and none that only fill a link."""
    return max(0, math.ceil(-math.log10(abs(picture.white - picture.black) / (GREYS - 1))))
