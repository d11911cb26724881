"""Labels for inputs that hold texts: they belong to the tokens that the model makes of them."""

import keras
import numpy as np
import pytest
from keras import layers

from attnviz import AttentionPooling, SelfAttention, capture_attention

TEXTS = ["good film", "bad"]


def _model(shape, length):
    keras.utils.set_random_seed(3)
    inputs = keras.Input(shape, dtype="string", name="text")
    ids = layers.TextVectorization(vocabulary=["good", "bad", "film"], output_sequence_length=length)(inputs)
    hidden = layers.Embedding(5, 4, mask_zero=True)(ids)
    hidden = SelfAttention(name="look")(hidden)
    return keras.Model(inputs, layers.Dense(2, activation="softmax")(AttentionPooling(name="pool")(hidden)))


@pytest.mark.parametrize("shape", [(), (1,)], ids=["batch", "batch by 1"])
@pytest.mark.parametrize("length", [None, 4])
def test_labels_of_texts_are_those_of_the_tokens(shape, length):
    model = _model(shape, length)
    texts = np.array(TEXTS).reshape(2, *shape)
    blanks = ("",) * ((length or 2) - 2)
    labels = [("good", "film", *blanks), ("bad", "", *blanks)]
    capture = capture_attention(model, texts, sequences={"text": labels})
    look, pool = capture.maps
    assert (look.query_axis, look.key_axis, pool.key_axis) == ("text", "text", "text")
    assert capture.sequences["text"] == tuple(labels)
    assert capture.valid["text"].tolist() == [[one != "" for one in own] for own in labels]
    np.testing.assert_allclose(capture.outputs, np.asarray(model(texts)), atol=1e-6)
    np.testing.assert_array_equal(look.weights[1, 0, 0, 1:], 0)  # padding


def test_blank_labels_are_padding_where_the_model_computes_no_mask():
    inputs = keras.Input((None, 2), name="days")
    model = keras.Model(inputs, AttentionPooling(name="pool")(inputs))
    capture = capture_attention(model, np.ones((1, 3, 2)), sequences=[("", "a", "b")])
    assert capture.valid["days"].tolist() == [[False, True, True]]
