"""Plotly figures on the page: in the colours of its theme, with words for whoever cannot see them."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from attnviz.render.plotly_figures import in_text_colour, to_plotly

PLOT_CONFIG = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d", "toImage"]}

TEXT_COLOURS = {"light": "#1B262C", "dark": "#E6ECEF"}
"""As in .streamlit/config.toml: Streamlit's template for Plotly writes labels too pale to read."""


def show_plot(view: Any, *, key: str) -> None:
    """The view as a figure.

    Args:
        view: Anything with a title and a description that `to_plotly` draws.
        key: Of the element.
    """
    st.plotly_chart(_figure(view), config=PLOT_CONFIG, key=key, alt=view.description)


def clickable_plot(view: Any, *, key: str, on_click: Callable[[list[Any] | None], None]) -> None:
    """The view as a figure whose points can be clicked.

    Args:
        view: As for `show_plot`.
        key: Of the element.
        on_click: Is told the customdata of the point, or None where the choice was taken back; as a callback of
            Streamlit, before anything is drawn.
    """

    def tell() -> None:
        points = st.session_state[key]["selection"]["points"]
        on_click(points[0].get("customdata") if points else None)

    st.plotly_chart(
        _figure(view), config=PLOT_CONFIG, key=key, alt=view.description, on_select=tell, selection_mode="points"
    )


def _figure(view: Any) -> Any:
    figure = to_plotly(view)
    in_text_colour(figure, TEXT_COLOURS.get(st.context.theme.type or "light", TEXT_COLOURS["light"]))
    return figure
