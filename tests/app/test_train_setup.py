"""Names of trained models."""

import pytest

from attnviz.app.train_setup import folder_name, suggested_name


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("reviews.csv", "reviews_transformer"),
        ("archive.tar.gz", "archive_transformer"),
        ("../../etc/passwd", "etc passwd_transformer"),
        ("...", "trained_transformer"),
        ("x" * 100 + ".csv", "x" * 48 + "_transformer"),
    ],
)
def test_a_model_is_named_after_its_data_and_architecture(data: str, expected: str):
    assert suggested_name(data, "transformer") == expected


def test_a_name_is_one_that_a_folder_can_have():
    assert folder_name(" my/model\\one. ") == "my model one"
    assert folder_name("..") == ""
