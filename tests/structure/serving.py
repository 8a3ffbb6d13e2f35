"""A server for tests that open pages."""

import contextlib
import http.server


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files, writes no log, and does not mind who leaves before having everything."""

    def log_message(self, *_):
        pass

    def handle(self):
        with contextlib.suppress(ConnectionError):
            super().handle()
