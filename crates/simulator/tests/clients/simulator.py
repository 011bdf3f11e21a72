"""What a test of a PyPI client stands on: a simulator of its own, and an address that its webhooks come to.

    simulator = Simulator()   # builds nothing: `scripts/test.sh clients` built it before
    simulator.control("POST", "viber/bots", {"uri": "doithoai", "name": "1022", "token": "…"})
    simulator.stop()

Environment: SIMULATOR_BIN (target/debug/examples/phone). simulator.mjs is the same for npm's clients.
"""

import base64
import json
import os
import pathlib
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

ROOT = pathlib.Path(__file__).parents[4]
PROGRAM = os.environ.get("SIMULATOR_BIN", ROOT / "target/debug/examples/phone")

# A GIF of one point.
PICTURE = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")


class Simulator:
    """Listens on a free port; it has printed its address when it does."""

    def __init__(self):
        self._process = subprocess.Popen([PROGRAM, "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
        self.origin = self._process.stdout.readline().strip()
        if not self.origin:
            raise RuntimeError(f"the simulator ended with {self._process.wait()}")

    def control(self, method, path, body=None):
        """What a vendor's server cannot be asked: /control/… of the simulator's README."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        try:
            with urlopen(Request(f"{self.origin}/control/{path}", data, headers, method=method)) as answer:
                return json.load(answer)
        except HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from error

    def sent(self, vendor, person):
        """What this person got, oldest first."""
        return self.control("GET", f"{vendor}/sent?to={quote(str(person), safe='')}")["last"]

    def stop(self):
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()


class Webhook:
    """An address that answers 200 to every post and keeps its headers and body in `posts`."""

    def __init__(self):
        self.posts = posts = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                posts.append((self.headers, self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
