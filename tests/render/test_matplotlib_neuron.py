"""The picture of one number: what is drawn and written is what NumPy and Keras compute."""

import xml.etree.ElementTree as ElementTree

import keras
import numpy as np
import pytest
from keras import layers
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from attnviz import capture_attention
from attnviz.capture.queries_and_keys import QueriesAndKeys, weights_of
from attnviz.capture.read_scores import capture_queries_and_keys
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.render.export import figure_bytes
from attnviz.render.matplotlib_figures import to_matplotlib
from attnviz.render.matplotlib_neuron import COLUMNS, MOST_LINES, WIDTH, told
from attnviz.views.neuron import NeuronView, neuron_view

TEXT = "{http://www.w3.org/2000/svg}text"
HOSTILE = ("</text><script>x()</script>", "$\\frac{x$", "שלום עולם", "w" * 90, "東京タワーは高いですねえとても高い")


def view_of(parts: QueriesAndKeys, *, query: int, key: int, labels: tuple[str, ...] = ()) -> NeuronView:
    """One number of a run whose weights are those that `parts` give, worked out by `weights_of`."""
    queries, keys = parts.queries.shape[2], parts.keys.shape[2]
    names = labels or tuple(f"k{one}" for one in range(keys))
    one = AttentionMap(
        layer="look",
        weights=weights_of(parts.scores(0, 0), parts.mask_of(0))[None, None],
        query_axis="asking",
        key_axis="asked",
    )
    run = AttentionCapture(
        model="hand",
        maps=(one,),
        sequences={"asking": (names[:queries] or names,), "asked": (names,)},
        valid={"asking": np.ones((1, queries), bool), "asked": np.ones((1, keys), bool)},
        outputs=None,
    )
    return neuron_view(run, parts, head=0, query=query, key=key)


def dots(size: int, **changed: object) -> QueriesAndKeys:
    random = np.random.default_rng(size)
    fields = {"layer": "look", "formula": "dot", "scale": 0.5} | {
        name: random.normal(size=(1, 1, 5, size)) for name in ("queries", "keys")
    }
    return QueriesAndKeys(**(fields | changed))  # type: ignore[arg-type]


def texts(figure: Figure) -> list[str]:
    root = ElementTree.fromstring(figure_bytes(figure, "svg"))  # noqa: S314 - written here
    return [element.text or "" for element in root.iter(TEXT)]


def bars_of(figure: Figure) -> list[np.ndarray]:
    """Heights of the bars of each vector, as shares of the longest, upwards positive; those of 0 are not drawn."""
    heights = []
    for drawn in figure.subfigs[0].axes[0].collections[:-1]:  # the last are the lines
        corners = np.array([path.vertices[:4] for path in drawn.get_paths()])
        heights.append((corners[:, 0, 1] - corners[:, 2, 1]) / 0.45)
    return heights


def boxes(figure: Figure) -> dict[str, str]:
    """The numbers from the sum to the weight by their names."""
    written = [text.get_text() for text in figure.subfigs[1].axes[0].texts]
    return {name: value for value, name in zip(written[::2], written[1::2], strict=True) if name}


def test_bars_are_the_components_and_what_is_summed():
    queries = np.array([[0.5, -2.0, 1.0, 0.25]], np.float32)
    keys = np.array([[2.0, 1.0, -1.0, 4.0], [1.0, 0.5, 0.5, -2.0]], np.float32)
    parts = QueriesAndKeys(layer="look", formula="dot", queries=queries[None, None], keys=keys[None, None])
    query, key, products = bars_of(to_matplotlib(view_of(parts, query=0, key=1)))
    np.testing.assert_allclose(query, queries[0] / 2)
    np.testing.assert_allclose(key, keys[1] / 2)
    np.testing.assert_allclose(products, queries[0] * keys[1])  # 0.5, −1, 0.5, −0.5: the largest is 1


def test_it_ends_in_the_weight_that_keras_returns_beside_the_weights_of_the_other_keys():
    keras.utils.set_random_seed(5)
    series = keras.Input((None, 6), name="series")
    layer = layers.MultiHeadAttention(3, 4, name="look")
    model = keras.Model(series, layer(series, series))
    given = np.random.default_rng(5).normal(size=(1, 7, 6)).astype("float32")
    _, scores = layer(given, given, return_attention_scores=True)
    row = np.asarray(scores)[0, 2, 3]
    capture, parts = capture_attention(model, given), capture_queries_and_keys(model, given, layer="look")
    figure = to_matplotlib(neuron_view(capture, parts, head=2, query=3, key=5))
    assert float(boxes(figure)["weight"]) == pytest.approx(float(row[5]), rel=1e-5)
    numbers, bars = figure.subfigs[2].axes
    strongest = np.argsort(-row)[:5]
    places = [text.get_text() for text in numbers.texts if text.get_position()[0] == COLUMNS[0]]
    assert places[:6] == ["key", *(str(one + 1) for one in strongest)]
    widths = [bar.get_width() for bar in bars.containers[0]]
    np.testing.assert_allclose(widths[:5], row[strongest], atol=1e-6)
    assert sum(widths) == pytest.approx(1, abs=1e-6)
    title = " ".join(figure.get_suptitle().split())
    assert title == f"Layer look, head 3: how query 4, '4', comes to give key 6, '6', a weight of {row[5]:.6g}."


def test_every_step_is_told_with_its_name():
    bias = np.array([[0.0, 1.0, 0.0]], np.float32)[None, None]
    keys = np.array([[1, 0], [0, 3], [2, 2]], np.float32)[None, None]
    parts = QueriesAndKeys(
        layer="look", formula="dot", queries=np.array([[[[1, 2]]]]), keys=keys, scale=0.5, cap=2.0, bias=bias
    )
    told_numbers = boxes(to_matplotlib(view_of(parts, query=0, key=1)))
    capped = 2 * np.tanh([0.25, 1.5, 1.5])  # the products add up to 1, 6 and 6; half of that, within ±2
    scores = capped + np.array([0, 1, 0])
    assert told_numbers == {
        "q · k, the sum": "6",
        "scale": "0.5",
        "capped at ±2": f"{capped[1]:.3g}",
        "bias": "1",
        "score": f"{scores[1]:.3g}",
        "softmax": f"e^({scores[1]:.3g} − {scores[1]:.3g}) ÷ {np.exp(scores - scores[1]).sum():.3g}",
        "weight": f"{np.exp(scores[1]) / np.exp(scores).sum():.6g}",
    }


def test_a_tiny_weight_keeps_its_six_digits():
    parts = dots(1, queries=np.full((1, 1, 5, 1), 4.0), keys=np.arange(5.0).reshape(1, 1, 5, 1) * 4, scale=1.0)
    weight = float(boxes(to_matplotlib(view_of(parts, query=0, key=0)))["weight"])
    assert weight == pytest.approx(1 / np.exp(16 * np.arange(5)).sum(), rel=1e-5)


def test_additive_attention_has_its_own_formula():
    factors = np.array([2, -1], np.float32)
    parts = QueriesAndKeys(
        layer="look", formula="additive", queries=np.array([[[[0, 1]]]]), keys=np.array([[[[1, 0], [0, 3]]]]),
        component_scale=factors,
    )  # fmt: skip
    figure = to_matplotlib(view_of(parts, query=0, key=0))
    assert [label.get_text() for label in figure.subfigs[0].axes[0].get_yticklabels()] == [
        *("q", "k", "f", "tanh(q + k) × f")
    ]
    assert boxes(figure)["the sum"] == f"{2 * np.tanh(1) - np.tanh(1):.3g}"
    np.testing.assert_allclose(bars_of(figure)[3], [1, -0.5])


def test_what_may_not_be_attended_to_says_so():
    figure = to_matplotlib(view_of(dots(4, mask=np.tril(np.ones((1, 5, 5), bool))), query=1, key=3))
    assert (boxes(figure)["mask"], boxes(figure)["weight"]) == ("may not attend", "0")
    assert [text.get_text() for text in figure.subfigs[2].axes[0].texts].count("masked") == 3


def test_a_row_of_zeros_and_no_key_at_all_can_be_drawn():
    nothing = np.zeros((1, 1, 5, 3))
    figure = to_matplotlib(view_of(dots(3, queries=nothing, mask=np.zeros((1, 5, 5), bool)), query=0, key=0))
    assert boxes(figure)["weight"] == "0"
    assert figure_bytes(figure, "png").startswith(b"\x89PNG")


@pytest.mark.parametrize("size", [1, 2, 24, 256, 5_000])
def test_any_number_of_components_fits_the_page(size):
    figure = to_matplotlib(view_of(dots(size), query=2, key=1))
    width, height = figure.get_size_inches()
    assert width == WIDTH
    assert height < 17
    assert [len(one) for one in bars_of(figure)] == [size] * 3
    bases = figure.subfigs[0].axes[0].get_yticks()
    assert len(bases) // 3 == {1: 1, 2: 1, 24: 1, 256: 3, 5_000: MOST_LINES}[size]


def test_labels_are_whole_text_inside_the_picture_whatever_they_hold():
    figure = to_matplotlib(view_of(dots(16), query=3, key=4, labels=HOSTILE))
    svg = figure_bytes(figure, "svg")
    assert b"<script" not in svg
    assert {"$\\frac{x$", "שלום עולם", f"{'w' * 23}…"} <= set(texts(figure))
    FigureCanvasAgg(figure).draw()
    frame = figure.bbox
    written = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    outside = [
        text.get_text()
        for text in written
        for box in [text.get_window_extent()]
        if box.x0 < frame.x0 - 1 or box.x1 > frame.x1 + 1 or box.y0 < frame.y0 - 1 or box.y1 > frame.y1 + 1
    ]
    assert len(written) > 50
    assert outside == []


def test_the_chosen_key_is_marked():
    names = to_matplotlib(view_of(dots(8), query=0, key=2)).subfigs[2].axes[0].get_yticklabels()
    assert [name.get_text() for name in names if name.get_fontweight() == "bold"] == ["k2"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.012345, "−0.0123"),
        (1234.5, "1230"),
        (999_999, "1000000"),
        (0.00001234, "1.2e−5"),
        (-2.5e6, "−2.5e+6"),
        (float("-inf"), "−∞"),
        (1.0, "1"),
    ],
)
def test_numbers_are_told_as_on_the_page(value, text):
    assert told(value) == text
