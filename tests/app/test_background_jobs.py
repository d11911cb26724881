"""Work beside the sessions: real threads, states, limits, and what is let go."""

import gc
import json
import re
import threading
import time
import weakref
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from attnviz.app.background_jobs import GENERAL_MESSAGE, BackgroundJobs, Job, JobError, JobState, KindLimits, jobs
from attnviz.errors import InputError

SECONDS = 30


@pytest.fixture
def server() -> Iterator[BackgroundJobs]:
    of_a_server = BackgroundJobs({"evaluation": KindLimits(at_once=1, waiting=2)})
    yield of_a_server
    of_a_server.end_all()


class Held:
    """Work that says when it begins, and goes on until it is let go or cancelled."""

    def __init__(self, result: object = "result") -> None:
        self.begun, self.released = threading.Event(), threading.Event()
        self.result = result

    def __call__(self, job: Job) -> object:
        self.begun.set()
        while not job.cancelled and not self.released.wait(0.005):
            pass
        return self.result


def _becomes(true: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end, "It did not come true."
        threading.Event().wait(0.005)


def test_a_job_reports_its_progress_and_gives_its_result(server):
    reported, goes_on = threading.Event(), threading.Event()

    def work(job: Job) -> int:
        job.report("half")
        reported.set()
        assert goes_on.wait(SECONDS)
        return 42

    job = server.start("evaluation", work)
    assert reported.wait(SECONDS)
    assert (job.state, job.progress, job.result) == (JobState.RUNNING, "half", None)
    assert server.find(job.id) is job
    goes_on.set()
    assert job.wait(SECONDS)
    assert (job.state, job.result, job.message) == (JobState.DONE, 42, "")


def test_cancelled_work_keeps_what_it_had(server):
    work = Held(result="the first rows")
    job = server.start("evaluation", work)
    assert work.begun.wait(SECONDS)
    job.cancel()
    assert job.wait(SECONDS)
    assert (job.state, job.result) == (JobState.CANCELLED, "the first rows")


def test_what_the_house_raises_is_told_and_anything_else_only_logged(server, caplog):
    def refuse(job: Job) -> None:
        raise InputError("There is no row left.")

    def break_down(job: Job) -> None:
        raise ZeroDivisionError("a secret path")

    refused, broken = server.start("other", refuse), server.start("other", break_down)
    assert refused.wait(SECONDS)
    assert broken.wait(SECONDS)
    assert (refused.state, refused.message) == (JobState.FAILED, "There is no row left.")
    assert (broken.state, broken.message) == (JobState.FAILED, GENERAL_MESSAGE)
    assert "a secret path" in caplog.text


def test_others_wait_and_begin_in_their_order(server):
    works = [Held(), Held(), Held()]
    first, second, third = (server.start("evaluation", work) for work in works)
    assert works[0].begun.wait(SECONDS)
    assert [one.state for one in (first, second, third)] == [JobState.RUNNING, JobState.QUEUED, JobState.QUEUED]
    assert (server.ahead_of(second), server.ahead_of(third)) == (0, 1)
    with pytest.raises(JobError, match="2 others wait"):
        server.start("evaluation", Held())
    elsewhere = Held()
    server.start("training", elsewhere)
    assert elsewhere.begun.wait(SECONDS), "another kind has limits of its own"
    works[0].released.set()
    assert works[1].begun.wait(SECONDS)
    assert not works[2].begun.is_set()
    works[1].released.set()
    assert works[2].begun.wait(SECONDS)


def test_a_queued_job_that_is_cancelled_never_begins(server):
    running, never, last = Held(), Held(), Held()
    server.start("evaluation", running)
    waiting = server.start("evaluation", never)
    server.start("evaluation", last)
    waiting.cancel()
    assert server.find(waiting.id).state is JobState.CANCELLED
    assert waiting.wait(0)
    running.released.set()
    assert last.begun.wait(SECONDS)
    assert not never.begun.is_set()


def test_a_dropped_job_is_cancelled_and_makes_room(server):
    running, following = Held(), Held()
    dropped = server.start("evaluation", running)
    server.start("evaluation", following)
    assert running.begun.wait(SECONDS)
    server.drop(dropped.id)
    assert server.find(dropped.id) is None
    assert following.begun.wait(SECONDS)
    assert dropped.wait(SECONDS)
    assert dropped.result is None


def test_nobody_can_guess_an_id(server):
    ids = {server.start("other", lambda job: None).id for _ in range(8)}
    assert len(ids) == 8
    assert all(re.fullmatch(r"[\w-]{43}", one) for one in ids)  # 32 random bytes
    assert server.find("evaluation") is None
    assert server.find("") is None


class Model:
    """Something that would be expensive to hold."""


def test_the_work_is_let_go_at_its_end_and_the_result_when_it_is_dropped(server):
    model, result = Model(), Model()
    worked_with, returned = weakref.ref(model), weakref.ref(result)

    def work(job: Job, used: Model = model, gives: list[Model] = [result]) -> Model:  # noqa: B006 - emptied below
        return gives.pop()

    job = server.start("evaluation", work)
    del work, model, result
    assert job.wait(SECONDS)
    _becomes(lambda: gc.collect() >= 0 and worked_with() is None)
    assert returned() is job.result
    server.drop(job.id)
    del job
    _becomes(lambda: gc.collect() >= 0 and returned() is None)


def test_what_nobody_asks_for_is_dropped_after_a_time_and_its_work_ends():
    now = 0.0
    server = BackgroundJobs(keep_seconds=60, sweep_seconds=0.02, clock=lambda: now)
    work = Held()
    done, running = server.start("evaluation", lambda job: "result"), server.start("evaluation", work)
    asked = server.start("other", lambda job: "asked for")
    assert work.begun.wait(SECONDS)
    now = 50.0
    assert server.find(asked.id) is asked
    now = 70.0
    _becomes(lambda: set(server._jobs) == {asked.id})
    assert running.wait(SECONDS)
    assert server.find(done.id) is None
    assert server.find(asked.id) is asked
    now = 131.0
    _becomes(lambda: not server._jobs and server._sweeper is None)  # nothing to look for, so nobody looks


def test_the_end_of_the_server_ends_every_job():
    server = BackgroundJobs({"evaluation": KindLimits(at_once=1)})
    running, never = Held(), Held()
    one, other = server.start("evaluation", running), server.start("evaluation", never)
    assert running.begun.wait(SECONDS)
    server.end_all()
    assert one.wait(SECONDS)
    assert other.wait(SECONDS)
    assert not never.begun.is_set()
    assert not server._threads


def _page() -> None:
    """A page with one job: what stands on it is asserted below."""
    import json

    import streamlit as st

    from attnviz.app.background_jobs import JobError
    from attnviz.app.session_jobs import drop_session_job, job_is_gone, session_job, start_session_job

    refused = ""
    if st.session_state.pop("start", None):
        try:
            start_session_job("evaluation of a test", st.session_state.pop("work"), title="spam on 5 rows")
        except JobError as error:
            refused = str(error)
    if st.session_state.pop("drop", None):
        drop_session_job("evaluation of a test")
    job = session_job("evaluation of a test")
    st.text(
        json.dumps(
            {
                "job": None if job is None else job.id,
                "refused": refused,
                "gone": job_is_gone("evaluation of a test"),
                "link": st.query_params.get("job"),
            }
        )
    )


def _run(page: AppTest, **state: object) -> dict[str, str]:
    for name, value in state.items():
        page.session_state[name] = value
    page.run()
    assert not page.exception
    return json.loads(page.text[0].value)


def test_a_session_finds_its_job_again_by_its_state_and_by_its_link():
    work = Held()
    page = AppTest.from_function(_page)
    assert _run(page) == {"job": None, "refused": "", "gone": False, "link": None}
    begun = _run(page, start=True, work=work)
    assert begun["job"] == begun["link"]
    page.query_params.clear()  # as a change of pages does
    assert _run(page) == begun
    anew = AppTest.from_function(_page)
    anew.query_params["job"] = begun["link"]
    assert _run(anew)["job"] == begun["job"]
    other = AppTest.from_function(_page)
    assert _run(other)["job"] is None
    assert "on its way already" in _run(page, start=True, work=Held())["refused"]
    assert _run(page, drop=True)["job"] is None
    assert jobs.find(begun["job"]) is None
    assert _run(anew) == {"job": None, "refused": "", "gone": True, "link": None}


def test_the_next_job_of_a_session_takes_the_place_of_its_last():
    page = AppTest.from_function(_page)
    first = _run(page, start=True, work=lambda job: "first")["job"]
    assert jobs.find(first).wait(SECONDS)
    second = _run(page, start=True, work=lambda job: "second")["job"]
    assert second != first
    assert jobs.find(first) is None
    assert jobs.find(second).title == "spam on 5 rows"
    jobs.drop(second)


def test_a_job_that_was_found_by_a_link_stays_for_those_who_gave_it():
    owner, guest = AppTest.from_function(_page), AppTest.from_function(_page)
    first = _run(owner, start=True, work=lambda job: "first")["job"]
    assert jobs.find(first).wait(SECONDS)
    guest.query_params["job"] = first
    second = _run(guest, start=True, work=lambda job: "second")["job"]
    assert jobs.find(second).wait(SECONDS)
    assert _run(owner)["job"] == first
    assert jobs.find(first).result == "first"
    third = _run(guest, start=True, work=lambda job: "third")["job"]
    assert jobs.find(second) is None
    for job_id in (first, third):
        jobs.drop(job_id)


def test_a_job_of_another_kind_is_none_of_this_page():
    work = Held()
    job = jobs.start("training of a test", work)
    page = AppTest.from_function(_page)
    page.query_params["job"] = job.id
    assert _run(page)["job"] is None
    assert jobs.find(job.id) is job
    jobs.drop(job.id)
