"""The attention to one sequence after every epoch of a training, as frames of a film."""

from collections.abc import Sequence
from dataclasses import dataclass

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


def shown_epochs(epochs: Sequence[int], *, room: int, best: int | None = None) -> tuple[int, ...]:
    """Which epochs of a long training are shown: the first, the last, the best, and between them every 2nd, 4th, 8th …

    What is left out of some epochs is left out of more of them too: a film can let go of its frames as it grows.

    Args:
        epochs: Ascending.
        room: How many may be shown; the first, the last and the best are, whatever it says.
        best: The epoch whose weights are kept so far.
    """
    always = {*epochs[:1], *epochs[-1:], best}
    step = 1
    while True:
        kept = tuple(one for one in epochs if one % step == 0 or one in always)
        if len(kept) <= max(room, len(always)):
            return kept
        step *= 2
