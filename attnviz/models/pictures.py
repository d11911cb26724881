"""Captures of models that cut rows of pixels into patches: those patches by their row and column."""

import math
from collections.abc import Sequence
from dataclasses import replace

from attnviz.capture.grids import grid_labels
from attnviz.models.model_inputs import maps_on
from attnviz.records import AttentionCapture
from attnviz.sequences.pictures import patch_grid
from attnviz.sequences.specification import InputSpecification, NumericSpecification

JOINED = " + "
"""What stands between the parts of an axis' name."""


def with_patches(capture: AttentionCapture, specification: InputSpecification) -> AttentionCapture:
    """The capture with "row, column" for the labels of patches.

    A model that takes pictures as `[batch, rows, columns, channels]` has them already. Of one that takes rows, the
    capture only knows that it made so many positions of them, and where these are as many as rows, not even that; the
    card says that these are patches.

    Args:
        capture: A run.
        specification: What the model takes; anything but a picture in patches leaves the capture as it is.
    """
    if not isinstance(specification, NumericSpecification) or specification.picture is None:
        return capture
    grid = patch_grid(specification)
    if grid is None:
        return capture
    names = {axis: _renamed(axis, specification, grid) for axis in capture.sequences}
    starts = {
        axis: _first_patch(samples[0], specification, math.prod(grid))
        for axis, samples in capture.sequences.items()
        if names[axis] != axis and samples
    }
    names = {axis: name if starts.get(axis) is not None else axis for axis, name in names.items()}
    sequences = {
        names[axis]: samples if names[axis] == axis else _labelled(samples, starts[axis] or 0, grid_labels(grid))
        for axis, samples in capture.sequences.items()
    }
    valid = {names[axis]: array for axis, array in capture.valid.items()}
    return replace(capture, maps=maps_on(names, capture), sequences=sequences, valid=valid)


def _renamed(axis: str, specification: NumericSpecification, grid: tuple[int, int]) -> str:
    """The name of an axis with the size of the grid in the part, of those joined, that consists of the patches."""
    count = math.prod(grid)
    made = f": {count} positions"
    parts = []
    for part in axis.split(JOINED):
        as_rows = part == specification.name and specification.length == count
        if as_rows or part.endswith(made):
            part = f"{part.removesuffix(made)}: {grid[0]} × {grid[1]} patches"
        parts.append(part)
    return JOINED.join(parts)


def _first_patch(labels: Sequence[str], specification: NumericSpecification, count: int) -> int | None:
    """Where the patches begin: a class token may stand before them, or behind; None where there are none."""
    numbered = tuple(str(position + 1) for position in range(count))
    steps = tuple(f"{specification.step} {position + 1}" for position in range(count))
    return next((at for at in range(len(labels)) if tuple(labels[at : at + count]) in (numbered, steps)), None)


def _labelled(samples: Sequence[Sequence[str]], start: int, patches: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    return tuple((*labels[:start], *patches, *labels[start + len(patches) :]) for labels in samples)
