"""What the child process runs: one training, told by a message on its standard input, reported on its standard output.

Started as `python -m attnviz.training.child_main` by `attnviz.training.child_process`. It imports Keras at once and
then waits for its request. The end of its standard input means: end with what there is, whether somebody stopped the
training or the server is gone.
"""

import contextlib
import os
import sys
import threading
import traceback
from pathlib import Path

NICENESS = 10
"""How far the training stands back behind the server, which answers clicks on the same cores."""


def main() -> None:
    """Train once."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not pass for an answer
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    _fall_first()
    # TensorFlow starts after this process has stood back.
    from attnviz.errors import AttnVizError  # noqa: PLC0415
    from attnviz.training.model_files import files_of  # noqa: PLC0415
    from attnviz.training.pipe_messages import Message, message_bytes, read_message  # noqa: PLC0415
    from attnviz.training.training_messages import (  # noqa: PLC0415
        FAILED,
        READY,
        REFUSED,
        epoch_message,
        request_of,
        trained_message,
    )
    from attnviz.training.training_run import fit  # noqa: PLC0415

    def tell(message: Message) -> None:
        answers.write(message_bytes(message))
        answers.flush()

    with contextlib.suppress(BrokenPipeError):
        tell(Message(kind=READY))
        received = read_message(sys.stdin.buffer)
        if received is None:
            return
        ended = threading.Event()
        threading.Thread(target=_wait_for_the_end, args=(ended,), daemon=True).start()
        try:
            request = request_of(received)
            trained = fit(
                request.architecture,
                request.data,
                settings=request.settings,
                probes=request.probes,
                on_epoch=lambda report: tell(epoch_message(report)),
                stopped=ended.is_set,
                minutes=request.minutes,
                name=request.name,
                keep_probes=False,
            )
            tell(trained_message(files_of(trained)))
        except BrokenPipeError:
            raise
        except AttnVizError as error:
            tell(Message(kind=REFUSED, fields={"message": str(error)}))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the server's log has it
            tell(
                Message(
                    kind=FAILED,
                    fields={"error": type(error).__name__, "traceback": "".join(traceback.format_exception(error))},
                )
            )


def _fall_first() -> None:
    """Where memory runs out, the system ends this process and not the server. Linux only."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _wait_for_the_end(ended: threading.Event) -> None:
    sys.stdin.buffer.read()
    ended.set()


if __name__ == "__main__":
    main()
    sys.stderr.flush()
    os._exit(0)  # TensorFlow's threads, and the one that reads, need no farewell
