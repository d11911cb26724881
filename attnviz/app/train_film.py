"""The attention on each probe after every epoch, in the form that the browser gets; kept within bounds."""

from attnviz.components.attention.payload import Payload
from attnviz.components.epochs.payload import FramePayload, film_payload, frame_payload
from attnviz.errors import ShapeError
from attnviz.training.reports import EpochReport, ProbeAttention
from attnviz.views.epochs import MOST_CELLS, frame_of, shown_epochs
from attnviz.views.labels import quoted


class Film:
    """The frames of every probe of one training, made as its reports come.

    One thread adds to it, and any may read it.
    """

    def __init__(self, *, most_cells: int = MOST_CELLS) -> None:
        """No frame yet.

        Args:
            most_cells: Weights of a probe that are kept, of all epochs together.
        """
        self._most_cells = most_cells
        self._frames: tuple[tuple[FramePayload, ...], ...] = ()
        self._payloads: dict[int, Payload] = {}  # of the frames so far: a page asks every second
        self._epochs = 0
        self._best: int | None = None
        self._problem = ""

    @property
    def epochs(self) -> int:
        """How many epochs were added."""
        return self._epochs

    def add(self, report: EpochReport) -> None:
        """Add an epoch; where there is no room, others are let go of."""
        best = report.number if report.best else self._best
        frames: list[tuple[FramePayload, ...]] = []
        for place, probe in enumerate(report.probes):
            try:
                frame = frame_payload(frame_of(probe.capture, epoch=report.number, note=note_of(report, probe)))
            except ShapeError as error:  # too long to be watched, which is no reason not to train
                self._problem = str(error)
                frames.append(())
                continue
            every = (*(self._frames[place] if place < len(self._frames) else ()), frame)
            shown = shown_epochs(
                [one.epoch for one in every], room=max(3, self._most_cells // max(1, frame.cells)), best=best
            )
            frames.append(tuple(one for one in every if one.epoch in shown))
        # Last: whoever reads meanwhile sees the epoch before.
        self._frames, self._epochs, self._best, self._payloads = tuple(frames), report.number, best, {}

    def problem(self, probe: int) -> str:
        """Why a probe cannot be watched, in a sentence; `""` if it can."""
        return "" if self._frames[probe] else self._problem

    def payload(self, probe: int) -> Payload:
        """What the browser gets of one probe.

        Args:
            probe: Its position among the probes.
        """
        known = self._payloads
        if probe not in known:
            known[probe] = film_payload(self._frames[probe], epochs=self._epochs, best=self._best)
        return known[probe]

    def heads(self, probe: int) -> int:
        """Heads of all layers together that there are to choose from."""
        return sum(one["heads"] for one in self._frames[probe][0].payload.meta["maps"]) if self._frames else 0


def note_of(report: EpochReport, probe: ProbeAttention) -> str:
    """What there is to say of an epoch, beside its number: what the model says of the probe, and how good it is."""
    parts = [f"The model says {said(probe)}.", f"Validation: loss {report.validation_loss:.3g}"]
    parts += [f"{name} {written(name, value)}" for name, value in report.validation_metrics.items()]
    return ", ".join([f"{parts[0]} {parts[1]}", *parts[2:]]) + (", the best so far." if report.best else ".")


def said(probe: ProbeAttention) -> str:
    """The prediction in words: a class with its probability, or a number."""
    if isinstance(probe.prediction, str):
        return f"{quoted(probe.prediction)} ({max(probe.probabilities):.1%})"
    return f"{probe.prediction:.4g}"


def written(name: str, value: float) -> str:
    """A figure as a person reads it: an accuracy is a share."""
    return f"{value:.1%}" if name == "accuracy" else f"{value:.3g}"
