"""What of a capture a file holds: everything that fits, and otherwise what was looked at, with the rest named."""

from dataclasses import dataclass, replace

from attnviz.components.attention import Chosen
from attnviz.records import AttentionCapture
from attnviz.views.explorer import ExplorerView, MapView, Wanted, explorer_view
from attnviz.views.grid import GridRow, grid_row
from attnviz.views.labels import map_title


@dataclass(frozen=True, eq=False, kw_only=True)
class Held:
    """A part of a capture in which everything that can be chosen is there.

    Attributes:
        view: Its maps and their cells.
        grid: Thumbnails and statistics of each map.
        chosen: What was looked at, as it is found in `view`.
        left_out: What the capture has beside, in a sentence; `""` if nothing.
    """

    view: ExplorerView
    grid: tuple[GridRow, ...]
    chosen: Chosen
    left_out: str


def held(capture: AttentionCapture, *, chosen: Chosen, sample: int, hide_padding: bool, most_cells: int) -> Held:
    """All heads of all layers, or of the chosen one, or the chosen head pooled: the first that fits into `most_cells`.

    Raises:
        ShapeError: As `explorer_view`.
    """
    wanted = Wanted(map=chosen.map, head=chosen.head, queries=None, keys=None)
    view = explorer_view(capture, sample=sample, wanted=wanted, hide_padding=hide_padding, most_cells=most_cells)
    if view.complete:
        grid = tuple(grid_row(capture, layer=one.name, sample=one.sample) for one in view.maps)
        return Held(view=view, grid=grid, chosen=chosen, left_out="")
    position, heads = view.blocks[0].map, tuple(block.head for block in view.blocks)
    one = view.maps[position]
    every = heads == tuple(range(one.heads))
    kept = one if every else replace(one, heads=1)
    blocks = [replace(block, map=0, head=head) for head, block in enumerate(view.blocks)]
    queries, keys = view.axes[one.query_axis], view.axes[one.key_axis]
    axes = (queries,) if one.query_axis == one.key_axis else (queries, keys)
    kept = replace(kept, query_axis=0, key_axis=len(axes) - 1)
    return Held(
        view=replace(view, axes=axes, maps=(kept,), blocks=tuple(blocks)),
        grid=(grid_row(capture, layer=one.name, sample=one.sample, heads=None if every else heads),),
        chosen=replace(chosen, map=0, head=chosen.head if every else 0),
        left_out=_left_out(view, one, every, most_cells),
    )


def _left_out(view: ExplorerView, one: MapView, every: bool, most_cells: int) -> str:
    name = map_title(one.name, "mean", 1) + (f" ({one.part})" if one.part else "")
    heads = f"all {one.heads} heads of {name}" if one.heads > 1 else name
    what = heads if every else map_title(one.name, view.blocks[0].head, one.heads)
    verb = "are" if every and one.heads > 1 else "is"
    size = f"Only {what} {verb} in this file, which holds at most {most_cells:,} weights"
    pooled = any(block.pooled for block in view.blocks)
    less = ". Each cell is the largest of several, also when you zoom in" if pooled else ""
    calls = len(view.maps)
    return f"{size}{less}. The run has {calls} {'map' if calls == 1 else 'maps'} of attention in all."
