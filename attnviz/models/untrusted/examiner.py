"""The child process that opens uploaded models first: started once, kept warm, and asked for one model at a time."""

import atexit
import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from attnviz.errors import CardError, UnsafeModelError
from attnviz.models.untrusted.limits import ModelLimits

_START_SECONDS = 180.0
_SPARE_SECONDS = 20.0
"""How much longer than the child we wait: it ends an examination that takes too long itself, and says so."""

_LONGEST_ANSWER = 2**20
_MODULE = "attnviz.models.untrusted.warm_process"
_ENVIRONMENT = {
    "CUDA_VISIBLE_DEVICES": "-1",  # a check has no business on the accelerator, and a driver does not survive a fork
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_NUM_INTRAOP_THREADS": "2",
    "TF_NUM_INTEROP_THREADS": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",  # each arena reserves 64 MB of addresses, which are what the limit on memory counts
}


def examine(archive: bytes, *, name: str, limits: ModelLimits, allowed_modules: tuple[str, ...]) -> int:
    """Let the child process check the classes and the weights of a model, and build it once.

    Args:
        archive: A `.keras` archive.
        name: What messages call it.
        limits: Memory and time of the examination, and what the model may hold.
        allowed_modules: Modules of the operator's, imported in the child.

    Returns:
        Numbers in the model's weights.

    Raises:
        UnsafeModelError: If the model is refused, or the examination crashed, ran out of memory or out of time.
        CardError: If an allowed module cannot be imported.
    """
    if not hasattr(os, "fork"):
        raise UnsafeModelError(
            f"{name!r} cannot be checked on this system: that needs Linux or macOS. The operator can add the model "
            "to the directory of models instead."
        )
    with tempfile.TemporaryDirectory(prefix="attnviz-") as folder:
        path = Path(folder) / "model.keras"
        path.write_bytes(archive)
        request = {
            "path": str(path),
            "label": repr(name),
            "limits": asdict(limits),
            "allowed_modules": allowed_modules,
            "memory": limits.memory_for(len(archive)),
        }
        with _lock:  # one at a time: the limit on memory is then one for the server, too
            answer = _warm_process(allowed_modules).ask(request, limits.check_seconds + _SPARE_SECONDS)
    if "refused" in answer:
        raise UnsafeModelError(answer["refused"])
    return int(answer["parameters"])


def stop_examiner() -> None:
    """End the child process, if it runs; the next upload starts another."""
    global _running
    with _lock:
        if _running is not None:
            _running.stop()
            _running = None


class _WarmProcess:
    """The process that has Keras loaded, from which each examination is forked."""

    def __init__(self, allowed_modules: tuple[str, ...]) -> None:
        self.allowed_modules = allowed_modules
        search_path = os.pathsep.join(os.path.abspath(place) for place in sys.path)
        # -P: what lies in the working directory is not importable only for lying there. A plain child process rather
        # than `multiprocessing`, which would run the main script of this process once more, here that of Streamlit.
        self._process = subprocess.Popen(  # noqa: S603 - our own module, run by our own interpreter
            [sys.executable, "-P", "-m", _MODULE, *allowed_modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **_ENVIRONMENT, "PYTHONPATH": search_path},
            bufsize=0,
            start_new_session=True,  # Ctrl-C in the terminal is for the server, which then ends this process
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError("Popen makes the pipes that it is asked for")
        self._questions, self._answers = self._process.stdin, self._process.stdout
        self._received = b""
        answer = self._answer(_START_SECONDS)
        if "failed" in answer:
            self.stop()
            raise CardError(answer["failed"])

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        try:
            self._questions.write(json.dumps(request).encode() + b"\n")
            return self._answer(seconds)
        except BaseException:  # a late answer would be taken for that to the next question
            self.stop()
            raise

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._questions.close()
        self._process.kill()
        self._process.wait()
        self._answers.close()

    def _answer(self, seconds: float) -> dict[str, Any]:
        descriptor = self._answers.fileno()
        end = time.monotonic() + seconds
        while b"\n" not in self._received:
            ready, _, _ = select.select([descriptor], [], [], max(end - time.monotonic(), 0.0))
            piece = os.read(descriptor, 65536) if ready else b""
            self._received += piece
            if not piece or len(self._received) > _LONGEST_ANSWER:
                raise UnsafeModelError(
                    "The process that checks uploaded models "
                    + ("ended" if ready else "did not answer")
                    + ". Nothing was opened. Try again; if it happens again, this model cannot be checked here."
                )
        line, _, self._received = self._received.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer


_lock = threading.Lock()
_running: _WarmProcess | None = None


@atexit.register
def _stop_at_exit() -> None:
    if _running is not None:  # without the lock, which an examination may hold for a minute
        _running.stop()


def _warm_process(allowed_modules: tuple[str, ...]) -> _WarmProcess:
    global _running
    if _running is not None and not (_running.alive and _running.allowed_modules == allowed_modules):
        _running.stop()
        _running = None
    if _running is None:
        _running = _WarmProcess(allowed_modules)
    return _running
