"""An upload is checked beside the sessions: the page that waits for it, and every other, goes on answering."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from attnviz.app.settings import allowed_modules, model_uploads

if TYPE_CHECKING:
    from attnviz.models.untrusted.checking import CheckedUpload

AT_ONCE = 2
"""Uploads that are checked at the same time; each takes a process and the memory of its file."""

_checkers = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="check upload")


@dataclass(frozen=True, eq=False)
class Check:
    """One upload on its way.

    Attributes:
        name: The file's name.
        future: The checked upload, or the error that refused it.
    """

    name: str
    future: "Future[CheckedUpload]"

    @property
    def stage(self) -> str:
        """What is being done, in words."""
        if not self.future.running():
            return "Waiting until another upload has been checked"
        return "Checking what is in the file, in a process of its own"


def start_check(name: str, content: bytes) -> Check:
    """Begin to check an uploaded file, in a thread."""
    return Check(name, _checkers.submit(_check, name, content))


def _check(name: str, content: bytes) -> "CheckedUpload":
    from attnviz.models.untrusted.checking import check_upload
    from attnviz.models.untrusted.limits import MEGABYTE, ModelLimits

    uploads = model_uploads()
    limits = ModelLimits(
        packed_bytes=uploads.megabytes * MEGABYTE,
        unpacked_bytes=uploads.unpacked_megabytes * MEGABYTE,
        entries=uploads.entries,
    )
    return check_upload(name, content, limits=limits, allowed_modules=allowed_modules())
