"""What the browser is sent of a comparison: the view's numbers, in the form of a capture with three maps."""

import json
import re

import numpy as np
import pytest

from attnviz.components.attention.payload import EXACT_CELLS
from attnviz.components.comparison import ENTRY, FOLDER
from attnviz.components.comparison.payload import comparison_payload
from attnviz.components.scripts import joined_script
from attnviz.views.comparison import Side, comparison_view
from tests.views.captures import capture_of, two_heads

CAUSAL = capture_of([[[1.0, 0.0], [0.5, 0.5]]], labels=("a", "c"), mask=[[True, False], [True, True]])
LONGER = capture_of([[[0.5, 0.25, 0.25], [0.125, 0.75, 0.125], [0.25, 0.5, 0.25]]], labels=("a", "b", "c"))


def _view(first, second, heads=(0, 0)):
    return comparison_view(
        *(Side(capture=one, layer="attention", head=head) for one, head in zip((first, second), heads, strict=True))
    )


def test_the_cells_are_those_of_the_view():
    view = _view(two_heads(), two_heads(), heads=(0, 1))
    sent = comparison_payload(view)
    cells = sent.cells.view("<f4").reshape(3, 4, 4)
    np.testing.assert_array_equal(cells, np.stack([view.first, view.second, view.difference]))
    assert [block["start"] for block in sent.meta["blocks"]] == [0, 16, 32]
    assert sent.meta["largest"] == pytest.approx(0.8)
    assert sent.meta["maximum"] == 1.0


def test_gaps_and_masks_are_told_apart():
    meta = comparison_payload(_view(CAUSAL, LONGER)).meta
    nothing = {"queries": [], "keys": []}
    assert meta["gaps"] == [{"queries": [1], "keys": [1]}, nothing, {"queries": [1], "keys": [1]}]
    assert meta["masked"] == [True, False, True]
    assert len(meta["axes"]) == 1  # self-attention


def test_it_is_json_with_a_name_for_its_content():
    same, other = comparison_payload(_view(CAUSAL, LONGER)), comparison_payload(_view(LONGER, CAUSAL))
    json.dumps(same.meta, allow_nan=False)
    assert same.meta["id"] == comparison_payload(_view(CAUSAL, LONGER)).meta["id"] != other.meta["id"]


def test_many_cells_are_sent_in_half_precision():
    length = int((EXACT_CELLS / 3) ** 0.5) + 1
    capture = capture_of(np.full((1, length, length), 1 / length))
    sent = comparison_payload(_view(capture, capture))
    assert sent.meta["type"] == "float16"
    assert sent.cells.nbytes == 2 * 3 * length**2


def test_the_modules_join_with_those_of_the_heatmap():
    script = joined_script(FOLDER, ENTRY)
    assert "const module_attention$heatmap_paint = (() =>" in script
    assert "const module_comparison = (() =>" in script
    assert len(re.findall(r"^export ", script, re.MULTILINE)) == 1
    assert "http" not in script
