"""Collecting what an evicted model leaves behind, although the collector is told to overlook what stays."""

import contextlib
import gc
import threading
from collections.abc import Iterator

SECONDS_BEFORE_COLLECTING = 1.0
"""Whoever lets go of a model still holds it for a moment."""

_lock = threading.Lock()
_waiting: threading.Timer | None = None


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Nothing is collected meanwhile: while TensorFlow is imported, a quarter of the time would go into looking."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def freeze() -> None:
    """Collect, and hide what is left from later collections: at every click they would walk all of TensorFlow."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def collect_soon() -> None:
    """Free models that were let go, in a moment and in the background: Keras models hold themselves in cycles."""
    global _waiting
    with _lock:
        if _waiting is None:
            _waiting = threading.Timer(SECONDS_BEFORE_COLLECTING, _collect)
            _waiting.daemon = True
            _waiting.start()


def _collect() -> None:
    global _waiting
    with _lock:
        _waiting = None
    freeze()
