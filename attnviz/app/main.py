"""The dashboard's entry: registers the pages and what they share."""

from pathlib import Path

import streamlit as st

from attnviz.app.jobs import preload

ROOM = Path(__file__).parent

st.set_page_config(
    page_title="attnviz",
    page_icon=str(ROOM / "icon.svg"),
    layout="wide",
    menu_items={"About": "attnviz shows what a Keras model attends to."},
)
preload.start()
st.navigation(
    [
        st.Page(ROOM / "pages" / "explore.py", title="Explore", icon=":material/search:", default=True),
        st.Page(
            ROOM / "pages" / "what_attention_tells.py",
            title="What attention tells",
            icon=":material/help:",
            url_path="what-attention-tells",
        ),
    ],
    position="top",
).run()
