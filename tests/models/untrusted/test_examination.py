"""Models that declare more than their file holds, compute more than fits, or hold damaged weights."""

import json
import re
import time
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from attnviz.errors import ShapeError, UnsafeModelError
from attnviz.models.untrusted.checking import check_upload
from attnviz.models.untrusted.limits import MEGABYTE, ModelLimits
from tests.models.untrusted.model_files import (
    WEIGHTS,
    entries_of,
    layer_config,
    saved,
    with_config,
    with_entries,
    with_layer,
    with_weights,
)

SMALL_MEMORY = ModelLimits(check_memory=900 * MEGABYTE)
"""Far too little for what the files here declare: a test passes only if nothing of that size is ever made."""


def refusal(content: bytes, limits: ModelLimits = SMALL_MEMORY) -> str:
    with pytest.raises(UnsafeModelError) as caught:
        check_upload("model.keras", content, limits=limits)
    return str(caught.value)


def with_first(content: bytes, **changes: Any) -> bytes:
    return with_config(content, lambda config: config["config"]["layers"][1]["config"].update(changes))


def test_a_layer_larger_than_the_file_is_refused_before_it_is_built(small: bytes) -> None:
    begin = time.perf_counter()
    for content in (
        with_first(small, units=10**9),
        with_layer(small, layer_config("keras.layers", "Dense", {"name": "huge", "units": 10**12})),
        with_layer(
            small, layer_config("keras.layers", "Embedding", {"name": "huge", "input_dim": 10**9, "output_dim": 8})
        ),
    ):
        assert "declares more parameters than its file holds" in refusal(content) or "computes an array" in refusal(
            content
        )
    message = refusal(with_first(small, units=10**6))
    assert "layer 'first' asks for 4,000,000 numbers more, and the weights hold 23 in all" in message
    assert "Refused before it was built" in message
    assert time.perf_counter() - begin < 30


def test_many_small_layers_that_add_up_are_refused(small: bytes) -> None:
    def multiply(config: dict[str, Any]) -> None:
        found = config["config"]["layers"]
        for number in range(300):
            found.append(layer_config("keras.layers", "Dense", {"name": f"more_{number}", "units": 2}))

    assert "declares more parameters than its file holds" in refusal(with_config(small, multiply))


def test_layers_by_the_billion_are_refused_before_the_first(small: bytes) -> None:
    config = {"name": "odd", "num_layers": 10**9, "num_heads": 2, "hidden_dim": 8, "intermediate_dim": 8}
    layer = layer_config(
        "keras_hub.src.models.bert.bert_backbone", "BertBackbone", config, registered_name="keras_hub>BertBackbone"
    )
    assert "declares num_layers = 1,000,000,000, more than the 23 numbers that its file holds" in refusal(
        with_layer(small, layer)
    )


def test_layers_that_are_called_by_the_thousand_are_refused_before_the_first() -> None:
    inputs = keras.Input((4,))
    content = saved(keras.Model(inputs, layers.Dense(2, name="again")(inputs)))

    def call_again(config: dict[str, Any]) -> None:
        config["config"]["layers"][1]["inbound_nodes"] *= 20_000

    begin = time.perf_counter()
    assert "calls layers 20,001 times, more than the 5,000 allowed" in refusal(with_config(content, call_again))
    assert time.perf_counter() - begin < 20
    few = ModelLimits(layer_calls=2)
    assert check_upload("model.keras", content, limits=few).parameters == 10
    nested = saved(keras.Sequential([keras.Input((4,)), keras.Sequential([layers.Dense(2), layers.ReLU()])]))
    # Each Sequential lists its input as a layer too: two, and three in the second.
    assert "calls layers 5 times, more than the 2 allowed" in refusal(nested, few)


def test_outputs_that_fit_nowhere_are_refused(small: bytes) -> None:
    for layer in (
        layer_config("keras.layers", "RepeatVector", {"name": "huge", "n": 10**10}),
        layer_config("keras.layers", "CategoryEncoding", {"name": "huge", "num_tokens": 10**9}),
    ):
        message = refusal(with_layer(small, layer))
        assert "computes an array of shape" in message or "declares num_tokens" in message

    def enlarge(config: dict[str, Any]) -> None:
        config["config"]["layers"][0]["config"]["batch_shape"] = [None, 10**6, 10**6]

    assert "computes an array of shape [None, 1000000, 1000000]" in refusal(with_config(small, enlarge))


@pytest.mark.parametrize("unroll", [False, True])
def test_a_model_that_would_compute_for_hours_is_refused(unroll: bool) -> None:
    content = saved(keras.Sequential([keras.Input((2,)), layers.RepeatVector(3), layers.SimpleRNN(2, unroll=unroll)]))
    assert check_upload("model.keras", content).parameters == 10

    def repeat(config: dict[str, Any]) -> None:
        config["config"]["layers"][1]["config"]["n"] = 5 * 10**6

    # Unrolled, it is a race which of the two it runs out of first.
    message = refusal(with_config(content, repeat), ModelLimits(check_seconds=5.0))
    assert re.search("took longer than the 5 seconds allowed|of memory allowed", message)


def test_a_model_that_takes_no_empty_example_opens_all_the_same() -> None:
    # One position, as a free length counts, is fewer than the kernel needs.
    content = saved(keras.Sequential([keras.Input((None, 2)), layers.Conv1D(3, 4), layers.GlobalMaxPooling1D()]))
    assert check_upload("model.keras", content).parameters == 27


def test_weights_that_the_config_does_not_describe_are_refused(small: bytes) -> None:
    def add(file: h5py.File) -> None:
        file["layers/other/vars/0"] = np.ones(5, "float32")

    assert "its config describes 23 numbers, and its weights hold 28" in refusal(with_weights(small, add))


def test_state_of_training_is_no_parameter() -> None:
    model = keras.Sequential([keras.Input((3,)), layers.Dropout(0.5), layers.Dense(2)])
    model.compile("adam", "mse")
    model.fit(np.ones((2, 3)), np.ones((2, 2)), verbose=0)
    content = saved(model)
    with_optimizer = sum(size for size in _sizes(content).values())
    assert with_optimizer > 8
    assert check_upload("model.keras", content).parameters == 8


def _sizes(content: bytes) -> dict[str, int]:
    found: dict[str, int] = {}

    def note(weights: h5py.File) -> None:
        weights.visititems(lambda name, one: found.update({name: one.size}) if isinstance(one, h5py.Dataset) else None)

    with_weights(content, note)
    return found


def replaced(data: Any, **options: Any) -> Any:
    def change(file: h5py.File) -> None:
        del file["layers/dense/vars/0"]
        file["layers/dense/vars"].create_dataset("0", data=data, **options)

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (replaced(np.array(["text"] * 12, dtype="S4")), "holds no numbers, but |S4"),
        (replaced("text", dtype=h5py.string_dtype()), "holds no numbers, but object"),
        (replaced(h5py.Empty("f4")), "is empty, without a shape"),
        (replaced(None, shape=(4,), dtype=np.dtype([("a", "f4"), ("b", "i4")])), "holds no numbers"),
        (replaced(None, shape=(4,), dtype=h5py.ref_dtype), "holds no numbers"),
        (replaced(None, shape=(10**9,), dtype="f4"), "claims 1,000,000,000 numbers, but only 0 bytes are stored"),
        (
            replaced(None, shape=(10**9,), dtype="f4", chunks=(10**6,), compression="gzip"),
            "claims 1,000,000,000 numbers",
        ),
        (replaced(np.ones((4, 3)), scaleoffset=3), "is compressed by a plug-in"),
    ],
)
def test_arrays_that_are_no_plain_numbers_are_refused(small: bytes, change: Any, message: str) -> None:
    received = refusal(with_weights(small, change))
    assert "'layers/dense/vars/0' in the weights of 'model.keras'" in received
    assert message in received


def test_compressed_weights_open(small: bytes) -> None:
    values = np.arange(12, dtype="float32").reshape(4, 3)
    for options in ({"compression": "gzip", "shuffle": True}, {"compression": "lzf"}, {"fletcher32": True}):
        assert check_upload("model.keras", with_weights(small, replaced(values, **options))).parameters == 23


def test_damaged_weights_are_refused(small: bytes) -> None:
    weights = entries_of(small)[WEIGHTS]
    for damaged in (
        weights[:100],
        weights[: len(weights) // 2],
        weights[:8],
        weights[:600] + bytes(400) + weights[1000:],
    ):
        message = refusal(with_entries(small, {WEIGHTS: damaged}))
        assert "cannot be read" in message or "does not fit together" in message or "Keras cannot open" in message


def test_weights_of_another_shape_are_refused_in_keras_words(small: bytes) -> None:
    assert "Keras cannot open 'model.keras'" in refusal(with_weights(small, replaced(np.ones((3, 4), "float32"))))


def test_a_layer_is_no_model(small: bytes) -> None:
    layer = json.dumps(layer_config("keras.layers", "Dense", {"name": "alone", "units": 3})).encode()
    assert "holds a Dense, which is no model" in refusal(with_entries(small, {"config.json": layer}))


def test_limits_are_positive_and_grow_with_the_file() -> None:
    with pytest.raises(ShapeError, match="`entries` of the limits for models must be positive. Received: 0"):
        ModelLimits(entries=0)
    assert ModelLimits().memory_for(0) < ModelLimits().memory_for(10**8) < ModelLimits().memory_for(10**10) == 6 * 10**9
