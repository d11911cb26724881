"""Which heads of a grid stand where, against orders worked by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from attnviz.views.arrangement import arranged
from attnviz.views.grid import GridRow


def row(name, **statistics):
    heads = len(next(iter(statistics.values())))
    cells = np.zeros((heads, 1, 1), np.float32)
    starts = np.zeros(1, np.int32)
    table = pd.DataFrame(statistics)
    return GridRow(
        name=name,
        title=f"layer {name}",
        queries=1,
        keys=1,
        query_starts=starts,
        key_starts=starts,
        largest=cells,
        mean=cells,
        statistics=table,
    )


ROWS = (row("a", first=[0.2, 0.9, 0.4]), row("b", first=[0.5, 0.1, 0.95]), row("pooling", other=[3.0]))


def places(lines):
    return [[(tile.row, tile.head) for tile in line.tiles] for line in lines]


@pytest.mark.parametrize(
    ("sort_by", "expected"),
    [
        ("", [[(0, 0), (0, 1), (0, 2)], [(1, 0), (1, 1), (1, 2)], [(2, 0)]]),
        ("no order", [[(0, 0), (0, 1), (0, 2)], [(1, 0), (1, 1), (1, 2)], [(2, 0)]]),
        ("rows:first", [[(1, 2), (1, 0), (1, 1)], [(0, 1), (0, 2), (0, 0)], [(2, 0)]]),
        ("rows:-first", [[(1, 1), (1, 0), (1, 2)], [(0, 0), (0, 2), (0, 1)], [(2, 0)]]),
        ("all:first", [[(1, 2), (0, 1), (1, 0), (0, 2), (0, 0), (1, 1), (2, 0)]]),
        ("all:-first", [[(1, 1), (0, 0), (0, 2), (1, 0), (0, 1), (1, 2), (2, 0)]]),
    ],
)
def test_heads_stand_in_their_order(sort_by, expected):
    assert places(arranged(ROWS, sort_by=sort_by)) == expected


def test_those_that_are_not_looked_for_stay_in_their_rows_and_leave_a_ranking():
    lines = arranged(ROWS, looked_for="first>=0.5")
    assert [[tile.passes for tile in line.tiles] for line in lines] == [
        [False, True, False],
        [True, False, True],
        [False],
    ]
    ranked = arranged(ROWS, sort_by="all:first", looked_for="first<=0.5", number="first")
    assert [(tile.name, tile.number) for line in ranked for tile in line.tiles] == [
        ("2·1", "0.50"),
        ("1·3", "0.40"),
        ("1·1", "0.20"),
        ("2·2", "0.10"),
    ]


def test_parts_of_a_layer_share_lines():
    parts = [replace(ROWS[2], name="words", title="words") for _ in range(15)]
    lines = arranged([*parts, ROWS[0]])
    assert [(line.title, len(line.tiles)) for line in lines] == [("words", 12), ("", 3), ("layer a", 3)]
    assert [tile.name for tile in lines[1].tiles] == ["13", "14", "15"]
