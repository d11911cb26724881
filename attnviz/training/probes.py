"""The attention on a few sequences that a person watches while a model learns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from attnviz.errors import InputError
from attnviz.sequences.encoding import encode
from attnviz.sequences.specification import InputSpecification
from attnviz.training.reports import ProbeAttention

if TYPE_CHECKING:
    from attnviz.models.loaded import LoadedModel

MOST_PROBES = 8
MOST_PROBE_TOKENS = 64
"""Tokens of a probe: the attention of every epoch is kept, which grows with the square of them."""


def checked_probes(probes: Sequence[Any], specification: InputSpecification) -> tuple[Any, ...]:
    """Probes that the model can read.

    Raises:
        InputError: If there are too many, or one is empty, too long or no sequence that the model takes.
    """
    if isinstance(probes, str) or len(probes) > MOST_PROBES:
        raise InputError(f"`probes` must be a list of at most {MOST_PROBES} sequences. Received: {len(probes)}.")
    for number, probe in enumerate(probes, start=1):
        try:
            length = int(encode(specification, [probe]).valid.sum())
        except InputError as error:
            raise InputError(f"Probe {number}: {error}") from error
        if isinstance(probe, str) and length > MOST_PROBE_TOKENS:
            raise InputError(
                f"Probe {number} has {length} tokens. Choose one of at most {MOST_PROBE_TOKENS}: its attention is kept "
                "for every epoch."
            )
    return tuple(probes)


def look_at(model: "LoadedModel", probe: Any) -> ProbeAttention:
    """What the model says of one probe now, and where its attention is."""
    capture = model.capture([probe])
    row = np.asarray(capture.outputs, dtype=np.float64)[0]
    if not model.card.classes:
        return ProbeAttention(sequence=probe, capture=capture, prediction=float(row[0]))
    return ProbeAttention(
        sequence=probe,
        capture=capture,
        prediction=model.card.classes[int(row.argmax())],
        probabilities=tuple(float(one) for one in row),
    )
