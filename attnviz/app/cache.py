"""The only caches of the dashboard, each keyed by everything that changes the answer."""

import logging
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from attnviz.models.card import Card
from attnviz.models.registry import cards, load_model, unusable
from attnviz.records import AttentionCapture
from attnviz.sequences.encoding import Notice
from attnviz.sequences.numeric import parse_numbers
from attnviz.sequences.reading import Upload, UploadLimits, read_upload
from attnviz.sequences.specification import InputSpecification, NumericSpecification, TextSpecification

if TYPE_CHECKING:
    from attnviz.models.loaded import LoadedModel

_log = logging.getLogger(__name__)


@st.cache_resource(show_spinner=False)
def all_cards() -> dict[str, Card]:
    """Card of every model that can be used; needs no TensorFlow."""
    return dict(cards())


@st.cache_resource(show_spinner=False)
def unusable_models() -> dict[str, str]:
    """Why a model folder cannot be used, by its name."""
    return dict(unusable())


@st.cache_resource(max_entries=8, show_spinner=False)
def model_named(name: str) -> "LoadedModel":
    """The model of that name, opened once for all sessions."""
    return load_model(name)


@st.cache_resource(max_entries=64, show_spinner="Running the model …")
def capture_for(name: str, sequence: str) -> AttentionCapture:
    """The prediction and attention for `sequence`: a text, or numbers as `format_numbers` writes them."""
    model = model_named(name)
    return model.capture([_parsed(sequence, model.card.input)])


@st.cache_data(max_entries=64, show_spinner=False)
def predictions_for(name: str, sequence: str) -> pd.DataFrame:
    """The table of predictions that belongs to `capture_for`."""
    return model_named(name).predictions(capture_for(name, sequence))


@st.cache_data(max_entries=64, show_spinner=False)
def notices_for(name: str, sequence: str) -> tuple[Notice, ...]:
    """What a person should know of how `sequence` was encoded."""
    model = model_named(name)
    return model.encode([_parsed(sequence, model.card.input)]).notices


@st.cache_resource(
    scope="session",
    max_entries=2,
    show_spinner="Reading the file …",
    hash_funcs={
        UploadedFile: lambda file: file.file_id,
        **dict.fromkeys((TextSpecification, NumericSpecification), repr),
    },
)
def upload_of(file: UploadedFile, specification: InputSpecification, limits: UploadLimits) -> Upload:
    """The file that this session uploaded, read once; another session never reaches it."""
    return read_upload(file.name, file.getvalue(), specification, limits)


def warm_up() -> None:
    """Open every model and run it once, so that nobody waits for the first trace; a model that fails is passed over."""
    for name, card in all_cards().items():
        try:
            model = model_named(name)
            for example in card.examples[:1]:
                model.capture([example.sequence])
        except Exception:  # noqa: BLE001 - one model must not take the others down; the page says so at this one
            _log.exception("Model %r cannot be used", name)


def _parsed(sequence: str, specification: InputSpecification) -> str | np.ndarray:
    return parse_numbers(sequence, specification) if isinstance(specification, NumericSpecification) else sequence
