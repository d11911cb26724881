"""What the page gives the linked views: Streamlit's own harness runs no JavaScript, but holds what would be sent."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest


def sent(app: AppTest) -> dict[str, Any]:
    """The data of the linked views on the page, without the cells.

    Raises:
        AssertionError: If they are not there, or twice.
    """
    protos = [one.proto for one in app.get("bidi_component")]
    ours = [proto for proto in protos if proto.component_name == "attnviz.attention"]
    assert len(ours) == 1, [proto.component_name for proto in protos]
    data: dict[str, Any] = json.loads(ours[0].mixed.json)
    return {**data, "meta": json.loads(data["meta"])}


def prediction(app: AppTest) -> dict[str, Any]:
    """The data of the prediction of a classifier: `title` in words, and what `attnviz.components.probabilities` sends.

    Raises:
        AssertionError: If it is not there, or twice.
    """
    protos = [one.proto for one in app.get("bidi_component")]
    ours = [proto for proto in protos if proto.component_name == "attnviz.probabilities"]
    assert len(ours) == 1, [proto.component_name for proto in protos]
    data: dict[str, Any] = json.loads(ours[0].json)
    return {**data, "title": "".join(data["title"])}


def layers(app: AppTest) -> list[str]:
    """Names of the layers that can be chosen."""
    return list(dict.fromkeys(one["name"] for one in sent(app)["meta"]["maps"]))


def heads(app: AppTest) -> int:
    """How many heads the layer that is shown has."""
    data = sent(app)
    return int(data["meta"]["maps"][data["chosen"]["map"]]["heads"])
