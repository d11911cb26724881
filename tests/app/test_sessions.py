"""An upload belongs to one session: real sessions of a real server in this process, spoken to as a browser does."""

import json
import socket
import sys
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import keras
import pytest
import streamlit as st
import uvicorn
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime
from websockets.sync.client import ClientConnection, connect

from attnviz.models.card import Card, Example, write_card
from attnviz.models.keras_state import keep_keras_state
from attnviz.sequences.output_specification import OutputSpecification
from attnviz.sequences.specification import TextSpecification
from attnviz.training.sequence_to_sequence import translator
from benchmarks.toy_transformer import write_toy_transformer

SCRIPT = Path(__file__).parent / "session_script.py"
SECONDS = 60
YOURS = "toy (yours)"


@pytest.fixture
def freed(monkeypatch) -> threading.Event:
    """Set once the model that the script opened is gone."""
    seen = types.ModuleType("seen_by_the_test")
    seen.freed = threading.Event()
    monkeypatch.setitem(sys.modules, "seen_by_the_test", seen)
    return seen.freed


@pytest.fixture
def address(monkeypatch) -> Iterator[str]:
    """Of the page in session_script.py, served by this process."""
    keep_keras_state()
    monkeypatch.setattr(Runtime, "_instance", None)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(st.App(SCRIPT), log_level="warning", lifespan="on"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="server")
        thread.start()
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/_stcore/stream"
        server.should_exit = True
        thread.join(timeout=SECONDS)


@contextmanager
def _session(address: str) -> Iterator[ClientConnection]:
    with connect(address, subprotocols=["streamlit"], max_size=None, open_timeout=SECONDS) as session:
        yield session


def _ask(session: ClientConnection, **parameters: str) -> dict:
    """Run the page in this session; what it wrote."""
    message = BackMsg(rerun_script=ClientState(query_string=urlencode(parameters)))
    session.send(message.SerializeToString())
    answer = {}
    while True:
        received = ForwardMsg.FromString(session.recv(timeout=SECONDS))
        kind = received.WhichOneof("type")
        if kind == "script_finished":
            assert received.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
            return answer
        if kind == "delta" and received.delta.new_element.WhichOneof("type") == "text":
            answer = json.loads(received.delta.new_element.text.body)
        assert received.delta.new_element.WhichOneof("type") != "exception", received


def test_an_upload_is_seen_by_its_session_alone_and_dies_with_it(address, freed, tmp_path):
    write_toy_transformer(tmp_path / "toy")
    with _session(address) as other:
        with _session(address) as own:
            answer = _ask(own, upload=str(tmp_path / "toy"), model=YOURS)
            assert answer["listed"]
            assert answer["heads"] == [4] * answer["described"]
            assert answer["difference"] < 1e-5
            assert _ask(own, model=YOURS) == answer  # and it stays from run to run
            refused = _ask(other, model=YOURS)
            assert not refused["listed"]
            assert "There is no model 'toy (yours)'" in refused["refused"]
            assert "heads" not in refused
            assert not freed.is_set()
        assert freed.wait(SECONDS), "the model outlives its session"
        assert not _ask(other, model=YOURS)["listed"]


def test_what_an_upload_writes_stays_in_its_session_and_dies_with_it(address, freed, tmp_path):
    _write_toy_translator(tmp_path / "toy")
    with _session(address) as other:
        with _session(address) as own:
            answer = _ask(own, upload=str(tmp_path / "toy"), model=YOURS)
            assert 1 <= len(answer["written"]) <= 2
            assert answer["forced"] < 0
            assert _ask(own, model=YOURS) == answer
            refused = _ask(other, model=YOURS)
            assert "There is no model 'toy (yours)'" in refused["refused"]
            assert "written" not in refused
            assert not freed.is_set()
        assert freed.wait(SECONDS), "the model outlives its session"


def _write_toy_translator(folder: Path) -> None:
    """Random weights: what it writes means nothing."""
    keras.utils.set_random_seed(2)
    source = TextSpecification(name="english", vocabulary=("a", "good", "soup"), maximum_length=8)
    output = OutputSpecification(name="french", vocabulary=("un", "bon", "potage"), maximum_length=4)
    model = translator(
        source_words=5, target_words=output.size, source_name="english", target_name="french", embedding=4, units=4
    )
    folder.mkdir()
    model.save(folder / "model.keras")
    card = Card(
        name=folder.name,
        title="Toy translator",
        description="",
        task="seq2seq",
        input=source,
        output=output,
        outputs="logits",
        examples=(Example(sequence="a good soup", prediction="bon"),),
    )
    write_card(card, folder)
