"""One capture for views that are linked: every map that fits, and of larger ones what a screen can show."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from attnviz.errors import ShapeError
from attnviz.records import POOLED_AXIS, AttentionCapture, AttentionMap, Head, read_only
from attnviz.views.labels import displayed, map_title
from attnviz.views.pooling import groups, pooled_cells
from attnviz.views.region import Region, region_of

MOST_CELLS = 2**21
"""Cells that are sent at once: 4 MB of half-precision numbers."""

OVERVIEW = 1024
"""Most rows and columns of one head that is shown whole; a larger one is pooled. More pixels hardly any screen has."""

WINDOW = 512
"""Most rows and columns of exact cells that are sent beside a pooled overview."""

MOST_PARTS = 64
"""Sentences or windows of one call that are offered."""

Direction = Literal["ltr", "rtl"]


@dataclass(frozen=True, eq=False, kw_only=True)
class AxisView:
    """The tokens along one side of a map.

    Attributes:
        name: Name of the sequence, as in `AttentionMap.query_axis`.
        labels: One a token, as a person sees it.
        direction: Which way its text runs, `"rtl"` for Arabic or Hebrew.
        pooled: Whether this is the one query of pooling attention, that stands for the whole sequence.
    """

    name: str
    labels: tuple[str, ...]
    direction: Direction = "ltr"
    pooled: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class MapView:
    """What there is to choose: one call of one layer, on one sentence or window where it ran over several.

    Attributes:
        name: `AttentionMap.name`.
        sample: Index into the map's batch.
        part: Which sentence or window this is, `"part 2"`; `""` where there is only one.
        about: What that part says, where its query has a label of its own (a sentence); else `""`.
        title: What a person calls it.
        query_axis: Position of its queries among `ExplorerView.axes`.
        key_axis: Position of its keys among `ExplorerView.axes`.
        heads: Number of heads.
    """

    name: str
    sample: int
    part: str
    about: str
    title: str
    query_axis: int
    key_axis: int
    heads: int


@dataclass(frozen=True, eq=False, kw_only=True)
class CellBlock:
    """Cells of one head.

    Attributes:
        map: Position among `ExplorerView.maps`.
        head: A head's index, or `"mean"` or `"max"` over all heads.
        values: `[row, column]`, float32, from 0 to 1; NaN where a query may not attend to a key.
        queries: First query of each row, ascending int32; positions count the tokens of `AxisView.labels`.
        keys: First key of each column, the same way.
        pooled: Whether a cell stands for several, as their maximum.
        whole: Whether these are all queries and keys, and not a window.
    """

    map: int
    head: Head
    values: np.ndarray
    queries: np.ndarray
    keys: np.ndarray
    pooled: bool
    whole: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", read_only(self.values, dtype=np.float32))
        for name in ("queries", "keys"):
            object.__setattr__(self, name, read_only(getattr(self, name), dtype=np.int32))
        if self.values.shape != (len(self.queries), len(self.keys)):
            raise ShapeError(
                f"`values` of a block must have shape [row, column] = {(len(self.queries), len(self.keys))}, as its "
                f"queries and keys say. Received: shape={self.values.shape}."
            )


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What of a capture is looked at, where not all of it can be sent.

    Attributes:
        map: Position among `ExplorerView.maps`.
        head: A head's index, or `"mean"` or `"max"`.
        queries: Window of exact cells, first query and the one after the last; None for no window.
        keys: The same of keys.
    """

    map: int = 0
    head: Head = "mean"
    queries: tuple[int, int] | None = None
    keys: tuple[int, int] | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class ExplorerView:
    """A capture as linked views show it.

    Attributes:
        model: The model's name.
        axes: Every sequence that a map runs over.
        maps: What can be chosen, in call order.
        blocks: The cells that are there.
        complete: Whether those are all heads of all maps.
        hides_padding: Whether padding is left out.
    """

    model: str
    axes: tuple[AxisView, ...]
    maps: tuple[MapView, ...]
    blocks: tuple[CellBlock, ...]
    complete: bool
    hides_padding: bool = True


def explorer_view(
    capture: AttentionCapture,
    *,
    sample: int = 0,
    wanted: Wanted | None = None,
    hide_padding: bool = True,
    most_cells: int = MOST_CELLS,
) -> ExplorerView:
    """One input's attention, with all heads of all maps if they are few enough, else with what is `wanted`.

    Args:
        capture: The run.
        sample: Index of the input. A map whose batch is not that of the inputs (the words of each sentence, windows of
            an image) is offered part by part.
        wanted: What is looked at; the first map's mean over its heads by default. What does not exist is replaced by
            what does.
        hide_padding: Leave out queries and keys that are padding.
        most_cells: Cells that may be sent; if there are more, the wanted map's heads are sent, and if that is still
            too much, the wanted head, pooled to `OVERVIEW` rows and columns, with the wanted window beside it.

    Raises:
        ShapeError: If there is no map, or no such sample, or the sample holds nothing but padding.
    """
    if not capture.maps:
        raise ShapeError("A capture without attention maps has nothing to explore.")
    axes: dict[tuple[str, int], int] = {}
    views: list[AxisView] = []
    maps: list[MapView] = []
    for one in capture.maps:
        for place in _parts(capture, one, sample):
            region = region_of(capture, layer=one.name, head="mean", sample=place, hide_padding=hide_padding)
            several = one.weights.shape[0] != _inputs(capture)
            for name, labels in ((one.query_axis, region.query_labels), (one.key_axis, region.key_labels)):
                if (name, place) not in axes:
                    axes[name, place] = len(views)
                    views.append(_axis(name, labels))
            maps.append(
                MapView(
                    name=one.name,
                    sample=place,
                    part=f"part {place % (one.weights.shape[0] // _inputs(capture)) + 1}" if several else "",
                    about=_about(region) if several else "",
                    title=map_title(one.name, "mean", 1),
                    query_axis=axes[one.query_axis, place],
                    key_axis=axes[one.key_axis, place],
                    heads=one.heads,
                )
            )
    view = ExplorerView(
        model=capture.model,
        axes=tuple(views),
        maps=tuple(maps),
        blocks=(),
        complete=True,
        hides_padding=hide_padding,
    )
    sizes = [_cells(view, one) * one.heads for one in maps]
    if sum(sizes) <= most_cells:
        blocks = [block for position in range(len(maps)) for block in _every_head(capture, view, position)]
        return replace(view, blocks=tuple(blocks))
    wanted = _existing(wanted or Wanted(), view)
    sent = (*_heads(capture, view, wanted, most_cells), *_exact_cells(capture, view, wanted))
    return replace(view, blocks=sent, complete=False)


def brought_blocks(
    capture: AttentionCapture, view: ExplorerView, wanted: Wanted, *, whole: bool, most_cells: int = MOST_CELLS
) -> tuple[CellBlock, ...]:
    """Cells that `view` was made without, and that are looked at now.

    Args:
        capture: The run that `view` is of.
        view: From `explorer_view`.
        wanted: The head, and the window of exact cells. What does not exist is replaced by what does.
        whole: Whether the head is wanted too, and not the window alone.
        most_cells: As for `explorer_view`: with the head come the others of its map, if they are few enough.
    """
    wanted = _existing(wanted, view)
    heads = tuple(_heads(capture, view, wanted, most_cells)) if whole else ()
    return (*heads, *_exact_cells(capture, view, wanted))


def _inputs(capture: AttentionCapture) -> int:
    return min(one.weights.shape[0] for one in capture.maps)


def _parts(capture: AttentionCapture, one: AttentionMap, sample: int) -> Iterator[int]:
    batch, inputs = one.weights.shape[0], _inputs(capture)
    if batch == inputs or batch % inputs:
        yield sample
        return
    each = batch // inputs
    shown = 0
    for place in range(sample * each, (sample + 1) * each):
        if all(capture.valid[axis][place].any() for axis in (one.query_axis, one.key_axis)) and shown < MOST_PARTS:
            shown += 1
            yield place


def _about(region: Region) -> str:
    own = len(region.query_labels) == 1 and region.map.query_axis != POOLED_AXIS
    return region.query_labels[0] if own else ""


def _axis(name: str, labels: tuple[str, ...]) -> AxisView:
    pooled = len(labels) == 1 and name.split()[0] == POOLED_AXIS
    return AxisView(name=displayed(name), labels=labels, direction=text_direction(labels), pooled=pooled)


def text_direction(labels: tuple[str, ...]) -> Direction:
    """Which way most letters of `labels` run, by Unicode's bidirectional classes; `"ltr"` if there are none."""
    classes = [unicodedata.bidirectional(character) for label in labels for character in label]
    right = sum(one in ("R", "AL") for one in classes)
    return "rtl" if right > sum(one == "L" for one in classes) else "ltr"


def _cells(view: ExplorerView, one: MapView) -> int:
    return len(view.axes[one.query_axis].labels) * len(view.axes[one.key_axis].labels)


def _existing(wanted: Wanted, view: ExplorerView) -> Wanted:
    position = wanted.map if 0 <= wanted.map < len(view.maps) else 0
    head, heads = wanted.head, view.maps[position].heads
    if heads == 1:
        head = 0
    elif not isinstance(head, str) and not 0 <= head < heads:
        head = "mean"
    return replace(wanted, map=position, head=head)


def _heads(capture: AttentionCapture, view: ExplorerView, wanted: Wanted, most_cells: int) -> Iterator[CellBlock]:
    """All heads of the wanted map if they fit, else the wanted one, pooled to what a screen can show."""
    one = view.maps[wanted.map]
    if _cells(view, one) * one.heads <= most_cells:
        yield from _every_head(capture, view, wanted.map)
    else:
        yield _block(_region(capture, view, wanted.map, wanted.head), wanted.map, maximum=OVERVIEW)


def _every_head(capture: AttentionCapture, view: ExplorerView, position: int) -> Iterator[CellBlock]:
    for head in range(view.maps[position].heads):
        yield _block(_region(capture, view, position, head), position, maximum=None)


def _exact_cells(capture: AttentionCapture, view: ExplorerView, wanted: Wanted) -> Iterator[CellBlock]:
    """The wanted window of a head that is pooled otherwise."""
    if wanted.queries is None or wanted.keys is None:
        return
    region = _region(capture, view, wanted.map, wanted.head)
    rows, columns = _window(wanted.queries, len(region.queries)), _window(wanted.keys, len(region.keys))
    part = replace(
        region,
        queries=region.queries[rows],
        keys=region.keys[columns],
        query_labels=region.query_labels[rows],
        key_labels=region.key_labels[columns],
    )
    exact = _block(part, wanted.map, maximum=None)
    yield replace(exact, queries=exact.queries + rows.start, keys=exact.keys + columns.start, whole=False)


def _window(asked: tuple[int, int], length: int) -> slice:
    start = min(max(0, asked[0]), length - 1)
    return slice(start, max(start + 1, min(asked[1], length, start + WINDOW)))


def _region(capture: AttentionCapture, view: ExplorerView, position: int, head: Head) -> Region:
    one = view.maps[position]
    return region_of(capture, layer=one.name, head=head, sample=one.sample, hide_padding=view.hides_padding)


def _block(region: Region, position: int, *, maximum: int | None) -> CellBlock:
    rows, columns = (groups(len(places), maximum or len(places)) for places in (region.queries, region.keys))
    return CellBlock(
        map=position,
        head=region.head,
        values=pooled_cells(region, rows, columns),
        queries=rows,
        keys=columns,
        pooled=len(rows) < len(region.queries) or len(columns) < len(region.keys),
        whole=True,
    )
