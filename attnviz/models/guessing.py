"""A card for a model that came without one: guessed from the model as far as that goes, finished by a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras

from attnviz.errors import CardError
from attnviz.models.card import Card, card_from_dict
from attnviz.models.input_guesses import guess_input
from attnviz.models.model_layers import parameters_of
from attnviz.models.output_guesses import guess_output
from attnviz.sequences.specification import TextSpecification
from attnviz.sequences.vocabulary_files import Vocabulary


@dataclass(frozen=True, eq=False, kw_only=True)
class GuessedCard:
    """What a model says about itself.

    Attributes:
        card_fields: Fields of a card as `card.json` has them, `input` among them; where a guess is possible.
        missing: What a person must still say: the field (`"input.vocabulary"`, `"classes"`), and a sentence that asks
            for it.
        reasons: For guessed fields, where the guess comes from, a sentence each.
        vocabulary_size: How many ids the model takes; None if it takes none, or does not say.
        class_count: How many classes the model tells apart; None if it does not say.
        problem: Why the model cannot be used whatever a person answers; `""` where it can.
    """

    card_fields: Mapping[str, Any]
    missing: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    vocabulary_size: int | None = None
    class_count: int | None = None
    problem: str = ""


def guess_card(model: keras.Model, name: str) -> GuessedCard:
    """What can be read from `model` for its card; the model is not run, unless it declares no outputs.

    Args:
        model: Any Keras model.
        name: Name for the model; the file's, without its ending.
    """
    taken = guess_input(model)
    given = guess_output(model, taken)
    parameters = parameters_of(model)
    fields = {
        "name": name,
        "title": name.replace("_", " ").replace("-", " ").strip().capitalize() or name,
        "description": f"A Keras model of {parameters:,} parameters.",
        "input": taken.fields,
        "parameters": parameters,
        **given.fields,
    }
    return GuessedCard(
        card_fields=fields,
        missing={**taken.missing, **given.missing},
        reasons={**taken.reasons, **given.reasons},
        vocabulary_size=taken.vocabulary_size,
        class_count=given.class_count,
        problem=taken.problem,
    )


def finished_card(guess: GuessedCard, answers: Mapping[str, Any] | None = None) -> Card:
    """The card from the guesses and what a person said.

    Args:
        guess: Of `guess_card`.
        answers: Values by field: those of a card, those of its input as `"input.maximum_length"`. They come before
            the guesses; None takes the guess. `"input.vocabulary"` may be a `Vocabulary`, whose ids count too, or a
            list of tokens. `"input.companions.NAME"` says what one further input holds.

    Raises:
        CardError: If something is missing or impossible; the message names the field. If the guess has a `problem`.
    """
    if guess.problem:
        raise CardError(guess.problem)
    given = {name: value for name, value in (answers or {}).items() if value is not None}
    for name, sentence in guess.missing.items():
        if name not in given and not _is_settled(name, given):
            raise CardError(f"`{name}` must be given. {sentence}")
    content = dict(guess.card_fields)
    described = dict(content.get("input", {}))
    kind = given.get("input.kind", described.get("kind"))
    if kind != described.get("kind"):
        described = {"kind": kind, "name": described.get("name", "input")}
    vocabulary = given.pop("input.vocabulary", None)
    if isinstance(vocabulary, Vocabulary):
        described |= vocabulary.fields()
    elif vocabulary is not None:
        described["vocabulary"] = list(vocabulary) if _is_list(vocabulary) else vocabulary
    for name, value in given.items():
        if name.startswith("input.companions."):
            companion = name.removeprefix("input.companions.")
            described["companions"] = {**described.get("companions", {}), companion: value}
        elif name.startswith("input."):
            described[name.removeprefix("input.")] = value
        else:
            content[name] = value
    content["input"] = described
    if content.get("task") in ("regression", "features"):
        content.pop("classes", None)
        content.pop("outputs", None)
    card = card_from_dict(content, source=f"The card of {content.get('name')!r}")
    _check_sizes(card, guess)
    return card


def _is_settled(name: str, given: Mapping[str, Any]) -> bool:
    """Whether another answer makes this one needless: numbers have no vocabulary, a regression no classes."""
    if name == "classes":
        return given.get("task") in ("regression", "features")
    if name == "target":
        return given.get("task", "regression") != "regression"
    if name.startswith("input.") and "input.kind" in given:
        return name != "input.vocabulary" or given["input.kind"] != "text"
    return False


def _check_sizes(card: Card, guess: GuessedCard) -> None:
    count = guess.class_count
    if count is not None and card.task in ("classification", "token_classification") and len(card.classes) != count:
        raise CardError(
            f"`classes` of card {card.name!r} must name each of the model's {count} classes. "
            f"Received: {len(card.classes)}."
        )
    if isinstance(card.input, TextSpecification) and guess.vocabulary_size is not None:
        ids = [card.input.first_id + len(card.input.vocabulary) - 1, card.input.padding_id]
        ids += [one for one in (card.input.unknown_id,) if one is not None]
        ids += [*card.input.before.values(), *card.input.after.values()]
        if max(ids) >= guess.vocabulary_size:
            raise CardError(
                f"`vocabulary` of input {card.input.name!r} must give ids below {guess.vocabulary_size:,}, which is "
                f"what the model takes. Received: ids up to {max(ids):,}. Is `first_id` right?"
            )


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
