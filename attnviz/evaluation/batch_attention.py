"""The attention of one batch, and the few numbers of it that are kept for each example. Padding counts nowhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from attnviz.analysis.statistics import mean_over_queries
from attnviz.evaluation.head_means import head_means_of_arrays
from attnviz.records import POOLED_AXIS, AttentionCapture, AttentionMap

Labels = Sequence[Sequence[str]]


@dataclass(frozen=True, eq=False, kw_only=True)
class BatchAttention:
    """The maps of one batch.

    Attributes:
        maps: In call order. A hierarchical model's maps over words have a batch of `batch × sentences`.
        labels: For each axis name one sequence of labels a sample of that axis.
        valid: For each axis name `[batch, length]`, bool, True at real tokens.
    """

    maps: Sequence[AttentionMap]
    labels: Mapping[str, Labels]
    valid: Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False, kw_only=True)
class BatchStatistics:
    """What is kept of the attention of one batch.

    Attributes:
        entropy: `[batch, heads of all maps]`, nats.
        normalised_entropy: The same, 0 to 1.
        distance: The same, positions; NaN where queries and keys run over different sequences.
        labels: `[batch][length]`, those of the axis that is read.
        shares: `[batch, length]`, the part of the attention that each of its tokens receives: a mean over queries,
            heads and maps.
        valid: `[batch, length]`, bool, True at real tokens of that axis.
    """

    entropy: np.ndarray
    normalised_entropy: np.ndarray
    distance: np.ndarray
    labels: Labels
    shares: np.ndarray
    valid: np.ndarray


def attention_of(capture: AttentionCapture) -> BatchAttention:
    """The attention of a run."""
    return BatchAttention(maps=capture.maps, labels=capture.sequences, valid=capture.valid)


def batch_statistics(attention: BatchAttention, batch: int, reads: str, within: str | None = None) -> BatchStatistics:
    """The numbers that are kept of one batch.

    Args:
        attention: The maps.
        batch: Number of examples.
        reads: Name of the axis whose tokens are looked at.
        within: Name of the axis of the sentences, where the tokens of `reads` lie in sentences: what a token receives
            in its sentence is then multiplied by what the sentence receives.
    """
    columns: list[np.ndarray] = []
    received: dict[str, list[np.ndarray]] = {reads: [], within or reads: []}
    readers = [one for one in attention.maps if one.key_axis == reads]
    across = [  # cross-attention, if there is any
        one for one in readers if one.query_axis != reads and not one.query_axis.startswith(POOLED_AXIS)
    ]
    for one in attention.maps:
        means = head_means_of_arrays(
            one.weights,
            attention.valid[one.query_axis],
            attention.valid[one.key_axis],
            one.mask,
            same_axis=one.query_axis == one.key_axis,
        )
        columns.append(_by_example(np.stack([means.entropy, means.normalised_entropy, means.distance]), batch))
        if one.key_axis in received and (one.key_axis != reads or not across or one in across):
            received[one.key_axis].append(means.received)
    values = np.concatenate(columns, axis=-1) if columns else np.empty((3, batch, 0))
    labels, shares, valid = _received(attention, received, batch, reads, within)
    return BatchStatistics(
        entropy=values[0],
        normalised_entropy=values[1],
        distance=values[2],
        labels=labels,
        shares=shares,
        valid=valid,
    )


def _received(
    attention: BatchAttention, received: Mapping[str, Sequence[np.ndarray]], batch: int, reads: str, within: str | None
) -> tuple[Labels, np.ndarray, np.ndarray]:
    """Labels, shares and real positions of the axis that is read, `batch` rows of each."""
    labels, valid = attention.labels[reads], attention.valid[reads]
    shares = _mean(received[reads], valid)
    groups = len(valid) // batch
    if groups > 1:  # sentences of a document, windows of a picture: laid out one after another
        outer = np.full((batch, groups), 1 / groups)
        if within is not None and attention.valid[within].shape == (batch, groups):
            outer = _mean(received[within], attention.valid[within])
        shares = (np.where(valid, shares, 0.0).reshape(batch, groups, -1) * outer[..., None]).reshape(batch, -1)
        labels = [
            [label for row in labels[start : start + groups] for label in row] for start in range(0, len(valid), groups)
        ]
        valid = valid.reshape(batch, -1)
    return labels, shares, valid


def _mean(received: Sequence[np.ndarray], valid: np.ndarray) -> np.ndarray:
    """Mean over maps; even shares where nothing is known of what is received."""
    if not received:
        return valid / np.maximum(valid.sum(axis=1, keepdims=True), 1)
    return received[0] if len(received) == 1 else np.mean(received, axis=0)


def _by_example(values: np.ndarray, batch: int) -> np.ndarray:
    """`[statistics, batch or batch × groups, heads]` as `[statistics, batch, heads]`: means over the groups."""
    if values.shape[1] == batch:
        return values
    if values.shape[1] % batch:
        return np.full((len(values), batch, values.shape[2]), np.nan)
    grouped = values.reshape(len(values), batch, -1, values.shape[2])
    return mean_over_queries(np.moveaxis(grouped, 2, -1))
