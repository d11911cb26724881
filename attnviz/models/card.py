"""A model's card: what it does, what it takes, where it comes from and how good it was measured to be."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from attnviz.errors import CardError
from attnviz.sequences.document_specification import DocumentSpecification
from attnviz.sequences.field_checks import check_fields, received
from attnviz.sequences.output_specification import OutputSpecification
from attnviz.sequences.picture_specification import PictureSpecification
from attnviz.sequences.specification import (
    InputSpecification,
    NumericSpecification,
    RawTextSpecification,
    TextSpecification,
)

FILE_NAME = "card.json"
MODEL_FILE = "model.keras"
TASKS = ("classification", "token_classification", "regression", "seq2seq", "features")
OUTPUTS = ("probabilities", "logits")
COLUMNS = {"classification": ("prediction",), "token_classification": ("sequence", "position", "token", "prediction")}
"""Columns of a table of predictions beside those of the classes, which may have none of these names."""

_KINDS: dict[str, type[InputSpecification]] = {
    "text": TextSpecification,
    "raw_text": RawTextSpecification,
    "document": DocumentSpecification,
    "numeric": NumericSpecification,
}


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One figure that was measured.

    Attributes:
        name: What was measured ("accuracy").
        value: The figure.
        split: On what ("test").
        interval: Lower and upper end of its 95 % interval, where one was computed.
        note: How it was measured ("mean of five seeds").

    Raises:
        CardError: If a field has the wrong type, a number is not finite or the interval is upside down.
    """

    name: str
    value: float
    split: str
    interval: tuple[float, float] | None = None
    note: str = ""

    def __post_init__(self) -> None:
        check_fields(self, f"metric {received(self.name)}")
        if self.interval is not None and self.interval[0] > self.interval[1]:
            raise CardError(
                f"`interval` of metric {self.name!r} must give the lower end first. Received: {self.interval}."
            )


@dataclass(frozen=True, kw_only=True)
class Example:
    """One input that ships with the model, and what the model said about it when it was trained.

    Attributes:
        sequence: Text, or steps by features.
        prediction: Predicted class (or value, for regression, or text, for seq2seq).
        probabilities: Probability of each class, in the order of the card's classes; empty for regression; for seq2seq
            that of the whole text alone.
        made_up: Whether attnviz made the input up, for a model that came without one: nobody wrote or measured it.

    Raises:
        CardError: If a field has the wrong type, or a number is not finite.
    """

    sequence: str | tuple[tuple[float, ...], ...]
    prediction: str | float
    probabilities: tuple[float, ...] = ()
    made_up: bool = False

    def __post_init__(self) -> None:
        check_fields(self, "an example")


@dataclass(frozen=True, kw_only=True)
class Card:
    """The card of a model, as `card.json` beside its `model.keras`.

    Attributes:
        name: Name of the model: its folder's, whatever the file says, once it comes from `card_of_folder`.
        title: What a person calls it.
        description: What it does, in a sentence or two.
        task: One of `TASKS`; `"features"` is a model without a prediction, such as a backbone.
        input: What it takes.
        output: What it writes, for seq2seq; None for every other task.
        classes: Class names in the order of the outputs; empty for regression and features.
        target: What a regression predicts, with its unit; empty for classification.
        prediction_output: Which output is the prediction, where there are several.
        outputs: What a classifier gives, or a seq2seq model for each next token, one of `OUTPUTS`; logits are turned
            into probabilities.
        data: What it was trained on, with licence and attribution.
        splits: Number of examples of each split.
        metrics: Figures of the shipped model, and of the recipe over several seeds.
        baselines: The same figures of a simple model on the same split.
        parameters: Number of weights.
        training_seconds: How long training took, and on what, is in `training`.
        training: Seed, machine and settings.
        examples: A dozen inputs with their predictions.
        first_layer: The layer that is shown first, by its `AttentionMap.name`; empty for the first that the model has.

    Raises:
        CardError: If a field has the wrong type or is impossible.
    """

    name: str
    title: str
    description: str
    task: str
    input: InputSpecification
    output: OutputSpecification | None = None
    classes: tuple[str, ...] = ()
    target: str = ""
    prediction_output: int = 0
    outputs: str = "probabilities"
    data: str = ""
    splits: Mapping[str, int] = field(default_factory=dict)
    metrics: tuple[Metric, ...] = ()
    baselines: tuple[Metric, ...] = ()
    parameters: int = 0
    training_seconds: float = 0.0
    training: str = ""
    examples: tuple[Example, ...] = ()
    first_layer: str = ""

    def __post_init__(self) -> None:
        check_fields(self, f"card {received(self.name)}")
        if self.name in ("", ".", "..") or "/" in self.name or "\\" in self.name:
            raise CardError(
                f"`name` of a card must be one that a folder can have, without / and \\. Received: {self.name!r}."
            )
        if self.task not in TASKS:
            raise CardError(f"`task` of card {self.name!r} must be one of {', '.join(TASKS)}. Received: {self.task!r}.")
        if self.outputs not in OUTPUTS:
            raise CardError(
                f"`outputs` of card {self.name!r} must be one of {', '.join(OUTPUTS)}. Received: {self.outputs!r}."
            )
        for name in ("prediction_output", "parameters", "training_seconds"):
            self._check_not_negative(name, getattr(self, name))
        for split, size in self.splits.items():
            self._check_not_negative(f"splits.{split}", size)
        if self.task in COLUMNS:
            self._check_classes()
        self._check_output()
        for number, example in enumerate(self.examples, start=1):
            self._check_example(number, example)

    def _check_not_negative(self, name: str, value: float) -> None:
        if value < 0:
            raise CardError(f"`{name}` of card {self.name!r} must not be negative. Received: {value}.")

    def _check_classes(self) -> None:
        if len(self.classes) < 2:
            raise CardError(
                f"Card {self.name!r} is for {self.task} and must name two classes or more. Received: {self.classes}."
            )
        if len(set(self.classes)) != len(self.classes):
            twice = next(one for one in self.classes if self.classes.count(one) > 1)
            raise CardError(f"`classes` of card {self.name!r} must name each class once. Received twice: {twice!r}.")
        taken = [one for one in self.classes if one in COLUMNS[self.task]]
        if taken:
            raise CardError(
                f"`classes` of card {self.name!r} must leave the names {', '.join(COLUMNS[self.task])} to the other "
                f"columns of the table of predictions. Received: {taken[0]!r}."
            )

    def _check_output(self) -> None:
        if (self.output is not None) != (self.task == "seq2seq"):
            raise CardError(
                f"Card {self.name!r} must say in `output` what the model writes if its task is seq2seq, and only then. "
                f"Received: task {self.task!r} with{'' if self.output else 'out'} `output`."
            )
        if self.output is None:
            return
        if not isinstance(self.input, TextSpecification):
            raise CardError(f"The input of card {self.name!r}, which is for seq2seq, must be of the kind text.")
        if self.output.name in (self.input.name, *self.input.companions):
            raise CardError(
                f"`output.name` of card {self.name!r} must be another input of the model than what `input` fills. "
                f"Received: {self.output.name!r}."
            )

    def _check_example(self, number: int, example: Example) -> None:
        sequence = example.sequence
        if isinstance(self.input, NumericSpecification):
            features = len(self.input.features)
            fits = not isinstance(sequence, str) and all(len(row) == features for row in sequence)
            expected = f"rows of {features} numbers, one for each feature"
        else:
            fits, expected = isinstance(sequence, str), "text"
        if not fits or not sequence:
            raise CardError(
                f"`sequence` of example {number} of card {self.name!r} must be {expected}. "
                f"Received: {received(sequence)}."
            )


def card_of_folder(folder: Path) -> Card:
    """The card in `folder`, under the folder's name, which is the model's name everywhere.

    Raises:
        CardError: As for `read_card`.
    """
    return replace(read_card(folder), name=Path(os.path.abspath(folder)).name)


def read_card(folder: Path) -> Card:
    """The card in `folder`, as its file says.

    Raises:
        CardError: If there is none, or it cannot be used; the message names the file and the field.
    """
    path = folder / FILE_NAME
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CardError(f"{path} does not exist. A model folder holds `{MODEL_FILE}` and `{FILE_NAME}`.") from None
    except OSError as error:
        raise CardError(f"{path} cannot be read: {error.strerror}.") from error
    except RecursionError:
        raise CardError(
            f"{path} holds lists or objects inside each other, thousands deep, as no card does. Write it again as "
            "docs/card.md describes."
        ) from None
    except ValueError as error:  # no JSON, no UTF-8, a number of thousands of digits
        raise CardError(f"{path} is not valid JSON: {error}.") from error
    return card_from_dict(content, source=str(path))


def write_card(card: Card, folder: Path) -> Path:
    """Write the card into `folder`; returns its path."""
    path = folder / FILE_NAME
    path.write_text(json.dumps(card_to_dict(card), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def card_to_dict(card: Card) -> dict[str, Any]:
    """The card as plain data, ready for JSON."""
    plain = {name: getattr(card, name) for name in Card.__dataclass_fields__}
    kind = next(kind for kind, cls in _KINDS.items() if type(card.input) is cls)  # documents are texts too
    return {
        **plain,
        "input": {"kind": kind, **_plain_fields(card.input)},
        "output": None if card.output is None else _plain_fields(card.output),
        "splits": dict(card.splits),
        **{name: [asdict(one) for one in plain[name]] for name in ("metrics", "baselines", "examples")},
    }


def _plain_fields(specification: InputSpecification | OutputSpecification) -> dict[str, Any]:
    """Its fields, with mappings and records that JSON can write."""
    values = {one.name: getattr(specification, one.name) for one in fields(specification)}
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return dict(value) if isinstance(value, Mapping) else value


def card_from_dict(content: Any, *, source: str = "card") -> Card:
    """The card that `card_to_dict` described.

    Raises:
        CardError: If a field is missing, unknown or impossible; the message starts with `source`.
    """
    try:
        given = dict(content)
        described = dict(given.pop("input"))
        written = given.pop("output", None)
        kind = described.pop("kind")
        if described.get("picture") is not None:
            described["picture"] = PictureSpecification(**described["picture"])
        if kind not in _KINDS:
            raise CardError(f"`input.kind` must be one of {', '.join(_KINDS)}. Received: {kind!r}.")
        records: dict[str, Any] = {
            name: tuple(cls(**one) for one in given.pop(name, ()))
            for name, cls in (("metrics", Metric), ("baselines", Metric), ("examples", Example))
        }
        output = None if written is None else OutputSpecification(**written)
        return Card(**given, **records, input=_KINDS[kind](**described), output=output)
    except CardError as error:
        raise CardError(f"{source}: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise CardError(f"{source} does not describe a model: {error}. docs/card.md gives the fields.") from error
