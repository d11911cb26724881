import numpy as np
import pandas as pd
import pytest

from attnviz.errors import InputError, ShapeError
from attnviz.sequences.reading import read_upload
from attnviz.sequences.specification import NumericSpecification, TextSpecification
from attnviz.sequences.upload import Upload

TEXT = TextSpecification(name="text", vocabulary=("good",), maximum_length=5)
BOUNDED = NumericSpecification(name="x", features=("a", "b"), step="row", minimum=0, maximum=9)


def test_a_column_that_does_not_exist_is_refused_with_those_that_do():
    upload = read_upload("a.csv", b"text,y\ngood,fine\n", TEXT)
    with pytest.raises(InputError, match=r"There is no column “review”\. The columns are: “text”, “y”\."):
        upload.sequence(0, "review")


@pytest.mark.parametrize("row", [-1, 1])
def test_a_row_that_does_not_exist_is_refused(row):
    upload = read_upload("a.csv", b"text,y\ngood,1\n", TEXT)
    with pytest.raises(InputError, match=rf"There is no row {row + 1}\. The file has 1\."):
        upload.sequence(row, "text")


def test_numbers_out_of_range_are_refused_with_their_row():
    upload = read_upload("a.json", b"[[[1, 2]], [[3, 10]]]", BOUNDED)
    assert upload.sequence(0, "values").dtype == np.float64
    with pytest.raises(
        InputError, match=r"Row 2: The value of row 1, feature 2 \(b\) must be from 0 to 9\. Received: 10"
    ):
        upload.sequence(1, "values")


def test_a_numeric_table_shows_the_row_and_a_short_preview():
    upload = read_upload("a.json", str([[[index, index] for index in range(8)]] * 3).encode(), BOUNDED)
    assert upload.table["row"].tolist() == [1, 2, 3]
    assert upload.table["values"][0] == "0, 0, 1, 1, 2, 2, 3, 3, … (8)"


def test_a_long_cell_is_previewed_in_part():
    data = "series\n" + '"' + ";".join(["1,2"] * 50) + '"\n'
    upload = read_upload("a.csv", data.encode(), BOUNDED)
    assert upload.table["series"][0] == ";".join(["1,2"] * 15) + ";…"
    assert upload.sequence(0, "series").shape == (50, 2)


def test_the_record_checks_itself():
    with pytest.raises(ShapeError, match=r"`suggested_column` among them"):
        Upload(
            name="a.txt",
            columns=("text",),
            suggested_column="other",
            table=pd.DataFrame({"text": ["a"]}),
            values={"text": ["a"]},
            specification=TEXT,
        )
