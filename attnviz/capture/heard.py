"""What capturing warns of, heard by the thread that captures and by no other."""

import contextlib
import threading
import warnings
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, TextIO

from attnviz.errors import CaptureWarning

_heard: ContextVar[list[str] | None] = ContextVar("heard", default=None)
_lock = threading.Lock()
_show_otherwise = warnings.showwarning


@contextlib.contextmanager
def heard_warnings() -> Iterator[list[str]]:
    """Collects the messages of every `CaptureWarning` that this thread causes inside the block.

    `warnings.catch_warnings` would not do in a server: it is of the whole process, so that a block in one thread gets
    what others warn of, the names of another person's layers among it.
    """
    _listen()
    messages: list[str] = []
    before = _heard.set(messages)
    try:
        yield messages
    finally:
        _heard.reset(before)


def _listen() -> None:
    """Hear of each warning, also of one that was shown before."""
    global _show_otherwise
    with _lock:
        if warnings.showwarning is not _show:
            _show_otherwise = warnings.showwarning
            warnings.showwarning = _show
        warnings.simplefilter("always", CaptureWarning)


def _show(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> Any:
    messages = _heard.get()
    if messages is None or not issubclass(category, CaptureWarning):
        return _show_otherwise(message, category, filename, lineno, file, line)
    if str(message) not in messages:
        messages.append(str(message))
    return None
