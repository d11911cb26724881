"""Which of a model's inputs an axis of attention runs over, or which of its own weights."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import tensorflow as tf

from attnviz.capture.dataflow import TracedGraph
from attnviz.capture.tracking import Track, track

UNNAMED = "constant"
"""Name of positions that depend on neither an input nor a trained weight: zeros that fill up, say."""
HOPS = "hops"
"""Name of queries that are no tensor: each is a column of a kernel that scores the keys (Lin et al., 2017)."""
_OTHER = (2, 0)
"""Rank of an input of whole numbers that are not looked up: masks, positions."""
_NAMES_OF_EVERY_LAYER = {"kernel", "bias", "embeddings", "gamma", "beta", "scale", "weight", "weights"}
"""Weights that say nothing by their own name: the layer's is said instead."""
_LONGEST_WAY_TO_LOOKUP = 16
"""Operations between an input of ids and the embedding that they are looked up in, at most."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where the positions of an axis come from, as far as the graph says.

    Attributes:
        inputs: Positions of the model's inputs that it may run over, most likely first.
        exact: Whether each of `inputs` has the very positions of the axis; else they are what it was computed from.
        parameter: Name of the trained weight that it is, where it depends on no input: a class token, learned queries.
        length: How many positions, where the graph says so.
        selected: Whether its positions were picked out by a score.
        parts: What was joined along the axis, in order; empty if nothing was.
    """

    inputs: tuple[int, ...] = ()
    exact: bool = False
    parameter: str | None = None
    length: int | None = None
    selected: bool = False
    parts: tuple["Origin", ...] = ()


class Origins:
    """Finds origins in one traced graph.

    An input of ids comes before others that run over the same positions (segments, masks, positions): it is looked up
    in the largest table of embeddings.

    Args:
        graph: The traced graph.
        inputs: The model's inputs in it.
        variables: The model's variables, which give trained tokens and queries their names.
    """

    def __init__(self, graph: TracedGraph, inputs: Sequence[Any], variables: Sequence[Any] = ()) -> None:
        self._graph = graph
        self._names = [tensor.name for tensor in inputs]
        self._floating = {tensor.name for tensor in inputs if tensor.dtype.is_floating}
        self._variables = _captured_variables(graph.graph, variables)
        self._vocabularies = self._looked_up()

    def of(self, tensor: Any, axis: int | None) -> Origin:
        """The origin of `axis` of `tensor`; None for an axis that is not known."""
        length = None if axis is None else tensor.shape[axis]
        followed = Track() if axis is None else track(self._graph, tensor, axis)
        if self._graph.is_parameter(tensor):
            learned = Origin(parameter=self._parameter(followed, tensor), length=length)
            return replace(learned, parts=self._joined(followed))
        # Sorting keeps the order of those that are alike: nearest first.
        reached = self._preferred(followed.inputs)
        if any(self._rank(self._names[position]) < _OTHER for position in reached):
            return Origin(inputs=reached, exact=True, length=length)
        if followed.learned is not None and not (reached or followed.joined or followed.part_of):
            return self.of(*followed.learned)
        sources = [name for one in followed.ends or (tensor,) for name in self._graph.sequence_sources(one)]
        behind = self._preferred(tuple(dict.fromkeys(sources)))
        computed_from = Origin(inputs=behind or reached, length=length, selected=followed.selected)
        if followed.part_of is not None:
            whole, place, begin, end = followed.part_of
            parts = _cut(self.of(whole, place).parts, begin, end)
            return parts[0] if len(parts) == 1 else replace(computed_from, parts=parts)
        return replace(computed_from, parts=self._joined(followed))

    def _joined(self, followed: Track) -> tuple[Origin, ...]:
        joined = (self.of(one, place) for one, place in followed.joined)
        return tuple(part for origin in joined for part in origin.parts or (origin,))

    def _preferred(self, names: Sequence[str]) -> tuple[int, ...]:
        known = [name for name in names if name in self._names]
        return tuple(self._names.index(name) for name in sorted(known, key=self._rank))

    def _rank(self, name: str) -> tuple[int, int]:
        """What an input is for an axis: ids that are looked up come first, then series of numbers, then the others."""
        if name in self._vocabularies:
            return 0, -self._vocabularies[name]
        return (1, 0) if name in self._floating else _OTHER

    def _looked_up(self) -> dict[str, int]:
        """For each input of ids the size of the largest table that it is looked up in."""
        sizes: dict[str, int] = {}
        for operation in self._graph.graph.get_operations():
            if operation.type not in ("ResourceGather", "GatherV2") or not operation.inputs[1].dtype.is_integer:
                continue
            rows = self._rows(operation.inputs[0])
            if rows is None:
                continue
            for step in islice(self._graph.ancestors(operation.inputs[1]), _LONGEST_WAY_TO_LOOKUP):
                name = step.outputs[0].name if step.outputs else ""
                if name in self._names:
                    sizes[name] = max(rows, sizes.get(name, 0))
        return sizes

    def _rows(self, table: Any) -> int | None:
        if table.dtype == tf.resource:
            variable = self._variables.get(table.name)
            return None if variable is None else variable.shape[0]
        return table.shape[0] if self._graph.is_parameter(table) and table.shape.rank else None

    def _parameter(self, followed: Track, tensor: Any) -> str:
        """Name of the trained weight that has an axis, or is nearest behind it; `UNNAMED` if there is none."""
        nearest = (
            operation.outputs[0].name for operation in self._graph.ancestors(tensor) if operation.type == "Placeholder"
        )
        for name in (*followed.variables, *nearest):
            if name in self._variables:
                *layers, last = self._variables[name].path.split("/")
                return layers[-1] if layers and last in _NAMES_OF_EVERY_LAYER else last
        return UNNAMED


def _cut(parts: Sequence[Origin], begin: int, end: int | None) -> tuple[Origin, ...]:
    """Those of `parts` that lie between two positions; empty if one is cut through or where it ends is not known."""
    kept: list[Origin] = []
    start: int | None = 0
    for part in parts:
        if start is None or (start < begin and part.length is None):
            return ()
        stop = None if part.length is None else start + part.length
        if start >= begin and (end is None or (stop is not None and stop <= end)):
            kept.append(part)
        elif (stop is None or stop > begin) and (end is None or start < end):
            return ()
        start = stop
    return tuple(kept)


def _captured_variables(graph: Any, variables: Sequence[Any]) -> dict[str, Any]:
    """The model's variable behind each resource that its traced function captured, by the name of the placeholder."""
    handles = {id(variable.value.handle): variable for variable in variables}
    return {
        inside.name: handles[id(outside)]
        for outside, inside in getattr(graph, "captures", ())
        if id(outside) in handles
    }
