import math
from dataclasses import replace

import numpy as np
import pytest

from attnviz.errors import CardError
from attnviz.training.figures import (
    check_figures,
    class_figures,
    classification_figures,
    mean_over_seeds,
    printed,
    regression_figures,
)

CLASSES = [0, 0, 1, 1]
PROBABILITIES = [[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7]]


def test_figures_by_hand():
    accuracy, macro_f1, log_loss = classification_figures(CLASSES, PROBABILITIES, split="test")
    assert accuracy.value == 0.75
    assert accuracy.split == "test"
    assert "3 of 4 examples" in accuracy.note
    # F1 of class 0: 2·1/(2·1+0+1) = 2/3; of class 1: 2·2/(2·2+1+0) = 4/5.
    assert macro_f1.value == pytest.approx((2 / 3 + 4 / 5) / 2, abs=5e-5)
    expected = -sum(math.log(chance) for chance in (0.9, 0.4, 0.8, 0.7)) / 4
    assert log_loss.value == pytest.approx(expected, abs=5e-5)


def test_a_class_that_is_absent_is_no_reason_to_fail():
    figures = classification_figures([0, 0], np.array([[0.8, 0.1, 0.1], [0.6, 0.2, 0.2]]), split="test")
    assert figures[0].value == 1.0


def test_figures_of_one_class_by_hand():
    f1, precision, recall = class_figures(CLASSES, PROBABILITIES, index=1, name="spam", split="test")
    assert [one.name for one in (f1, precision, recall)] == ["F1 of spam", "precision of spam", "recall of spam"]
    assert precision.value == pytest.approx(2 / 3, abs=5e-5)  # three were called spam, two of them are
    assert precision.note == "2 of 3 that were called spam"
    assert recall.value == 1.0
    assert recall.note == "2 of 2 that are spam"
    assert f1.value == 0.8


def test_a_class_that_is_never_chosen_has_figures_of_0():
    assert [one.value for one in class_figures([1, 0], [[0.9, 0.1]] * 2, index=1, name="spam", split="test")] == [0] * 3


def test_regression_figures_by_hand():
    figures = regression_figures([1, 2, 6], [[2.0], [2.0], [4.0]], split="test")
    assert {one.name: one.value for one in figures} == {
        "MAE": 1.0,  # (1 + 0 + 2) / 3
        "MSE": 1.6667,  # (1 + 0 + 4) / 3
        "R²": 0.6429,  # 1 - 5 / 14: around the mean of 3 the squares sum to 4 + 1 + 9
    }


def test_mean_over_seeds_of_an_error_is_named_and_not_cut_at_1():
    figure = mean_over_seeds([10.0, 12.0], [0, 1], split="test", figure="MAE", limits=(0.0, math.inf))
    assert figure.name == "mean MAE over training seeds"
    assert figure.value == 11.0
    assert figure.interval == (0.0, pytest.approx(11 + 12.7062, abs=1e-3))  # t of one degree of freedom times 1


def test_large_figures_may_differ_by_the_same_part_of_themselves():
    (_, squared, _) = regression_figures([0, 0], [20.0, 10.0], split="test")
    check_figures([squared], [replace(squared, value=squared.value + 0.02)], source="the card")
    with pytest.raises(CardError, match="MSE on test"):
        check_figures([squared], [replace(squared, value=squared.value + 0.03)], source="the card")


def test_mean_over_seeds_names_each_seed():
    figure = mean_over_seeds([0.8, 0.84], [3, 4], split="test")
    assert figure.value == 0.82
    assert "3: 0.8000, 4: 0.8400" in figure.note
    lower, upper = figure.interval
    assert lower < 0.8
    assert upper == 1.0  # 0.82 + 12.7 · 0.02 would be above


def test_one_seed_has_no_interval():
    alone = mean_over_seeds([0.8], [3], split="test")
    assert alone.interval is None
    assert alone.note == "by seed 3: 0.8000, on one fixed split"


def test_printed_has_one_line_a_figure():
    lines = printed(classification_figures(CLASSES, PROBABILITIES, split="test")).splitlines()
    assert [line.split("  ")[1] for line in lines] == ["accuracy", "macro F1", "log loss"]
    assert "0.7500" in lines[0]


def test_equal_figures_pass():
    figures = classification_figures(CLASSES, PROBABILITIES, split="test")
    check_figures(figures, [replace(one, value=one.value + 1e-4) for one in figures], source="the card")


def test_a_figure_that_differs_is_named_with_both_values():
    figures = classification_figures(CLASSES, PROBABILITIES, split="test")
    with pytest.raises(CardError, match=r"accuracy on test: the card says 0.7, measured 0.75"):
        check_figures([replace(figures[0], value=0.7), *figures[1:]], figures, source="the card")


def test_a_figure_that_the_card_lacks_is_named():
    figures = classification_figures(CLASSES, PROBABILITIES, split="test")
    with pytest.raises(CardError, match=r"log loss on test: the card says None"):
        check_figures(figures[:2], figures, source="the card")
