"""Which token of one sequence stands opposite which of another."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from attnviz.errors import ShapeError
from attnviz.records import read_only

GAP = -1
"""Stands for the token that a sequence does not have at a place."""

REPLACED = " → "

JOINED = " … "
"""Between the first and the last token of neighbouring places that stand as one."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Alignment:
    """Places that two sequences share, in reading order.

    Attributes:
        labels: One a place: the token, or `"cat → dog"` where one stands for the other.
        first: `[place]`, int32: position of that token in the first sequence; `GAP` where it has none.
        second: The same of the second sequence.

    Raises:
        ShapeError: If the three differ in length.
    """

    labels: tuple[str, ...]
    first: np.ndarray
    second: np.ndarray

    def __post_init__(self) -> None:
        for name in ("first", "second"):
            object.__setattr__(self, name, read_only(getattr(self, name), dtype=np.int32))
        lengths = {len(self.labels), len(self.first), len(self.second)}
        if len(lengths) > 1:
            raise ShapeError(f"Labels and positions must be as many as there are places. Received: {sorted(lengths)}.")

    @property
    def common(self) -> np.ndarray:
        """Which places both sequences have, `[place]`, bool."""
        return (self.first != GAP) & (self.second != GAP)

    def without_gaps(self) -> "Alignment":
        """The places that both sequences have."""
        kept = np.flatnonzero(self.common)
        return Alignment(
            labels=tuple(self.labels[place] for place in kept), first=self.first[kept], second=self.second[kept]
        )

    def joined(self, starts: Sequence[int] | np.ndarray) -> "Alignment":
        """Neighbouring places as one: the first token that each side has there stands for all of them.

        Args:
            starts: First place of each, ascending from 0.
        """
        ends = [*starts[1:], len(self.labels)]
        sides = [
            [
                int(next((one for one in side[start:end] if one != GAP), GAP))
                for start, end in zip(starts, ends, strict=True)
            ]
            for side in (self.first, self.second)
        ]
        return Alignment(
            labels=tuple(
                self.labels[start] if end - start == 1 else f"{self.labels[start]}{JOINED}{self.labels[end - 1]}"
                for start, end in zip(starts, ends, strict=True)
            ),
            first=np.array(sides[0], np.int32),
            second=np.array(sides[1], np.int32),
        )


def aligned(first: Sequence[str], second: Sequence[str]) -> Alignment:
    """Lay two sequences beside each other, with as many equal tokens opposite as `difflib` finds.

    Tokens that are replaced by as many others stand opposite these, one by one. What was inserted or left out, or
    replaced by another number of tokens, is a gap on the other side: first what only the first sequence has.

    Args:
        first: Labels, which may repeat.
        second: Labels of the other sequence.
    """
    if list(first) == list(second):
        places = [(position, position) for position in range(len(first))]
    else:
        places = _places(first, second)
    return Alignment(
        labels=tuple(_label(first, second, one, other) for one, other in places),
        first=np.array([one for one, _ in places], np.int32),
        second=np.array([other for _, other in places], np.int32),
    )


def _places(first: Sequence[str], second: Sequence[str]) -> list[tuple[int, int]]:
    places: list[tuple[int, int]] = []
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    for what, start, end, other_start, other_end in matcher.get_opcodes():
        if what == "equal" or (what == "replace" and end - start == other_end - other_start):
            places.extend(zip(range(start, end), range(other_start, other_end), strict=True))
        else:
            places.extend((position, GAP) for position in range(start, end))
            places.extend((GAP, position) for position in range(other_start, other_end))
    return places


def _label(first: Sequence[str], second: Sequence[str], one: int, other: int) -> str:
    if other == GAP:
        return first[one]
    if one == GAP or first[one] == second[other]:
        return second[other]
    return f"{first[one]}{REPLACED}{second[other]}"
