"""Starts the AWS emulator, closed to the pages of other sites."""

import socketserver
from http.server import BaseHTTPRequestHandler

import origins
import sign_in
from ministack import app
from ministack.services import cognito

# Answers of its Lambda runtime API leave at once. Otherwise Nagle's algorithm and delayed acknowledgements add about 45 ms to every
# invocation.
socketserver.StreamRequestHandler.disable_nagle_algorithm = True
# No page of that API is opened by anybody.
origins.guarded(BaseHTTPRequestHandler, pages=None)
page = cognito._page_shell
cognito._page_shell = lambda *parts: sign_in.in_french(page(*parts))
app.app = origins.asgi(app.app)
app.main()
