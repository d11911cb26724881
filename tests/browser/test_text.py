"""The text view in a real browser: its numbers are the captured ones, its words NumPy's, and its text is text."""

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

import attnviz
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.explorer import Wanted
from attnviz.views.subwords import word_labels, words_of
from attnviz.views.text import merge_words, text_view
from tests.browser.family import THEMES, Family, payload_of
from tests.browser.mounting import READY, choose, mount, state_of

PIECES = ("[CLS]", "the", "un", "##believ", "##able", "film", "was", "play", "##ing", ",", "<b>x</b>", ".")
FRENCH, ENGLISH = ("le", "chat", "dort", "."), ("the", "cat", "sleep", "##s", ".")


def captured(
    queries: tuple[str, ...],
    keys: tuple[str, ...] | None = None,
    *,
    causal: bool = False,
    heads: int = 2,
    seed: int = 0,
) -> AttentionCapture:
    axes = ("text", "text") if keys is None else ("french", "english")
    keys = queries if keys is None else keys
    logits = np.random.default_rng(seed).normal(size=(1, heads, len(queries), len(keys))) * 2
    mask = np.tril(np.ones((1, len(queries), len(keys)), bool)) if causal else None
    powers = np.exp(logits) * (1 if mask is None else mask[:, None])
    one = AttentionMap(
        layer="a",
        weights=(powers / powers.sum(-1, keepdims=True)).astype(np.float32),
        query_axis=axes[0],
        key_axis=axes[1],
        mask=mask,
    )
    labels = dict(zip(axes, ((queries,), (keys,)), strict=True))
    valid = {axis: np.ones((1, len(one[0])), bool) for axis, one in labels.items()}
    return AttentionCapture(model="hand", maps=(one,), sequences=labels, valid=valid, outputs=0)


def show(family: Family, capture: AttentionCapture, *, width: int = 900, theme: str = "light", **state) -> Page:
    return mount(family.blank(width=width, theme=theme), payload_of(capture), "text", "mountText", state=state)


def values_of(page: Page, block: int = -1) -> list[float]:
    page.wait_for_selector(READY)
    texts = (
        page.locator(".flow").nth(block).locator(".token").evaluate_all("(all) => all.map((one) => one.dataset.value)")
    )
    return [np.nan if text == "masked" else float(text) for text in texts]


def token(page: Page, position: int, block: int = -1) -> Locator:
    return page.locator(".flow").nth(block).locator(".token").nth(position)


def copied(page: Page, block: int = -1) -> str:
    return (
        page.locator(".flow")
        .nth(block)
        .evaluate("(flow) => { const s = getSelection(); s.selectAllChildren(flow); return s.toString(); }")
    )


def test_a_click_shows_what_a_token_attends_to_and_another_one_lets_go(family: Family):
    capture = captured(PIECES)
    page = show(family, capture, head=1)
    mean = capture.maps[0].weights[0, 1].mean(axis=0)
    np.testing.assert_allclose(values_of(page), mean, rtol=1e-6)
    token(page, 5).click()
    assert state_of(page)["query"] == 5
    np.testing.assert_array_equal(np.float32(values_of(page)), capture.maps[0].weights[0, 1, 5])
    expect(page.get_by_text("What 'film' attends to", exact=True)).to_be_visible()
    expect(token(page, 5)).to_have_attribute("aria-selected", "true")
    token(page, 5).click()
    assert state_of(page)["query"] is None
    page.mouse.move(5, 5)
    np.testing.assert_allclose(values_of(page), mean, rtol=1e-6)


def test_the_switch_shows_what_attends_to_the_same_token(family: Family):
    capture = captured(PIECES)
    page = show(family, capture, head=0, query=3)
    page.get_by_role("button", name="is attended by").click()
    assert (state_of(page)["query"], state_of(page)["key"]) == (None, 3)
    np.testing.assert_array_equal(np.float32(values_of(page)), capture.maps[0].weights[0, 0, :, 3])
    expect(page.get_by_text("What attends to '##believ'", exact=True)).to_be_visible()
    page.get_by_role("button", name="attends to", exact=True).click()
    np.testing.assert_array_equal(np.float32(values_of(page)), capture.maps[0].weights[0, 0, 3])


@pytest.mark.parametrize("causal", [False, True])
def test_words_are_those_of_numpy(family: Family, causal: bool):
    capture = captured(PIECES, causal=causal)
    page = show(family, capture, head=0)
    page.get_by_label("join pieces into words").check()
    assert state_of(page)["words"] is True
    words = words_of(PIECES)
    expect(page.locator(".token")).to_have_text(list(word_labels(PIECES, words)))
    np.testing.assert_allclose(
        np.nan_to_num(values_of(page)), text_view(capture, layer="a", head=0, words=True).values, rtol=1e-5
    )
    token(page, 2).click()  # unbelievable: its first piece is what the other views see
    assert state_of(page)["query"] == 2
    cells = capture.maps[0].weights[0, 0]
    merged = merge_words(np.where(np.tril(np.ones_like(cells)), cells, np.nan) if causal else cells, words, words)
    np.testing.assert_allclose(values_of(page), merged[2], rtol=1e-5)
    choose(page, query=4)  # its third piece, from another view
    np.testing.assert_allclose(values_of(page), merged[2], rtol=1e-5)


def test_merging_agrees_with_numpy_on_any_mask(family: Family):
    generator = np.random.default_rng(3)
    weights = generator.dirichlet(np.ones(9), size=7).astype(np.float32)
    weights[generator.random((7, 9)) < 0.4] = np.nan
    weights[4] = np.nan
    queries, keys = (0, 1, 4, 5), (0, 3, 4, 8)
    merged = family.blank().evaluate(
        """async ({cells, queries, keys}) => {
            const { mergeWords } = await import("/attention/text_values.js");
            const values = Float32Array.from(cells, (one) => one ?? NaN);
            const { values: made } = mergeWords({ values, rows: 7, columns: 9 }, queries, keys);
            return Array.from(made, (one) => (Number.isNaN(one) ? null : one));
        }""",
        {
            "cells": [None if np.isnan(one) else float(one) for one in weights.ravel()],
            "queries": queries,
            "keys": keys,
        },
    )
    found = np.array([np.nan if one is None else one for one in merged]).reshape(4, 4)
    np.testing.assert_allclose(found, merge_words(weights, queries, keys), rtol=1e-6)


LABELLED = {
    ("[CLS]", "un", "##believ", "##able", "film", "!", "[SEP]"): "[CLS] unbelievable film! [SEP]",
    ("<s>", "▁the", "▁play", "ing", ",", "▁", "don", "'", "t", "</s>"): "<s> the playing, don't </s>",
    ("The", " play", "ing", ",", " don", "'", "t", "\n", "next"): "The playing, don't\nnext",
    ("Ġthe", "Ġplay", "ing", "Ġ(", "a", ")"): "the playing (a)",
    ("play</w>", "ing", "ness</w>"): "play ingness",
    ("play@@", "ing", "now"): "playing now",
    ("4", " ", "M", "a", "y"): "4 May",
    ("The", "lift", "(", "broken", ")", "."): "The lift (broken).",
    ("今日", "は", "天気"): "今日は天気",
    ("j'", "ai", "froid", ".", "dort", "-il", "?"): "j'ai froid. dort-il?",
}


@pytest.mark.parametrize(("labels", "text"), LABELLED.items())
def test_text_is_copied_as_text(family: Family, labels: tuple[str, ...], text: str):
    page = show(family, captured(labels))
    assert copied(page) == text
    words = words_of(labels)
    if words is not None:
        page.get_by_label("join pieces into words").check()
        page.wait_for_selector(READY)
        names = page.locator(".token").evaluate_all("(all) => all.map((one) => one.dataset.mark ?? one.textContent)")
        shown = ["␣" if name == " " else "␊" if name == "\n" else name for name in word_labels(labels, words)]
        assert names == shown
        assert copied(page) == text


def test_marking_text_chooses_nothing(family: Family):
    page = show(family, captured(PIECES))
    start, end = token(page, 1).bounding_box(), token(page, 5).bounding_box()
    page.mouse.move(start["x"] + 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] - 4, end["y"] + end["height"] / 2, steps=4)
    page.mouse.up()
    assert page.evaluate("getSelection().toString()").startswith("the unbelievable fil")
    assert state_of(page)["query"] is None


def test_hovering_shows_a_token_and_reads_a_weight_once_one_is_pinned(family: Family):
    capture = captured(PIECES)
    page = show(family, capture, head=0)
    token(page, 6).hover()
    assert state_of(page)["hover"] == {"query": 6, "key": None}
    np.testing.assert_array_equal(np.float32(values_of(page)), capture.maps[0].weights[0, 0, 6])
    choose(page, query=1)
    token(page, 5).hover()
    assert state_of(page)["hover"] == {"query": 1, "key": 5}
    row = capture.maps[0].weights[0, 0, 1]
    rank = int((row > row[5]).sum()) + 1
    expect(page.locator(".readout")).to_have_text(f"'the' → 'film': {float(f'{row[5]:.3g}'):g}, rank {rank} of 12")
    np.testing.assert_array_equal(np.float32(values_of(page)), row)


def test_what_another_view_points_at_is_outlined(family: Family):
    page = show(family, captured(PIECES))
    choose(page, hover={"query": 2, "key": 7})
    expect(page.locator(".partner")).to_have_attribute("data-position", "7")
    expect(page.locator(".chosen")).to_have_attribute("data-position", "2")
    choose(page, hover={"query": None, "key": None})
    expect(page.locator(".partner, .chosen")).to_have_count(0)


def test_two_sequences_are_two_texts(family: Family):
    capture = captured(FRENCH, ENGLISH)
    weights = capture.maps[0].weights[0, 0]
    page = show(family, capture, head=0)
    expect(page.get_by_role("listbox")).to_have_count(2)
    expect(page.get_by_role("button", name="is attended by")).to_be_hidden()
    token(page, 1, 0).click()
    assert state_of(page)["query"] == 1
    np.testing.assert_array_equal(np.float32(values_of(page, 1)), weights[1])
    token(page, 3, 1).click()
    assert state_of(page)["key"] == 3
    np.testing.assert_array_equal(np.float32(values_of(page, 0)), weights[:, 3])
    page.get_by_label("join pieces into words").check()
    np.testing.assert_allclose(values_of(page, 1), [*weights[1, :2], weights[1, 2:4].sum(), weights[1, 4]], rtol=1e-6)


def test_one_query_for_all_needs_no_choice(family: Family):
    one = AttentionMap(
        layer="p", weights=np.array([[[[0.2, 0.5, 0.3]]]], np.float32), query_axis="pooled", key_axis="text"
    )
    capture = AttentionCapture(
        model="hand",
        maps=(one,),
        sequences={"pooled": (("pooled",),), "text": (("a", "b", "c"),)},
        valid={"pooled": np.ones((1, 1), bool), "text": np.ones((1, 3), bool)},
        outputs=0,
    )
    page = show(family, capture, head=0)
    assert values_of(page) == pytest.approx([0.2, 0.5, 0.3])
    expect(page.get_by_role("listbox")).to_have_count(1)
    token(page, 1).hover()
    expect(page.locator(".readout")).to_have_text("'b': 0.5, rank 1 of 3")
    token(page, 2).click()
    assert state_of(page)["key"] == 2


def test_a_rank_counts_only_what_may_be_attended_to(family: Family):
    page = show(family, captured(("a", "b", "c", "d"), causal=True), head=0, query=1, key=0)
    expect(page.locator(".readout")).to_have_text(re.compile(r"^'b' → 'a': [0-9.]+, rank [12] of 2$"))


def test_masked_tokens_say_so(family: Family):
    capture = captured(("a", "b", "c", "d"), causal=True)
    page = show(family, capture, head=0, query=1)
    values = values_of(page)
    np.testing.assert_array_equal(np.isnan(values), [False, False, True, True])
    expect(token(page, 2)).to_have_accessible_name("c, may not attend")
    expect(page.locator(".legend")).to_contain_text("hatched: may not attend")


def test_the_keyboard_walks_pins_and_lets_go(family: Family):
    page = show(family, captured(PIECES), width=420)
    page.get_by_label("join pieces into words").focus()
    page.keyboard.press("Tab")
    expect(token(page, 0)).to_be_focused()
    for key, place in (("ArrowRight", 1), ("End", 11), ("ArrowRight", 11), ("ArrowLeft", 10), ("Home", 0)):
        page.keyboard.press(key)
        expect(token(page, place)).to_be_focused()
    page.keyboard.press("ArrowDown")
    below = page.evaluate("Number(document.activeElement.dataset.position)")
    assert token(page, below).bounding_box()["y"] > token(page, 0).bounding_box()["y"]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert "'the'" in page.evaluate("said.at(-1)")
    page.keyboard.press("Enter")
    assert state_of(page)["query"] == 1
    page.keyboard.press("Escape")
    assert state_of(page)["query"] is None
    expect(token(page, 1)).to_be_focused()
    expect(page.locator(".token[tabindex='0']")).to_have_count(1)


def test_right_to_left_text_runs_and_walks_leftwards(family: Family):
    page = show(family, captured(("القطة", "تنام", "هنا")))
    expect(page.locator(".flow").last).to_have_css("direction", "rtl")
    assert token(page, 0).bounding_box()["x"] > token(page, 1).bounding_box()["x"]
    token(page, 0).focus()
    page.keyboard.press("ArrowLeft")
    expect(token(page, 1)).to_be_focused()


def test_tokens_are_text_and_never_markup(family: Family):
    page = show(family, captured(PIECES))
    expect(token(page, 10)).to_have_text("<b>x</b>")
    assert page.locator("b").count() == 0


def test_a_long_text_scrolls_in_its_own_box_and_asks_for_exact_weights(family: Family):
    capture = captured(tuple(f"token{place}" for place in range(1600)), heads=1)
    weights = capture.maps[0].weights[0, 0]
    data = payload_of(capture, wanted=Wanted(map=0, head=0))
    page = mount(family.blank(), data, "text", "mountText", state={"head": 0})
    flow = page.locator(".flow").last
    assert flow.evaluate("(box) => box.scrollHeight > box.clientHeight && box.clientHeight < 500")
    # 1600 tokens come as 1024 groups: the largest weight that a token of the group receives from any query
    starts = np.arange(1024) * 1600 // 1024
    groups = np.repeat(np.maximum.reduceat(weights.max(axis=0), starts), np.diff([*starts, 1600]))
    np.testing.assert_allclose(values_of(page), groups, rtol=1e-3)
    token(page, 3).click()
    assert page.evaluate("wished.at(-1).rows") == [3, 4]
    last = token(page, 1599)
    expect(last).to_have_css("background-color", "rgba(0, 0, 0, 0)")  # nobody sees it
    last.scroll_into_view_if_needed()
    expect(last).not_to_have_css("background-color", "rgba(0, 0, 0, 0)")
    token(page, 0).scroll_into_view_if_needed()
    token(page, 0).hover()
    expect(page.locator(".readout")).to_contain_text("at most")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (captured(("one", "two", "three", ".", "\u2423", "four")), captured(PIECES, causal=True)),
        (captured(PIECES, causal=True, seed=3), captured(("a", ",", " ", "b", "c"), seed=1)),
    ],
    ids=["longer", "shorter"],
)
def test_another_text_leaves_nothing_of_the_one_before(
    family: Family, before: AttentionCapture, after: AttentionCapture
):
    """The elements stay, which a fresh page cannot show: all that they say has to be as it is there."""
    page = family.open(payload_of(before), views=("text",))
    page.wait_for_selector(READY)
    page.evaluate("workspace.store.set({ query: 1, key: 2 })")
    page.wait_for_selector(READY)
    first = token(page, 0).element_handle()
    family.update(page, payload_of(after), subject="another")
    expect(page.locator(".flow").last).to_have_attribute("aria-label", "Tokens of text")
    page.wait_for_selector(READY)
    fresh = family.open(payload_of(after), views=("text",))
    fresh.wait_for_selector(READY)
    assert written(page) == written(fresh)
    assert first.evaluate("(one) => one.isConnected")


def written(page: Page) -> list[dict[str, str]]:
    """Everything that stands in the last flow of text, attribute by attribute."""
    return page.locator(".flow").last.evaluate(
        """(flow) => [...flow.childNodes].map((one) => ({
            text: one.textContent,
            kind: one.nodeName,
            classes: [...one.classList ?? []].sort().join(" "),
            ...Object.fromEntries([...one.attributes ?? []].filter(({ name, value }) => name !== "class" && value)
              .map(({ name, value }) => [name, value])),
          }))"""
    )


def test_a_shared_scale_runs_to_one(family: Family):
    capture = captured(PIECES)
    page = show(family, capture, head=0, query=2)
    highest = capture.maps[0].weights[0, 0].max()
    expect(page.locator(".legend .number").last).to_have_text(f"{float(f'{highest:.2g}'):g}")
    before = token(page, 5).evaluate("(one) => one.style.backgroundColor")
    choose(page, shared=True)
    expect(page.locator(".legend .number").last).to_have_text("1")
    assert token(page, 5).evaluate("(one) => one.style.backgroundColor") != before


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_token_is_legible_and_nothing_overflows_a_phone(family: Family, theme: str):
    page = show(family, captured((*PIECES, "Donaudampfschifffahrtsgesellschaftskapitän" * 2)), width=360, theme=theme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    contrasts = page.locator(".token").evaluate_all(
        """(all) => all.map((one) => {
            const light = (css) => css.match(/\\d+/g).slice(0, 3).map((part) => part / 255)
                .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
                .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
            const style = getComputedStyle(one);
            const [dark, bright] = [light(style.color), light(style.backgroundColor)].sort((a, b) => a - b);
            return (bright + 0.05) / (dark + 0.05);
        })"""
    )
    assert min(contrasts) >= 4.5


def test_a_change_of_theme_repaints_every_token(family: Family):
    page = show(family, captured(PIECES), head=0, query=2)
    grounds = "(all) => all.map((one) => one.style.backgroundColor)"
    light = page.locator(".token").evaluate_all(grounds)
    for name in ("text", "background"):
        page.evaluate(
            "([name, colour]) => document.documentElement.style.setProperty(name, colour)",
            [f"--st-{name}-color", THEMES["dark"][name]],
        )
    choose(page, theme=1)
    dark = page.locator(".token").evaluate_all(grounds)
    assert all(one != other for one, other in zip(light, dark, strict=True))


def test_a_touch_chooses_and_leaves_nothing_hovered(family: Family):
    page = family.blank(width=360, touch=True)
    mount(page, payload_of(captured(PIECES)), "text", "mountText", state={"head": 0})
    token(page, 5).tap()
    assert (state_of(page)["query"], state_of(page)["hover"]) == (5, {"query": None, "key": None})
    token(page, 5).tap()
    assert state_of(page)["query"] is None


def test_a_hidden_view_paints_once_it_is_shown(family: Family):
    page = show(family, captured(PIECES), head=0)
    painted = page.locator(".attnviz").get_attribute("data-painted")
    page.evaluate("() => { document.querySelector('.attnviz').hidden = true; store.set({ head: 1, query: 4 }); }")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.locator(".attnviz").get_attribute("data-painted") == painted
    page.evaluate("() => { document.querySelector('.attnviz').hidden = false; }")
    np.testing.assert_array_equal(np.float32(values_of(page)), captured(PIECES).maps[0].weights[0, 1, 4])


def test_a_ring_of_the_focus_is_for_the_keyboard(family: Family):
    page = show(family, captured(PIECES))
    token(page, 5).click()
    token(page, 5).click()
    page.mouse.move(5, 5)
    expect(token(page, 5)).to_be_focused()
    expect(token(page, 5)).to_have_css("outline-style", "none")
    expect(token(page, 5)).to_have_css("box-shadow", "none")
    page.keyboard.press("ArrowRight")
    expect(token(page, 6)).not_to_have_css("box-shadow", "none")


def test_a_digit_of_a_date_is_read_where_it_is_written(family: Family):
    """`dates` writes 2021-03-12: the month's digits can only come from the month, the day's from the day."""
    capture = attnviz.load_model("dates").capture(["12 March 2021"])
    data = payload_of(capture)
    written, iso = capture.maps[-1].key_axis, capture.maps[-1].query_axis
    assert "".join(capture.sequences[iso][0][:10]) == "2021-03-12"
    text = "".join(label for label in capture.sequences[written][0] if label)
    page = mount(family.blank(), data, "text", "mountText", state={"map": len(data.meta["maps"]) - 1})
    for digit, source in ((2, "2021"), (6, "March"), (9, "12")):
        token(page, digit, 0).click()
        values = values_of(page, 1)
        assert text.index(source) <= int(np.argmax(values)) < text.index(source) + len(source)
        np.testing.assert_allclose(values, capture.maps[-1].weights[0].mean(0)[digit, : len(values)], rtol=1e-5)
        token(page, digit, 0).click()


def test_recall_looks_where_the_value_stands(family: Family):
    """`recall` is asked for `a`, which stood before `4`: some head of its last query attends most to that `4`."""
    capture = attnviz.load_model("recall").capture(["a 4 c 9 b 1 a"])
    labels = capture.sequences[capture.maps[-1].key_axis][0]
    assert labels[:7] == ("a", "4", "c", "9", "b", "1", "a")
    data = payload_of(capture)
    page = mount(family.blank(), data, "text", "mountText", state={"head": 0})
    token(page, 6).click()
    page.mouse.move(5, 5)
    strongest = []
    for index, one in enumerate(data.meta["maps"]):
        for head in range(one["heads"]):
            choose(page, map=index, head=head)
            strongest.append(int(np.nanargmax(values_of(page))))
    assert 1 in strongest


def test_a_weight_is_read_from_the_other_side_too(family: Family):
    capture = captured(PIECES)
    page = show(family, capture, head=0, key=1)
    page.get_by_role("button", name="is attended by").click()
    choose(page, key=1)
    token(page, 5).hover()
    assert state_of(page)["hover"] == {"query": 5, "key": 1}
    row = capture.maps[0].weights[0, 0, 5]
    rank = int((row > row[1]).sum()) + 1
    expect(page.locator(".readout")).to_have_text(f"'film' → 'the': {float(f'{row[1]:.3g}'):g}, rank {rank} of 12")
