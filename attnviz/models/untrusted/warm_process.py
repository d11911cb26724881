"""What the child process runs: it loads Keras once and forks for each examination, so that none sees another's traces.

Started as `python -m attnviz.models.untrusted.warm_process [ALLOWED MODULE …]` by `attnviz.models.untrusted.examiner`.
It reads one request a line, as JSON, and writes one answer a line: `{"parameters": …}` or `{"refused": …}`. Forking is
safe here, unlike in the server: this process has run no TensorFlow operation, and so has none of its threads.
"""

import contextlib
import gc
import json
import os
import resource
import select
import signal
import sys
import time
from typing import Any

import attnviz.layers  # noqa: F401 - registers the layers that a saved model may use
from attnviz.errors import AttnVizError, UnsafeModelError
from attnviz.models.untrusted.confinement import confine
from attnviz.models.untrusted.examination import examine_file
from attnviz.models.untrusted.limits import ModelLimits, megabytes
from attnviz.models.untrusted.modules import import_modules

_MEMORY_WORDS = ("out of memory", "bad_alloc", "OOM", "Unable to allocate", "Cannot allocate")


def main(allowed_modules: list[str]) -> None:
    """Answer requests until there are no more."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what libraries print must not pass for an answer
    try:
        import_modules(allowed_modules)
    except AttnVizError as error:
        _send(answers, {"failed": str(error)})
        return
    gc.collect()
    gc.freeze()  # the forks then copy less
    _send(answers, {"ready": True})
    for line in sys.stdin.buffer:
        _send(answers, _examined(json.loads(line)))


def _send(stream: Any, answer: dict[str, Any]) -> None:
    stream.write(json.dumps(answer).encode() + b"\n")


def _examined(request: dict[str, Any]) -> dict[str, Any]:
    limits = ModelLimits(**request["limits"])
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _examine_and_leave(request, limits, writing)
    os.close(writing)
    answer, in_time = _received(reading, limits.check_seconds)
    os.close(reading)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if answer:
        with contextlib.suppress(ValueError):
            return dict(json.loads(answer))
    label = request["label"]
    if not in_time or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU):
        return {
            "refused": f"Checking {label} took longer than the {limits.check_seconds:.0f} seconds allowed, and was "
            "ended. The model is too large or too intricate to be opened here."
        }
    return {
        "refused": f"Reading {label} crashed the process that checks uploaded models, or took more than the "
        f"{megabytes(request['memory'])} of memory allowed. Nothing was opened. If it is a real model, save it again."
    }


def _received(reading: int, seconds: float) -> tuple[bytes, bool]:
    pieces: list[bytes] = []
    end = time.monotonic() + seconds
    while True:
        ready, _, _ = select.select([reading], [], [], max(end - time.monotonic(), 0.0))
        if not ready:
            return b"", False
        piece = os.read(reading, 65536)
        if not piece:
            return b"".join(pieces), True
        pieces.append(piece)


def _examine_and_leave(request: dict[str, Any], limits: ModelLimits, writing: int) -> None:
    answer: dict[str, Any]
    label = request["label"]
    try:
        confine(os.path.dirname(request["path"]), memory=request["memory"], limits=limits)
        answer = {
            "parameters": examine_file(
                request["path"], label=label, limits=limits, allowed_modules=request["allowed_modules"]
            )
        }
    except BaseException as error:  # noqa: BLE001 - whatever it is, the answer is that the file cannot be opened
        answer = {"refused": _refusal(error, request)}
    try:
        os.write(writing, json.dumps(answer).encode())
    finally:
        os._exit(0)


def _refusal(error: BaseException, request: dict[str, Any]) -> str:
    chain = [error]  # Keras raises errors of its own around those of its layers, with a whole config in their text
    while (inner := chain[-1].__cause__ or chain[-1].__context__) is not None and inner not in chain:
        chain.append(inner)
    for one in chain:
        if isinstance(one, UnsafeModelError):
            return str(one)
    reason = " ".join(f"{type(chain[-1]).__name__}: {chain[-1]}".split())
    if any(isinstance(one, MemoryError) for one in chain) or any(word in reason for word in _MEMORY_WORDS):
        return (
            f"Opening {request['label']} takes more than the {megabytes(request['memory'])} of memory allowed. "
            "The model is too large to be opened here."
        )
    if any(isinstance(one, RecursionError) for one in chain):
        return f"{request['label']} is nested too deeply to be built."
    return f"Keras cannot open {request['label']}: {reason if len(reason) <= 400 else reason[:400] + ' …'}"


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # no dumps of what somebody uploaded
    main(sys.argv[1:])
