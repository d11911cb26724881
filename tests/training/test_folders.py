import zipfile

import keras
import numpy as np
import pytest

from attnviz.models.card import Card
from attnviz.models.loaded import open_model
from attnviz.sequences.specification import NumericSpecification, TextSpecification
from attnviz.training.architectures import series_classifier, text_classifier
from attnviz.training.folders import outputs_of, predicted_examples, write_folder

TEXT = TextSpecification(name="tokens", vocabulary=("good", "bad"), maximum_length=9)
SERIES = NumericSpecification(name="days", features=("low", "high"), offset=1.0, scale=2.0)


def test_a_written_folder_opens_and_predicts_what_its_card_says(tmp_path):
    keras.utils.set_random_seed(0)
    model = text_classifier(words=4, classes=2, embedding=4, units=3)
    examples = predicted_examples(model, TEXT, ("no", "yes"), ["good", "bad bad good"])
    card = Card(
        name="moods", title="", description="", task="classification", input=TEXT, classes=("no", "yes"),
        parameters=model.count_params(), examples=examples,
    )  # fmt: skip
    write_folder(model, card, tmp_path / "new" / "moods")
    loaded = open_model(tmp_path / "new" / "moods")
    table = loaded.predict([example.sequence for example in examples])
    assert list(table["prediction"]) == [example.prediction for example in examples]
    np.testing.assert_allclose(table[["no", "yes"]], [example.probabilities for example in examples], atol=1e-5)
    with zipfile.ZipFile(tmp_path / "new" / "moods" / "model.keras") as archive:
        assert "model.weights.h5" in archive.namelist()


def test_numbers_are_normalised_as_the_specification_says():
    keras.utils.set_random_seed(0)
    model = series_classifier(length=None, features=2, classes=3, input_name="days", units=4)
    series = np.array([[[3.0, 5.0], [1.0, -1.0]]])
    expected = np.asarray(model(((series - 1) / 2).astype(np.float32)))
    np.testing.assert_allclose(outputs_of(model, SERIES, series), expected, atol=1e-6)
    (example,) = predicted_examples(model, SERIES, ("a", "b", "c"), series)
    assert example.sequence == ((3.0, 5.0), (1.0, -1.0))
    assert example.probabilities == pytest.approx(tuple(expected[0]), abs=1e-6)


def test_an_example_of_a_regression_has_a_value_and_no_probabilities():
    keras.utils.set_random_seed(0)
    series = keras.Input((None, 2), name="days")
    model = keras.Model(series, keras.layers.Dense(1)(keras.layers.GlobalAveragePooling1D()(series)))
    kernel = model.get_weights()[0].ravel()
    (example,) = predicted_examples(model, SERIES, (), np.array([[[3.0, 5.0], [1.0, -1.0]]]))
    assert example.prediction == pytest.approx(0.5 * kernel[0] + 0.5 * kernel[1], abs=1e-4)  # means of (value - 1) / 2
    assert example.probabilities == ()
