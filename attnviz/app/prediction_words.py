"""A prediction in a line, for a file and for a comparison."""

import math

import pandas as pd

from attnviz.models.card import Card

MOST_TOKENS_TOLD = 200
NO_NUMBER = "the model gave NaN, which is no number"
"""Why there is no prediction: of probabilities that are none, none is the largest."""


def prediction_in_words(card: Card, predictions: pd.DataFrame) -> str:
    """The prediction of one sequence; `""` for a model that predicts nothing."""
    if card.task == "features":
        return ""
    if card.task == "token_classification":
        rows = predictions.head(MOST_TOKENS_TOLD)
        told = ", ".join(f"{row.token}: {row.prediction}" for row in rows.itertuples())
        return f"{told} …" if len(predictions) > MOST_TOKENS_TOLD else told
    first = predictions.iloc[0]
    prediction = first["prediction"]
    if card.task == "regression":
        return f"{card.target}: {prediction:.4g}"
    if prediction not in card.classes:
        return str(prediction)
    chance = first[prediction]
    return f"none: {NO_NUMBER}" if math.isnan(chance) else f"{prediction} ({chance:.1%})"
