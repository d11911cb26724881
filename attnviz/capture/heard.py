"""What capturing warns of: Python's warnings, or a list for whoever listens in the same thread."""

import contextlib
import warnings
from collections.abc import Iterator
from contextvars import ContextVar

from attnviz.errors import CaptureWarning

_heard: ContextVar[list[str] | None] = ContextVar("heard", default=None)


@contextlib.contextmanager
def heard_warnings() -> Iterator[list[str]]:
    """Collects what captures in this block and this thread warn of, each text once; nothing is shown then.

    `warnings.catch_warnings` would not do in a server: it is of the whole process, so that a block in one thread gets
    what others warn of, the names of another person's layers among it, and what was shown once is not shown again.
    """
    messages: list[str] = []
    before = _heard.set(messages)
    try:
        yield messages
    finally:
        _heard.reset(before)


def warn(message: str, *, stacklevel: int) -> None:
    """Tell the listener of this thread, or warn with a `CaptureWarning`; `stacklevel` counts from the caller."""
    messages = _heard.get()
    if messages is None:
        warnings.warn(message, CaptureWarning, stacklevel=stacklevel + 1)
    elif message not in messages:
        messages.append(message)
