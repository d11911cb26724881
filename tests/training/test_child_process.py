import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from attnviz.errors import TrainingError
from attnviz.training import child_process, training_process
from attnviz.training.architecture_list import ARCHITECTURES
from attnviz.training.child_process import ChildTraining
from attnviz.training.limits import TrainingLimits
from attnviz.training.training_data import training_data
from attnviz.training.training_process import prepare
from attnviz.training.training_run import fit

WORDS = ["river", "house", "bridge", "market", "people", "small", "old", "red"]


def _data(count=60):
    generator = np.random.default_rng(0)
    labels = generator.choice(["good", "bad"], count)
    texts = [" ".join([*generator.choice(WORDS, 5), {"good": "splendid", "bad": "dreadful"}[one]]) for one in labels]
    return training_data(texts, labels.tolist(), name="keywords.csv")


def _settings(**changes):
    return ARCHITECTURES["self_attention"].default_settings(units=8, embedding=8, learning_rate=0.01, **changes)


def test_a_child_process_trains_the_same_model_as_this_one_and_stands_back():
    settings = _settings(epochs=3)
    probe = "a splendid <script>alert(1)</script> bridge"
    prepare()
    with ChildTraining.start("self_attention", _data(), settings=settings, probes=[probe], name="mine") as training:
        told = []
        for report in training.reports():
            told.append(report)
            if report.number == 1:
                niceness = os.getpriority(os.PRIO_PROCESS, training.process_id)
                falls_first = Path(f"/proc/{training.process_id}/oom_score_adj")
                sacrificed = not falls_first.exists() or int(falls_first.read_text()) == 1000
        files = training.result()
        with pytest.raises(ProcessLookupError):
            os.kill(training.process_id, 0)
    assert sacrificed
    assert niceness == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
    here = fit("self_attention", _data(), settings=settings, probes=[probe], name="mine")
    assert [one.number for one in told] == [1, 2, 3]
    for one, other in zip(told, here.history, strict=True):
        assert one.validation_loss == pytest.approx(other.validation_loss, rel=1e-4)
        assert one.validation_metrics == pytest.approx(other.validation_metrics)
        assert one.probes[0].sequence == probe
        assert one.probes[0].capture.sequences == other.probes[0].capture.sequences
        np.testing.assert_allclose(
            one.probes[0].capture.maps[0].weights, other.probes[0].capture.maps[0].weights, atol=1e-5
        )
    assert [one.probes for one in files.history] == [()] * 3
    assert (files.best_epoch, files.ending, files.code) == (here.best_epoch, "finished", here.code)
    assert files.card.splits == here.model.card.splits
    assert files.card.metrics[0] == here.test_metrics[0]
    assert files.card.name == "mine"


def test_a_stop_keeps_the_best_weights():
    seen = []
    settings = _settings(epochs=500, patience=100)
    with ChildTraining.start(
        "self_attention", _data(), settings=settings, limits=TrainingLimits(epochs=500)
    ) as training:
        for report in training.reports(stopped=lambda: len(seen) >= 2):
            seen.append(report)
        files = training.result()
    assert 2 <= len(seen) < 500
    assert files.ending == "stopped"
    assert files.best_epoch == max(one.number for one in seen if one.best)


def test_a_process_that_is_killed_says_why_that_may_be():
    with ChildTraining.start("self_attention", _data(), settings=_settings()) as training:
        os.kill(training.process_id, signal.SIGKILL)
        assert list(training.reports()) == []
        with pytest.raises(
            TrainingError, match="ended by the system, most likely because the server ran out of memory"
        ):
            training.result()


def test_a_training_that_is_stopped_before_its_process_is_ready_has_no_model():
    with ChildTraining.start("self_attention", _data(), settings=_settings()) as training:
        training.stop()
        with pytest.raises(TrainingError, match="stopped before its first epoch was over"):
            training.result()


STAND_IN = """
import sys
from attnviz.training.pipe_messages import Message, message_bytes, read_message
from attnviz.training.training_messages import READY, REFUSED

def tell(message):
    sys.stdout.buffer.write(message_bytes(message))
    sys.stdout.buffer.flush()

tell(Message(kind=READY))
read_message(sys.stdin.buffer)
sys.stdin.buffer.read()  # an epoch that takes until somebody stops it
tell(Message(kind=REFUSED, fields={"message": "what there was is saved"}))
"""


def test_a_stop_in_a_long_epoch_leaves_time_to_save(tmp_path, monkeypatch):
    (tmp_path / "a_slow_training.py").write_text(STAND_IN, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(training_process, "_spare", None)
    monkeypatch.setattr(training_process, "_MODULE", "a_slow_training")
    monkeypatch.setattr(child_process, "_SECONDS_TO_FINISH", 3.0)
    with ChildTraining.start("self_attention", _data(), settings=_settings()) as training:
        begun = time.monotonic()
        long_over = child_process._SECONDS_TO_FINISH + 1
        assert list(training.reports(stopped=lambda: time.monotonic() - begun > long_over)) == []
        with pytest.raises(TrainingError, match="what there was is saved"):
            training.result()


def test_leaving_ends_the_process():
    with ChildTraining.start("self_attention", _data(), settings=_settings()) as training:
        pass
    with pytest.raises(ProcessLookupError):
        os.kill(training.process_id, 0)
    with pytest.raises(TrainingError, match="ended before it had a model"):
        training.result()


def test_what_the_limits_forbid_starts_no_process():
    with pytest.raises(TrainingError, match="60 examples, more than the 59"):
        ChildTraining.start("self_attention", _data(), limits=TrainingLimits(rows=59))
    with pytest.raises(TrainingError, match="at most 10 epochs. Received: 11"):
        ChildTraining.start("self_attention", _data(), settings=_settings(epochs=11), limits=TrainingLimits(epochs=10))
    with pytest.raises(TrainingError, match="Received: 'perceptron'"):
        ChildTraining.start("perceptron", _data())
    with pytest.raises(TrainingError, match="All 60 labels are the same"):
        ChildTraining.start("self_attention", (_data().sequences, ["spam"] * 60))
