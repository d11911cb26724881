import re

import pytest

from attnviz import CardError, load_model, model_names
from attnviz.models.registry import OPERATOR_DIRECTORY, cards, model_folders, unusable


def test_the_shipped_models_are_there():
    assert {"sentiment", "digits"} <= set(model_names())
    assert set(cards()) == set(model_names())


def test_an_unknown_name_lists_those_that_exist():
    with pytest.raises(CardError, match=r"no model 'sentimental'. Available: .*sentiment"):
        load_model("sentimental")


def test_the_operators_directory_is_added_and_shipped_names_stay(tmp_path, monkeypatch):
    folders = model_folders()
    for name in ("sentiment", "mine"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "card.json").write_bytes((folders["digits"] / "card.json").read_bytes())
    monkeypatch.setenv(OPERATOR_DIRECTORY, str(tmp_path))
    assert model_folders()["mine"] == tmp_path / "mine"
    assert model_folders()["sentiment"] == folders["sentiment"]


def test_a_directory_that_does_not_exist_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv(OPERATOR_DIRECTORY, str(tmp_path / "nowhere"))
    with pytest.raises(CardError, match=re.escape(f"{OPERATOR_DIRECTORY} must name a directory")):
        model_names()


def test_a_folder_without_a_model_is_refused(tmp_path, monkeypatch):
    (tmp_path / "card.json").write_bytes((model_folders()["digits"] / "card.json").read_bytes())
    with pytest.raises(CardError, match=r"model.keras does not exist"):
        load_model(tmp_path)


def test_a_bad_card_leaves_the_others_alone(tmp_path, monkeypatch):
    shipped = set(model_folders())
    good = (model_folders()["digits"] / "card.json").read_bytes()
    for name, content in (("good", good), ("broken", b"{"), ("wrong", good.replace(b'"classification"', b'"magic"'))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "card.json").write_bytes(content)
    assert unusable() == {}
    monkeypatch.setenv(OPERATOR_DIRECTORY, str(tmp_path))
    assert set(cards()) == {*shipped, "good"}
    assert set(unusable()) == {"broken", "wrong"}
    assert "card.json is not valid JSON" in unusable()["broken"]
    assert "`task` of card 'digits' must be one of" in unusable()["wrong"]
    with pytest.raises(CardError, match="not valid JSON"):
        load_model("broken")


def test_a_card_is_named_as_its_folder(tmp_path, monkeypatch):
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "card.json").write_bytes((model_folders()["digits"] / "card.json").read_bytes())
    monkeypatch.setenv(OPERATOR_DIRECTORY, str(tmp_path))
    assert {name: card.name for name, card in cards().items()} == {name: name for name in model_names()}
