"""A page that uploads a model and runs it, or asks for one that another session uploaded; run by test_sessions.py."""

import json
import weakref
from pathlib import Path

import seen_by_the_test
import streamlit as st

from attnviz.app import cache
from attnviz.app.uploaded import keep, reserve, your_models
from attnviz.errors import AttnVizError
from attnviz.models.card import card_of_folder
from attnviz.models.decodings import Beam
from attnviz.models.untrusted.checking import check_upload

folder = st.query_params.get("upload")
name = st.query_params["model"]
if folder is not None and not your_models():
    card = card_of_folder(Path(folder))
    checked = check_upload("model.keras", (Path(folder) / "model.keras").read_bytes())
    keep(checked, card, reserve(checked), cache.all_cards())
answer = {"listed": name in cache.cards_here()}
try:
    card = cache.cards_here().get(name)
    if card is not None and card.output is not None:
        found = cache.outputs_for(name, "a good soup", Beam(size=2))
        answer["written"] = [card.output.text_of(one.ids) for one in found]
        answer["forced"] = float(cache.run_for(name, "a good soup", "bon").predictions["log_probability"][0])
    run = cache.run_for(name, "a good soup")
    answer["heads"] = [one.heads for one in run.capture.maps]
    answer["described"] = len(cache.description_of(name).layers)
    answer["difference"] = cache.comparison_for(name, "a good soup").difference
    weakref.finalize(cache.model_named(name).keras_model, seen_by_the_test.freed.set)
except AttnVizError as error:
    answer["refused"] = str(error)
st.text(json.dumps(answer))
