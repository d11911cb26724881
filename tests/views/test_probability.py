import pytest

from attnviz.errors import ShapeError
from attnviz.views.probability import ProbabilityView, probability_view


def test_the_most_probable_class_is_the_predicted_one():
    view = probability_view(("no", "maybe", "yes"), [0.1, 0.7, 0.2])
    assert view.predicted == 1
    assert view.probabilities.tolist() == pytest.approx([0.1, 0.7, 0.2])
    assert view.description == "Prediction: 'no' 10.0%, 'maybe' 70.0%, 'yes' 20.0%."


def test_classes_and_probabilities_must_fit():
    with pytest.raises(ShapeError, match="one entry for each of the 2 classes"):
        probability_view(("no", "yes"), [1.0])
    with pytest.raises(ShapeError, match=r"shape \[class\]. Received: shape=\(1, 2\)"):
        probability_view(("no", "yes"), [[0.5, 0.5]])
    with pytest.raises(ShapeError, match=r"from 0 to 1\. Received: 2"):
        ProbabilityView(classes=("no", "yes"), probabilities=[0.5, 0.5], predicted=2)
