"""The processes that train: started, one of them ahead, spoken to over pipes, and ended with the server at last."""

import atexit
import contextlib
import logging
import os
import queue
import subprocess
import sys
import threading
from typing import Any

from attnviz.training.pipe_messages import Message, read_message
from attnviz.training.training_messages import READY

_MODULE = "attnviz.training.child_main"

_SPARE_SECONDS = 600.0
"""How long a process that was started ahead waits for a training."""

_log = logging.getLogger(__name__)


class TrainingProcess:
    """The process, what it was told, and what it says.

    Attributes:
        process: The process itself.
        messages: What it says, as it comes; None at the end.
    """

    def __init__(self) -> None:
        """Start it; it loads TensorFlow and waits for a request."""
        search_path = os.pathsep.join(os.path.abspath(place) for place in sys.path)
        threads = str(max(1, (os.cpu_count() or 2) - 1))  # one core is left to the server
        self.messages: queue.Queue[Message | None] = queue.Queue()
        # A plain child process rather than `multiprocessing`, which would run the main script of this process once
        # more, here that of Streamlit. -P: what lies in the working directory is not importable only for lying there.
        self.process = subprocess.Popen(  # noqa: S603 - our own module, run by our own interpreter
            [sys.executable, "-P", "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={
                **os.environ,
                "PYTHONPATH": search_path,
                "TF_CPP_MIN_LOG_LEVEL": "3",
                "TF_NUM_INTRAOP_THREADS": threads,
                "TF_NUM_INTEROP_THREADS": "1",
                "OMP_NUM_THREADS": threads,
                "TF_FORCE_GPU_ALLOW_GROWTH": "true",  # the server has models on the same accelerator
            },
            start_new_session=True,  # Ctrl-C in the terminal is for the server, which then ends this process
        )
        _running.add(self)
        self._input_lock = threading.Lock()
        self._ready, self._sent = threading.Event(), threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process.poll() is None

    def send(self, request: bytes) -> None:
        """Hand the request over, which a process that still loads takes only later."""
        threading.Thread(target=self._write, args=(request,), daemon=True).start()

    def end_input(self) -> None:
        """Say that it shall end with what there is; a process that still loads, or has no request yet, has nothing."""
        if not (self._ready.is_set() and self._sent.is_set()):
            self.kill()
            return
        with self._input_lock, contextlib.suppress(OSError):
            self._stdin.close()

    def kill(self) -> None:
        """End it at once, and let go of it."""
        with contextlib.suppress(OSError):
            self.process.kill()
        self.process.wait()
        # Its thread, if it still writes, gets an error now, and lets go of the pipe.
        with self._input_lock, contextlib.suppress(OSError, ValueError):
            self._stdin.close()
        _running.discard(self)

    @property
    def _stdin(self) -> Any:
        return self.process.stdin

    def _write(self, request: bytes) -> None:
        with self._input_lock, contextlib.suppress(OSError, ValueError):  # it ended: its reader says so
            self._stdin.write(request)
            self._stdin.flush()
            self._sent.set()

    def _read(self) -> None:
        stream: Any = self.process.stdout
        try:
            while (message := read_message(stream)) is not None:
                if message.kind == READY:
                    self._ready.set()
                else:
                    self.messages.put(message)
        except (OSError, ValueError):
            _log.exception("The process that trains said something that cannot be read")
            self.process.kill()
        finally:
            stream.close()
            self.messages.put(None)


_lock = threading.Lock()
_spare: TrainingProcess | None = None
_running: set[TrainingProcess] = set()


def prepare() -> None:
    """Start a process ahead, so that the next training begins at once instead of waiting for TensorFlow to load.

    It is ended when nobody uses it for ten minutes.
    """
    global _spare
    with _lock:
        if _spare is not None and not _spare.alive:
            _spare.kill()  # what it leaves behind
            _spare = None
        if _spare is None:
            _spare = TrainingProcess()
            _end_later(_spare)


def spare_or_new() -> TrainingProcess:
    """The process that was started ahead, if there is one, or another."""
    global _spare
    with _lock:
        child, _spare = _spare, None
    if child is not None and not child.alive:
        child.kill()  # what it leaves behind
        child = None
    return child or TrainingProcess()


def _end_later(child: TrainingProcess) -> None:
    def end() -> None:
        global _spare
        with _lock:
            if _spare is not child:
                return
            _spare = None
        child.kill()

    timer = threading.Timer(_SPARE_SECONDS, end)
    timer.daemon = True
    timer.start()


@atexit.register
def _end_all() -> None:
    for child in list(_running):
        with contextlib.suppress(OSError):
            child.process.kill()
