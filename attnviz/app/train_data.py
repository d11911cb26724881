"""What of a data set a model is trained on: which columns, texts or numbers, and classes or numbers to learn."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from attnviz.errors import DataError
from attnviz.evaluation.labelled import Columns, LabelledData, columns_for, data_for_training
from attnviz.sequences.data_sets import DataSet
from attnviz.sequences.messages import quoted
from attnviz.sequences.numeric import is_number
from attnviz.sequences.specification import NumericSpecification
from attnviz.training.architecture_list import SERIES, TEXT
from attnviz.training.training_data import TrainingData, guess_task, training_data

STEPS = "steps"
_ROWS_LOOKED_AT = 1_000


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a data set is read.

    Attributes:
        kind: `"text"` or `"series"` of numbers.
        task: `"classification"` or `"regression"`.
        columns: Where input and label stand.
    """

    kind: str
    task: str
    columns: Columns


@dataclass(frozen=True, eq=False, kw_only=True)
class Prepared:
    """A data set that a model can be trained on.

    Attributes:
        reading: How it was read.
        labelled: Its examples, with what was found in it and what was done about it.
        training: The same, checked for training.
    """

    reading: Reading
    labelled: LabelledData
    training: TrainingData


def guess_reading(data: DataSet) -> Reading:
    """How the data set most likely is meant.

    Raises:
        DataError: If it has no two columns, or none that can be the input.
    """
    columns = columns_for(data, task="classification")
    kind = TEXT if _is_text(data, columns.inputs[0]) else SERIES
    if kind == SERIES:
        columns = guess_columns_of(data, kind, "classification")
    return Reading(kind=kind, task=task_of(data, columns.label), columns=columns)


def guess_columns_of(data: DataSet, kind: str, task: str) -> Columns:
    """The columns that most likely are input and label, for this kind of input and task.

    Raises:
        DataError: As for `guess_reading`.
    """
    series = NumericSpecification(name=STEPS, features=("value",))
    return columns_for(data, task=task, specification=series if kind == SERIES else None)


def task_of(data: DataSet, label: str) -> str:
    """Whether a label column holds classes or numbers to predict, as far as one can tell."""
    values = [value for value in data.table[label].head(_ROWS_LOOKED_AT) if np.isscalar(value) and value == value]
    return guess_task(values) if values else "classification"


def prepare(data: DataSet, reading: Reading) -> Prepared:
    """The examples that a model can learn from.

    Raises:
        DataError: If the columns are no input and no label.
        TrainingError: If nothing can be learned from what is left of them.
    """
    specification = None if reading.kind == TEXT else series_specification(data, reading.columns)
    labelled = data_for_training(data, reading.task, reading.columns, specification)
    training = training_data(
        labelled.sequences,
        labelled.targets,
        task=reading.task,
        classes=labelled.classes or None,
        name=data.name,
        target=reading.columns.label,
        features=None if specification is None else specification.features,
        lines=labelled.lines.tolist(),
    )
    return Prepared(reading=reading, labelled=labelled, training=training)


def series_specification(data: DataSet, columns: Columns) -> NumericSpecification:
    """What a step of the series is, and how many there are where the columns say it.

    Raises:
        DataError: If the columns hold no series.
    """
    if len(columns.inputs) > 1:
        return NumericSpecification(name=STEPS, features=("value",), length=len(columns.inputs))
    name = columns.inputs[0]
    shape = next((np.shape(value) for value in data.table[name] if isinstance(value, np.ndarray)), None)
    if shape is None and not any(isinstance(value, str) and not is_number(value) for value in data.table[name]):
        raise DataError(
            f"Column {quoted(name)} holds one number a row, and attention runs over the steps of a series. Choose "
            "several columns of numbers, one for each step, or a column of lists."
        )
    features = 1 if shape is None or len(shape) < 2 else int(np.prod(shape[1:]))
    names = ("value",) if features == 1 else tuple(f"feature {number}" for number in range(1, features + 1))
    return NumericSpecification(name=STEPS, features=names)


def _is_text(data: DataSet, column: str) -> bool:
    values: Any = data.table[column].head(_ROWS_LOOKED_AT)
    return any(isinstance(value, str) and not is_number(value) for value in values) or any(
        isinstance(value, list) for value in values
    )
