import numpy as np
import pytest
from sklearn.metrics import f1_score, log_loss

from attnviz.training.measuring import figures_on_test
from attnviz.training.training_data import TrainingData


def _data(classes=(), targets=()):
    task = "classification" if classes else "regression"
    return TrainingData(name="set", task=task, sequences=("a",) * len(targets), targets=targets, classes=classes)


def _classified(examples, seed=0):
    generator = np.random.default_rng(seed)
    targets = generator.integers(3, size=examples)
    scores = generator.normal(size=(examples, 3)) + 1.5 * np.eye(3)[targets]
    chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return targets, chances


def test_figures_of_classes_are_those_of_scikit_learn_and_lie_in_their_intervals():
    targets, chances = _classified(200)
    figures = {one.name: one for one in figures_on_test(_data(("a", "b", "c"), targets), targets, chances)}
    assert figures["accuracy"].value == pytest.approx((chances.argmax(axis=1) == targets).mean(), abs=1e-4)
    assert figures["macro F1"].value == pytest.approx(
        f1_score(targets, chances.argmax(axis=1), average="macro"), abs=1e-4
    )
    assert figures["log loss"].value == pytest.approx(log_loss(targets, chances), abs=1e-4)
    for one in figures.values():
        assert one.interval[0] < one.value < one.interval[1]
        assert "200 examples" in one.note


@pytest.mark.parametrize(
    ("name", "measure"),
    [
        ("macro F1", lambda targets, chances: f1_score(targets, chances.argmax(axis=1), average="macro")),
        ("log loss", log_loss),
    ],
)
def test_an_interval_is_that_of_resamples_drawn_one_by_one(name, measure):
    targets, chances = _classified(120, seed=3)
    generator = np.random.default_rng(5)
    drawn = [measure(targets[rows], chances[rows]) for rows in generator.integers(120, size=(600, 120))]
    figures = {one.name: one for one in figures_on_test(_data(("a", "b", "c"), targets), targets, chances)}
    width = np.subtract(*np.quantile(drawn, [0.975, 0.025]))
    np.testing.assert_allclose(figures[name].interval, np.quantile(drawn, [0.025, 0.975]), atol=0.15 * width)


def test_figures_of_numbers_keep_their_digits_in_any_unit():
    generator = np.random.default_rng(1)
    targets = 1e-6 * generator.normal(size=50)
    guesses = targets + 1e-7 * generator.normal(size=50)
    figures = {one.name: one for one in figures_on_test(_data(targets=targets), targets, guesses[:, None])}
    assert list(figures) == ["MAE", "RMSE", "R²"]
    assert figures["MAE"].value == pytest.approx(np.abs(targets - guesses).mean(), rel=1e-4)
    assert figures["RMSE"].value == pytest.approx(np.sqrt(((targets - guesses) ** 2).mean()), rel=1e-4)
    unexplained = ((targets - guesses) ** 2).sum() / ((targets - targets.mean()) ** 2).sum()
    assert figures["R²"].value == pytest.approx(1 - unexplained, rel=1e-4)
    for one in figures.values():
        assert one.interval[0] < one.value < one.interval[1]


def test_equal_targets_have_no_share_that_is_explained():
    targets = np.full(5, 2.0)
    figures = figures_on_test(_data(targets=targets), targets, np.array([2.0, 2.5, 1.5, 2.0, 2.0]))
    assert [one.name for one in figures] == ["MAE", "RMSE"]
    assert figures[0].value == pytest.approx(0.2)
