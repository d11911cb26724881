"""The figures of a trained model in words."""

import pytest

from attnviz.app.train_outcome import _beside, _written
from attnviz.models.card import Metric


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0.000"),
        (1.0, "1.000"),
        (0.9125, "0.912"),
        (-0.25, "-0.250"),
        (0.0123456, "0.0123"),
        (1.5e-6, "1.5e-06"),
        (12345.6, "12,346"),
        (-250.4, "-250"),
    ],
)
def test_a_figure_keeps_its_digits_in_any_unit(value: float, written: str):
    assert _written(value) == written


def test_a_figure_stands_beside_its_interval_and_the_simplest_model():
    mae = Metric(name="MAE", value=2e-6, split="test", interval=(1.25e-6, 3e-6))
    baseline = Metric(name="MAE", value=4e-6, split="test", note="mean of the training part; 20 examples")
    assert list(_beside(mae, baseline)) == ["95 %: 1.25e-06 to 3e-06", "mean of the training part\\: 4e\\-06"]
