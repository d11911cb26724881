"""The Evaluate page: from a labelled file to figures, and what is said of files that cannot be used."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.app.background_jobs import JobState, jobs
from attnviz.app.evaluate_data import OWN
from attnviz.app.evaluate_job import KIND
from attnviz.app.jobs import preload
from attnviz.errors import InputError
from attnviz.evaluation.shipped_data import shipped_data_set
from attnviz.models.registry import cards

MAIN = str(Path(attnviz.__file__).parent / "app" / "main.py")
EVALUATE = "page_scripts/evaluate.py"
SECONDS = 120

MESSAGES = [
    ("Are we still on for the cinema tonight? Film starts at 8", "ham"),
    ("URGENT! You have won a £2000 prize. Call 09061701461 to claim now", "spam"),
    ("Running late, the bus never came. Start without me", "ham"),
    ("Free ringtones! Text WIN to 80086 and claim your free weekly prize", "spam"),
    ("You have won my heart, call me when you can", "spam"),
    ("Bring the cake, I have the candles", "ham"),
    ("Claim your free phone now, call 0800 123 456", "ham"),
    ("See you at the station at ten", "ham"),
]
"""With the labels of a person who was wrong twice."""


@pytest.fixture(scope="module", autouse=True)
def _loaded():
    preload.start()
    preload._thread.join(timeout=SECONDS)
    assert preload.progress.ready, preload.progress


@pytest.fixture(scope="module")
def predictions() -> pd.DataFrame:
    return attnviz.load_model("spam").predict([text for text, _ in MESSAGES])


def _open(**parameters: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.switch_page(EVALUATE)
    for name, value in {"model": "spam", **parameters}.items():
        app.query_params[name] = value
    return _run(app)


def _run(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def _csv(rows: list[tuple[str, str]], columns: tuple[str, str] = ("text", "label")) -> bytes:
    return pd.DataFrame(rows, columns=list(columns)).to_csv(index=False).encode()


def _upload(name: str, content: bytes, **parameters: str) -> AppTest:
    app = _open(**parameters)
    if app.segmented_control:
        app.segmented_control(key="data_set").set_value(OWN)
        _run(app)
    app.file_uploader(key="labelled_file").set_value((name, content, "application/octet-stream"))
    return _run(app)


def _evaluated(app: AppTest) -> AppTest:
    """The page once the evaluation that its button starts has ended."""
    app.button(key="evaluate").click()
    _run(app)
    job = jobs.find(app.session_state["background jobs"][KIND])
    assert job.wait(SECONDS)
    return _run(app)


def _show(app: AppTest, section: str) -> AppTest:
    app.segmented_control(key="show").set_value(section)
    return _run(app)


def _messages(app: AppTest) -> str:
    told = [one.value.replace("\\", "") for one in (*app.error, *app.warning, *app.info, *app.markdown)]
    return " ".join((*told, *(one.label for one in app.expander)))


def _figures(app: AppTest) -> dict[str, str]:
    return {one.label: one.value for one in app.metric}


def _examples(app: AppTest) -> pd.DataFrame:
    (found,) = [one.value for one in app.dataframe if "truth" in one.value]
    return found


@pytest.fixture(scope="module")
def page() -> AppTest:
    """The messages, evaluated once for all tests that only look."""
    return _evaluated(_upload("messages.csv", _csv(MESSAGES)))


def test_the_figures_are_those_that_scikit_learn_gives_for_the_same_predictions(page, predictions):
    truth = [label for _, label in MESSAGES]
    figures = _figures(_show(page, "Figures"))
    assert figures["accuracy"] == f"{accuracy_score(truth, predictions['prediction']):.3f}"
    assert figures["macro F1"] == f"{f1_score(truth, predictions['prediction'], average='macro'):.3f}"
    right = predictions[["ham", "spam"]].to_numpy()[range(len(truth)), [int(label == "spam") for label in truth]]
    assert figures["loss"] == f"{-np.log(right).mean():.3f}"
    by_class = next(one.value for one in page.dataframe if "recall" in one.value)
    assert list(by_class["examples"]) == [5, 3]


def test_the_preview_counts_rows_and_classes_before_anything_is_run():
    rows = [*MESSAGES, MESSAGES[0], ("", "ham"), ("Nice weather", "sunny"), ("Hello", "")]
    app = _upload("messages.csv", _csv(rows))
    assert _figures(app)["Examples"] == "9"
    assert _figures(app)["Left out"] == "3"
    said = _messages(app)
    for told in ("no label", "“sunny”", "repeats an earlier one", "Kept: each of them counts"):
        assert told in said
    assert not [one for one in app.segmented_control if one.key == "show"]


def test_the_table_has_every_example_with_its_line_and_its_most_confident_mistake_first(page, predictions):
    table = _examples(_show(page, "Examples"))
    assert len(table) == len(MESSAGES)
    truth = np.array([label for _, label in MESSAGES])
    confidence = predictions[["ham", "spam"]].to_numpy().max(axis=1)
    wrong = np.flatnonzero(truth != predictions["prediction"])
    first = wrong[confidence[wrong].argmax()]
    top = table.iloc[0]
    assert top["line"] == first + 2  # the header is the first line
    assert (top["input"], top["truth"]) == MESSAGES[first]
    assert top["confidence"] == pytest.approx(confidence[first], abs=1e-4)
    assert not top["right"]


def test_filters_leave_what_was_asked_for(page, predictions):
    app = _show(page, "Examples")
    truth = [label for _, label in MESSAGES]
    counts = confusion_matrix(truth, predictions["prediction"], labels=["ham", "spam"])
    app.selectbox(key="evaluated_truth").set_value("ham")
    app.selectbox(key="evaluated_prediction").set_value("spam")
    table = _examples(_run(app))
    assert len(table) == counts[0, 1] > 0
    assert set(table["truth"]) == {"ham"}
    app.selectbox(key="evaluated_truth").set_value("any class")
    app.selectbox(key="evaluated_prediction").set_value("any class")
    app.segmented_control(key="evaluated_outcome").set_value("wrong")
    assert len(_examples(_run(app))) == counts[0, 1] + counts[1, 0]
    app.segmented_control(key="evaluated_outcome").set_value("all")
    app.text_input(key="evaluated_search").set_value("CINEMA")
    assert list(_examples(_run(app))["line"]) == [2]
    app.text_input(key="evaluated_search").set_value("no such word")
    _run(app)
    assert not [one for one in app.dataframe if "truth" in one.value]
    app.text_input(key="evaluated_search").set_value("")
    app.selectbox(key="evaluated_order").set_value("order of the file")
    assert list(_examples(_run(app))["line"]) == list(range(2, 10))


def test_curves_and_attention_have_pictures_with_words(page):
    for section, pictures in (("Curves", 3), ("Attention", 0)):
        app = _show(page, section)
        charts = app.get("plotly_chart")
        assert len([one for one in charts if "Areas" in one.proto.alt or "Calibration" in one.proto.alt]) == pictures
    app.select_slider(key="attended_fewest").set_value(1)
    _run(app)
    (tokens,) = [one.value for one in app.dataframe if "times even" in one.value]
    assert tokens["count"].min() == 1
    assert set(tokens["class"]) == {"ham", "spam"}


def test_results_stay_over_a_change_of_pages_and_are_found_by_their_link(page):
    asked = page.query_params["job"]
    page.switch_page("page_scripts/models.py")
    _run(page)
    page.switch_page(EVALUATE)
    _run(page)
    assert page.query_params["job"] == asked
    assert "accuracy" in _figures(_show(page, "Figures"))
    anew = _open(job=asked[0] if isinstance(asked, list) else asked)
    assert _figures(anew)["accuracy"] == _figures(page)["accuracy"]


def test_a_file_and_its_columns_stay_over_a_change_of_pages():
    app = _upload("messages.csv", _csv([(*row, "neither") for row in MESSAGES], ("text", "label", "other")))
    next(one for one in app.selectbox if one.label == "Label column").set_value("other")
    _run(app)
    app.switch_page("page_scripts/models.py")
    _run(app)
    app.switch_page(EVALUATE)
    _run(app)
    app.selectbox(key="model").set_value("spam")  # a change of pages leaves the parameters of the link behind
    _run(app)
    assert "messages\\.csv is still here" in " ".join(one.value for one in app.caption)
    label = next(one for one in app.selectbox if one.label == "Label column")
    assert label.value == "other"
    label.set_value("label")
    assert _run(app).button(key="evaluate").label == f"Evaluate {len(MESSAGES)} examples"


def test_columns_whose_long_names_begin_alike_are_told_apart():
    names = [f"a column with a name that is as long as the others, {part} part" for part in ("first", "second")]
    content = pd.DataFrame([("Hello", "you", "ham"), ("Free", "prize", "spam")], columns=[*names, "label"])
    app = _upload("two.csv", content.to_csv(index=False).encode())
    options = next(one for one in app.selectbox if one.label == "Label column").options
    assert len(set(options)) == len(options) == 3


def test_a_file_may_have_any_names_of_columns():
    rows = [{"line": 1, "line ": 2, "": 3, "open": 4, "text": text, "label": label} for text, label in MESSAGES]
    app = _upload("names.json", json.dumps(rows).encode())
    (shown,) = [one.value for one in app.dataframe if "text" in one.value]
    assert len(shown.columns) == 7
    assert app.button(key="evaluate").label == f"Evaluate {len(MESSAGES)} examples"


def test_another_session_sees_nothing_of_it(page):
    other = _open()
    assert KIND not in other.session_state["background jobs"]
    assert "accuracy" not in _figures(other)
    guessed = _open(job="x" * 43)
    assert "not kept any more" in _messages(guessed)
    assert "accuracy" not in _figures(guessed)


def test_an_evaluation_can_be_discarded_and_run_again():
    app = _evaluated(_upload("messages.csv", _csv(MESSAGES[:4])))
    first = app.session_state["background jobs"][KIND]
    next(one for one in app.button if one.label == "Discard").click()
    _run(app)
    assert "accuracy" not in _figures(app)
    assert jobs.find(first) is None
    assert "accuracy" in _figures(_evaluated(app))


def test_cancelled_work_says_of_how_many_examples_its_figures_are():
    app = _upload("messages.csv", _csv(MESSAGES * 40))
    app.button(key="evaluate").click()
    _run(app)
    job = jobs.find(app.session_state["background jobs"][KIND])
    job.cancel()
    assert job.wait(SECONDS)
    _run(app)
    said = _messages(app)
    if job.state is JobState.CANCELLED:  # else it was faster
        assert "Cancelled" in said
    assert "accuracy" in _figures(_evaluated(app))


def test_a_job_that_failed_says_why_and_the_page_goes_on():
    def fail(job: Any) -> None:
        raise InputError("No row of the file could be evaluated. Line 2: <b>nothing</b>.")

    job = jobs.start(KIND, fail, title="spam on messages.csv")
    assert job.wait(SECONDS)
    app = _open(job=job.id)
    assert "Line 2: <b>nothing</b>." in _messages(app)
    assert app.button(key="evaluate").label == f"Evaluate {len(shipped_data_set('spam').table)} examples"


def _bomb() -> bytes:
    """An array that says that it is a gigabyte large."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (2**27, 1)})
        with archive.open("x.npy", "w") as entry:
            entry.write(header.getvalue())
            entry.write(bytes(2**10))
    return file.getvalue()


def _objects() -> bytes:
    file = io.BytesIO()
    np.savez(file, x=np.array([{"a": 1}], dtype=object), y=np.array([1]))
    return file.getvalue()


@pytest.mark.parametrize(
    ("model", "name", "content", "said"),
    [
        ("spam", "one.csv", _csv([(text, "ham") for text, _ in MESSAGES]), "All labels are “ham”"),
        ("spam", "few.csv", _csv(MESSAGES[:5]), "only 5 examples"),
        ("spam", "more.csv", _csv([*MESSAGES, ("Hello", "eggs"), ("Hi", "bacon")]), "“bacon”"),
        ("spam", "none.csv", _csv([("Hello", "eggs"), ("Hi", "bacon")]), "No row of the data set can be used"),
        ("forecast", "words.jsonl", json.dumps({"x": [1.0] * 33, "y": "high"}).encode(), "number"),
        ("spam", "column.csv", b"text\nhello\n", "one column"),
        ("spam", "empty.csv", b"", "empty"),
        ("spam", "header.csv", b"text,label\n", "no row"),
        ("digits", "bomb.npz", _bomb(), "damaged"),
        ("digits", "objects.npz", _objects(), "objects"),
        (
            "spam",
            "half.json",
            b'[{"text": "Hello", "label": "ham"}, 3, {"text": 4, "label": ["ham"]}]',
            "could not be read",
        ),
        ("spam", "model.exe", b"MZ", "must end in one of"),
    ],
)
def test_what_cannot_be_used_is_said_at_its_place_and_nothing_breaks(model, name, content, said):
    app = _upload(name, content, model=model)
    assert said.casefold() in _messages(app).casefold()
    assert app.selectbox(key="model").value == model


def test_where_uploads_are_turned_off_the_models_own_data_is_evaluated(monkeypatch):
    monkeypatch.setenv("ATTNVIZ_NO_UPLOADS", "1")
    app = _open()
    assert not app.file_uploader
    assert app.button(key="evaluate").label == f"Evaluate {len(shipped_data_set('spam').table)} examples"


def test_a_file_may_hold_what_looks_like_markup():
    app = _evaluated(
        _upload(
            "<b>x</b>.csv", _csv([("<script>alert(1)</script> [link](http://x.y)", "ham"), ("**free** prize", "spam")])
        )
    )
    assert "<b>x</b>.csv" in app.header[0].value.replace("\\", "")
    assert "\\<b\\>" in app.header[0].value
    assert (
        "<script>alert(1)</script>"
        in _examples(_show(app, "Examples"))["input"].iloc[0] + _examples(app)["input"].iloc[1]
    )


# One model a task; whichever there are.
@pytest.mark.parametrize("model", sorted({card.task: name for name, card in cards().items()}.values()))
def test_models_of_every_task_are_evaluated_on_their_own_data(model):
    app = _evaluated(_open(model=model))
    assert _figures(app)
    for section in app.segmented_control(key="show").options:
        _show(app, section)
        assert not app.error
