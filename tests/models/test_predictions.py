"""Tables of predictions, against probabilities computed with Keras and SciPy."""

import numpy as np
import pytest
from scipy.special import expit, softmax

from attnviz import AttentionCapture, CardError
from attnviz.models.card import Card
from attnviz.models.predictions import prediction_table
from attnviz.sequences.specification import TextSpecification

TOKENS = TextSpecification(name="tokens", vocabulary=("a",), maximum_length=9)


def _table(given, valid=None, **card):
    fields = {"name": "toy", "title": "", "description": "", "task": "classification", "classes": ("x", "y"), **card}
    valid = np.ones((len(given), 3), bool) if valid is None else valid
    capture = AttentionCapture(
        model="toy",
        maps=(),
        sequences={"tokens": tuple(tuple("abc") for _ in valid)},
        valid={"tokens": valid},
        outputs=np.asarray(given, np.float32),
    )
    return prediction_table(Card(**fields, input=TOKENS), capture)


def test_logits_become_probabilities():
    logits = np.array([[2.0, -1.0], [300.0, 301.0]])
    table = _table(logits, outputs="logits")
    np.testing.assert_allclose(table[["x", "y"]], softmax(logits, axis=-1), rtol=1e-5)
    assert list(table["prediction"]) == ["x", "y"]


def test_one_logit_is_that_of_the_second_class():
    logits = np.array([[-3.0], [0.5], [90.0]])
    table = _table(logits, outputs="logits")
    np.testing.assert_allclose(table["y"], expit(logits[:, 0]), rtol=1e-5)
    np.testing.assert_allclose(table["x"], expit(-logits[:, 0]), rtol=1e-5, atol=1e-30)


def test_logits_of_every_token():
    logits = np.arange(12.0).reshape(2, 3, 2) ** 1.1
    valid = np.array([[True, True, False], [True, False, False]])
    table = _table(logits, valid, outputs="logits", task="token_classification")
    np.testing.assert_allclose(table[["x", "y"]], softmax(logits, axis=-1)[valid], rtol=1e-5)
    assert list(table["token"]) == ["a", "b", "a"]


def test_logits_are_not_taken_for_probabilities():
    with pytest.raises(CardError, match='or say `"outputs": "logits"` in its card'):
        _table([[2.0, -1.0]])


def test_outputs_must_be_known_to_the_card():
    with pytest.raises(CardError, match="`outputs` of card 'toy' must be one of probabilities, logits"):
        _table([[0.5, 0.5]], outputs="percent")


def test_predictions_of_other_positions_than_the_tokens_are_refused():
    with pytest.raises(CardError, match=r"must give \[batch, tokens, classes\] for inputs of \[1, 3\]"):
        _table(np.full((1, 2, 2), 0.5), task="token_classification")


def test_features_predict_nothing():
    assert _table(np.ones((2, 3, 8)), task="features", classes=()).shape == (2, 0)
