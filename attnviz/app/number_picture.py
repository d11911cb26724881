"""The picture of what is inside the number that is pinned, as the bytes of a file."""

from attnviz.app.selection import Selection
from attnviz.capture.queries_and_keys import QueriesAndKeys
from attnviz.components.attention.neuron import Number
from attnviz.records import AttentionCapture
from attnviz.render.export import PictureFormat, figure_bytes
from attnviz.render.matplotlib_figures import to_matplotlib
from attnviz.views.neuron import neuron_view
from attnviz.views.region import region_of


def pinned_number(capture: AttentionCapture, selection: Selection) -> Number | None:
    """The weight that is pinned, of the one head that is chosen; None where that is no single one."""
    layer, head, sample = selection.layer, selection.head, selection.sample
    region = region_of(capture, layer=layer, head=head, sample=sample, hide_padding=selection.hide_padding)
    query = 0 if len(region.queries) == 1 else selection.query
    if isinstance(head, str) or query is None or selection.key is None:
        return None
    return Number(sample=sample, head=head, query=query, key=selection.key)


def number_picture(
    capture: AttentionCapture,
    inside: QueriesAndKeys,
    number: Number,
    *,
    hide_padding: bool,
    picture_format: PictureFormat,
) -> bytes:
    """A picture of what is inside a weight.

    Args:
        capture: The run.
        inside: What the layer of the weight computed its attention from in that run.
        number: Which weight.
        hide_padding: Whether padding is left out of what is shown.
        picture_format: As for `figure_bytes`.
    """
    places = {"sample": number.sample, "head": number.head, "query": number.query, "key": number.key}
    view = neuron_view(capture, inside, **places, hide_padding=hide_padding)
    return figure_bytes(to_matplotlib(view), picture_format)
