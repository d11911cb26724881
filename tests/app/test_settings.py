import pytest

from attnviz import InputError
from attnviz.app.settings import UPLOAD_MEGABYTES, UPLOAD_SEQUENCES, upload_limits


def test_limits_unless_the_operator_says_otherwise(monkeypatch):
    monkeypatch.delenv(UPLOAD_MEGABYTES, raising=False)
    assert upload_limits().maximum_bytes == 100 * 2**20
    assert upload_limits().maximum_sequences == 100_000


def test_the_operator_sets_both(monkeypatch):
    monkeypatch.setenv(UPLOAD_MEGABYTES, "3")
    monkeypatch.setenv(UPLOAD_SEQUENCES, "7")
    assert upload_limits().maximum_bytes == 3 * 2**20
    assert upload_limits().maximum_sequences == 7


@pytest.mark.parametrize("value", ["", "0", "-1", "many", "1.5"])
def test_a_setting_that_is_no_number_is_said(monkeypatch, value):
    monkeypatch.setenv(UPLOAD_MEGABYTES, value)
    with pytest.raises(InputError, match=f"{UPLOAD_MEGABYTES} must be a whole number above 0"):
        upload_limits()
