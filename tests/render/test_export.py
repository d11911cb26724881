import io
import re
import warnings
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from attnviz.render.export import figure_bytes
from attnviz.render.matplotlib_figures import to_matplotlib
from attnviz.views.matrix import MatrixView
from attnviz.views.token_strip import TokenStripView

HOSTILE = "<script>alert(1)</script>"
TEXT = "{http://www.w3.org/2000/svg}text"


def matrix(*labels):
    return to_matplotlib(MatrixView(values=np.eye(len(labels)), query_labels=labels, key_labels=labels, title="Title"))


def strip(*labels):
    return to_matplotlib(TokenStripView(tokens=labels, values=np.ones(len(labels)), title="Title"))


def test_png_has_200_dots_an_inch_and_shows_something():
    figure = matrix("the", "cat")
    image = Image.open(io.BytesIO(figure_bytes(figure, "png")))
    assert image.size == tuple(np.floor(figure.get_size_inches() * 200).astype(int))
    assert image.info["dpi"] == pytest.approx((200, 200), rel=1e-3)
    colours = image.convert("RGB").getcolors(maxcolors=2**24)
    assert {(68, 1, 84), (253, 231, 36)} <= {colour for _, colour in colours}  # both ends of viridis
    assert max(count for count, _ in colours) < 0.9 * image.size[0] * image.size[1]


@pytest.mark.parametrize("draw", [matrix, strip])
def test_svg_holds_a_hostile_token_as_text(draw):
    label = "<b>x</b>&amp;"
    content = figure_bytes(draw(label, HOSTILE[:24]), "svg")
    root = ElementTree.fromstring(content)  # noqa: S314 - written here
    assert {element.text for element in root.iter(TEXT)} >= {label, HOSTILE[:24], "Title"}
    assert not [element for element in root.iter() if element.tag.rpartition("}")[2] in ("script", "b")]
    assert b"<script" not in content


def test_pdf_holds_text_that_can_be_read():
    figure = matrix("cat", HOSTILE)
    with mpl.rc_context({"pdf.compression": 0}):
        content = figure_bytes(figure, "pdf")
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    assert b"/Type /Font" in content
    assert b"/FontFile2" in content  # TrueType, as `pdf.fonttype` 42 embeds it: outlines would hold no text
    drawn = b"".join(re.findall(rb"\(((?:\\.|[^()\\])*)\)", content)).replace(b"\\", b"")
    assert "cat".encode("utf-16-be") in drawn
    assert HOSTILE[:16].encode("utf-16-be") in drawn


@pytest.mark.parametrize("picture_format", ["png", "svg", "pdf"])
def test_letters_without_a_font_neither_raise_nor_warn(picture_format):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert figure_bytes(matrix("猫", "😀", "नमस्ते", "\N{REPLACEMENT CHARACTER}"), picture_format)


@pytest.mark.parametrize("picture_format", ["png", "svg", "pdf"])
def test_the_same_figure_makes_the_same_file(picture_format):
    assert figure_bytes(matrix("a", "b"), picture_format) == figure_bytes(matrix("a", "b"), picture_format)


def test_many_threads_export_at_once_and_leave_the_settings_alone():
    before = mpl.rcParams.copy()
    alone = figure_bytes(matrix("a", "b"), "svg")
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda _: figure_bytes(matrix("a", "b"), "svg"), range(8)))
    assert set(together) == {alone}
    assert mpl.rcParams == before


def test_another_format_is_refused():
    with pytest.raises(ValueError, match="must be one of png, svg, pdf. Received: 'gif'"):
        figure_bytes(matrix("a"), "gif")
