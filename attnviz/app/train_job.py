"""One training as the server does it: a process of its own, watched by a background job that the page asks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from attnviz.app.background_jobs import Job
from attnviz.app.train_film import Film
from attnviz.app.train_probes import Probes
from attnviz.training.child_process import ChildTraining
from attnviz.training.limits import TrainingLimits
from attnviz.training.reports import EpochReport
from attnviz.training.settings import TrainingSettings
from attnviz.training.trained_files import TrainedFiles
from attnviz.training.training_data import TrainingData

KIND = "training"
"""Kind of the background job."""


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainingPlan:
    """What is trained.

    Attributes:
        architecture: Name of one of `ARCHITECTURES`.
        data: What it learns from.
        settings: How.
        probes: What is watched.
        name: Name of the model.
    """

    architecture: str
    data: TrainingData
    settings: TrainingSettings
    probes: Probes
    name: str


class TrainingRun:
    """What is known of a training while it runs, and after it. One thread writes, any may read.

    Attributes:
        probes: What is watched.
        epochs: Most epochs that there will be.
        reports: Every epoch so far, without the attention on the probes, which is in `film`.
        film: That attention.
    """

    def __init__(self, plan: TrainingPlan) -> None:
        self.probes = plan.probes
        self.epochs = plan.settings.epochs
        self.reports: tuple[EpochReport, ...] = ()
        self.film = Film()

    def add(self, report: EpochReport) -> None:
        """Add an epoch."""
        self.film.add(report)  # first: whoever sees a report finds its frame
        self.reports = (*self.reports, replace(report, probes=()))


def best_of(reports: Sequence[EpochReport]) -> int | None:
    """The epoch of the lowest validation loss among the first ones; None without one."""
    return next((report.number for report in reversed(reports) if report.best), None)


def training_work(plan: TrainingPlan, limits: TrainingLimits) -> Callable[[Job], TrainedFiles]:
    """The work of a background job: train, report every epoch, and return the model as files.

    A job that is cancelled is stopped, and returns the best weights that there were until then.

    Args:
        plan: What is trained.
        limits: What it may take.
    """

    def work(job: Job) -> TrainedFiles:
        run = TrainingRun(plan)
        job.report(run)
        with ChildTraining.start(
            plan.architecture,
            plan.data,
            settings=plan.settings,
            probes=plan.probes.sequences,
            limits=limits,
            name=plan.name,
        ) as training:
            for report in training.reports(stopped=lambda: job.cancelled):
                run.add(report)
            files = training.result()
        return replace(files, history=run.reports)  # the attention on the probes is in the film, and takes less there

    return work
