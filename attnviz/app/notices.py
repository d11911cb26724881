"""What a person should know of a run before believing what it shows."""

import streamlit as st

from attnviz.app.run import Comparison, ModelRun
from attnviz.app.words import plain


def show_notices(run: ModelRun, comparison: Comparison) -> None:
    """How the sequence was read, what of the model is out of sight, attention to padding, a layer that is not there."""
    about_card = [run.missing_layer] if run.missing_layer else []
    for message in (*(one.message for one in run.notices), *comparison.warnings, *run.padding, *about_card):
        st.warning(plain(message), icon=":material/warning:")


def show_comparison(comparison: Comparison) -> None:
    """Whether capturing changed the prediction: compared once a model."""
    if comparison.same:
        # Not in the badge: it is cut off, instead of going on in a second line, where the page is narrow.
        difference = _unbroken(comparison.difference, 1)
        st.markdown(
            f":green-badge[:material/verified: Same prediction as the plain model] :small[difference {difference}]",
            help="The captured run and `model(inputs)` were compared on one sequence: the largest difference of any "
            "output.",
        )
    else:
        difference = _unbroken(comparison.difference, 2)
        st.markdown(
            f":orange-badge[:material/warning: Not the plain model's prediction] :small[difference {difference}]"
        )


def _unbroken(number: float, digits: int) -> str:
    """The number with so many significant digits; a line may not end within it, as it may after a hyphen."""
    return f"{number:.{digits}g}".replace("-", "\u2212")
