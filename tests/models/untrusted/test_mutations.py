"""A hundred of the changed model files of benchmarks/fuzz_models.py: each opens, or is refused in words."""

from benchmarks.fuzz_models import LIMITS, cases, tried


def test_every_changed_file_opens_or_is_refused() -> None:
    outcomes = [tried(mutation, content) for mutation, content in cases(100, seed=7)]
    unexpected = [outcome for outcome in outcomes if outcome.result.startswith(("FAILED", "refused: passed"))]
    assert not unexpected
    assert len({outcome.result for outcome in outcomes}) > 5  # they reach every stage of the checks
    assert any(outcome.result == "opened" for outcome in outcomes)
    assert max(outcome.seconds for outcome in outcomes) < 2 * LIMITS.check_seconds
