"""A numeric series as the browser gets it, beside the capture: plain JSON."""

import json
from typing import Any

import numpy as np

from attnviz.views.series import SeriesView


def series_data(view: SeriesView) -> dict[str, Any]:
    """What `series.js` draws; the attention to each step it reads from the capture. Missing values are None.

    Raises:
        ValueError: If a value is infinite.
    """
    data = {
        "steps": list(view.step_labels),
        "features": list(view.feature_names),
        "values": [
            [None if np.isnan(value) else float(value) for value in view.values[:, feature]]
            for feature in range(len(view.feature_names))
        ],
    }
    json.dumps(data, allow_nan=False)  # Streamlit would send what is no JSON as one useless text, silently
    return data
