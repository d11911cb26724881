"""What a message of the browser may hold: everything in it is checked before Python believes it."""

from typing import Any

from attnviz.records import Head


def head_of(value: Any) -> Head:
    """The head that a message names; the mean over all where it names none."""
    if value == "max":
        return "max"
    position = position_of(value)
    return "mean" if position is None else position


def position_of(value: Any) -> int | None:
    """A position in a message; None where there is none."""
    return value if type(value) is int and value >= 0 else None
