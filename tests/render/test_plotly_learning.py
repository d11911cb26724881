"""Figures over epochs as Plotly draws them."""

import numpy as np
import plotly.graph_objects as go
import pytest

from attnviz.render.plotly_figures import in_text_colour, to_plotly
from attnviz.render.plotly_learning import learning_figure
from attnviz.views.learning import LearningView


def test_plotly_accepts_every_property_and_knows_the_view():
    view = LearningView(name="loss", training=np.array([0.9, 0.5]), validation=np.array([0.8, 0.6]), best=2)
    figure = to_plotly(view)
    go.Figure(figure.to_dict())
    assert figure.to_dict() == learning_figure(view).to_dict()
    assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"


def test_both_lines_are_drawn_and_the_kept_epoch_is_marked():
    figure = learning_figure(
        LearningView(
            name="accuracy",
            training=np.array([0.5, 0.6, 0.7]),
            validation=np.array([0.4, 0.8, 0.6]),
            best=2,
            share=True,
        )
    )
    training, validation, kept = figure.data
    assert (training.name, validation.name) == ("training", "validation")
    np.testing.assert_array_equal(training.x, [1, 2, 3])
    np.testing.assert_array_equal(training.y, [0.5, 0.6, 0.7])
    np.testing.assert_array_equal(validation.y, [0.4, 0.8, 0.6])
    assert (kept.x, kept.y) == ((2,), (0.8,))
    assert training.line.dash == "dot" != validation.line.dash  # told apart without colours
    assert figure.layout.yaxis.tickformat == ".0%"


@pytest.mark.parametrize("epochs", [1, 7, 500])
def test_the_axis_counts_whole_epochs_and_few_ticks(epochs):
    axis = learning_figure(LearningView(name="loss", training=np.ones(epochs), validation=np.ones(epochs))).layout.xaxis
    assert axis.dtick == int(axis.dtick) >= 1
    assert (axis.range[1] - axis.range[0]) / axis.dtick <= 11
    assert axis.range[0] < 1
    assert axis.range[1] > epochs


def test_labels_can_be_written_in_the_colour_of_the_page():
    figure = learning_figure(LearningView(name="loss", training=np.array([1.0]), validation=np.array([1.0])))
    in_text_colour(figure, "#123456")
    assert figure.layout.legend.font.color == figure.layout.xaxis.title.font.color == "#123456"
