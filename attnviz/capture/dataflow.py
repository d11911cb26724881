"""One traced graph: who consumes what, and what comes from where. Nothing here changes the graph."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from attnviz.capture.operations import einsum_labels


@dataclass(frozen=True, eq=False, kw_only=True)
class Queries:
    """What the result of a mixing operation stands for.

    Attributes:
        tensor: Its queries.
        axis: The axis of `tensor` that the queries run over; None if it is not known.
        row: The axis of the mixing operation's result that has a row for each query; None if it is not known.
    """

    tensor: Any
    axis: int | None = None
    row: int | None = None


class TracedGraph:
    """The operations of one traced graph, with who consumes what.

    Attributes:
        graph: The graph.
        operations: Its operations in the order in which they were made.
        score_products: Names of the products that give the scores of a softmax: they compare, and mix nothing.
        queries_of: For the name of each known mixing operation its queries.
        steps: For each operation and axis that was followed back, where that led: layers share most of their way.
    """

    def __init__(self, graph: tf.Graph, *, is_body: bool = False) -> None:
        """Read `graph`; `is_body` says that it is called by another graph: the body of a loop, a branch."""
        self.graph = graph
        self.operations: list[Any] = graph.get_operations()
        self.score_products: set[str] = set()
        self.queries_of: dict[str, Queries] = {}
        self.steps: dict[Any, Any] = {}
        self._positions = {operation.name: position for position, operation in enumerate(self.operations)}
        self._inputs: dict[str, tuple[Any, ...]] = {}
        self._operations_above: dict[str, tuple[Any, ...]] = {}
        self._consumers: dict[str, list[Any]] = {}
        self._depends: dict[str, bool] = {}
        # What a model takes from outside of it, variables and constants, has the same value for every input.
        captured = () if is_body else getattr(graph, "internal_captures", ())
        self._captured = {tensor.name for tensor in captured}
        for operation in self.operations:
            for tensor in self.inputs_of(operation):
                self._consumers.setdefault(tensor.name, []).append(operation)

    def position(self, operation: Any) -> int:
        """How many operations of the graph were made before `operation`."""
        return self._positions.get(operation.name, len(self._positions))

    def inputs_of(self, operation: Any) -> tuple[Any, ...]:
        """The tensors that `operation` takes."""
        if operation.name not in self._inputs:
            self._inputs[operation.name] = tuple(operation.inputs)
        return self._inputs[operation.name]

    def consumers(self, tensor: Any) -> list[Any]:
        """The operations that take `tensor`."""
        return self._consumers.get(tensor.name, [])

    def is_parameter(self, tensor: Any) -> bool:
        """Whether `tensor` is made of trained weights and constants alone, whatever the input is."""
        waiting = [tensor.op]
        while waiting:
            operation = waiting[-1]
            if operation.name in self._depends:
                waiting.pop()
                continue
            above = self.above(operation)
            unknown = [one for one in above if one.name not in self._depends]
            if unknown:
                waiting += unknown
                continue
            self._depends[operation.name] = self._is_input(operation) or any(self._depends[one.name] for one in above)
            waiting.pop()
        return not self._depends[tensor.op.name]

    def compares(self, product: Any) -> bool:
        """Whether a product of two tensors compares queries with keys instead of applying a kernel.

        Learned queries are made of trained weights alone, as a kernel is, but stand beside each sample's keys.
        """
        operands = self.inputs_of(product)
        for operand in operands:
            if not self.is_parameter(operand):
                continue
            if product.type == "Einsum":
                labels, output = einsum_labels(product)
                if not output or any(one[:1] != output[:1] for one in labels) or operand.shape[0] == 1:
                    return False
            elif operand.shape.rank < 3 or operand.shape[0] == 1:
                return False
        return True

    def sources(self, *tensors: Any) -> list[str]:
        """Names of the graph's inputs that `tensors` are computed from, nearest first; resources are left out."""
        return [operation.outputs[0].name for operation in self.ancestors(*tensors) if self._is_input(operation)]

    def sequence_sources(self, tensor: Any) -> list[str]:
        """Names of the inputs that `tensor` may run over, nearest first.

        What an attention layer gives stands where its queries stand, so its values are passed by.
        """
        waiting = deque([tensor.op])
        seen = {tensor.op.name}
        found = []
        while waiting:
            operation = waiting.popleft()
            if self._is_input(operation):
                found.append(operation.outputs[0].name)
            queries = self.queries_of.get(operation.name)
            for one in self.above(operation) if queries is None else (queries.tensor.op,):
                if one.name not in seen:
                    seen.add(one.name)
                    waiting.append(one)
        return found

    def ancestors(self, *tensors: Any) -> Iterator[Any]:
        """The operations whose values `tensors` are computed from, nearest first."""
        waiting = deque(tensor.op for tensor in tensors)
        seen = {operation.name for operation in waiting}
        while waiting:
            operation = waiting.popleft()
            yield operation
            for one in self.above(operation):
                if one.name not in seen:
                    seen.add(one.name)
                    waiting.append(one)

    def above(self, operation: Any) -> tuple[Any, ...]:
        """The operations whose values `operation` takes."""
        found = self._operations_above.get(operation.name)
        if found is None:
            # A shape that was only measured (`tf.shape(x)`) carries no value of x.
            found = tuple(tensor.op for tensor in self.inputs_of(operation) if tensor.op.type != "Shape")
            self._operations_above[operation.name] = found
        return found

    def _is_input(self, operation: Any) -> bool:
        if operation.type != "Placeholder":
            return False
        tensor = operation.outputs[0]
        return tensor.dtype != tf.resource and tensor.name not in self._captured
