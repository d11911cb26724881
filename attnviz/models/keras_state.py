"""Keras' global state in a server with many threads."""

import keras


def keep_keras_state() -> None:
    """Turn `keras.backend.clear_session` off in this process; `keras.utils.clear_session` still works.

    Before every run of a script, Streamlit calls it to reset Keras, for all threads at once, and collects all garbage.
    Layers that another thread is calling at that moment lose their training flag, precision and name.
    """
    keras.backend.clear_session = _do_nothing


def _do_nothing(free_memory: bool = True) -> None:
    pass
