"""Work that runs beside the sessions: loading TensorFlow and the models when the server starts."""

import contextlib
import logging
import os
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from attnviz.app.garbage import freeze, uncollected

HEAD_START_SECONDS = 1.5
"""How long the server is left alone at its start: importing TensorFlow slows everything beside it."""

SECONDS_TO_DRAW = 3.0
"""How long whoever waited for the first model is left alone with it, before the others are opened."""

STAGES = ("Starting", "Loading TensorFlow", "Opening the models", "Ready")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """How far the preload is.

    Attributes:
        stage: Index into `STAGES`.
        failed: What went wrong, in a sentence; empty if nothing did.
    """

    stage: int
    failed: str = ""

    @property
    def name(self) -> str:
        """The stage in words."""
        return STAGES[self.stage]

    @property
    def ready(self) -> bool:
        return self.stage == len(STAGES) - 1


class Preload:
    """Loads TensorFlow and the models once a process, in a thread of its own."""

    def __init__(self) -> None:
        self.progress = Progress(0)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self, *, head_start: float = 0.0, rest: float = 0.0) -> None:
        """Start the thread, unless it runs already; after a failure, try again.

        Args:
            head_start: Seconds before it begins.
            rest: Seconds between the first model and the others.
        """
        with self._lock:
            if self.progress.ready or (self._thread is not None and self._thread.is_alive()):
                return
            self.progress = Progress(0)
            self._thread = threading.Thread(target=self._run, args=(head_start, rest), name="preload", daemon=True)
            self._thread.start()

    def _run(self, head_start: float, rest: float) -> None:
        try:
            time.sleep(head_start)
            started = time.perf_counter()
            self.progress = Progress(1)
            os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
            with uncollected():
                from attnviz.models.keras_state import keep_keras_state  # starts TensorFlow

                keep_keras_state()
                self.progress = Progress(2)
                from attnviz.app import cache, results  # noqa: F401 - what the page needs next is imported here already

                cache.warm_up()
            freeze()
            self.progress = Progress(len(STAGES) - 1)
            _log.info("TensorFlow and the first model loaded in %.1f s", time.perf_counter() - started)
            time.sleep(rest)
            cache.warm_up_others()
            freeze()
        except Exception as error:  # noqa: BLE001 - whatever it is, the page says so and offers to try again
            _log.exception("The models could not be loaded")
            self.progress = Progress(self.progress.stage, failed=f"{type(error).__name__}: {error}")


preload = Preload()


@contextlib.asynccontextmanager
async def preload_with_server(app: Any) -> AsyncIterator[None]:
    """Lifespan of the server: TensorFlow starts to load shortly after it, whether or not somebody looks."""
    preload.start(head_start=HEAD_START_SECONDS, rest=SECONDS_TO_DRAW)
    yield
