"""Figures over epochs: as they were measured, and in words."""

import numpy as np
import pytest

from attnviz.errors import ShapeError
from attnviz.views.learning import LearningView


def test_the_description_names_the_last_epoch_and_the_one_that_is_kept():
    view = LearningView(
        name="accuracy", training=np.array([0.5, 0.75, 0.9]), validation=np.array([0.4, 0.8, 0.7]), best=2, share=True
    )
    assert view.title == "Accuracy"
    assert view.description == (
        "Accuracy over 3 epochs. After the last: training 90.0%, validation 70.0%. Kept: epoch 2, validation 80.0%."
    )
    np.testing.assert_array_equal(view.validation, [0.4, 0.8, 0.7])


def test_one_epoch_is_one_epoch():
    assert LearningView(name="loss", training=np.array([1.23456]), validation=np.array([2.0])).description == (
        "Loss over 1 epoch. After the last: training 1.23, validation 2."
    )


@pytest.mark.parametrize(("training", "validation"), [([], []), ([1.0], [1.0, 2.0]), ([[1.0]], [[1.0]])])
def test_lines_of_different_lengths_are_refused(training, validation):
    with pytest.raises(ShapeError, match=r"must have shape \[epoch\]"):
        LearningView(name="loss", training=training, validation=validation)


@pytest.mark.parametrize("best", [0, 3])
def test_an_epoch_that_was_not_cannot_be_kept(best):
    with pytest.raises(ShapeError, match="from 1 to 2. Received"):
        LearningView(name="loss", training=np.ones(2), validation=np.ones(2), best=best)
