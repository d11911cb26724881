"""A model and its card write, score and show attention; checked against Keras and NumPy."""

import keras
import numpy as np
import pytest

from attnviz.errors import CardError, InputError
from attnviz.models.card import Card, card_from_dict, card_to_dict
from attnviz.models.decodings import Beam, Greedy, Sampled
from attnviz.models.loaded import LoadedModel
from attnviz.sequences.output_specification import OutputSpecification
from attnviz.sequences.specification import NumericSpecification, TextSpecification
from attnviz.training.sequence_to_sequence import transcriber, translator

SOURCE = TextSpecification(name="english", vocabulary=("i", "am", "cold", "hungry", "."), maximum_length=8)
OUTPUT = OutputSpecification(
    name="french",
    vocabulary=("j'", "ai", "froid", "faim", "."),
    maximum_length=6,
    splitting="french_words",
    joining="french_words",
    sentence_case=True,
)


def card(**fields):
    given = {"name": "toy", "title": "", "description": "", "task": "seq2seq", "input": SOURCE, "output": OUTPUT}
    return Card(**{**given, "outputs": "logits", **fields})


@pytest.fixture(scope="module", params=[translator, transcriber])
def loaded(request):
    keras.utils.set_random_seed(1)
    names = {"source_name": "english", "target_name": "french", "embedding": 8, "units": 8}
    if request.param is translator:
        model = translator(source_words=7, target_words=OUTPUT.size, **names)
    else:
        model = transcriber(source_characters=7, target_characters=OUTPUT.size, **names)
    model.set_weights([2.5 * one for one in model.get_weights()])  # untrained, but of many minds
    return LoadedModel(card=card(), keras_model=model)


def log_probabilities(loaded, source, ids):
    """Of each token, from one plain run of the Keras model on each beginning."""
    found = []
    for position, one in enumerate(ids):
        found.append(float(np.log(next_probabilities(loaded, source, ids[:position])[one])))
    return found


def next_probabilities(loaded, source, written):
    """Of every token after `written`, from a plain run of the Keras model and a softmax in NumPy."""
    logits = loaded.keras_model([np.array([source]), np.array([[2, *written]])]).numpy()[0, -1]
    exponents = np.exp(logits.astype(np.float64) - logits.max())
    return exponents / exponents.sum()


def test_the_best_of_the_beam_is_the_prediction(loaded):
    table = loaded.predict(["I am cold.", "hungry"])
    outputs = loaded.write(["I am cold.", "hungry"])
    best = outputs[outputs["rank"] == 1].reset_index()
    assert list(table.columns) == ["prediction", "probability", "log_probability"]
    assert list(table["prediction"]) == list(best["prediction"])
    np.testing.assert_allclose(table["log_probability"], best["log_probability"], atol=1e-4)
    np.testing.assert_allclose(table["probability"], np.exp(table["log_probability"]))
    assert list(outputs["sequence"].unique()) == [0, 1]
    assert list(outputs[outputs["sequence"] == 0]["rank"]) == list(range(1, (outputs["sequence"] == 0).sum() + 1))


@pytest.mark.parametrize("text", ["J'ai froid.", "Faim"])
def test_an_output_that_is_given_has_the_product_of_its_tokens_probabilities(loaded, text):
    ids = [*OUTPUT.ids_of(text), OUTPUT.end_id]
    expected = log_probabilities(loaded, [2, 3, 4, 6], ids)
    table = loaded.predict("I am cold.", outputs=text)
    assert table["prediction"][0] == text
    assert table["log_probability"][0] == pytest.approx(sum(expected), abs=1e-4)


def test_each_token_of_an_output_has_the_probability_that_keras_gives_it(loaded):
    """Against softmaxes of plain runs of the Keras model, token by token."""
    text = "J'ai froid."
    ids = [*OUTPUT.ids_of(text), OUTPUT.end_id]
    table = loaded.token_probabilities(loaded.capture("I am cold.", outputs=text))
    assert list(table["token"]) == ["j'", "ai", "froid", ".", "<end>"]
    assert list(table["position"]) == [1, 2, 3, 4, 5]
    np.testing.assert_allclose(table["log_probability"], log_probabilities(loaded, [2, 3, 4, 6], ids), atol=1e-4)
    np.testing.assert_allclose(table["probability"], np.exp(table["log_probability"]))
    whole = loaded.predict("I am cold.", outputs=text)["probability"][0]
    assert table["probability"].prod() == pytest.approx(whole, rel=1e-4)
    names = {OUTPUT.end_id: "<end>", **{one: token for token, one in OUTPUT.ids.items()}}
    for position, row in enumerate(table.itertuples()):
        chances = next_probabilities(loaded, [2, 3, 4, 6], ids[:position])
        best = max(names, key=lambda one: chances[one])
        assert row.most_probable == names[best]
        assert row.most_probable_probability == pytest.approx(chances[best], abs=1e-5)
        assert row.rank == 1 + sum(chances[one] > chances[ids[position]] for one in names)


def test_what_is_greedy_is_the_most_probable_token_each_time(loaded):
    table = loaded.token_probabilities(loaded.capture("I am hungry.", decoding=Greedy()))
    assert list(table["rank"]) == [1] * len(table)
    assert list(table["most_probable"]) == list(table["token"])
    assert list(table["most_probable_probability"]) == list(table["probability"])


def test_the_tokens_of_several_outputs_are_told_apart(loaded):
    capture = loaded.capture(["I am cold.", "hungry"], outputs=["J'ai froid.", "Faim"])
    table = loaded.token_probabilities(capture)
    assert list(table["sequence"]) == [0, 0, 0, 0, 0, 1, 1]
    assert list(table["position"]) == [1, 2, 3, 4, 5, 1, 2]
    alone = loaded.token_probabilities(loaded.capture("hungry", outputs="Faim"))
    np.testing.assert_allclose(table["log_probability"][5:], alone["log_probability"], atol=1e-4)


def test_an_output_that_was_found_can_be_given_as_it_is(loaded):
    encoded = loaded.encode("I am hungry.")
    found = loaded.writer.write(encoded, Beam(size=4))[0]
    assert len(found) > 1
    for one in found:
        table = loaded.predict("I am hungry.", outputs=one)
        assert table["log_probability"][0] == pytest.approx(one.log_probability, abs=1e-4)
        capture = loaded.capture("I am hungry.", outputs=[one])
        assert capture.sequences["french"][0] == tuple(OUTPUT.labels_of(one.ids))
        np.testing.assert_allclose(
            loaded.token_probabilities(capture)["log_probability"], one.log_probabilities, atol=1e-4
        )


def test_what_is_written_has_the_probability_that_it_has_when_it_is_given(loaded):
    for decoding in (Greedy(), Beam(size=3), Sampled(seed=2)):
        table = loaded.write("I am hungry.", decoding=decoding)
        for row in table[table["finished"]].itertuples():
            if not OUTPUT.tokens_of(row.prediction) or OUTPUT.unknown_id in OUTPUT.ids_of(row.prediction):
                continue  # nonsense of an untrained model that is no text
            again = loaded.predict("I am hungry.", outputs=row.prediction)
            if again["prediction"][0] == row.prediction and len(OUTPUT.ids_of(row.prediction)) > 0:
                ids = [*OUTPUT.ids_of(row.prediction), OUTPUT.end_id]
                expected = sum(log_probabilities(loaded, [2, 3, 5, 6], ids))
                assert again["log_probability"][0] == pytest.approx(expected, abs=1e-4)


def test_the_map_runs_from_what_was_written_to_what_was_read(loaded):
    capture = loaded.capture(["I am cold.", "hungry"], outputs=["J'ai froid.", "Faim"], compare=True)
    (attention,) = capture.maps
    assert (attention.query_axis, attention.key_axis) == ("french", "english")
    assert attention.weights.shape == (2, 1, 5, 4)
    assert capture.sequences["english"] == (("I", "am", "cold", "."), ("hungry", "", "", ""))
    assert capture.sequences["french"] == (("j'", "ai", "froid", ".", "<end>"), ("faim", "<end>", "", "", ""))
    assert capture.valid["french"].tolist() == [[True] * 5, [True, True, False, False, False]]
    assert capture.model == "toy"
    assert capture.prediction_difference < 1e-5


def test_a_row_of_the_map_is_what_keras_computes_while_that_token_is_looked_for(loaded):
    capture = loaded.capture("I am cold.", outputs="J'ai froid.")
    layer = loaded.keras_model.get_layer("attention")
    plain = keras.Model(loaded.keras_model.inputs, layer.output[1])
    start, j, ai = 2, OUTPUT.ids["j'"], OUTPUT.ids["ai"]
    weights = plain([np.array([[2, 3, 4, 6]]), np.array([[start, j, ai]])]).numpy()
    np.testing.assert_allclose(capture.maps[0].weights[0, 0, 2], weights[0, 2], atol=1e-6)  # looking for "froid"


def test_what_a_text_gets_does_not_depend_on_its_neighbours(loaded):
    together = loaded.predict(["I am hungry.", "cold", "am I cold . . ."])
    alone = [loaded.predict(one) for one in ("I am hungry.", "cold", "am I cold . . .")]
    assert list(together["prediction"]) == [one["prediction"][0] for one in alone]
    np.testing.assert_allclose(together["log_probability"], [one["log_probability"][0] for one in alone], atol=1e-4)


def test_probabilities_are_read_as_well_as_logits(loaded):
    softmax = keras.layers.Activation("softmax", name="probabilities")(loaded.keras_model.output)
    other = LoadedModel(card=card(outputs="probabilities"), keras_model=keras.Model(loaded.keras_model.inputs, softmax))
    expected = loaded.predict("I am cold.")
    found = other.predict("I am cold.")
    assert found["prediction"][0] == expected["prediction"][0]
    assert found["log_probability"][0] == pytest.approx(expected["log_probability"][0], abs=1e-4)


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ("J'ai soif.", "The model cannot write “soif”: it writes 5 tokens, and no others: “j'”, “ai”, “froid”"),
        ("", "The output is empty. Type at least one word"),
        (" ", "The output is empty. Type at least one word"),
        ("Froid froid froid froid froid froid", "may have at most 5 tokens. Received: 6"),
        (["Froid", "Faim"], "one output for each sequence. Received: 2 for 1"),
    ],
)
def test_outputs_that_cannot_be_given(loaded, outputs, message):
    with pytest.raises(InputError, match=message):
        loaded.capture("I am cold.", outputs=outputs)


def test_a_classifier_writes_nothing():
    tokens = keras.Input((None,), dtype="int32", name="english")
    pooled = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(7, 4)(tokens))
    model = keras.Model(tokens, keras.layers.Dense(2, activation="softmax")(pooled))
    classifier = LoadedModel(
        card=card(task="classification", output=None, outputs="probabilities", classes=("a", "b")), keras_model=model
    )
    for arguments in ({"decoding": Greedy()}, {"outputs": "Faim"}):
        with pytest.raises(InputError, match="writes no text: leave `decoding` and `outputs` out"):
            classifier.predict("cold", **arguments)
    with pytest.raises(CardError, match="is for classification and writes nothing"):
        classifier.write("cold")
    with pytest.raises(CardError, match="is for classification and writes nothing"):
        classifier.token_probabilities(classifier.capture("cold"))


def test_a_model_that_does_not_fit_its_card(loaded):
    names = LoadedModel(
        card=card(input=TextSpecification(name="text", vocabulary=("a",), maximum_length=3)),
        keras_model=loaded.keras_model,
    )
    with pytest.raises(CardError, match="must take the two inputs 'text'.*Received: 'english', 'french'"):
        names.predict("a")
    more = OutputSpecification(name="french", vocabulary=("a",), maximum_length=3)
    with pytest.raises(CardError, match="one number for each of the 5 ids of the card's `output`"):
        LoadedModel(card=card(output=more), keras_model=loaded.keras_model).predict("cold")


def test_the_card_survives_its_file():
    again = card_from_dict(card_to_dict(card()))
    assert again.output == OUTPUT
    assert card_to_dict(again) == card_to_dict(card())
    old = card_to_dict(card(task="classification", output=None, classes=("a", "b")))
    del old["output"]
    assert card_from_dict(old).output is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"output": None}, "must say in `output` what the model writes .* Received: task 'seq2seq' without `output`"),
        ({"task": "classification", "classes": ("a", "b")}, "Received: task 'classification' with `output`"),
        ({"input": NumericSpecification(name="x", features=("y",))}, "which is for seq2seq, must be of the kind text"),
        (
            {"output": OutputSpecification(name="english", vocabulary=("a",), maximum_length=3)},
            "`output.name` of card 'toy' must be another input of the model.*Received: 'english'",
        ),
    ],
)
def test_impossible_cards(fields, message):
    with pytest.raises(CardError, match=message):
        card(**fields)
