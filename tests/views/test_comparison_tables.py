"""Tables of differences, against numbers that can be worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import jensenshannon

from attnviz.errors import ShapeError
from attnviz.views.comparison import Side
from attnviz.views.comparison_tables import (
    head_differences,
    outcome_differences,
    similar_heads,
    token_differences,
    token_outcome_differences,
)
from tests.views.captures import HEADS, TOKENS, capture_of, two_heads

NAN = np.nan
SHORT = capture_of([[[0.75, 0.25], [0.5, 0.5]]], labels=("good", "film"))
LONG = capture_of([[[0.5, 0.25, 0.25], [0.125, 0.75, 0.125], [0.25, 0.5, 0.25]]], labels=("good", "old", "film"))


def _side(capture, head=0, **more):
    return Side(capture=capture, layer="attention", head=head, **more)


def test_tokens_receive_what_the_columns_hold_in_the_mean():
    table = token_differences(_side(SHORT), _side(LONG))
    assert list(table["token"]) == ["good", "old", "film"]
    assert table["position A"].tolist() == [1, pd.NA, 2]
    assert table["position B"].tolist() == [1, 2, 3]
    np.testing.assert_allclose(table["received A"], [0.625, NAN, 0.375])
    np.testing.assert_allclose(table["received B"], [0.875 / 3, 0.5, 0.625 / 3])
    np.testing.assert_allclose(table["difference"], [0.875 / 3 - 0.625, NAN, 0.625 / 3 - 0.375])


def test_heads_are_compared_one_by_one():
    swapped = capture_of(HEADS[::-1], labels=TOKENS)
    table = head_differences([(_side(two_heads()), _side(swapped))])
    assert table["layer"].tolist() == ["attention", "attention"]
    assert table["head"].tolist() == [1, 2]
    expected = (jensenshannon(HEADS[0].astype(float), HEADS[1].astype(float), base=2, axis=-1) ** 2).mean()
    np.testing.assert_allclose(table["divergence (bits)"], [expected, expected], rtol=1e-5)
    np.testing.assert_allclose(table["total variation"], np.abs(HEADS[0] - HEADS[1]).sum(axis=-1).mean() / 2, rtol=1e-5)
    np.testing.assert_allclose(table["largest difference"], 0.8, rtol=1e-6)


def test_only_common_tokens_are_compared():
    table = head_differences([(_side(SHORT), _side(LONG))])
    # On "good" and "film": 0.75:0.25 and 0.5:0.25, then 0.5:0.5 twice.
    np.testing.assert_allclose(table["total variation"], [(0.75 - 2 / 3) / 2], rtol=1e-6)


def test_layers_with_other_numbers_of_heads_are_left_out():
    table = head_differences([(_side(two_heads()), _side(SHORT))])
    assert table.empty
    assert list(table)[:3] == ["layer", "head", "divergence (bits)"]


def test_layers_of_other_names_and_parts_are_named():
    pair = (_side(SHORT, part="part 1"), _side(LONG, part="part 2"))
    assert head_differences([pair])["layer"].tolist() == ["attention, part 1 / attention, part 2"]


def test_similar_heads_come_nearest_first_and_leave_out_the_head_itself():
    capture = capture_of(np.stack([HEADS[0], HEADS[1], HEADS[0]]), labels=TOKENS)
    table = similar_heads(_side(capture, 0), [_side(capture)])
    assert table["head"].tolist() == [3, 2]
    assert table["divergence (bits)"].iloc[0] == pytest.approx(0.0, abs=1e-9)
    assert table["correlation"].iloc[0] == pytest.approx(1.0)


def test_heads_over_other_tokens_are_not_similar():
    assert similar_heads(_side(SHORT), [_side(LONG)]).empty


def test_outcomes_stand_beside_each_other():
    table = outcome_differences({"bad": 0.25, "good": 0.75}, {"good": 0.5, "mixed": 0.5})
    assert table["outcome"].tolist() == ["bad", "good", "mixed"]
    np.testing.assert_allclose(table["A"], [0.25, 0.75, NAN])
    np.testing.assert_allclose(table["B"], [NAN, 0.5, 0.5])
    np.testing.assert_allclose(table["difference"], [NAN, -0.25, NAN])


def _tokens(tokens, predictions, **classes):
    return pd.DataFrame({"token": tokens, "prediction": predictions, **classes})


def test_predictions_at_every_token_are_aligned():
    first = _tokens(["2", "May"], ["DAY", "MONTH"], DAY=[0.9, 0.2], MONTH=[0.1, 0.8])
    second = _tokens(["12", "th", "May"], ["DAY", "DAY", "DAY"], DAY=[0.7, 0.6, 0.5], MONTH=[0.3, 0.4, 0.5])
    table = token_outcome_differences(first, second)
    assert table["token"].tolist() == ["2", "12", "th", "May"]
    assert table["A"].tolist() == ["DAY", "", "", "MONTH"]
    assert table["B"].tolist() == ["", "DAY", "DAY", "DAY"]
    np.testing.assert_allclose(table["probability A"], [0.9, NAN, NAN, 0.8])
    np.testing.assert_allclose(table["probability B"], [NAN, 0.7, 0.6, 0.5])
    assert table["same"].tolist() == [False, False, False, False]


def test_a_prediction_without_a_probability_is_refused():
    with pytest.raises(ShapeError, match="DAY"):
        token_outcome_differences(_tokens(["2"], ["DAY"]), _tokens(["2"], ["DAY"]))
