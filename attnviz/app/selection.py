"""What of a capture is shown; the link holds it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from attnviz.app.state import check_link
from attnviz.app.words import shortened
from attnviz.components.attention import SCALES, Chosen, Scale
from attnviz.components.attention.drawn import Drawn
from attnviz.records import Head
from attnviz.views.explorer import ExplorerView, MapView

YES = "yes"
"""What the link says of a switch that is on."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What of a capture is shown.

    Attributes:
        layer: `AttentionMap.name`.
        sample: Index into the map's batch: which sentence or window, where the layer ran over several.
        part: What that sentence or window is called; `""` where there is one.
        head: A head, or the mean or the maximum over all.
        query: Position of the pinned query among the shown tokens; None for none.
        key: Position of the pinned key among the shown tokens; None for none.
        scale: How a weight becomes a colour.
        shared_scale: Whether colours run from 0 to 1 for every map, or up to this map's own maximum.
        hide_padding: Whether padding is left out.
        drawn: How the views draw it.
    """

    layer: str
    sample: int
    part: str
    head: Head
    query: int | None
    key: int | None
    scale: Scale
    shared_scale: bool
    hide_padding: bool
    drawn: Drawn = field(default_factory=Drawn)


def selection_of(chosen: Chosen, view: ExplorerView) -> Selection:
    """What was chosen in the browser, in the words of the records; what does not exist is replaced by what does."""
    position = chosen.map if chosen.map < len(view.maps) else 0
    one = view.maps[position]
    queries, keys = view.axes[one.query_axis].labels, view.axes[one.key_axis].labels
    head = chosen.head if isinstance(chosen.head, str) or chosen.head < one.heads else "mean"
    return Selection(
        layer=one.name,
        sample=one.sample,
        part=one.part,
        head=0 if one.heads == 1 else head,
        query=chosen.query if chosen.query is not None and chosen.query < len(queries) else None,
        key=chosen.key if chosen.key is not None and chosen.key < len(keys) else None,
        scale=chosen.scale,
        shared_scale=chosen.shared,
        hide_padding=view.hides_padding,
        drawn=chosen.drawn,
    )


def linked_choice(view: ExplorerView, first_map: int = 0) -> Chosen:
    """What the link asks for; of what does not exist here, the page says so.

    Args:
        view: The run.
        first_map: Position of the map that is shown where the link names none.
    """
    layers = [layer_name(one) for one in view.maps]
    layer = _asked("layer", [layers[first_map], *layers[:first_map], *layers[first_map + 1 :]])
    one = view.maps[layers.index(layer)]
    heads = ["mean", "max", *(str(head + 1) for head in range(one.heads))]
    head = _asked("head", heads)
    queries, keys = (token_names(view.axes[axis].labels) for axis in (one.query_axis, one.key_axis))
    query, key = _asked("query", ["none", *queries]), _asked("key", ["none", *keys])
    scale = _asked("scale", SCALES)
    return Chosen(
        map=layers.index(layer),
        head="mean" if head == "mean" else "max" if head == "max" else int(head) - 1,
        query=None if query == "none" else queries.index(query),
        key=None if key == "none" else keys.index(key),
        scale=next(one for one in SCALES if one == scale),
        shared=_asked("shared", ["no", YES]) == YES,
    )


def put_into_link(chosen: Chosen, view: ExplorerView, first_map: int = 0) -> None:
    """Let the link say what is chosen; what is as it begins, with the map at `first_map`, needs no words."""
    shown = selection_of(chosen, view)
    one = view.maps[chosen.map if chosen.map < len(view.maps) else 0]
    layer = layer_name(one)
    parameters = {
        "layer": layer if layer != layer_name(view.maps[first_map]) else None,
        "head": None if shown.head == "mean" or one.heads == 1 else _head_name(shown.head),
        "query": None if shown.query is None else token_names(view.axes[one.query_axis].labels)[shown.query],
        "key": None if shown.key is None else token_names(view.axes[one.key_axis].labels)[shown.key],
        "scale": None if chosen.scale == SCALES[0] else chosen.scale,
        "shared": YES if chosen.shared else None,
    }
    for name, value in parameters.items():
        if value is None:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != value:
            st.query_params[name] = value


def layer_name(one: MapView) -> str:
    """What a link calls one of the maps."""
    return part_name(one.name, one.part)


def part_name(layer: str, part: str) -> str:
    """What a link calls one sentence or window of a layer."""
    return f"{layer} · {part}" if part else layer


def token_name(position: int, label: str) -> str:
    """What a link calls a token: its position, counted from 1, and the token."""
    return f"{position} {shortened(label, 24)}"


def token_names(labels: Sequence[str]) -> list[str]:
    """What a link calls each token of an axis."""
    return [token_name(position, label) for position, label in enumerate(labels, start=1)]


def _head_name(head: Head) -> str:
    return head if isinstance(head, str) else str(head + 1)


def _asked(parameter: str, options: "list[str] | tuple[str, ...]") -> str:
    check_link(parameter, options, f"the {parameter}")
    asked = st.query_params.get(parameter)
    return options[0] if asked is None or asked not in options else asked
