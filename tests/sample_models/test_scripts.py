"""What holds for the training script and the card of every model that ships."""

import importlib
from pathlib import Path

import pytest

import attnviz
import sample_models
from attnviz.errors import InputError

FOLDER = Path(next(iter(sample_models.__path__)))
NAMES = tuple(sorted(path.parent.name for path in FOLDER.glob("*/train.py")))
TAKES_A_FILE = tuple(name for name in NAMES if name not in ("dates", "recall"))
LIMIT = 40_000_000
"""Bytes of all models together."""

SOURCES = {
    "dates": ("Made by train.py",),
    "digits": ("Alpaydin & Kaynak", "UCI Machine Learning Repository", "CC BY 4.0"),
    "digits_vit": ("Alpaydin & Kaynak", "UCI Machine Learning Repository", "CC BY 4.0"),
    "forecast": ("National Geophysical Data Center", "public domain"),
    "recall": ("Made by train.py",),
    "reviews_hierarchical": ("Kotzias et al.", "UCI Machine Learning Repository", "CC BY 4.0", "MIT"),
    "sentiment": ("Kotzias et al.", "UCI Machine Learning Repository", "CC BY 4.0", "MIT"),
    "sentiment_transformer": ("Kotzias et al.", "UCI Machine Learning Repository", "CC BY 4.0", "MIT"),
    "spam": ("Almeida & Hidalgo", "UCI Machine Learning Repository", "CC BY 4.0"),
    "translation": ("Tatoeba", "manythings.org/anki", "CC BY 2.0 FR"),
}


def main_of(name):
    return importlib.import_module(f"sample_models.{name}.train").main


def test_every_model_that_ships_has_its_script():
    assert set(NAMES) == set(attnviz.model_names()) == set(SOURCES)


@pytest.mark.parametrize("name", NAMES)
def test_the_options_are_the_same_everywhere(name, capsys):
    with pytest.raises(SystemExit) as ended:
        main_of(name)(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    for option in ("--data FILE", "--epochs", "--seed SEED", "--seeds", "--out FOLDER", "--evaluate"):
        assert option in shown


@pytest.mark.parametrize("name", TAKES_A_FILE)
def test_a_missing_file_is_refused_before_anything_is_written(name, tmp_path):
    with pytest.raises(InputError, match=r"none\.tsv cannot be read: "):
        main_of(name)(["--data", str(tmp_path / "none.tsv"), "--out", str(tmp_path / "out")])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["dates", "recall"])
def test_made_up_data_take_no_file(name, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main_of(name)(["--data", str(tmp_path / "none.tsv"), "--out", str(tmp_path / "out")])
    assert "makes its data itself" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", NAMES)
def test_the_card_says_what_the_model_is_and_how_good(name):
    model = attnviz.load_model(name)
    card = model.card
    for source in SOURCES[name]:
        assert source in card.data
    assert list(card.splits) == ["training", "validation", "test"]
    assert min(card.splits.values()) > 0
    tested = {one.name for one in card.metrics if one.split == "test"}
    compared = {one.name for one in card.baselines if one.split == "test"}
    assert tested & compared  # a baseline is measured by the same figure
    assert card.parameters == model.keras_model.count_params()
    assert 0 < card.training_seconds < (90 * 60 if name == "translation" else 30 * 60)
    assert card.training.startswith("Seed ")
    assert card.description
    assert len(card.examples) == 12


def test_all_models_together_are_small():
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < LIMIT
