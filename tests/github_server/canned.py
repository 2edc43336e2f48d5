"""An API that gives canned answers, without a network: for what no real server says at will."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from github_server.clock import Clock
from leakgate.github.client import GitHubClient, connect

API = "https://ghes.example/api/v3"
TOKEN = "ghs_secret"


Answers = httpx.Response | Exception


@dataclass
class Api:
    """An API that gives its answers one after the other, the last one for ever.

    Attributes:
        answers: What it answers.
        clock: What its client waits by.
        requests: What it was asked.
    """

    answers: Sequence[Answers | Callable[[httpx.Request], httpx.Response]]
    clock: Clock = field(default_factory=Clock)
    requests: list[httpx.Request] = field(default_factory=list)

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        if not isinstance(answer, httpx.Response):
            return answer(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @contextmanager
    def client(self) -> Iterator[GitHubClient]:
        transport = httpx.MockTransport(self.handle)
        with connect(API, TOKEN, patience=self.clock.patience(), transport=transport) as client:
            yield client

    def get(self) -> dict[str, int]:
        with self.client() as client:
            return client.get("/repos/octo/store", dict[str, int])

    def post(self, found: dict[str, int] | None = None) -> dict[str, int]:
        with self.client() as client:
            return client.post("/repos/octo/store", {"body": "x"}, dict[str, int], look=lambda: found)

    def download(self, most: int = 100) -> bytes:
        with self.client() as client:
            return client.download("/repos/octo/store/artifacts/1/zip", most=most)

    @property
    def asked(self) -> list[str]:
        return [f"{request.method} {request.url}" for request in self.requests]


DONE = httpx.Response(200, json={"id": 2})
