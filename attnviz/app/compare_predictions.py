"""What A and B predict, beside each other."""

from typing import Any, Literal

import pandas as pd
import streamlit as st

from attnviz.app.compare_inputs import HEADS, MODELS, Asked
from attnviz.app.prediction_words import prediction_in_words
from attnviz.app.run import ModelRun
from attnviz.app.words import plain, shortened
from attnviz.models.card import Card
from attnviz.views.comparison_tables import outcome_differences, token_outcome_differences

LONGEST_PREDICTION = 200
"""Characters; all of it is in the table of predictions."""


def show_predictions(asked: Asked, runs: tuple[ModelRun, ModelRun]) -> None:
    """Both predictions in words, beside each other; that of a run whose heads are compared once."""
    said = [prediction_in_words(card, run.predictions) for card, run in zip(asked.cards, runs, strict=True)]
    if asked.kind == HEADS:
        if said[0]:
            st.markdown(f"One run, one prediction: **{plain(shortened(said[0], LONGEST_PREDICTION))}**")
        return
    columns = zip(st.columns(2, gap="medium"), "AB", asked.cards, said, strict=True)
    for column, name, card, words in columns:
        of = f" ({plain(card.title)})" if asked.kind == MODELS else ""
        what = (
            f"predicts **{plain(shortened(words, LONGEST_PREDICTION))}**"
            if words
            else "computes features, and predicts nothing"
        )
        column.markdown(f"**{name}**{of} {what}")


def prediction_differences(cards: tuple[Card, Card], runs: tuple[ModelRun, ModelRun]) -> pd.DataFrame | None:
    """Both predictions as one table; None for models that predict other kinds of things, texts or nothing."""
    tasks = {card.task for card in cards}
    first, second = (run.predictions for run in runs)
    if tasks == {"token_classification"}:
        return token_outcome_differences(first, second)
    if tasks == {"classification"}:
        return outcome_differences(*(_probabilities(card, run) for card, run in zip(cards, runs, strict=True)))
    if tasks == {"regression"}:
        values = (
            {card.target or "prediction": float(run.predictions["prediction"].iloc[0])}
            for card, run in zip(cards, runs, strict=True)
        )
        return outcome_differences(*values)
    return None


def columns_of(table: pd.DataFrame) -> dict[Literal["_index"] | str, Any]:
    """How numbers are shown: three digits, differences with their sign."""
    columns: dict[Literal["_index"] | str, Any] = {}
    for name in map(str, table):
        if table[name].dtype.kind == "f":
            columns[name] = st.column_config.NumberColumn(format="%+.3f" if name == "difference" else "%.3f")
    return columns


def _probabilities(card: Card, run: ModelRun) -> dict[str, float]:
    first = run.predictions.iloc[0]
    return {name: float(first[name]) for name in card.classes}
