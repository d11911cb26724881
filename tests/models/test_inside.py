"""Queries and keys of the models that ship with their cards, for their own examples."""

import numpy as np
import pytest
from scipy.special import softmax

import attnviz
from attnviz.errors import InputError
from attnviz.models.inside import queries_and_keys


@pytest.mark.parametrize("name", ["recall", "sentiment"])
def test_a_text_gives_the_weights_of_its_capture(name: str):
    model = attnviz.load_model(name)
    text = model.card.examples[0].sequence
    for one in model.capture([text]).maps:
        read = queries_and_keys(model, text, layer=one.name)
        mask = read.mask_of(0)
        scores = read.scores(0, 0) if mask is None else np.where(mask, read.scores(0, 0), -np.inf)
        np.testing.assert_allclose(softmax(scores, axis=-1), one.weights[0, 0], atol=1e-5)


def test_a_model_that_writes_is_read_while_it_writes_a_given_output():
    model = attnviz.load_model("dates")
    text = model.card.examples[0].sequence
    output = model.write(text)["prediction"][0]
    one = model.capture(text, outputs=output).maps[0]
    read = queries_and_keys(model, text, layer=one.name, output=output)
    assert read.queries.shape[2] == one.weights.shape[2]
    with pytest.raises(InputError, match="'dates' writes"):
        queries_and_keys(model, text, layer=one.name)
