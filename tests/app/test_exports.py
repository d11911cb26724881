"""The pictures that are taken along show what is on the screen."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest

from attnviz.app.exports import Export
from attnviz.app.pictured import Pictured
from attnviz.app.run import ModelRun
from attnviz.app.selection import selection_of
from attnviz.components.attention import Chosen
from attnviz.components.attention.drawn import Drawn
from attnviz.models.card import card_of_folder
from attnviz.models.registry import model_folders
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.report.view_file import read_view_file
from attnviz.views.explorer import Wanted
from tests.views.captures import padded

TEXT = "{http://www.w3.org/2000/svg}text"
PIECES = ("[CLS]", "play", "##ing", "cats")
HEADS = np.array(
    [
        [[0.4, 0.1, 0.2, 0.3], [0.0, 0.5, 0.25, 0.25], [0.2, 0.2, 0.4, 0.2], [0.1, 0.2, 0.6, 0.1]],
        np.eye(4),
        np.full((4, 4), 0.25),
    ],
    np.float32,
)


@pytest.fixture(scope="module")
def card():
    return card_of_folder(next(iter(model_folders().values())))


def export(card, **chosen):
    capture = AttentionCapture(
        model="hand",
        maps=(AttentionMap(layer="a", weights=HEADS[None], query_axis="text", key_axis="text"),),
        sequences={"text": (PIECES,)},
        valid={"text": np.ones((1, 4), bool)},
        outputs=None,
    )
    run = ModelRun(capture=capture, predictions=pd.DataFrame({"prediction": ["x"]}), notices=())
    view = run.explored.sent(hide_padding=True, wanted=Wanted()).view
    return Export(
        card=card,
        sequence="playing cats",
        run=run,
        selection=selection_of(Chosen(**chosen), view),
        shown=Pictured(views=("text", "heatmap", "grid", "links")),
    )


def texts(export, picture):
    root = ElementTree.fromstring(export.picture(picture, "svg"))  # noqa: S314 - written here
    return [element.text or "" for element in root.iter(TEXT)]


def test_a_text_has_its_words_joined_and_the_scale_of_the_page(card):
    told = texts(export(card, head=0, query=2, scale="log", drawn=Drawn(words=True)), "Text")
    assert {"[CLS]", "playing", "cats"} <= set(told)
    assert "##ing" not in told
    assert "Attention from 'playing'" in " ".join(told)
    assert any("logarithmic over 4 decades, colours up to the largest weight of this map" in one for one in told)
    plain = texts(export(card, head=0, query=2), "Text")
    assert "##ing" in plain
    assert any("colours up to the largest weight of this map" in one and "logarithmic" not in one for one in plain)


@pytest.mark.parametrize(("query", "told"), [(2, "Attention from 'cat'"), (0, "Mean attention over all queries")])
def test_a_pin_among_padding_that_is_shown_is_found_among_the_tokens_of_the_text(card, query, told):
    run = ModelRun(capture=padded(1, 2), predictions=pd.DataFrame({"prediction": ["x"]}), notices=())
    view = run.explored.sent(hide_padding=False, wanted=Wanted()).view
    chosen = selection_of(Chosen(head=0, query=query), view)
    made = Export(card=card, sequence="", run=run, selection=chosen, shown=Pictured(views=("text",)))
    assert told in " ".join(texts(made, "Text"))
    assert "[padding]" in texts(made, "Heatmap")


def test_links_are_of_the_heads_that_are_switched_on_up_to_the_share_that_is_set(card):
    told = texts(export(card, head=0, drawn=Drawn(heads=(1, 2), mass=0.25)), "Links")
    assert [one for one in told if one.startswith("head ")] == ["head 2", "head 3"]
    assert "up to 25% of each query" in " ".join(told)
    assert not [one for one in texts(export(card, head=0), "Links") if one.startswith("head ")]  # the chosen one alone


def test_heads_stand_in_the_order_and_with_the_numbers_that_are_set(card):
    drawn = Drawn(sort_by="all:-diagonal", looked_for="diagonal>=0.3", number="diagonal", pooling="mean")
    told = texts(export(card, scale="rank", drawn=drawn), "Heads")
    # On the diagonal lie in the mean (0.4 + 0.5 + 0.4 + 0.1) / 4, all, and a quarter.
    assert [one for one in told if one in ("1", "2", "3", "0.35", "1.00", "0.25")] == ["1", "0.35", "2", "1.00"]
    assert any(one.startswith("Mean weight (colours by rank") for one in told)


def test_the_report_begins_as_it_is_drawn(card):
    drawn = Drawn(heads=(0, 2), mass=0.5, words=True, sort_by="all:first")
    chosen = export(card, drawn=drawn).selection
    assert chosen.drawn == drawn
    assert export(card, drawn=drawn).report() != export(card).report()


def test_a_view_file_says_how_it_is_drawn(card):
    drawn = Drawn(heads=(0, 2), mass=0.5, words=True, sort_by="all:diagonal")
    assert read_view_file(export(card, drawn=drawn).view("hand", "0" * 64)).drawn == drawn
