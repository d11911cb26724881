"""A table of examples into labelled data for one model: which columns, which classes, and what is wrong with it.

Bad rows are left out and named; nothing but a data set of which nothing can be used is refused.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from attnviz.errors import DataError
from attnviz.evaluation.column_guesses import columns_for, guess_columns
from attnviz.evaluation.data_preview import DataPreview, preview
from attnviz.evaluation.examples import Columns, LabelledData, Problem
from attnviz.evaluation.inputs_of_rows import RowProblem, inputs_of_rows
from attnviz.evaluation.label_names import guessed_names, labels_in
from attnviz.evaluation.problems import problems_of
from attnviz.evaluation.targets_of_rows import classes_of_rows, numbers_of_rows, texts_of_rows, token_classes_of_rows
from attnviz.models.card import Card
from attnviz.sequences.data_sets import DataSet
from attnviz.sequences.messages import listed, quoted
from attnviz.sequences.specification import InputSpecification

__all__ = [
    "Columns",
    "DataPreview",
    "LabelledData",
    "Problem",
    "columns_for",
    "data_for_training",
    "guess_columns",
    "guess_label_names",
    "labelled_data",
    "labels_in",
    "preview",
]

_OF_CLASSES = ("classification", "token_classification")
MOST_CLASSES = 100
"""Classes that a model can be trained on."""


def guess_label_names(data: DataSet, columns: Columns, card: Card) -> Mapping[str, str]:
    """The class of the card for each label of the file, where one can be told; see `guessed_names` for how.

    Returns:
        Class by label; empty for a task without classes.
    """
    if card.task not in _OF_CLASSES:
        return {}
    return guessed_names(list(labels_in(data, columns.label, task=card.task)), card.classes)


def labelled_data(data: DataSet, card: Card, columns: Columns, label_names: Mapping[str, str]) -> LabelledData:
    """The examples of a data set that the model of `card` can be measured on.

    Args:
        data: The rows.
        card: The model's.
        columns: Where input and label stand.
        label_names: Class of the card by label of the file; rows with other labels are left out. Ignored by tasks
            without classes.

    Raises:
        DataError: If nothing of it can be used: the columns do not fit the model, the labels are not what it predicts,
            or no row is left.
    """
    return _labelled(data, card.task, columns, card.input, card.classes, label_names)


def data_for_training(
    data: DataSet, task: str, columns: Columns, specification: InputSpecification | None = None
) -> LabelledData:
    """The examples of a data set that a new model can learn from; its classes are the labels of the file.

    Args:
        data: The rows.
        task: `"classification"` or `"regression"`.
        columns: Where input and label stand.
        specification: What the model takes; None for any text.

    Raises:
        DataError: As for `labelled_data`; also if there is only one class, or more than `MOST_CLASSES`.
    """
    if task != "classification":
        return _labelled(data, task, columns, specification, (), {})
    _check_columns(data, columns)
    labels = sorted(labels_in(data, columns.label), key=_by_number)
    if len(labels) > MOST_CLASSES:
        raise DataError(
            f"Column {quoted(columns.label)} holds {len(labels):,} different labels, and a model can learn at most "
            f"{MOST_CLASSES} classes. Choose the column of the label, or train a regression if it holds quantities."
        )
    if len(labels) < 2:
        raise DataError(
            f"A classification needs two classes or more. Column {quoted(columns.label)} holds "
            f"{f'only {listed(labels)}' if labels else 'no label'}."
        )
    return _labelled(data, task, columns, specification, labels, {label: label for label in labels})


def _labelled(
    data: DataSet,
    task: str,
    columns: Columns,
    specification: InputSpecification | None,
    classes: Sequence[str],
    label_names: Mapping[str, str],
) -> LabelledData:
    _check_columns(data, columns)
    targets = _targets(data, task, columns.label, classes, label_names)
    inputs = inputs_of_rows(data, columns.inputs, specification)
    usable: list[int] = []
    sequences: list[str | np.ndarray] = []
    for row, (sequence, target) in enumerate(zip(inputs, targets, strict=True)):
        if not isinstance(sequence, RowProblem) and not isinstance(target, RowProblem):
            usable.append(row)
            sequences.append(sequence)
    kept = LabelledData(
        name=data.name,
        sequences=sequences,
        targets=_array([targets[row] for row in usable], task),
        lines=data.lines[usable],
        task=task,
        classes=tuple(classes),
        columns=columns,
    )
    return problems_of(data, columns, inputs, targets, kept, specification)


def _check_columns(data: DataSet, columns: Columns) -> None:
    missing = [name for name in (*columns.inputs, columns.label) if name not in data.table]
    if missing or not columns.inputs:
        raise DataError(
            f"The data set has no column {listed(missing) or 'for the input'}. Its columns: {listed(data.columns)}."
        )
    if columns.label in columns.inputs:
        raise DataError(f"Column {quoted(columns.label)} cannot be the input and the label. Choose two columns.")


def _targets(
    data: DataSet, task: str, label: str, classes: Sequence[str], label_names: Mapping[str, str]
) -> Sequence[int | float | str | np.ndarray | RowProblem]:
    if task == "regression":
        return numbers_of_rows(data, label)
    if task == "seq2seq":
        return texts_of_rows(data, label)
    if task not in _OF_CLASSES:
        raise DataError("The model predicts nothing, so there is nothing to compare with labels.")
    unknown = [name for name in label_names.values() if name not in classes]
    if unknown:
        raise DataError(f"The model has no class {listed(dict.fromkeys(unknown))}. Its classes: {listed(classes)}.")
    index = {text: classes.index(name) for text, name in label_names.items()}
    read = classes_of_rows if task == "classification" else token_classes_of_rows
    return read(data, label, index)


def _array(targets: Sequence[object], task: str) -> np.ndarray:
    if task == "classification":
        return np.array(targets, dtype=np.int64)
    if task == "regression":
        return np.array(targets, dtype=np.float64)
    array = np.empty(len(targets), dtype=object)
    array[:] = targets if task == "seq2seq" else [None] * len(targets)
    if task == "token_classification":
        for position, target in enumerate(targets):
            array[position] = target
    return array


def _by_number(label: str) -> tuple[int, float, str]:
    """Numbers by their size, and texts after them in the order of the alphabet."""
    try:
        return 0, float(label), label
    except ValueError:
        return 1, 0.0, label
