"""Labelled sequences for training: checked, with classes counted or numbers read. Free of Keras."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from attnviz.errors import TrainingError
from attnviz.models.card import COLUMNS
from attnviz.records import read_only
from attnviz.sequences.messages import counted, quoted
from attnviz.sequences.text import split_words
from attnviz.training.architecture_list import SERIES, TASKS, TEXT
from attnviz.training.class_labels import classes_of

CLASSIFICATION, REGRESSION = TASKS
LEAST_ROWS = 10
"""Fewer labelled sequences cannot be shared among training, validation and test in any useful way."""

LEAST_OF_A_CLASS = 3
"""Different sequences that each class needs: one for each part."""

MOST_CLASSES = 100
LARGEST_NUMBER = 1e15
"""Squares of larger numbers come near to what float32 can hold."""

_FEW_NUMBERS = 20
"""Whole numbers with at most as many different values are taken for classes, unless a person says otherwise."""


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainingData:
    """Labelled sequences that a model can be trained on. `training_data` makes it.

    Attributes:
        name: What the data set is called.
        task: `"classification"` or `"regression"`.
        sequences: Texts, or series of numbers `[steps, features]`, float32, all of one shape.
        targets: `[examples]`, int64 indices into `classes`, or float64 numbers.
        classes: Class names, in the order of the outputs; empty for regression.
        target: What a regression predicts; empty for classes.
        features: Names of the numbers of a step; empty for texts.
        notices: What was left out, and why.
    """

    name: str
    task: str
    sequences: tuple[Any, ...]
    targets: np.ndarray
    classes: tuple[str, ...] = ()
    target: str = ""
    features: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        kind = np.int64 if self.task == CLASSIFICATION else np.float64
        object.__setattr__(self, "targets", read_only(self.targets, dtype=kind))

    @property
    def kind(self) -> str:
        """`"text"` or `"series"`."""
        return SERIES if self.features else TEXT


def training_data(
    sequences: Sequence[Any],
    targets: Sequence[Any] | np.ndarray,
    *,
    task: str | None = None,
    classes: Sequence[str] | None = None,
    name: str = "your data",
    target: str = "value",
    features: Sequence[str] | None = None,
    lines: Sequence[int] | None = None,
) -> TrainingData:
    """Check labelled sequences, and leave out those without a label or without content.

    Args:
        sequences: Texts; or series `[steps, features]` (`[steps]` for one feature), all of one length.
        targets: A label or a number for each; None or NaN where it is missing.
        task: `"classification"` or `"regression"`; None decides by the targets, see `guess_task`.
        classes: Class names, where `targets` are indices into them; None takes the labels themselves.
        name: What the data set is called.
        target: What a regression predicts.
        features: Names of a step's numbers; None counts them.
        lines: Where each stands in its file, for messages; None counts rows from 1.

    Raises:
        TrainingError: If nothing can be learned from them: fewer than `LEAST_ROWS`, one class only, a class with fewer
            than `LEAST_OF_A_CLASS` different sequences, text where numbers are to be predicted, series of several
            lengths …
    """
    # A series of pandas is read in its order, whatever its index says.
    sequences, targets = list(sequences), list(targets)
    if len(sequences) != len(targets):
        raise TrainingError(
            f"There must be one target for each sequence. Received: {len(sequences)} sequences and {len(targets)} "
            "targets."
        )
    if task is not None and task not in TASKS:
        raise TrainingError(f"`task` must be one of {', '.join(TASKS)}. Received: {task!r}.")
    places = list(range(1, len(sequences) + 1)) if lines is None else [int(line) for line in lines]
    labelled = ~np.asarray(pd.isna(pd.Series(list(targets), dtype=object)), dtype=bool)
    text = _are_texts(sequences)
    filled = np.fromiter((not text or bool(split_words(one)) for one in sequences), bool, len(sequences))
    kept = np.flatnonzero(labelled & filled).tolist()
    notices = (
        *_left_out("without a label", np.flatnonzero(~labelled), places),
        *_left_out("without any word", np.flatnonzero(labelled & ~filled), places),
    )
    if len(kept) < LEAST_ROWS:
        raise TrainingError(
            f"Training needs {LEAST_ROWS} labelled examples or more, better some hundreds: they are shared among "
            f"training, validation and test. Received: {len(kept)}" + (f" ({' '.join(notices)})" if notices else ".")
        )
    chosen = [sequences[index] for index in kept]
    values = [targets[index] for index in kept]
    kept_places = [places[index] for index in kept]
    names = () if text else _feature_names(features, chosen)
    checked = tuple(chosen) if text else _series(chosen, len(names), kept_places)
    if (task or guess_task(values)) == REGRESSION:
        return TrainingData(
            name=name,
            task=REGRESSION,
            sequences=checked,
            targets=_numbers(values, kept_places, target),
            target=target,
            features=names,
            notices=notices,
        )
    given, indices = classes_of(values, classes)
    data = TrainingData(
        name=name,
        task=CLASSIFICATION,
        sequences=checked,
        targets=indices,
        classes=given,
        features=names,
        notices=notices,
    )
    _check_classes(data)
    return data


def as_training_data(data: Any) -> TrainingData:
    """What `fit` was given: data that were checked, labelled data of an evaluation, or sequences and targets.

    Raises:
        TrainingError: As for `training_data`, or if it is something else.
    """
    if isinstance(data, TrainingData):
        return data
    if isinstance(data, tuple) and len(data) == 2:
        return training_data(*data)
    if all(hasattr(data, name) for name in ("sequences", "targets", "task", "classes", "lines", "name")):
        return training_data(
            data.sequences,
            data.targets,
            task=data.task,
            classes=data.classes if data.task == CLASSIFICATION else None,
            name=data.name,
            target=getattr(getattr(data, "columns", None), "label", "value"),
            lines=data.lines,
        )
    raise TrainingError(
        f"`data` must be labelled data, or a pair of sequences and their targets. Received: {type(data).__name__}."
    )


def guess_task(targets: Sequence[Any]) -> str:
    """Whether targets are classes or numbers to predict.

    Numbers are to be predicted if one of them is no whole number, or they have more than 20 different values; text is
    classes, unless all of it reads as such numbers.
    """
    numbers = pd.to_numeric(pd.Series(list(targets), dtype=object), errors="coerce")
    if numbers.isna().any() or any(isinstance(one, (bool, np.bool_)) for one in targets):
        return CLASSIFICATION
    whole = np.asarray(numbers == numbers.round()).all()
    return CLASSIFICATION if whole and numbers.nunique() <= _FEW_NUMBERS else REGRESSION


def group_of(sequence: Any) -> str | bytes:
    """What is equal for sequences that are the same but for case and white space: such stand in one part of a split."""
    return " ".join(sequence.casefold().split()) if isinstance(sequence, str) else sequence.tobytes()


def groups_of(sequences: Sequence[Any]) -> np.ndarray:
    """`[examples]`, int64: the number of each sequence's group."""
    numbers: dict[str | bytes, int] = {}
    return np.array([numbers.setdefault(group_of(one), len(numbers)) for one in sequences], dtype=np.int64)


def _are_texts(sequences: Sequence[Any]) -> bool:
    texts = sum(isinstance(one, str) for one in sequences)
    if texts not in (0, len(sequences)):
        at = next(index for index, one in enumerate(sequences) if isinstance(one, str) != isinstance(sequences[0], str))
        raise TrainingError(
            "Sequences must be all texts or all series of numbers. "
            f"Received: row {at + 1} is a {type(sequences[at]).__name__}, row 1 a {type(sequences[0]).__name__}."
        )
    return texts > 0


def _left_out(why: str, indices: np.ndarray, places: Sequence[int]) -> tuple[str, ...]:
    if not len(indices):
        return ()
    shown = ", ".join(str(places[index]) for index in indices[:5]) + (" …" if len(indices) > 5 else "")
    return (f"{counted(len(indices), 'row')} {why} left out (line {shown}).",)


def _feature_names(features: Sequence[str] | None, series: Sequence[Any]) -> tuple[str, ...]:
    if features is not None:
        return tuple(features)
    shape = np.shape(series[0])
    return ("value",) if len(shape) < 2 else tuple(f"feature {number}" for number in range(1, shape[1] + 1))


def _series(series: Sequence[Any], features: int, places: Sequence[int]) -> tuple[np.ndarray, ...]:
    arrays: list[np.ndarray] = []
    for one, place in zip(series, places, strict=True):
        try:
            array = np.asarray(one, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise TrainingError(f"The series in line {place} must hold numbers alone: {error}.") from error
        array = array[:, np.newaxis] if array.ndim == 1 else array
        if array.ndim != 2 or array.shape[1] != features or not len(array):
            raise TrainingError(
                f"The series in line {place} must have the shape [steps, {features}]. Received: {array.shape}."
            )
        if not np.isfinite(array).all():
            raise TrainingError(
                f"The series in line {place} holds NaN or infinity. Fill in or leave out what is missing."
            )
        if np.abs(array).max() > LARGEST_NUMBER:
            raise TrainingError(
                f"The series in line {place} must hold numbers from -1e15 to 1e15. Received: {np.abs(array).max():g}. "
                "Choose another unit."
            )
        if arrays and len(array) != len(arrays[0]):
            raise TrainingError(
                f"All series must have one length. Received: {len(arrays[0])} steps in line {places[0]}, {len(array)} "
                f"in line {place}. Cut them, or sample them anew to one length."
            )
        arrays.append(read_only(array.astype(np.float32), dtype=np.float32))
    return tuple(arrays)


def _numbers(values: Sequence[Any], places: Sequence[int], target: str) -> np.ndarray:
    numbers = pd.to_numeric(pd.Series(list(values), dtype=object), errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if len(wrong):
        raise TrainingError(
            f"A regression predicts numbers, and {counted(len(wrong), 'label')} of {target!r} are none: "
            f"{quoted(str(values[wrong[0]]))} in line {places[wrong[0]]}. Choose classification, or another column."
        )
    if np.ptp(numbers) == 0:
        raise TrainingError(f"All values of {target!r} are {numbers[0]:g}: there is nothing to predict.")
    if np.abs(numbers).max() > LARGEST_NUMBER or np.std(numbers) < 1e-15:
        raise TrainingError(
            f"The values of {target!r} must be from -1e15 to 1e15 and differ by more than 1e-15. Choose another unit. "
            f"Received: {numbers.min():g} to {numbers.max():g}."
        )
    return numbers


def _check_classes(data: TrainingData) -> None:
    if len(data.classes) < 2:
        only = f": {quoted(data.classes[0])}" if data.classes else ""
        raise TrainingError(
            f"All {len(data.targets)} labels are the same{only}. A classifier needs examples of two classes or more."
        )
    if len(data.classes) > MOST_CLASSES:
        raise TrainingError(
            f"There are {len(data.classes):,} different labels, more than the {MOST_CLASSES} classes that can be "
            "learned. Choose another column of labels, or regression if they are numbers."
        )
    reserved = [one for one in data.classes if one in COLUMNS[CLASSIFICATION] or not one]
    if reserved:
        raise TrainingError(
            f"A class cannot be called {quoted(reserved[0])}: give it another name in the data, and try again."
        )
    groups = groups_of(data.sequences)
    different = [len(np.unique(groups[data.targets == index])) for index in range(len(data.classes))]
    rare = [index for index, count in enumerate(different) if count < LEAST_OF_A_CLASS]
    if rare:
        named = ", ".join(f"{quoted(data.classes[index])} ({different[index]})" for index in rare[:5])
        raise TrainingError(
            f"Each class needs {LEAST_OF_A_CLASS} different examples or more, so that training, validation and test "
            f"all have one. Too few: {named}{' and others' if len(rare) > 5 else ''}. Add examples, or leave "
            f"{'this class' if len(rare) == 1 else 'these classes'} out."
        )
