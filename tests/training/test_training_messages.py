import io
import struct

import numpy as np
import pytest

from attnviz.models.card import Card, Metric
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.sequences.specification import TextSpecification
from attnviz.training.pipe_messages import Message, array_bytes, message_bytes, read_message
from attnviz.training.reports import EpochReport, ProbeAttention
from attnviz.training.settings import TrainingSettings
from attnviz.training.trained_files import TrainedFiles
from attnviz.training.training_data import training_data
from attnviz.training.training_messages import (
    Request,
    epoch_message,
    epoch_of,
    request_message,
    request_of,
    trained_message,
    trained_of,
)

TEXTS = [f"text number {number} “quoted” \u202e \U0001f600" for number in range(12)]


def _through_a_pipe(message):
    return read_message(io.BytesIO(message_bytes(message)))


def _request(data, probes):
    return Request(
        architecture="transformer",
        data=data,
        settings=TrainingSettings(units=16, learning_rate=0.0123),
        probes=probes,
        minutes=1.5,
        name="mine",
    )


@pytest.mark.parametrize(
    ("data", "probes"),
    [
        (training_data(TEXTS, ["a", "b"] * 6, name="n"), ("one", "two")),
        (training_data(np.arange(72.0).reshape(12, 3, 2), np.linspace(0, 1, 12)), (np.ones((3, 2)),)),
    ],
)
def test_a_request_arrives_as_it_was_sent(data, probes):
    sent = _request(data, probes)
    got = request_of(_through_a_pipe(request_message(sent)))
    assert (got.architecture, got.settings, got.minutes, got.name) == ("transformer", sent.settings, 1.5, "mine")
    for name in ("name", "task", "classes", "target", "features", "notices"):
        assert getattr(got.data, name) == getattr(data, name)
    np.testing.assert_array_equal(got.data.targets, data.targets)
    assert len(got.data.sequences) == 12
    for one, other in zip((*got.data.sequences, *got.probes), (*data.sequences, *probes), strict=True):
        np.testing.assert_array_equal(one, other)


def _capture():
    return AttentionCapture(
        model="mine",
        maps=(
            AttentionMap(
                layer="attention",
                weights=np.array([[[[0.25, 0.75], [1.0, 0.0]]]], np.float32),
                query_axis="tokens",
                key_axis="tokens",
            ),
        ),
        sequences={"tokens": (("good", "day"),)},
        valid={"tokens": np.array([[True, True]])},
        outputs=np.array([[0.5, 0.5]], np.float32),
    )


def _report(probes):
    return EpochReport(
        number=2,
        epochs=5,
        loss=0.5,
        validation_loss=0.25,
        metrics={"accuracy": 0.75},
        validation_metrics={"accuracy": 1.0},
        best=True,
        seconds=3.5,
        seconds_left=6.0,
        probes=probes,
    )


def test_a_report_arrives_with_its_attention():
    text = ProbeAttention(sequence="good day", capture=_capture(), prediction="fine", probabilities=(0.25, 0.75))
    series = ProbeAttention(sequence=np.ones((2, 1)), capture=_capture(), prediction=1.5)
    got = epoch_of(_through_a_pipe(epoch_message(_report((text, series)))))
    plain = ("number", "epochs", "loss", "validation_loss", "metrics", "validation_metrics", "best", "seconds")
    for name in plain:
        assert getattr(got, name) == getattr(_report(()), name)
    assert [one.prediction for one in got.probes] == ["fine", 1.5]
    assert (got.probes[0].sequence, got.probes[0].probabilities) == ("good day", (0.25, 0.75))
    np.testing.assert_array_equal(got.probes[1].sequence, np.ones((2, 1)))
    np.testing.assert_array_equal(got.probes[0].capture.maps[0].weights, _capture().maps[0].weights)
    assert got.probes[0].capture.sequences == _capture().sequences


def test_a_model_arrives_with_its_card():
    card = Card(
        name="mine",
        title="Mine",
        description="It does.",
        task="classification",
        input=TextSpecification(name="tokens", vocabulary=("good", "bad"), maximum_length=5),
        classes=("no", "yes"),
        metrics=(Metric(name="accuracy", value=0.5, split="test", interval=(0.25, 0.75)),),
    )
    sent = TrainedFiles(
        model=b"PK\x00\xff",
        card=card,
        history=(),
        best_epoch=3,
        code="import keras",
        ending="time",
        seconds=1.25,
        notices=("1 row left out.",),
    )
    history = (_report(()),)
    got = trained_of(_through_a_pipe(trained_message(sent)), history)
    assert (got.model, got.card, got.history) == (sent.model, card, history)
    for name in ("best_epoch", "code", "ending", "seconds", "notices"):
        assert getattr(got, name) == getattr(sent, name)


def test_messages_follow_each_other_and_a_torn_one_is_none():
    first, second = Message(kind="one", fields={"a": [1, None]}, blocks={"b": b"12345"}), Message(kind="two")
    content = message_bytes(first) + message_bytes(second)
    stream = io.BytesIO(content)
    got = read_message(stream)
    assert (got.kind, got.fields, got.blocks) == ("one", {"a": [1, None]}, {"b": b"12345"})
    assert read_message(stream).kind == "two"
    assert read_message(stream) is None
    for end in range(len(message_bytes(first))):
        assert read_message(io.BytesIO(content[:end])) is None


def test_impossible_lengths_are_refused_before_memory_is_taken():
    with pytest.raises(ValueError, match="header of 4,611,686,018,427,387,904 bytes"):
        read_message(io.BytesIO(struct.pack(">Q", 2**62)))
    header = b'{"kind": "x", "fields": {}, "blocks": {"b": 1000000000000}}'
    with pytest.raises(ValueError, match="block of 1,000,000,000,000 bytes"):
        read_message(io.BytesIO(struct.pack(">Q", len(header)) + header))


def test_objects_do_not_travel():
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        array_bytes(np.array([object()]))
