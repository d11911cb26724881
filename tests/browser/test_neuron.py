"""Inside one number: what is shown is what Python computes, and ends in the number of the heatmap."""

import base64
import re
from collections.abc import Callable

import keras
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from keras import layers
from playwright.sync_api import Page, expect

from attnviz import capture_attention
from attnviz.capture.queries_and_keys import QueriesAndKeys, weights_of
from attnviz.capture.read_scores import capture_queries_and_keys
from attnviz.components.attention import payload
from attnviz.components.attention.neuron import VectorsWish, packed_problem, packed_vectors
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.explorer import explorer_view
from attnviz.views.neuron import neighbours_of, neuron_view
from tests.browser.family import Family, payload_of
from tests.browser.linked_views import choose, painted, weight_at

ROOT = ".attnviz-neuron"
AXES = {"query_axis": "text", "key_axis": "text"}
WORDS = ("the", "soup", "was", "not", "cold", "<b>at</b>", "all")

Made = tuple[AttentionCapture, QueriesAndKeys]


def made(layer: keras.Layer, **call: object) -> Made:
    """A layer's attention from `WORDS` to themselves, and what it computed that from."""
    keras.utils.set_random_seed(8)
    series = keras.Input((None, 6), name="series")
    if isinstance(layer, layers.AdditiveAttention):
        model = keras.Model(series, layer([series, series], **call))
    else:
        model = keras.Model(series, layer(series, series, **call))
    given = 1.5 * np.random.default_rng(8).normal(size=(1, len(WORDS), 6)).astype("float32")
    capture = capture_attention(model, given, sequences=[WORDS])
    return capture, capture_queries_and_keys(model, given, layer=capture.maps[0].name)


@pytest.fixture(scope="module")
def causal() -> Made:
    return made(layers.MultiHeadAttention(2, 8, name="look"), use_causal_mask=True)


def opened(family: Family, run: Made, *, answer: Callable[[dict], bytes] | None = None, **options: object) -> Page:
    """The view of one number beside the heatmap; `answer` stands for Python, which is asked for queries and keys."""
    capture, parts = run
    one = explorer_view(capture).maps[0]

    def python(wish: dict) -> str:
        about = {"subject": wish["subject"], "wish": wish}
        wanted = VectorsWish(**{name: wish[name] for name in ("map", "head", "query", "key")})
        packed = answer(about) if answer else packed_vectors(capture, parts, one, wanted, about)
        return base64.b64encode(packed).decode()

    page = family.open(payload_of(capture), views=("heatmap", "neuron"), **{"chosen": {"head": 0}, **options})  # type: ignore[arg-type]
    page.expose_function("python", python)
    page.evaluate("""async () => {
        const channel = await import("/attention/channel.js");
        window.wishes = [];
        channel.onAsked(document, "vectors", async (wish) => {
            window.wishes.push(wish);
            channel.bring(document, "vectors", channel.read(bytes(await python(wish))));
        });
        // It asked before anybody listened, as it does when its page has not come yet.
        channel.bring(document, "vectors", { header: { subject: "test", wish: null }, bytes: new Uint8Array() });
    }""")
    settled(page)
    return page


def settled(page: Page) -> None:
    page.locator(f"{ROOT}[data-ready='1']").wait_for()


def change(page: Page, **patch: object) -> None:
    page.evaluate("(patch) => workspace.store.set(patch)", patch)
    settled(page)


def numbers(page: Page) -> dict[str, str]:
    """The boxes from the sum to the weight, by their names."""
    boxes = page.locator(f"{ROOT} .formula .box")
    return dict(boxes.evaluate_all("all => all.map((one) => [one.children[1].innerText, one.children[0].innerText])"))


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def rows(page: Page) -> list[list[str]]:
    lines = page.locator(f"{ROOT} section table tbody tr[data-key]")
    return lines.evaluate_all(
        "all => all.map((row) => [row.dataset.key, ...[...row.cells].slice(1).map((one) => one.innerText.trim())])"
    )


def violations(page: Page, within: str | None = None) -> list[str]:
    found = Axe().run(page, context=within).response["violations"]
    return [one["id"] for one in found if one["impact"] != "minor"]


def compare(page: Page, run: Made, head: int, query: int, key: int) -> None:
    view = neuron_view(*run, head=head, query=query, key=key)
    told = numbers(page)
    assert number(next(iter(told.values()))) == pytest.approx(view.sum, rel=5e-3)
    if view.scale != 1:
        assert number(told["score"]) == pytest.approx(view.score, rel=5e-3)
    assert number(told["weight"]) == pytest.approx(view.weight, rel=1e-5)
    for shown, one in zip(rows(page), view.neighbours, strict=True):
        assert int(shown[0]) == one.key
        if np.isnan(one.score):
            assert shown[1:] == ["may not attend", "0", "0"]
        else:
            values = [number(text) for text in shown[1:]]
            assert values == pytest.approx([one.score, one.power, one.weight], rel=5e-2, abs=1e-6)


def test_every_step_is_that_of_python_and_ends_in_the_number_of_the_heatmap(family: Family, causal: Made):
    page = opened(family, causal)
    for head, query, key in ((0, 5, 2), (1, 6, 0), (1, 3, 3)):
        change(page, head=head, query=query, key=key)
        compare(page, causal, head, query, key)
        reading = page.locator(".attnviz-heatmap .reading strong")
        expect(reading).to_have_text(numbers(page)["weight"])
    assert len(page.evaluate("wishes")) == 1  # all heads came with the first
    change(page, query=5, key=2)
    expect(page.locator(f"{ROOT} .lead")).to_contain_text("query 6, '<b>at</b>', comes to give key 3, 'was'")


def test_until_something_is_pinned_it_follows_the_pointer_and_else_shows_the_strongest(family: Family, causal: Made):
    page = opened(family, causal)
    weights = causal[0].maps[0].weights[0, 0].copy()
    weights[0] = 0  # the first query may attend to itself alone: that tells nothing
    query, key = np.unravel_index(weights.argmax(), weights.shape)
    compare(page, causal, 0, int(query), int(key))
    change(page, hover={"query": 4, "key": 1})
    compare(page, causal, 0, 4, 1)
    change(page, hover={"query": None, "key": None}, query=6)
    compare(page, causal, 0, 6, int(weights[6].argmax()))
    page.locator(f"{ROOT} tbody button").last.press("Enter")
    settled(page)
    chosen = page.evaluate("workspace.store.get()")
    assert (chosen["query"], chosen["key"]) == (6, int(rows(page)[-1][0]))
    expect(page.locator(f"{ROOT} tr.marked button")).to_be_focused()
    page.keyboard.press("Escape")
    settled(page)
    compare(page, causal, 0, int(query), int(key))


def test_what_may_not_be_attended_to_says_so(family: Family, causal: Made):
    page = opened(family, causal, chosen={"head": 0, "query": 2, "key": 5})
    assert numbers(page) | {"mask": "may not attend", "weight": "0"} == numbers(page)
    expect(page.locator(f"{ROOT} .end")).to_contain_text("'<b>at</b>' may not be attended to")
    assert rows(page)[-1][1:] == ["may not attend", "0", "0"]


def test_heads_together_have_no_number_to_look_inside(family: Family, causal: Made):
    page = opened(family, causal, chosen={"head": "mean", "query": 6, "key": 1})
    expect(page.locator(f"{ROOT} .note")).to_contain_text("Choose one head.")
    expect(page.locator(f"{ROOT} .steps")).to_be_hidden()
    head = int(causal[0].maps[0].weights[0, :, 6, 1].argmax())
    page.get_by_role("button", name=f"Look inside head {head + 1}").click()
    settled(page)
    compare(page, causal, head, 6, 1)


def test_additive_attention_shows_its_own_formula(family: Family):
    run = made(layers.AdditiveAttention(name="look"))
    page = opened(family, run, chosen={"head": 0, "query": 1, "key": 4})
    compare(page, run, 0, 1, 4)
    expect(page.locator(f"{ROOT} section").first).to_contain_text("Added number by number, put through tanh")
    page.locator(f"{ROOT} summary").click()
    expect(page.locator(f"{ROOT} details thead")).to_contain_text("tanh(q + k) × f")


def test_a_cap_and_a_bias_are_steps_of_their_own(family: Family):
    random = np.random.default_rng(6)
    parts = QueriesAndKeys(
        layer="look",
        formula="dot",
        queries=random.normal(size=(1, 1, 4, 8)),
        keys=random.normal(size=(1, 1, 4, 8)),
        scale=0.5,
        cap=1.5,
        bias=random.normal(size=(1, 1, 4, 4)),
    )
    one = AttentionMap(layer="look", weights=weights_of(parts.scores(0, 0), None)[None, None], **AXES)
    run = AttentionCapture(
        model="hand",
        maps=(one,),
        sequences={"text": (WORDS[:4],)},
        valid={"text": np.ones((1, 4), bool)},
        outputs=None,
    )
    page = opened(family, (run, parts), chosen={"head": 0, "query": 2, "key": 1})
    compare(page, (run, parts), 0, 2, 1)
    told = numbers(page)
    assert number(told["capped at ±1.5"]) == pytest.approx(1.5 * np.tanh(number(told["q · k, the sum"]) / 3), rel=2e-2)
    assert number(told["bias"]) == pytest.approx(float(parts.bias[0, 0, 2, 1]), rel=5e-3)


def test_heads_that_share_their_keys_say_so(family: Family):
    page = opened(family, made(layers.GroupQueryAttention(4, 4, 2, name="look")), chosen={"head": 3})
    expect(page.locator(f"{ROOT} .lead")).to_contain_text("Heads 3 to 4 share their keys (head 2 of 2 for keys)")


def test_what_cannot_be_read_says_which_layer_and_why(family: Family, causal: Made):
    reason = "Layer 'look' puts its scores through tanh before the softmax. Those of 'other' can be read."
    page = opened(family, causal, answer=lambda about: packed_problem(reason, about))
    expect(page.locator(f"{ROOT} .note")).to_have_text(reason)
    expect(page.locator(f"{ROOT} .steps")).to_be_hidden()


def test_a_large_layer_is_asked_for_query_by_query(family: Family, causal: Made, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        payload, "EXACT_CELLS", 0
    )  # its cells are sent in half precision, which is told in three digits
    capture, parts = causal
    one = explorer_view(capture).maps[0]

    def little(about: dict) -> bytes:
        wish = VectorsWish(**{name: about["wish"][name] for name in ("map", "head", "query", "key")})
        return packed_vectors(capture, parts, one, wish, about, most_bytes=60)

    page = opened(family, causal, answer=little)
    expect(page.locator(f"{ROOT} .note")).to_contain_text("too large to follow the pointer")
    change(page, query=5)
    expect(page.locator(f"{ROOT} .steps")).to_be_visible()
    compare(page, causal, 0, 5, int(capture.maps[0].weights[0, 0, 5].argmax()))
    change(page, key=1)
    expect(page.locator(f"{ROOT} .lead")).to_contain_text("key 2,")
    compare(page, causal, 0, 5, 1)
    weight = capture.maps[0].weights[0, 0, 5, 1]
    assert np.float16(weight) != pytest.approx(weight, rel=1e-5)
    assert numbers(page)["weight"] == f"{weight:.6g}"


def test_padding_that_nothing_masks_counts_in_the_sum(family: Family):
    keys = np.array([[1, 0], [0, 5], [2, 2], [0, 4]], np.float32)  # the scores of a query of ones: 1, 5, 4, 4
    parts = QueriesAndKeys(layer="look", formula="dot", queries=np.ones((1, 1, 4, 2)), keys=keys[None, None])
    capture = AttentionCapture(
        model="hand",
        maps=(AttentionMap(layer="look", weights=weights_of(parts.scores(0, 0), None)[None, None], **AXES),),
        sequences={"text": (("a", "", "b", ""),)},
        valid={"text": np.array([[True, False, True, False]])},
        outputs=None,
    )
    page = opened(family, (capture, parts), chosen={"head": 0, "query": 0, "key": 1})
    compare(page, (capture, parts), 0, 0, 1)
    # The largest score of the row, 5, is that of a key which is not shown.
    assert numbers(page)["softmax"] == f"e^(4 − 5) ÷ {1 + np.exp(-4) + 2 * np.exp(-1):.3g}"
    expect(page.locator(f"{ROOT} section").last).to_contain_text("over padding, which is not shown")


@pytest.mark.parametrize("touch", [False, True])
def test_components_are_told_under_the_pointer_and_under_a_finger(family: Family, causal: Made, touch: bool):
    page = opened(family, causal, chosen={"head": 0, "query": 5, "key": 2}, touch=touch)
    products = neuron_view(*causal, head=0, query=5, key=2).products
    stage, readout = page.locator(f"{ROOT} .stage"), page.locator(f"{ROOT} .readout")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box is not None
    (page.touchscreen.tap if touch else page.mouse.move)(box["x"] + 100, box["y"] + 20)
    expect(readout).to_have_text(re.compile(r"^Component \d+: "))
    told = re.match(r"Component (\d+): .* = (.*)\.$", readout.inner_text())
    assert told is not None
    assert number(told[2]) == pytest.approx(products[int(told[1]) - 1], rel=5e-3)
    expect(stage).to_have_attribute("aria-label", re.compile(f"Component {told[1]}: "))


def test_components_are_reached_by_keyboard_sorted_and_told_in_a_table(family: Family, causal: Made):
    page = opened(family, causal, chosen={"head": 0, "query": 5, "key": 2})
    products = neuron_view(*causal, head=0, query=5, key=2).products
    stage, readout = page.locator(f"{ROOT} .stage"), page.locator(f"{ROOT} .readout")
    stage.focus()
    stage.press("ArrowRight")
    stage.press("ArrowRight")
    expect(readout).to_have_text(re.compile(r"^Component 2: .* = "))
    assert number(readout.inner_text().rstrip(".").split(" = ")[1]) == pytest.approx(products[1], rel=5e-3)
    page.get_by_label("Largest first").check()
    stage.press("Home")
    expect(readout).to_have_text(re.compile(rf"^Component {np.abs(products).argmax() + 1}:"))
    page.locator(f"{ROOT} summary").click()
    cells = page.locator(f"{ROOT} details tbody tr")
    expect(cells).to_have_count(len(products))
    order = [int(one) for one in cells.evaluate_all("rows => rows.map((row) => row.cells[0].innerText)")]
    assert order == [int(one) + 1 for one in np.argsort(-np.abs(products), kind="stable")]


@pytest.mark.parametrize("scores", [[1.0, 3.0, 3.0, -2.0], [0.5], [2.0] * 9, [-np.inf, 1.0, -np.inf, -np.inf, 0.0]])
def test_the_keys_that_are_told_are_those_of_python(family: Family, scores: list[float]):
    page = family.blank()
    for key in (0, len(scores) - 1):
        told = page.evaluate(
            """async ([scores, key]) => (await import("/attention/neuron_numbers.js")).neighboursOf(
                Float64Array.from(scores, (one) => one ?? -Infinity), key)""",
            [[one if np.isfinite(one) else None for one in scores], key],
        )
        assert tuple(told) == neighbours_of(np.array(scores), key)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_keeps_nobody_out_and_fits_a_narrow_page(family: Family, causal: Made, theme: str):
    page = opened(family, causal, theme=theme, width=360)
    page.locator(f"{ROOT} summary").click()
    assert violations(page, ROOT) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_the_page_python_is_asked_when_the_view_is_opened(page: Page, server: str):
    page.goto(f"{server}/?model=recall&layer=attention_1")
    painted(page)
    choose(page, "Head", "2")
    weight = weight_at(page, 4, 2)
    page.locator(".attnviz-heatmap .stage").press("Enter")
    page.get_by_role("tab", name="Inside one number").click()
    expect(page.locator(f"{ROOT} .lead")).to_contain_text("query 5,")
    settled(page)
    assert number(numbers(page)["weight"]) == pytest.approx(weight, rel=1e-5)
    told = numbers(page)
    assert number(told["q · k, the sum"]) * number(told["scale"]) == pytest.approx(number(told["score"]), rel=1e-2)
    assert violations(page) == []
    choose(page, "Layer", "attention_2")
    expect(page.locator(f"{ROOT} .lead")).to_contain_text("layer attention_2")
