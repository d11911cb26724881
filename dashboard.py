"""What `streamlit run dashboard.py` starts; everything else is in attnviz/app."""

import sys
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config

from attnviz.app.headers import SecurityHeaders
from attnviz.app.jobs import preload_with_server
from attnviz.app.no_uploads import NoUploads
from attnviz.app.settings import apply_command_line, largest_upload, uploads_allowed

# Another server than Streamlit's own, such as uvicorn, has arguments of its own.
started_here = Path(sys.argv[0]).name == Path(__file__).name
apply_command_line(sys.argv[1:] if started_here else [])
# The largest file of any kind; each uploader has a limit of its own.
config.set_option("server.maxUploadSize", largest_upload())

app = st.App(
    "attnviz/app/main.py",
    lifespan=preload_with_server,
    middleware=[Middleware(SecurityHeaders), *([] if uploads_allowed() else [Middleware(NoUploads)])],
)
