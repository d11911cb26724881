import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest

from attnviz.errors import CardError
from attnviz.models.card import Card, Metric
from attnviz.models.loaded import open_model
from attnviz.sequences.specification import NumericSpecification
from attnviz.training.command_line import training_parser
from attnviz.training.figures import regression_figures
from attnviz.training.fitting import FitSettings, fit
from attnviz.training.recipe import Part, Recipe, carry_out, noted

SPECIFICATION = NumericSpecification(name="days", features=("rain",), step="day", length=3, scale=2.0)


def _part(seed, count=30):
    series = np.random.default_rng(seed).normal(size=(count, 3, 1))
    return Part(sequences=series, targets=series[:, 0, 0] - series[:, 2, 0])


def _train(seed, *, epochs):
    keras.utils.set_random_seed(seed)
    days = keras.Input((3, 1), name="days")
    model = keras.Model(days, keras.layers.Dense(1)(keras.layers.Flatten()(days)))
    training, validation = ((_part(one).sequences / 2, _part(one).targets) for one in (1, 2))
    settings = FitSettings(epochs=epochs, patience=3, learning_rate=0.05, loss="mean_squared_error", metric="mse")
    return fit(model, training, validation, settings, seed=seed)


def _recipe(**changes):
    card = Card(
        name="rain", title="Rain", description="", task="regression", input=SPECIFICATION, target="rain in mm",
        splits={"training": 30, "validation": 30, "test": 30},
    )  # fmt: skip
    recipe = Recipe(
        card=card,
        train=partial(_train, epochs=6),
        measured={"test": _part(3), "validation": _part(2)},
        measure=lambda targets, outputs, split: regression_figures(targets, outputs, split=split),
        headline="MAE",
        limits=(0.0, np.inf),
        baselines=lambda: (Metric(name="MAE", value=1.5, split="test", note="the day before"),),
        examples=_part(3).sequences[:2],
        settings="Adam 0.05.",
    )
    return replace(recipe, **changes)


def _arguments(folder, *words):
    return training_parser("Train.", folder=Path(folder), epochs=6).parse_args([*words, "--out", str(folder)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("models") / "rain"
    carry_out(_recipe(), _arguments(out, "--seeds", "3", "--seed", "4"), lambda line: None)
    return out


def test_the_folder_holds_the_run_that_validation_chose_with_the_figures_of_all(folder):
    runs = {seed: _train(seed, epochs=6) for seed in (4, 5, 6)}
    best = min(runs, key=lambda seed: runs[seed].best.validation_loss)
    loaded = open_model(folder)
    np.testing.assert_allclose(loaded.keras_model.get_weights()[0], runs[best].model.get_weights()[0], atol=1e-6)
    assert loaded.card.training.startswith(f"Seed {best} of 4, 5, 6")
    tested = _part(3)
    errors = {
        seed: np.abs(np.asarray(run.model(tested.sequences / 2))[:, 0] - tested.targets).mean()
        for seed, run in runs.items()
    }
    figures = {(one.name, one.split): one.value for one in loaded.card.metrics}
    assert figures["MAE", "test"] == pytest.approx(errors[best], abs=1e-4)
    assert figures["mean MAE over training seeds", "test"] == pytest.approx(np.mean(list(errors.values())), abs=1e-4)
    assert [one.split for one in loaded.card.metrics] == ["test"] * 3 + ["validation"] * 3 + ["test"]


def test_its_examples_are_what_it_predicts(folder):
    loaded = open_model(folder)
    predicted = loaded.predict([np.array(one.sequence) for one in loaded.card.examples])["prediction"]
    np.testing.assert_allclose(predicted, [one.prediction for one in loaded.card.examples], atol=1e-4)


def test_evaluate_measures_again_and_trains_nothing(folder):
    lines = []
    before = (folder / "model.keras").read_bytes()
    carry_out(_recipe(train=None), _arguments(folder, "--evaluate"), lines.append)
    assert lines[0] == "examples: 30 training, 30 validation, 30 test"
    assert lines[-1] == "the card says the same"
    assert (folder / "model.keras").read_bytes() == before


def test_evaluate_says_where_the_card_is_wrong(folder, tmp_path):
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    card["baselines"][0]["value"] = 9.0
    (tmp_path / "card.json").write_text(json.dumps(card), encoding="utf-8")
    (tmp_path / "model.keras").write_bytes((folder / "model.keras").read_bytes())
    with pytest.raises(CardError, match=r"MAE on test: .* says 9\.0, measured 1\.5"):
        carry_out(_recipe(train=None), _arguments(tmp_path, "--evaluate"), lambda line: None)


def test_a_headline_that_nobody_measures_is_refused(tmp_path):
    with pytest.raises(CardError, match="must be one of the figures that it measures, 'MAE', 'MSE', 'R²'"):
        carry_out(_recipe(headline="accuracy"), _arguments(tmp_path, "--seeds", "1"), lambda line: None)


def test_a_note_stands_before_what_a_figure_already_says():
    plain, told = noted(
        [Metric(name="a", value=1, split="test"), Metric(name="b", value=1, split="test", note="3 of 4")], "guessing"
    )
    assert (plain.note, told.note) == ("guessing", "guessing; 3 of 4")
