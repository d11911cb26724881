"""The results of an evaluation as files: the examples as CSV, all figures as JSON."""

import json
import math
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import pandas as pd

from attnviz.evaluation.attended_tokens import token_table
from attnviz.evaluation.attention_over_data import head_table
from attnviz.evaluation.calibration import calibration
from attnviz.evaluation.class_predictions import confusion
from attnviz.evaluation.metrics import metrics_of
from attnviz.evaluation.results import Evaluation, Figure
from attnviz.evaluation.right_against_wrong import right_against_wrong
from attnviz.evaluation.slices import slices

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula, which may run a program or send data away."""
LIBRARIES = ("attnviz", "tensorflow", "keras", "numpy", "scikit-learn", "scipy", "sacrebleu")
MOST_TOKENS = 50
"""Tokens of each class that the JSON lists."""
FORMAT = 1


def results_csv(evaluation: Evaluation) -> bytes:
    """One row an evaluated example, in UTF-8: the columns of `Evaluation.examples`, with texts in full.

    For classification there is the probability of each class besides, in a column `probability of …`. A text that a
    spreadsheet would take for a formula begins with an apostrophe.
    """
    table = evaluation.examples.copy()
    rows = table.index.to_numpy()
    sequences = evaluation.data.sequences
    whole = [sequences[row] for row in rows.tolist()]
    table["input"] = [one if isinstance(one, str) else json.dumps(np.asarray(one).tolist()) for one in whole]
    if evaluation.task == "classification":
        for index, name in enumerate(evaluation.card.classes):
            table[f"probability of {name}"] = evaluation.outputs[rows, index].astype(np.float64)
    table = table.rename(columns=without_formula)
    for column in table.columns:
        if table[column].dtype == object or pd.api.types.is_string_dtype(table[column]):
            table[column] = table[column].map(without_formula)
    # As RFC 4180 ends lines: with another end, a text with a lone \r would stand there without quotation marks.
    return table.to_csv(index=False, lineterminator="\r\n").encode("utf-8")


def results_json(
    evaluation: Evaluation,
    *,
    model_digest: str | None = None,
    figures: Sequence[Figure] | None = None,
    heads: pd.DataFrame | None = None,
    parts: pd.DataFrame | None = None,
) -> bytes:
    """Everything but the examples: figures with intervals, confusion, calibration, attention, slices, and what on.

    Args:
        evaluation: The results.
        model_digest: Which model exactly, as `attnviz.models.digest.folder_digest` gives it; None if not known.
        figures: As `metrics_of` gives them; None to compute them.
        heads: As `right_against_wrong` gives them; None to compute them.
        parts: As `slices` gives them; None to compute them.

    Returns:
        JSON in UTF-8; a number that is not defined is null.
    """
    data, attention = evaluation.data, evaluation.attention
    content: dict[str, Any] = {
        "format": FORMAT,
        "model": {"name": evaluation.model, "title": evaluation.card.title, "sha256": model_digest},
        "task": evaluation.task,
        "data": {
            "name": data.name,
            "examples": len(data.lines),
            "evaluated": int(evaluation.evaluated.sum()),
            "problems": [
                {"kind": one.kind, "count": one.count, "lines": list(one.lines), "message": one.message}
                for one in data.problems
            ],
        },
        "complete": evaluation.complete,
        "seconds": evaluation.seconds,
        "settings": dict(evaluation.settings),
        "versions": {name: _version(name) for name in LIBRARIES},
        "notices": list(evaluation.notices),
        "skipped": [{"line": one.line, "reason": one.reason} for one in evaluation.skipped],
        "figures": [
            {
                "name": one.name,
                "class": one.per_class,
                "value": one.value,
                "interval": [one.lower, one.upper],
                "examples": one.examples,
                "note": one.note,
            }
            for one in (metrics_of(evaluation) if figures is None else figures)
        ],
        "slices": _records(slices(evaluation) if parts is None else parts),
    }
    if evaluation.task in ("classification", "token_classification"):
        counts, measured = confusion(evaluation), calibration(evaluation)
        content["confusion"] = {"classes": list(counts.columns), "counts": counts.to_numpy().tolist()}
        content["calibration"] = {"error": measured.error, "bins": _records(measured.bins)}
    if attention is not None:
        tokens = token_table(attention.tokens).groupby("class", sort=False).head(MOST_TOKENS)
        content["attention"] = {
            "heads": _records(head_table(attention)),
            "right against wrong": _records(right_against_wrong(evaluation) if heads is None else heads),
            "tokens": _records(tokens),
        }
    return (json.dumps(_without_nan(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def _version(name: str) -> str | None:
    """None for a package that runs without having been installed, as attnviz does in a clone."""
    try:
        return version(name)
    except PackageNotFoundError:
        return getattr(sys.modules.get(name), "__version__", None)


def without_formula(value: Any) -> Any:
    """A text that no spreadsheet takes for a formula; anything else as it is."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(name): value.item() if isinstance(value, np.generic) else value for name, value in row.items()}
        for row in table.to_dict("records")
    ]


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nan(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
