import numpy as np
import pytest

from attnviz.errors import InputError
from attnviz.sequences.data_files import read_data_set
from attnviz.sequences.data_sets import SkippedRow
from attnviz.sequences.upload import UploadLimits


def read(text, name="a.csv", **limits):
    return read_data_set(name, text.encode(), UploadLimits(**limits))


def test_a_bad_row_is_skipped_and_named_with_its_line():
    data = read("text,label\ngood,1\nbad\n\n\nfine,0\na,b,c\n")
    assert data.table.to_dict("list") == {"text": ["good", "fine"], "label": [1, 0]}
    assert data.lines.tolist() == [2, 6]
    assert [row.line for row in data.skipped] == [3, 7]
    assert data.skipped[0].reason.startswith("Line 3 must have 2 cells like the first line. Received: 1.")
    assert data.notices == ("2 empty lines were left out.",)


def test_rows_of_several_lines_are_named_by_their_first():
    data = read('text,label\n"one\ntwo\nthree",1\nbad\n"four\nfive",0\n')
    assert data.lines.tolist() == [2, 6]
    assert data.skipped == (SkippedRow(line=5, reason=data.skipped[0].reason),)


@pytest.mark.parametrize(
    ("rows", "lines", "skipped"),
    [
        ('a,1\n"never closed,1\nb,0\nc,1\n', [2, 4, 5], [3]),  # it would swallow the rest
        ('a,1\n"x" y,1\nb,0\n', [2, 4], [3]),
        ('"open,1\nb,0\n"c",1\nd,0\n', [3, 4, 5], [2]),  # its partner is a mark of another row
        ('"open,1\n"open too,0\nb,1\n', [4], [2, 3]),
    ],
)
def test_a_mark_without_a_partner_costs_its_own_row_alone(rows, lines, skipped):
    data = read(f"text,label\n{rows}")
    assert data.lines.tolist() == lines
    assert [row.line for row in data.skipped] == skipped
    assert all("quotation mark" in row.reason for row in data.skipped)


def test_a_column_is_numbers_only_if_every_cell_is_one():
    data = read("whole,real,gaps,code,long,text,mixed\n1,1.5,,007,12345678901234567,a,1\n-2,2, 3 ,1,1,b,n/a\n")
    table = data.table
    assert table["whole"].tolist() == [1, -2]
    assert table["whole"].dtype == np.int64
    assert table["real"].tolist() == [1.5, 2.0]
    np.testing.assert_array_equal(table["gaps"], [np.nan, 3.0])
    assert table["code"].tolist() == ["007", "1"]
    assert table["long"].tolist() == ["12345678901234567", "1"]
    assert table["mixed"].tolist() == ["1", "n/a"]
    assert data.notices == (
        "Column “mixed” changes at line 3: it begins with numbers, and there stands “n/a”. It was read as text.",
    )


def test_a_file_that_changes_type_half_way_is_read_and_named():
    rows = "".join(f"text {number},{number if number < 500 else 'good'}\n" for number in range(1000))
    data = read(f"text,score\n{rows}")
    assert len(data.table) == 1000
    assert data.notices == (
        "Column “score” changes at line 502: it begins with numbers, and there stands “good”. It was read as text.",
    )


def test_words_for_missing_values_stay_text():
    assert read("text,label\nNA,null\nnan,None\n").table.to_dict("list") == {
        "text": ["NA", "nan"],
        "label": ["null", "None"],
    }


def test_an_empty_column_is_text():
    assert read("a,b\n1,\n2,\n").table["b"].tolist() == ["", ""]


def test_numbers_alone_in_the_first_line_are_data():
    data = read("1,2\n3,4\n")
    assert data.columns == ("column 1", "column 2")
    assert data.lines.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("text,label\n", "column names and no rows under them"),
        ("\n\n", "All rows of the file are empty"),
        ("text,label\nonly\nsingle\ncells\n", r"No row of the file can be read\. The first: Line 2 must have 2 cells"),
        ("a,a\n1,2\n", r"name of its own\. Received more than once: “a”"),
    ],
)
def test_a_file_of_which_nothing_can_be_used_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        read(text)


def test_a_file_of_bad_rows_ends_soon():
    with pytest.raises(InputError, match=r"More than 10 rows of the file cannot be read\. The first: Line 2 must"):
        read("text,label\n" + "bad\n" * 100, maximum_sequences=10)


def test_too_many_cells_are_refused():
    header = ",".join(f"c{number}" for number in range(2000))
    with pytest.raises(InputError, match="more than 10,000,000 cells"):
        read(f"{header}\n" + f"{',' * 1999}\n" * 5001)


def test_windows_text_with_a_semicolon_and_a_mark_of_byte_order():
    assert read_data_set("a.csv", "text;label\r\ncafé, bar;1\r\n".encode("cp1252")).table["text"].tolist() == [
        "café, bar"
    ]
    marked = read_data_set("a.csv", "\ufefftext;label\ncafé;1\n".encode("utf-16"))
    assert marked.columns[-1] == "label"
    assert marked.table["label"].tolist() == [1]


def test_a_first_line_without_names_is_data():
    data = read_data_set("sms.tsv", b"ham\tGo on, I am late\nspam\tWin now\nham\tSee you\nham\tYes\n")
    assert data.columns == ("column 1", "column 2")
    assert data.table["column 1"].tolist() == ["ham", "spam", "ham", "ham"]
    assert data.lines.tolist() == [1, 2, 3, 4]
    assert data.notices == ("The first line was read as data: its words stand in the rows below too.",)
    assert read("label,text\nlabel,a\nb,c\n").columns == ("label", "text")  # once is chance


def test_a_long_first_line_that_is_data_is_not_called_column_names():
    data = read(f"pos,{'word ' * 30}\npos,short\npos,a\n")
    assert len(data.table) == 3
    assert len(data.notices) == 1


def test_the_names_of_the_columns_again_are_no_row():
    data = read("text,label\na,1\ntext,label\nb,2\ntext,label\nc,3\n")
    assert data.table.to_dict("list") == {"text": ["a", "b", "c"], "label": [1, 2, 3]}
    assert [row.reason for row in data.skipped] == [
        "Line 3 repeats the names of the columns.",
        "Line 5 repeats the names of the columns.",
    ]
