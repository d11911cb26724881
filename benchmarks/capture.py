"""What capturing costs: time beside the plain compiled pass and `model.predict`, first call, memory, new lengths.

    .venv/bin/python -m benchmarks.capture [--repeats 15] [--transformers-python PATH]

Encoders of BERT's shape with random weights, batch 1, 512 tokens. Everything is measured in fresh processes. Where two
ways are compared they take turns; medians and ranges are printed. With `--transformers-python`, an interpreter that
has `benchmarks/requirements-transformers.txt`, the same work is done with Hugging Face transformers too.
"""

import argparse
import ctypes
import json
import multiprocessing
import os
import platform
import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.alternating import described, ratio, times_in_turns

ROOT = Path(__file__).resolve().parents[1]
MEGABYTE = 2**20
LENGTH = 512
LARGE_BATCH = 4
"""Samples where memory is measured: what TensorFlow has in reserve is little beside their weights."""
SHORT = 16
"""Tokens of a first call: so few that tracing is nearly all of it."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--first-calls", type=int, default=5)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--shapes", nargs="+", choices=("SMALL", "BASE"), default=["SMALL", "BASE"])
    parser.add_argument("--transformers-python", metavar="PATH")
    arguments = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    rows = []
    for name in arguments.shapes:
        rows += _speed(name, arguments.batch, arguments.repeats)
        rows += _first_call(name, arguments.first_calls)
        rows += _memory(name)
        if arguments.transformers_python:
            rows += _transformers(name, arguments.batch, arguments.repeats, arguments.transformers_python)
    rows += _lengths("SMALL")
    print(
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, batch {arguments.batch}\n"
    )
    print("| What | Plain | With attention | Ratio or size | Target |")
    print("| --- | --- | --- | --- | --- |")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def _speed(shape: str, batch: int, repeats: int) -> list[tuple[str, ...]]:
    seconds = _in_fresh_process(speed, shape, batch, repeats)
    captured = described(seconds["capture"])
    return [
        (
            f"{_title(shape)}: compiled pass, ms",
            described(seconds["plain"]),
            captured,
            f"{ratio(seconds, 'capture', 'plain'):.2f} ×",
            "≤ 1.10 ×",
        ),
        (
            f"{_title(shape)}: `model.predict`, ms",
            described(seconds["predict"]),
            captured,
            f"{ratio(seconds, 'capture', 'predict'):.2f} ×",
            "< 1 ×",
        ),
    ]


def _first_call(shape: str, repeats: int) -> list[tuple[str, ...]]:
    seconds = _in_fresh_process(first_calls, shape, repeats)
    plain, captured = described(seconds["plain"]), described(seconds["capture"])
    times = f"{ratio(seconds, 'capture', 'plain'):.2f} ×"
    return [(f"{_title(shape)}: first call, {SHORT} tokens, ms", plain, captured, times, "≤ 1.3 ×")]


def _memory(shape: str) -> list[tuple[str, ...]]:
    plain, _ = _in_fresh_process(peak_of_plain, shape, LARGE_BATCH)
    captured, weights = _in_fresh_process(peak_of_capture, shape, LARGE_BATCH)
    more = captured - plain
    return [
        (
            f"{_title(shape)}: most memory while it runs, batch {LARGE_BATCH}, MB",
            f"{plain / MEGABYTE:.0f}",
            f"{captured / MEGABYTE:.0f}",
            f"{more / MEGABYTE:.0f} MB more = {more / weights:.2f} × the weights' {weights / MEGABYTE:.0f}",
            "≤ 1.2 ×",
        )
    ]


def _lengths(shape: str) -> list[tuple[str, ...]]:
    _, plain = _in_fresh_process(many_lengths, shape, False)
    traces, growth = _in_fresh_process(many_lengths, shape, True)
    what = f"{_title(shape)}: growth after 300 different lengths, MB"
    captured = f"{growth / MEGABYTE:.0f}, traced {traces} ×"
    return [(what, f"{plain / MEGABYTE:.0f}", captured, f"{(growth - plain) / MEGABYTE:+.0f} MB", "bounded, < 300 MB")]


def _transformers(shape: str, batch: int, repeats: int, python: str) -> list[tuple[str, ...]]:
    size = _in_fresh_process(size_of, shape)
    command = [python, "-m", "benchmarks.transformers_side", f"--batch={batch}", f"--repeats={repeats}"]
    command += [f"--length={LENGTH}", *(f"--{name}={value}" for name, value in size.items())]
    output = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    result = json.loads(output.splitlines()[-1])
    seconds, captured = result["seconds"], described(result["seconds"]["attentions"])
    return [
        (
            f"{_title(shape)}: {result['versions']}, {attention} attention, ms",
            described(seconds[name]),
            captured,
            f"{ratio(seconds, 'attentions', name):.2f} ×",
            "",
        )
        for name, attention in (("plain", "default"), ("eager", "eager"))
    ]


def _title(shape: str) -> str:
    return {"SMALL": "6×12×384", "BASE": "12×12×768"}[shape]


def _in_fresh_process(work: Callable[..., Any], *arguments: Any) -> Any:
    """What `work` gives in a process that has done nothing before; this one never loads TensorFlow."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def size_of(shape: str) -> dict[str, int]:
    from dataclasses import asdict

    from benchmarks import bert_shape

    return asdict(getattr(bert_shape, shape))


def _encoder_and_ids(shape: str, batch: int, length: int) -> tuple[Any, Any]:
    from benchmarks import bert_shape

    return bert_shape.encoder(getattr(bert_shape, shape)), bert_shape.token_ids(batch, length)


def _compiled(model: Any) -> Any:
    """The plain compiled pass, as free in batch and length as a capture."""
    import tensorflow as tf

    specification = [tf.TensorSpec((None, None), tf.int32)]
    return tf.function(lambda ids: model(ids, training=False), input_signature=specification, autograph=False)


def speed(shape: str, batch: int, repeats: int) -> dict[str, list[float]]:
    from attnviz import capture_attention

    model, ids = _encoder_and_ids(shape, batch, LENGTH)
    plain = _compiled(model)
    return times_in_turns(
        {
            "plain": lambda: plain(ids).numpy(),
            "capture": lambda: capture_attention(model, ids),
            "predict": lambda: model.predict(ids, verbose=0),
        },
        repeats,
    )


def first_calls(shape: str, repeats: int) -> dict[str, list[float]]:
    """Times of the first call of models that are each used once: what is traced once stays traced."""
    from attnviz import capture_attention
    from benchmarks import bert_shape

    ids = bert_shape.token_ids(1, SHORT)
    tiny = bert_shape.encoder(bert_shape.Shape(layers=1, heads=2, units=8))  # loads what is loaded once
    capture_attention(tiny, ids)
    _compiled(tiny)(ids)
    seconds: dict[str, list[float]] = {"plain": [], "capture": []}
    for turn in range(repeats):
        pair = [bert_shape.encoder(getattr(bert_shape, shape)) for _ in range(2)]
        ways = {
            "plain": lambda pair=pair: _compiled(pair[0])(ids).numpy(),
            "capture": lambda pair=pair: capture_attention(pair[1], ids),
        }
        ordered = dict(sorted(ways.items(), reverse=bool(turn % 2)))
        for name, taken in times_in_turns(ordered, 1, warm_up=0).items():
            seconds[name] += taken
    return seconds


def peak_of_plain(shape: str, batch: int) -> tuple[int, int]:
    from attnviz import capture_attention

    model, ids = _encoder_and_ids(shape, batch, LENGTH)
    plain = _compiled(model)
    plain(ids[:, :SHORT]).numpy()
    capture_attention(model, ids[:, :SHORT])  # what is loaded and traced once counts on neither side
    return _peak_of(lambda: plain(ids).numpy()), 0


def peak_of_capture(shape: str, batch: int) -> tuple[int, int]:
    from attnviz import capture_attention

    model, ids = _encoder_and_ids(shape, batch, LENGTH)
    plain = _compiled(model)
    plain(ids[:, :SHORT]).numpy()
    capture_attention(model, ids[:, :SHORT])
    captures: list[Any] = []
    peak = _peak_of(lambda: captures.append(capture_attention(model, ids)))
    return peak, sum(one.weights.nbytes for one in captures[0].maps)


def _peak_of(work: Callable[[], Any]) -> int:
    """The most memory that this process held while `work` ran, in bytes.

    Free memory that the allocator had kept from building the model goes back first: what is taken then is seen.
    Linux forgets the peak that was before when it is told so.
    """
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    work()
    return _memory_of_this_process("VmHWM")


def many_lengths(shape: str, captured: bool) -> tuple[int, int]:
    """How often 300 lengths were traced, and by how much the process grew, in bytes."""
    import numpy as np

    from attnviz import capture_attention
    from attnviz.capture import compiled

    model, ids = _encoder_and_ids(shape, 1, LENGTH)
    plain = _compiled(model)

    def run(length: int) -> None:
        if captured:
            capture_attention(model, ids[:, :length])
        else:
            plain(ids[:, :length]).numpy()

    run(LENGTH)
    before = _memory_of_this_process("VmRSS")
    for length in np.random.default_rng(0).permutation(np.arange(LENGTH - 299, LENGTH + 1)):
        run(int(length))
    grown = _memory_of_this_process("VmRSS") - before
    return sum(one is not None for one in compiled._compiled.get(model, {}).values()), grown


def _memory_of_this_process(what: str) -> int:
    """`VmRSS`, resident now, or `VmHWM`, the most that ever was, in bytes, as Linux counts them."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(rf"^{what}:\s+(\d+) kB$", status, re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


if __name__ == "__main__":
    main()
