"""Which tests share a process where two run at a time: those of a room that takes long to start, else of a file."""

from typing import Any

from xdist.scheduler import LoadFileScheduling

TOGETHER = ("tests/browser/", "tests/app/")
"""Apart, each of the processes would start a server and a browser, and open every model."""
LONGEST_FIRST = (*TOGETHER, "tests/sample_models/", "tests/training/", "tests/models/", "tests/capture/")
"""Rooms that take longest begin, however few tests their files have: what is left for the end is short."""


class RoomsTogether(LoadFileScheduling):
    """pytest-xdist's `--dist loadfile`, but that some rooms stay together and the longest begin."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return next((room for room in TOGETHER if file.startswith(room)), file)

    def _assign_work_unit(self, node: Any) -> None:
        self.workqueue.move_to_end(min(self.workqueue, key=_place), last=False)
        super()._assign_work_unit(node)


def _place(scope: str) -> int:
    places = (place for place, room in enumerate(LONGEST_FIRST) if scope.startswith(room))
    return next(places, len(LONGEST_FIRST))
