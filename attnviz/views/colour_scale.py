"""Which part of the colours, 0 to 1, a weight gets: what `components/attention/scales.js` does in the browser."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Scale = Literal["linear", "log", "rank"]

LOG_DECADES = 4
"""The log scale ends this many decades below its maximum: smaller weights, and zero, get the first colour."""

Ticks = tuple[tuple[float, str], ...]
"""Places along a legend, from 0 to 1, and what stands at them."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Colouring:
    """The colours of some values, and their legend.

    Attributes:
        shades: Where each value lies along the colours, 0 to 1; NaN for none. The shape of the values.
        ticks: What stands along the legend.
        note: What the legend says of the scale.
    """

    shades: np.ndarray
    ticks: Ticks
    note: str


def colouring(
    values: npt.ArrayLike,
    *,
    scale: Scale,
    shared: bool,
    among: npt.ArrayLike | None = None,
    largest: str = "weight of this map",
) -> Colouring:
    """The colours that the page gives `values`.

    Args:
        values: `[...]`, at least 0; NaN for what has no colour.
        scale: How a weight becomes a colour.
        shared: Let the colours run from 0 to 1, and not up to the largest weight.
        among: `[...]`, all weights whose largest gets the last colour, and among which a weight has its rank; None for
            `values` themselves.
        largest: What the largest of them is called.
    """
    own = np.asarray(values, dtype=np.float32)
    known = own if among is None else np.asarray(among, dtype=np.float32)
    maximum = 1.0 if shared else float(np.nanmax(known, initial=0.0))
    up_to = "colours shared 0 to 1" if shared else f"colours up to the largest {largest}"
    notes = {
        "linear": up_to,
        "log": f"logarithmic over {LOG_DECADES} decades, {up_to}",
        "rank": "colours by rank",
    }
    return Colouring(
        shades=shades(own, scale, maximum, among=known), ticks=ticks(known, scale, maximum), note=notes[scale]
    )


def shades(weights: npt.ArrayLike, scale: Scale, maximum: float, *, among: npt.ArrayLike | None = None) -> np.ndarray:
    """Where each weight lies along the colours.

    - linear: its share of `maximum`.
    - log: 1 at the maximum, 0 at a ten-thousandth of it and below.
    - rank: share of the weights that are smaller, of those below the largest. The maximum plays no part.

    Args:
        weights: `[...]`, at least 0; NaN where a query may not attend.
        scale: One of the three.
        maximum: The weight that gets the last colour.
        among: `[...]`, the weights among which each of `weights` has its rank; None for `weights` themselves.

    Returns:
        `[...]`, float32, from 0 to 1; NaN stays NaN.
    """
    values = np.asarray(weights, dtype=np.float32)
    if scale == "rank":
        known, ranks = _ranks(values if among is None else np.asarray(among, dtype=np.float32))
        places = np.searchsorted(known, np.nan_to_num(values)).clip(max=len(known) - 1)
        found = ranks[places] if len(known) else np.zeros_like(values)
        return np.where(np.isnan(values), np.float32(np.nan), found).astype(np.float32)
    top = maximum if maximum > 0 else 1.0
    if scale == "linear":
        return np.clip(values / np.float32(top), 0, 1)
    with np.errstate(divide="ignore"):
        return np.clip(1 + np.log10(values / np.float32(top)) / LOG_DECADES, 0, 1).astype(np.float32)


def ticks(weights: npt.ArrayLike, scale: Scale, maximum: float) -> Ticks:
    """What stands along the legend of these colours: weights, from the first colour to the last."""
    values = np.asarray(weights, dtype=np.float32)
    top = maximum if maximum > 0 else 1.0
    if scale == "log":
        decades = [top * 10.0 ** (place - LOG_DECADES) for place in range(LOG_DECADES + 1)]
        return tuple(
            (place / LOG_DECADES, f"{'≤ ' if place == 0 else ''}{short_number(value)}")
            for place, value in enumerate(decades)
        )
    if scale == "rank":
        known, ranks = _ranks(values)
        if not len(known):
            return ()
        shares = (0, 0.25, 0.5, 0.75, 1)
        smallest = [float(known[min(int(np.searchsorted(ranks, share)), len(known) - 1)]) for share in shares]
        return tuple((share, short_number(one)) for share, one in zip(shares, smallest, strict=True))
    step = _step(top)
    inner = [place * step for place in range(math.ceil(0.88 * top / step))]
    return (*((value / top, short_number(value)) for value in inner), (1.0, short_number(top)))


def short_number(value: float) -> str:
    """A weight in two significant digits; `"1e−5"` below a ten-thousandth."""
    if value == 0:
        return "0"
    if value < 1e-4:
        mantissa, exponent = f"{value:.0e}".split("e")
        return f"{mantissa}e−{abs(int(exponent))}"
    return f"{float(f'{value:.2g}'):g}"


def scale_note(scale: Scale, *, shared: bool, pooled: bool) -> str:
    """What the legend says of the scale."""
    up_to = "0 to 1 for every map" if shared else "up to the largest here"
    how = {
        "linear": up_to,
        "log": f"logarithmic over {LOG_DECADES} decades, {up_to}",
        "rank": "colours by rank in this map",
    }[scale]
    return f"{how}; each cell is the largest of several" if pooled else how


def _ranks(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The weights that there are, ascending, and for each the share of smaller ones, of those below the largest."""
    known, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    if len(known) < 2:
        return known, (known > 0).astype(np.float64)
    below = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return known, below / below[-1]


def _step(top: float) -> float:
    """1, 2 or 5 times a power of ten, of which about four go into `top`."""
    rough = top / 4
    power = 10.0 ** math.floor(math.log10(rough))
    return power * next((factor for factor in (1, 2, 5) if factor * power >= rough * 0.8), 10)
