"""Where the patches of images and videos are: rows and columns of the grid that a length stands for."""

from collections.abc import Sequence

_MOST_CHANNELS = 4
"""Channels of a picture, at most: colours, and how opaque it is."""
_COLOURS = 3


def picture_size(shape: Sequence[int]) -> tuple[int, ...] | None:
    """Height and width of pictures of `shape` `[batch, height, width, channels]`, with their number before if each
    sample has several, `[batch, pictures, height, width, channels]`; None for what does not look like pictures.
    """
    if len(shape) not in (4, 5):
        return None
    *before, height, width, channels = shape[1:]
    if min(height, width) < 2:
        return None
    if channels <= _MOST_CHANNELS or (height == width and not before):
        return *before, height, width
    first, height, width = shape[-3:]  # channels first
    return (*before, height, width) if first == _COLOURS and not before else None


def grid_of(length: int, size: Sequence[int]) -> tuple[int, ...] | None:
    """Rows and columns of `length` square patches that cover a picture of `size` `(height, width)`; None if none do.

    For several pictures, `(pictures, height, width)`, the patches of one of them or of all, in their order.
    """
    *pictures, height, width = size
    for edge in range(1, min(height, width) + 1):
        for rows, columns in {(height // edge, width // edge), (-(-height // edge), -(-width // edge))}:
            if rows * columns == length:
                return rows, columns
            if pictures and pictures[0] * rows * columns == length:
                return pictures[0], rows, columns
    return None


def grid_labels(grid: Sequence[int]) -> tuple[str, ...]:
    """For each patch "row, column" from "1, 1" on, row by row; the number of the picture first if there are several."""
    labels = [""]
    for size in grid:
        labels = [f"{label}, {place}".removeprefix(", ") for label in labels for place in range(1, size + 1)]
    return tuple(labels)
