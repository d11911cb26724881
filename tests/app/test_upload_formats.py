"""JSONL, Parquet and NPZ on Explore: a row of each is picked and looked at, and hostile ones get a message."""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.app.jobs import preload

MAIN = str(Path(attnviz.__file__).parent / "app" / "main.py")


@pytest.fixture(scope="module", autouse=True)
def _loaded():
    preload.start()
    preload._thread.join(timeout=120)
    assert preload.progress.ready, preload.progress


def upload(model, name, content):
    app = AppTest.from_file(MAIN, default_timeout=30)
    app.query_params["model"] = model
    app.run()
    app.file_uploader(key="file").set_value((name, content, "application/octet-stream")).run()
    assert not app.exception
    return app


def parquet(**columns):
    stream = io.BytesIO()
    pd.DataFrame(columns).to_parquet(stream)
    return stream.getvalue()


def archive(**arrays):
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


REVIEWS = ["A kind waiter.", "The soup was cold."]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", "\n".join(json.dumps({"stars": 5, "review": one}) for one in REVIEWS).encode()),
        ("a.parquet", parquet(stars=[5, 1], review=REVIEWS)),
        ("a.npz", archive(stars=np.array([5, 1]), review=np.array(REVIEWS))),
    ],
    ids=["jsonl", "parquet", "npz"],
)
def test_texts_are_offered_with_their_other_columns(name, content):
    app = upload("sentiment", name, content)
    assert not app.error
    table = next(one.value for one in app.dataframe if "review" in one.value)
    assert table["review"].tolist() == REVIEWS
    assert "stars" in table
    (column,) = (one for one in app.selectbox if one.label == "Column")
    assert column.value == "review"


def test_pictures_of_an_archive_are_offered():
    pictures = np.random.default_rng(0).integers(0, 17, (3, 8, 8))
    app = upload("digits", "a.npz", archive(x=pictures, y=np.array([1, 2, 3])))
    assert not app.error
    table = next(one.value for one in app.dataframe if "x" in one.value)
    assert len(table) == 3
    assert table["x"][0].endswith("(8 × 8)")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("bomb.npz", archive(x=np.zeros(1_000_000, np.int64)), "more than 4 MB of memory"),
        ("objects.npz", archive(x=np.array([{"a": 1}], dtype=object)), "Python objects, which are never opened"),
        ("broken.parquet", b"PAR1" + bytes(50) + b"PAR1", "Save it again"),
        ("broken.jsonl", b"{\n[\n", "No row of the file can be read"),
        ("picture.jsonl", b"\x89PNG\r\n\x1a\n0000", "its content is a PNG picture"),
    ],
    ids=["bomb", "objects", "broken parquet", "broken jsonl", "picture"],
)
def test_hostile_files_get_a_message(name, content, message, monkeypatch):
    monkeypatch.setenv("ATTNVIZ_UPLOAD_MEGABYTES", "1")
    app = upload("sentiment", name, content)
    assert message in " ".join(one.value.replace("\\", "") for one in app.error)
