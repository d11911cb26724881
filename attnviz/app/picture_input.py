"""Widgets around an uploaded picture: what it looks like, what was made of it, and what a person wants otherwise."""

from functools import partial
from pathlib import PurePosixPath

import numpy as np
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from attnviz.app import cache
from attnviz.app.typed import take
from attnviz.app.words import plain
from attnviz.errors import InputError
from attnviz.sequences.picture_files import PICTURE_EXTENSIONS, DecodedPicture
from attnviz.sequences.picture_fitting import FittedPicture, fit_picture, looks_inverted
from attnviz.sequences.pictures import picture_of, picture_shape
from attnviz.sequences.specification import InputSpecification, NumericSpecification

WIDTH = 180
"""Pixels of the uploaded picture on the page."""


def is_picture_file(name: str, specification: InputSpecification) -> bool:
    """Whether the file's name is that of a picture, and the model takes one."""
    takes_pictures = isinstance(specification, NumericSpecification) and specification.picture is not None
    return takes_pictures and PurePosixPath(name.lower()).suffix in PICTURE_EXTENSIONS


def picture_input(uploaded: UploadedFile, specification: NumericSpecification, prefix: str = "") -> None:
    """The picture, how it was fitted to the model, and toggles to do it otherwise; each counts as typed.

    Raises:
        InputError: If the file is no picture.
    """
    decoded = cache.decoded_picture(uploaded, picture_shape(specification)[2])
    left, right = st.columns([1, 3], gap="medium")
    with left:
        st.image((decoded.light * 255).astype(np.uint8), width=WIDTH, alt="The uploaded picture")
    with right:
        background = picture_of(specification).background
        again = partial(take_picture, uploaded, specification, prefix)
        invert, clean = _keys(uploaded)
        guess = looks_inverted(decoded, specification)
        inverted = st.toggle("Invert", value=guess, key=invert, help="Swap light and dark.", on_change=again)
        if background is not None:
            st.toggle(
                "Cut off the empty border and stretch the contrast",
                value=True,
                key=clean,
                help="As in the pictures that the model learned from.",
                on_change=again,
            )
        height, width = decoded.size
        done = _fitted(decoded, uploaded, specification).description
        why = [_why_inverted(background)] if inverted and guess and background else []
        st.markdown(plain(" ".join((f"It has {width:,} × {height:,} pixels.", *decoded.notices, done, *why))))
        st.button("Look at this picture", on_click=again)


def take_picture(uploaded: UploadedFile, specification: NumericSpecification, prefix: str = "") -> None:
    """Look at the uploaded picture, as the toggles say; what cannot be read is left to `picture_input` to say."""
    try:
        decoded = cache.decoded_picture(uploaded, picture_shape(specification)[2])
    except InputError:
        return
    take(_fitted(decoded, uploaded, specification).numbers, specification, prefix)


def _fitted(decoded: DecodedPicture, uploaded: UploadedFile, specification: NumericSpecification) -> FittedPicture:
    invert, clean = (st.session_state.get(key) for key in _keys(uploaded))
    return fit_picture(decoded, specification, invert=invert, clean=clean)


def _keys(uploaded: UploadedFile) -> tuple[str, str]:
    """Keys of the toggles: one upload's are not another's."""
    return f"invert {uploaded.file_id}", f"clean {uploaded.file_id}"


def _why_inverted(background: str) -> str:
    other, border = ("black", "dark") if background == "white" else ("white", "light")
    return (
        f"It was inverted because its border is {border}, and the model learned from {other} on {background}; "
        "switch Invert off if that is wrong."
    )
