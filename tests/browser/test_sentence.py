"""The sentence that says what is chosen."""

import numpy as np
import pytest

from attnviz.records import AttentionCapture, AttentionMap
from tests.browser.family import Family, payload_of
from tests.views.captures import two_heads

WEIGHTS = np.array(
    [[0.6, 0.2, 0.15, 0.05], [0.1, 0.5, 0.25, 0.15], [0.25, 0.25, 0.5, 0], [0.4, 0.3, 0.2, 0.1]], np.float32
)
MASK = np.array([[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 1, 1]], bool)


def captured(*, pooled: bool = False) -> AttentionCapture:
    weights = WEIGHTS[None, None, :1] if pooled else WEIGHTS[None, None]
    one = AttentionMap(
        layer="tell",
        weights=weights,
        query_axis="pooled" if pooled else "text",
        key_axis="text",
        mask=None if pooled else MASK[None],
    )
    labels = {"text": (("the", "cat", "sleeps", "now"),)} | ({"pooled": (("pooled",),)} if pooled else {})
    valid = {name: np.ones((1, len(rows[0])), bool) for name, rows in labels.items()}
    return AttentionCapture(model="hand", maps=(one,), sequences=labels, valid=valid, outputs=np.zeros(1))


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        (
            {},
            "Layer tell. Strongest: 'the' attends most to 'the' (0.6), 'cat' attends most to 'cat' (0.5) and "
            "'sleeps' attends most to 'sleeps' (0.5).",
        ),
        ({"query": 1}, "Layer tell: 'cat' attends most to 'cat' (0.5), then 'sleeps' (0.25) and 'now' (0.15)."),
        (
            {"query": 1, "key": 0},
            "Layer tell: 'cat' attends most to 'cat' (0.5), then 'sleeps' (0.25) and 'now' (0.15); its weight on 'the' "
            "is 0.1.",
        ),
        (
            {"query": 2, "key": 3},
            "Layer tell: 'sleeps' attends most to 'sleeps' (0.5), then 'the' (0.25) and 'cat' (0.25); it may not "
            "attend to 'now'.",
        ),
        ({"key": 3}, "Layer tell: most attention to 'now' comes from 'cat' (0.15), then 'now' (0.1) and 'the' (0.05)."),
    ],
)
def test_what_is_pinned_is_told_with_its_weights(family: Family, chosen: dict[str, int], sentence: str):
    page = family.open(payload_of(captured()), views=("table",), chosen=chosen)
    assert page.locator(".attnviz-workspace > .sentence").inner_text() == sentence


def test_what_is_next_to_nothing_is_not_told(family: Family):
    one = AttentionMap(
        layer="sharp",
        weights=np.array([[[[1, 2e-25, 1e-38], [0.9, 0.1, 1e-9], [0, 0, 1]]]], np.float32),
        query_axis="text",
        key_axis="text",
    )
    capture = AttentionCapture(
        model="hand",
        maps=(one,),
        sequences={"text": (("a", "b", "c"),)},
        valid={"text": np.ones((1, 3), bool)},
        outputs=np.zeros(1),
    )
    page = family.open(payload_of(capture), views=("table",), chosen={"query": 0})
    sentence = page.locator(".attnviz-workspace > .sentence")
    assert sentence.inner_text() == "Layer sharp: 'a' attends most to 'a' (1)."
    page.evaluate("workspace.store.set({ query: 1 })")
    assert sentence.inner_text() == "Layer sharp: 'b' attends most to 'a' (0.9), then 'b' (0.1)."


def test_a_number_stands_behind_a_hebrew_word(family: Family):
    one = AttentionMap(
        layer="tell", weights=np.array([[[[0.25, 0.75], [0, 1]]]], np.float32), query_axis="text", key_axis="text"
    )
    capture = AttentionCapture(
        model="hand",
        maps=(one,),
        sequences={"text": (("ילד", "אכל"),)},
        valid={"text": np.ones((1, 2), bool)},
        outputs=np.zeros(1),
    )
    page = family.open(payload_of(capture), views=("table",), chosen={"query": 0})
    word, number = page.evaluate(
        """() => {
            const text = document.querySelector(".attnviz-workspace > .sentence").firstChild;
            const leftOf = (part) => {
                const range = document.createRange();
                range.setStart(text, text.data.indexOf(part));
                range.setEnd(text, text.data.indexOf(part) + part.length);
                return range.getBoundingClientRect().left;
            };
            return [leftOf("אכל"), leftOf("0.75")];
        }"""
    )
    assert word < number


def test_a_query_that_stands_for_the_whole_sequence_has_no_name(family: Family):
    page = family.open(payload_of(captured(pooled=True)), views=("table",), chosen={"key": 3})
    assert page.locator(".attnviz-workspace > .sentence").inner_text() == (
        "Layer tell attends most to 'the' (0.6), then 'cat' (0.2) and 'sleeps' (0.15); its weight on 'now' is 0.05."
    )
    assert page.get_by_role("caption").inner_text() == "Attention to each key"


def test_a_token_that_occurs_twice_is_told_with_its_position(family: Family):
    page = family.open(payload_of(two_heads()), views=("table",), chosen={"head": 0, "query": 3, "key": 2})
    assert page.locator(".attnviz-workspace > .sentence").inner_text() == (
        "Head 1 of layer attention: 'the' at position 4 attends most to 'the' at position 1 (0.5), then 'the' at "
        "position 4 (0.3) and 'cat' (0.1); its weight on 'saw' is 0.1."
    )
