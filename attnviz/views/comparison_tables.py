"""What differs between two runs, as tables with labels: per token, per head, and in what was predicted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from attnviz.analysis.divergence import distances
from attnviz.errors import ShapeError
from attnviz.views.alignment import GAP, aligned
from attnviz.views.comparison import Side, common_cells
from attnviz.views.tables import token_table

DISTANCE_COLUMNS = {
    "divergence": "divergence (bits)",
    "total variation": "total variation",
    "correlation": "correlation",
    "largest difference": "largest difference",
}


def token_differences(first: Side, second: Side) -> pd.DataFrame:
    """What each token receives in A and in B.

    Args:
        first: A.
        second: B.

    Returns:
        One row a place of the key axis, as `aligned` lays them out: `token`, `position A` and `position B` (from 1;
        missing at a gap), `received A` and `received B` (0 to 1, NaN at a gap) and `difference`, B − A.

    Raises:
        ShapeError: If layer, head or sample do not exist, or a sample holds nothing but padding.
    """
    tables = [
        token_table(side.capture, layer=side.layer, head=side.head, sample=side.sample) for side in (first, second)
    ]
    places = aligned(*(list(table["token"]) for table in tables))
    received = [
        np.where(positions == GAP, np.nan, table["attention received"].to_numpy()[positions])
        for table, positions in zip(tables, (places.first, places.second), strict=True)
    ]
    return pd.DataFrame(
        {
            "token": places.labels,
            "position A": _positions(places.first),
            "position B": _positions(places.second),
            "received A": received[0],
            "received B": received[1],
            "difference": received[1] - received[0],
        }
    )


def head_differences(pairs: Sequence[tuple[Side, Side]]) -> pd.DataFrame:
    """How far each head of A's layers is from the head of the same number in B's.

    Args:
        pairs: Layers of A and of B; `head` of the sides plays no part. Layers that differ in the number of their heads
            are left out.

    Returns:
        One row a head: `layer` (A's name, and B's where it is another), `head` (from 1), `divergence (bits)` (0 to 1),
        `total variation` (0 to 1), `correlation` (-1 to 1) and `largest difference` (0 to 1), all over the tokens that
        both have; NaN where they have none.

    Raises:
        ShapeError: If layer or sample do not exist, or a sample holds nothing but padding.
    """
    tables = []
    for first, second in pairs:
        counts = [side.capture.map_of(side.layer).heads for side in (first, second)]
        if counts[0] != counts[1]:
            continue
        heads = range(counts[0])
        table = _distances([(replace(first, head=head), replace(second, head=head)) for head in heads])
        table.insert(
            0, "layer", _layer_name(first) if _layer_name(first) == _layer_name(second) else _both(first, second)
        )
        table.insert(1, "head", [head + 1 for head in heads])
        tables.append(table)
    return pd.concat(tables, ignore_index=True) if tables else _nothing()


def similar_heads(side: Side, others: Sequence[Side]) -> pd.DataFrame:
    """How far every other head is from one, the nearest first.

    Args:
        side: The head that the others are compared with.
        others: Layers of the same run; `head` of these plays no part. Those whose queries or keys are other tokens are
            left out.

    Returns:
        One row a head, with the columns of `head_differences`.

    Raises:
        ShapeError: As for `head_differences`.
    """
    tables = []
    region = side.region()
    for other in others:
        there = other.region()
        if (there.query_labels, there.key_labels) != (region.query_labels, region.key_labels):
            continue
        itself = (other.layer, other.sample) == (side.layer, side.sample)
        heads = [head for head in range(there.map.heads) if not (itself and head == side.head)]
        if not heads:
            continue
        table = _distances([(side, replace(other, head=head)) for head in heads])
        table.insert(0, "layer", _layer_name(other))
        table.insert(1, "head", [head + 1 for head in heads])
        tables.append(table)
    if not tables:
        return _nothing()
    return pd.concat(tables, ignore_index=True).sort_values(DISTANCE_COLUMNS["divergence"], ignore_index=True)


def outcome_differences(first: Mapping[str, float], second: Mapping[str, float]) -> pd.DataFrame:
    """What A and B predict.

    Args:
        first: A's numbers: probability of each class, or the target of a regression.
        second: B's.

    Returns:
        One row an outcome, A's first: `outcome`, `A`, `B` (NaN where it knows no such outcome) and `difference`, B − A.
    """
    outcomes = list(dict.fromkeys((*first, *second)))
    numbers = [np.array([side.get(name, np.nan) for name in outcomes], float) for side in (first, second)]
    return pd.DataFrame({"outcome": outcomes, "A": numbers[0], "B": numbers[1], "difference": numbers[1] - numbers[0]})


def token_outcome_differences(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """What A and B predict at every token.

    Args:
        first: A's predictions, with the columns `token`, `prediction` and one for each class.
        second: B's.

    Returns:
        One row a place, as `aligned` lays them out: `token`, `A` and `B` (a class; `""` at a gap), `probability A` and
        `probability B` (0 to 1, of the class that each predicts; NaN at a gap), and `same`.

    Raises:
        ShapeError: If a prediction has no column of its own.
    """
    places = aligned(list(first["token"]), list(second["token"]))
    columns: dict[str, list[object]] = {"token": list(places.labels)}
    for name, table, positions in (("A", first, places.first), ("B", second, places.second)):
        predicted = list(table["prediction"])
        missing = sorted(set(predicted) - set(table))
        if missing:
            raise ShapeError(f"Each prediction needs a column with its probability. Received none for {missing}.")
        columns[name] = ["" if one == GAP else predicted[one] for one in positions]
        columns[f"probability {name}"] = [
            np.nan if one == GAP else float(table[predicted[one]].iloc[one]) for one in positions
        ]
    columns["same"] = [one == other for one, other in zip(columns["A"], columns["B"], strict=True)]
    return pd.DataFrame(columns)


def _distances(pairs: Sequence[tuple[Side, Side]]) -> pd.DataFrame:
    one, other = (side.region() for side in pairs[0])
    queries = aligned(one.query_labels, other.query_labels)
    keys = queries if one.same_axis and other.same_axis else aligned(one.key_labels, other.key_labels)
    cells = [common_cells(first, second, queries, keys) for first, second in pairs]
    table = distances(np.stack([first for first, _ in cells]), np.stack([second for _, second in cells]))
    return table.rename(columns=DISTANCE_COLUMNS)


def _positions(positions: np.ndarray) -> pd.Series:
    return pd.Series(positions + 1, dtype="Int64").mask(positions == GAP)


def _layer_name(side: Side) -> str:
    return f"{side.layer}, {side.part}" if side.part else side.layer


def _both(first: Side, second: Side) -> str:
    return f"{_layer_name(first)} / {_layer_name(second)}"


def _nothing() -> pd.DataFrame:
    return pd.DataFrame(columns=["layer", "head", *DISTANCE_COLUMNS.values()])
