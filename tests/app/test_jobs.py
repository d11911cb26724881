import gc
import subprocess
import sys
import threading

import keras
import pytest
from streamlit.testing.v1 import AppTest

from attnviz.app import cache
from attnviz.app.jobs import STAGES, Preload


def _finished(preload: Preload) -> None:
    preload._thread.join(timeout=120)
    assert not preload._thread.is_alive()


def test_preload_goes_through_its_stages_once(monkeypatch):
    calls = []
    monkeypatch.setattr(cache, "warm_up", lambda: calls.append(threading.current_thread().name))
    preload = Preload()
    assert not preload.progress.ready
    preload.start()
    preload.start()
    _finished(preload)
    assert preload.progress.ready
    assert STAGES[preload.progress.stage] == "Ready"
    preload.start()
    assert calls == ["preload"]


def test_a_failure_is_told_and_can_be_tried_again(monkeypatch):
    problems = [OSError("disk gone")]

    def warm_up() -> None:
        if problems:
            raise problems.pop()

    monkeypatch.setattr(cache, "warm_up", warm_up)
    preload = Preload()
    preload.start()
    _finished(preload)
    assert preload.progress.failed == "OSError: disk gone"
    assert not preload.progress.ready
    preload.start()
    _finished(preload)
    assert preload.progress.ready


def test_nothing_is_collected_while_tensorflow_is_loaded_and_all_is_again_afterwards(monkeypatch):
    collects = []

    def warm_up() -> None:
        collects.append(gc.isenabled())
        raise OSError("disk gone")

    monkeypatch.setattr(cache, "warm_up", warm_up)
    preload = Preload()
    preload.start()
    _finished(preload)
    assert collects == [False]
    assert gc.isenabled()


def test_a_run_of_the_page_leaves_keras_alone():
    """Streamlit would reset Keras under the layers that other threads are calling."""
    preload = Preload()
    preload.start()
    _finished(preload)
    with keras.name_scope("outer"):
        AppTest.from_string("import streamlit as st; st.title('Any page')").run()
        layer = keras.layers.Dense(1, name="inner")
        layer.build((None, 2))
    assert layer.kernel.path.endswith("outer/inner/kernel")  # a reset would have taken "outer" away


@pytest.mark.parametrize("module", ["attnviz.app.jobs", "attnviz.app.inputs", "attnviz.app.model_picker"])
def test_what_stands_above_the_results_starts_no_tensorflow(module):
    """The title and the input show before TensorFlow is there, so nothing that they need may import it."""
    code = f"import sys, {module}; print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_server_starts_without_pandas():
    """What `dashboard.py` imports comes before everything: a quarter of a second for each start."""
    code = "import sys, attnviz.app.settings, attnviz.app.no_uploads; print({'pandas', 'pyarrow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
