"""What an evaluation shows: numbers as they were, names as a person can see them, and nothing silently left out."""

import numpy as np
import pytest
from sklearn.metrics import roc_curve

from attnviz.errors import ShapeError
from attnviz.views.bars import MOST_BARS, BarsView, bars_view
from attnviz.views.calibration import CalibrationView, calibration_view
from attnviz.views.confusion import MOST_CLASSES, ConfusionView, confusion_view
from attnviz.views.curve import MOST_LINES, MOST_POINTS, CurveLine, curve_line, precision_recall_view, roc_view
from attnviz.views.histogram import HistogramView, histogram_view
from attnviz.views.intervals import MOST_ROWS, IntervalsView, differences_view
from attnviz.views.residual import MOST_POINTS as MOST_EXAMPLES
from attnviz.views.residual import ResidualView, residual_view


def test_confusion_holds_counts_and_the_shares_of_each_truth():
    view = confusion_view(["ham", "spam"], [[40, 10], [3, 17]])
    np.testing.assert_array_equal(view.counts, [[40, 10], [3, 17]])
    np.testing.assert_allclose(view.shares, [[0.8, 0.2], [0.15, 0.85]])
    assert view.positions == (0, 1)
    assert view.description == (
        "Truth against prediction. 57 of 70 examples lie on the diagonal, where both agree. The most frequent mistake: "
        "'ham' taken for 'spam', 10 times."
    )


def test_a_class_without_examples_has_no_shares():
    view = confusion_view(["a", ""], [[2, 1], [0, 0]])
    assert np.isnan(view.shares[1]).all()
    assert view.classes == ("a", "[padding]")


def test_a_confusion_of_many_classes_shows_those_with_most_examples_and_says_so():
    many = MOST_CLASSES + 5
    counts = np.diag(np.arange(many))
    counts[many - 1, 0] = 7  # taken for a class that is not shown: still an example of its truth
    view = confusion_view([f"class {one}" for one in range(many)], counts)
    assert view.positions == tuple(range(5, many))
    assert view.shares[-1, -1] == pytest.approx((many - 1) / (many - 1 + 7))
    assert "the 30 of 35 classes with most examples" in view.title
    assert view.title in view.description


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: confusion_view(["a"], [[1, 2]]), r"\(1, 1\).*\(1, 2\)"),
        (
            lambda: ConfusionView(classes=("a",), positions=(0,), counts=np.array([[-1]]), shares=np.ones((1, 1))),
            "0 or more",
        ),
        (lambda: CurveLine(name="a", x=np.zeros(2), y=np.zeros(3), area=0), r"\(2,\) and \(3,\)"),
        (
            lambda: CalibrationView(confidence=np.zeros(2), accuracy=np.zeros(1), counts=np.zeros(2), error=0),
            r"\(2,\), \(1,\) and \(2,\)",
        ),
        (lambda: residual_view([1.0], [1.0, 2.0], target=""), r"\(1,\) and \(2,\)"),
        (
            lambda: ResidualView(truth=np.zeros(1), residuals=np.zeros(1), examples=np.zeros(2), target="x"),
            r"\(1,\), \(1,\) and \(2,\)",
        ),
        (lambda: HistogramView(edges=np.zeros(2), counts=np.zeros(2), x_title=""), "one entry more"),
        (lambda: histogram_view([np.nan], x_title="", title=""), "finite"),
        (lambda: bars_view(["a"], [1, 2], title=""), "1 names"),
        (lambda: BarsView(names=("a",), values=np.array([-1.0]), labels=("",)), "0 or more"),
        (
            lambda: IntervalsView(
                names=("a",), values=np.zeros(2), lower=np.zeros(1), upper=np.zeros(1), marked=[True], x_title=""
            ),
            "1 names",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(make, said):
    with pytest.raises(ShapeError, match=said):
        make()


def test_a_long_curve_keeps_its_shape_with_fewer_points():
    generator = np.random.default_rng(3)
    truth = generator.integers(0, 2, 20_000)
    across, up, _ = roc_curve(truth, truth + generator.normal(0, 1, truth.size), drop_intermediate=False)
    line = curve_line("spam", across, up, 0.76)
    assert MOST_POINTS / 2 < len(line.x) <= MOST_POINTS + 2
    assert (line.x[0], line.y[0], line.x[-1], line.y[-1]) == (0, 0, 1, 1)
    assert np.abs(np.interp(across, line.x, line.y) - up).max() < 0.01


def test_a_short_curve_is_drawn_point_by_point():
    line = curve_line("a", [0, 0, 1], [0, 0.5, 1], 0.75)
    np.testing.assert_array_equal(line.x, [0, 0, 1])
    view = precision_recall_view([line])
    assert not view.chance
    assert view.description == "Precision and recall: precision against recall. Areas: 'a' 0.750."


def test_of_many_curves_those_with_the_smallest_areas_are_shown():
    lines = [curve_line(str(one), [0, 1], [0, 1], one / 100) for one in range(MOST_LINES + 3)]
    view = roc_view(lines[::-1])
    assert [line.name for line in view.lines] == [str(one) for one in range(MOST_LINES)]
    assert "the 12 of 15 with the smallest areas" in view.title
    assert view.chance


def test_calibration_leaves_out_bins_without_examples():
    view = calibration_view([np.nan, 0.55, 0.9], [np.nan, 0.5, 0.8], [0, 10, 30], 0.0875)
    np.testing.assert_array_equal(view.counts, [10, 30])
    np.testing.assert_allclose(view.confidence, [0.55, 0.9])
    assert view.title == "Calibration: expected error 0.087"
    assert "55% sure, 50% right" in view.description


def test_residuals_are_truth_minus_prediction():
    view = residual_view([1.0, 2.0, 4.0], [2.0, 2.0, 1.0], target="hours")
    np.testing.assert_array_equal(view.residuals, [-1, 0, 3])
    np.testing.assert_array_equal(view.examples, [0, 1, 2])
    assert "Half of them are below 0" in view.description


def test_of_many_residuals_the_largest_stay():
    residuals = np.random.default_rng(0).normal(size=5_000)
    view = residual_view(np.zeros(5_000), residuals, target="")
    assert len(view.examples) == MOST_EXAMPLES == len(set(view.examples.tolist()))
    largest = set(np.argsort(-np.abs(residuals))[: MOST_EXAMPLES // 10].tolist())
    assert largest <= set(view.examples.tolist())
    np.testing.assert_allclose(view.residuals, -residuals[view.examples], rtol=1e-6)
    assert "2,000 of 5,000" in view.title


def test_whole_numbers_get_bins_around_them():
    view = histogram_view([3, 3, 4, 6], x_title="tokens", title="Lengths")
    np.testing.assert_array_equal(view.edges, [2.5, 3.5, 4.5, 5.5, 6.5])
    np.testing.assert_array_equal(view.counts, [2, 1, 0, 1])
    wide = histogram_view(np.arange(1000), x_title="tokens", title="Lengths")
    assert wide.counts.sum() == 1000
    assert len(wide.counts) <= 40


@pytest.mark.parametrize("numbers", [[1e17] * 3, [1e17, 1e17 + 16, 1e17], [-1e17] * 2])
def test_numbers_too_close_for_bins_of_their_own_share_one(numbers):
    view = histogram_view(numbers, x_title="x", title="t")
    assert list(view.counts) == [len(numbers)]


def test_a_histogram_counts_every_finite_number():
    numbers = np.append(np.random.default_rng(1).normal(size=300), [np.nan, np.inf])
    view = histogram_view(numbers, x_title="x", title="t")
    assert view.counts.sum() == 300
    assert "300 numbers" in view.description


def test_bars_keep_their_order_and_say_how_many_there_are():
    view = bars_view([str(one) for one in range(MOST_BARS + 2)], range(MOST_BARS + 2), title="Tokens")
    assert view.names[:2] == ("0", "1")
    assert view.title == "Tokens: the first 20 of 22"
    assert bars_view(["a"], [1234.0], title="").labels == ("1,234",)
    assert bars_view(["a"], [0.12345], title="").labels == ("0.123",)


def test_differences_keep_the_largest_in_their_order():
    count = MOST_ROWS + 2
    values = np.arange(count) - count / 2
    view = differences_view(
        [f"head {one}" for one in range(count)],
        values,
        values - 1,
        values + 1,
        np.arange(count) == 0,
        x_title="nats",
        title="Entropy",
        marked_means="differs",
        others_mean="no difference found",
    )
    assert len(view.names) == MOST_ROWS
    assert view.names[0] == "head 0"
    assert list(view.values) == sorted(view.values)
    assert "differs: 'head 0'." in view.description
