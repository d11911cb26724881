"""The probability of each class in the browser: a table whose rows are bars, in the colours of the page's theme."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from attnviz.components.scripts import joined_script, joined_styles
from attnviz.views.probability import ProbabilityView

MOST_IN_ORDER = 20
"""Classes that are shown all at once, in the order of the model's outputs; of more, the most probable come first."""

FOLDER = Path(__file__).parent
ENTRY = "component.js"

_MOUNT = st.components.v2.component(
    "attnviz.probabilities",
    html='<div class="attnviz-probabilities"></div>',
    css=joined_styles(FOLDER),
    js=joined_script(FOLDER, ENTRY),
)


def class_probabilities(view: ProbabilityView, *, key: str) -> None:
    """Show the prediction.

    Args:
        view: The prediction.
        key: Identifies the component on the page; with a stable one it keeps its place, its height and the focus.
    """
    _MOUNT(key=key, data=payload(view))


def payload(view: ProbabilityView) -> dict[str, Any]:
    """What the browser gets, in plain JSON types.

    Returns:
        `title`: what stands before the name of the predicted class, that name, and what stands after it, so that a name
        that is written from right to left disturbs nothing. `widest`: the title with the longest of the names, for
        which room is kept. `note`: on the order of the rows, `""` for the model's. `predicted`: row of the predicted
        class, None where the model gave no number for it. And for each row `names`, `shares` in percent and `values`
        with six digits: written here, so that a share reads as it does in the title.
    """
    count = len(view.classes)
    many = count > MOST_IN_ORDER
    order = np.argsort(-view.probabilities, kind="stable").tolist() if many else list(range(count))
    probabilities = [float(view.probabilities[place]) for place in order]
    name = f" {view.classes[view.predicted]} "
    before, found, after = view.title.partition(name)
    data = {
        "title": [before, found, after],
        "widest": f"{before} {max(view.classes, key=len)} {after}" if found else view.title,
        "note": f"{count:,} classes, the most probable first" if many else "",
        "predicted": None if math.isnan(view.probabilities[view.predicted]) else order.index(view.predicted),
        "names": [view.classes[place] for place in order],
        "shares": ["NaN" if math.isnan(one) else f"{one:.1%}" for one in probabilities],
        "values": ["NaN" if math.isnan(one) else f"{one:.6f}" for one in probabilities],
    }
    json.dumps(data, allow_nan=False)  # Streamlit would send what is no JSON as one useless text, and say nothing
    return data
