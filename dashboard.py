"""What `streamlit run dashboard.py` starts; everything else is in attnviz/app."""

import streamlit as st

from attnviz.app.jobs import preload_with_server

app = st.App("attnviz/app/main.py", lifespan=preload_with_server)
