"""The server: stateful, threaded, keeping a record of all that was said, and failing where a test plans it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

from github_server.faults import Answer, Delivery, Fault, error
from github_server.routes import Request, answer
from github_server.state import ACTIONS_BOT, Exchange, GitHub, User

__all__ = ["ACTIONS_BOT", "Exchange", "GitHub", "User", "serve"]

ROOT = "/api/v3"
"""The API's path, as on GitHub Enterprise: whoever forgets the path of GITHUB_API_URL gets a 404."""


@contextmanager
def serve() -> Iterator[GitHub]:
    """A running server, on a free port of this machine, until the block ends."""
    github = GitHub()
    with _listen(_Handler, github) as port, _listen(_Storage, github) as storage_port:
        github.url = f"http://127.0.0.1:{port}{ROOT}"
        github.storage_url = f"http://127.0.0.1:{storage_port}"
        yield github


@contextmanager
def _listen(handler: type["_Handler | _Storage"], github: GitHub) -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (handler,), {"github": github})) as http:
        thread = Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield http.server_port
        finally:
            github.closing.set()
            http.shutdown()
            thread.join()


class _Storage(BaseHTTPRequestHandler):
    """Where artifacts are kept: a signed URL is the key to it, and a token is not welcome, as at Azure."""

    github: ClassVar[GitHub]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self.github.downloads.append({name.lower(): value for name, value in self.headers.items()})
        found = [artifact.content for artifact in self.github.artifacts if url.path == f"/{artifact.id}"]
        status, content = (200, found[0]) if found else (404, b"")
        if url.query != "sig=SIGNATURE" or "Authorization" in self.headers:
            status, content = 403, b"<Error><Code>AuthenticationFailed</Code></Error>"
        self.send_response(status)
        self.send_header("Content-Type", "application/zip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server gave it
        """Keep quiet: the record is in `GitHub.downloads`."""


class _Handler(BaseHTTPRequestHandler):
    """The API."""

    github: ClassVar[GitHub]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_PATCH(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server gave it
        """Keep quiet: the record is in `GitHub.exchanges`."""

    def _handle(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        path = url.path.removeprefix(ROOT) if url.path.startswith(ROOT) else "/outside-the-api" + url.path
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = json.loads(raw) if raw else None
        query = dict(parse_qsl(url.query))
        with self.github.lock:
            fault = self._fault(path)
            if fault.change:
                fault.change()
            user = self.github.tokens.get(headers.get("authorization", "").removeprefix("Bearer "))
            if fault.answer or fault.lost:
                said = fault.answer or error(500, "lost")
            elif user is None:
                said = error(401, "Bad credentials")
            else:
                said = answer(self.github, Request(self.command, path, query, body, user))
            self.github.exchanges.append(
                Exchange(self.command, path, query, headers, body, said.status, said.body, fault != Fault())
            )
        self._say(said, fault.delivery)

    def _fault(self, path: str) -> Fault:
        for planned in self.github.faults:
            if planned.method == self.command and path.endswith(planned.path):
                self.github.faults.remove(planned)
                return planned.fault
        return Fault()

    def _say(self, said: Answer, delivery: Delivery) -> None:
        content = b"" if said.body is None else json.dumps(said.body).encode()
        if delivery is Delivery.CUT_UNNOTICED:
            content = content[: len(content) // 2]
        if delivery is Delivery.SILENCE:
            self.github.closing.wait()
        self.close_connection = self.close_connection or delivery is not Delivery.WHOLE
        if delivery in {Delivery.RESET, Delivery.SILENCE}:
            return
        self.send_response(said.status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        if said.status != 204:
            self.send_header("Content-Length", str(len(content)))
        for name, value in said.headers.items():
            self.send_header(name, value)
        self.end_headers()
        match delivery:
            case Delivery.CUT:
                self.wfile.write(content[: len(content) // 2])
            case Delivery.TRICKLE:
                self._trickle(content)
            case _:
                self.wfile.write(content)

    def _trickle(self, content: bytes) -> None:
        try:
            for position in range(len(content)):
                self.wfile.write(content[position : position + 1])
                if self.github.closing.wait(0.02):
                    return
        except OSError:
            return  # the client has had enough
