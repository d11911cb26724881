"""Work that is done one step ahead."""

import threading
from contextvars import ContextVar

import pytest

from attnviz.evaluation.ahead import ahead


def test_results_come_in_order():
    assert list(ahead(lambda number: number**2, range(20))) == [number**2 for number in range(20)]
    assert list(ahead(str, [])) == []


def test_the_next_is_worked_on_while_one_is_used():
    started = [threading.Event() for _ in range(3)]

    def work(number):
        started[number].set()
        return number

    results = ahead(work, range(3))
    assert next(results) == 0
    assert started[1].wait(10)
    assert list(results) == [1, 2]


def test_an_error_comes_where_its_result_is_due():
    results = ahead(lambda number: 1 / number, [1, 0, 2])
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_the_thread_has_the_callers_context():
    name: ContextVar[str] = ContextVar("name", default="nobody")
    name.set("caller")
    assert list(ahead(lambda _: name.get(), [1])) == ["caller"]


def test_no_thread_is_left_behind():
    before = threading.active_count()
    results = ahead(str, range(100))
    next(results)
    results.close()
    assert threading.active_count() == before
