"""A document as the browser gets it, beside the capture: plain JSON."""

import json
from typing import Any

from attnviz.views.document import DocumentView


def document_data(view: DocumentView) -> dict[str, Any]:
    """What `document.js` shows: which maps hold the weights, and the weights themselves where those maps are not sent.

    Raises:
        ValueError: If a weight is not finite.
    """
    data = {
        "sentenceLayer": view.sentence_layer,
        "wordLayer": view.word_layer,
        "sample": view.sample,
        "sentences": [
            {
                "label": label,
                "sample": sample,
                "weight": float(weight),
                "words": list(words),
                "wordWeights": [float(one) for one in weights],
            }
            for label, sample, weight, words, weights in zip(
                view.sentences, view.word_samples, view.sentence_weights, view.words, view.word_weights, strict=True
            )
        ],
    }
    json.dumps(data, allow_nan=False)  # Streamlit would send what is no JSON as one useless text, silently
    return data
