"""One step ahead: work that a thread does while its results are used."""

import contextvars
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def ahead(function: Callable[[Item], Result], items: Iterable[Item], *, steps: int = 1) -> Generator[Result]:
    """What `function` gives for each item, in order; it works on the next ones while the caller uses what it got.

    One thread does all the work, in the caller's context. What `function` raises is raised where its result is due.

    Args:
        function: Called once for each item.
        items: Taken one by one, `steps` ahead.
        steps: How many results may wait to be used.
    """
    with ThreadPoolExecutor(1) as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(contextvars.copy_context().run, function, item))
                if len(waiting) > steps:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for one in waiting:
                one.cancel()
