"""Files that many tests begin from."""

import pytest

from tests.models.untrusted.model_files import saved, small_model, transformer_classifier


@pytest.fixture(scope="session")
def small() -> bytes:
    """A `.keras` file with 23 numbers in two Dense layers."""
    return saved(small_model())


@pytest.fixture(scope="session")
def transformer() -> bytes:
    """A `.keras` file of a transformer classifier."""
    return saved(transformer_classifier())
