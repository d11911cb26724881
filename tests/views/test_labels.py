import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.views.labels import displayed, head_name, listed, map_title, quoted, shortened
from attnviz.views.region import region_of
from tests.views.captures import capture_of


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("cat", "cat"),
        ("", "[padding]"),
        ("\u200b", "U+200B"),
        ("\u200d\u0301", "U+200D U+0301"),
        ("e\u0301", "e\u0301"),
        (" ", "␣"),
        ("  ", "␣␣"),
        ("a b", "a b"),
        ("\n", "␊"),
        ("a\tb", "a␉b"),
        ("\x00", "␀"),
        ("\x7f", "␡"),
        ("\ud800", "\N{REPLACEMENT CHARACTER}"),
        ("<b>猫</b>", "<b>猫</b>"),
    ],
)
def test_a_label_is_shown_so_that_it_can_be_seen(label, shown):
    assert displayed(label) == shown


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_every_shown_label_can_stand_in_utf8_and_in_xml(label):
    shown = displayed(label)
    assert shown
    shown.encode("utf-8")
    element = ElementTree.Element("text")
    element.text = shown
    assert ElementTree.fromstring(ElementTree.tostring(element, encoding="utf-8")).text == shown  # noqa: S314 - own text


def test_heads_are_counted_from_one():
    assert [head_name(0, 4), head_name(3, 4)] == ["head 1", "head 4"]
    assert head_name("mean", 4) == "mean of 4 heads"
    assert head_name("max", 4) == "maximum of 4 heads"


def test_the_only_head_needs_no_name():
    assert head_name(0, 1) == head_name("mean", 1) == ""
    assert map_title("encoder/attention", "mean", 1) == "layer encoder/attention"
    assert map_title("attention", 1, 2) == "layer attention, head 2"


def test_shortened_keeps_to_the_length():
    assert shortened("extraordinary", 13) == "extraordinary"
    assert shortened("extraordinary", 6) == "extra…"
    assert len(quoted("x" * 1_000)) == 42


def test_listed():
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


def test_a_real_token_without_text_is_no_padding():
    capture = capture_of([[[0.5, 0.5], [0.5, 0.5]]], labels=("", "a"))
    assert region_of(capture, layer="attention", head=0).key_labels == ("[empty]", "a")
    padded = capture_of([[[1.0, 0.0], [1.0, 0.0]]], labels=("a", ""), valid=[True, False])
    assert region_of(padded, layer="attention", head=0, hide_padding=False).key_labels == ("a", "[padding]")
