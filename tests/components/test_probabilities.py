import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attnviz.components.probabilities import MOST_IN_ORDER, payload
from attnviz.views.probability import probability_view


def sent(classes, probabilities, title="Prediction"):
    """What the browser gets, as it gets it."""
    view = probability_view(classes, probabilities, title=title)
    return json.loads(json.dumps(payload(view), allow_nan=False))


def page():
    from attnviz.components.probabilities import class_probabilities
    from attnviz.views.probability import probability_view

    class_probabilities(probability_view(("no", "yes"), [0.25, 0.75], title="Prediction: yes (75.0%)"), key="bars")


def test_the_component_mounts_with_plain_json():
    app = AppTest.from_function(page).run()
    assert not app.exception
    (one,) = app.get("bidi_component")
    assert json.loads(one.proto.json)["shares"] == ["25.0%", "75.0%"]


def test_the_browser_gets_the_models_numbers_in_the_models_order():
    data = sent(("no", "maybe", "yes"), [0.0625, 0.6875, 0.25], title="Prediction: maybe (68.8%)")
    assert data["names"] == ["no", "maybe", "yes"]
    assert data["shares"] == ["6.2%", "68.8%", "25.0%"]  # half to even, as in the title
    assert data["values"] == ["0.062500", "0.687500", "0.250000"]
    assert (data["predicted"], data["note"]) == (1, "")


@pytest.mark.parametrize(
    ("classes", "title", "parts", "widest"),
    [
        (("no", "yes"), "Prediction: yes (75.0%)", ["Prediction:", " yes ", "(75.0%)"], "Prediction: yes (75.0%)"),
        (("positive", "e"), "Prediction: e (75.0%)", ["Prediction:", " e ", "(75.0%)"], "Prediction: positive (75.0%)"),
        (("12", "7"), "Prediction: 7 (75.0%)", ["Prediction:", " 7 ", "(75.0%)"], "Prediction: 12 (75.0%)"),
        (("no", "yes"), "What it says", ["What it says", "", ""], "What it says"),
    ],
)
def test_room_is_kept_for_the_title_with_the_longest_name(classes, title, parts, widest):
    data = sent(classes, [0.25, 0.75], title=title)
    assert data["title"] == parts
    assert data["widest"] == widest


def test_of_many_classes_the_most_probable_come_first():
    count = MOST_IN_ORDER + 1
    probabilities = np.random.default_rng(3).dirichlet(np.ones(count)).astype(np.float32)
    names = [f"class {place}" for place in range(count)]
    data = sent(names, probabilities)
    expected = sorted(range(count), key=lambda place: -probabilities[place])
    assert data["names"] == [names[place] for place in expected]
    assert data["shares"] == [f"{probabilities[place]:.1%}" for place in expected]
    assert data["predicted"] == 0
    assert data["note"] == f"{count} classes, the most probable first"
    assert sent(names[1:], probabilities[1:])["names"] == names[1:]


def test_of_classes_that_are_equally_probable_the_models_first_is_first():
    data = sent([f"class {place}" for place in range(1_000)], np.full(1_000, 1e-3))
    assert data["names"][:3] == ["class 0", "class 1", "class 2"]
    assert (data["predicted"], data["note"]) == (0, "1,000 classes, the most probable first")


def test_what_is_no_number_is_said_and_predicts_nothing():
    data = sent(("no", "yes"), [np.nan, np.nan])
    assert data["predicted"] is None
    assert data["shares"] == data["values"] == ["NaN", "NaN"]
