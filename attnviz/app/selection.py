"""Widgets that choose what of a capture is shown; the link holds each of them."""

from dataclasses import dataclass

import streamlit as st

from attnviz.app.state import check_link
from attnviz.app.words import shortened
from attnviz.records import AttentionCapture, AttentionMap, Head

MEAN_QUERY = "mean"
PER_MAP, SHARED = "this map", "0 to 1"


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What of a capture is shown.

    Attributes:
        layer: `AttentionMap.name`.
        head: A head, or the mean or the maximum over all.
        query: Position of the chosen query among the real tokens; None for the mean.
        shared_scale: Whether colours run from 0 to 1 for every map, or up to this map's own maximum.
        hide_padding: Whether padding is left out.
    """

    layer: str
    head: Head
    query: int | None
    shared_scale: bool
    hide_padding: bool


def choose_selection(capture: AttentionCapture) -> Selection:
    """Pickers for layer, head, query and colours."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        layer = _layer(capture)
        head = _head(layer)
        query = _query(capture, layer)
        check_link("scale", [PER_MAP, SHARED], "the colour scale")
        scale = st.segmented_control(
            "Colours",
            [PER_MAP, SHARED],
            default=PER_MAP,
            required=True,
            key="scale",
            bind="query-params",
            help="Run the colours up to the largest weight of this map, or from 0 to 1 for every map.",
        )
        padded = not capture.valid[layer.key_axis].all()
        show_padding = padded and st.toggle("Show padding", key="padding", bind="query-params")
    return Selection(
        layer=layer.name, head=head, query=query, shared_scale=scale == SHARED, hide_padding=not show_padding
    )


def select_query(position: int | None, capture: AttentionCapture, layer: AttentionMap) -> None:
    """Choose the query at `position` among the real tokens, as if it had been picked; None for the mean."""
    st.session_state["query"] = MEAN_QUERY if position is None else _queries(capture, layer)[position]


def _layer(capture: AttentionCapture) -> AttentionMap:
    names = [one.name for one in capture.maps]
    _clamp("layer", names)
    chosen = st.selectbox("Layer", names, key="layer", bind="query-params", width=220, disabled=len(names) == 1)
    return capture.map_of(chosen)


def _head(layer: AttentionMap) -> Head:
    options = ["mean", "max", *(str(head + 1) for head in range(layer.heads))]
    _clamp("head", options)
    chosen = st.selectbox(
        "Head",
        options,
        key="head",
        bind="query-params",
        width=150,
        help=f"{layer.heads} {'head' if layer.heads == 1 else 'heads'}: their mean, their maximum, or one of them.",
    )
    if chosen == "mean":
        return "mean"
    return "max" if chosen == "max" else int(chosen) - 1


def _query(capture: AttentionCapture, layer: AttentionMap) -> int | None:
    queries = _queries(capture, layer)
    options = [MEAN_QUERY, *queries]
    _clamp("query", options)
    chosen = st.selectbox(
        "Query",
        options,
        key="query",
        bind="query-params",
        width=200,
        disabled=len(queries) < 2,
        help="Whose attention shades the text: one query's, or the mean over all.",
    )
    return None if chosen == MEAN_QUERY else queries.index(chosen)


def _clamp(parameter: str, options: list[str]) -> None:
    """Let go of a choice that another input or model does not have; say so if it was the link that asked for it."""
    check_link(parameter, options, f"the {parameter}")
    if st.session_state.get(parameter, options[0]) not in options:
        st.session_state[parameter] = options[0]


def _queries(capture: AttentionCapture, layer: AttentionMap) -> list[str]:
    labels, valid = capture.sequences[layer.query_axis][0], capture.valid[layer.query_axis][0]
    real = [label for label, one in zip(labels, valid, strict=True) if one]
    return [f"{position + 1} {shortened(label, 24)}" for position, label in enumerate(real)]
