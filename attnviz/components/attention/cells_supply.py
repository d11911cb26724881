"""Cells that the linked views ask for later: they come in a message of their own, which holds nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from attnviz.components.attention.messages import head_of, position_of
from attnviz.components.attention.payload import packed_cells
from attnviz.components.attention.supply import supply
from attnviz.views.explorer import CellBlock, Wanted


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Cells that are looked at and not in the browser.

    Attributes:
        wanted: Map, head and window.
        whole: Whether the head is wanted, and not the window alone.
    """

    wanted: Wanted
    whole: bool


def cells_supply(*, key: str, subject: str, cells: Callable[[Wish], Sequence[CellBlock]]) -> None:
    """Bring the linked views of the same page the cells that they ask for.

    Args:
        key: Identifies the component on the page.
        subject: As for `attention_views`: a wish for cells of another capture brings nothing.
        cells: What is asked for.
    """

    def packed(message: dict[str, Any] | None, about: dict[str, Any]) -> bytes:
        if message is None:
            return packed_cells((), about)
        wish = wish_of(message)
        named = {
            "subject": subject,
            "map": wish.wanted.map,
            "head": wish.wanted.head,
            "whole": wish.whole,
            "queries": wish.wanted.queries,
            "keys": wish.wanted.keys,
        }
        return packed_cells(cells(wish), about | {"wish": named})

    supply(key=key, subject=subject, kind="cells", packed=packed)


def wish_of(message: Any) -> Wish:
    """What a message of the browser asks for; whatever of it is no wish counts as none."""
    if not isinstance(message, dict):
        return Wish(wanted=Wanted(), whole=False)
    queries, keys = _range(message.get("queries")), _range(message.get("keys"))
    wanted = Wanted(
        map=position_of(message.get("map")) or 0,
        head=head_of(message.get("head")),
        queries=queries if keys else None,
        keys=keys if queries else None,
    )
    return Wish(wanted=wanted, whole=message.get("whole") is True)


def _range(value: Any) -> tuple[int, int] | None:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        return None
    start, end = map(position_of, value)
    return (start, end) if start is not None and end is not None and start < end else None
