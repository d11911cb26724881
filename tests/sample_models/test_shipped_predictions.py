"""What ships predicts what its card says, is as good as its issue asks for, and tells where it comes from."""

import numpy as np
import pytest

import attnviz

MODELS = ("digits_vit", "forecast", "recall", "reviews_hierarchical", "sentiment_transformer", "spam")
LEAST = {
    "digits_vit": ("accuracy", 0.95),
    "recall": ("accuracy", 0.99),
    "sentiment_transformer": ("accuracy", 0.79),
    "spam": ("F1 of spam", 0.93),
}


@pytest.fixture(scope="module", params=MODELS)
def loaded(request):
    return attnviz.load_model(request.param)


def test_predictions_on_the_examples_are_those_of_the_card(loaded):
    card = loaded.card
    given = [one.sequence if isinstance(one.sequence, str) else np.array(one.sequence) for one in card.examples]
    table = loaded.predict(given)
    assert len(table) == 12
    if card.task == "regression":
        np.testing.assert_allclose(table["prediction"], [one.prediction for one in card.examples], atol=1e-2)
        return
    assert list(table["prediction"]) == [one.prediction for one in card.examples]
    np.testing.assert_allclose(table[list(card.classes)], [one.probabilities for one in card.examples], atol=1e-4)


def test_captured_and_plain_prediction_are_the_same(loaded):
    example = loaded.card.examples[0].sequence
    given = example if isinstance(example, str) else np.array(example)
    capture = loaded.capture([given], compare=True)
    scale = 100 if loaded.card.task == "regression" else 1
    assert capture.prediction_difference < 1e-5 * scale
    for one in capture.maps:
        own = capture.valid[one.query_axis]
        np.testing.assert_allclose(one.weights.sum(axis=-1).swapaxes(1, 2)[own], 1, atol=1e-5)


def test_the_card_says_what_it_must(loaded):
    card = loaded.card
    assert card.parameters == loaded.keras_model.count_params()
    assert set(card.splits) == {"training", "validation", "test"}
    assert any(one.split == "test" for one in card.metrics)
    assert all(one.split == "test" for one in card.baselines)
    assert len(card.baselines) > 0
    assert 0 < card.training_seconds < 1800
    assert "Seed " in card.training
    assert any(word in card.data for word in ("CC BY 4.0", "public domain", "Made by train.py"))


@pytest.mark.parametrize(("name", "figure", "least"), [(name, *figure) for name, figure in LEAST.items()])
def test_it_is_as_good_as_was_asked_for(name, figure, least):
    card = attnviz.load_model(name).card
    said = {(one.name, one.split): one for one in card.metrics}
    assert said[figure, "test"].value >= least
    mean = said[f"mean {figure} over training seeds", "test"]
    assert mean.value >= least
    by_seed = [float(part.split(": ")[1]) for part in mean.note.split(";")[0].removeprefix("by seed ").split(", ")]
    assert len(by_seed) == 5
    assert np.mean(by_seed) == pytest.approx(mean.value, abs=1e-4)
