"""The report as a person opens it: a double click, no server, no network."""

import re

import keras
import numpy as np
import pytest
from playwright.sync_api import expect

from attnviz import capture_attention
from attnviz.capture.read_scores import capture_queries_and_keys
from attnviz.components.attention import Chosen
from attnviz.report.html_report import html_report
from attnviz.views.grid import grid_row
from tests.browser.family import payload_of
from tests.browser.linked_views import choose, token, weight_at
from tests.report.test_html_report import HOSTILE, layers
from tests.views.captures import capture_of

FOCUS = ".attnviz-heatmap[data-ready='1']"


@pytest.fixture
def opened(page, tmp_path):
    """Opens a report as a file; nothing may be asked for or complained about when the test ends."""
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    def open_report(report: bytes):
        path = tmp_path / "report.html"
        path.write_bytes(report)
        page.goto(path.as_uri())
        page.locator(FOCUS).wait_for(timeout=60_000)
        return page

    yield open_report
    assert asked == [(tmp_path / "report.html").as_uri()]
    assert said == []


def test_the_report_shows_the_captured_weights_head_by_head(opened):
    capture = layers(2, 3, 40)
    page = opened(html_report(capture, facts={"Prediction": "42"}, chosen=Chosen(map=1, head=2)))
    expect(page.get_by_role("definition")).to_contain_text(["42"])
    for layer, head in ((1, 2), (0, 1)):
        choose_without_server(page, "Layer", f"block_{layer}")
        choose_without_server(page, "Head", str(head + 1))
        weights = capture.maps[layer].weights[0, head]
        assert weight_at(page, 2, 5) == pytest.approx(float(weights[2, 5]), rel=6e-3)  # three digits are shown
    token(page, "word7").click()
    page.locator(FOCUS).wait_for()
    told = float(token(page, "word3").get_attribute("data-value"))
    assert told == pytest.approx(float(weights[7, 3]), rel=1e-3)


def choose_without_server(page, picker, option):
    before = page.locator(".attnviz-heatmap").get_attribute("data-painted")
    changed = page.locator(".attnviz-toolbar").get_by_label(picker, exact=True).input_value()
    choose(page, picker, option)
    if page.locator(".attnviz-toolbar").get_by_label(picker, exact=True).input_value() != changed:
        page.wait_for_function(
            "(before) => document.querySelector('.attnviz-heatmap').dataset.painted !== before", arg=before
        )


def test_hover_tells_the_captured_number(opened):
    capture = layers(1, 2, 12)
    page = opened(html_report(capture, chosen=Chosen(map=0, head=1)))
    stage = page.locator(".attnviz-heatmap .stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6)
    reading = page.locator(".attnviz-heatmap .reading")
    expect(reading).to_contain_text("Pointed at")
    query, key = (int(re.search(r"\d+", text)[0]) - 1 for text in reading.locator(".axis").all_inner_texts()[:2])
    told = float(reading.locator("strong").inner_text())
    assert told == pytest.approx(float(capture.maps[0].weights[0, 1, query, key]), rel=6e-3)


def test_thumbnails_made_in_the_browser_are_those_that_python_makes(family):
    length = 70
    weights = np.tril(np.random.default_rng(3).dirichlet(np.ones(length), size=(2, length)))
    capture = capture_of(weights, mask=np.tril(np.ones((length, length))))
    row, sent = grid_row(capture, layer="attention"), payload_of(capture)
    page = family.blank()
    for one in sent.meta["thumbnails"]:
        made = page.evaluate(
            """async ({one, values, length}) => {
                const { pooledCells } = await import("/attention/pooling.js");
                const cells = Float32Array.from(values, (value) => value ?? NaN);
                const matrix = { values: cells, rows: length, columns: length };
                return Array.from(pooledCells(matrix, one), (value) => (Number.isNaN(value) ? null : value));
            }""",
            {
                "one": one,
                "length": length,
                "values": [
                    None if masked else float(value)
                    for value, masked in zip(
                        capture.maps[0].weights[0, one["head"]].ravel(), ~capture.maps[0].mask[0].ravel(), strict=True
                    )
                ],
            },
        )
        expected = (row.largest if one["pooling"] == "max" else row.mean)[one["head"]].ravel()
        np.testing.assert_allclose(np.array(made, float), expected, rtol=1e-6)
    assert len(sent.meta["thumbnails"]) == 4


def test_the_file_leaves_thumbnails_to_the_browser(opened):
    page = opened(html_report(layers(2, 2, 70)))
    assert page.evaluate("attnvizReport.meta.thumbnails.map(({start}) => start)") == [None] * 8
    expect(page.locator(".attnviz-grid[data-ready]")).to_have_count(1)


def test_the_report_looks_inside_the_number_that_was_pinned(opened):
    keras.utils.set_random_seed(8)
    series = keras.Input((None, 6), name="series")
    layer = keras.layers.MultiHeadAttention(3, 8, name="look")
    model = keras.Model(series, layer(series, series, use_causal_mask=True))
    given = np.random.default_rng(8).normal(size=(1, 9, 6)).astype("float32")
    _, weights = layer(given, given, use_causal_mask=True, return_attention_scores=True)
    capture, inside = capture_attention(model, given), capture_queries_and_keys(model, given, layer="look")
    page = opened(html_report(capture, inside=inside, chosen=Chosen(head=1, query=6, key=2)))
    page.get_by_role("tab", name="Inside one number").click()
    view = page.locator(".attnviz-neuron")
    weight = view.locator(".box.strong .value")
    expect(weight).to_have_text(f"{float(weights[0, 1, 6, 2]):.6g}")
    expect(page.locator(".attnviz-heatmap .reading strong")).to_have_text(weight.inner_text())
    view.get_by_role("button", name="5", exact=True).click()  # another key of the same query
    expect(weight).to_have_text(f"{float(weights[0, 1, 6, 4]):.6g}")
    choose_without_server(page, "Head", "3")
    expect(view.locator(".note")).to_contain_text("This file holds the queries and keys of head 2 of layer look alone.")
    view.get_by_role("button", name="Look inside that one").click()
    expect(weight).to_have_text(f"{float(weights[0, 1, 6, 2]):.6g}")
    expect(view.locator(".stage")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_follows_light_and_dark(opened, page, scheme):
    page.emulate_media(color_scheme=scheme)
    opened(html_report(layers(1, 2, 8)))
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(15, 21, 24)"}[scheme]
    painted = page.locator(".attnviz-heatmap").get_attribute("data-painted")
    page.emulate_media(color_scheme={"light": "dark", "dark": "light"}[scheme])
    page.wait_for_function(
        "(before) => document.querySelector('.attnviz-heatmap').dataset.painted !== before", arg=painted
    )


def test_hostile_tokens_run_nothing(opened):
    page = opened(html_report(capture_of(np.full((1, 5, 5), 0.2), labels=HOSTILE), title=HOSTILE[0]))
    assert page.evaluate("window.hacked") is None
    assert page.locator("main img, main script").count() == 0
    expect(page.get_by_role("heading")).to_have_text(HOSTILE[0])
    expect(page.locator(".attnviz-text")).to_contain_text("onerror")


def test_a_damaged_report_says_so(page, tmp_path):
    report = html_report(layers(1, 1, 8))
    path = tmp_path / "damaged.html"
    path.write_bytes(re.sub(rb'(id="cells">.{20})....', rb"\1AAAA", report))
    page.goto(path.as_uri())
    expect(page.get_by_role("alert")).to_contain_text("damaged")


def test_the_policy_stops_what_does_not_belong_to_the_report(page, tmp_path):
    """So that the tests above can fail: a script that somebody adds does not run, and an address is not asked."""
    report = html_report(layers(1, 1, 8)).replace(
        b"</main>", b"<script>window.hacked = 1</script><img src='https://attnviz.test/a.png'></main>"
    )
    path = tmp_path / "changed.html"
    path.write_bytes(report)
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(path.as_uri())
    page.locator(FOCUS).wait_for()
    assert page.evaluate("window.hacked") is None
    assert len([one for one in said if "Content Security Policy" in one]) >= 2
