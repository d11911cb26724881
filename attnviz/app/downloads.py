"""Download buttons for what is shown: picture, tables and weights. Nothing is made before it is asked for."""

from collections.abc import Callable
from functools import partial
from typing import Literal

import pandas as pd
import streamlit as st

from attnviz.app.selection import Selection
from attnviz.records import AttentionCapture
from attnviz.render.export import figure_bytes
from attnviz.render.matplotlib_figures import to_matplotlib
from attnviz.storage import capture_to_bytes
from attnviz.views.matrix import matrix_view
from attnviz.views.tables import head_table, token_table

PICTURES: tuple[tuple[Literal["png", "svg", "pdf"], str], ...] = (
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("pdf", "application/pdf"),
)


def show_downloads(capture: AttentionCapture, chosen: Selection) -> None:
    """One button a format; the pictures show the chosen head."""
    head = f"-{chosen.head}" if isinstance(chosen.head, str) else f"-head-{chosen.head + 1}"
    part = f"-part-{chosen.sample + 1}" if capture.map_of(chosen.layer).weights.shape[0] > 1 else ""
    only = capture.map_of(chosen.layer).heads == 1
    stem = f"{capture.model}-{chosen.layer.replace('/', '-').replace(' ', '-')}{part}{'' if only else head}"
    with st.container(horizontal=True):
        for kind, mime in PICTURES:
            _button(kind.upper(), f"{stem}.{kind}", mime, partial(_picture, capture, chosen, kind))
        _button(
            "CSV per token",
            f"{stem}-tokens.csv",
            "text/csv",
            lambda: _csv(token_table(capture, layer=chosen.layer, head=chosen.head, sample=chosen.sample)),
        )
        _button(
            "CSV per head",
            f"{stem}-heads.csv",
            "text/csv",
            lambda: _csv(head_table(capture, layer=chosen.layer, sample=chosen.sample)),
        )
        _button("NPZ, all weights", f"{capture.model}.npz", "application/zip", lambda: capture_to_bytes(capture))


def _button(label: str, file_name: str, mime: str, make: Callable[[], bytes]) -> None:
    st.download_button(
        label,
        data=make,
        file_name=file_name,
        mime=mime,
        key=f"download {label}",
        on_click="ignore",
        icon=":material/download:",
    )


def _picture(capture: AttentionCapture, chosen: Selection, kind: Literal["png", "svg", "pdf"]) -> bytes:
    view = matrix_view(
        capture,
        layer=chosen.layer,
        head=chosen.head,
        sample=chosen.sample,
        hide_padding=chosen.hide_padding,
        shared_scale=chosen.shared_scale,
    )
    return figure_bytes(to_matplotlib(view), kind)


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False).encode("utf-8-sig")  # with a mark, so that spreadsheets read it as UTF-8
