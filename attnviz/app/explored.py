"""What the browser is sent of a run, made once and kept with it."""

from dataclasses import dataclass
from threading import Lock

from attnviz.components.attention.payload import Payload, payload
from attnviz.records import AttentionCapture
from attnviz.views.explorer import CellBlock, ExplorerView, Wanted, brought_blocks, explorer_view
from attnviz.views.grid import GridRow, grid_row

MOST_KEPT = 4
"""Forms of one run that are kept: with and without padding, the heads looked at last."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Sent:
    """A view of a run, and its form for the browser."""

    view: ExplorerView
    payload: Payload


class Explored:
    """The forms of one capture for the browser.

    Attributes:
        capture: The run.
        first_layer: `AttentionMap.name` of what is shown first; empty for the first map.
    """

    def __init__(self, capture: AttentionCapture, first_layer: str = "") -> None:
        self.capture = capture
        self.first_layer = first_layer
        self._lock = Lock()  # sessions share the runs of shared models
        self._first: dict[bool, int] = {}
        self._grid: list[GridRow] = []
        self._sent: dict[tuple[bool, Wanted | None], Sent] = {}
        self._brought: dict[tuple[bool, Wanted, bool], tuple[CellBlock, ...]] = {}

    def first_map(self, *, hide_padding: bool) -> int:
        """Position of the map that is shown first among `ExplorerView.maps`: the first of them if no layer is named."""
        if not self.first_layer:
            return 0
        if hide_padding not in self._first:  # what is sent of a large capture is not kept for long
            maps = self.sent(hide_padding=hide_padding, wanted=Wanted()).view.maps
            named = (position for position, one in enumerate(maps) if one.name == self.first_layer)
            self._first[hide_padding] = next(named, 0)
        return self._first[hide_padding]

    def sent(self, *, hide_padding: bool, wanted: Wanted) -> Sent:
        """All of the capture if it fits, else what is wanted of it."""
        with self._lock:
            known = self._sent.get((hide_padding, None)) or self._sent.get((hide_padding, wanted))
            if known is not None:
                return known
            view = explorer_view(self.capture, hide_padding=hide_padding, wanted=wanted)
            self._grid = self._grid or [grid_row(self.capture, layer=one.name, sample=one.sample) for one in view.maps]
            made = Sent(view=view, payload=payload(view, self._grid))
            while len(self._sent) >= MOST_KEPT:
                del self._sent[next(iter(self._sent))]
            self._sent[hide_padding, None if view.complete else wanted] = made
            return made

    def brought(self, view: ExplorerView, wanted: Wanted, *, whole: bool) -> tuple[CellBlock, ...]:
        """Cells that `view`, which was `sent`, does not hold: a window, and with `whole` its head too."""
        name = (view.hides_padding, wanted, whole)
        with self._lock:
            known = self._brought.pop(name, None) or brought_blocks(self.capture, view, wanted, whole=whole)
            while len(self._brought) >= MOST_KEPT:
                del self._brought[next(iter(self._brought))]
            self._brought[name] = known  # the last one
            return known
