"""Models that people really have: several inputs in a dict, masks as inputs, deep decoders, folded batches, changes."""

import threading
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from attnviz import AttentionLayer, AttentionPooling, CaptureError, SelfAttention, ShapeError, capture_attention
from attnviz.capture import compiled as compiled_module
from attnviz.capture.stand_in import TRACING


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(11)


@pytest.fixture
def features():
    return np.random.default_rng(11).normal(size=(2, 5, 8)).astype("float32")


def test_a_dict_is_matched_by_name_and_not_by_position(features):
    tokens = keras.Input((None,), dtype="int32", name="z")
    numbers = keras.Input((None, 8), name="a")
    hidden = layers.Embedding(9, 8)(tokens) + numbers
    model = keras.Model([tokens, numbers], SelfAttention()(hidden))
    inputs = {"z": np.array([[1, 2, 3, 4, 5], [5, 4, 3, 2, 1]]), "a": features}
    capture = capture_attention(model, inputs, compare=True)
    np.testing.assert_allclose(capture.outputs, model.predict(inputs, verbose=0), atol=1e-5)
    assert capture.prediction_difference < 1e-5


def test_a_changed_model_is_traced_anew(features):
    model = keras.Sequential([keras.Input((None, 8)), SelfAttention(), layers.Dense(4)])
    assert capture_attention(model, features).outputs.shape == (2, 5, 4)
    model.add(layers.Dense(3))
    np.testing.assert_allclose(capture_attention(model, features).outputs, model(features), atol=1e-5)
    model.pop()
    model.pop()
    model.add(layers.Dense(3))
    np.testing.assert_allclose(capture_attention(model, features).outputs, model(features), atol=1e-5)


def test_a_padding_mask_that_is_an_input_is_no_axis():
    tokens = keras.Input((None,), dtype="int32", name="token_ids")
    padding = keras.Input((None,), dtype="bool", name="padding_mask")
    hidden = layers.Embedding(9, 8)(tokens)
    attended = layers.MultiHeadAttention(2, 4, name="heads")(hidden, hidden, attention_mask=padding[:, None, :])
    model = keras.Model({"token_ids": tokens, "padding_mask": padding}, attended)
    mask = np.array([[True, True, False]])
    capture = capture_attention(model, {"token_ids": np.array([[3, 4, 0]]), "padding_mask": mask})
    only = capture.maps[0]
    assert (only.query_axis, only.key_axis) == ("token_ids", "token_ids")
    np.testing.assert_array_equal(capture.valid["token_ids"], mask)
    np.testing.assert_array_equal(only.mask[0], np.repeat(mask, 3, axis=0))


def test_a_deep_decoder_keeps_to_its_own_sequence(features):
    source, target = keras.Input((None, 8), name="source"), keras.Input((None, 8), name="target")
    state = target
    for block in range(3):
        state = state + layers.MultiHeadAttention(2, 4, name=f"self_{block}")(state, state, use_causal_mask=True)
        state = state + layers.MultiHeadAttention(2, 4, name=f"cross_{block}")(state, source)
    capture = capture_attention(keras.Model([source, target], state), [features, features])
    axes = {one.name: (one.query_axis, one.key_axis) for one in capture.maps}
    for block in range(3):
        assert axes[f"self_{block}"] == ("target", "target")
        assert axes[f"cross_{block}"] == ("target", "source")


def test_words_folded_into_the_batch_get_an_axis_of_their_own():
    document = keras.Input((3, 5), dtype="int32", name="document")
    words = layers.Embedding(9, 4)(ops.reshape(document, (-1, 5)))
    sentences = AttentionPooling(name="words")(words)
    vector = AttentionPooling(name="sentences")(ops.reshape(sentences, (-1, 3, 4)))
    capture = capture_attention(keras.Model(document, vector), np.ones((2, 3, 5), int))
    assert [one.weights.shape for one in capture.maps] == [(6, 1, 1, 5), (2, 1, 1, 3)]
    assert capture.maps[1].key_axis == "document"
    assert capture.maps[0].key_axis != "document"


def test_a_mask_of_something_shorter_is_not_the_padding_of_the_input():
    inputs = keras.Input((8, 2), name="steps")
    strided = layers.Masking()(layers.Conv1D(4, 2, strides=2)(inputs))
    capture = capture_attention(
        keras.Model(inputs, SelfAttention()(strided)), np.ones((1, 8, 2)), sequences=[[str(step) for step in range(8)]]
    )
    assert capture.valid["steps"].all()
    assert capture.maps[0].weights.shape == (1, 1, 4, 4)
    assert capture.maps[0].key_axis != "steps"


@pytest.mark.parametrize("length", [1, 3])
def test_a_model_of_fixed_length_refuses_another(features, length):
    inputs = keras.Input((5, 8), name="steps")
    model = keras.Model(inputs, SelfAttention()(inputs))
    capture_attention(model, features)
    with pytest.raises(CaptureError, match=rf"'steps' must have shape \(None, 5, 8\).*\(2, {length}, 8\)"):
        capture_attention(model, features[:, :length])


def test_an_error_inside_the_model_is_one_line_without_paths():
    inputs = keras.Input((None,), dtype="int32")
    model = keras.Model(inputs, SelfAttention()(layers.Embedding(3, 2)(inputs)))
    with pytest.raises(CaptureError, match="is not in") as caught:
        capture_attention(model, np.array([[1, 99]]))
    assert "\n" not in str(caught.value)
    assert "File" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_an_unbuilt_model_is_built_once_by_many_threads(features):
    model = keras.Sequential([SelfAttention(), SelfAttention(), layers.Dense(3)])
    problems: list[Exception] = []

    def capture() -> None:
        try:
            capture_attention(model, features)
        except Exception as error:  # noqa: BLE001 - collected
            problems.append(error)

    threads = [threading.Thread(target=capture) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(model.weights) == 8


def test_what_is_compiled_does_not_wait_for_another_trace(features):
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, SelfAttention()(inputs))
    capture_attention(model, features)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with TRACING:
            held.set()
            done.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    try:
        captured = threading.Thread(target=capture_attention, args=(model, features))
        captured.start()
        captured.join(10)
        assert not captured.is_alive()
    finally:
        done.set()
        holder.join()


class Steps(keras.Model):
    """Its code needs to know the number of steps."""

    def __init__(self):
        super().__init__(name="steps")
        self.own = SelfAttention(name="own")

    def call(self, inputs):
        return ops.stack([self.own(inputs)[:, step] for step in range(inputs.shape[1])], axis=1)


def test_sizes_that_cannot_be_left_free_are_not_tried_again(features, monkeypatch):
    traces = []
    original = compiled_module.CompiledCapture.__init__

    def counted(self, *arguments):
        traces.append(arguments)
        original(self, *arguments)

    monkeypatch.setattr(compiled_module.CompiledCapture, "__init__", counted)
    model = Steps()
    for length in (5, 5, 4, 5, 4):
        assert capture_attention(model, features[:, :length]).maps
    assert len(traces) == 3  # free, then a length of 5, then one of 4


def test_outputs_may_hold_nothing(features):
    class Pair(keras.Model):
        def __init__(self):
            super().__init__()
            self.own = SelfAttention()

        def call(self, inputs):
            return self.own(inputs), None

    capture = capture_attention(Pair(), features, compare=True)
    assert capture.outputs[1] is None
    assert len(capture.maps) == 1


def test_weights_that_are_not_finite_are_said_to_be_so(features):
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, SelfAttention()(inputs))
    model.layers[1].query_kernel.assign(np.full((8, 8), np.nan))
    with pytest.raises(CaptureError, match="must be finite.*diverged"):
        capture_attention(model, features)


def test_plain_lists_and_lossy_types():
    inputs = keras.Input((None,), dtype="int32", name="tokens")
    model = keras.Model(inputs, SelfAttention()(layers.Embedding(9, 4)(inputs)))
    assert capture_attention(model, [[1, 2, 3]]).sequences["tokens"] == (("1", "2", "3"),)
    with pytest.raises(CaptureError, match="'tokens' takes whole numbers of type int32"):
        capture_attention(model, np.array([[1.5, 2.0]]))


PAD = r"Pad them with `keras.utils.pad_sequences\(rows, padding='post'\)`"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([[1, 2, 3], [4, 5]], f"Input 'ids' must be an array .* Received: ragged rows, 2 to 3 long. {PAD}"),
        (tf.ragged.constant([[1], [2, 3, 4]]), f"'ids' .* Received: ragged rows in a RaggedTensor, 1 to 3 long. {PAD}"),
        ({"ids": np.array([[1], [2, 3]], dtype=object)}, f"'ids' .* Received: ragged rows, 1 to 2 long. {PAD}"),
        (tf.sparse.from_dense([[0, 1], [2, 0]]), r"a SparseTensor of shape \(2, 2\). Give `tf.sparse.to_dense"),
        (
            [np.array([1, 2, 3]), np.array([4, 5])],
            r"Received: shapes \[\(3,\), \(2,\)\]. A list, a tuple or a dict stands",
        ),
        (
            {"ids": [[1, 2], [3]]},
            r"Received: shapes \[\(\), \(\), \(\)\]. A list, a tuple or a dict stands for several",
        ),
    ],
)
def test_rows_of_different_lengths_are_said_to_be_so(given, message):
    inputs = keras.Input((None,), dtype="int32", name="ids")
    model = keras.Model(inputs, SelfAttention()(layers.Embedding(9, 4, mask_zero=True)(inputs)))
    with pytest.raises(CaptureError, match=message):
        capture_attention(model, given)
    padded = keras.utils.pad_sequences([[1, 2, 3], [4, 5]], padding="post")  # as the message says
    np.testing.assert_array_equal(capture_attention(model, padded).valid["ids"], [[1, 1, 1], [1, 1, 0]])


def test_labels_stand_at_the_real_tokens_of_a_left_padded_text():
    inputs = keras.Input((None,), dtype="int32", name="tokens")
    model = keras.Model(inputs, SelfAttention()(layers.Embedding(9, 4, mask_zero=True)(inputs)))
    capture = capture_attention(model, np.array([[0, 0, 1, 2]]), sequences=[["a", "b"]])
    assert capture.sequences["tokens"] == (("", "", "a", "b"),)
    with pytest.raises(ShapeError, match="4 positions of sample 0, or for each of its 2 real tokens. Received: 1"):
        capture_attention(model, np.array([[0, 0, 1, 2]]), sequences=[["a"]])


@pytest.mark.parametrize(
    "compare",
    [
        lambda p: layers.Attention(name="look")([p, p]),
        lambda p: AttentionLayer(name="look")([p, p, p]),
    ],
    ids=["Attention", "AttentionLayer"],
)
def test_probabilities_that_attend_are_no_attention_themselves(features, compare):
    inputs = keras.Input((None, 8))
    probabilities = layers.Dense(4, activation="softmax", name="tagger")(inputs)
    capture = capture_attention(keras.Model(inputs, compare(probabilities)), features)
    assert [one.name for one in capture.maps] == ["look"]


def test_comparing_probabilities_is_no_attention(features):
    inputs = keras.Input((None, 8))
    classifier = layers.Dense(4, activation="softmax", name="classifier")
    first, second = classifier(inputs), classifier(inputs * 2.0)
    entropy = -ops.sum(first * ops.log(first), axis=-1)
    similarity = ops.sum(first * second, axis=-1)
    product = ops.matmul(first, ops.transpose(second, (0, 2, 1)))
    assert capture_attention(keras.Model(inputs, [entropy, similarity, product]), features).maps == ()


@pytest.mark.parametrize(
    "mix",
    [
        lambda a, x: ops.sum(a[..., None] * x, axis=1),
        lambda a, x: ops.sum(layers.Multiply()([layers.Permute((2, 1))(layers.RepeatVector(8)(a)), x]), axis=1),
        lambda a, x: layers.GlobalAveragePooling1D()(layers.Multiply()([ops.expand_dims(a, -1), x])),
        lambda a, x: layers.Dot(axes=1)([a, x]),
        lambda a, x: ops.einsum("bt,btd->bd", a, x),
    ],
    ids=["newaxis", "RepeatVector", "GlobalAveragePooling1D", "Dot", "einsum"],
)
def test_ways_to_write_attention_pooling(features, mix):
    inputs = keras.Input((5, 8), name="steps")
    weights = layers.Softmax(name="softmax")(layers.Flatten()(layers.Dense(1)(inputs)))
    model = keras.Model(inputs, [mix(weights, inputs), weights])
    capture = capture_attention(model, features)
    assert [one.key_axis for one in capture.maps] == ["steps"]
    np.testing.assert_array_equal(capture.maps[0].weights[:, 0, 0], capture.outputs[1])


_softmax_bound_early = tf.nn.softmax


class _EarlyBound(layers.Layer):
    def call(self, inputs):
        return tf.matmul(_softmax_bound_early(tf.matmul(inputs, inputs, transpose_b=True)), inputs)


def test_a_softmax_that_was_imported_by_name_is_found_in_the_graph(features):
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, _EarlyBound(name="early")(inputs))
    capture = capture_attention(model, features)
    assert [one.layer.rsplit("_", 1)[0] for one in capture.maps] == ["early"]  # TensorFlow numbers its scopes
    scores = features @ features.transpose(0, 2, 1)
    expected = np.exp(scores - scores.max(-1, keepdims=True))
    np.testing.assert_allclose(capture.maps[0].weights[:, 0], expected / expected.sum(-1, keepdims=True), atol=1e-5)


def test_a_mask_that_is_multiplied_is_part_of_the_weights(features):
    """Masked after softmax: what is captured is what mixes the values."""
    inputs = keras.Input((5, 8))
    allowed = ops.cast(np.array([True, True, True, False, False]), "bool")
    weights = ops.softmax(ops.matmul(inputs, ops.transpose(inputs, (0, 2, 1)))) * ops.cast(allowed, "float32")
    model = keras.Model(inputs, [ops.matmul(weights, inputs), weights])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        capture = capture_attention(model, features)
    np.testing.assert_allclose(capture.maps[0].weights[:, 0], capture.outputs[1], atol=1e-6)
