"""Times of several ways to do the same, taken in turns, so that what else the machine does meets all of them."""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any


def times_in_turns(ways: Mapping[str, Callable[[], Any]], repeats: int, *, warm_up: int = 2) -> dict[str, list[float]]:
    """Seconds of each run of each way. Every turn runs each way once, and starts one further than the turn before."""
    for _ in range(warm_up):
        for way in ways.values():
            way()
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    names = list(ways)
    for turn in range(repeats):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            started = time.perf_counter()
            result = ways[name]()
            seconds[name].append(time.perf_counter() - started)
            del result
    return seconds


def described(seconds: list[float]) -> str:
    """Median and range in milliseconds."""
    low, middle, high = (1000 * one for one in (min(seconds), statistics.median(seconds), max(seconds)))
    return f"{middle:.0f} ({low:.0f} to {high:.0f})"


def ratio(seconds: Mapping[str, list[float]], one: str, other: str) -> float:
    """Median of `one` over median of `other`."""
    return statistics.median(seconds[one]) / statistics.median(seconds[other])
