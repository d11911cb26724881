"""The two operands of a comparison of queries and keys: what each of their axes is, and how they are laid out."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from attnviz.capture.operations import einsum_labels, transposed_operands


class UnreadableFormula(Exception):  # noqa: N818 - never leaves this room: a reason, not a fault
    """Why queries and keys cannot be read: the rest of a sentence that begins with the layer."""


def labels_of(product: Any) -> tuple[list[list[str]], list[str]]:
    """A label for each axis of both operands and of the result, alike where axes are."""
    if product.type == "Einsum":
        return einsum_labels(product)
    batches = [f"batch {axis}" for axis in range(product.outputs[0].shape.rank - 2)]
    labels = []
    for operand, transposed, own in zip(
        product.inputs, transposed_operands(product), (["row", "sum"], ["sum", "column"]), strict=True
    ):
        leading = operand.shape.rank - 2
        labels.append([*batches[len(batches) - leading :], *(reversed(own) if transposed else own)])
    return labels, [*batches, "row", "column"]


def laid(operand: Any, labels: Sequence[str], wanted: Sequence[str | None], summed: Sequence[str]) -> Any:
    """`operand` with the axes `wanted`, 1 where it has none of that label, and those that are summed as one behind."""
    kept = [label for label in wanted if label in labels]
    order = [labels.index(label) for label in (*kept, *summed)]
    if len(order) != len(labels):
        raise UnreadableFormula("compares along axes that its scores do not have")
    transposed = tf.transpose(tf.cast(operand, tf.float32), order)
    shape = tf.shape(transposed)
    sizes = [shape[kept.index(label)] if label in kept else 1 for label in wanted]
    return tf.reshape(transposed, tf.stack([*sizes, tf.reduce_prod(shape[len(kept) :])]))
