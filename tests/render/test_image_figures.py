import io

import numpy as np
import pytest
from matplotlib.patches import Rectangle
from PIL import Image

from attnviz.render.export import figure_bytes
from attnviz.render.matplotlib_figures import to_matplotlib
from attnviz.render.plotly_figures import to_plotly
from attnviz.views.image import ImageView, image_view
from tests.views.test_image import PIXELS, rows_pooled, specification, with_class_token

TINT, STRONGEST = (213, 94, 0), 0.72


def view_of(**options):
    return image_view(
        with_class_token(), PIXELS, specification(), layer="attention", **{"head": 1, "query": 4, **options}
    )


def rectangles(figure):
    """Tinted patches of a matplotlib figure, and the frames of the chosen one."""
    drawn = [one for one in figure.axes[0].patches if isinstance(one, Rectangle)]
    return [one for one in drawn if one.get_fill()], [one for one in drawn if not one.get_fill()]


def test_matplotlib_draws_the_pixels_from_black_to_white():
    figure = to_matplotlib(view_of())
    (image,) = figure.axes[0].get_images()
    np.testing.assert_allclose(image.get_array(), 1 - PIXELS / 16)
    assert (image.get_clim(), image.get_cmap().name) == ((0.0, 1.0), "gray")


def test_matplotlib_tints_each_patch_by_its_value():
    view = view_of()
    patches, frames = rectangles(to_matplotlib(view))
    assert [one.get_bbox().bounds for one in patches] == [
        (-0.5, -0.5, 2, 2), (1.5, -0.5, 2, 2), (-0.5, 1.5, 2, 2), (1.5, 1.5, 2, 2),
    ]  # fmt: skip
    opacity = [one.get_facecolor()[3] for one in patches]
    np.testing.assert_allclose(opacity, STRONGEST * np.array([0.1, 0.8, 0.1, 0]) / 0.8, atol=STRONGEST / 255)
    np.testing.assert_allclose(patches[0].get_facecolor()[:3], np.array(TINT) / 255)
    assert {one.get_bbox().bounds for one in frames} == {(1.5, 1.5, 2, 2)}


def test_matplotlib_names_what_is_no_part_of_the_picture():
    figure = to_matplotlib(view_of(query=0))
    assert "class token: 0.600" in [one.get_text() for one in figure.axes[0].texts]
    assert figure.axes[1].get_ylabel() == "Attention (colours per map)"
    assert figure.get_suptitle().replace("\n", " ") == "Attention from 'class token', layer attention, head 2"
    assert not rectangles(figure)[1]


def test_what_is_tinted_shows_in_the_file():
    data = figure_bytes(to_matplotlib(view_of()), "png")
    colours = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).reshape(-1, 3)
    for light in (0, 0.5):  # the pixels under the strongest tint
        expected = (1 - STRONGEST) * np.round(255 * light) + STRONGEST * np.array(TINT)
        assert (np.abs(colours - expected) <= 2).all(axis=1).sum() > 1000, light


def test_plotly_draws_the_pixels_and_the_attention_to_each():
    view = view_of()
    pixels, tint = to_plotly(view).data
    grey = np.round((1 - PIXELS / 16) * 255)
    np.testing.assert_array_equal(np.asarray(pixels.z), np.repeat(grey[:, :, None], 3, axis=2))
    np.testing.assert_allclose(tint.z, np.kron([[0.1, 0.8], [0.1, 0.0]], np.ones((2, 2))), rtol=1e-6)
    assert (tint.zmin, tint.zmax) == view.limits
    assert tint.colorscale[0][1] == "rgba(213, 94, 0, 0)"
    assert tint.colorscale[1][1] == "rgba(213, 94, 0, 0.72)"
    assert tint.customdata[3][0] == "patch 2, 1"
    assert "%{customdata}: <b>%{z:.6f}</b>" in tint.hovertemplate


def test_plotly_frames_the_chosen_patch():
    figure = to_plotly(view_of())
    boxes = [(one.x0, one.x1, one.y0, one.y1) for one in figure.layout.shapes]
    assert boxes[:4] == [(-0.5, 1.5, -0.5, 1.5), (1.5, 3.5, -0.5, 1.5), (-0.5, 1.5, 1.5, 3.5), (1.5, 3.5, 1.5, 3.5)]
    assert boxes[4:] == [(1.5, 3.5, 1.5, 3.5)] * 2
    assert len(to_plotly(view_of(query=None)).layout.shapes) == 4
    assert figure.layout.yaxis.range == (3.5, -0.5)  # the first row at the top


def test_rows_of_a_picture():
    view = image_view(rows_pooled(), PIXELS, specification(patch=None), layer="attention", head=0)
    np.testing.assert_allclose(to_plotly(view).data[1].z, np.repeat([[0.1], [0.2], [0.3], [0.4]], 4, axis=1), rtol=1e-6)
    assert len(rectangles(to_matplotlib(view))[0]) == 4


def test_colours_stay_colours():
    light = np.zeros((1, 2, 3))
    light[0, 1] = [1, 0.5, 0]
    view = ImageView(light=light, boxes=[[0, 1, 1, 1]], names=("a",), values=[0.5])
    pixels, tint = to_plotly(view).data
    np.testing.assert_array_equal(np.asarray(pixels.z), [[[0, 0, 0], [255, 128, 0]]])
    assert np.isnan(tint.z[0][0])  # no patch
    np.testing.assert_allclose(to_matplotlib(view).axes[0].get_images()[0].get_array(), light)


@pytest.mark.parametrize("name", ["<b>x</b>", "$x^2$"])
def test_names_are_shown_as_they_are(name):
    view = ImageView(
        light=np.ones((1, 1)), boxes=[[0, 0, 1, 1]], names=(name,), values=[0.5], outside=((name, 0.5),), title=name
    )
    figure = to_plotly(view)
    escaped = name.replace("<", "&lt;").replace(">", "&gt;")
    assert figure.data[1].customdata[0][0] == figure.layout.title.text == escaped
    assert figure.layout.xaxis.title.text == f"{escaped}: 0.500"
    drawn = to_matplotlib(view).axes[0].texts[0]
    assert (drawn.get_text(), drawn.get_parse_math()) == (f"{name}: 0.500", False)
