"""Training in a child process, so that a server stays responsive and can end it at any time."""

import atexit
import contextlib
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from attnviz.errors import TrainingError
from attnviz.training.architecture_list import architecture_named
from attnviz.training.limits import TrainingLimits
from attnviz.training.pipe_messages import Message, message_bytes, read_message
from attnviz.training.reports import EpochReport
from attnviz.training.settings import TrainingSettings
from attnviz.training.trained_files import TrainedFiles
from attnviz.training.training_data import as_training_data
from attnviz.training.training_messages import (
    EPOCH,
    FAILED,
    READY,
    REFUSED,
    TRAINED,
    Request,
    epoch_of,
    request_message,
    trained_of,
)

_MODULE = "attnviz.training.child_main"
_SECONDS_BETWEEN_LOOKS = 0.2
_SECONDS_TO_FINISH = 120.0
"""How long a training that was stopped may take to measure and save its model."""

_SPARE_SECONDS = 600.0
"""How long a process that was started ahead waits for a training."""

_log = logging.getLogger(__name__)


class ChildTraining:
    """One training in a process of its own. `ChildTraining.start` begins it; leaving a `with` block ends it.

    Example:
        >>> with ChildTraining.start("bilstm_pooling", data, probes=["A lovely film."]) as training:
        ...     for report in training.reports(stopped=lambda: False):
        ...         report.validation_loss
        ...     files = training.result()
    """

    def __init__(self, child: "_Child", request: bytes) -> None:
        """Use `ChildTraining.start`."""
        self._child = child
        self._history: list[EpochReport] = []
        self._outcome: TrainedFiles | TrainingError | None = None
        self._asked_to_stop = threading.Event()
        child.send(request)

    @classmethod
    def start(
        cls,
        architecture: str,
        data: Any,
        *,
        settings: TrainingSettings | None = None,
        probes: Sequence[Any] = (),
        limits: TrainingLimits | None = None,
        name: str = "trained",
    ) -> Self:
        """Begin a training; the arguments are those of `attnviz.training.fit`.

        Args:
            architecture: One of `ARCHITECTURES`.
            data: As for `fit`.
            settings: Those of the architecture by default.
            probes: Sequences whose attention every report shows.
            limits: What it may take.
            name: The model's name.

        Raises:
            TrainingError: If nothing can be learned from the data, or they are more than the limits allow.
        """
        settings = settings or architecture_named(architecture).default_settings()
        limits = limits or TrainingLimits()
        checked = as_training_data(data)
        limits.check(checked, settings)
        request = Request(
            architecture=architecture,
            data=checked,
            settings=settings,
            probes=tuple(probes),
            minutes=limits.minutes,
            name=name,
        )
        return cls(_spare_or_new(), message_bytes(request_message(request)))

    @property
    def process_id(self) -> int:
        """The process that trains."""
        return self._child.process.pid

    def reports(self, stopped: Callable[[], bool] | None = None) -> Iterator[EpochReport]:
        """The reports as they come; ends when the training has ended, however it did.

        What a report says of the probes is not kept: called again, this begins with the first report, without them.

        Args:
            stopped: Asked a few times a second; once it says True, the training is stopped as by `stop`.
        """
        yield from tuple(self._history)
        while self._outcome is None:
            report = self._listen(stopped)
            if report is not None:
                yield report

    def stop(self) -> None:
        """Ask the training to end within a batch and to keep its best weights; `result` has them."""
        if not self._asked_to_stop.is_set():
            self._asked_to_stop.set()
            self._child.end_input()

    def result(self) -> TrainedFiles:
        """The model, once the training has ended; waits for it.

        Raises:
            TrainingError: If there is none: the data or the settings do not allow it, the loss became NaN, it was
                stopped before its first epoch was over, or its process was ended. The message says what to do.
        """
        for _ in self.reports():
            pass
        if isinstance(self._outcome, TrainedFiles):
            return self._outcome
        raise self._outcome or TrainingError("The training has not ended.")

    def close(self) -> None:
        """End the process, if it still runs: what it trained is lost unless `result` has it."""
        self._child.kill()
        if self._outcome is None:
            self._outcome = TrainingError("The training was ended before it had a model.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _listen(self, stopped: Callable[[], bool] | None) -> EpochReport | None:
        """Wait for the next message, and take it; returns the report, if it is one."""
        waited = 0.0
        while True:
            if stopped is not None and stopped():
                self.stop()
            try:
                message = self._child.messages.get(timeout=_SECONDS_BETWEEN_LOOKS)
                break
            except queue.Empty:
                waited += _SECONDS_BETWEEN_LOOKS
                if self._asked_to_stop.is_set() and waited > _SECONDS_TO_FINISH:
                    self._child.kill()
        if message is None:
            self._outcome = self._outcome or self._ended()
        elif message.kind == EPOCH:
            report = epoch_of(message)
            # The attention on the probes of hundreds of epochs can take gigabytes: whoever watches keeps what it shows.
            self._history.append(replace(report, probes=()))
            return report
        elif message.kind == TRAINED:
            self._outcome = trained_of(message, self._history)
            self._child.kill()  # it has nothing more to say
        elif message.kind == REFUSED:
            self._outcome = TrainingError(str(message.fields["message"]))
        elif message.kind == FAILED:
            _log.error("A training failed:\n%s", message.fields["traceback"])
            self._outcome = TrainingError(_FAILURES.get(message.fields["error"], _UNEXPECTED))
        return None

    def _ended(self) -> TrainingError:
        code = self._child.process.wait()
        if self._asked_to_stop.is_set():
            return TrainingError("Training was stopped before its first epoch was over: there is no model yet.")
        if code == -signal.SIGKILL:
            return TrainingError(
                "The process that trained was ended by the system, most likely because the server ran out of memory. "
                f"{_SMALLER}"
            )
        return TrainingError(f"The process that trained ended unexpectedly (status {code}). Try again. {_SMALLER}")


def prepare() -> None:
    """Start a process ahead, so that the next training begins at once instead of waiting for TensorFlow to load.

    It is ended when nobody uses it for ten minutes.
    """
    global _spare
    with _lock:
        if _spare is None or not _spare.alive:
            _spare = _Child()
            _end_later(_spare)


class _Child:
    """The process, what it was told, and what it says."""

    def __init__(self) -> None:
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
_spare: _Child | None = None
_running: set[_Child] = set()


def _spare_or_new() -> _Child:
    global _spare
    with _lock:
        child, _spare = _spare, None
    return child if child is not None and child.alive else _Child()


def _end_later(child: _Child) -> None:
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


_SMALLER = "Try a smaller model, a smaller batch, shorter texts or fewer examples."
_OUT_OF_MEMORY = f"Training needs more memory than the server has. {_SMALLER}"
_UNEXPECTED = "Training failed unexpectedly, and the server's log says why. Other settings may do."
_FAILURES = {"MemoryError": _OUT_OF_MEMORY, "ResourceExhaustedError": _OUT_OF_MEMORY}
