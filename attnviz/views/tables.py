"""The numbers of one map as tables with labels: one row a token, or one row a head."""

from collections import Counter

import numpy as np
import pandas as pd

from attnviz.analysis.tables import head_statistics, token_statistics
from attnviz.records import AttentionCapture, Head
from attnviz.views.region import region_of

TOKEN_COLUMNS = {
    "received": "attention received",
    "to itself": "to itself",
    "entropy": "entropy (nats)",
    "normalised entropy": "normalised entropy",
    "strongest key": "strongest key",
    "strongest weight": "strongest weight",
}
HEAD_COLUMNS = {
    "entropy": "entropy (nats)",
    "normalised entropy": "normalised entropy",
    "effective keys": "effective keys",
    "distance": "distance (positions)",
    "diagonal": "diagonal",
    "previous": "previous",
    "next": "next",
    "first": "first",
    "received": "largest received",
}
ENTROPIES = ("entropy", "normalised entropy")


def token_table(capture: AttentionCapture, *, layer: str, head: Head, sample: int = 0) -> pd.DataFrame:
    """What each token receives and, in self-attention, what it looks at itself. Padding is left out.

    Args:
        capture: The run.
        layer: `AttentionMap.name`.
        head: A head's index, or `"mean"` or `"max"` over all heads.
        sample: Index into the batch.

    Returns:
        One row a token of the key axis: `position` (from 1), `token`, `attention received` (0 to 1) and, where the
        tokens are the queries too, `to itself` (0 to 1), `entropy (nats)`, `normalised entropy` (0 to 1),
        `strongest key` (its label, with its position where the label repeats; `""` if the token attends to nothing) and
        `strongest weight` (0 to 1). The maximum over heads has no entropy: its rows do not sum to 1.

    Raises:
        ShapeError: If layer, head or sample do not exist, or the sample holds nothing but padding.
    """
    region = region_of(capture, layer=layer, head=head, sample=sample)
    one = region.map
    statistics = token_statistics(
        one.read(sample, head),
        capture.valid[one.query_axis][sample],
        capture.valid[one.key_axis][sample],
        None if one.mask is None else one.mask[sample],
        same_axis=region.same_axis,
    )
    if head == "max":
        statistics = statistics.drop(columns=[name for name in ENTROPIES if name in statistics])
    if "strongest key" in statistics:
        names = dict(zip(region.keys.tolist(), _told_apart(region.key_labels), strict=True))
        strongest = statistics["strongest key"].map(lambda position: names.get(position, ""))
        statistics = statistics.assign(**{"strongest key": strongest})
    table = statistics.rename(columns=TOKEN_COLUMNS).reset_index(drop=True)
    table.insert(0, "position", np.arange(1, len(table) + 1))
    table.insert(1, "token", list(region.key_labels))
    return table


def head_table(capture: AttentionCapture, *, layer: str, sample: int = 0) -> pd.DataFrame:
    """How each head of a layer attends, as means over its real queries.

    Args:
        capture: The run.
        layer: `AttentionMap.name`.
        sample: Index into the batch.

    Returns:
        One row a head: `head` (from 1), `entropy (nats)`, `normalised entropy` (0 to 1), `effective keys`,
        `distance (positions)`, the mass, from 0 to 1, on the `diagonal`, the `previous`, the `next` and the `first`
        token, and `largest received` (0 to 1), the most that any one key receives in the mean. Where queries and keys
        are not the same tokens there are no distance, diagonal, previous and next.

    Raises:
        ShapeError: If layer or sample do not exist, or the sample holds nothing but padding.
    """
    region = region_of(capture, layer=layer, head="mean", sample=sample)
    one = region.map
    statistics = head_statistics(
        np.stack([one.read(sample, head) for head in range(one.heads)]),
        capture.valid[one.query_axis][sample],
        capture.valid[one.key_axis][sample],
        None if one.mask is None else one.mask[sample],
        same_axis=region.same_axis,
    )
    if not region.same_axis:
        statistics = statistics.drop(columns=["distance", "diagonal", "previous", "next"])
    table = statistics.rename(columns=HEAD_COLUMNS).reset_index(drop=True)
    table.insert(0, "head", np.arange(1, len(table) + 1))
    return table


def _told_apart(labels: tuple[str, ...]) -> list[str]:
    count = Counter(labels)
    return [label if count[label] == 1 else f"{label} ({place})" for place, label in enumerate(labels, start=1)]
