"""Links from an evaluated example to the pages that look into it."""

from typing import Any

import numpy as np

from attnviz.app.compare_inputs import INPUTS
from attnviz.app.decoding import GREEDY
from attnviz.app.typed import TEXT, VALUES, written
from attnviz.models.card import Card
from attnviz.sequences.specification import NumericSpecification

EXPLORE, COMPARE = "page_scripts/explore.py", "page_scripts/compare.py"  # beside main.py


def explore_link(card: Card, sequence: str | np.ndarray) -> dict[str, str]:
    """Parameters with which Explore shows this example as it was evaluated."""
    key, typed = _typed(card, sequence)
    decoding = {"decoding": GREEDY} if card.task == "seq2seq" else {}
    return {"model": card.name, key: typed, **decoding}


def compare_link(card: Card, first: Any, second: Any) -> dict[str, str]:
    """Parameters with which Compare puts two examples beside each other."""
    (key, one), (_, other) = _typed(card, first), _typed(card, second)
    return {"compare": INPUTS, "a_model": card.name, f"a_{key}": one, f"b_{key}": other}


def _typed(card: Card, sequence: str | np.ndarray) -> tuple[str, str]:
    """Name of the parameter that holds a sequence, and the sequence as a person types it."""
    if isinstance(card.input, NumericSpecification):
        numbers = np.asarray(sequence, dtype=float)
        return VALUES, written(numbers.reshape(len(numbers), -1))
    # A link holds no half of a character, which a file may.
    return TEXT, " ".join(str(sequence).encode("utf-8", "replace").decode("utf-8").split())
