"""Queries and keys of a layer, brought to the linked views when somebody looks inside one of its numbers."""

from collections.abc import Callable
from typing import Any

from attnviz.components.attention.messages import position_of
from attnviz.components.attention.neuron import VectorsWish, packed_problem
from attnviz.components.attention.supply import supply


def vectors_supply(*, key: str, subject: str, vectors: Callable[[VectorsWish, dict[str, Any]], bytes]) -> None:
    """Bring the linked views of the same page the vectors that they ask for.

    Args:
        key: Identifies the component on the page.
        subject: As for `attention_views`: a wish about another capture brings nothing.
        vectors: What is asked for, as `packed_vectors` or `packed_problem` writes it, with what its header shall say.
    """

    def packed(message: dict[str, Any] | None, about: dict[str, Any]) -> bytes:
        if message is None:
            return packed_problem("", about)
        wish = vectors_wish(message)
        named = {"subject": subject, "map": wish.map, "head": wish.head, "query": wish.query, "key": wish.key}
        return vectors(wish, about | {"wish": named})

    supply(key=key, subject=subject, kind="vectors", packed=packed)


def vectors_wish(message: dict[str, Any]) -> VectorsWish:
    """What a message of the browser asks for; whatever of it is no position counts as none."""
    return VectorsWish(
        map=position_of(message.get("map")) or 0,
        head=position_of(message.get("head")),
        query=position_of(message.get("query")),
        key=position_of(message.get("key")),
    )
