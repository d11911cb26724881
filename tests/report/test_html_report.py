import base64
import hashlib
import json
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from attnviz.capture.queries_and_keys import QueriesAndKeys
from attnviz.components.attention import Chosen, chosen_data
from attnviz.errors import ShapeError
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.report.html_report import html_report
from tests.views.captures import HEADS, capture_of, padded, pooled, two_heads

HOSTILE = ("</script><script>window.hacked=1</script>", "<!--", "a\u2028b", '"><img src=x onerror=alert(1)>', "$title")


def softmax(scores):
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def layers(count, heads, length):
    """Heads as of a trained transformer: softmax of products of queries and keys."""
    random = np.random.default_rng(5)
    maps = []
    for layer in range(count):
        queries, keys = random.normal(size=(2, heads, length, 32))
        weights = softmax(2 * queries @ keys.swapaxes(1, 2) / np.sqrt(32))
        maps.append(AttentionMap(layer=f"block_{layer}", weights=weights[None], query_axis="text", key_axis="text"))
    return AttentionCapture(
        model="toy",
        maps=tuple(maps),
        sequences={"text": (tuple(f"word{place}" for place in range(length)),)},
        valid={"text": np.ones((1, length), bool)},
        outputs=None,
    )


class Elements(HTMLParser):
    """Every element with its attributes, and the text in it."""

    def __init__(self, page):
        super().__init__()
        self.found, self.open, self.texts = [], [], {}
        self.feed(page.decode())

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self.open = tag, dict(attrs)

    def handle_data(self, data):
        tag, attributes = self.open or ("", {})
        self.texts.setdefault(attributes.get("id") or tag, []).append(data)

    def text(self, name):
        return "".join(self.texts.get(name, []))


def unpacked(page, name):
    return zlib.decompress(base64.b64decode(Elements(page).text(name)))


def test_the_report_of_72_heads_with_64_tokens_is_under_a_megabyte():
    assert len(html_report(layers(6, 12, 64))) < 950_000


def test_the_same_run_makes_the_same_file():
    assert html_report(two_heads()) == html_report(two_heads())


def test_what_may_run_are_the_two_scripts_in_it():
    page = html_report(two_heads())
    elements = Elements(page)
    policy = next(one["content"] for tag, one in elements.found if one.get("http-equiv") == "Content-Security-Policy")
    directives = dict(one.split(" ", 1) for one in policy.split("; "))
    assert directives["default-src"] == "'none'"
    style = re.search(r"<style>(.*?)</style>", page.decode(), re.DOTALL)[1]
    started = re.search(r'<script type="module">(.*?)</script>', page.decode(), re.DOTALL)[1]
    program = unpacked(page, "program").decode()
    for directive, texts in (("style-src", [style]), ("script-src", [started, program])):
        digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]
        assert directives[directive] == " ".join(f"'sha256-{digest}'" for digest in digests)


def test_nothing_in_the_report_is_loaded_from_elsewhere():
    page = html_report(two_heads())
    assert {tag for tag, _ in Elements(page).found} <= {
        *("html", "head", "meta", "title", "style", "body", "main", "h1", "dl", "dt", "dd", "p", "div"),
        *("noscript", "script"),
    }
    assert not [attributes for _, attributes in Elements(page).found if {"src", "href", "style"} & set(attributes)]
    for text in (page.decode(), unpacked(page, "program").decode()):
        assert not re.findall(r"https?://(?!www\.w3\.org/)", text)


def test_tokens_title_and_facts_cannot_leave_their_place():
    capture = capture_of(np.full((1, 5, 5), 0.2), labels=HOSTILE)
    page = html_report(capture, title=HOSTILE[0], facts={HOSTILE[3]: HOSTILE[0], "Settings": HOSTILE[4]})
    elements = Elements(page)
    assert [tag for tag, _ in elements.found].count("script") == 4  # its own
    assert "img" not in [tag for tag, _ in elements.found]
    assert elements.text("h1").strip() == HOSTILE[0]
    assert elements.text("dt") == f"{HOSTILE[3]}Settings"
    labels = json.loads(unpacked(page, "data"))["meta"]["axes"][0]["labels"]
    assert labels == [HOSTILE[0], HOSTILE[1], "a\N{REPLACEMENT CHARACTER}b", *HOSTILE[3:]]


def test_the_cells_are_those_captured():
    page = html_report(two_heads())
    meta = json.loads(unpacked(page, "data"))["meta"]
    planes = np.frombuffer(unpacked(page, "cells"), np.uint8).reshape(4, -1)
    cells = np.ascontiguousarray(planes.T).view("<f4").reshape(2, 4, 4)
    assert [block["start"] for block in meta["blocks"]] == [0, 16]
    np.testing.assert_array_equal(cells, HEADS)


def test_what_does_not_fit_is_left_out_and_named():
    capture = layers(3, 4, 16)  # 12 heads of 256 weights
    page = html_report(capture, chosen=Chosen(map=1, head=2, query=3), most_cells=1_100)
    data = json.loads(unpacked(page, "data"))
    assert [one["name"] for one in data["meta"]["maps"]] == ["block_1"]
    assert data["chosen"] == chosen_data(Chosen(map=0, head=2, query=3))
    assert "Only all 4 heads of layer block_1 are in this file" in page.decode()
    assert "3 maps of attention" in page.decode()
    page = html_report(capture, chosen=Chosen(map=1, head=2), most_cells=300)
    data = json.loads(unpacked(page, "data"))
    assert [(one["name"], one["heads"]) for one in data["meta"]["maps"]] == [("block_1", 1)]
    assert data["chosen"]["head"] == 0
    assert "Only layer block_1, head 3 is in this file, which holds at most 300 weights" in page.decode()
    page = html_report(layers(1, 2, 1_100), chosen=Chosen(head=1))
    assert "Each cell is the largest of several, also when you zoom in" in page.decode()
    assert "Only" not in html_report(capture).decode().split("<main>")[1].split("<script")[0]


def compared(length, size, heads=2):
    """A run, and the queries and keys that its weights come of."""
    queries, keys = np.random.default_rng(9).normal(size=(2, 1, heads, length, size)).astype("float32")
    parts = QueriesAndKeys(layer="attention", formula="dot", queries=queries, keys=keys)
    return capture_of(softmax(queries[0] @ keys[0].swapaxes(1, 2))), parts


def numbers_of(kept, start, *shape):
    return np.frombuffer(base64.b64decode(kept["numbers"]), "<f4", int(np.prod(shape)), start).reshape(shape)


def test_what_is_behind_the_chosen_number_is_in_the_file():
    capture, parts = compared(7, 4)
    page = html_report(capture, inside=parts, chosen=Chosen(head=1, query=3, key=5))
    data = json.loads(unpacked(page, "data"))
    assert data["views"] == ["text", "heatmap", "grid", "links", "table", "neuron"]
    kept = data["extras"]["neuron"]
    header = kept["header"]
    assert [header[name] for name in ("map", "head", "query", "key", "heads")] == [0, 1, 3, 5, [1]]
    queries, keys = (numbers_of(kept, header[name], 7, 4) for name in ("queries", "keys"))
    np.testing.assert_allclose(softmax(queries @ keys.T), capture.maps[0].weights[0, 1], rtol=1e-5)


def test_of_a_large_head_its_row_of_scores_is_in_the_file():
    capture, parts = compared(200, 64)
    kept = json.loads(unpacked(html_report(capture, inside=parts, chosen=Chosen(head=1, query=3, key=5)), "data"))
    header, kept = kept["extras"]["neuron"]["header"], kept["extras"]["neuron"]
    assert (header["heads"], header["row"]["head"], header["row"]["query"], header["row"]["key"]) == ([], 1, 3, 5)
    scores = numbers_of(kept, header["row"]["scores"], 200)
    np.testing.assert_allclose(softmax(scores), capture.maps[0].weights[0, 1, 3], rtol=1e-4)
    # The file holds this head alone, and calls it the first.
    page = html_report(capture, inside=parts, chosen=Chosen(head=1, query=3, key=5), most_cells=50_000)
    header = json.loads(unpacked(page, "data"))["extras"]["neuron"]["header"]
    assert (header["head"], header["row"]["head"]) == (0, 0)


@pytest.mark.parametrize("chosen", [{"query": 3, "key": 5}, {"head": 1, "key": 5}, {"head": 1, "query": 3}])
def test_where_no_single_number_is_chosen_the_file_has_no_look_inside_one(chosen):
    capture, parts = compared(7, 4)
    data = json.loads(unpacked(html_report(capture, inside=parts, chosen=Chosen(**chosen)), "data"))
    assert "neuron" not in data["views"]
    assert "neuron" not in data["extras"]


def test_a_look_inside_keeps_the_report_of_72_heads_under_a_megabyte():
    queries, keys = np.random.default_rng(9).normal(size=(2, 1, 12, 64, 64))
    parts = QueriesAndKeys(layer="block_3", formula="dot", queries=queries, keys=keys)
    page = html_report(layers(6, 12, 64), inside=parts, chosen=Chosen(map=3, head=7, query=2, key=9))
    assert json.loads(unpacked(page, "data"))["extras"]["neuron"]["header"]["heads"] == [7]
    assert len(page) < 1_000_000


def test_what_another_layer_computed_is_refused():
    capture, parts = compared(7, 4)
    with pytest.raises(ShapeError, match="of layer 'attention' with 7 queries and 7 keys. Received: layer 'other'"):
        html_report(capture, inside=replace(parts, layer="other"))


@pytest.mark.parametrize("capture", [padded(2, 3), pooled()])
@pytest.mark.parametrize("hide_padding", [True, False])
def test_padding_and_pooling_are_no_obstacle(capture, hide_padding):
    meta = json.loads(unpacked(html_report(capture, hide_padding=hide_padding), "data"))["meta"]
    shown = [len(axis["labels"]) for axis in meta["axes"]]
    real = [int(capture.valid[axis["name"]][0].sum()) for axis in meta["axes"]]
    every = [capture.valid[axis["name"]].shape[1] for axis in meta["axes"]]
    assert shown == (real if hide_padding else every)
