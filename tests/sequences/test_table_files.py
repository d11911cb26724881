import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.errors import InputError
from attnviz.sequences.numeric import format_numbers
from attnviz.sequences.reading import UploadLimits, read_upload
from attnviz.sequences.specification import NumericSpecification, TextSpecification

TEXT = TextSpecification(name="text", vocabulary=("good",), maximum_length=5)
PAIRS = NumericSpecification(name="pairs", features=("left", "right"), step="row", length=3)
SERIES = NumericSpecification(name="series", features=("x",), step="day")
GRID = np.array([[1.0, 2], [3, 4], [5, 6]])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_of_a_csv_is_found_out(delimiter):
    data = f'label{delimiter}review\n1{delimiter}"a, b; c | d\te"\n0{delimiter}bad\n'.encode()
    upload = read_upload("a.csv", data, TEXT)
    assert upload.columns == ("review",)
    assert upload.sequence(0, "review") == "a, b; c | d\te"
    assert upload.table.to_dict("list") == {"label": ["1", "0"], "review": ["a, b; c | d\te", "bad"]}


def test_commas_in_texts_do_not_hide_the_semicolons_between_cells():
    upload = read_upload("a.csv", b"text;y\nwell, yes;1\nno, no, no;0\n", TEXT)
    assert upload.table["text"].tolist() == ["well, yes", "no, no, no"]


def test_a_tsv_is_separated_by_tabs_whatever_else_it_holds():
    assert read_upload("A.TSV", b"text\ty\na,b,c\t1\n", TEXT).sequence(0, "text") == "a,b,c"


def test_quotation_marks_of_a_tsv_that_are_part_of_the_text():
    upload = read_upload("a.tsv", b'text\ty\n"Great" film\t1\n', TEXT)
    assert upload.sequence(0, "text") == '"Great" film'
    assert upload.notices == ("Quotation marks were read as part of the text.",)
    assert read_upload("a.tsv", b'text\ty\n"a\tb"\t1\n', TEXT).sequence(0, "text") == "a\tb"


def test_missing_value_words_stay_text():
    upload = read_upload("a.csv", b"text,y\nNA,1\nnull,2\nnan,3\n", TEXT)
    assert [upload.sequence(row, "text") for row in range(3)] == ["NA", "null", "nan"]


def test_a_cell_of_several_lines_and_a_very_long_one():
    long = "x" * 200_000
    upload = read_upload("a.csv", f'text,y\n"first\nsecond ""quoted""",1\n{long},2\n'.encode(), TEXT)
    assert upload.sequence(0, "text") == 'first\nsecond "quoted"'
    assert upload.sequence(1, "text") == long


def test_the_column_is_suggested_by_its_name_else_by_its_length():
    named = read_upload("a.csv", b"comment about it,Text\nvery long words here,ok\n", TEXT)
    assert named.columns == ("comment about it", "Text")
    assert named.suggested_column == "Text"
    assert read_upload("a.csv", b"a,b\nx,much longer\n", TEXT).suggested_column == "b"


def test_empty_lines_are_counted_and_an_empty_cell_is_refused_when_it_is_picked():
    upload = read_upload("a.csv", b"text,y\n\ngood,1\n,2\n\n", TEXT)
    assert upload.notices == ("2 empty lines were left out.",)
    with pytest.raises(InputError, match=r"Row 2: column “text” is empty\. Pick another row\."):
        upload.sequence(1, "text")


def test_a_column_without_a_name_gets_one():
    assert read_upload("a.csv", b",text\n0,good\n", TEXT).table.columns.tolist() == ["column 1", "text"]


def test_a_first_line_that_looks_like_data_is_pointed_out():
    (notice,) = read_upload("a.csv", b"%b,1\nbad,2\n" % (b"good " * 40), TEXT).notices
    assert notice.startswith("The first line was read as column names: “good good")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"text,y\ngood,1\nbad\n", r"Line 3 must have 2 cells like the first line\. Received: 1\."),
        (b'text,y\n"two\nlines",1\n\nbad,1,2\n', r"Line 5 must have 2 cells like the first line\. Received: 3\."),
        (
            b"text\nwell, yes\n",
            r"Line 2 must have 1 cell .*Received: 2\. A comma ends a cell, unless .* quotation marks",
        ),
        (b'text,y\n"good,1\nbad,2\n', r"quotation mark that opens in the row at line 2 is never closed"),
        (b'text,y\nok,1\n"go"od,1\n', r"quotation marks in the row at line 3 do not fit together"),
        (b"text,y,text\na,b,c\n", r"Each column must have a name of its own\. Received more than once: “text”"),
        (b"text,y\n", r"column names and no rows under them"),
        (b"\n\n", r"All rows of the file are empty"),
        (b"text,y\n,\n , \n", r"All rows of the file are empty"),
        (b"x,y\n1,2\n", r"The model takes text, and the file holds none\. Columns: “x”, “y”"),
        (b"1,2\n3,4\n", r"The model takes text, and the file holds none\. Columns: “column 1”, “column 2”"),
        (b"a," * 10_001, r"at most 10,000 columns\. Received: 10,002"),
        (b"," * 5_000_001, r"Line 1 has more than 5,000,000 cells"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(data, message):
    with pytest.raises(InputError, match=message):
        read_upload("a.csv", data, TEXT)


def test_too_many_rows_are_refused():
    for specification in (TEXT, SERIES):
        data = b"id,text\n" + b"x,a\n" * 3 if specification is TEXT else b"a,b\n" + b"1,2\n" * 3
        assert len(read_upload("a.csv", data, specification, UploadLimits(maximum_sequences=3)).table) == 3
        with pytest.raises(InputError, match="more than 2 sequences"):
            read_upload("a.csv", data, specification, UploadLimits(maximum_sequences=2))


def test_an_endless_run_of_empty_lines_is_refused():
    with pytest.raises(InputError, match="more than 5,000,000 lines"):
        read_upload("a.csv", b"a\n" + b"\n" * 5_000_001, TEXT)


@pytest.mark.parametrize("header", ["", "left,right\n"])
def test_rows_as_wide_as_a_step_are_one_sequence(header):
    upload = read_upload("a.csv", f"{header}1,2\n3,4\n5,6\n".encode(), PAIRS)
    assert upload.columns == ("values",)
    assert upload.table.to_dict("list") == {"row": [1], "values": ["1, 2, 3, 4, 5, 6"]}
    assert upload.notices[-1] == "All lines (3) were read as a single sequence, one row each."
    assert len(upload.notices) == (1 if header else 2)
    assert header or "first line holds only numbers, so it was read as data" in upload.notices[0]
    np.testing.assert_array_equal(upload.sequence(0, "values"), GRID)


def test_columns_named_like_the_features_are_taken_in_their_order():
    upload = read_upload("a.csv", b"right,day,left\n2,10,1\n4,11,3\n6,12,5\n", PAIRS)
    assert upload.notices[-1] == "Columns left out: “day”."
    np.testing.assert_array_equal(upload.sequence(0, "values"), GRID)


def test_rows_as_wide_as_a_sequence_are_a_sequence_each_and_the_label_is_left_out():
    upload = read_upload("a.csv", b"a,b,c,d,e,f,label\n1,2,3,4,5,6,0\n7,8,9,10,11,12,1\n", PAIRS)
    assert upload.notices == (
        "Each line was read as a whole sequence, row by row.",
        "Columns left out: “label”.",
    )
    np.testing.assert_array_equal(upload.sequence(0, "values"), GRID)
    np.testing.assert_array_equal(upload.sequence(1, "values"), GRID + 6)


def test_a_column_of_whole_sequences():
    table = pd.DataFrame({"name": ["a", "b"], "series": [format_numbers(GRID), "1,2;3"], "n": [1, 2]})
    upload = read_upload("a.csv", table.to_csv(index=False).encode(), PAIRS)
    assert upload.columns == ("series",)
    np.testing.assert_array_equal(upload.sequence(0, "series"), GRID)
    with pytest.raises(InputError, match=r"Row 2: Row 2 must have 2 numbers\. Received: 1\."):
        upload.sequence(1, "series")


def test_columns_of_one_feature_are_sequences_of_their_row():
    upload = read_upload("a.csv", b"monday,tuesday\n1,2\n3,4\n", SERIES)
    np.testing.assert_array_equal(upload.sequence(1, "values"), [[3], [4]])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"left,right\n1,2\n3,x\n", r"Line 3, column “right” must be a number\. Received: “x”"),
        (b"left,right\n1,2\n\n3,\n", r"Line 4, column “right” must be a number\. Received: nothing"),
        (b"a,b,c\n1,2,3\n", r"Lines of 3 numbers do not fit the model\. Expected: 2 numbers a line .* or 6 a line"),
        (b"a,b\nx,y\n", r"The model takes numbers, and the file holds none\. Columns: “a”, “b”"),
        (b"left,right\n", r"column names and no rows under them"),
    ],
)
def test_numbers_that_cannot_be_used_are_refused(data, message):
    with pytest.raises(InputError, match=message):
        read_upload("a.csv", data, PAIRS)


def test_a_sequence_of_the_wrong_length_is_refused_when_it_is_picked():
    upload = read_upload("a.csv", b"left,right\n1,2\n", PAIRS)
    with pytest.raises(InputError, match=r"Row 1: The model takes exactly 3 rows\. Received: 1 row\."):
        upload.sequence(0, "values")


cells = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=8), st.sampled_from([",", ";", "|"]))
def test_what_the_standard_library_writes_is_read_back(rows, delimiter):
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("text", "note"), ("good film", ""), *rows])
    upload = read_upload("a.csv", written.getvalue().encode(), TEXT)
    assert list(zip(upload.table["text"], upload.table["note"], strict=True)) == [("good film", ""), *rows]
