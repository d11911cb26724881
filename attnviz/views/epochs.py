"""The attention to one sequence after every epoch of a training, as a film: what changes is the weights alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture
from attnviz.views.explorer import ExplorerView, explorer_view
from attnviz.views.grid import GridRow, grid_row

MOST_CELLS = 2**21
"""Cells of all epochs together that a film may have: 8 MB of single-precision numbers."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Frame:
    """What the model attends to after one epoch.

    Attributes:
        epoch: Its number, from 1; 0 is the model before its training.
        note: What there is to say of the epoch, in words.
        view: Every head of every layer.
        grid: Thumbnails and statistics of each of `view.maps`, in their order.
    """

    epoch: int
    note: str
    view: ExplorerView
    grid: tuple[GridRow, ...]

    @property
    def cells(self) -> int:
        """Number of its weights."""
        return sum(block.values.size for block in self.view.blocks)


@dataclass(frozen=True, eq=False, kw_only=True)
class EpochsView:
    """The frames of one sequence, in the order of their epochs.

    Attributes:
        frames: All of them, or as many as fit, evenly chosen, the first and the last among them.
        epochs: How many there were before any was left out.
    """

    frames: tuple[Frame, ...]
    epochs: int


def frame_of(capture: AttentionCapture, *, epoch: int, note: str = "", most_cells: int = MOST_CELLS) -> Frame:
    """What a run shows after an epoch; of the run's first sequence.

    Args:
        capture: The run.
        epoch: Number of the epoch, from 1, or 0 before the training.
        note: What there is to say of it.
        most_cells: Weights that a frame may have.

    Raises:
        ShapeError: If there is no attention map, or the sequence is so long that a frame has more weights than that.
    """
    view = explorer_view(capture, most_cells=most_cells)
    if not view.complete:
        tokens = max(len(axis.labels) for axis in view.axes)
        raise ShapeError(
            f"A sequence that is followed over epochs may have {most_cells:,} attention weights in all heads and "
            f"layers together, and this one of {tokens:,} tokens has more. Choose a shorter one."
        )
    grid = tuple(grid_row(capture, layer=one.name, sample=one.sample) for one in view.maps)
    return Frame(epoch=epoch, note=note, view=view, grid=grid)


def epochs_view(frames: Sequence[Frame], *, best: int | None = None, most_cells: int = MOST_CELLS) -> EpochsView:
    """Frames of one sequence as a film.

    Args:
        frames: In the order of their epochs.
        best: Epoch whose frame is kept whatever is left out.
        most_cells: Weights of all frames together. Where there are more, frames are left out between the first and the
            last, evenly.

    Raises:
        ShapeError: If there is none, or they do not show the same tokens, layers and heads.
    """
    if not frames:
        raise ShapeError("A film needs at least one frame. Received: none.")
    first = _shape(frames[0].view)
    for frame in frames[1:]:
        if _shape(frame.view) != first:
            raise ShapeError(
                "Every frame of a film must show the same tokens, layers and heads: epoch "
                f"{frame.epoch} does not show those of epoch {frames[0].epoch}."
            )
    room = max(2, most_cells // max(1, frames[0].cells))
    if len(frames) <= room:
        return EpochsView(frames=tuple(frames), epochs=len(frames))
    kept = {int(one) for one in np.linspace(0, len(frames) - 1, room).round()}
    kept |= {place for place, frame in enumerate(frames) if frame.epoch == best}
    return EpochsView(frames=tuple(frames[place] for place in sorted(kept)), epochs=len(frames))


def _shape(view: ExplorerView) -> tuple[object, ...]:
    axes = tuple((axis.name, axis.labels) for axis in view.axes)
    return axes, tuple((one.name, one.part, one.query_axis, one.key_axis, one.heads) for one in view.maps)
