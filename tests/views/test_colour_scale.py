import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.views.colour_scale import colouring, scale_note, shades, short_number, ticks

WEIGHTS = np.array([[0.5, 0.25, np.nan], [0.125, 0.125, 0.0]], np.float32)


def test_linear_is_the_share_of_the_maximum():
    np.testing.assert_array_equal(shades(WEIGHTS, "linear", 0.5), [[1, 0.5, np.nan], [0.25, 0.25, 0]])
    np.testing.assert_array_equal(shades(WEIGHTS, "linear", 1.0), WEIGHTS)


def test_log_spans_four_decades():
    weights = np.array([1.0, 0.1, 1e-4, 1e-5, 0.0, np.nan])
    np.testing.assert_allclose(shades(weights, "log", 1.0), [1, 0.75, 0, 0, 0, np.nan], atol=1e-6)


def test_rank_is_the_share_of_smaller_weights_of_those_below_the_largest():
    # 0 is below none; 0.125 (twice) above one of four; 0.25 above three of four; 0.5 is the largest
    np.testing.assert_array_equal(shades(WEIGHTS, "rank", 1.0), [[1, 0.75, np.nan], [0.25, 0.25, 0]])


@pytest.mark.parametrize("scale", ["linear", "log", "rank"])
@pytest.mark.parametrize("weights", [np.zeros((2, 2)), np.full((2, 2), np.nan), np.full((1, 1), 0.5)])
def test_scales_stand_what_has_no_range(scale, weights):
    found = shades(weights, scale, float(np.nanmax(weights, initial=0)))
    assert found.shape == weights.shape
    assert (np.isnan(found) == np.isnan(weights)).all()
    assert all(0 <= unit <= 1 for unit, _ in ticks(weights, scale, 0.5))


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=40), st.sampled_from(["linear", "log", "rank"]))
def test_a_larger_weight_never_gets_a_smaller_shade(weights, scale):
    found = shades(np.sort(np.array(weights, np.float32)), scale, max(weights))
    assert (np.diff(found) >= 0).all()
    assert ((found >= 0) & (found <= 1)).all()


def test_ticks_name_weights_along_the_legend():
    assert ticks(WEIGHTS, "linear", 0.5) == (
        (0.0, "0"), (pytest.approx(0.2), "0.1"), (pytest.approx(0.4), "0.2"), (pytest.approx(0.6), "0.3"),
        (pytest.approx(0.8), "0.4"), (1.0, "0.5"),
    )  # fmt: skip
    assert ticks(WEIGHTS, "log", 1.0) == (
        (0.0, "≤ 0.0001"), (0.25, "0.001"), (0.5, "0.01"), (0.75, "0.1"), (1.0, "1")
    )  # fmt: skip
    assert ticks(WEIGHTS, "rank", 1.0) == ((0, "0"), (0.25, "0.12"), (0.5, "0.25"), (0.75, "0.25"), (1, "0.5"))


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (1, "1"), (0.123, "0.12"), (0.000123, "0.00012"), (1.6e-5, "2e−5")]
)
def test_numbers_are_short(value, text):
    assert short_number(value) == text


def test_the_legend_says_which_scale():
    assert scale_note("linear", shared=True, pooled=False) == "0 to 1 for every map"
    assert scale_note("log", shared=False, pooled=True) == (
        "logarithmic over 4 decades, up to the largest here; each cell is the largest of several"
    )


def test_a_colouring_is_among_all_weights_and_says_so():
    among = [[0.1, 0.2], [0.4, np.nan]]
    log = colouring([0.2, 0.004], scale="log", shared=False, among=among)
    np.testing.assert_allclose(log.shades, [1 + np.log10(0.5) / 4, 0.5], atol=1e-6)
    assert log.note == "logarithmic over 4 decades, colours up to the largest weight of this map"
    rank = colouring([0.2, 0.4, 0.1], scale="rank", shared=False, among=among)
    np.testing.assert_allclose(rank.shades, [0.5, 1, 0])
    shared = colouring([0.2], scale="linear", shared=True, among=among)
    np.testing.assert_allclose(shared.shades, [0.2])
    own = colouring([0.2, 0.05], scale="linear", shared=False, largest="mean")
    np.testing.assert_allclose(own.shades, [1, 0.25])
    assert (shared.note, own.note) == ("colours shared 0 to 1", "colours up to the largest mean")
