"""What the page shows of a run beside the linked views: the prediction, and the tables of its numbers."""

import hashlib
import math

import pandas as pd
import streamlit as st

from attnviz.app.prediction_words import NO_NUMBER
from attnviz.app.run import ModelRun
from attnviz.app.selection import Selection
from attnviz.components.probabilities import class_probabilities
from attnviz.models.card import Card
from attnviz.records import AttentionCapture
from attnviz.views.labels import displayed
from attnviz.views.probability import probability_view
from attnviz.views.tables import head_table, token_table

SHARES = ("attention received", "to itself", "normalised entropy", "strongest weight")
HEAD_SHARES = ("normalised entropy", "largest received", "diagonal", "previous", "next", "first")


def show_prediction(card: Card, predictions: pd.DataFrame) -> None:
    """The prediction with its probabilities; one row a token where the model predicts at every position."""
    if card.task == "features":
        st.caption("This model computes features, and predicts nothing.")
        return
    if card.task == "token_classification":
        _table(predictions.drop(columns="sequence"), card.classes, "Prediction and probabilities of every token")
        return
    first = predictions.iloc[0]
    if card.task == "regression":
        st.metric(card.target, f"{first['prediction']:.4g}")
        return
    prediction = first["prediction"]
    probabilities = [float(first[name]) for name in card.classes]
    if any(map(math.isnan, probabilities)):
        title = f"No prediction: {NO_NUMBER}"
    else:
        title = f"Prediction: {displayed(prediction)} ({first[prediction]:.1%})"
    with st.container(key="prediction"):
        class_probabilities(probability_view(card.classes, probabilities, title=title), key="probabilities")


def subject_of(card: Card, sequence: str, run: ModelRun) -> str:
    """A name for the run: another one wherever model, input or output are."""
    written = "" if run.tokens is None else "\n".join(run.predictions["prediction"])
    return hashlib.sha256("\0".join((card.name, sequence, written)).encode("utf-8", "replace")).hexdigest()[:16]


def show_tables(capture: AttentionCapture, chosen: Selection) -> None:
    """The numbers per token and per head."""
    tokens, heads = st.tabs(["Per token", "Per head"])
    with tokens:
        _table(
            token_table(capture, layer=chosen.layer, head=chosen.head, sample=chosen.sample),
            SHARES,
            "For every token: attention received, to itself, entropy and strongest key",
        )
    with heads:
        _table(
            head_table(capture, layer=chosen.layer, sample=chosen.sample),
            HEAD_SHARES,
            "For every head: entropy, effective number of keys, mean distance and where its attention lies",
        )


def _table(table: pd.DataFrame, shares: tuple[str, ...], alt: str) -> None:
    """A sortable table; shares from 0 to 1 are bars."""
    bar = st.column_config.ProgressColumn(min_value=0.0, max_value=1.0, format="%.3f")
    columns = {name: bar for name in shares if name in table}
    numbers = st.column_config.NumberColumn(format="%.3f")
    columns |= {name: numbers for name in map(str, table) if table[name].dtype.kind == "f" and name not in columns}
    st.dataframe(table, hide_index=True, column_config=columns, alt=alt)
