import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.errors import CardError
from attnviz.models.card import (
    Card,
    Example,
    Metric,
    card_from_dict,
    card_of_folder,
    card_to_dict,
    read_card,
    write_card,
)
from attnviz.sequences.picture_specification import PictureSpecification
from attnviz.sequences.specification import (
    COMPANIONS,
    PADDING_SIDES,
    NumericSpecification,
    RawTextSpecification,
    TextSpecification,
)
from attnviz.sequences.splitting import SPLITTINGS

METRIC = {"name": "accuracy", "value": 0.75, "split": "test"}


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
        _card(task="features", classes=(), input=RawTextSpecification(name="text", maximum_length=9), examples=()),
        _card(
            outputs="logits",
            input=TextSpecification(
                name="ids",
                vocabulary=("[CLS]", "film"),
                maximum_length=9,
                splitting="wordpiece",
                first_id=0,
                padding_id=7,
                unknown_id=None,
                before={"[CLS]": 0},
                after={"[SEP]": 8},
                padding_side="left",
                fixed_length=True,
                companions={"mask": "mask"},
            ),
        ),
    ],
    ids=["text", "numeric", "raw text", "another's text"],
)
def test_a_card_survives_its_file(card, tmp_path):
    write_card(card, tmp_path)
    again = read_card(tmp_path)
    assert card_to_dict(again) == card_to_dict(card)
    assert again.input == card.input
    assert again.examples == card.examples
    assert again.metrics == card.metrics


IDS = st.integers(0, 40_000)
NAMES = st.text(min_size=1, max_size=5)
TEXT_INPUTS = st.builds(
    TextSpecification,
    name=st.just("ids"),
    vocabulary=st.lists(st.text(max_size=5), unique=True, max_size=5),
    maximum_length=st.integers(7, 999),
    lowercase=st.booleans(),
    splitting=st.sampled_from(sorted(SPLITTINGS)),
    first_id=IDS,
    padding_id=IDS,
    unknown_id=st.none() | IDS,
    before=st.dictionaries(NAMES, IDS, max_size=3),
    after=st.dictionaries(NAMES, IDS, max_size=3),
    padding_side=st.sampled_from(PADDING_SIDES),
    fixed_length=st.booleans(),
    companions=st.dictionaries(NAMES.filter(lambda name: name != "ids"), st.sampled_from(COMPANIONS), max_size=3),
)
RAW_INPUTS = st.builds(
    RawTextSpecification,
    name=NAMES,
    maximum_length=st.none() | st.integers(1, 999),
    splitting=st.none() | st.sampled_from(sorted(SPLITTINGS)),
    lowercase=st.booleans(),
    padding=st.text(max_size=5),
)

NUMERIC_INPUTS = st.builds(
    NumericSpecification,
    name=NAMES,
    features=st.just(tuple("abcdefghi")),
    length=st.just(4),
    picture=st.none()
    | st.builds(
        PictureSpecification,
        white=st.floats(0, 1),
        black=st.floats(2, 3),
        channels=st.sampled_from((1, 3)),
        patch=st.none() | st.just((2, 1)),
        background=st.sampled_from((None, "white", "black")),
        margin=st.integers(0, 1),
    ),
)


@given(TEXT_INPUTS | RAW_INPUTS | NUMERIC_INPUTS)
def test_any_input_survives_json(specification):
    card = _card(input=specification, examples=())
    assert card_from_dict(json.loads(json.dumps(card_to_dict(card)))).input == specification


def test_a_card_of_before_these_fields_means_what_it_meant():
    content = card_to_dict(_card())
    for name in set(content["input"]) - {"kind", "name", "vocabulary", "maximum_length", "lowercase"}:
        del content["input"][name]
    del content["outputs"]
    assert card_from_dict(content) == _card()
    assert card_from_dict(content).input.ids == {"good": 2, "bad": 3}


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
        (
            {"input": {"kind": "sound"}},
            "`input.kind` must be one of text, raw_text, document, numeric. Received: 'sound'",
        ),
        ({"input": {"kind": "text", "name": "tokens"}}, "does not describe a model"),
        ({"surprise": 1}, "does not describe a model"),
        ({"classes": "0123456789"}, "`classes` of card 'moods' must be a list of text. Received: '0123456789'"),
        ({"classes": [1, 2]}, "`classes` of card 'moods' must be a list of text. Received: (1, 2)"),
        ({"classes": ["a", "a"]}, "must name each class once. Received twice: 'a'"),
        ({"classes": ["prediction", "a"]}, "must leave the names prediction to the other columns"),
        (
            {"task": "token_classification", "classes": ["a", "token"]},
            "must leave the names sequence, position, token, prediction to the other columns",
        ),
        ({"outputs": "percent"}, "`outputs` of card 'moods' must be one of probabilities, logits. Received: 'percent'"),
        ({"name": 5}, "`name` of card 5 must be text. Received: 5"),
        ({"name": "a/b"}, r"`name` of a card must be one that a folder can have, without / and \. Received: 'a/b'"),
        ({"name": ""}, r"must be one that a folder can have, without / and \. Received: ''"),
        ({"description": None}, "`description` of card 'moods' must be text. Received: None"),
        ({"prediction_output": -1}, "`prediction_output` of card 'moods' must not be negative. Received: -1"),
        ({"prediction_output": True}, "`prediction_output` of card 'moods' must be a whole number. Received: True"),
        ({"parameters": "many"}, "`parameters` of card 'moods' must be a whole number. Received: 'many'"),
        ({"parameters": 1.5}, "must be a whole number. Received: 1.5"),
        ({"training_seconds": float("inf")}, "`training_seconds` of card 'moods' must be a finite number"),
        ({"splits": {"test": "2"}}, "`splits` of card 'moods' must be an object of whole numbers"),
        ({"splits": {"test": -2}}, "`splits.test` of card 'moods' must not be negative. Received: -2"),
        ({"splits": 5}, "`splits` of card 'moods' must be an object of whole numbers. Received: 5"),
        (
            {"metrics": [{**METRIC, "value": "x"}]},
            "`value` of metric 'accuracy' must be a finite number. Received: 'x'",
        ),
        ({"metrics": [{**METRIC, "value": float("nan")}]}, "must be a finite number. Received: nan"),
        ({"baselines": [{**METRIC, "interval": [0.1]}]}, "must be a list of 2, each a finite number or null"),
        ({"metrics": [{**METRIC, "interval": [0.9, 0.1]}]}, "must give the lower end first. Received: (0.9, 0.1)"),
        ({"metrics": ["accuracy"]}, "does not describe a model"),
        (
            {"examples": [{"sequence": 5, "prediction": "good"}]},
            "`sequence` of an example must be text or a list of lists of finite numbers. Received: 5",
        ),
        (
            {"examples": [{"sequence": [[1.0]], "prediction": "good"}]},
            "`sequence` of example 1 of card 'moods' must be",
        ),
        (
            {"examples": [{"sequence": "a", "prediction": "a", "probabilities": ["1"]}]},
            "must be a list of finite numbers",
        ),
        ({"examples": 5}, "does not describe a model"),
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


def test_the_rows_of_an_example_have_every_feature():
    days = NumericSpecification(name="days", features=("open", "close"))
    with pytest.raises(CardError, match="must be rows of 2 numbers, one for each feature"):
        _card(input=days, examples=(Example(sequence=((1.0, 2.0), (3.0,)), prediction="good"),))
    with pytest.raises(CardError, match="must be rows of 2 numbers, one for each feature. Received: '1,2'"):
        _card(input=days, examples=(Example(sequence="1,2", prediction="good"),))


def test_lists_count_as_tuples_that_nobody_can_change():
    assert _card(classes=["bad", "good"]).classes == ("bad", "good")
    assert Example(sequence=[[1, 2.5]], prediction=1).sequence == ((1, 2.5),)


def test_the_message_names_the_file(tmp_path):
    content = {**card_to_dict(_card()), "parameters": "many"}
    (tmp_path / "card.json").write_text(json.dumps(content))
    with pytest.raises(CardError, match=re.escape(f"{tmp_path / 'card.json'}: `parameters` of card 'moods'")):
        read_card(tmp_path)


def test_a_card_of_a_folder_has_the_folders_name(tmp_path, monkeypatch):
    folder = tmp_path / "feelings"
    folder.mkdir()
    write_card(_card(), folder)
    assert read_card(folder).name == "moods"
    assert card_of_folder(folder).name == "feelings"
    monkeypatch.chdir(folder)
    assert card_of_folder(Path(".")).name == "feelings"


def test_files_that_are_no_cards(tmp_path):
    with pytest.raises(CardError, match=r"card.json does not exist. A model folder holds"):
        read_card(tmp_path)
    (tmp_path / "card.json").write_text("{")
    with pytest.raises(CardError, match=r"card.json is not valid JSON"):
        read_card(tmp_path)
    (tmp_path / "card.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CardError, match="not valid JSON"):
        read_card(tmp_path)
    (tmp_path / "card.json").write_text("[" * 100_000)
    with pytest.raises(CardError, match=r"inside each other, thousands deep, as no card does. Write it again as docs"):
        read_card(tmp_path)
    (tmp_path / "card.json").write_text('{"parameters": ' + "9" * 5000 + "}")
    with pytest.raises(CardError, match="not valid JSON"):
        read_card(tmp_path)
    (tmp_path / "card.json").write_text(json.dumps(5))
    with pytest.raises(CardError, match="does not describe a model"):
        read_card(tmp_path)
