"""What the Models page says of a model: its layers, its parameters and the attention found in it."""

import shutil
from dataclasses import dataclass

import keras
import pandas as pd

from attnviz.capture.heard import heard_warnings
from attnviz.errors import AttnVizError
from attnviz.models.loaded import LoadedModel
from attnviz.models.made_up import made_up_sequence
from attnviz.models.model_layers import parameters_of
from attnviz.records import POOLED_AXIS, AttentionCapture, AttentionMap

LAYER_COLUMNS = ("layer", "call", "heads", "query axis", "key axis", "kind")
SUMMARY_WIDTH = 80
"""Characters of a line of the summary, at most."""

_ASCII = str.maketrans(
    {
        **dict.fromkeys("─━═╌╍", "-"),
        **dict.fromkeys("│┃║", "|"),
        **dict.fromkeys("┌┐└┘├┤┬┴┼┏┓┗┛┡┩┳┻╇╋┠┨╞╡╪╔╗╚╝╠╣╦╩╬┢┪┷┯┿╀╈╭╮╰╯", "+"),
        "…": "~",
    }
)


@dataclass(frozen=True, eq=False, kw_only=True)
class ModelDescription:
    """A model as it was found.

    Attributes:
        summary: The table of Keras' `summary()`, in ASCII, lines of at most `SUMMARY_WIDTH` characters.
        parameters: Number of weights.
        layers: One row an attention map, in call order: `layer`, `call` (from 1), `heads`, `query axis`, `key axis`
            and `kind` ("self", "cross" or "pooled"). No row where no attention was found.
        notices: What a person should know, a sentence each: that there is no attention, that some cannot be reached,
            or why the model could not be run.
    """

    summary: str
    parameters: int
    layers: pd.DataFrame
    notices: tuple[str, ...] = ()


def describe_model(model: LoadedModel) -> ModelDescription:
    """Run `model` on the first example of its card, or on a made-up input, and say what was found.

    A model that cannot be run is described all the same; the notices say why.
    """
    notices: list[str] = []
    capture = None
    try:
        with heard_warnings() as notices:
            capture = model.capture([made_up_sequence(model)])
    except AttnVizError as error:
        notices.append(f"The model could not be run: {error}")
    if capture is not None and not capture.maps:
        notices.append(
            "No attention was found: no softmax of this model mixes values. Its predictions work; there is nothing to "
            "see on Explore."
        )
    return ModelDescription(
        summary=summary_of(model.keras_model),
        parameters=parameters_of(model.keras_model),
        layers=attention_layers(capture),
        notices=tuple(dict.fromkeys(notices)),
    )


def attention_layers(capture: AttentionCapture | None) -> pd.DataFrame:
    """The table of `ModelDescription.layers`; None gives one without rows."""
    rows = [
        (one.layer, one.call_index + 1, one.heads, one.query_axis, one.key_axis, _kind(one))
        for one in (capture.maps if capture is not None else ())
    ]
    return pd.DataFrame(rows, columns=list(LAYER_COLUMNS))


def summary_of(model: keras.Model) -> str:
    """Keras' `summary()` as ASCII text."""
    # Keras cuts off what is wider than the terminal that the process was started in; without one it takes 80.
    width = min(SUMMARY_WIDTH, shutil.get_terminal_size().columns)
    written: list[str] = []
    try:
        model.summary(line_length=width, print_fn=lambda text, **_: written.append(text), expand_nested=True)
    except ValueError as error:  # of a subclassed model that has never run
        return f"Keras cannot summarise the model before it has run: {error}"
    lines = "\n".join(written).translate(_ASCII).encode("ascii", "replace").decode("ascii").splitlines()
    return "\n".join(line.rstrip()[:SUMMARY_WIDTH] for line in lines).strip("\n")


def _kind(one: AttentionMap) -> str:
    if one.query_axis == POOLED_AXIS:
        return "pooled"
    return "self" if one.query_axis == one.key_axis else "cross"
