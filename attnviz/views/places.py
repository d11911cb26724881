"""Where the positions of an axis lie in a picture: rows, or patches in rows and columns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attnviz.errors import ShapeError
from attnviz.records import read_only
from attnviz.sequences.pictures import patch_grid, picture_shape
from attnviz.sequences.specification import NumericSpecification
from attnviz.views.labels import displayed

_PATCH = re.compile(r"(\d+), (\d+)")


@dataclass(frozen=True, eq=False, kw_only=True)
class Places:
    """The part of the picture that each position of an axis stands for.

    Attributes:
        boxes: `[position, 4]`, int32: first row, first column, height and width in pixels, counted from 0; a height
            and width of 0 for what is no part of the picture, such as a class token.
        names: What a person calls each: "row 3", "patch 2, 4", "class token".

    Raises:
        ShapeError: If boxes and names differ in number.
    """

    boxes: np.ndarray
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "boxes", read_only(self.boxes, dtype=np.int32))
        if self.boxes.shape != (len(self.names), 4):
            raise ShapeError(
                f"`boxes` must have shape [position, 4] with a box for each of {len(self.names)} names. "
                f"Received: shape={self.boxes.shape}."
            )

    @property
    def inside(self) -> np.ndarray:
        """Which positions are a part of the picture, `[position]`, bool."""
        return self.boxes[:, 2] > 0


def places_of(axis: str, labels: Sequence[str], specification: NumericSpecification) -> Places | None:
    """Where the positions of one axis of a capture lie; None where they are no parts of the picture.

    The axis of the input itself runs over the rows. Otherwise patches are told by their labels, "1, 1", "1, 2" … row by
    row, as captures give them; what stands before or behind them (a class token) lies nowhere.

    Args:
        axis: Name of the axis.
        labels: All of its labels in one sample, as in `AttentionCapture.sequences`.
        specification: What the model takes, a picture.

    Raises:
        ShapeError: If the input is no picture.
    """
    rows, columns, _ = picture_shape(specification)
    if axis == specification.name and len(labels) == rows:
        boxes = [(row, 0, 1, columns) for row in range(rows)]
        return Places(boxes=np.array(boxes), names=tuple(displayed(label) for label in labels))
    found = [_PATCH.fullmatch(label) for label in labels]
    patches = [(int(match[1]), int(match[2])) for match in found if match is not None]
    if not patches:
        return None
    grid = max(row for row, _ in patches), max(column for _, column in patches)
    if patches != [(row, column) for row in range(1, grid[0] + 1) for column in range(1, grid[1] + 1)]:
        return None
    edges = _edges(grid, (rows, columns), patch_grid(specification))
    if edges is None:
        return None
    placed = iter(_boxes(grid, (rows, columns), edges))
    return Places(
        boxes=np.array([(0, 0, 0, 0) if match is None else next(placed) for match in found]),
        names=tuple(
            displayed(label) if match is None else f"patch {label}" for label, match in zip(labels, found, strict=True)
        ),
    )


def _edges(grid: tuple[int, int], size: tuple[int, int], of_card: tuple[int, int] | None) -> tuple[int, int] | None:
    """Height and width of the patches of which `grid` covers a picture of `size`; None if there are none.

    Square ones may leave pixels over at the bottom and the right, or reach beyond, as strided convolutions do.
    """
    if of_card == grid or not any(pixels % count for pixels, count in zip(size, grid, strict=True)):
        return size[0] // grid[0], size[1] // grid[1]
    for edge in range(1, min(size) + 1):
        if grid in ((size[0] // edge, size[1] // edge), (-(-size[0] // edge), -(-size[1] // edge))):
            return edge, edge
    return None


def _boxes(grid: tuple[int, int], size: tuple[int, int], edges: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    height, width = edges
    return [
        (row * height, column * width, min(height, size[0] - row * height), min(width, size[1] - column * width))
        for row in range(grid[0])
        for column in range(grid[1])
    ]
