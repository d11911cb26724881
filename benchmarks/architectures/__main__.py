"""Run every attention architecture of KerasHub and write the table of what each gives.

.venv/bin/python -m benchmarks.architectures --write docs/architectures.md
"""

import argparse
from collections.abc import Sequence
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

import keras

import attnviz
from attnviz.records import AttentionCapture, AttentionMap
from benchmarks.architectures import ARCHITECTURES
from benchmarks.architectures.architecture import Architecture
from benchmarks.architectures.without_attention import OTHER_NAMES, WITHOUT_ATTENTION

_INTRODUCTION = """# Attention architectures of KerasHub

What `attnviz.capture_attention(model, inputs, compare=True)` gives for every backbone of KerasHub {version} with
softmax attention, built small with random weights and run unchanged. `tests/capture/keras_hub` runs the same
builders and checks the number of maps, their heads, lengths, axes and masks, and for many of them every weight against
one that was computed independently. Written by `python -m benchmarks.architectures --write docs/architectures.md`.

*Maps* are the attention computations that were found. *Query × key* is their size in this run, *axes* what they run
over: one name for self-attention, `queries → keys` else. *Difference* is the largest between the captured prediction
and the plain model's.

| Architecture | Kind | Maps | Heads | Query × key | Axes | Difference | Notes |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, help="file for the table; printed if left out")
    path = parser.parse_args().write
    text = table(ARCHITECTURES)
    if path is None:
        print(text)
    else:
        path.write_text(text, encoding="utf-8")


def table(architectures: Sequence[Architecture]) -> str:
    """The page, with a row for each run of `architectures`."""
    rows = []
    for architecture in architectures:
        keras.utils.set_random_seed(7)
        capture = attnviz.capture_attention(architecture.build(), architecture.inputs(), compare=True)
        rows.append(_row(architecture, capture))
        keras.backend.clear_session()
    others = ", ".join(f"`{name}` ({reason})" for name, reason in WITHOUT_ATTENTION.items())
    names = ", ".join(f"`{name}` is `{of}`" for name, of in OTHER_NAMES.items())
    return (
        _INTRODUCTION.format(version=version("keras-hub"))
        + "\n".join(rows)
        + f"\n\n{len({one.name for one in architectures})} architectures. Every one could be built.\n\n"
        + f"**No softmax attention, so nothing to capture:** {others}.\n\n**Other names:** {names}.\n"
    )


def _row(architecture: Architecture, capture: AttentionCapture) -> str:
    alike = [(key, len(list(maps))) for key, maps in groupby(capture.maps, key=_kind)]
    merged = list(dict.fromkeys(key for key, _ in alike))
    cells = [
        f"`{architecture.name}`",
        architecture.kind,
        str(len(capture.maps)),
        "<br>".join(str(heads) for heads, _, _ in merged),
        "<br>".join(size for _, size, _ in merged),
        "<br>".join(axes for _, _, axes in merged),
        _rounded(capture.prediction_difference or 0.0),
        architecture.notes,
    ]
    return f"| {' | '.join(cells)} |"


def _kind(one: AttentionMap) -> tuple[int, str, str]:
    _, heads, queries, keys = one.weights.shape
    axes = one.query_axis if one.query_axis == one.key_axis else f"{one.query_axis} → {one.key_axis}"
    return heads, f"{queries} × {keys}", axes


def _rounded(difference: float) -> str:
    return "0" if difference == 0 else f"{difference:.0e}"


if __name__ == "__main__":
    main()
