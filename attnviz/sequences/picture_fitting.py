"""Any picture as the one that a model takes: inverted, cut, and averaged down to the model's pixels."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from attnviz.records import read_only
from attnviz.sequences.picture_files import DecodedPicture
from attnviz.sequences.pictures import numbers_of, picture_of, picture_shape
from attnviz.sequences.specification import NumericSpecification

FAINTEST_INK = 0.25
"""How far from the border's light, of all there is in the picture, a pixel is ink and not paper."""

LEAST_CONTRAST = 0.1
"""Pictures whose light varies less show nothing that could be cut out or stretched."""

INK_SHARE = 0.02
"""Share of the pixels that may be darker than what counts as black: a few specks do not set the contrast."""


@dataclass(frozen=True, eq=False, kw_only=True)
class FittedPicture:
    """A picture as the model takes it.

    Attributes:
        numbers: `[rows, columns × channels]`, float64, before normalisation.
        steps: What was done to it, in the order in which it was done.
    """

    numbers: np.ndarray
    steps: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "numbers", read_only(self.numbers, dtype=np.float64))

    @property
    def description(self) -> str:
        """The steps in a sentence."""
        return f"The picture was {', then '.join(self.steps)}."


def looks_inverted(picture: DecodedPicture, specification: NumericSpecification) -> bool:
    """Whether the picture's border is dark where the model learned from a white background, or the other way round.

    Always false where the card names no background.
    """
    background = picture_of(specification).background
    return background is not None and (border_light(picture.light) < 0.5) == (background == "white")


def border_light(light: np.ndarray) -> float:
    """Median of the light of the outermost pixels of `[rows, columns]` or `[rows, columns, 3]`."""
    edges = (light[0], light[-1], light[:, 0], light[:, -1])
    return float(np.median(np.concatenate([edge.reshape(len(edge), -1).mean(axis=1) for edge in edges])))


def fit_picture(
    picture: DecodedPicture,
    specification: NumericSpecification,
    *,
    invert: bool | None = None,
    clean: bool | None = None,
) -> FittedPicture:
    """`picture` in the size and the numbers of the model, in proportion: what is left over is filled with background.

    Args:
        picture: Any picture, grey or coloured as `picture_shape(specification)` says.
        specification: What the model takes.
        invert: Swap light and dark; None where `looks_inverted`.
        clean: Cut off the empty border and stretch the contrast from paper to ink, as in the training pictures; None
            where the card names their background.

    Raises:
        ShapeError: If the input is no picture, or `picture` was decoded with another number of channels.
    """
    wanted = picture_of(specification)
    rows, columns, _ = picture_shape(specification)
    invert = looks_inverted(picture, specification) if invert is None else invert
    clean = wanted.background is not None if clean is None else clean
    light, steps = picture.light, []
    if invert:
        light = 1 - light
        steps.append("inverted")
    margin = 0
    if clean:
        light, done = _cleaned(light)
        if done:
            steps.append("cut to what is drawn, with its contrast stretched")
            margin = wanted.margin
    paper = {"white": 1.0, "black": 0.0, None: border_light(light)}[wanted.background]
    height, width = light.shape[:2]
    room = rows - 2 * margin, columns - 2 * margin
    scale = min(room[0] / height, room[1] / width)
    size = tuple(max(1, min(most, round(scale * side))) for side, most in zip((height, width), room, strict=True))
    if size != (height, width):
        light = _resized(light, *size)
        how = "by averaging" if scale < 1 else "by repeating pixels"
        steps.append(
            f"made {columns} × {rows} pixels {how}" if size == room else f"made {size[1]} × {size[0]} pixels {how}"
        )
    if size != (rows, columns):
        full = np.full((rows, columns, *light.shape[2:]), paper, np.float32)
        top, left = (rows - size[0]) // 2, (columns - size[1]) // 2
        full[top : top + size[0], left : left + size[1]] = light
        light = full
        steps.append(f"put in the middle of {columns} × {rows}")
    steps.append(f"written as numbers from {wanted.black:g} (black) to {wanted.white:g} (white)")
    return FittedPicture(numbers=numbers_of(light, specification), steps=tuple(steps))


def _cleaned(light: np.ndarray) -> tuple[np.ndarray, bool]:
    """The part with ink, from paper (the light of the border) to the strongest ink; and whether there is any."""
    grey = light if light.ndim == 2 else light.mean(axis=2)
    paper = border_light(light)
    distance = np.abs(grey - paper)
    reach = float(distance.max())
    if reach < LEAST_CONTRAST:
        return light, False
    ink = distance > FAINTEST_INK * reach
    down, across = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    part = light[down[0] : down[-1] + 1, across[0] : across[-1] + 1]
    strongest = float(np.quantile(part, INK_SHARE if paper > 0.5 else 1 - INK_SHARE))
    if abs(strongest - paper) < LEAST_CONTRAST:
        return part, True
    ends = (0.0, 1.0) if paper > 0.5 else (1.0, 0.0)
    return np.clip(ends[0] + (part - strongest) / (paper - strongest) * (ends[1] - ends[0]), 0, 1), True


def _resized(light: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Each pixel the mean of those that it covers; a smaller picture's pixels are repeated."""
    planes = light[:, :, np.newaxis] if light.ndim == 2 else light
    resized = [
        np.asarray(
            Image.fromarray(np.ascontiguousarray(planes[:, :, one])).resize((columns, rows), Image.Resampling.BOX)
        )
        for one in range(planes.shape[2])
    ]
    return resized[0] if light.ndim == 2 else np.stack(resized, axis=2)
