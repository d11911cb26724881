import json
import subprocess
import sys
from html import unescape

import numpy as np
import plotly.graph_objects as go
import pytest

from attnviz.render.plotly_figures import in_text_colour, to_plotly
from attnviz.views.matrix import MatrixView, matrix_view
from attnviz.views.probability import probability_view
from attnviz.views.series import series_view
from attnviz.views.token_strip import TokenStripView
from tests.views.captures import HEADS, TOKENS, capture_of, two_heads

HOSTILE = ("<b>x</b>", "<script>alert(1)</script>", "&lt;", "%{z}")


def every_view():
    capture = two_heads()
    lines = np.arange(8.0).reshape(4, 2)
    picture = np.arange(20.0).reshape(4, 5)
    return {
        "matrix": matrix_view(capture, layer="attention", head=0),
        "lines": series_view(capture, lines, ("x", "y"), layer="attention", head=0),
        "picture": series_view(capture, picture, tuple("abcde"), layer="attention", head=0),
        "probabilities": probability_view(("no", "yes"), [0.25, 0.75]),
    }


@pytest.mark.parametrize("name", every_view())
def test_plotly_accepts_every_property(name):
    # The figures are built unchecked, for speed.
    figure = to_plotly(every_view()[name])
    go.Figure(figure.to_dict())
    assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert figure.layout.plot_bgcolor == "rgba(0,0,0,0)" or name == "picture"  # whose white cells need an outline
    assert figure.layout.height > 0


@pytest.mark.parametrize("name", every_view())
def test_every_label_can_be_written_in_the_colour_of_the_page(name):
    figure = to_plotly(every_view()[name])
    in_text_colour(figure, "#123456")
    plain = figure.to_plotly_json()
    axes = [value for key, value in plain["layout"].items() if key[1:5] == "axis"]
    labels = [*(axis["tickfont"] for axis in axes), *(one["font"] for one in plain["layout"].get("annotations", ()))]
    assert {label["color"] for label in (*labels, plain["layout"]["title"]["font"])} == {"#123456"}


def test_matrix_holds_the_values_of_the_view():
    heatmap = to_plotly(every_view()["matrix"]).data[0]
    np.testing.assert_array_equal(heatmap.z, HEADS[0])
    assert (heatmap.zmin, heatmap.zmax) == (0.0, pytest.approx(1.0))
    assert heatmap.colorscale == "Viridis"


def test_matrix_has_its_first_query_at_the_top_and_keys_across():
    layout = to_plotly(every_view()["matrix"]).layout
    assert layout.yaxis.autorange == "reversed"
    assert layout.yaxis.title.text == "Query"
    assert [one.text for one in layout.annotations] == ["Key →", "Attention weight (colours per map)"]


def test_repeated_tokens_stay_apart():
    figure = to_plotly(every_view()["matrix"])
    assert list(figure.data[0].x) == list(figure.data[0].y) == ["0", "1", "2", "3"]
    labels = {"0": "the", "1": "cat", "2": "saw", "3": "the"}
    assert figure.to_dict()["layout"]["xaxis"]["labelalias"] == labels
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "category"


def test_hover_names_both_tokens_their_places_and_the_value():
    heatmap = to_plotly(every_view()["matrix"]).data[0]
    assert heatmap.hovertemplate == (
        "Query: %{customdata[0]}<br>Key: %{customdata[1]}<br>Weight: <b>%{z:.6f}</b><extra></extra>"
    )
    assert list(heatmap.customdata[2][3]) == ["saw (3)", "the (4)"]
    assert len(heatmap.customdata) == len(heatmap.customdata[0]) == 4


def test_the_colour_bar_says_whose_scale_it_is():
    for shared, note in ((False, "colours per map"), (True, "colours shared 0 to 1")):
        view = matrix_view(two_heads(), layer="attention", head=1, shared_scale=shared)
        figure = to_plotly(view)
        heatmap = figure.data[0]
        assert (heatmap.zmin, heatmap.zmax) == view.limits == (0.0, pytest.approx(1.0 if shared else 0.7))
        bar = heatmap.colorbar
        assert bar.title.text == ""
        assert f"Attention weight ({note})" in [one.text for one in figure.layout.annotations]
        assert list(bar.tickvals) == [0.0, view.limits[1] / 2, view.limits[1]]


def test_forbidden_cells_stay_blank_in_the_json():
    view = MatrixView(values=np.array([[1.0, np.nan], [0.5, 0.5]]), query_labels=("a", "b"), key_labels=("a", "b"))
    figure = to_plotly(view)
    assert np.isnan(figure.data[0].z[0, 1])
    assert figure.data[0].hoverongaps is False
    json.loads(figure.to_json(), parse_constant=lambda constant: pytest.fail(f"{constant} is no JSON"))


@pytest.mark.parametrize("name", ["matrix", "lines", "picture", "probabilities"])
def test_markup_in_a_label_is_text_everywhere(name):
    capture = capture_of(np.full((1, 4, 4), 0.25), labels=HOSTILE, layer="<i>layer</i>")
    values = np.zeros((4, 4 if name == "lines" else 5))
    view = {
        "matrix": lambda: matrix_view(capture, layer="<i>layer</i>", head=0),
        "lines": lambda: series_view(capture, values, HOSTILE, layer="<i>layer</i>", head=0),
        "picture": lambda: series_view(capture, values, (*HOSTILE, "</b>"), layer="<i>layer</i>", head=0),
        "probabilities": lambda: probability_view(HOSTILE, np.full(4, 0.25), title="<i>layer</i>"),
    }[name]()
    figure = to_plotly(view).to_dict()
    figure["layout"].pop("template")
    texts = list(_strings(figure))
    ours = {"<br>", "<b>", "</b>", "<extra>", "</extra>"}
    for text in texts:
        for tag in ours:
            text = text.replace(tag, "")
        assert "<" not in text, text
    assert any("&lt;i&gt;layer&lt;/i&gt;" in text for text in texts)
    # Nothing of a token is lost, nor a place left where it would be markup.
    assert not any("<b>x" in text or "<script>" in text for text in texts)
    assert any("<b>x</b>" in unescape(text) for text in texts)
    assert any("<script>alert(1)</script>" in unescape(text) for text in texts)
    assert any("&amp;lt;" in text for text in texts)


def test_long_labels_are_short_on_the_axis_and_whole_on_hover():
    label = "uncharacteristically"
    figure = to_plotly(matrix_view(capture_of([[[1.0]]], labels=(label,)), layer="attention", head=0))
    assert figure.to_dict()["layout"]["xaxis"]["labelalias"] == {"0": "uncharacteris…"}
    assert figure.data[0].customdata[0][0] == [f"{label} (1)", f"{label} (1)"]


def test_a_large_matrix_is_named_by_its_axes_and_stays_small():
    figure = to_plotly(matrix_view(capture_of(np.eye(512)[None]), layer="attention", head=0))
    assert figure.data[0].customdata is None
    assert figure.data[0].hovertemplate.startswith("Query: %{y}<br>Key: %{x}<br>")
    assert len(figure.to_json(validate=False)) < 1.5 * 4 / 3 * 512 * 512 * 4  # four bytes a cell, in base 64


def test_a_long_title_is_broken_into_lines():
    view = MatrixView(values=np.ones((1, 1)), query_labels=("a",), key_labels=("a",), title="word " * 20)
    lines = to_plotly(view).layout.title.text.split("<br>")
    assert len(lines) == 3
    assert max(map(len, lines)) <= 44


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 300), (2, 2), (30, 30), (512, 512), (512, 1)])
def test_height_stays_between_legible_and_a_screen(rows, columns):
    view = MatrixView(values=np.zeros((rows, columns)), query_labels=("token",) * rows, key_labels=("token",) * columns)
    assert 180 <= to_plotly(view).layout.height <= 1_100


def test_the_json_of_a_sentence_is_small():
    labels = [f"token{position}" for position in range(30)]
    weights = np.random.default_rng(0).dirichlet(np.ones(30), size=(1, 30))
    figure = to_plotly(matrix_view(capture_of(weights, labels=labels), layer="attention", head=0)).to_dict()
    figure["layout"].pop("template")
    assert len(go.Figure(figure, _validate=False).to_json(validate=False)) < 60_000


def test_few_features_are_lines_over_the_strip_on_the_same_axis():
    view = every_view()["lines"]
    figure = to_plotly(view)
    assert [one.type for one in figure.data] == ["scatter", "scatter", "heatmap"]
    np.testing.assert_array_equal(figure.data[1].y, view.values[:, 1])
    np.testing.assert_array_equal(figure.data[2].z, [view.attention])
    assert all(list(one.x) == ["0", "1", "2", "3"] for one in figure.data)
    assert figure.data[2].yaxis == "y2"
    assert figure.layout.yaxis2.domain[1] < figure.layout.yaxis.domain[0]
    assert (figure.data[0].name, figure.data[1].name) == ("x", "y")


def test_many_features_are_a_picture_beside_the_strip_on_the_same_axis():
    view = every_view()["picture"]
    figure = to_plotly(view)
    assert [one.type for one in figure.data] == ["heatmap", "heatmap"]
    np.testing.assert_array_equal(figure.data[0].z, view.values)
    np.testing.assert_array_equal(figure.data[1].z, view.attention[:, None])
    assert list(figure.data[0].y) == list(figure.data[1].y) == ["0", "1", "2", "3"]
    assert figure.data[1].xaxis == "x2"
    assert list(figure.data[0].customdata[1][4]) == [TOKENS[1], "e"]


def test_probabilities_are_written_on_their_bars():
    bars = to_plotly(every_view()["probabilities"]).data[0]
    assert bars.orientation == "h"
    assert list(bars.text) == ["25.0%", "75.0%"]
    assert bars.marker.opacity[1] > bars.marker.opacity[0]  # the predicted one stands out
    np.testing.assert_array_equal(bars.x, [0.25, 0.75])


def test_a_name_in_a_hover_template_fills_no_place_of_it():
    view = series_view(two_heads(), np.zeros((4, 1)), ("%{z}",), layer="attention", head=0)
    assert to_plotly(view).data[0].hovertemplate == ("%{customdata}<br>%&#123;z}: <b>%{y:.6~g}</b><extra></extra>")


def test_another_kind_of_view_is_refused():
    with pytest.raises(TypeError, match="no Plotly figure for a TokenStripView"):
        to_plotly(TokenStripView(tokens=("a",), values=[1.0]))


@pytest.mark.parametrize(("module", "other"), [("plotly_figures", "matplotlib"), ("matplotlib_figures", "plotly")])
def test_a_drawing_library_is_loaded_only_for_its_own_figures(module, other):
    code = (
        f"import sys, attnviz.render.{module}; sys.exit(any(name.split('.')[0] == '{other}' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _strings(key)
            yield from _strings(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _strings(one)
