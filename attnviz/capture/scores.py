"""Where the scores behind a softmax come from: the product that compares queries with keys, if there is one."""

from itertools import islice
from typing import Any

from attnviz.capture.dataflow import TracedGraph
from attnviz.capture.masking import unmasked
from attnviz.capture.operations import LAYOUT, PRODUCTS, SAME_CELLS, operand_handed_on

_LONGEST_WAY = 24
"""Operations between the product of queries and keys and its softmax, at most: scaling, bias, cap, layout."""


def score_product(graph: TracedGraph, logits: Any) -> Any | None:
    """The product of queries and keys behind `logits`: an operation that compares its two operands."""
    tensor = unmasked(logits)
    for _ in range(_LONGEST_WAY):
        operation = tensor.op
        if operation.type in PRODUCTS:
            operands = graph.inputs_of(operation)
            return operation if len(operands) == 2 and graph.compares(operation) else None
        if operation.type in SAME_CELLS:
            tensor = unmasked(operand_handed_on(tensor))
        elif operation.type in LAYOUT | {"RealDiv", "Tanh", "Sigmoid", "BiasAdd", "IdentityN"}:
            tensor = unmasked(operation.inputs[0])
        elif operation.type in ("Mul", "AddV2", "Sub"):
            tensor = unmasked(max(operation.inputs, key=lambda one: has_product(graph, one)))
        elif operation.type == "ConcatV2":  # an attention sink beside the tokens' scores
            tensor = unmasked(operation.inputs[0])
        else:
            return None
    return None


def has_product(graph: TracedGraph, tensor: Any) -> bool:
    """Whether a product is near behind `tensor`, which is not made of trained weights alone."""
    return not graph.is_parameter(tensor) and any(
        operation.type in PRODUCTS for operation in islice(graph.ancestors(tensor), _LONGEST_WAY)
    )
