"""`evaluate` against the Keras model called by hand, one example at a time."""

import keras
import numpy as np
import pytest
from keras import layers

import attnviz
from attnviz.errors import CaptureError, DataError
from attnviz.evaluation.results import LONGEST_INPUT
from attnviz.evaluation.running import evaluate, shortened
from attnviz.layers import AttentionPooling
from attnviz.sequences.specification import NumericSpecification


def by_hand(model, text):
    """What the Keras model gives for one text."""
    return np.asarray(model.keras_model(model.encode([text]).inputs))[0]


def test_predictions_come_in_the_order_of_the_data(classifier, data_of, texts):
    truth = np.arange(len(texts)) % 2
    evaluation = evaluate(classifier, data_of(classifier, texts, truth), batch_size=16)
    expected = np.array([by_hand(classifier, text) for text in texts])
    np.testing.assert_allclose(evaluation.outputs, expected, atol=1e-5)
    examples = evaluation.examples
    assert evaluation.complete
    assert evaluation.skipped == ()
    assert evaluation.notices == ()
    assert list(examples["line"]) == list(range(2, len(texts) + 2))
    assert list(examples["truth"]) == [("no", "yes")[one] for one in truth]
    assert list(examples["prediction"]) == [("no", "yes")[one] for one in expected.argmax(1)]
    assert list(examples["right"]) == list(expected.argmax(1) == truth)
    np.testing.assert_allclose(examples["confidence"], expected.max(1), atol=1e-5)
    np.testing.assert_allclose(examples["loss"], -np.log(expected[np.arange(len(texts)), truth]), atol=1e-4)
    assert list(examples["length"]) == [len(text.split()) for text in texts]


@pytest.mark.parametrize("attention", [True, False])
def test_the_size_of_a_batch_changes_nothing(classifier, data_of, texts, attention):
    data = data_of(classifier, texts, np.zeros(len(texts), int))
    large = evaluate(classifier, data, batch_size=64, attention=attention)
    small = evaluate(classifier, data, batch_size=7, attention=attention)
    np.testing.assert_allclose(large.outputs, small.outputs, atol=1e-5)
    assert (large.attention is None) is not attention
    if large.attention is not None and small.attention is not None:
        np.testing.assert_allclose(large.attention.entropy, small.attention.entropy, atol=1e-5)
        for column in ("token", "count", "examples"):
            left, right = (
                one.attention.tokens.sums.sort_values(["token", "truth", "prediction"])[column]
                for one in (large, small)
            )
            assert list(left) == list(right)


def test_a_row_that_cannot_be_read_is_skipped_with_its_line(classifier, data_of):
    evaluation = evaluate(classifier, data_of(classifier, ["good film", "  ", "bad", ""], [0, 1, 0, 1]))
    assert [one.line for one in evaluation.skipped] == [3, 5]
    assert all(one.reason == "The text is empty. Type at least one word." for one in evaluation.skipped)
    assert list(evaluation.evaluated) == [True, False, True, False]
    assert list(evaluation.examples.index) == [0, 2]
    assert np.isnan(evaluation.outputs[1]).all()


def test_nothing_usable_is_an_error_that_names_a_line(classifier, data_of):
    with pytest.raises(DataError, match=r"No row of toy\.csv could be evaluated\. Line 2: The text is empty"):
        evaluate(classifier, data_of(classifier, ["", " "], [0, 1]))


def test_an_output_that_is_no_number_is_skipped(toy_model, data_of):
    def power(hidden):
        number = layers.Dense(1)(AttentionPooling()(hidden))
        for _ in range(3):
            number = layers.Multiply()([number, number])
        return number

    specification = NumericSpecification(name="days", features=("price",), step="day")
    model = toy_model(power, specification, task="regression", classes=())
    evaluation = evaluate(model, data_of(model, [[[1.0]], [[1e20]], [[0.0]]], [0.0, 1.0, 2.0]))
    assert list(evaluation.evaluated) == [True, False, True]
    (skipped,) = evaluation.skipped
    assert skipped.line == 3
    assert "not a finite number" in skipped.reason
    assert np.isnan(evaluation.attention.entropy[1]).all()
    assert evaluation.examples["prediction"].iloc[1] == 0


def test_weights_of_nan_are_an_error_that_says_so(toy_model, data_of):
    model = toy_model(lambda hidden: layers.Dense(2, activation="softmax")(AttentionPooling()(hidden)))
    model.keras_model.set_weights([np.full_like(one, np.nan) for one in model.keras_model.get_weights()])
    data = data_of(model, ["good", "bad film"], [0, 1])
    with pytest.raises(CaptureError, match="diverged"):
        evaluate(model, data)
    with pytest.raises(DataError, match=r"Line 2: The model's output is not a finite number"):
        evaluate(model, data, attention=False)


def test_what_was_done_before_it_was_cancelled_is_kept(classifier, data_of, texts):
    asked = []

    def cancelled():
        asked.append(True)
        return len(asked) > 3

    evaluation = evaluate(classifier, data_of(classifier, texts, [0] * len(texts)), batch_size=10, cancelled=cancelled)
    assert not evaluation.complete
    assert evaluation.evaluated.sum() == len(evaluation.examples) == 30
    lengths = np.array([len(text) for text in texts])
    done, rest = lengths[evaluation.evaluated], lengths[~evaluation.evaluated]
    assert done.max() > rest.min()  # not just the shortest
    assert done.min() < rest.max()


def test_cancelled_before_anything_was_done(classifier, data_of, texts):
    evaluation = evaluate(classifier, data_of(classifier, texts, [0] * len(texts)), cancelled=lambda: True)
    assert not evaluation.complete
    assert evaluation.examples.empty
    assert evaluation.attention is None


def test_progress_ends_with_everything(classifier, data_of, texts):
    heard = []
    evaluate(classifier, data_of(classifier, texts, [0] * len(texts)), batch_size=8, on_progress=heard.append)
    last = heard[-1]
    assert (last.done, last.total) == (len(texts), len(texts))
    assert last.seconds_left == pytest.approx(0)
    assert last.rows_per_second == pytest.approx(last.done / last.seconds)


def test_regression_over_series(forecaster, data_of):
    generator = np.random.default_rng(1)
    series = [generator.normal(size=(length, 1)) for length in (3, 5, 4, 3)]
    evaluation = evaluate(forecaster, data_of(forecaster, series, [0.5, 1.0, -1.0, 2.0]), batch_size=3)
    expected = [float(forecaster.keras_model(one[None].astype(np.float32))[0, 0]) for one in series]
    np.testing.assert_allclose(evaluation.outputs, expected, atol=1e-5)
    np.testing.assert_allclose(
        evaluation.examples["loss"], (np.array([0.5, 1.0, -1.0, 2.0]) - expected) ** 2, rtol=1e-3, atol=1e-5
    )
    assert list(evaluation.examples["right"]) == [None] * 4
    assert list(evaluation.examples["length"]) == [3, 5, 4, 3]
    assert "reads padding as if it were input" in evaluation.notices[0]  # nothing in this model masks it


def test_every_token_counts(tagger, data_of):
    targets = np.empty(3, dtype=object)
    targets[:] = [np.array([0, 1]), np.array([1, 1, 0]), np.array([0])]
    evaluation = evaluate(tagger, data_of(tagger, ["good film", "very bad .", "bad film"], targets))
    expected = [by_hand(tagger, text) for text in ("good film", "very bad .")]
    for found, probabilities in zip(evaluation.outputs, expected, strict=False):
        np.testing.assert_allclose(found, probabilities, atol=1e-5)
    assert evaluation.outputs[2] is None
    (skipped,) = evaluation.skipped
    assert skipped.line == 4
    assert "1 label for 2 tokens" in skipped.reason
    row = evaluation.examples.iloc[1]
    assert row["truth"] == "yes yes no"
    assert row["right"] == bool((expected[1].argmax(1) == [1, 1, 0]).all())
    assert row["loss"] == pytest.approx(-np.log(expected[1][[0, 1, 2], [1, 1, 0]]).mean(), abs=1e-4)


def test_a_text_that_is_too_long_is_cut_and_said(classifier, data_of):
    evaluation = evaluate(classifier, data_of(classifier, ["good " * 20, "bad"], [0, 1]))
    assert list(evaluation.examples["length"]) == [8, 1]
    assert evaluation.notices == ("1 input longer than the model takes: the rest of each was left out.",)


def test_features_have_nothing_to_evaluate(toy_model, data_of):
    model = toy_model(lambda hidden: AttentionPooling()(hidden), task="features", classes=())
    with pytest.raises(DataError, match="predicts nothing, so there is nothing to compare with labels"):
        evaluate(model, data_of(model, ["good"], [0]))


def test_a_file_is_enough_where_columns_and_labels_can_be_guessed(classifier):
    file = b"text,label\ngood film,yes\nvery bad,NO\nbad,maybe\n"
    evaluation = attnviz.evaluate(classifier, attnviz.read_data_set("films.csv", file))
    assert list(evaluation.examples["truth"]) == ["yes", "no"]
    assert list(evaluation.examples["line"]) == [2, 3]
    assert [(one.kind, one.lines) for one in evaluation.data.problems if one.kind == "unknown label"] == [
        ("unknown label", (4,))
    ]
    assert {figure.name for figure in attnviz.metrics_of(evaluation)} >= {"accuracy", "loss", "macro F1"}


def test_data_of_another_task_are_refused(classifier, tagger, data_of):
    with pytest.raises(DataError, match=r"toy\.csv was read for token_classification .* 'toy' is for classification"):
        evaluate(classifier, data_of(tagger, ["good"], [0]))


def test_new_lengths_trace_nothing(classifier, data_of, texts):
    evaluate(classifier, data_of(classifier, texts[:10], [0] * 10), batch_size=4)
    traced = []
    original = keras.layers.Dense.call

    def counted(self, *arguments, **named):
        traced.append(self.name)
        return original(self, *arguments, **named)

    keras.layers.Dense.call = counted
    try:
        evaluate(classifier, data_of(classifier, texts, [0] * len(texts)), batch_size=3)
    finally:
        keras.layers.Dense.call = original
    assert traced == []


def test_inputs_are_shown_in_one_short_line():
    assert shortened("two\nlines  here") == "two lines here"
    assert shortened("word " * 100) == ("word " * 100)[:LONGEST_INPUT] + "…"
    assert shortened(np.array([[1.5], [2.0]])) == "1.5, 2"
    assert len(shortened(np.ones(1000))) <= LONGEST_INPUT + 3
