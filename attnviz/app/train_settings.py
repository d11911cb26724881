"""The form in which a person sets how a model is trained."""

import streamlit as st

from attnviz.errors import TrainingError
from attnviz.training.architecture_list import Architecture
from attnviz.training.settings import Setting, TrainingSettings

_FIRST = ("units", "heads", "blocks", "epochs", "learning_rate")
"""What most people change; the rest stands behind a click."""
_COLUMNS = 3


def choose_settings(architecture: Architecture, kind: str, most_epochs: int) -> TrainingSettings | None:
    """The settings of an architecture, with its defaults and hints; None, and a message, where they contradict.

    Args:
        architecture: What is trained; each keeps what was set for it.
        kind: What it reads, `"text"` or `"series"`.
        most_epochs: What the operator allows.
    """
    offered = architecture.settings_for(kind)
    chosen: dict[str, float] = {}
    first = [one for one in offered if one.name in _FIRST]
    _fields([one for name in _FIRST for one in first if one.name == name], architecture, most_epochs, chosen)
    with st.expander("More settings", icon=":material/tune:"):
        _fields([one for one in offered if one not in first], architecture, most_epochs, chosen)
    try:
        return architecture.default_settings(**chosen)
    except TrainingError as error:
        from attnviz.app.words import plain

        st.error(plain(str(error)), icon=":material/error:")
        return None


def _fields(settings: list[Setting], architecture: Architecture, most_epochs: int, chosen: dict[str, float]) -> None:
    for start in range(0, len(settings), _COLUMNS):
        columns = st.columns(_COLUMNS, gap="small")
        for column, setting in zip(columns, settings[start : start + _COLUMNS], strict=False):
            with column:
                chosen[setting.name] = _field(setting, architecture.name, most_epochs)


def _field(setting: Setting, architecture: str, most_epochs: int) -> float:
    kind = int if setting.whole else float
    maximum = min(setting.maximum, most_epochs) if setting.name == "epochs" else setting.maximum
    return st.number_input(
        setting.title,
        min_value=kind(setting.minimum),
        max_value=kind(maximum),
        value=kind(min(setting.default, maximum)),
        step=kind(setting.step),
        format="%d" if setting.whole else "%g",
        help=setting.hint,
        key=f"train {architecture} {setting.name}",
        persist_state="session",
    )
