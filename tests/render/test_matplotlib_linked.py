"""The pictures of the linked views: what is in the files is what the views say."""

import io
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgba
from PIL import Image

from attnviz.render.export import figure_bytes
from attnviz.render.matplotlib_colours import HEADS, PAGE_COLOURS
from attnviz.render.matplotlib_figures import to_matplotlib
from attnviz.views.grid import grid_view
from attnviz.views.heatmap import heatmap_view
from attnviz.views.links import links_view
from tests.views.captures import TOKENS, capture_of, pooled, two_heads

TEXT = "{http://www.w3.org/2000/svg}text"
HOSTILE = ("</text><script>x()</script>", "<!--", "$\\frac{x$", "שלום")
MASKED = np.tril(np.ones((4, 4), bool))


def causal(labels=TOKENS):
    return capture_of(np.tril(np.full((2, 4, 4), 0.25)), mask=MASKED, labels=labels)


def pictures(capture):
    return {
        "heatmap": heatmap_view(capture, layer="attention", head=0, query=1, key=2, scale="log"),
        "links": links_view(capture, layer="attention"),
        "heads": replace(grid_view(capture), selected=(0, 1)),
    }


def drawn_texts(pdf):
    return b"".join(re.findall(rb"\(((?:\\.|[^()\\])*)\)", pdf)).replace(b"\\", b"")


@pytest.mark.parametrize("name", ["heatmap", "links", "heads"])
def test_labels_are_text_in_svg_and_pdf_whatever_they_hold(name):
    figure = to_matplotlib(pictures(causal(HOSTILE))[name])
    svg = figure_bytes(figure, "svg")
    root = ElementTree.fromstring(svg)  # noqa: S314 - written here
    texts = {element.text for element in root.iter(TEXT)}
    assert b"<script" not in svg
    with mpl.rc_context({"pdf.compression": 0}):
        pdf = figure_bytes(figure, "pdf")
    assert b"/FontFile2" in pdf  # TrueType, as `pdf.fonttype` 42 embeds it
    if name == "heads":
        assert {"attention", "1", "2"} <= texts
    else:
        assert {"<!--", "$\\frac{x$", "שלום"} <= texts
        assert "<!--".encode("utf-16-be") in drawn_texts(pdf)


def test_cells_have_the_colours_of_the_page():
    view = heatmap_view(two_heads(), layer="attention", head=0, shared_scale=True)
    image = Image.open(io.BytesIO(figure_bytes(to_matplotlib(view), "png"))).convert("RGB")
    found = {colour for _, colour in image.getcolors(maxcolors=2**24)}
    for weight in (0.0, 0.25, 0.6, 1.0):
        expected = PAGE_COLOURS(weight, bytes=True)[:3]
        assert any(np.abs(np.subtract(colour, expected)).max() <= 1 for colour in found), weight


def test_the_largest_weight_has_the_dark_end_of_viridis():
    assert to_hex(PAGE_COLOURS(1.0)) == "#440154"
    assert to_hex(PAGE_COLOURS(0.5)) == "#21908d"
    assert min(PAGE_COLOURS(0.0)[:3]) > 0.9


def test_a_cell_of_the_svg_has_the_colour_of_its_weight():
    view = heatmap_view(two_heads(), layer="attention", head=0, shared_scale=True)
    figure = to_matplotlib(view)
    (image,) = figure.axes[0].get_images()
    drawn = image.cmap(image.norm(image.get_array()))
    np.testing.assert_allclose(drawn[2, 1], to_rgba("#440154"), atol=0.01)  # the weight of 1
    assert figure.axes[0].yaxis_inverted()


def test_what_may_not_attend_is_hatched_and_not_pale():
    axes = to_matplotlib(pictures(causal())["heatmap"]).axes[0]
    shown = axes.get_images()[0].get_array()
    assert (shown.mask == ~MASKED).all()
    assert axes.patch.get_hatch()


def test_pins_are_framed():
    axes = to_matplotlib(heatmap_view(two_heads(), layer="attention", head=0, query=1, key=3)).axes[0]
    frames = {patch.get_bbox().bounds for patch in axes.patches}
    assert frames == {(-0.5, 0.5, 4.0, 1.0), (2.5, -0.5, 1.0, 4.0)}
    assert not to_matplotlib(heatmap_view(two_heads(), layer="attention", head=0)).axes[0].patches


def test_links_join_their_tokens_in_the_colour_of_their_head():
    view = links_view(two_heads(), layer="attention", heads=[1], mass=0.0)  # the strongest key of each query
    axes = to_matplotlib(view).axes[0]
    (lines,) = axes.collections
    joined = {(round(start[1] - 0.5), round(end[1] - 0.5)) for start, end in lines.get_segments()}
    assert joined == {(0, 2), (1, 0), (2, 2), (3, 3)}
    assert {to_hex(colour[:3]) for colour in lines.get_colors()} == {HEADS[1]}
    strength = {round(start[1] - 0.5): colour[3] for (start, _), colour in zip(
        lines.get_segments(), lines.get_colors(), strict=True)}  # fmt: skip
    assert strength[1] == max(strength.values())  # 0.7 is the largest
    assert [text.get_text() for text in axes.texts] == [*TOKENS, *TOKENS]


def test_links_of_several_heads_have_a_legend():
    legend = to_matplotlib(links_view(two_heads(), layer="attention")).legends[0]
    assert [text.get_text() for text in legend.get_texts()] == ["head 1", "head 2"]
    assert not to_matplotlib(links_view(two_heads(), layer="attention", heads=[0])).legends


def test_every_head_has_its_thumbnail():
    view = replace(grid_view(two_heads()), selected=(0, 1))
    axes = to_matplotlib(view).axes[0]
    images = axes.get_images()
    assert [tuple(image.get_extent()) for image in images] == [(0, 0.92, 0.92, 0), (1, 1.92, 0.92, 0)]
    np.testing.assert_allclose(images[1].get_array(), view.rows[0].largest[1] / 0.7)
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "2"]
    assert len(axes.patches) == 3  # two grounds, one frame


@pytest.mark.parametrize("capture", [pooled(), capture_of(np.zeros((1, 2, 2)))])
def test_pooling_and_zeros_can_be_drawn(capture):
    layer = capture.maps[0].name
    for view in (
        heatmap_view(capture, layer=layer, head=0, scale="rank"),
        links_view(capture, layer=layer),
        grid_view(capture),
    ):
        assert figure_bytes(to_matplotlib(view), "png").startswith(b"\x89PNG")


def test_labels_of_a_long_text_are_thinned():
    length = 300
    capture = capture_of(np.full((1, length, length), 1 / length), labels=[f"word{one}" for one in range(length)])
    figure = to_matplotlib(links_view(capture, layer="attention", mass=0.0))
    assert max(figure.get_size_inches()) < 27
    assert len(figure.axes[0].texts) == 2 * 150
