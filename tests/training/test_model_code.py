import keras
import numpy as np
import pytest

from attnviz.errors import TrainingError
from attnviz.training.architecture_list import ARCHITECTURES, SERIES, TEXT
from attnviz.training.model_code import generated_code
from attnviz.training.model_plan import ClassOutput, ModelPlan, NumberOutput, SeriesInput, TextInput
from attnviz.training.settings import TrainingSettings
from attnviz.training.trainable_models import build_model

SETTINGS = TrainingSettings(
    units=8,
    embedding=6,
    heads=2,
    blocks=2,
    dropout=0.123456789,
    learning_rate=0.00123456789,
    seed=7,
    maximum_length=9,
    maximum_sentences=3,
)
OUTPUTS = {"classification": ClassOutput(classes=3), "regression": NumberOutput(mean=-2.5, deviation=0.125)}
INPUTS = {TEXT: TextInput(words=30), SERIES: SeriesInput(length=5, means=(1.5, 0.0), variances=(4.0, 1e-08))}
# Every architecture with all that it reads; what it learns is one layer, the same for all, and takes turns.
CASES = [
    (name, kind, architecture.tasks[(number + turn) % 2])
    for number, (name, architecture) in enumerate(ARCHITECTURES.items())
    for turn, kind in enumerate(architecture.inputs)
]


def _plan(kind, task):
    return ModelPlan(name="my_model", input=INPUTS[kind], output=OUTPUTS[task])


def _run(code):
    keras.utils.clear_session()  # layers without a name of their own are numbered from the start again
    namespace = {"__name__": "somebodys_script"}
    exec(compile(code, "copied.py", "exec"), namespace)
    return namespace["model"]


def _built(name, plan, settings):
    keras.utils.clear_session()
    keras.utils.set_random_seed(settings.seed)
    return build_model(name, plan, settings)


@pytest.mark.parametrize(("name", "kind", "task"), CASES)
def test_the_code_builds_the_same_model_with_the_same_first_weights(name, kind, task):
    plan = _plan(kind, task)
    copied = _run(generated_code(name, SETTINGS, plan))
    built = _built(name, plan, SETTINGS)
    assert copied.get_config() == built.get_config()
    assert [one.path for one in copied.weights] == [one.path for one in built.weights]
    for one, other in zip(copied.get_weights(), built.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    generator = np.random.default_rng(0)
    if kind == SERIES:
        inputs = generator.normal(size=(4, 5, 2)).astype(np.float32)
    else:
        inputs = generator.integers(1, 30, size=(4, 3, 9) if name == "hierarchical" else (4, 6)).astype(np.int32)
        inputs[2:, ..., 4:] = 0
    np.testing.assert_array_equal(copied(inputs), built(inputs))
    assert float(copied.optimizer.learning_rate) == pytest.approx(SETTINGS.learning_rate)
    assert copied.loss == ("mean_squared_error" if task == "regression" else "sparse_categorical_crossentropy")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_code_can_be_shown_before_there_are_data(name):
    settings = TrainingSettings(maximum_words=50, units=8, embedding=8)
    code = generated_code(name, settings)
    compile(code, "copied.py", "exec")
    assert "layers.Embedding(52, " in code
    assert all(len(line) <= 120 for line in code.splitlines())


def test_a_name_is_only_ever_text():
    plan = ModelPlan(name='a"); raise SystemExit("', input=INPUTS[TEXT], output=OUTPUTS["classification"])
    assert _run(generated_code("self_attention", SETTINGS, plan)).name == plan.name


def test_another_seed_gives_other_weights():
    plan = _plan(TEXT, "classification")
    first = _run(generated_code("self_attention", SETTINGS, plan))
    other = _run(generated_code("self_attention", TrainingSettings(**{**SETTINGS.as_dict(), "seed": 8}), plan))
    assert not np.array_equal(first.get_weights()[0], other.get_weights()[0])


def test_what_does_not_exist_is_told():
    with pytest.raises(TrainingError, match="one of self_attention.*Received: 'perceptron'"):
        generated_code("perceptron", SETTINGS)
    with pytest.raises(TrainingError, match="reads text. Received: series"):
        build_model("hierarchical", _plan(SERIES, "regression"), SETTINGS)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_architecture_has_the_attention_that_it_names(name):
    from attnviz.capture.run import capture_attention

    model = _built(name, _plan(TEXT, "classification"), SETTINGS)
    ids = np.ones((1, 3, 9) if name == "hierarchical" else (1, 6), np.int32)
    found = {one.layer for one in capture_attention(model, ids).maps}
    named = set(ARCHITECTURES[name].maps)
    assert named <= found
    assert {one for one in found if not one.startswith("attention_")} <= named
