"""A model's card: what it does, what it takes, where it comes from and how good it was measured to be."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from attnviz.errors import CardError
from attnviz.sequences.specification import InputSpecification, NumericSpecification, TextSpecification

FILE_NAME = "card.json"
TASKS = ("classification", "token_classification", "regression")

_KINDS: dict[str, type[InputSpecification]] = {"text": TextSpecification, "numeric": NumericSpecification}


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One figure that was measured.

    Attributes:
        name: What was measured ("accuracy").
        value: The figure.
        split: On what ("test").
        interval: Lower and upper end of its 95 % interval, where one was computed.
        note: How it was measured ("mean of five seeds").
    """

    name: str
    value: float
    split: str
    interval: tuple[float, float] | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Example:
    """One input that ships with the model, and what the model said about it when it was trained.

    Attributes:
        sequence: Text, or steps by features.
        prediction: Predicted class (or value, for regression).
        probabilities: Probability of each class, in the order of the card's classes; empty for regression.
    """

    sequence: str | tuple[tuple[float, ...], ...]
    prediction: str | float
    probabilities: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Card:
    """The card of a model, as `card.json` beside its `model.keras`.

    Attributes:
        name: Name of the model's folder.
        title: What a person calls it.
        description: What it does, in a sentence or two.
        task: One of `TASKS`.
        input: What it takes.
        classes: Class names in the order of the outputs; empty for regression.
        target: What a regression predicts, with its unit; empty for classification.
        prediction_output: Which output is the prediction, where there are several.
        data: What it was trained on, with licence and attribution.
        splits: Number of examples of each split.
        metrics: Figures of the shipped model, and of the recipe over several seeds.
        baselines: The same figures of a simple model on the same split.
        parameters: Number of weights.
        training_seconds: How long training took, and on what, is in `training`.
        training: Seed, machine and settings.
        examples: A dozen inputs with their predictions.

    Raises:
        CardError: If a field is missing or impossible.
    """

    name: str
    title: str
    description: str
    task: str
    input: InputSpecification
    classes: tuple[str, ...] = ()
    target: str = ""
    prediction_output: int = 0
    data: str = ""
    splits: Mapping[str, int] = field(default_factory=dict)
    metrics: tuple[Metric, ...] = ()
    baselines: tuple[Metric, ...] = ()
    parameters: int = 0
    training_seconds: float = 0.0
    training: str = ""
    examples: tuple[Example, ...] = ()

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise CardError(f"`task` of card {self.name!r} must be one of {', '.join(TASKS)}. Received: {self.task!r}.")
        if self.task != "regression" and len(self.classes) < 2:
            raise CardError(
                f"Card {self.name!r} is for {self.task} and must name two classes or more. Received: {self.classes}."
            )
        object.__setattr__(self, "splits", MappingProxyType(dict(self.splits)))


def read_card(folder: Path) -> Card:
    """The card in `folder`.

    Raises:
        CardError: If there is none, or it cannot be used; the message names the file and the field.
    """
    path = folder / FILE_NAME
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CardError(f"{path} does not exist. A model folder holds `model.keras` and `{FILE_NAME}`.") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
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
    kind = next(kind for kind, cls in _KINDS.items() if isinstance(card.input, cls))
    return {
        **plain,
        "input": {"kind": kind, **asdict(card.input)},
        "splits": dict(card.splits),
        **{name: [asdict(one) for one in plain[name]] for name in ("metrics", "baselines", "examples")},
    }


def card_from_dict(content: Any, *, source: str = "card") -> Card:
    """The card that `card_to_dict` described.

    Raises:
        CardError: If a field is missing, unknown or impossible.
    """
    try:
        fields = dict(content)
        described = dict(fields.pop("input"))
        kind = described.pop("kind")
        if kind not in _KINDS:
            raise CardError(f"{source}: `input.kind` must be one of {', '.join(_KINDS)}. Received: {kind!r}.")
        return Card(
            **{
                **{name: _tuples(value) for name, value in fields.items()},
                "input": _KINDS[kind](**{name: _tuples(value) for name, value in described.items()}),
                **{
                    name: tuple(_record(Metric, one) for one in fields.get(name, ()))
                    for name in ("metrics", "baselines")
                },
                "examples": tuple(_record(Example, one) for one in fields.get("examples", ())),
            }
        )
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, CardError):
            raise
        raise CardError(f"{source} does not describe a model: {error}. docs/card.md gives the fields.") from error


def _record(cls: type, content: Mapping[str, Any]) -> Any:
    return cls(**{name: _tuples(value) for name, value in content.items()})


def _tuples(value: Any) -> Any:
    return tuple(_tuples(one) for one in value) if isinstance(value, list) else value
