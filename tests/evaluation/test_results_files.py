"""Results as files, read back with pandas and json."""

import io
import json
from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest

import attnviz
from attnviz.evaluation import results_files
from attnviz.evaluation.metrics import metrics_of
from attnviz.evaluation.results_files import results_csv, results_json, without_formula
from attnviz.evaluation.right_against_wrong import right_against_wrong
from attnviz.evaluation.running import evaluate
from attnviz.evaluation.slices import slices


@pytest.fixture(scope="module")
def evaluation(classifier, data_of, texts):
    long = "good " * 60
    given = [*texts[:8], "", long, '=HYPERLINK("http://x.example")', "bad, film\nvery"]
    return evaluate(classifier, data_of(classifier, given, [0, 1] * 6))


def test_examples_come_back_in_full(evaluation):
    table = pd.read_csv(io.BytesIO(results_csv(evaluation)))
    assert list(table["line"]) == [*range(2, 10), 11, 12, 13]
    assert table["input"].iloc[8] == "good " * 60
    assert table["input"].iloc[10] == "bad, film\nvery"
    np.testing.assert_allclose(table["probability of yes"], evaluation.outputs[evaluation.evaluated, 1], rtol=1e-6)
    np.testing.assert_allclose(table["loss"], evaluation.examples["loss"])
    assert list(table["right"]) == list(evaluation.examples["right"])


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_a_text_of_several_lines_is_one_cell(classifier, data_of, end):
    evaluation = evaluate(classifier, data_of(classifier, [f"bad{end}very", "good"], [0, 1]))
    table = pd.read_csv(io.BytesIO(results_csv(evaluation)))
    assert list(table["input"]) == [f"bad{end}very", "good"]


def test_no_cell_is_a_formula(evaluation):
    table = pd.read_csv(io.BytesIO(results_csv(evaluation)))
    assert table["input"].iloc[9] == '\'=HYPERLINK("http://x.example")'


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_may_begin_a_formula_is_quoted(start):
    assert without_formula(f"{start}1") == f"'{start}1"
    assert without_formula(-1.5) == -1.5
    assert without_formula("a=1") == "a=1"


def test_json_holds_figures_settings_and_versions(evaluation):
    content = json.loads(results_json(evaluation, model_digest="abc"))
    figures = {(one["name"], one["class"]): one for one in content["figures"]}
    for one in metrics_of(evaluation):
        assert figures[one.name, one.per_class]["value"] == pytest.approx(one.value)
        assert figures[one.name, one.per_class]["interval"] == pytest.approx([one.lower, one.upper])
    assert content["model"]["sha256"] == "abc"
    assert content["settings"]["batch size"] == 32
    assert content["versions"]["attnviz"] == attnviz.__version__
    assert content["versions"]["keras"] == keras.__version__
    assert content["skipped"] == [{"line": 10, "reason": "The text is empty. Type at least one word."}]
    assert content["data"]["evaluated"] == 11
    assert np.sum(content["confusion"]["counts"]) == 11
    assert len(content["attention"]["heads"]) == len(evaluation.attention.places)


def test_what_is_not_defined_is_null(evaluation):
    content = json.loads(results_json(replace(evaluation, attention=None)))
    assert "attention" not in content
    few = json.dumps(json.loads(results_json(evaluation)), allow_nan=False)
    assert "NaN" not in few


def test_a_regression_has_files_too(forecaster, data_of):
    evaluation = evaluate(forecaster, data_of(forecaster, [[[1.0]], [[2.5]]], [0.0, 1.0]))
    table = pd.read_csv(io.BytesIO(results_csv(evaluation)))
    assert list(table["input"]) == ["[[1.0]]", "[[2.5]]"]
    assert "confusion" not in json.loads(results_json(evaluation))


def test_what_is_known_already_is_not_computed_again(evaluation, monkeypatch):
    expected = results_json(evaluation)
    known = {
        "figures": metrics_of(evaluation),
        "heads": right_against_wrong(evaluation),
        "parts": slices(evaluation),
    }
    for name in ("metrics_of", "right_against_wrong", "slices"):
        monkeypatch.delattr(results_files, name)
    assert results_json(evaluation, **known) == expected
