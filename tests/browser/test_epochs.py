"""The slider over epochs: each epoch's own weights, on colours that mean the same at every one."""

import base64
import json

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from attnviz.components.attention.payload import Payload
from attnviz.components.epochs import FOLDER
from attnviz.components.epochs.payload import film_payload, frame_payload
from attnviz.components.scripts import joined_styles
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.views.epochs import frame_of
from tests.browser.family import Family

WORDS = ("the", "soup", "was", "cold")


def captured(seed: int, heads: int = 2, sharpness: float = 1.0) -> AttentionCapture:
    logits = np.random.default_rng(seed).normal(size=(1, heads, 4, 4)) * sharpness
    weights = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    one = AttentionMap(layer="attention", weights=weights.astype(np.float32), query_axis="tokens", key_axis="tokens")
    valid = np.ones((1, 4), bool)
    return AttentionCapture(
        model="m", maps=(one,), sequences={"tokens": (WORDS,)}, valid={"tokens": valid}, outputs=np.zeros((1, 2))
    )


CAPTURES = [captured(epoch, sharpness=1.0 + epoch) for epoch in range(4)]


def payload_of(count: int, *, best: int | None = None) -> Payload:
    frames = [frame_of(CAPTURES[epoch], epoch=epoch, note=f"loss {4 - epoch}") for epoch in range(count)]
    return film_payload([frame_payload(frame) for frame in frames], epochs=count, best=best)


def sent(payload: Payload, subject: str = "one") -> dict[str, object]:
    cells = base64.b64encode(payload.cells.tobytes()).decode()
    return {"meta": payload.meta, "cells": cells, "subject": subject, "views": ["text", "heatmap", "grid"]}


def open_film(family: Family, payload: Payload, **options: object) -> Page:
    page = family.blank(**options)
    page.add_style_tag(content=joined_styles(FOLDER))
    page.evaluate(
        """async ({ cells, ...data }) => {
            const { openEpochs } = await import("/epochs/epochs.js");
            window.bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
            window.film = openEpochs(document.querySelector(".attnviz"), { ...data, cells: bytes(cells) });
        }""",
        sent(payload),
    )
    settled(page)
    return page


def update(page: Page, payload: Payload, subject: str = "one") -> None:
    page.evaluate("({ cells, ...data }) => film.update({ ...data, cells: bytes(cells) })", sent(payload, subject))


def settled(page: Page) -> None:
    expect(page.locator("[data-view=text]")).to_have_attribute("data-ready", "1")
    expect(page.locator("[data-view=heatmap]")).to_have_attribute("data-ready", "1")


def shaded(page: Page) -> list[float]:
    """The values by which the tokens are shaded."""
    settled(page)
    return [
        float(one)
        for one in page.locator("[data-view=text] .token").evaluate_all("(all) => all.map((one) => one.dataset.value)")
    ]


def ground(page: Page, token: int) -> str:
    settled(page)
    return page.locator("[data-view=text] .token").nth(token).evaluate("(one) => getComputedStyle(one).backgroundColor")


def test_each_epoch_shows_its_own_weights(family: Family):
    page = open_film(family, payload_of(4))
    slider = page.get_by_role("slider", name="Epoch", exact=True)
    page.evaluate("film.store.set({ head: 1, query: 2 })")
    for epoch in (3, 0, 2):
        slider.fill(str(epoch))
        np.testing.assert_allclose(shaded(page), CAPTURES[epoch].maps[0].weights[0, 1, 2], rtol=1e-6)
        expect(page.locator(".attnviz-epochs > .note")).to_have_text(f"loss {4 - epoch}")
    expect(slider).to_have_attribute("aria-valuetext", "Epoch 2: loss 2")
    expect(page.locator(".which")).to_have_text("Epoch 2 of 3")


def test_colours_run_up_to_the_largest_weight_of_all_epochs(family: Family):
    page = open_film(family, payload_of(4))
    largest = max(float(one.maps[0].weights[0, 0].max()) for one in CAPTURES)
    received = max(float(one.maps[0].weights[0, 0].mean(axis=0).max()) for one in CAPTURES)
    page.evaluate("film.store.set({ head: 0 })")
    for epoch in (3, 0):
        page.get_by_role("slider", name="Epoch", exact=True).fill(str(epoch))
        shaded(page)
        top = page.locator("[data-view=text] .legend .number").last
        assert float(top.inner_text()) == pytest.approx(received, abs=0.006)
        heatmap = page.locator("[data-view=heatmap] .legend .ticks span").last
        assert float(heatmap.inner_text()) == pytest.approx(largest, abs=0.006)


def test_equal_weights_have_equal_colours_at_every_epoch(family: Family):
    weights = [np.eye(4), np.full((4, 4), 0.25), np.eye(4) * 0.5 + 0.125]
    frames = []
    for epoch, one in enumerate(weights):
        made = AttentionMap(layer="a", weights=one[None, None].astype(np.float32), query_axis="t", key_axis="t")
        capture = AttentionCapture(
            model="m", maps=(made,), sequences={"t": (WORDS,)}, valid={"t": np.ones((1, 4), bool)}, outputs=np.zeros(1)
        )
        frames.append(frame_payload(frame_of(capture, epoch=epoch)))
    page = open_film(family, film_payload(frames, epochs=3))
    slider = page.get_by_role("slider", name="Epoch", exact=True)
    page.evaluate("film.store.set({ query: 0 })")
    colours = {}
    for epoch in range(3):
        slider.fill(str(epoch))
        assert shaded(page) == pytest.approx(weights[epoch][0])
        colours[epoch] = [ground(page, token) for token in range(4)]
    assert colours[0][1] != colours[1][1]  # 0 and 0.25
    assert len({colours[0][0], colours[1][0], colours[2][0]}) == 3  # 1, 0.25 and 0.625: none is full but the first


def test_keys_move_and_play_runs_to_the_end(family: Family):
    page = open_film(family, payload_of(4))
    root = page.locator(".attnviz-epochs")
    slider = page.get_by_role("slider", name="Epoch", exact=True)
    slider.focus()
    page.keyboard.press("Home")
    expect(root).to_have_attribute("data-epoch", "0")
    page.keyboard.press("ArrowRight")
    expect(root).to_have_attribute("data-epoch", "1")
    page.get_by_role("button", name="Epoch after").click()
    expect(root).to_have_attribute("data-epoch", "2")
    play = page.locator(".attnviz-epochs .play")
    # In one step: a busy machine may look at the button only after the film is over.
    assert play.evaluate("(one) => { one.click(); return one.title; }") == "Pause"
    expect(root).to_have_attribute("data-epoch", "3")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(page.get_by_role("button", name="Epoch after")).to_be_disabled()


def test_a_new_epoch_is_followed_only_by_who_looked_at_the_newest(family: Family):
    page = open_film(family, payload_of(2))
    root = page.locator(".attnviz-epochs")
    page.evaluate("film.store.set({ head: 1, key: 3 })")
    update(page, payload_of(3))
    expect(root).to_have_attribute("data-epoch", "2")
    page.get_by_role("slider", name="Epoch", exact=True).fill("1")
    update(page, payload_of(4, best=2))
    expect(root).to_have_attribute("data-epoch", "1")
    assert page.evaluate("[film.store.get().head, film.store.get().key]") == [1, 3]
    expect(page.locator(".best")).to_be_visible()
    update(page, payload_of(4), subject="another sequence")
    expect(root).to_have_attribute("data-epoch", "3")
    assert json.loads(page.evaluate("JSON.stringify([film.store.get().query, film.store.get().key])")) == [None, None]


@pytest.mark.parametrize("width", [320, 900])
def test_nothing_is_wider_than_the_page(family: Family, width: int):
    page = open_film(family, payload_of(4, best=3), width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(family: Family, theme: str):
    page = open_film(family, payload_of(4, best=1), theme=theme)
    shaded(page)
    found = Axe().run(page).response["violations"]
    told = {one["id"]: [node["html"][:100] for node in one["nodes"]] for one in found}
    told.pop("page-has-heading-one", None)  # a component alone is no page
    assert told == {}
