"""Git over HTTP as a forge serves it: a repository that only those with the right token may read, and write."""

import base64
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread


@dataclass
class GitServer:
    """What is served, to whom.

    Attributes:
        root: The directory of the bare repositories.
        readers: Tokens that may fetch.
        writers: Tokens that may push, too.
        trouble: The status of the next answers instead of what was asked, such as 502.
    """

    root: Path
    readers: frozenset[str]
    writers: frozenset[str]
    url: str = ""
    trouble: list[int] = field(default_factory=list)


@contextmanager
def serve(root: Path, *, readers: frozenset[str], writers: frozenset[str]) -> Iterator[GitServer]:
    """A server on a port of its own for as long as the block lasts."""
    served = GitServer(root, readers | writers, writers)

    class Handler(_Handler):
        pass

    Handler.served = served
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served: GitServer

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self._body()
        if self.served.trouble:
            self._say(self.served.trouble.pop(0), b"")
            return
        given = self.headers.get_all("Authorization") or []
        token = _token(given[0]) if len(given) == 1 else None
        if len(given) > 1:
            self._say(HTTPStatus.BAD_REQUEST, b"Duplicate header: Authorization\n")
        elif token is None:
            self._say(HTTPStatus.UNAUTHORIZED, b"", ("WWW-Authenticate", 'Basic realm="forge"'))
        elif token not in self.served.readers:
            self._say(HTTPStatus.FORBIDDEN, b"Invalid token.\n")
        elif "git-receive-pack" in self.path and token not in self.served.writers:
            self._say(HTTPStatus.FORBIDDEN, b"Permission to owner/project.git denied to github-actions[bot].\n")
        else:
            self._backend(body)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _backend(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        env = {
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_PROJECT_ROOT": str(self.served.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "somebody",
            "REMOTE_ADDR": "127.0.0.1",
        }
        done = subprocess.run(["git", "http-backend"], env=env, input=body, capture_output=True, check=True)
        head, _, answer = done.stdout.partition(b"\r\n\r\n")
        headers = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n")]
        status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
        self._say(status, answer, *((name, value) for name, value in headers if name != "Status"))

    def _say(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in headers or (("Content-Type", "text/plain"),):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _token(authorization: str) -> str | None:
    """The password of a `Basic` header."""
    kind, _, encoded = authorization.partition(" ")
    return base64.b64decode(encoded).decode().partition(":")[2] if kind.lower() == "basic" else None
