"""Loaded by the emulator's Python when it starts: answers of its Lambda runtime API leave at once.

Without it Nagle's algorithm and delayed acknowledgements add about 45 ms to every invocation.
"""

import socketserver

socketserver.StreamRequestHandler.disable_nagle_algorithm = True
