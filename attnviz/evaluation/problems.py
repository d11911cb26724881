"""What is wrong with a data set, each with what will be done about it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from attnviz.errors import DataError
from attnviz.evaluation.examples import MOST_LINES, Columns, LabelledData, Problem
from attnviz.evaluation.inputs_of_rows import RowProblem
from attnviz.evaluation.text_problems import text_problems
from attnviz.sequences.data_sets import DataSet
from attnviz.sequences.messages import counted, listed, quoted
from attnviz.sequences.specification import InputSpecification

FEW_ROWS = 30
"""Examples below which figures say little."""

_LEFT_OUT = "Left out."


def problems_of(
    data: DataSet,
    columns: Columns,
    inputs: Sequence[Any],
    targets: Sequence[Any],
    kept: LabelledData,
    specification: InputSpecification | None,
) -> LabelledData:
    """`kept` with its problems.

    Args:
        data: The rows that it comes from.
        columns: Where input and label were taken from.
        inputs: For each row its sequence or `RowProblem`.
        targets: For each row its target or `RowProblem`.
        kept: What can be used.
        specification: What the model takes; None for any text.

    Raises:
        DataError: If no row can be used.
    """
    row_problems = _row_problems(data, columns, inputs, targets, kept)
    if not len(kept):
        raise _nothing_left(columns, row_problems, targets, kept)
    found = [
        *_unreadable(data),
        *row_problems,
        *_repeated(kept),
        *_classes(kept),
        *text_problems(kept, specification),
        *_few(kept),
    ]
    return replace(kept, problems=tuple(found))


def _unreadable(data: DataSet) -> list[Problem]:
    if not data.skipped:
        return []
    return [
        Problem(
            kind="unreadable",
            count=len(data.skipped),
            lines=tuple(one.line for one in data.skipped[:MOST_LINES]),
            message=f"{counted(len(data.skipped), 'row')} cannot be read. The first: {data.skipped[0].reason}",
            action=_LEFT_OUT,
        )
    ]


def _row_problems(
    data: DataSet, columns: Columns, inputs: Sequence[Any], targets: Sequence[Any], kept: LabelledData
) -> list[Problem]:
    rows: dict[str, list[tuple[int, str]]] = {}
    for line, sequence, target in zip(data.lines.tolist(), inputs, targets, strict=True):
        wrong = target if isinstance(target, RowProblem) else sequence
        if isinstance(wrong, RowProblem):
            rows.setdefault(wrong.kind, []).append((line, wrong.reason))
    messages: dict[str, Callable[[list[tuple[int, str]]], str]] = {
        "missing label": lambda found: f"{counted(len(found), 'row')} {_has(found)} no label.",
        "unknown label": lambda found: _unknown_labels(found, kept),
        "empty input": lambda found: f"{counted(len(found), 'row')} {_has(found)} no input.",
        "unusable input": lambda found: (
            f"The input of {counted(len(found), 'row')} cannot be used. The first, at line {found[0][0]}: {found[0][1]}"
        ),
    }
    return [
        Problem(
            kind=kind,
            count=len(rows[kind]),
            lines=tuple(line for line, _ in rows[kind][:MOST_LINES]),
            message=message(rows[kind]),
            action=_LEFT_OUT,
        )
        for kind, message in messages.items()
        if kind in rows
    ]


def _has(found: Sequence[Any]) -> str:
    return "has" if len(found) == 1 else "have"


def _unknown_labels(found: list[tuple[int, str]], kept: LabelledData) -> str:
    labels = [label for label, _ in Counter(reason for _, reason in found).most_common()]
    if kept.task == "regression":
        rows = counted(len(found), "row")
        return f"The label of {rows} is no number that a model can predict: {listed(labels, most=5)}."
    return (
        f"The label of {counted(len(found), 'row')} is no class of the model: {listed(labels, most=5)}. "
        f"Its classes: {listed(kept.classes, most=10)}."
    )


def _nothing_left(
    columns: Columns, problems: Sequence[Problem], targets: Sequence[Any], kept: LabelledData
) -> DataError:
    unknown = {one.reason for one in targets if isinstance(one, RowProblem) and one.kind == "unknown label"}
    column = quoted(columns.label)
    if unknown and kept.task == "regression":
        return DataError(
            f"The model predicts numbers, and column {column} holds {listed(sorted(unknown), most=5)}. Choose the "
            "column with the numbers."
        )
    if len(unknown) > len(kept.classes) > 0:
        return DataError(
            f"Column {column} holds {len(unknown):,} different labels ({listed(sorted(unknown), most=5)}), and the "
            f"model has {len(kept.classes)} classes: {listed(kept.classes, most=10)}. Choose another column, or say "
            "which label is which class."
        )
    reasons = " ".join(one.message for one in problems)
    return DataError(f"No row of the data set can be used. {reasons}".strip())


def _repeated(kept: LabelledData) -> list[Problem]:
    seen: dict[Any, tuple[Any, bool]] = {}
    repeated: list[int] = []
    contradictory: list[int] = []
    for sequence, target, line in zip(kept.sequences, kept.targets, kept.lines.tolist(), strict=True):
        key = sequence if isinstance(sequence, str) else sequence.tobytes()
        label = target.tobytes() if isinstance(target, np.ndarray) else target
        if key not in seen:
            seen[key] = (label, False)
        elif seen[key][0] == label:
            repeated.append(line)
        else:
            contradictory.append(line)
    found = []
    if repeated:
        found.append(
            Problem(
                kind="repeated",
                count=len(repeated),
                lines=tuple(repeated[:MOST_LINES]),
                message=f"{counted(len(repeated), 'row')} {_repeat(repeated)} an earlier one, with the same label.",
                action="Kept: each of them counts.",
            )
        )
    if contradictory:
        found.append(
            Problem(
                kind="contradictory",
                count=len(contradictory),
                lines=tuple(contradictory[:MOST_LINES]),
                message=f"{counted(len(contradictory), 'row')} {_repeat(contradictory)} the input of an earlier one "
                "with another label.",
                action="Kept: no model can be right about both.",
            )
        )
    return found


def _repeat(lines: Sequence[int]) -> str:
    return "repeats" if len(lines) == 1 else "repeat"


def _classes(kept: LabelledData) -> list[Problem]:
    if not kept.classes:
        return []
    targets = np.concatenate(list(kept.targets)) if kept.task == "token_classification" else kept.targets
    present = np.unique(targets)
    if len(present) == 1:
        only = kept.classes[int(present[0])]
        return [
            Problem(
                kind="one class",
                count=len(kept),
                lines=(),
                message=f"All labels are {quoted(only)}.",
                action="Figures that compare classes, such as areas under curves, cannot be computed.",
            )
        ]
    absent = [name for index, name in enumerate(kept.classes) if index not in present]
    if not absent:
        return []
    return [
        Problem(
            kind="absent class",
            count=len(absent),
            lines=(),
            message=f"No row is labelled {listed(absent, most=10)}.",
            action="Precision, recall and F1 of such a class are left out, and so are its curves.",
        )
    ]


def _few(kept: LabelledData) -> list[Problem]:
    if len(kept) >= FEW_ROWS:
        return []
    return [
        Problem(
            kind="few rows",
            count=len(kept),
            lines=(),
            message=f"There {'is' if len(kept) == 1 else 'are'} only {counted(len(kept), 'example')}.",
            action="Used all the same: see how wide the intervals are.",
        )
    ]
