"""Which columns of a file are the input and which is the label: by their names, then by what stands in them."""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pandas as pd

from attnviz.errors import DataError, InputError
from attnviz.evaluation.examples import Columns
from attnviz.evaluation.inputs_of_rows import is_missing
from attnviz.evaluation.label_names import guessed_names, labels_in
from attnviz.models.card import Card
from attnviz.sequences.data_sets import DataSet
from attnviz.sequences.layout import Layout, layout_of
from attnviz.sequences.messages import listed
from attnviz.sequences.numeric import is_number
from attnviz.sequences.specification import InputSpecification, NumericSpecification

_LABELS = (
    ("label", "labels", "class", "classes", "target", "targets", "category", "y", "gold", "truth", "answer"),
    ("sentiment", "polarity", "tag", "tags", "rating", "score", "value", "is_spam", "spam", "output", "v1"),
)
_EXPECTED = ("output", "translation", "reference", "expected", "target", "summary", "answer", "label", "y")
_TEXTS = (
    *("text", "sentence", "review", "message", "sms", "comment", "content", "body", "document", "tokens", "words"),
    *("input", "source", "sequence", "question", "tweet", "title", "x", "v2"),
)
_SERIES = ("x", "sequence", "sequences", "series", "values", "input", "inputs", "image", "images", "pixels", "data")
_NO_INPUT = ("id", "index", "row", "split", "fold", "line", "unnamed: 0", "column 1")
_NUMBERED = re.compile(r"^(.*?)[ _.\-]*\d+$")
_ROWS_LOOKED_AT = 1_000
_MOST_CLASSES = 50


def guess_columns(data: DataSet, card: Card) -> Columns:
    """The columns that most likely are the input and the label for the model of `card`.

    Raises:
        DataError: If the file has a single column, or none that can be the input.
    """
    written = card.output.name if card.output is not None else card.target
    return columns_for(data, task=card.task, specification=card.input, classes=card.classes, written=written)


def columns_for(
    data: DataSet,
    *,
    task: str,
    specification: InputSpecification | None = None,
    classes: Sequence[str] = (),
    written: str = "",
) -> Columns:
    """The same without a card.

    Args:
        data: The rows.
        task: As in a card.
        specification: What the model takes; None for any text.
        classes: Names of its classes, if they are known.
        written: What it predicts or writes, as a column might be called.

    Raises:
        DataError: As for `guess_columns`.
    """
    if len(data.columns) < 2:
        raise DataError(
            f"The file must have a column with the input and one with the label. Received: {listed(data.columns)}."
        )
    looked_at = data.table.head(_ROWS_LOOKED_AT)
    name = specification.name if specification is not None else ""
    if task == "seq2seq":
        label = _named(data.columns, (written, *_EXPECTED)) or _last_text(looked_at)
        inputs = [column for column in data.columns if column != label]
        return Columns(inputs=(_text_column(looked_at[inputs], name),), label=label)
    label = _label(data, looked_at, task, classes, (written,), (name, *_TEXTS, *_SERIES))
    left = looked_at[[column for column in data.columns if column != label]]
    if isinstance(specification, NumericSpecification):
        return Columns(inputs=_numeric_columns(left, specification), label=label)
    return Columns(inputs=(_text_column(left, name),), label=label)


def _named(columns: Sequence[str], names: Sequence[str]) -> str | None:
    plain: dict[str, str] = {}
    for column in columns:
        plain.setdefault(column.strip().casefold(), column)
    return next((plain[name.casefold()] for name in names if name and name.casefold() in plain), None)


def _label(
    data: DataSet,
    looked_at: pd.DataFrame,
    task: str,
    classes: Sequence[str],
    first: Sequence[str],
    inputs: Sequence[str],
) -> str:
    """The label column of a task that is not seq2seq."""
    input_name = _named(data.columns, inputs)
    candidates = [column for column in data.columns if column != input_name] or list(data.columns)
    fitting = [column for column in candidates if _fits(looked_at[column], task)]
    pool = fitting or candidates
    for names in (first, *_LABELS):
        if (named := _named(pool, names)) is not None:
            return named
    if task == "classification":
        return max(pool, key=lambda column: _likeness(data, column, classes))
    return pool[-1]


def _fits(column: pd.Series, task: str) -> bool:
    values = [value for value in column if not is_missing(value)]
    if task == "regression":
        return bool(values) and sum(is_number(str(value)) for value in values) > len(values) / 2
    if task == "token_classification":
        return any(isinstance(value, list) or (isinstance(value, str) and " " in value.strip()) for value in values)
    return bool(values) and all(isinstance(value, str) or not hasattr(value, "__len__") for value in values)


def _likeness(data: DataSet, column: str, classes: Sequence[str]) -> tuple[float, float, int]:
    """How much a column looks like labels: the share that is a class, few different values, and standing last."""
    counts = labels_in(data, column)
    total = sum(counts.values()) or 1
    named = guessed_names(list(counts), classes) if classes else {}
    known = sum(counts[label] for label in named) / total
    few = 1.0 - len(counts) / total if len(counts) <= _MOST_CLASSES else 0.0
    return known, few, data.columns.index(column)


def _names(table: pd.DataFrame) -> list[str]:
    return [str(name) for name in table.columns]


def _text_column(table: pd.DataFrame, name: str) -> str:
    texts = [column for column in _names(table) if any(isinstance(value, (str, list)) for value in table[column])]
    pool = texts or _names(table)
    return _named(pool, (name, *_TEXTS)) or max(pool, key=lambda column: _average_length(list(table[column])))


def _last_text(table: pd.DataFrame) -> str:
    texts = [column for column in _names(table) if any(isinstance(value, str) for value in table[column])]
    return (texts or _names(table))[-1]


def _average_length(values: Sequence[Any]) -> float:
    return sum(len(str(value)) for value in values if not is_missing(value)) / max(1, len(values))


def _numeric_columns(table: pd.DataFrame, specification: NumericSpecification) -> tuple[str, ...]:
    """A column of series, or those columns of single numbers that together are one."""
    series = [column for column in _names(table) if _holds_series(table[column])]
    if series:
        return (_named(series, (specification.name, *_SERIES)) or series[0],)
    numbers = [column for column in _names(table) if _fits(table[column], "regression")]
    others = [column for column in numbers if column.strip().casefold() not in _NO_INPUT]
    families: dict[str, list[str]] = defaultdict(list)
    for column in numbers:
        if stem := _NUMBERED.match(column.strip()):
            families[stem.group(1)].append(column)
    sets: list[list[str]] = [*sorted(families.values(), key=len, reverse=True), numbers, others]
    for columns in sets:
        if columns and _is_whole(len(columns), specification):
            return tuple(columns)
    if others:
        return tuple(others)
    raise DataError(f"The model takes numbers, and the file holds no column of them. Columns: {listed(_names(table))}.")


def _holds_series(column: pd.Series) -> bool:
    value = next((value for value in column if not is_missing(value)), None)
    if isinstance(value, str):
        return not is_number(value) and bool(re.search(r"\d[\s,;\]]+[\[\d.\-+]", value))
    return hasattr(value, "__len__")


def _is_whole(width: int, specification: NumericSpecification) -> bool:
    wanted = specification.length
    if wanted is not None and width != wanted * len(specification.features):
        return False
    try:
        return layout_of(width, specification) is Layout.SEQUENCES or specification.length == 1
    except InputError:
        return False
