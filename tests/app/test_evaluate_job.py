"""The evaluation as a job: what it reports, what it leaves when it is cancelled, and that it keeps no model."""

import gc
import threading
import time
import weakref

import numpy as np
import pytest

from attnviz.app.background_jobs import BackgroundJobs, JobState
from attnviz.app.evaluate_job import Summarising, evaluation_work
from attnviz.evaluation.examples import LabelledData
from attnviz.evaluation.results import Progress
from attnviz.models.loaded import LoadedModel, open_model
from attnviz.models.registry import model_folders
from attnviz.report.findings import Findings

SECONDS = 120


@pytest.fixture
def server():
    jobs = BackgroundJobs()
    yield jobs
    jobs.end_all()


def _model() -> LoadedModel:
    return open_model(model_folders()["spam"])  # anew: nobody else holds it


def _data(model: LoadedModel, count: int) -> LabelledData:
    return LabelledData(
        name="messages.csv",
        sequences=[f"Claim your prize number {one}" if one % 2 else f"See you at {one}" for one in range(count)],
        targets=np.arange(count) % 2,
        lines=np.arange(2, count + 2),
        task="classification",
        classes=model.card.classes,
    )


def test_it_reports_how_far_it_is_and_ends_with_findings_of_every_example(server):
    model = _model()
    work = evaluation_work(model, _data(model, 64), model_digest="abc")
    job = server.start("evaluation", work)
    assert job.wait(SECONDS)
    assert job.state is JobState.DONE, job.message
    findings: Findings = job.result
    assert findings.evaluation.complete
    assert len(findings.evaluation.examples) == 64
    assert findings.model_digest == "abc"
    assert next(one for one in findings.figures if one.name == "accuracy").examples == 64
    assert job.progress == Summarising(64)


def test_what_was_done_until_it_was_cancelled_is_kept(server):
    model = _model()
    data = _data(model, 20_000)
    job = server.start("evaluation", evaluation_work(model, data))
    end = time.monotonic() + SECONDS
    while not isinstance(job.progress, Progress) and time.monotonic() < end and not job.wait(0.01):
        pass
    assert isinstance(job.progress, Progress | Summarising)
    assert 0 < getattr(job.progress, "done", 1) <= len(data)
    job.cancel()
    assert job.wait(SECONDS)
    assert job.state is JobState.CANCELLED
    done = job.result.evaluation
    assert 0 < done.evaluated.sum() == len(done.examples)
    if not done.complete:  # else it was faster than the test
        assert done.evaluated.sum() < len(data)


def test_cancelled_before_its_first_batch_it_leaves_nothing(server):
    model = _model()
    begin, begun = threading.Event(), threading.Event()
    work = evaluation_work(model, _data(model, 8))

    def later(job):
        begun.set()
        assert begin.wait(SECONDS)
        return work(job)

    job = server.start("evaluation", later)
    assert begun.wait(SECONDS)
    job.cancel()
    begin.set()
    assert job.wait(SECONDS)
    assert (job.state, job.result) == (JobState.CANCELLED, None)


def test_the_model_dies_with_its_session_although_the_results_are_kept(server):
    model = _model()
    held = weakref.ref(model.keras_model)
    job = server.start("evaluation", evaluation_work(model, _data(model, 8)))
    assert job.wait(SECONDS)
    assert job.state is JobState.DONE, job.message
    del model
    end = time.monotonic() + SECONDS
    while held() is not None and time.monotonic() < end:
        gc.collect()
    assert held() is None
    assert job.result is not None
