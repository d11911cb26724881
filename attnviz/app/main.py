"""The dashboard's entry: registers the pages and what they share."""

from pathlib import Path

import streamlit as st

from attnviz.app.jobs import preload

ROOM = Path(__file__).parent
# Not a folder called "pages": Streamlit would run the page of a link's name by itself, before this file and without it.
PAGES = ROOM / "page_scripts"

st.set_page_config(
    page_title="attnviz",
    page_icon=str(ROOM / "icon.svg"),
    layout="wide",
    menu_items={"About": "attnviz shows what a Keras model attends to."},
)
preload.start()
st.navigation(
    [
        st.Page(PAGES / "explore.py", title="Explore", icon=":material/search:", default=True),
        st.Page(PAGES / "compare.py", title="Compare", icon=":material/compare:", url_path="compare"),
        st.Page(PAGES / "evaluate.py", title="Evaluate", icon=":material/fact_check:", url_path="evaluate"),
        st.Page(PAGES / "train.py", title="Train", icon=":material/model_training:", url_path="train"),
        st.Page(PAGES / "models.py", title="Models", icon=":material/deployed_code:", url_path="models"),
        st.Page(
            PAGES / "what_attention_tells.py",
            title="What attention tells",
            icon=":material/help:",
            url_path="what-attention-tells",
        ),
    ],
    position="top",
).run()
