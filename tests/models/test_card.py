import json
import re

import pytest

from attnviz.errors import CardError
from attnviz.models.card import Card, Example, Metric, card_from_dict, card_to_dict, read_card, write_card
from attnviz.sequences.specification import NumericSpecification, TextSpecification


def _card(**changes):
    fields = {
        "name": "moods",
        "title": "Moods",
        "description": "Tells good from bad.",
        "task": "classification",
        "input": TextSpecification(name="tokens", vocabulary=("good", "bad"), maximum_length=9),
        "classes": ("bad", "good"),
        "splits": {"train": 8, "test": 2},
        "metrics": (Metric(name="accuracy", value=0.75, split="test", interval=(0.5, 0.9), note="five seeds"),),
        "baselines": (Metric(name="accuracy", value=0.5, split="test"),),
        "examples": (Example(sequence="good", prediction="good", probabilities=(0.1, 0.9)),),
    }
    return Card(**{**fields, **changes})


@pytest.mark.parametrize(
    "card",
    [
        _card(),
        _card(
            task="regression",
            classes=(),
            target="price (euros)",
            input=NumericSpecification(name="days", features=("open", "close"), maximum_length=30, scale=10.0),
            examples=(Example(sequence=((1.0, 2.0), (3.0, 4.0)), prediction=1.5),),
        ),
    ],
    ids=["text", "numeric"],
)
def test_a_card_survives_its_file(card, tmp_path):
    write_card(card, tmp_path)
    again = read_card(tmp_path)
    assert card_to_dict(again) == card_to_dict(card)
    assert again.input == card.input
    assert again.examples == card.examples
    assert again.metrics == card.metrics


def test_nobody_can_change_a_card():
    card = _card()
    with pytest.raises(TypeError):
        card.splits["train"] = 9
    with pytest.raises(AttributeError):
        card.name = "other"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"task": "magic"}, "`task` of card 'moods' must be one of classification, token_classification, regression"),
        ({"classes": ["only"]}, "must name two classes or more"),
        ({"input": {"kind": "sound"}}, "`input.kind` must be one of text, numeric. Received: 'sound'"),
        ({"input": {"kind": "text", "name": "tokens"}}, "does not describe a model"),
        ({"surprise": 1}, "does not describe a model"),
    ],
)
def test_an_impossible_card_is_refused(change, message):
    with pytest.raises(CardError, match=re.escape(message)):
        card_from_dict({**card_to_dict(_card()), **change})


def test_a_missing_field_is_named():
    content = card_to_dict(_card())
    del content["input"]
    with pytest.raises(CardError, match="'input'"):
        card_from_dict(content)
    with pytest.raises(CardError, match="does not describe a model"):
        card_from_dict(["a", "list"])


def test_files_that_are_no_cards(tmp_path):
    with pytest.raises(CardError, match=r"card.json does not exist. A model folder holds"):
        read_card(tmp_path)
    (tmp_path / "card.json").write_text("{")
    with pytest.raises(CardError, match=r"card.json is not valid JSON"):
        read_card(tmp_path)
    (tmp_path / "card.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CardError, match="not valid JSON"):
        read_card(tmp_path)
    (tmp_path / "card.json").write_text(json.dumps(5))
    with pytest.raises(CardError, match="does not describe a model"):
        read_card(tmp_path)
