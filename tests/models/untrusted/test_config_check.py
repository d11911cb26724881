"""What a config may say, beside the classes that it names; and what a person reads if it may not."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import keras_hub  # noqa: F401 - its classes are known once it is imported, as the child process does
import pytest

import attnviz.layers
from attnviz.errors import UnsafeModelError
from attnviz.models.untrusted.allow_list import AllowList
from attnviz.models.untrusted.config_check import check_config
from tests.models.untrusted.model_files import layer_config

ALLOWED = AllowList(())
ROOT = Path(__file__).resolve().parents[3]


def check(node: Any) -> None:
    check_config({"class_name": "Sequential", "module": "keras", "config": [node]}, label="'it'", allowed=ALLOWED)


def refusal(node: Any) -> str:
    with pytest.raises(UnsafeModelError) as caught:
        check(node)
    return str(caught.value)


@pytest.mark.parametrize(
    "node",
    [
        {"class_name": "__numpy__", "config": {"value": [1, 2], "dtype": "int32"}},
        {"class_name": "__tensor__", "config": {"value": [[0.5]], "dtype": "bfloat16"}},
        {"class_name": "__slice__", "config": {"start": None, "stop": 3, "step": None}},
        {"class_name": "__ellipsis__", "config": {}},
        layer_config("keras.layers", "TextVectorization", {"name": "words", "vocabulary": ["/", "a://b", "../y"]}),
        layer_config("keras.layers", "EinsumDense", {"name": "a/b", "equation": "abc,cd->abd"}),
        layer_config("keras.src.ops.einops", "Rearrange", {"name": "rearrange", "pattern": "b t d -> b (t d)"}),
        layer_config("keras.layers", "Activation", {"activation": "gelu"}),
        layer_config("keras.ops", "function", "softmax", registered_name="softmax"),
        layer_config("builtins", "function", "mean_squared_error", registered_name="function"),
        layer_config("keras.losses", "function", "mean_squared_error", registered_name="mean_squared_error"),
        layer_config("keras_hub.src.utils.keras_utils", "function", "keras_hub>gelu_approximate"),
        layer_config("attnviz.layers", "SelfAttention", registered_name="attnviz>SelfAttention"),
    ],
)
def test_what_models_hold(node: Any) -> None:
    check(node)


@pytest.mark.parametrize("dtype", ["object", "O", "S1000000000", "U9", "V8", "datetime64", None, ["f4"], "f4,f4"])
def test_arrays_of_odd_types(dtype: Any) -> None:
    for kind in ("__tensor__", "__numpy__"):
        assert "an array of a type that is not read here" in refusal(
            {"class_name": kind, "config": {"value": [""], "dtype": dtype}}
        )


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({"class_name": "__typespec__", "spec_name": "x", "module": "keras", "config": []}, "a type of TensorFlow"),
        ({"class_name": ["Dense"], "config": {}}, "a `class_name` that is no text"),
        ({"class_name": "Mine", "module": None, "config": {}}, "without saying where it comes from"),
        ({"class_name": "Mine", "module": 3, "config": {}}, "without saying where it comes from"),
        (layer_config("keras.layers", "Map"), "'keras.layers.Map', which is no layer, model, or part of one"),
        (layer_config("keras.src.ops.core", "Map"), "'keras.src.ops.core.Map', which is no layer"),
        (layer_config("keras_hub.models", "Nothing"), "which the KerasHub installed here does not have"),
        (layer_config("keras.layers", "Dense", registered_name="keras_hub>upload_preset"), "'keras.layers.Dense'"),
        (layer_config("keras.layers", "Dense", {"activation": "keras_hub>upload_preset"}), "is no part of a model"),
        (layer_config("keras.layers", "Dense", {"keras_hub>serialize": 1}), "is no part of a model"),
        (layer_config("keras.activations", "function", "relu", registered_name="get_file"), "names a Python function"),
        (layer_config("builtins", "function", "get"), "names a Python function, 'builtins.get'"),
        (layer_config("keras.layers", "Dense", {"name": "x", "bias": "file:///etc/passwd"}), "`bias` is 'file:///etc/"),
        (
            layer_config("keras.layers", "Dense", {"name": "x", "bias": "hf://user/model"}),
            "`bias` is 'hf://user/model'",
        ),
        (layer_config("keras.layers", "Dense", {"name": "x", "bias": "\\\\server\\share"}), "outside of the archive"),
        (layer_config("keras.layers", "Dense", {"name": "x", "bias": "C:\\x"}), "outside of the archive"),
    ],
)
def test_what_no_model_holds(node: Any, message: str) -> None:
    assert message in refusal(node)


def test_the_refusal_says_where_in_the_model(small: bytes) -> None:
    inner = layer_config("keras.layers", "Lambda", {"name": "inner"})
    outer = layer_config("keras.layers", "TimeDistributed", {"name": "outer", "layer": inner})
    assert refusal(outer).startswith("'it': 'inner' (Lambda) is a `Lambda` layer")


def test_a_layer_that_somebody_registers_is_not_allowed_for_being_registered() -> None:
    allowed = AllowList(["attnviz.layers"])
    assert attnviz.layers.SelfAttention in allowed
    assert attnviz.layers.masked_softmax not in allowed  # of the module, but registered as nothing
    assert AllowList not in AllowList(["attnviz.models"])


def test_models_of_keras_hub_are_explained_where_it_is_not_installed() -> None:
    program = dedent(
        """
        import sys
        sys.modules["keras_hub"] = None  # as if it were not installed
        from attnviz.errors import UnsafeModelError
        from attnviz.models.untrusted.allow_list import AllowList
        from attnviz.models.untrusted.config_check import check_config
        from attnviz.models.untrusted.modules import import_modules
        import_modules([])
        node = {"class_name": "BertBackbone", "module": "keras_hub.src.models.bert.bert_backbone", "config": {},
                "registered_name": "keras_hub>BertBackbone"}
        try:
            check_config(node, label="'it'", allowed=AllowList([]))
        except UnsafeModelError as error:
            print(error)
        """
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert "is made of KerasHub ('BertBackbone'), which is not installed on this server" in finished.stdout
    assert "pip install keras-hub" in finished.stdout
