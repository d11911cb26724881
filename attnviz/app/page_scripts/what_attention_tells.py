"""What attention can and cannot tell: the page of `docs/` that the caption of every picture points to."""

from pathlib import Path

import streamlit as st

DOCUMENT = Path(__file__).parents[3] / "docs" / "attention-is-not-explanation.md"

if DOCUMENT.is_file():
    st.markdown(DOCUMENT.read_text(encoding="utf-8"))
else:
    st.info("The documentation is not part of this installation: see docs/attention-is-not-explanation.md.")
