"""The background jobs of one browser session: one of each kind, known by its id in the session and in the link."""

import streamlit as st

from attnviz.app.background_jobs import Job, JobError, KindLimits, Work, jobs

PARAMETER = "job"
"""Parameter of the link: with it, a page that was loaded anew finds its job again."""

_IDS, _GONE = "background jobs", "background jobs that are gone"
_STARTED = "background jobs that were started here"


def start_session_job(kind: str, work: Work, *, title: str = "", limits: KindLimits | None = None) -> Job:
    """Begin `work`, see `BackgroundJobs.start`; the results of this session's last job of this kind are dropped, but
    not those that it found by a link: somebody else may look at them.

    Raises:
        JobError: If this session's last job of this kind has not ended, or the server is busy.
    """
    last = session_job(kind)
    if last is not None and not last.state.ended and not last.cancelled:
        raise JobError("One of yours is on its way already: cancel it first, or wait for its end.")
    job = jobs.start(kind, work, title=title, limits=limits)
    started = st.session_state.setdefault(_STARTED, set())
    if last is not None and last.id in started:
        jobs.drop(last.id)
        started.discard(last.id)
    started.add(job.id)
    _ids()[kind] = job.id
    st.session_state.setdefault(_GONE, set()).discard(kind)
    st.query_params[PARAMETER] = job.id
    return job


def session_job(kind: str) -> Job | None:
    """This session's job of that kind, if it is there still: its own, or the one that the link names.

    For the page of that kind of work, whose link names the job from then on.
    """
    known, linked = _ids().get(kind), st.query_params.get(PARAMETER)
    for job_id in (known, linked):
        job = None if job_id is None else jobs.find(job_id)
        if job is not None and job.kind == kind:
            _ids()[kind] = job.id
            if linked != job.id:  # a change of pages takes it away
                st.query_params[PARAMETER] = job.id
            return job
    if known is not None or linked is not None:
        st.session_state.setdefault(_GONE, set()).add(kind)
        _forget(kind)
    return None


def drop_session_job(kind: str) -> None:
    """Cancel this session's job of that kind, if there is one, and forget its result."""
    job = session_job(kind)
    if job is not None:
        jobs.drop(job.id)
        _forget(kind)


def job_is_gone(kind: str) -> bool:
    """Whether a job of that kind was asked for that the server does not have any more, until another is started."""
    return kind in st.session_state.get(_GONE, ())


def _ids() -> dict[str, str]:
    return st.session_state.setdefault(_IDS, {})


def _forget(kind: str) -> None:
    _ids().pop(kind, None)
    st.query_params.pop(PARAMETER, None)
