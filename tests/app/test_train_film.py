"""The film of a training: a frame for each probe and epoch, in words too, and never more than fits."""

import numpy as np

from attnviz.app.train_film import Film, note_of
from attnviz.records import AttentionCapture, AttentionMap
from attnviz.training.reports import EpochReport, ProbeAttention


def probe(epoch: int, words: tuple[str, ...]) -> ProbeAttention:
    length = len(words)
    weights = np.random.default_rng(epoch).dirichlet(np.ones(length), size=(1, 1, length)).astype(np.float32)
    capture = AttentionCapture(
        model="m",
        maps=(AttentionMap(layer="attention", weights=weights, query_axis="tokens", key_axis="tokens"),),
        sequences={"tokens": (words,)},
        valid={"tokens": np.ones((1, length), bool)},
        outputs=np.array([[0.25, 0.75]]),
    )
    return ProbeAttention(sequence=" ".join(words), capture=capture, prediction="good", probabilities=(0.25, 0.75))


def report(epoch: int, *, best: bool = False, words: tuple[tuple[str, ...], ...] = (("a", "b"), ("c", "d", "e"))):
    return EpochReport(
        number=epoch,
        epochs=100,
        loss=0.5,
        validation_loss=0.6789,
        metrics={"accuracy": 0.5},
        validation_metrics={"accuracy": 0.8125},
        best=best,
        seconds=1.0,
        seconds_left=2.0,
        probes=tuple(probe(epoch, one) for one in words),
    )


def test_each_probe_has_a_frame_of_every_epoch_with_its_own_weights():
    film = Film()
    for epoch in (1, 2, 3):
        film.add(report(epoch, best=epoch == 2))
    data = film.payload(1)
    assert [one["epoch"] for one in data.meta["frames"]] == [1, 2, 3]
    assert (data.meta["best"], data.meta["epochs"], film.epochs) == (2, 3, 3)
    for epoch, header in zip((1, 2, 3), data.meta["frames"], strict=True):
        start = header["start"] + 4 * header["meta"]["blocks"][0]["start"]
        expected = probe(epoch, ("c", "d", "e")).capture.maps[0].weights[0, 0]
        np.testing.assert_array_equal(data.cells[start : start + 36].view("<f4").reshape(3, 3), expected)
        assert header["meta"]["axes"][0]["labels"] == ["c", "d", "e"]


def test_a_long_training_takes_no_more_memory_than_a_short_one():
    film = Film(most_cells=5 * 4)  # five frames of "a b"
    for epoch in range(1, 51):
        film.add(report(epoch, best=epoch == 7, words=(("a", "b"),)))
        assert len(film.payload(0).meta["frames"]) <= 5
    shown = [one["epoch"] for one in film.payload(0).meta["frames"]]
    assert {1, 7, 50} <= set(shown)
    assert film.payload(0).meta["epochs"] == 50


def test_a_frame_says_what_the_model_says_and_how_good_it_is():
    plain = report(4)
    assert note_of(plain, plain.probes[0]) == "The model says 'good' (75.0%). Validation: loss 0.679, accuracy 81.2%."
    best = report(4, best=True)
    assert note_of(best, best.probes[0]).endswith("accuracy 81.2%, the best so far.")


def test_a_number_that_is_predicted_is_said_as_one():
    number = ProbeAttention(sequence="x", capture=probe(1, ("a",)).capture, prediction=1234.5678)
    told = EpochReport(
        number=1,
        epochs=2,
        loss=1.0,
        validation_loss=2.0,
        metrics={"MAE": 1.0},
        validation_metrics={"MAE": 1.5},
        best=False,
        seconds=1.0,
        seconds_left=1.0,
    )
    assert note_of(told, number) == "The model says 1235. Validation: loss 2, MAE 1.5."


def test_a_sequence_that_is_too_long_to_be_watched_stops_no_training():
    film = Film()
    long = tuple(str(step) for step in range(1_500))  # 2.25 million weights
    film.add(report(1, words=(long, ("a", "b"))))
    assert "this one of 1,500 tokens has more" in film.problem(0)
    assert film.problem(1) == ""
    assert len(film.payload(1).meta["frames"]) == 1
