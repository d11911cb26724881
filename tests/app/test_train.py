"""The Train page: from a file to a model on every page, and every state between."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.app.background_jobs import Job, JobState, jobs
from attnviz.app.jobs import preload
from attnviz.app.train_job import KIND, TrainingPlan, training_work
from attnviz.app.train_probes import Probes
from attnviz.errors import TrainingError
from attnviz.training.architecture_list import ARCHITECTURES
from attnviz.training.limits import TrainingLimits
from attnviz.training.opinions import opinions_data
from attnviz.training.trained_files import TrainedFiles
from attnviz.training.training_data import training_data

MAIN = str(Path(attnviz.__file__).parent / "app" / "main.py")
TRAIN, EXPLORE = "page_scripts/train.py", "page_scripts/explore.py"
SECONDS = 120
GOOD, BAD = ("warm", "fresh", "lovely", "tasty"), ("cold", "stale", "awful", "bland")
ROWS = [
    f"the {food} was {word} {when},{label}"
    for label, words in (("praise", GOOD), ("complaint", BAD))
    for word in words
    for food in ("soup", "bread", "fish")
    for when in ("today", "again")
]
CSV = "\n".join(["text,label", *ROWS])
MARKUP = "<b>bold</b> $x^2$ [link](http://x.y) :red[red]"


@pytest.fixture(scope="module", autouse=True)
def _loaded():
    preload.start()
    preload._thread.join(timeout=SECONDS)
    assert preload.progress.ready, preload.progress


@pytest.fixture(scope="module")
def finished() -> Job:
    """A training that has ended, which no page began."""
    architecture = ARCHITECTURES["self_attention"]
    sequences, labels = zip(*(row.split(",") for row in ROWS), strict=True)
    plan = TrainingPlan(
        architecture=architecture.name,
        data=training_data(sequences, labels, name="reviews.csv"),
        settings=architecture.default_settings(units=8, embedding=8, epochs=2),
        probes=Probes(sequences=("the soup was cold",), names=("the soup was cold",)),
        name="reviews",
    )
    job = jobs.start(KIND, training_work(plan, TrainingLimits()), title="Another on reviews.csv")
    assert job.wait(SECONDS)
    assert job.state is JobState.DONE, job.message
    return job


def _again(finished: Job) -> Job:
    """Another job with the same outcome."""

    def work(job: Job) -> TrainedFiles:
        job.report(finished.progress)
        return finished.result

    job = jobs.start(KIND, work, title=finished.title)
    assert job.wait(SECONDS)
    return job


def _open(**parameters: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    for name, value in parameters.items():
        app.query_params[name] = value
    app.switch_page(TRAIN).run()
    assert not app.exception
    return app


def _upload(app: AppTest, content: str, name: str = "reviews.csv") -> AppTest:
    _control(app, "Data set").set_value("a file of mine").run()
    app.file_uploader[0].set_value((name, content.encode(), "text/csv")).run()
    assert not app.exception
    return app


def _control(app: AppTest, label: str) -> Any:
    return next(one for one in (*app.button_group, *app.selectbox, *app.number_input) if one.label == label)


def _button(app: AppTest, label: str) -> Any:
    return next((one for one in app.button if one.label == label), None)


def _said(app: AppTest) -> str:
    kinds = (app.error, app.warning, app.info, app.success, app.caption, app.markdown)
    return "\n".join(one.value for kind in kinds for one in kind)


def _film(app: AppTest) -> dict[str, Any] | None:
    protos = [one.proto for one in app.get("bidi_component")]
    ours = [proto for proto in protos if proto.component_name == "attnviz.epochs"]
    return json.loads(json.loads(ours[0].mixed.json)["meta"]) if ours else None


def _job(app: AppTest) -> Job:
    linked = app.query_params["job"]
    job = jobs.find(linked if isinstance(linked, str) else linked[0])
    assert job is not None
    return job


def _train(app: AppTest, *, architecture: str = "self_attention", epochs: int = 2) -> Job:
    _control(app, "Architecture").set_value(architecture).run()
    _control(app, "Units").set_value(8)
    _control(app, "Most epochs").set_value(epochs).run()
    _button(app, "Train").click().run()
    assert not app.exception
    return _job(app)


def _work(begun: threading.Event, go_on: threading.Event) -> Callable[[Job], None]:
    def work(job: Job) -> None:
        begun.set()
        go_on.wait(SECONDS)

    return work


def test_the_page_is_ready_at_once_with_data_sentences_and_code():
    app = _open()
    assert not _button(app, "Train").disabled
    sentences = app.text_area[0].value.splitlines()
    data = opinions_data()
    assert len(sentences) == 3
    assert set(sentences) <= set(data.table["text"])
    assert {data.table.set_index("text")["label"][one] for one in sentences} == {"positive", "negative"}
    code = app.code[0].value
    assert "import keras" in code
    assert "Bidirectional" in code
    _control(app, "Architecture").set_value("transformer").run()
    assert "MultiHeadAttention" in app.code[0].value


def test_a_model_from_a_file_to_explore():
    app = _upload(_open(), CSV)
    assert "48 examples of 2 classes" in _said(app)
    app.text_area[0].set_value("the soup was cold\nthe fish was lovely").run()
    job = _train(app, epochs=3)
    assert job.title == "Self-attention on reviews.csv"
    assert _button(app, "Train") is None  # one at a time
    assert job.wait(SECONDS)
    app.run()
    assert job.state is JobState.DONE, job.message
    files: TrainedFiles = job.result
    film = _film(app)
    assert [one["epoch"] for one in film["frames"]] == [1, 2, 3]
    assert film["frames"][0]["meta"]["axes"][0]["labels"] == ["the", "soup", "was", "cold"]
    assert film["best"] == files.best_epoch
    assert "all epochs are done" in _said(app)
    assert app.metric[0].label == "Accuracy (test)"
    assert app.metric[0].value == f"{files.card.metrics[0].value:.3f}"
    assert files.code.strip() in [one.value for one in app.code]
    assert _button(app, "Train") is not None

    name = "reviews_self_attention (yours)"
    assert "reviews\\_self\\_attention \\(yours\\) is open" in _said(app)
    app.switch_page(EXPLORE).run()
    _control(app, "Model").set_value(name).run()
    assert not app.exception
    assert "Same prediction as the plain model" in _said(app)

    other = _open()
    assert name not in _control(other.switch_page(EXPLORE).run(), "Model").options


def test_a_training_is_found_again_by_its_link(finished: Job):
    again = _open(job=_again(finished).id)
    assert "reviews" in again.header[0].value
    assert len(_film(again)["frames"]) == 2
    assert "is open: on every page" in _said(again)
    gone = _open(job="no such training")
    assert "is not kept any more" in _said(gone)
    assert _button(gone, "Train") is not None


def test_a_training_that_is_stopped_keeps_the_best_weights():
    app = _upload(_open(), CSV)
    _control(app, "Architecture").set_value("self_attention").run()
    _control(app, "Early stopping after").set_value(100).run()  # nothing but the button ends it
    job = _train(app, epochs=200)
    while job.progress is None or not job.progress.reports:
        assert not job.wait(0.1), job.message
    app.run()
    _button(app, "Stop and keep the best").click().run()
    assert job.wait(SECONDS)
    app.run()
    assert job.state is JobState.CANCELLED
    assert job.result.ending == "stopped"
    assert 1 <= len(job.result.history) < 200
    assert "you stopped it" in _said(app)
    assert "is open: on every page" in _said(app)


def test_a_training_waits_for_another_and_can_be_cancelled_before_it_begins():
    begun, go_on = threading.Event(), threading.Event()
    jobs.start(KIND, _work(begun, go_on), title="another session's")
    assert begun.wait(SECONDS)
    try:
        app = _upload(_open(), CSV)
        job = _train(app)
        assert job.state is JobState.QUEUED
        assert "Waiting, it is next" in app.get("progress")[0].proto.text
        _button(app, "Cancel").click().run()
        app.run()
        assert "Cancelled before it began" in _said(app)
        assert _button(app, "Train") is not None
    finally:
        go_on.set()


def test_what_went_wrong_is_said_and_nothing_is_lost():
    def fail(job: Job) -> None:
        raise TrainingError(f"The loss became NaN. Try a smaller learning rate. {MARKUP}")

    job = jobs.start(KIND, fail, title=MARKUP)
    assert job.wait(SECONDS)
    app = _open(job=job.id)
    shown = app.error[0].value
    assert "The loss became NaN" in shown
    assert "<b>" not in shown.replace("\\<", "")
    assert "<b>" not in app.header[0].value.replace("\\<", "")
    assert not _button(app, "Train").disabled


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("text,label\n" + "\n".join(f"soup {row},good" for row in range(20)), "only"),
        ("text,label\n" + "\n".join(f"soup {row},{row % 2}" for row in range(5)), "10 labelled examples"),
        ("text\n" + "\n".join(f"soup {row}" for row in range(20)), "one column"),
        ("", "empty"),
    ],
)
def test_data_that_cannot_be_learned_from_is_said_at_its_place(content: str, said: str):
    app = _upload(_open(), content)
    assert any(said in one.value for one in app.error)
    assert _button(app, "Train") is None


def test_columns_whose_long_names_begin_alike_are_told_apart():
    names = [f"a column with a name that is as long as the others, {part} part" for part in ("first", "second")]
    rows = [f"{number},{row}" for number, row in enumerate(ROWS)]
    app = _upload(_open(), "\n".join([",".join(f'"{name}"' for name in (*names, "label")), *rows]))
    for options in (_control(app, "Label column").options, app.multiselect[0].options):
        assert len(set(options)) == len(options) == 3
    assert app.multiselect[0].value == [names[1]]
    assert "48 examples of 2 classes" in _said(app)


def test_a_file_stays_over_a_change_of_pages():
    app = _upload(_open(), CSV)
    app.switch_page(EXPLORE).run()
    app.switch_page(TRAIN).run()
    assert "reviews\\.csv is still here" in _said(app)
    assert "48 examples of 2 classes" in _said(app)


def test_a_regression_on_text_labels_is_said():
    app = _upload(_open(), CSV)
    _control(app, "It learns").set_value("regression").run()
    assert not app.exception
    assert any("number" in one.value for one in app.error)
    _control(app, "It learns").set_value("classification").run()
    assert not app.error


def test_sentences_that_cannot_be_watched_hold_the_training_back():
    app = _open()
    app.text_area[0].set_value("").run()
    assert "Type at least one sentence" in _said(app)
    assert _button(app, "Train").disabled


def test_sentences_that_were_typed_stay_while_another_data_set_is_looked_at():
    app = _open()
    app.text_area[0].set_value("a sentence of mine").run()
    _upload(app, CSV)
    assert "soup" in app.text_area[0].value
    _control(app, "Data set").set_value("one that comes along").run()
    assert app.text_area[0].value == "a sentence of mine"


def test_a_model_for_which_there_is_no_room_is_kept_until_there_is(monkeypatch, finished: Job):
    monkeypatch.setenv("ATTNVIZ_MODELS_A_SESSION", "1")
    app = _open(job=_again(finished).id)
    assert "reviews \\(yours\\) is open" in _said(app)
    _button(app, "Discard").click().run()
    app.query_params["job"] = _again(finished).id
    app.run()
    assert "not open in this tab yet" in _said(app)
    assert "remove one first" in _said(app)
    monkeypatch.setenv("ATTNVIZ_MODELS_A_SESSION", "2")
    _button(app, "Open it in this tab").click().run()
    assert "reviews 2 \\(yours\\) is open" in _said(app)


def test_training_can_be_turned_off(monkeypatch):
    monkeypatch.setenv("ATTNVIZ_NO_TRAINING", "1")
    app = _open()
    assert "Training is turned off" in app.info[0].value
    assert not app.button


def test_an_operator_limits_epochs_and_rows(monkeypatch):
    monkeypatch.setenv("ATTNVIZ_TRAINING_EPOCHS", "7")
    monkeypatch.setenv("ATTNVIZ_TRAINING_ROWS", "20")
    app = _upload(_open(), CSV)
    assert _control(app, "Most epochs").max == 7
    _button(app, "Train").click().run()
    assert any("more than the 20" in one.value for one in app.error)
