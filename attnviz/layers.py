"""Attention as Keras layers. Import this module before `keras.models.load_model` opens a model that uses them."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from attnviz.errors import ShapeError

PACKAGE = "attnviz"


class _DotProductAttention(keras.layers.Layer):
    """What `AttentionLayer` and `AttentionLayerWithWeights` share: inputs, masks and the attention itself."""

    def __init__(self, *, scale: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = scale
        self.supports_masking = True

    def build(self, input_shape: Sequence[tuple[int | None, ...]]) -> None:
        _check_input_shapes(self.name, input_shape)
        self.built = True

    def _attend(self, inputs: Sequence[Any], mask: Sequence[Any] | None) -> tuple[Any, Any]:
        query, key, value = inputs
        _, key_mask, value_mask = mask if mask is not None else (None, None, None)
        return attend(query, key, value, mask=_both(key_mask, value_mask), scale=self.scale)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "scale": self.scale}


@keras.saving.register_keras_serializable(package=PACKAGE)
class AttentionLayer(_DotProductAttention):
    """Dot-product attention (Luong et al., 2015): softmax(Q Kᵀ) V.

    Call it with `[query, key, value]` of shapes `[batch, query, depth]`, `[batch, key, depth]` and
    `[batch, key, features]`; it returns `[batch, query, features]`. Keys that a Keras mask marks as padding get
    weight 0; a query whose keys are all masked gets 0. The output carries the query's mask on.

    Args:
        scale: Divide the scores by √depth (Vaswani et al., 2017, equation 1).

    Raises:
        ShapeError: If the inputs are not three tensors of rank 3 whose sizes fit together.
    """

    def call(self, inputs: Sequence[Any], mask: Sequence[Any] | None = None) -> Any:
        output, _ = self._attend(inputs, mask)
        return output

    def compute_output_shape(self, input_shape: Sequence[tuple[int | None, ...]]) -> tuple[int | None, ...]:
        query, _, value = input_shape
        return (*query[:-1], value[-1])

    def compute_mask(self, inputs: Any, previous_mask: Sequence[Any] | None = None) -> Any:
        return None if previous_mask is None else previous_mask[0]


@keras.saving.register_keras_serializable(package=PACKAGE)
class AttentionLayerWithWeights(_DotProductAttention):
    """`AttentionLayer` that also returns its weights: `(output, weights)`, weights `[batch, query, key]`.

    Args:
        scale: Divide the scores by √depth (Vaswani et al., 2017, equation 1).

    Raises:
        ShapeError: If the inputs are not three tensors of rank 3 whose sizes fit together.
    """

    def call(self, inputs: Sequence[Any], mask: Sequence[Any] | None = None) -> tuple[Any, Any]:
        return self._attend(inputs, mask)

    def compute_output_shape(
        self, input_shape: Sequence[tuple[int | None, ...]]
    ) -> tuple[tuple[int | None, ...], tuple[int | None, ...]]:
        query, key, value = input_shape
        return (*query[:-1], value[-1]), (*query[:-1], key[1])

    def compute_mask(self, inputs: Any, previous_mask: Sequence[Any] | None = None) -> tuple[Any, None]:
        return (None if previous_mask is None else previous_mask[0]), None


@keras.saving.register_keras_serializable(package=PACKAGE)
class SelfAttention(keras.layers.Layer):
    """Dot-product attention of a sequence to itself, with trainable W_q, W_k and W_v (Vaswani et al., 2017).

    Call it with `[batch, time, features]`; it returns `[batch, time, units]`, and the weights
    `[batch, time, time]` after it with `return_weights=True`. Padded keys get weight 0.

    Args:
        units: Size of queries, keys and values; by default that of the sequence's features.
        scale: Divide the scores by √units.
        return_weights: Return `(output, weights)` instead of the output.

    Raises:
        ShapeError: If the input is not of rank 3.
    """

    def __init__(
        self, units: int | None = None, *, scale: bool = False, return_weights: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.scale = scale
        self.return_weights = return_weights
        self.supports_masking = True

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        features = _checked_features(self.name, input_shape)
        shape = (features, self.units or features)
        self.query_kernel = self.add_weight(shape=shape, initializer="glorot_uniform", name="query_kernel")
        self.key_kernel = self.add_weight(shape=shape, initializer="glorot_uniform", name="key_kernel")
        self.value_kernel = self.add_weight(shape=shape, initializer="glorot_uniform", name="value_kernel")
        self.built = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        query, key, value = (
            ops.matmul(inputs, kernel) for kernel in (self.query_kernel, self.key_kernel, self.value_kernel)
        )
        output, weights = attend(query, key, value, mask=mask, scale=self.scale)
        return (output, weights) if self.return_weights else output

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> Any:
        output = (*input_shape[:-1], self.units or input_shape[-1])
        return (output, (*input_shape[:-1], input_shape[1])) if self.return_weights else output

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return (previous_mask, None) if self.return_weights else previous_mask

    def get_config(self) -> dict[str, Any]:
        config = {"units": self.units, "scale": self.scale, "return_weights": self.return_weights}
        return {**super().get_config(), **config}


@keras.saving.register_keras_serializable(package=PACKAGE)
class AttentionPooling(keras.layers.Layer):
    """One vector for a sequence: word attention of Yang et al. (2016), equations 5 to 7.

    Call it with `[batch, time, features]`; it returns `[batch, features]`, and the weights `[batch, time]` after
    it with `return_weights=True`. u_t = tanh(W h_t + b), α = softmax(u_tᵀ u_w), s = Σ_t α_t h_t. Padded steps get
    weight 0.

    Args:
        units: Size of u_t; by default that of the sequence's features.
        return_weights: Return `(vector, weights)` instead of the vector.

    Raises:
        ShapeError: If the input is not of rank 3.
    """

    def __init__(self, units: int | None = None, *, return_weights: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.return_weights = return_weights
        self.supports_masking = True

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        features = _checked_features(self.name, input_shape)
        units = self.units or features
        self.kernel = self.add_weight(shape=(features, units), initializer="glorot_uniform", name="kernel")
        self.bias = self.add_weight(shape=(units,), initializer="zeros", name="bias")
        self.context = self.add_weight(shape=(units, 1), initializer="glorot_uniform", name="context")
        self.built = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        hidden = ops.tanh(ops.matmul(inputs, self.kernel) + self.bias)
        scores = ops.transpose(ops.matmul(hidden, self.context), (0, 2, 1))
        weights = masked_softmax(scores, None if mask is None else ops.expand_dims(mask, axis=1))
        vector = ops.squeeze(ops.matmul(weights, inputs), axis=1)
        return (vector, ops.squeeze(weights, axis=1)) if self.return_weights else vector

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> Any:
        vector = (input_shape[0], input_shape[-1])
        return (vector, tuple(input_shape[:2])) if self.return_weights else vector

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return (None, None) if self.return_weights else None

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units, "return_weights": self.return_weights}


def attend(query: Any, key: Any, value: Any, *, mask: Any = None, scale: bool = False) -> tuple[Any, Any]:
    """Dot-product attention on tensors.

    Args:
        query: `[batch, query, depth]`.
        key: `[batch, key, depth]`.
        value: `[batch, key, features]`.
        mask: `[batch, key]`, bool, True for the keys that may be attended to.
        scale: Divide the scores by √depth.

    Returns:
        Output `[batch, query, features]` and weights `[batch, query, key]`, in the type of `value`.
    """
    # Scores in half precision overflow to infinity above 65,504, and the softmax of two infinities is NaN.
    scores = ops.matmul(_at_least_float32(query), ops.transpose(_at_least_float32(key), (0, 2, 1)))
    if scale:
        scores = scores / ops.sqrt(ops.cast(ops.shape(key)[-1], scores.dtype))
    weights = masked_softmax(scores, None if mask is None else ops.expand_dims(mask, axis=1))
    weights = ops.cast(weights, value.dtype)
    return ops.matmul(weights, value), weights


def masked_softmax(scores: Any, mask: Any = None) -> Any:
    """Softmax over the last axis, in float32 or better; masked keys get exactly 0, a fully masked row is all 0.

    Args:
        scores: `[batch, query, key]`.
        mask: bool, broadcastable to `scores`, True for the keys that may be attended to.

    Returns:
        `[batch, query, key]`, in the type of `scores`.
    """
    logits = _at_least_float32(scores)
    if mask is not None:
        logits = ops.where(mask, logits, -3.0e38)
    weights = ops.softmax(logits, axis=-1)
    if mask is not None:
        weights = ops.where(mask, weights, 0.0)
    return ops.cast(weights, scores.dtype)


def _at_least_float32(tensor: Any) -> Any:
    half = keras.backend.standardize_dtype(tensor.dtype) in ("float16", "bfloat16")
    return ops.cast(tensor, "float32") if half else tensor


def _both(first: Any, second: Any) -> Any:
    if first is None or second is None:
        return second if first is None else first
    return ops.logical_and(first, second)


def _check_input_shapes(layer: str, shapes: Any) -> None:
    if not isinstance(shapes, (list, tuple)) or len(shapes) != 3 or any(not _is_rank_3(shape) for shape in shapes):
        raise ShapeError(
            f"Layer {layer!r} must be called with [query, key, value], three tensors of shapes [batch, query, depth], "
            f"[batch, key, depth] and [batch, key, features]. Received: shapes={shapes}."
        )
    query, key, value = shapes
    if query[-1] != key[-1]:
        raise ShapeError(
            f"Query and key of layer {layer!r} must have the same depth. "
            f"Received: query depth {query[-1]}, key depth {key[-1]}."
        )
    if None not in (key[1], value[1]) and key[1] != value[1]:
        raise ShapeError(
            f"Key and value of layer {layer!r} must have the same length. "
            f"Received: key length {key[1]}, value length {value[1]}."
        )


def _is_rank_3(shape: Any) -> bool:
    return isinstance(shape, (list, tuple)) and len(shape) == 3


def _checked_features(layer: str, shape: Any) -> int:
    if not _is_rank_3(shape) or shape[-1] is None:
        raise ShapeError(
            f"Layer {layer!r} must be called with a tensor of shape [batch, time, features] whose features are "
            f"known. Received: shape={shape}."
        )
    return shape[-1]
