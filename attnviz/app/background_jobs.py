"""Long work on the server's side: it goes on while its person looks at another page, or reconnects.

A job is known by an id that nobody can guess. Whoever has the id may see the job and cancel it; nobody can list jobs.
"""

import atexit
import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from attnviz.errors import AttnVizError

KEEP_SECONDS = 60 * 60.0
"""How long a job is kept after somebody asked for it last: a result is dropped then, and work is cancelled."""
SECONDS_BETWEEN_SWEEPS = 30.0
_SECONDS_TO_END = 3.0

GENERAL_MESSAGE = "Something on the server failed, and its log says what. Nothing of yours was changed: try again."
OUT_OF_MEMORY = "The server has not enough memory for this. Try with fewer or shorter examples."

_log = logging.getLogger(__name__)


class JobError(AttnVizError, RuntimeError):
    """A job cannot be started; the message says why and what to do."""


class JobState(StrEnum):
    """Where a job is on its way."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing will happen any more."""
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class Job:
    """One piece of work, seen from its own thread (`report`, `cancelled`) and from the sessions (the rest).

    Attributes:
        id: 256 random bits, as text for a link.
        kind: What kind of work: there are limits for each.
        title: What it works on, in a person's words.
    """

    def __init__(self, kind: str, title: str = "") -> None:
        self.id = secrets.token_urlsafe(32)
        self.kind = kind
        self.title = title
        self._cancel = threading.Event()
        self._ended = threading.Event()
        self._state = JobState.QUEUED
        self._progress: Any = None
        self._result: Any = None
        self._message = ""
        self._asked = 0.0

    @property
    def state(self) -> JobState:
        """Where it is on its way."""
        return self._state

    @property
    def progress(self) -> Any:
        """What `report` was given last; None before the first time."""
        return self._progress

    @property
    def result(self) -> Any:
        """What the work returned: once it is done, and of cancelled work what it had until then, or None."""
        return self._result

    @property
    def message(self) -> str:
        """Why it failed, in a sentence for its person; `""` if it did not."""
        return self._message

    @property
    def cancelled(self) -> bool:
        """Whether it was asked to end; the work looks here between two of its steps and returns what it has."""
        return self._cancel.is_set()

    def report(self, progress: Any) -> None:
        """Say how far the work is. For the work itself."""
        self._progress = progress

    def cancel(self) -> None:
        """Ask it to end. Queued work never begins; running work ends at its next step."""
        self._cancel.set()

    def wait(self, seconds: float) -> bool:
        """Wait until it ended, at most so long; whether it did."""
        return self._ended.wait(seconds)


Work = Callable[[Job], Any]


@dataclass(frozen=True, kw_only=True)
class KindLimits:
    """How much of one kind of work the server does.

    Attributes:
        at_once: Jobs that run at the same time; the others wait.
        waiting: Jobs that may wait.
    """

    at_once: int = 2
    waiting: int = 20


class BackgroundJobs:
    """The jobs of all sessions of a server process."""

    def __init__(
        self,
        limits: Mapping[str, KindLimits] | None = None,
        *,
        keep_seconds: float = KEEP_SECONDS,
        sweep_seconds: float = SECONDS_BETWEEN_SWEEPS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """No job yet.

        Args:
            limits: Of each kind of work; those of `KindLimits()` for another kind.
            keep_seconds: As `KEEP_SECONDS`.
            sweep_seconds: How often jobs are looked for that nobody asks for any more.
            clock: Gives seconds.
        """
        self._limits = dict(limits or {})
        self._keep_seconds, self._sweep_seconds, self._clock = keep_seconds, sweep_seconds, clock
        self._lock = threading.RLock()
        self._jobs: dict[str, Job] = {}  # in the order in which they were started
        self._waiting: dict[str, Work] = {}  # by the id of its job, likewise
        self._threads: set[threading.Thread] = set()
        self._sweeper: threading.Timer | None = None

    def start(self, kind: str, work: Work, *, title: str = "", limits: KindLimits | None = None) -> Job:
        """Begin `work` in a thread of its own, now or when there is room.

        Args:
            kind: Limits count the jobs of a kind.
            work: Is called with its job. Its result is held until it is dropped, and so is what that refers to; the
                work itself is let go at its end.
            title: As for `Job`.
            limits: Of this kind from now on, where the operator sets them.

        Raises:
            JobError: If as many jobs of this kind wait as may.
        """
        job = Job(kind, title)
        job._asked = self._clock()
        with self._lock:
            if limits is not None:
                self._limits[kind] = limits
            allowed = self._limits_of(kind)
            self._drop_cancelled()  # they wait no more
            if self._count(kind, JobState.RUNNING) >= allowed.at_once and (
                self._count(kind, JobState.QUEUED) >= allowed.waiting
            ):
                raise JobError(
                    f"The server is busy: {allowed.waiting} others wait for theirs already. Try again in a few minutes."
                )
            self._jobs[job.id], self._waiting[job.id] = job, work
            self._begin_next()
            self._sweep_later()
        return job

    def find(self, job_id: str) -> Job | None:
        """The job of that id, if there is one still; that somebody asked keeps it for longer."""
        with self._lock:
            self._drop_cancelled()
            job = self._jobs.get(job_id)
            if job is not None:
                job._asked = self._clock()
            return job

    def drop(self, job_id: str) -> None:
        """Cancel the job and forget it and its result."""
        with self._lock:
            job = self._jobs.pop(job_id, None)
            if job is None:
                return
            job.cancel()
            if self._waiting.pop(job_id, None) is not None:
                self._end(job, JobState.CANCELLED)

    def ahead_of(self, job: Job) -> int:
        """How many jobs of its kind will begin before it."""
        with self._lock:
            ids = [one for one in self._waiting if one in self._jobs and self._jobs[one].kind == job.kind]
            return ids.index(job.id) if job.id in ids else 0

    def end_all(self) -> None:
        """Cancel every job and wait a moment for those that run: the server ends."""
        with self._lock:
            for job_id in list(self._jobs):
                self.drop(job_id)
            if self._sweeper is not None:
                self._sweeper.cancel()
            threads = list(self._threads)
        end = time.monotonic() + _SECONDS_TO_END
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _limits_of(self, kind: str) -> KindLimits:
        return self._limits.get(kind, KindLimits())

    def _count(self, kind: str, state: JobState) -> int:
        if state is JobState.RUNNING:  # a dropped job still runs until its next step
            return sum(thread.name == _thread_name(kind) for thread in self._threads)
        return sum(job.kind == kind and job.state is state for job in self._jobs.values())

    def _begin_next(self) -> None:
        self._drop_cancelled()
        for job_id in list(self._waiting):
            job = self._jobs[job_id]
            if self._count(job.kind, JobState.RUNNING) >= self._limits_of(job.kind).at_once:
                continue
            work = self._waiting.pop(job_id)
            job._state = JobState.RUNNING
            # A daemon: a server that ends does not wait for work that may take an hour.
            thread = threading.Thread(target=self._run, args=(job, work), name=_thread_name(job.kind), daemon=True)
            self._threads.add(thread)
            thread.start()

    def _run(self, job: Job, work: Work) -> None:
        state, result, message = JobState.FAILED, None, GENERAL_MESSAGE
        try:
            result = work(job)
            state, message = JobState.CANCELLED if job.cancelled else JobState.DONE, ""
        except AttnVizError as error:
            message = str(error)
        except MemoryError:
            _log.exception("No memory is left for a job (%s)", job.kind)
            message = OUT_OF_MEMORY
        except Exception:  # noqa: BLE001 - whatever it is, the page says so and the log has it
            _log.exception("A job failed (%s)", job.kind)
        finally:
            del work  # it may hold a model that belongs to a session which has ended since
            with self._lock:
                self._threads.discard(threading.current_thread())
                self._end(job, state, result, message)
                self._begin_next()

    def _end(self, job: Job, state: JobState, result: Any = None, message: str = "") -> None:
        if job.id in self._jobs:  # nobody can ask for the result of a dropped job
            job._result = result
        job._message, job._state = message, state
        job._ended.set()

    def _drop_cancelled(self) -> None:
        """Queued jobs that were cancelled will never begin."""
        for job_id in [one for one in self._waiting if self._jobs[one].cancelled]:
            del self._waiting[job_id]
            self._end(self._jobs[job_id], JobState.CANCELLED)

    def _sweep_later(self) -> None:
        if self._sweeper is None and self._jobs:
            self._sweeper = threading.Timer(self._sweep_seconds, self._sweep)
            self._sweeper.daemon = True
            self._sweeper.start()

    def _sweep(self) -> None:
        with self._lock:
            self._sweeper = None
            oldest = self._clock() - self._keep_seconds
            for job_id in [one.id for one in self._jobs.values() if one._asked < oldest]:
                self.drop(job_id)
            self._sweep_later()


def _thread_name(kind: str) -> str:
    return f"job: {kind}"


jobs = BackgroundJobs()
"""Those of this server process."""
atexit.register(jobs.end_all)
