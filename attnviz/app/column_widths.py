"""Columns of tables that are as wide as the names in them: names that differ at their ends stay readable."""

from collections.abc import Iterable

_BESIDE = 24
_A_CHARACTER = 7
WIDEST = 360
"""Pixels. A table scrolls where its columns share too little room; wider than a phone, none could be read at all."""


def width_of(names: Iterable[object], *, widest: int = WIDEST) -> int:
    """Pixels of a column that shows each of `names` whole, as far as they take no more than `widest`."""
    return min(widest, _BESIDE + _A_CHARACTER * max(len(str(name)) for name in names))
