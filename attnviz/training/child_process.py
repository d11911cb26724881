"""Training in a child process, so that a server stays responsive and can end it at any time."""

import logging
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from attnviz.errors import TrainingError
from attnviz.training.architecture_list import architecture_named
from attnviz.training.limits import TrainingLimits
from attnviz.training.pipe_messages import message_bytes
from attnviz.training.reports import EpochReport
from attnviz.training.settings import TrainingSettings
from attnviz.training.trained_files import TrainedFiles
from attnviz.training.training_data import as_training_data
from attnviz.training.training_messages import (
    EPOCH,
    FAILED,
    REFUSED,
    TRAINED,
    Request,
    epoch_of,
    request_message,
    trained_of,
)
from attnviz.training.training_process import TrainingProcess, spare_or_new

_SECONDS_BETWEEN_LOOKS = 0.2
_SECONDS_TO_FINISH = 600.0
"""How long a training that was asked to stop may take to end its batch, and to measure and save its model."""

_log = logging.getLogger(__name__)


class ChildTraining:
    """One training in a process of its own. `ChildTraining.start` begins it; leaving a `with` block ends it.

    Example:
        >>> with ChildTraining.start("bilstm_pooling", data, probes=["A lovely film."]) as training:
        ...     for report in training.reports(stopped=lambda: False):
        ...         report.validation_loss
        ...     files = training.result()
    """

    def __init__(self, child: TrainingProcess, request: bytes) -> None:
        """Use `ChildTraining.start`."""
        self._child = child
        self._history: list[EpochReport] = []
        self._outcome: TrainedFiles | TrainingError | None = None
        self._asked_to_stop = threading.Event()
        self._last_moment = float("inf")
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
        return cls(spare_or_new(), message_bytes(request_message(request)))

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
            self._last_moment = time.monotonic() + _SECONDS_TO_FINISH
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
        while True:
            if stopped is not None and stopped():
                self.stop()
            try:
                message = self._child.messages.get(timeout=_SECONDS_BETWEEN_LOOKS)
                break
            except queue.Empty:
                if time.monotonic() > self._last_moment:
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
        if self._asked_to_stop.is_set() and not self._history:
            return TrainingError("Training was stopped before its first epoch was over: there is no model yet.")
        if code == -signal.SIGKILL:
            return TrainingError(
                "The process that trained was ended by the system, most likely because the server ran out of memory. "
                f"{_SMALLER}"
            )
        return TrainingError(f"The process that trained ended unexpectedly (status {code}). Try again. {_SMALLER}")


_SMALLER = "Try a smaller model, a smaller batch, shorter texts or fewer examples."
_OUT_OF_MEMORY = f"Training needs more memory than the server has. {_SMALLER}"
_UNEXPECTED = "Training failed unexpectedly, and the server's log says why. Other settings may do."
_FAILURES = {"MemoryError": _OUT_OF_MEMORY, "ResourceExhaustedError": _OUT_OF_MEMORY}
