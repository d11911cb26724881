"""How the linked views draw what is chosen, and the form that it has in the browser."""

from dataclasses import dataclass
from typing import Any, Literal, TypeGuard

from attnviz.views.links import DEFAULT_MASS

LONGEST = 200
"""Characters of an order or a filter: the name of a statistic and a number."""

MOST_HEADS = 4_096


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """How the views draw, beside the colours.

    Attributes:
        heads: Heads whose links were switched on; none for those of the chosen head.
        mass: Share of each query's attention whose links are drawn, from 0 to 1.
        words: Whether subwords are joined into words.
        pooling: Whether a cell of a thumbnail is the largest or the mean of its weights.
        sort_by: Order of the thumbnails, as `attnviz.views.arrangement` has it.
        looked_for: Which thumbnails are looked for; the same.
        number: Statistic under each thumbnail; the same.
    """

    heads: tuple[int, ...] = ()
    mass: float = DEFAULT_MASS
    words: bool = False
    pooling: Literal["max", "mean"] = "max"
    sort_by: str = ""
    looked_for: str = ""
    number: str = ""


def drawn_data(drawn: Drawn) -> dict[str, Any]:
    """As `drawn.js` takes it."""
    return {
        "heads": list(drawn.heads),
        "mass": drawn.mass,
        "words": drawn.words,
        "pooling": drawn.pooling,
        "sortBy": drawn.sort_by,
        "filter": drawn.looked_for,
        "colourBy": drawn.number,
    }


def drawn_of(message: Any) -> Drawn:
    """What a message of the browser says; whatever of it makes no sense counts as the beginning's."""
    if not isinstance(message, dict):
        return Drawn()
    heads = message.get("heads")
    return Drawn(
        heads=tuple(one for one in heads if type(one) is int and one >= 0) if _is_list(heads) else (),
        mass=_share(message.get("mass")),
        words=message.get("words") is True,
        pooling="mean" if message.get("pooling") == "mean" else "max",
        sort_by=_text(message.get("sortBy")),
        looked_for=_text(message.get("filter")),
        number=_text(message.get("colourBy")),
    )


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, (list, tuple)) and len(value) <= MOST_HEADS


def _share(value: Any) -> float:
    return float(value) if type(value) in (int, float) and 0 <= value <= 1 else DEFAULT_MASS


def _text(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= LONGEST else ""
