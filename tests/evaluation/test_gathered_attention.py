"""Attention over a data set against `attnviz.analysis` on the capture of each example alone."""

import keras
import numpy as np
import pytest
from keras import layers

from attnviz.analysis import statistics
from attnviz.evaluation.attention_over_data import head_table
from attnviz.evaluation.head_means import head_means_of_arrays
from attnviz.evaluation.reading import BatchReader
from attnviz.evaluation.running import evaluate
from attnviz.layers import AttentionPooling, SelfAttention
from attnviz.models.card import Card
from attnviz.models.loaded import LoadedModel
from attnviz.sequences.document_specification import DocumentSpecification
from attnviz.sequences.specification import TextSpecification
from attnviz.training.architectures import document_classifier


def of_one(model, text):
    """Entropy, normalised entropy and distance of every head, and what each token receives, of one text alone."""
    capture = model.capture([text])
    numbers, received = [], []
    for one in capture.maps:
        queries, keys = capture.valid[one.query_axis], capture.valid[one.key_axis]
        allowed = np.broadcast_to(keys[:, None, :], (1, *one.weights.shape[2:])).copy()
        if one.mask is not None:
            allowed &= one.mask
        given = {"mask": allowed[:, None]}
        of_queries = [
            statistics.attention_entropy(one.weights, **given),
            statistics.normalised_entropy(one.weights, **given),
            statistics.attention_distance(one.weights, **given)
            if one.query_axis == one.key_axis
            else np.full(one.weights.shape[:3], np.nan),
        ]
        numbers.append([statistics.mean_over_queries(each, queries[:, None])[0] for each in of_queries])
        each = statistics.received_attention(one.weights, valid=queries[:, None], **given)[0]
        received.append(each.mean(axis=0))
    return np.concatenate(numbers, axis=1), np.mean(received, axis=0)


def causal(hidden):
    attended = layers.MultiHeadAttention(2, 3, name="causal")(hidden, hidden, use_causal_mask=True)
    return layers.Dense(2, activation="softmax")(AttentionPooling(name="pool")(layers.Add()([hidden, attended])))


def masked_twice(hidden):
    attended = layers.MultiHeadAttention(3, 2, name="look")(hidden, hidden)
    return layers.Dense(2, activation="softmax")(layers.GlobalAveragePooling1D()(attended))


@pytest.mark.parametrize("outputs_of", [causal, masked_twice])
def test_a_batch_gives_what_every_example_gives_alone(toy_model, data_of, texts, outputs_of):
    model = toy_model(outputs_of)
    few = texts[:20]
    attention = evaluate(model, data_of(model, few, [0] * len(few)), batch_size=8).attention
    for row, text in enumerate(few):
        (entropy, normalised, distance), _ = of_one(model, text)
        np.testing.assert_allclose(attention.entropy[row], entropy, atol=2e-6, equal_nan=True)
        np.testing.assert_allclose(attention.normalised_entropy[row], normalised, atol=2e-6, equal_nan=True)
        np.testing.assert_allclose(attention.distance[row], distance, atol=2e-6, equal_nan=True)


def test_tokens_receive_what_they_receive_alone(toy_model, data_of, texts):
    model = toy_model(causal)
    few = texts[:20]
    evaluation = evaluate(model, data_of(model, few, [0, 1] * 10), batch_size=8)
    shares: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for row, text in enumerate(few):
        _, received = of_one(model, text)
        tokens = text.split()
        for token, share in zip(tokens, received, strict=True):
            shares.setdefault((token, row % 2), []).append((share, share * len(tokens)))
        assert evaluation.examples["most attended token"].iloc[row] == tokens[received.argmax()]
    sums = evaluation.attention.tokens.sums.groupby(["token", "truth"])[["count", "share", "times even"]].sum()
    assert set(sums.index) == set(shares)
    for key, own in shares.items():
        assert sums.loc[key, "count"] == len(own)
        np.testing.assert_allclose(sums.loc[key, ["share", "times even"]], np.sum(own, axis=0), rtol=1e-4)


def test_the_way_through_the_graph_is_the_way_through_captures(toy_model, data_of, texts, monkeypatch):
    model = toy_model(causal)
    data = data_of(model, texts[:24], [0] * 24)
    direct = evaluate(model, data, batch_size=8)
    learn = BatchReader._learn

    def learned(self, *arguments):
        learn(self, *arguments)
        assert self._plain
        self._plain = False

    monkeypatch.setattr(BatchReader, "_learn", learned)
    slow = evaluate(model, data, batch_size=8)
    np.testing.assert_allclose(direct.outputs, slow.outputs, atol=1e-5)
    for name in ("entropy", "normalised_entropy", "distance"):
        np.testing.assert_allclose(getattr(direct.attention, name), getattr(slow.attention, name), atol=2e-6)
    assert list(direct.examples["most attended token"]) == list(slow.examples["most attended token"])
    assert direct.attention.places == slow.attention.places


def test_means_of_heads_are_those_of_the_analysis():
    generator = np.random.default_rng(2)
    weights = generator.dirichlet(np.full(7, 0.3), size=(5, 3, 7)).astype(np.float32)
    weights[0, 1, 2] = 0  # a query that attends to nothing
    valid = np.arange(7) < np.array([7, 5, 1, 3, 6])[:, None]
    mask = generator.random((5, 7, 7)) > 0.3
    found = head_means_of_arrays(weights, valid, valid, mask, same_axis=True)
    allowed = (mask & valid[:, None, :])[:, None]
    for own, of_queries in (
        (found.entropy, statistics.attention_entropy(weights, mask=allowed)),
        (found.normalised_entropy, statistics.normalised_entropy(weights, mask=allowed)),
        (found.distance, statistics.attention_distance(weights, mask=allowed)),
    ):
        expected = statistics.mean_over_queries(of_queries, valid[:, None])
        np.testing.assert_allclose(own, expected, atol=1e-6, equal_nan=True)
    received = statistics.received_attention(weights, valid=valid[:, None], mask=allowed).mean(axis=1)
    np.testing.assert_allclose(found.received, received, atol=1e-6, equal_nan=True)


def test_words_of_sentences_receive_the_share_of_their_sentence(data_of):
    """With even attention, a word receives 1 / (sentences of its document × words of its sentence)."""
    specification = DocumentSpecification(
        name="sentences", vocabulary=("good", "bad", "."), maximum_sentences=3, maximum_length=5
    )
    card = Card(name="toy", title="", description="", task="classification", classes=("a", "b"), input=specification)
    model = document_classifier(words=5, classes=2, sentences=3, length=5, embedding=4, units=3)
    for layer in ("word_attention", "sentence_attention"):
        context = model.get_layer(layer).context
        context.assign(np.zeros(context.shape))
    loaded = LoadedModel(card=card, keras_model=model)
    evaluation = evaluate(loaded, data_of(loaded, ["Good. Bad bad good bad.", "Good bad."], [0, 1]))
    assert evaluation.attention.reads == "words"
    share = evaluation.attention.tokens.sums.set_index(["token", "truth"])["share"]
    assert share["good", 0] == pytest.approx(1 / 4 + 1 / 10)
    assert share["bad", 0] == pytest.approx(3 / 10)
    assert share[".", 0] == pytest.approx(1 / 4 + 1 / 10)
    assert share["good", 1] == pytest.approx(1 / 3)
    entropy = evaluation.attention.entropy
    assert entropy[0] == pytest.approx([(np.log(2) + np.log(5)) / 2, np.log(2)], abs=1e-5)
    assert entropy[1] == pytest.approx([np.log(3), 0], abs=1e-5)


def test_marks_around_the_text_are_not_the_most_attended(data_of):
    specification = TextSpecification(
        name="tokens", vocabulary=("good", "bad"), maximum_length=8, before={"<s>": 4}, after={"</s>": 5}
    )
    inputs = keras.Input((None,), dtype="int32", name="tokens")
    keras.utils.set_random_seed(1)
    hidden = layers.Embedding(6, 4, mask_zero=True)(inputs)
    model = keras.Model(inputs, layers.Dense(2, activation="softmax")(AttentionPooling()(SelfAttention()(hidden))))
    card = Card(name="toy", title="", description="", task="classification", classes=("no", "yes"), input=specification)
    loaded = LoadedModel(card=card, keras_model=model)
    evaluation = evaluate(loaded, data_of(loaded, ["good bad", "bad"], [0, 1]))
    assert set(evaluation.examples["most attended token"]) <= {"good", "bad"}
    assert {"<s>", "</s>"} <= set(evaluation.attention.tokens.sums["token"])


def test_one_row_a_head(classifier, data_of, texts):
    attention = evaluate(classifier, data_of(classifier, texts[:9], [0] * 9)).attention
    table = head_table(attention)
    assert list(table["layer"]) == [place.name for place in attention.places]
    np.testing.assert_allclose(table["entropy"], np.nanmean(attention.entropy, axis=0), rtol=1e-6)
    np.testing.assert_allclose(table["distance"][0], np.nanmean(attention.distance[:, 0]), rtol=1e-6)
    assert list(table["examples"]) == [9] * len(table)
    np.testing.assert_allclose(attention.entropies, np.nanmean(attention.entropy, axis=1), rtol=1e-6)


def test_a_model_without_attention_has_none(toy_model, data_of):
    model = toy_model(lambda hidden: layers.Dense(2, activation="softmax")(layers.GlobalAveragePooling1D()(hidden)))
    evaluation = evaluate(model, data_of(model, ["good", "bad film"], [0, 1]))
    assert evaluation.attention is None
    assert list(evaluation.examples["most attended token"]) == [None, None]
