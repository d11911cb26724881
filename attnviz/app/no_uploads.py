"""With `--no-uploads` the server takes no file, whatever a browser sends."""

import re

from starlette.responses import PlainTextResponse

from attnviz.app.headers import Application, Message, Receive, Send

UPLOAD_PATH = re.compile(r"/_stcore/upload_file(/|$)")


class NoUploads:
    """ASGI middleware that refuses Streamlit's route for files."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] != "OPTIONS" and UPLOAD_PATH.search(scope["path"]):
            refused = PlainTextResponse("Uploading is turned off on this server (--no-uploads).", status_code=403)
            await refused(scope, receive, send)
            return
        await self.app(scope, receive, send)
