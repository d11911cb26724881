"""Sums over tokens by hand, and within their limits."""

import numpy as np
import pytest

from attnviz.evaluation import attended_tokens
from attnviz.evaluation.attended_tokens import EVEN_PRIOR, TokenCounter, token_table


def counted(lowercase=True):
    counter = TokenCounter(("no", "yes"), lowercase=lowercase, special=frozenset({"<s>"}))
    labels = [("<s>", "Good", "good"), ("bad", "film", "")]
    shares = np.array([[0.5, 0.3, 0.2], [0.9, 0.1, 0.7]])
    valid = np.array([[True, True, True], [True, True, False]])
    counter.add(labels, shares, valid, np.array([1, 0]), np.array([1, 1]))
    counter.add([("good",)], np.array([[1.0]]), np.array([[True]]), np.array([1]), np.array([0]))
    return counter.finished()


def test_sums_by_hand():
    table = token_table(counted(), minimum_count=1).set_index(["class", "token"])
    assert set(table.index) == {("yes", "good"), ("no", "bad"), ("no", "film")}
    good = table.loc[("yes", "good")]
    assert (good["count"], good["examples"]) == (3, 2)
    assert good["share"] == pytest.approx((0.3 + 0.2 + 1.0) / 3)
    times = 3 * (0.3 + 0.2) + 1 * 1.0
    assert good["times even"] == pytest.approx(times / 3)
    assert good["score"] == pytest.approx((times + EVEN_PRIOR) / (3 + EVEN_PRIOR))


def test_case_counts_where_the_model_tells_it_apart():
    assert {"Good", "good"} <= set(token_table(counted(lowercase=False), minimum_count=1)["token"])


def test_by_prediction_and_by_whether_it_is_right():
    tokens = counted()
    assert set(token_table(tokens, by="prediction", minimum_count=1)["class"]) == {"no", "yes"}
    right = token_table(tokens, right=True, minimum_count=1)
    wrong = token_table(tokens, right=False, minimum_count=1)
    assert list(right["count"]) == [2]
    assert wrong.set_index("token")["count"].to_dict() == {"bad": 1, "film": 1, "good": 1}


def test_rare_tokens_do_not_lead():
    counter = TokenCounter(())
    none = np.array([-1])
    for _ in range(50):
        counter.add([("often", "never")], np.array([[0.8, 0.2]]), np.ones((1, 2), bool), none, none)
    counter.add([("once", "never")], np.array([[1.0, 0.0]]), np.ones((1, 2), bool), none, none)
    table = token_table(counter.finished(), minimum_count=1)
    assert list(table["token"]) == ["often", "once", "never"]
    assert list(token_table(counter.finished())["token"]) == ["often", "never"]
    assert set(table["class"]) == {""}


def test_marks_around_the_text_are_listed_when_asked_for():
    assert "<s>" in set(token_table(counted(), minimum_count=1, special=True)["token"])


def test_memory_stays_within_its_limit(monkeypatch):
    monkeypatch.setattr(attended_tokens, "PENDING", 20)
    monkeypatch.setattr(attended_tokens, "MOST_KEPT", 10)
    counter = TokenCounter(())
    none = np.array([-1])
    for number in range(200):
        counter.add([("often", f"rare {number}")], np.array([[0.9, 0.1]]), np.ones((1, 2), bool), none, none)
    tokens = counter.finished()
    assert len(tokens.sums) <= 10
    often = tokens.sums.set_index("token").loc["often"]
    assert often["count"] == 200
    assert often["share"] == pytest.approx(180)
    assert tokens.forgotten + tokens.sums["count"].sum() == 400


def test_a_share_that_is_not_known_does_not_count():
    counter = TokenCounter(())
    none = np.array([-1])
    counter.add([("seen", "masked")], np.array([[1.0, np.nan]]), np.ones((1, 2), bool), none, none)
    assert list(counter.finished().sums["token"]) == ["seen"]
