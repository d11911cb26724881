"""What the page shows of a run beside the linked views, without a model."""

from streamlit.testing.v1 import AppTest

from tests.app.linked import prediction


def page(classes, probabilities, predicted):
    import pandas as pd

    from attnviz.app.results import show_prediction
    from attnviz.models.card import Card
    from attnviz.sequences.specification import TextSpecification

    card = Card(
        name="toy",
        title="Toy",
        description="",
        task="classification",
        input=TextSpecification(name="words", vocabulary=("good",), maximum_length=4),
        classes=tuple(classes),
    )
    show_prediction(card, pd.DataFrame([[predicted, *probabilities]], columns=["prediction", *classes]))


def shown(classes, probabilities, predicted):
    app = AppTest.from_function(page, args=(classes, probabilities, predicted)).run()
    assert not app.exception
    return prediction(app)


def test_the_title_names_the_prediction_and_its_probability():
    data = shown(["no", "yes"], [0.25, 0.75], "yes")
    assert data["title"] == "Prediction: yes (75.0%)"
    assert data["predicted"] == 1
    assert data["shares"] == ["25.0%", "75.0%"]


def test_names_that_nobody_could_see_are_made_visible():
    data = shown(["a\nb", "\u202e"], [0.75, 0.25], "a\nb")
    assert data["title"] == "Prediction: a␊b (75.0%)"
    assert data["names"] == ["a␊b", "U+202E"]


def test_a_model_that_gives_no_number_predicts_nothing():
    data = shown(["no", "yes"], [float("nan"), float("nan")], "no")
    assert data["title"] == "No prediction: the model gave NaN, which is no number"
    assert data["predicted"] is None
