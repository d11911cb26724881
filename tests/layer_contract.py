"""The contract of every attention layer: one checker, `check_layer`, that each of them goes through."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

LENGTHS = {"query": 3, "key": 5, "time": 4}
VOCABULARY = 9
INPUT_NAMES = ("query", "key", "value")
"""A layer with one input has a query that is key and value too."""
REAL = (LENGTHS, {"query": 1, "key": 3, "time": 2})
"""Real positions of each axis, for two samples."""
PADDED = {axis: length + 3 for axis, length in LENGTHS.items()}
"""Length of each axis once padding is appended: more than the longest sample has."""


@dataclass(frozen=True, kw_only=True)
class LayerCase:
    """A layer, and what it is expected to do with which inputs.

    Attributes:
        make: Makes the layer; takes the keyword arguments of `keras.layers.Layer`.
        registered_name: Under which Keras saves its class.
        inputs: Axis name and features of every input.
        outputs: For every output the axis names and sizes after the batch; the weights are the output that has axis
            names only.
        mask: Axis whose mask the first output carries on; None if it carries none.
        key_axis: Axis that the weights run over last.
    """

    make: Callable[..., keras.layers.Layer]
    registered_name: str
    inputs: tuple[tuple[str, int], ...]
    outputs: tuple[tuple[str | int, ...], ...]
    mask: str | None
    key_axis: str

    def shapes(self, lengths: Mapping[str, int | None], batch: int | None) -> list[tuple[int | None, ...]]:
        """The expected shape of every output."""
        return [(batch, *(lengths.get(axis, axis) for axis in output)) for output in self.outputs]

    def arrays(self, lengths: Mapping[str, int], batch: int = 2, seed: int = 0) -> list[np.ndarray]:
        """Random inputs, `[batch, length, features]`."""
        random = np.random.default_rng(seed)
        return [random.normal(size=(batch, lengths[axis], size)).astype(np.float32) for axis, size in self.inputs]


def check_layer(case: LayerCase, folder: Path) -> None:
    """Assert the whole contract of one layer; `folder` is an empty folder to save models in."""
    keras.utils.set_random_seed(0)
    _check_shapes(case)
    _check_unknown_lengths(case)
    _check_configuration(case)
    _check_saving(case, folder)
    for encode in (_embedded, _masked):
        _check_padding(case, encode)
        _check_output_mask(case, encode)
    _check_gradients(case)
    _check_nothing_to_attend_to(case)
    for policy, tolerance in (("mixed_float16", 1e-2), ("mixed_bfloat16", 6e-2)):
        _check_half_precision(case, policy, tolerance)


def call(case: LayerCase, layer: keras.layers.Layer, arrays: list[Any], **arguments: Any) -> list[Any]:
    """The layer's outputs as a list, whatever it takes and returns."""
    return keras.tree.flatten(layer(arrays[0] if len(arrays) == 1 else arrays, **arguments))


def as_float32(tensor: Any) -> np.ndarray:
    """The tensor's values; NumPy has no bfloat16 of its own to compute with."""
    return keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32"))


def _check_shapes(case: LayerCase) -> None:
    layer, arrays = case.make(), case.arrays(LENGTHS)
    outputs = call(case, layer, arrays)
    expected = case.shapes(LENGTHS, 2)
    assert [tuple(output.shape) for output in outputs] == expected
    shapes = [array.shape for array in arrays]
    computed = layer.compute_output_shape(shapes[0] if len(shapes) == 1 else shapes)
    assert ([computed] if len(expected) == 1 else list(computed)) == expected
    assert all(np.isfinite(output).all() for output in outputs)


def _check_unknown_lengths(case: LayerCase) -> None:
    """Symbolic shapes are as much as can be known, and one model takes any length and batch."""
    layer = case.make()
    model = _functional(case, layer)
    unknown = case.shapes(dict.fromkeys(LENGTHS), None)
    assert [tuple(tensor.shape) for tensor in model.outputs] == unknown
    shapes = [(None, None, size) for _, size in case.inputs]
    computed = layer.compute_output_shape(shapes[0] if len(shapes) == 1 else shapes)
    assert ([computed] if len(unknown) == 1 else list(computed)) == unknown
    for batch, more in ((1, 0), (3, 4)):
        lengths = {axis: length + more for axis, length in LENGTHS.items()}
        outputs = keras.tree.flatten(model(case.arrays(lengths, batch)))
        assert [tuple(output.shape) for output in outputs] == case.shapes(lengths, batch)
        assert [keras.backend.standardize_dtype(output.dtype) for output in outputs] == [
            keras.backend.standardize_dtype(tensor.dtype) for tensor in model.outputs
        ]


def _check_configuration(case: LayerCase) -> None:
    layer = case.make(name="named")
    assert keras.saving.get_registered_name(type(layer)) == case.registered_name
    again = type(layer).from_config(json.loads(json.dumps(layer.get_config())))
    assert again.get_config() == layer.get_config()
    assert again.name == "named"
    arrays = case.arrays(LENGTHS)
    first = call(case, layer, arrays)
    call(case, again, arrays)
    again.set_weights(layer.get_weights())
    for one, other in zip(first, call(case, again, arrays), strict=True):
        np.testing.assert_array_equal(one, other)


def _check_saving(case: LayerCase, folder: Path) -> None:
    arrays, model = case.arrays(LENGTHS), _functional(case, case.make())
    path = folder / "model.keras"
    model.save(path)
    loaded = keras.models.load_model(path)
    for one, other in zip(keras.tree.flatten(model(arrays)), keras.tree.flatten(loaded(arrays)), strict=True):
        np.testing.assert_array_equal(one, other)
    assert loaded.layers[-1].get_config() == model.layers[-1].get_config()


def _check_padding(case: LayerCase, encode: Callable[..., keras.Model]) -> None:
    """Each sample's outputs are those it has alone, and no padded key has any weight."""
    model = encode(case, case.make())
    together = keras.tree.flatten(model(_padded_inputs(case, model, REAL, PADDED)))
    for sample, lengths in enumerate(REAL):
        alone = keras.tree.flatten(model(_padded_inputs(case, model, REAL[sample : sample + 1], lengths)))
        for output, batched, single in zip(case.outputs, together, alone, strict=True):
            inside = tuple(slice(lengths[axis]) if isinstance(axis, str) else slice(None) for axis in output)
            np.testing.assert_allclose(np.array(batched)[(sample, *inside)], np.array(single)[0], rtol=0, atol=1e-5)
            if _are_weights(output):
                weights = np.array(batched)[sample]
                assert (weights[..., lengths[case.key_axis] :] == 0).all()
                np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=0, atol=1e-5)


def _check_output_mask(case: LayerCase, encode: Callable[..., keras.Model]) -> None:
    model = encode(case, case.make())
    inputs = _padded_inputs(case, model, REAL, PADDED)
    outputs = keras.tree.flatten(model.outputs)
    probes = [_SeenMask() for _ in outputs]
    keras.Model(model.inputs, [probe(output) for probe, output in zip(probes, outputs, strict=True)])(inputs)
    seen, *others = (probe.seen for probe in probes)
    assert all(mask is None for mask in others)
    if case.mask is None:
        assert seen is None
    else:
        expected = [np.arange(PADDED[case.mask]) < lengths[case.mask] for lengths in REAL]
        np.testing.assert_array_equal(seen, expected)


def _check_gradients(case: LayerCase) -> None:
    """Every weight and every input that an output depends on has a finite gradient that is not zero."""
    layer = case.make()
    arrays = [tf.constant(array) for array in case.arrays(LENGTHS)]
    call(case, layer, arrays)
    for number, axes in enumerate(case.outputs):
        with tf.GradientTape() as tape:
            tape.watch(arrays)
            output = call(case, layer, arrays)[number]
            loss = tf.reduce_sum(output * np.random.default_rng(1).normal(size=output.shape).astype(np.float32))
        sources = [*((one.name, one.value) for one in layer.trainable_weights), *zip(INPUT_NAMES, arrays, strict=False)]
        if _are_weights(axes):
            sources = [(name, source) for name, source in sources if not name.startswith("value")]
        gradients = tape.gradient(loss, [source for _, source in sources])
        for (name, _), gradient in zip(sources, gradients, strict=True):
            assert gradient is not None, name
            assert np.isfinite(gradient).all(), name
            assert np.abs(gradient).max() > 1e-6, name


def _check_nothing_to_attend_to(case: LayerCase) -> None:
    """A sample without a single key has weight 0 and output 0, and spoils no gradient."""
    layer, arrays = case.make(), [tf.constant(array) for array in case.arrays(LENGTHS)]
    masks = [np.array([[True] * LENGTHS[axis], [axis == "query"] * LENGTHS[axis]]) for axis, _ in case.inputs]
    mask = tf.constant(masks[0]) if len(masks) == 1 else [tf.constant(one) for one in masks]
    call(case, layer, arrays)
    with tf.GradientTape() as tape:
        tape.watch(arrays)
        outputs = call(case, layer, arrays, mask=mask)
        loss = tf.add_n([tf.reduce_sum(output**2) for output in outputs])
    for output in outputs:
        assert np.isfinite(output).all()
        assert np.abs(output[0]).max() > 0
        assert (np.array(output[1]) == 0).all()
    for gradient in tape.gradient(loss, [*(one.value for one in layer.trainable_weights), *arrays]):
        assert np.isfinite(gradient).all()


def _check_half_precision(case: LayerCase, policy: str, tolerance: float) -> None:
    """Outputs in the policy's compute type, close to those of single precision, and finite at large scores."""
    compute = policy.removeprefix("mixed_")
    single, half, arrays = case.make(), case.make(dtype=policy), case.arrays(LENGTHS)
    expected = call(case, single, arrays)
    call(case, half, arrays)
    half.set_weights(single.get_weights())
    assert [one.dtype for one in half.trainable_weights] == ["float32"] * len(single.trainable_weights)
    received = call(case, half, arrays)
    assert [keras.backend.standardize_dtype(output.dtype) for output in received] == [compute] * len(expected)
    for one, other in zip(received, expected, strict=True):
        np.testing.assert_allclose(as_float32(one), other, rtol=tolerance, atol=tolerance)
    for factor in (100, 1000):  # products of 1e4, and of 1e6, which float16 cannot hold
        for output in call(case, half, [factor * np.sign(array) for array in arrays]):
            assert np.isfinite(as_float32(output)).all()


def _are_weights(output: tuple[str | int, ...]) -> bool:
    return all(isinstance(axis, str) for axis in output)


class _SeenMask(keras.layers.Layer):
    """Keeps the mask that its last call was given."""

    def __init__(self) -> None:
        super().__init__()
        self.supports_masking = True
        self.seen: Any = None

    def call(self, inputs: Any, mask: Any = None) -> Any:
        self.seen = mask
        return inputs

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape


def _functional(case: LayerCase, layer: keras.layers.Layer) -> keras.Model:
    inputs = [keras.Input((None, size)) for _, size in case.inputs]
    return keras.Model(inputs, call(case, layer, inputs))


def _embedded(case: LayerCase, layer: keras.layers.Layer) -> keras.Model:
    """Word ids, masked by `Embedding(mask_zero=True)`."""
    inputs = [keras.Input((None,), dtype="int32") for _ in case.inputs]
    encoded = [
        keras.layers.Embedding(VOCABULARY, size, mask_zero=True, embeddings_initializer="normal")(one)
        for one, (_, size) in zip(inputs, case.inputs, strict=True)
    ]
    return keras.Model(inputs, call(case, layer, encoded))


def _masked(case: LayerCase, layer: keras.layers.Layer) -> keras.Model:
    """Numbers, masked by `Masking`."""
    inputs = [keras.Input((None, size)) for _, size in case.inputs]
    return keras.Model(inputs, call(case, layer, [keras.layers.Masking()(one) for one in inputs]))


def _padded_inputs(
    case: LayerCase, model: keras.Model, real: Sequence[Mapping[str, int]], lengths: Mapping[str, int]
) -> list[np.ndarray]:
    """Inputs of those lengths, as ids or as numbers; each sample is real for its own lengths and 0 after them.

    A sample's values depend on nothing but its own lengths, so it is the same alone and in a batch.
    """
    arrays = []
    for number, (axis, size) in enumerate(case.inputs):
        ids = "int" in model.inputs[0].dtype
        array = np.zeros((len(real), lengths[axis]) if ids else (len(real), lengths[axis], size), np.float32)
        for row, sample in enumerate(real):
            random = np.random.default_rng([number, sample[axis]])
            values = random.integers(1, VOCABULARY, sample[axis]) if ids else random.normal(size=(sample[axis], size))
            array[row, : sample[axis]] = values
        arrays.append(array.astype(np.int32) if ids else array)
    return arrays
