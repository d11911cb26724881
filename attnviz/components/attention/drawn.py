"""How the linked views draw what is chosen, and the form that it has in the browser."""

import math
from dataclasses import dataclass
from typing import Any, Literal

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
    heads, mass = message.get("heads"), message.get("mass")
    known = isinstance(heads, (list, tuple)) and len(heads) <= MOST_HEADS
    is_share = type(mass) in (int, float) and math.isfinite(mass) and 0 <= mass <= 1
    return Drawn(
        heads=tuple(one for one in heads if type(one) is int and one >= 0) if known else (),
        mass=float(mass) if is_share else DEFAULT_MASS,
        words=message.get("words") is True,
        pooling="mean" if message.get("pooling") == "mean" else "max",
        sort_by=_text(message.get("sortBy")),
        looked_for=_text(message.get("filter")),
        number=_text(message.get("colourBy")),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= LONGEST else ""
