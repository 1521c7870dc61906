"""Starts the AWS emulator, closed to the pages of other sites."""

import socketserver
from http.server import BaseHTTPRequestHandler

import origins
from ministack import app

# Answers of its Lambda runtime API leave at once. Otherwise Nagle's algorithm and delayed acknowledgements add about 45 ms to every
# invocation.
socketserver.StreamRequestHandler.disable_nagle_algorithm = True
# No page of that API is opened by anybody.
origins.guarded(BaseHTTPRequestHandler, pages=None)
app.app = origins.asgi(app.app)
app.main()
