"""Which linked views a run is shown with, and what those need beside its attention."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from attnviz.app.run import ModelRun, parsed_sequence
from attnviz.components.attention.document import document_data
from attnviz.components.attention.picture import picture_extra
from attnviz.components.attention.series import series_data
from attnviz.errors import ShapeError
from attnviz.models.card import Card
from attnviz.sequences.document_specification import DocumentSpecification
from attnviz.sequences.specification import NumericSpecification
from attnviz.views.document import document_view
from attnviz.views.image import picture_view
from attnviz.views.series import series_view

EVERYWHERE = ("heatmap", "grid", "links", "neuron", "table")


@dataclass(frozen=True, eq=False, kw_only=True)
class Pictured:
    """How a run is shown.

    Attributes:
        views: Names of the views, in their order on the page.
        extras: What a view needs beside the capture, by the view's name: plain JSON.
    """

    views: tuple[str, ...]
    extras: Mapping[str, Any] = field(default_factory=dict)


def pictured(card: Card, sequence: str, run: ModelRun) -> Pictured:
    """The views for this kind of input: text, a document's sentences and words, a series, or a picture."""
    specification = card.input
    if isinstance(specification, NumericSpecification):
        return _numbers(specification, sequence, run)
    if isinstance(specification, DocumentSpecification):
        try:
            document = document_data(document_view(run.capture))
        except ShapeError:  # the model reads documents, and yet weighs no sentences or no words
            return Pictured(views=("text", *EVERYWHERE))
        return Pictured(views=("document", "text", *EVERYWHERE), extras={"document": document})
    return Pictured(views=("text", *EVERYWHERE))


def _numbers(specification: NumericSpecification, sequence: str, run: ModelRun) -> Pictured:
    values = parsed_sequence(sequence, specification)
    if specification.picture is not None:
        picture = picture_view(run.capture, values, specification)
        if picture.places:
            return Pictured(views=("image", *EVERYWHERE), extras={"image": picture_extra(picture)})
    layer = next((one.name for one in run.capture.maps if one.key_axis == specification.name), None)
    if layer is None:  # no layer attends to the steps themselves
        return Pictured(views=EVERYWHERE)
    series = series_view(run.capture, values, specification.features, layer=layer, head="mean")
    return Pictured(views=("series", *EVERYWHERE), extras={"series": series_data(series)})
