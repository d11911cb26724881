"""The workspace that links the views: the browser holds what was captured, and what is chosen reaches Python."""

import json

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from attnviz.components.attention.drawn import Drawn, drawn_data
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.explorer import Wanted
from tests.browser.family import Family, payload_of

WORDS = ("The", "cat", "sleeps", "<b>x</b>", "now")


def softmax(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    logits = np.random.default_rng(seed).normal(size=shape) * 3
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)


def captured(length: int = 5, heads: int = 3, layers: int = 2, *, mask: np.ndarray | None = None) -> AttentionCapture:
    labels = tuple(WORDS[place % 5] for place in range(length))
    maps = tuple(
        AttentionMap(
            layer=f"layer {number}",
            weights=softmax((1, heads, length, length), seed=number),
            query_axis="text",
            key_axis="text",
            mask=mask,
        )
        for number in range(layers)
    )
    valid = np.ones((1, length), bool)
    return AttentionCapture(
        model="hand", maps=maps, sequences={"text": (labels,)}, valid={"text": valid}, outputs=np.zeros(1)
    )


def read_all(page: Page, heads: list[int | str], layers: int) -> np.ndarray:
    """Every cell that the browser holds, `[layer, head, query, key]`."""
    text = page.evaluate(
        """async ({heads, layers}) => {
            const { openCapture } = await import("/attention/capture.js");
            const capture = openCapture(window.data);
            return JSON.stringify(Array.from({ length: layers }, (_, map) => heads.map((head) => {
                const { values, rows, columns } = capture.cells(map, head);
                const rowOf = (row) => Array.from(values.slice(row * columns, (row + 1) * columns));
                return Array.from({ length: rows }, (_, row) => rowOf(row));
            })));
        }""",
        {"heads": heads, "layers": layers},
    )
    return np.array(
        [
            [[[np.nan if one is None else one for one in row] for row in matrix] for matrix in layer]
            for layer in json.loads(text)
        ]
    )


def test_the_browser_holds_exactly_what_was_captured(family: Family):
    mask = np.tril(np.ones((1, 5, 5), bool))
    capture = captured(mask=mask)
    page = family.open(payload_of(capture), views=("table",))
    cells = read_all(page, [0, 1, 2], 2)
    expected = np.stack([one.weights[0] for one in capture.maps])
    np.testing.assert_array_equal(cells, np.where(mask, expected, np.nan))


def test_mean_and_largest_over_heads_are_numpys(family: Family):
    capture = captured(length=40, heads=4)
    page = family.open(payload_of(capture), views=("table",))
    cells = read_all(page, ["mean", "max"], 2)
    expected = np.stack([[one.weights[0].mean(0), one.weights[0].max(0)] for one in capture.maps])
    np.testing.assert_allclose(cells, expected, rtol=1e-6)


def test_more_cells_than_a_megabyte_are_told_to_three_digits(family: Family):
    capture = captured(length=200, heads=4)
    data = payload_of(capture)
    assert data.meta["type"] == "float16"
    page = family.open(data, views=("table",))
    cells = read_all(page, [0, 1, 2, 3], 2)
    expected = np.stack([one.weights[0] for one in capture.maps])
    np.testing.assert_allclose(cells, expected, rtol=2**-11, atol=2**-25)  # half of the last of 11 bits


def test_a_hot_cell_of_four_thousand_squared_is_in_the_overview_and_exact_in_its_window(family: Family):
    weights = np.zeros((1, 1, 4096, 4096), np.float32)
    weights[0, 0, 3001, 1234] = 0.987
    valid = np.ones((1, 4096), bool)
    one = AttentionMap(layer="long", weights=weights, query_axis="text", key_axis="text", range_known=True)
    labels = (tuple(map(str, range(4096))),)
    capture = AttentionCapture(model="m", maps=(one,), sequences={"text": labels}, valid={"text": valid}, outputs=0)
    data = payload_of(capture, wanted=Wanted(map=0, head=0, queries=(2900, 3100), keys=(1200, 1300)))
    assert data.cells.nbytes <= 2.2 * 4096**2
    page = family.open(data, views=("table",), chosen={"head": 0})
    found = page.evaluate(
        """async () => {
            const { openCapture } = await import("/attention/capture.js");
            const capture = openCapture(window.data);
            const { values, rows, columns, queryStarts, keyStarts } = capture.cells(0, 0);
            const place = values.findIndex((value) => value > 0);
            const row = Math.floor(place / columns);
            return {
                rows, columns, count: values.filter((value) => value > 0).length, weight: values[place],
                query: [queryStarts[row], queryStarts[row + 1]],
                key: [keyStarts[place % columns], keyStarts[place % columns + 1]],
                exact: capture.value(0, 0, 3001, 1234),
                beside: capture.value(0, 0, 3001, 1235),
                outside: capture.value(0, 0, 1, 1),
            };
        }"""
    )
    assert (found["rows"], found["columns"], found["count"]) == (1024, 1024, 1)
    assert found["weight"] == pytest.approx(0.987, rel=5e-4)
    assert found["query"][0] <= 3001 < found["query"][1]
    assert found["key"][0] <= 1234 < found["key"][1]
    assert found["exact"] == pytest.approx(0.987, rel=5e-4)
    assert found["beside"] == 0
    assert found["outside"] is None


def test_what_is_chosen_reaches_python_once_nothing_moves(family: Family):
    page = family.open(payload_of(captured()), views=("table",))
    page.get_by_label("Layer", exact=True).select_option("layer 1")
    page.get_by_label("Head", exact=True).select_option("2")
    page.evaluate("workspace.store.set({ query: 2 })")
    page.wait_for_function("window.sent.length > 0")
    assert page.evaluate("window.sent") == [
        {
            "name": "selection",
            "value": {
                "subject": "test",
                "map": 1,
                "head": 1,
                "query": 2,
                "key": None,
                "scale": "linear",
                "shared": False,
                **drawn_data(Drawn()),
            },
        }
    ]


def test_the_sentence_and_the_table_tell_the_captured_numbers(family: Family):
    capture = captured()
    page = family.open(payload_of(capture), views=("table",), chosen={"head": 2, "query": 1})
    row = capture.maps[0].weights[0, 2, 1]
    order = np.argsort(-row, kind="stable")
    expect(page.locator(".sentence")).to_contain_text(
        f"Head 3 of layer layer 0: 'cat' attends most to '{WORDS[order[0]]}' ({float(f'{row[order[0]]:.3g}'):g})"
    )
    first = page.locator("tbody tr").first.locator("td")
    expect(first).to_have_text(["1", str(order[0] + 1), WORDS[order[0]], f"{float(f'{row[order[0]]:.6g}'):g}"])


def test_tokens_are_text_and_never_markup(family: Family):
    page = family.open(payload_of(captured()), views=("table",), chosen={"query": 3})
    expect(page.get_by_role("button", name="Let go of query '<b>x</b>'")).to_be_visible()
    assert page.locator("b").count() == 0


def test_escape_lets_go_and_another_input_too(family: Family):
    page = family.open(payload_of(captured()), views=("table",), chosen={"query": 3, "head": 1})
    page.get_by_label("Head", exact=True).press("Escape")
    expect(page.locator(".pins button")).to_have_count(0)
    page.evaluate("workspace.store.set({ query: 4, map: 1 })")
    family.update(page, payload_of(captured(length=4)), subject="another")
    assert page.evaluate("(({map, head, query}) => ({map, head, query}))(workspace.store.get())") == {
        "map": 1,
        "head": 1,
        "query": None,
    }


def test_escape_lets_go_wherever_the_focus_is_but_not_out_of_a_field(family: Family):
    page = family.open(payload_of(captured()), views=("table",), chosen={"query": 3})
    page.evaluate("document.body.append(document.createElement('input'))")
    page.locator("body > input").press("Escape")
    expect(page.locator(".pins button")).to_have_count(1)
    page.locator("body > input").blur()
    page.keyboard.press("Escape")
    expect(page.locator(".pins button")).to_have_count(0)


def test_the_same_subject_with_more_cells_keeps_what_is_chosen(family: Family):
    capture = captured(length=300, heads=8)
    data = payload_of(capture, most_cells=2**17, wanted=Wanted(map=0, head=2))
    page = family.open(data, views=("table",), chosen={"head": 2, "query": 7})
    page.get_by_label("Head", exact=True).select_option("4")
    expect(page.get_by_role("status")).to_contain_text("Fetching")
    page.wait_for_function("window.sent.length > 0")
    family.update(page, payload_of(capture, most_cells=2**17, wanted=Wanted(map=0, head=3)))
    expect(page.get_by_role("status")).to_be_empty()
    assert page.evaluate("(({head, query}) => ({head, query}))(workspace.store.get())") == {"head": 3, "query": 7}
    assert page.evaluate("workspace.store.get().capture") == 2


def test_the_arrows_step_through_the_heads_and_round_the_ends(family: Family):
    page = family.open(payload_of(captured()), views=("table",))
    chosen = page.get_by_label("Head", exact=True)
    following = page.get_by_role("button", name="Next head")
    for expected in ("0", "1", "2", "0"):
        following.click()
        expect(chosen).to_have_value(expected)
    page.get_by_role("button", name="Previous head").click()
    expect(chosen).to_have_value("2")
