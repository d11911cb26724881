"""The padding audit by hand; `tests/capture/test_padding_audit.py` has the models that lose their mask."""

import math

import numpy as np
import pytest

import attnviz
from attnviz.analysis.padding import padding_audit, padding_findings
from attnviz.records import AttentionCapture, AttentionMap


def _capture(valid, **weights):
    """A capture of self-attention over one axis, `tokens`, with one map for each of `weights`."""
    valid = np.asarray(valid, bool)
    return AttentionCapture(
        model="by hand",
        maps=[
            AttentionMap(layer=layer, weights=np.asarray(one, np.float32), query_axis="tokens", key_axis="tokens")
            for layer, one in weights.items()
        ],
        sequences={"tokens": [["a"] * valid.shape[1]] * len(valid)},
        valid={"tokens": valid},
        outputs=None,
    )


HEADS = np.array(
    [
        [[0.5, 0.3, 0.2], [0.4, 0.2, 0.4], [0.0, 0.0, 1.0]],  # real queries spend 0.2 and 0.4 on the third key
        [[0.9, 0.1, 0.0], [0.2, 0.8, 0.0], [0.0, 0.0, 1.0]],  # and nothing; what padding itself does is no matter
    ]
)


def test_shares_by_hand():
    audit = padding_audit(_capture([[True, True, False]], look=HEADS[None]))
    assert list(audit.columns) == ["layer", "share on padding", "head", "share of head", "masked"]
    (row,) = audit.to_dict("records")
    assert row["layer"] == "look"
    assert row["share on padding"] == pytest.approx((0.2 + 0.4 + 0 + 0) / 4)
    assert (row["head"], row["share of head"]) == (0, pytest.approx(0.3))
    assert row["masked"] is False


def test_a_sample_counts_once_and_only_if_it_has_padding():
    """The second sample has one real token that spends all on padding, the third has no padding at all."""
    spread = np.array([[[0.0, 0.5, 0.5]] * 3])
    weights = np.stack([HEADS[:1], spread, spread])
    audit = padding_audit(_capture([[True, True, False], [True, False, False], [True, True, True]], look=weights))
    assert audit["share on padding"][0] == pytest.approx((0.3 + 1.0) / 2)


def test_a_masked_layer_spends_nothing():
    weights = np.array([[[[0.5, 0.5, 0.0], [0.25, 0.75, 0.0], [1 / 3, 1 / 3, 1 / 3]]]])
    audit = padding_audit(_capture([[True, True, False]], look=weights))
    assert audit["share on padding"][0] == 0
    assert audit["masked"][0] is True


def test_queries_that_attend_to_nothing_have_no_part_in_the_mean():
    weights = np.array([[[[0.0, 0.0, 0.0], [0.2, 0.2, 0.6], [0.0, 0.0, 0.0]]]])
    assert padding_audit(_capture([[True, True, False]], look=weights))["share on padding"][0] == pytest.approx(0.6)


def test_without_padding_there_is_nothing_to_audit():
    capture = _capture([[True, True, True]], look=HEADS[None])
    (row,) = padding_audit(capture).to_dict("records")
    assert math.isnan(row["share on padding"])
    assert math.isnan(row["share of head"])
    assert (row["head"], row["masked"]) == (-1, None)
    assert padding_findings(capture) == ()


def test_a_sample_of_padding_alone_says_nothing():
    assert padding_findings(_capture([[False, False, False]], look=HEADS[None])) == ()


def test_a_run_without_maps():
    assert padding_audit(_capture([[True, False]])).empty
    assert padding_findings(_capture([[True, False]])) == ()


def test_keys_of_another_sequence_are_judged_by_their_own_padding():
    weights = np.array([[[[0.5, 0.5], [0.1, 0.9], [0.7, 0.3]]]], np.float32)  # 3 queries, 2 keys
    capture = AttentionCapture(
        model="by hand",
        maps=[AttentionMap(layer="cross", weights=weights, query_axis="target", key_axis="source")],
        sequences={"target": [["a", "b", ""]], "source": [["c", ""]]},
        valid={"target": np.array([[True, True, False]]), "source": np.array([[True, False]])},
        outputs=None,
    )
    assert padding_audit(capture)["share on padding"][0] == pytest.approx((0.5 + 0.9) / 2)
    assert len(padding_findings(capture)) == 1


def _with_share(share):
    return np.array([[[[1 - share, share], [1 - share, share]]]])


def test_one_per_cent_is_let_pass_and_more_is_told():
    valid = [[True, False]]
    assert padding_findings(_capture(valid, look=_with_share(0.0099))) == ()
    (finding,) = padding_findings(_capture(valid, look=_with_share(0.0121)))
    assert finding.startswith("Real tokens spend 1.2 % of their attention in layer 'look' on padding. So ")
    assert "No layer before it got a padding mask." in finding


def test_the_first_layer_without_the_mask_is_named_and_the_last_with_it():
    capture = _capture(
        [[True, False]],
        one=_with_share(0.0),
        two=_with_share(0.0),
        three=_with_share(0.2),
        four=_with_share(0.0),
        five=_with_share(0.41),
    )
    (finding,) = padding_findings(capture)
    assert finding.startswith(
        "Real tokens spend 20 % of their attention in layer 'three' on padding, and more than 1 % in 2 of 5 layers, at "
        "most 41 % in 'five'. "
    )
    assert "Layer 'two' before it got the padding mask; between the two it was lost." in finding


def test_both_are_public():
    assert attnviz.padding_audit is padding_audit
    assert attnviz.padding_findings is padding_findings
