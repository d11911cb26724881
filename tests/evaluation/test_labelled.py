"""Data sets into examples: what is left out, what is said of it, and what is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.errors import DataError, InputError, ShapeError
from attnviz.evaluation.labelled import (
    Columns,
    LabelledData,
    data_for_training,
    guess_columns,
    guess_label_names,
    labelled_data,
    preview,
)
from attnviz.models.card import Card
from attnviz.sequences.data_files import read_data_set
from attnviz.sequences.data_sets import DataSet
from attnviz.sequences.output_specification import OutputSpecification
from attnviz.sequences.picture_specification import PictureSpecification
from attnviz.sequences.specification import NumericSpecification, TextSpecification

WORDS = ("good", "bad", "film", "the", "a", "is")
TEXT = TextSpecification(name="tokens", vocabulary=WORDS, maximum_length=5)
SENTIMENT = Card(
    name="a", title="", description="", task="classification", input=TEXT, classes=("negative", "positive")
)
SERIES = NumericSpecification(name="days", features=("x",), step="day", length=3, minimum=0.0)
FORECAST = Card(name="a", title="", description="", task="regression", input=SERIES, target="price")
DAYS = Columns(inputs=("day 1", "day 2", "day 3"), label="target")
REVIEWS = Columns(inputs=("text",), label="label")
NAMES = {"neg": "negative", "pos": "positive"}


def read(text, name="a.csv"):
    return read_data_set(name, text.encode())


def labelled(text, card=SENTIMENT, columns=REVIEWS, names=NAMES, name="a.csv"):
    return labelled_data(read(text, name), card, columns, names)


def kinds(data):
    return {one.kind: one for one in data.problems if one.kind != "few rows"}


def test_examples_with_their_classes_and_lines():
    data = labelled("text,label\ngood film,pos\n\na bad film,neg\n")
    assert data.sequences == ("good film", "a bad film")
    assert data.targets.tolist() == [1, 0]
    assert data.targets.dtype == np.int64
    assert data.lines.tolist() == [2, 4]
    assert (data.task, data.classes, data.columns) == ("classification", SENTIMENT.classes, REVIEWS)
    assert len(data) == 2
    assert kinds(data) == {}


def test_every_row_that_cannot_be_used_is_left_out_and_named():
    data = labelled(
        "text,label\ngood,pos\nbroken\n,pos\nfilm,\na film,maybe\nbad,neg\nthe film,maybe\nbad film,perhaps\n  ,neg\n"
    )
    assert data.sequences == ("good", "bad")
    found = kinds(data)
    assert {kind: (one.count, one.lines) for kind, one in found.items()} == {
        "unreadable": (1, (3,)),
        "missing label": (1, (5,)),
        "unknown label": (3, (6, 8, 9)),
        "empty input": (2, (4, 10)),
    }
    assert {one.action for one in found.values()} == {"Left out."}
    assert found["unknown label"].message == (
        "The label of 3 rows is no class of the model: “maybe”, “perhaps”. Its classes: “negative”, “positive”."
    )
    assert found["unreadable"].message.startswith("1 row cannot be read. The first: Line 3 must have 2 cells")
    assert preview(data).left_out == 7


def test_rows_that_come_twice_are_kept_and_named():
    data = labelled("text,label\ngood,pos\nbad,neg\ngood,pos\ngood,neg\nbad,neg\n")
    assert len(data) == 5
    found = kinds(data)
    assert (found["repeated"].count, found["repeated"].lines) == (2, (4, 6))
    assert (found["contradictory"].count, found["contradictory"].lines) == (1, (5,))
    assert found["repeated"].action.startswith("Kept")


def test_labels_of_one_class_only():
    found = kinds(labelled("text,label\ngood,pos\nfilm,pos\n"))
    assert found["one class"].message == "All labels are “positive”."
    assert "cannot be computed" in found["one class"].action


def test_a_class_without_examples():
    card = replace(SENTIMENT, classes=("negative", "neutral", "positive", "other"))
    found = kinds(labelled("text,label\ngood,pos\nfilm,neg\n", card))
    assert found["absent class"].message == "No row is labelled “neutral”, “other”."
    assert found["absent class"].count == 2


def test_five_rows_are_few_and_thirty_are_not():
    five = labelled("text,label\n" + "".join(f"good {row},pos\n" for row in range(5)))
    assert five.problems[-1].kind == "few rows"
    assert five.problems[-1].message == "There are only 5 examples."
    many = labelled("text,label\n" + "".join(f"good {row},pos\n" for row in range(30)))
    assert "few rows" not in {one.kind for one in many.problems}


def test_unknown_words_are_counted_by_the_vocabulary():
    data = labelled("text,label\ngood strange film,pos\nthe unheard bad,neg\n")
    found = kinds(data)["unknown words"]
    assert (found.count, found.lines) == (2, (2, 3))
    assert found.message == "The model does not know 33.3% of the words."
    assert found.action == "Kept: such words are read as unknown."


def test_unknown_words_of_a_large_data_set_are_a_share_of_a_sample():
    rows = "".join(f"good film {'the' if row % 2 else 'unheard'},pos\n" for row in range(20_000))
    found = kinds(labelled(f"text,label\n{rows}bad,neg\n"))["unknown words"]
    share = float(found.message.split("know ")[1].split("%")[0])
    assert share == pytest.approx(100 / 6, abs=1.0)
    assert "(of 1,819 texts, spread evenly)" in found.message


def test_texts_that_are_longer_than_the_model_reads():
    data = labelled("text,label\ngood film the a is,pos\ngood film the a is bad,neg\n")
    found = kinds(data)["cut"]
    assert (found.count, found.lines) == (1, (3,))
    assert found.message == "1 text is longer than the 5 tokens that the model reads."


def test_several_columns_of_text_are_joined():
    data = labelled(
        "title,text,label\ngood,film,pos\n,bad,neg\n,,neg\n", columns=Columns(inputs=("title", "text"), label="label")
    )
    assert data.sequences == ("good film", "bad")


def test_numbers_and_words_are_texts_too():
    assert labelled("text,label\n1984,pos\n2001,neg\n").sequences == ("1984", "2001")
    texts = ('["good", "film"]', "[1, 2]", '{"a": 1}')
    data = labelled("".join(f'{{"text": {text}, "label": "pos"}}\n' for text in texts), name="a.jsonl")
    assert data.sequences[0] == "good film"
    assert kinds(data)["unusable input"].lines == (2, 3)


def test_numbers_to_predict():
    data = labelled("day 1,day 2,day 3,target\n1,2,3,4.5\n4,5,6,\n7,8,9,-1e3\n", FORECAST, DAYS, {})
    assert [series[:, 0].tolist() for series in data.sequences] == [[1, 2, 3], [7, 8, 9]]
    assert data.sequences[0].shape == (3, 1)
    assert data.targets.tolist() == [4.5, -1000.0]
    assert data.classes == ()
    assert kinds(data)["missing label"].lines == (3,)


def test_nan_infinity_and_words_among_numbers_are_left_out():
    rows = ("1,2,3,4", "1,inf,3,4", "1,,3,4", "1,2,oops,4", "-1,2,3,4", "1,2,3,nan", "1,2,3,inf", ",,,4", "1,2,3,huh")
    data = labelled("\n".join(("day 1,day 2,day 3,target", *rows)), FORECAST, DAYS, {})
    assert data.lines.tolist() == [2]
    found = kinds(data)
    assert found["unusable input"].lines == (3, 4, 5, 6)
    assert found["unusable input"].message == (
        "The input of 4 rows cannot be used. The first, at line 3: The value of day 2, feature 1 (x) must be a finite "
        "number. Received: inf."
    )
    assert found["empty input"].lines == (9,)
    assert found["missing label"].lines == (7,)
    assert found["unknown label"].lines == (8, 10)
    assert found["unknown label"].message == "The label of 2 rows is no number that a model can predict: “inf”, “huh”."


def test_a_label_that_turns_to_text_half_way_costs_the_rest_only():
    rows = "".join(f"{row},2,3,{row if row < 40 else 'broken'}\n" for row in range(80))
    data = labelled(f"day 1,day 2,day 3,target\n{rows}", FORECAST, DAYS, {})
    assert len(data) == 40
    assert kinds(data)["unknown label"].count == 40


def test_series_in_one_column_and_pictures_in_an_archive():
    series = labelled(
        'days,target\n"1,2,3",4\n"1;2;3",5\n"1,2",6\n', FORECAST, Columns(inputs=("days",), label="target"), {}
    )
    assert [one[:, 0].tolist() for one in series.sequences] == [[1, 2, 3], [1, 2, 3]]
    assert "The model takes exactly 3 days. Received: 2 days" in kinds(series)["unusable input"].message
    pixels = np.arange(24.0).reshape(2, 2, 3, 2)
    table = pd.DataFrame({"x": list(pixels), "y": [0, 1]})
    picture = NumericSpecification(
        name="pixels",
        features=tuple("abcdef"),
        length=2,
        picture=PictureSpecification(white=0.0, black=99.0, channels=3),
    )
    card = replace(SENTIMENT, input=replace(picture))
    data = DataSet(name="a", table=table, lines=np.array([1, 2]))
    with pytest.raises(DataError, match="No row of the data set can be used"):
        labelled_data(data, card, Columns(inputs=("x",), label="y"), {"0": "negative", "1": "positive"})
    table["x"] = list(pixels.reshape(2, 2, 2, 3))
    examples = labelled_data(data, card, Columns(inputs=("x",), label="y"), {"0": "negative", "1": "positive"})
    np.testing.assert_array_equal(examples.sequences[1], pixels[1].reshape(2, 6))


def test_texts_to_write():
    card = Card(
        name="a",
        title="",
        description="",
        task="seq2seq",
        input=TEXT,
        output=OutputSpecification(name="french", vocabulary=("bon",), maximum_length=5),
    )
    data = labelled("tokens,french\ngood,bon\nbad,\nthe,7\n", card, Columns(inputs=("tokens",), label="french"), {})
    assert data.targets.tolist() == ["bon", "7"]
    assert data.lines.tolist() == [2, 4]
    mixed = labelled("tokens,french\ngood,bon\nthe,7 bons\n", card, Columns(inputs=("tokens",), label="french"), {})
    assert mixed.targets.tolist() == ["bon", "7 bons"]


def test_classes_of_tokens():
    card = replace(SENTIMENT, task="token_classification", classes=("O", "B"))
    text = "text,tags\ngood film,O B\nbad,B\nthe film,O X\na,\n"
    data = labelled(text, card, Columns(inputs=("text",), label="tags"), {"O": "O", "B": "B"})
    assert [target.tolist() for target in data.targets] == [[0, 1], [1]]
    assert preview(data).class_balance["examples"].tolist() == [1, 2]
    assert kinds(data)["unknown label"].lines == (4,)


@pytest.mark.parametrize(
    ("text", "card", "columns", "names", "message"),
    [
        (
            "day 1,day 2,day 3,target\n1,2,3,low\n4,5,6,high\n",
            FORECAST,
            DAYS,
            {},
            r"predicts numbers, and column “target” holds “high”, “low”\. Choose the column with the numbers",
        ),
        (
            "text,label\na,1\nb,2\nc,3\n",
            SENTIMENT,
            REVIEWS,
            {},
            r"holds 3 different labels \(“1”, “2”, “3”\), and the model has 2 classes: “negative”, “positive”",
        ),
        (
            "text,label\n,pos\n,neg\n",
            SENTIMENT,
            REVIEWS,
            NAMES,
            r"No row of the data set can be used\. 2 rows have no input",
        ),
        ("text,label\na,pos\n", SENTIMENT, REVIEWS, {"pos": "good"}, r"has no class “good”\. Its classes: “negative”"),
        ("text,label\na,pos\n", SENTIMENT, Columns(inputs=("none",), label="label"), NAMES, "has no column “none”"),
        ("text,label\na,pos\n", SENTIMENT, Columns(inputs=(), label="label"), NAMES, "has no column for the input"),
        (
            "text,label\na,pos\n",
            SENTIMENT,
            Columns(inputs=("label",), label="label"),
            NAMES,
            "cannot be the input and the",
        ),
        (
            "day 1,target\n1,2\n",
            FORECAST,
            Columns(inputs=("day 1",), label="target"),
            {},
            "needs a whole series in each row",
        ),
        (
            "day 1,day 2,target\n1,2,2\n",
            FORECAST,
            Columns(inputs=("day 1", "day 2"), label="target"),
            {},
            r"takes exactly 3 days\. Received: 2 days",
        ),
        (
            'a,b,target\n"1,2","3,4",2\n',
            FORECAST,
            Columns(inputs=("a", "b"), label="target"),
            {},
            "Several columns can be the input only where each holds one number a row",
        ),
    ],
)
def test_what_cannot_be_used_at_all_is_refused(text, card, columns, names, message):
    with pytest.raises(DataError, match=message) as raised:
        labelled(text, card, columns, names)
    assert isinstance(raised.value, InputError)  # so that a page that catches these shows it


def test_a_model_that_predicts_nothing_is_refused():
    card = Card(name="a", title="", description="", task="features", input=TEXT)
    with pytest.raises(DataError, match="predicts nothing"):
        labelled("text,label\na,pos\n", card)


def test_guesses_lead_from_a_file_to_examples():
    data = read("id,Review,Sentiment\n1,good film,Pos\n2,bad film,NEG\n")
    columns = guess_columns(data, SENTIMENT)
    names = guess_label_names(data, columns, SENTIMENT)
    assert labelled_data(data, SENTIMENT, columns, names).targets.tolist() == [1, 0]
    assert guess_label_names(data, columns, FORECAST) == {}


def test_training_takes_its_classes_from_the_labels():
    data = data_for_training(read("text,label\na,10\nb,9\nc,10\n"), "classification", REVIEWS)
    assert data.classes == ("9", "10")
    assert data.targets.tolist() == [1, 0, 1]
    words = data_for_training(read("text,label\na,x\nb,2\nc,b\n"), "classification", REVIEWS)
    assert words.classes == ("2", "b", "x")
    numbers = data_for_training(read("text,label\na,1.5\nb,2\n"), "regression", REVIEWS)
    assert numbers.targets.tolist() == [1.5, 2.0]


@pytest.mark.parametrize(
    ("text", "task", "message"),
    [
        ("text,label\na,x\nb,x\n", "classification", r"needs two classes or more\. Column “label” holds only “x”"),
        ("text,label\na,\nb,\n", "classification", "holds no label"),
        ("text,label\n" + "".join(f"a,x{row}\n" for row in range(101)), "classification", "101 different labels"),
        ("text,label\na,x\nb,y\n", "regression", "The model predicts numbers"),
    ],
)
def test_what_nothing_can_be_learned_from_is_refused(text, task, message):
    with pytest.raises(DataError, match=message):
        data_for_training(read(text), task, REVIEWS)


@given(
    st.lists(
        st.tuples(st.sampled_from(["good", "bad", "", " "]), st.sampled_from(["pos", "neg", "", "other"])), min_size=1
    )
)
def test_every_row_is_used_or_named_once(rows):
    table = pd.DataFrame(rows, columns=["text", "label"])
    data = DataSet(name="a", table=table, lines=np.arange(2, len(rows) + 2))
    usable = [(text, label) for text, label in rows if text.strip() and label in NAMES]
    try:
        examples = labelled_data(data, SENTIMENT, REVIEWS, NAMES)
    except DataError:
        assert not usable
        return
    assert list(examples.sequences) == [text for text, _ in usable]
    assert [examples.classes[target] for target in examples.targets] == [NAMES[label] for _, label in usable]
    assert len(examples) + preview(examples).left_out == len(rows)
    found = kinds(examples)
    assert sum(found[kind].count for kind in ("repeated", "contradictory") if kind in found) == len(usable) - len(
        {text for text, _ in usable}
    )


def test_the_preview_in_numbers():
    found = preview(labelled("text,label\ngood,pos\nthe film is good,pos\nbad film,neg\n"))
    assert found.examples == 3
    assert found.class_balance.to_dict("list") == {
        "class": ["negative", "positive"],
        "examples": [1, 2],
        "share": [1 / 3, 2 / 3],
    }
    assert (found.shortest, found.median, found.longest, found.unit) == (1, 2.0, 4, "words")
    assert found.lengths.to_dict("list") == {"from": [1, 2, 3, 4], "to": [1, 2, 3, 4], "examples": [1, 1, 0, 1]}
    assert found.targets.empty


@given(st.lists(st.integers(1, 400), min_size=1, max_size=60))
def test_the_histogram_of_lengths_has_every_example_in_its_bin(lengths):
    data = LabelledData(
        name="a",
        sequences=["word " * length for length in lengths],
        targets=np.zeros(len(lengths), dtype=np.int64),
        lines=np.arange(len(lengths)),
        task="classification",
        classes=("a", "b"),
    )
    bins = preview(data).lengths
    assert len(bins) <= 20
    for start, end, count in bins.itertuples(index=False):
        assert count == sum(start <= length <= end for length in lengths)
    assert bins["examples"].sum() == len(lengths)


def test_the_preview_of_numbers():
    rows = "".join(f"1,2,3,{value}\n" for value in (1, 2, 3, 6))
    found = preview(labelled(f"day 1,day 2,day 3,target\n{rows}", FORECAST, DAYS, {}))
    assert found.unit == "steps"
    assert found.targets.to_dict("records") == [
        {"least": 1.0, "mean": 3.0, "median": 2.5, "greatest": 6.0, "standard_deviation": pytest.approx(np.sqrt(3.5))}
    ]
    assert found.class_balance.empty


def test_examples_belong_together():
    with pytest.raises(ShapeError, match=r"one target and one line for each of the 2 sequences"):
        LabelledData(name="a", sequences=["a", "b"], targets=np.zeros(1), lines=np.zeros(2), task="regression")
    data = labelled("text,label\ngood,pos\n")
    with pytest.raises(ValueError, match="read-only"):
        data.targets[0] = 0
