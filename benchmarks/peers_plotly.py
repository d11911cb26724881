"""The same attention as Plotly draws it in Streamlit: one head, or all of them. `benchmarks.views_peers` starts it."""

import json
import os
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from plotly.subplots import make_subplots


@st.cache_resource
def data() -> tuple[np.ndarray, list[str]]:
    folder = Path(os.environ["ATTENTION_FOLDER"])
    return np.load(folder / "attention.npy"), json.loads((folder / "tokens.json").read_text("utf-8"))


attention, tokens = data()
layers, heads = attention.shape[:2]
layer = st.selectbox("Layer", range(1, layers + 1))
head = st.selectbox("Head", ["every", *range(1, heads + 1)], index=1)
if head == "every":
    figure = make_subplots(layers, heads)
    for place in np.ndindex(layers, heads):
        cells = go.Heatmap(z=attention[place], coloraxis="coloraxis")
        figure.add_trace(cells, place[0] + 1, place[1] + 1)
    figure.update_layout(height=900)
else:
    places = list(range(len(tokens)))
    figure = go.Figure(go.Heatmap(z=attention[layer - 1, head - 1], hoverongaps=False))
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        axis.update(tickvals=places[:: max(1, len(places) // 64)], ticktext=tokens[:: max(1, len(places) // 64)])
    figure.update_layout(height=700)
figure.update_layout(title=f"layer {layer}, head {head}")
st.plotly_chart(figure)
