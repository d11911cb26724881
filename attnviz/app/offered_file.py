"""A button for a file that is made when it is asked for, and not before."""

from collections.abc import Callable

import pandas as pd
import streamlit as st


def offer_file(label: str, name: str, mime: str, make: Callable[[], bytes]) -> None:
    """The button; a click on it starts no run of the page.

    Args:
        label: What stands on it.
        name: Name of the file.
        mime: Its type.
        make: Gives its content.
    """
    st.download_button(
        label,
        data=make,
        file_name=name,
        mime=mime,
        key=f"download {label}",
        on_click="ignore",
        icon=":material/download:",
    )


def csv_file(table: pd.DataFrame) -> bytes:
    """The table as CSV, with a mark by which spreadsheets know that it is UTF-8."""
    return table.to_csv(index=False).encode("utf-8-sig")
