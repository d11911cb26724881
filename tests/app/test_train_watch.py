"""What the page says of a training that goes on while it is drawn."""

import pytest

from attnviz.app.train_job import best_of
from attnviz.app.train_watch import in_time, learning_views
from attnviz.training.reports import EpochReport


def report(number: int, *, best: bool) -> EpochReport:
    return EpochReport(
        number=number,
        epochs=50,
        loss=1 / number,
        validation_loss=2 / number,
        metrics={"accuracy": 0.5},
        validation_metrics={"accuracy": 0.25},
        best=best,
        seconds=1.0,
        seconds_left=2.0,
    )


class Learning:
    """Another epoch is over, and is the best, whenever somebody looks."""

    def __init__(self) -> None:
        self.epochs = 0

    @property
    def reports(self) -> tuple[EpochReport, ...]:
        self.epochs += 1
        return tuple(report(number, best=True) for number in range(1, self.epochs + 1))


def test_an_epoch_that_comes_while_the_figures_are_drawn_waits_for_the_next_look():
    loss, accuracy = learning_views(Learning())
    assert (loss.name, accuracy.name) == ("loss", "accuracy")
    assert loss.training.tolist() == [1.0]
    assert loss.best == accuracy.best == 1


def test_the_best_epoch_is_the_last_one_that_was_better_than_all_before():
    assert best_of([]) is None
    assert best_of([report(number, best=number in (1, 3)) for number in range(1, 6)]) == 3


@pytest.mark.parametrize(("seconds", "said"), [(0.2, "1 s"), (59.4, "59 s"), (61, "1 min 1 s"), (3600, "60 min")])
def test_a_time_is_said_in_its_own_unit(seconds: float, said: str):
    assert in_time(seconds) == said
