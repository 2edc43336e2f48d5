import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from github_server.clock import Clock
from leakgate.errors import ServiceError
from leakgate.github.client import GitHubClient, connect
from leakgate.github.failures import ForbiddenError

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
    def client(self, **patience: float) -> Iterator[GitHubClient]:
        with connect(
            API, TOKEN, patience=self.clock.patience(**patience), transport=httpx.MockTransport(self.handle)
        ) as client:
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


def test_a_request_is_what_github_asks_for() -> None:
    api = Api([httpx.Response(201, json={"id": 1})])
    assert api.post() == {"id": 1}
    [request] = api.requests
    assert (request.method, str(request.url), request.content) == (
        "POST",
        f"{API}/repos/octo/store",
        b'{"body":"x"}',
    )
    assert {name: request.headers[name] for name in ("accept", "authorization", "x-github-api-version")} == {
        "accept": "application/vnd.github+json",
        "authorization": "Bearer ghs_secret",
        "x-github-api-version": "2022-11-28",
    }
    assert request.headers["user-agent"].startswith("leakgate/")


PERMISSIONS = (
    "  help: give the job `permissions: {contents: read, pull-requests: write}`; on a pull request from a fork "
    "the token can only read, whatever the permissions say"
)
TROUBLE = "  help: run the job again; https://www.githubstatus.com shows known trouble"
PLACE = f"GET {API}/repos/octo/store: "


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            httpx.Response(401, json={"message": "Bad credentials"}),
            (
                "GitHub refused the token (401 Bad credentials)\n"
                "  help: pass `token: ${{ github.token }}`, or a token that is still valid"
            ),
        ),
        (
            httpx.Response(403, json={"message": "Resource not accessible by integration"}),
            f"the token may not do this (403 Resource not accessible by integration)\n{PERMISSIONS}",
        ),
        (
            httpx.Response(403, json={"message": "API rate limit exceeded"}),
            "GitHub's rate limit is used up (403 API rate limit exceeded)\n  help: run the job again later",
        ),
        (
            httpx.Response(403, json={"message": "no"}, headers={"x-ratelimit-remaining": "0"}),
            "GitHub's rate limit is used up (403 no)\n  help: run the job again later",
        ),
        (
            httpx.Response(429, text="slow down", headers={"retry-after": "60"}),
            (
                "GitHub's rate limit is used up (429 Too Many Requests), and wants to be asked again from "
                "2027-01-15 08:03:00 UTC\n  help: run the job again later"
            ),
        ),
        (
            httpx.Response(404, json={"message": "Not Found"}),
            (
                "GitHub does not find it (404 Not Found)\n"
                "  help: check the repository and the pull request, and that the token may see them"
            ),
        ),
        (
            httpx.Response(422, json={"message": "Validation Failed"}),
            "GitHub refused the content (422 Validation Failed)",
        ),
        (httpx.Response(502, text="<html>"), f"GitHub is in trouble (502 Bad Gateway)\n{TROUBLE}"),
        (httpx.Response(418, json=[1]), "GitHub refused (418 I'm a teapot)"),
        (
            httpx.Response(422, json={"message": f"\x1b[2J{TOKEN}\n::error::" + "x" * 500}),
            f"GitHub refused the content (422 [2J*** ::error::{'x' * 184})",
        ),
        (
            httpx.ConnectError(f"no route for {TOKEN}"),
            "GitHub cannot be reached: no route for ***\n  help: check the network, the proxy and GITHUB_API_URL",
        ),
        (httpx.ReadTimeout(""), "GitHub did not answer in time\n  help: run the job again"),
        (
            httpx.Response(200, text="<html>"),
            (
                "the answer is not what GitHub's API describes: JSON is malformed: invalid character (byte 0)\n"
                "  help: check GITHUB_API_URL"
            ),
        ),
        (
            httpx.Response(410, json={"message": "Gone"}),
            "it is there no more (410 Gone)",
        ),
        (
            httpx.Response(405, text=""),
            "the server has no such operation (405 Method Not Allowed)",
        ),
        (
            httpx.Response(200, json={"id": "1"}),
            (
                "the answer is not what GitHub's API describes: Expected `int`, got `str` - at `$[...]`\n"
                "  help: check GITHUB_API_URL"
            ),
        ),
    ],
)
def test_each_failure_has_its_words(answer: httpx.Response | Exception, message: str) -> None:
    with pytest.raises(ServiceError) as caught:
        Api([answer]).get()
    assert str(caught.value) == PLACE + message


def test_only_a_missing_permission_is_forbidden() -> None:
    with pytest.raises(ForbiddenError):
        Api([httpx.Response(403, json={"message": "Resource not accessible by integration"})]).get()


def test_a_renamed_repository_is_followed_on_the_same_host() -> None:
    api = Api([httpx.Response(301, headers={"location": f"{API}/repositories/1"}), DONE])
    assert api.get() == {"id": 2}
    assert api.asked == [f"GET {API}/repos/octo/store", f"GET {API}/repositories/1"]
    assert api.requests[1].headers["authorization"] == "Bearer ghs_secret"


@pytest.mark.parametrize(
    "place", ["https://evil.example/x", "http://ghes.example/x", "https://ghes.example:8443/x"]
)
def test_the_token_never_goes_to_another_host(place: str) -> None:
    api = Api([httpx.Response(307, headers={"location": place}), DONE])
    with pytest.raises(ServiceError, match=r"points to another host, .*: not followed"):
        api.get()
    assert len(api.requests) == 1


def test_a_redirect_never_turns_a_write_into_a_read() -> None:
    with pytest.raises(ServiceError, match="GitHub refused"):
        Api([httpx.Response(301, headers={"location": f"{API}/repositories/1"}), DONE]).post()


def test_pages_are_followed_to_the_last_and_nowhere_else() -> None:
    links = {
        "/api/v3/list": f'<{API}/list2?page=2>; rel="next", <{API}/list9>; rel="last"',
        "/api/v3/list2": '<https://evil.example/list>; rel="next"',
    }

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=[request.url.path], headers={"link": links[request.url.path]})

    seen: list[list[str]] = []
    with (
        connect(API, TOKEN, transport=httpx.MockTransport(handle)) as client,
        pytest.raises(ServiceError, match="points to another host"),
    ):
        seen.extend(client.get_pages("/list", list[str]))
    assert seen == [["/api/v3/list"], ["/api/v3/list2"]]


@pytest.mark.parametrize("token", [None, "", "two words", "ghs_\n", "ghs_ü"])
def test_what_cannot_be_a_token_is_not_sent_and_not_shown(token: str | None) -> None:
    with pytest.raises(ServiceError) as caught, connect(API, token):
        pass
    assert caught.value.remedy == "pass `token: ${{ github.token }}`, or a token that is still valid"
    assert not token or token not in str(caught.value)


STORAGE = "https://blob.example/file.zip?sig=SIGNATURE"
TO_STORAGE = httpx.Response(302, headers={"location": STORAGE})
FILE = httpx.Response(200, content=b"PK")


def test_a_file_comes_from_the_storage_without_the_token_going_there() -> None:
    api = Api([TO_STORAGE, FILE])
    assert api.download() == b"PK"
    assert api.asked == [f"GET {API}/repos/octo/store/artifacts/1/zip", f"GET {STORAGE}"]
    assert api.requests[0].headers["authorization"] == "Bearer ghs_secret"
    sent = {name for name in api.requests[1].headers if name not in {"host", "user-agent"}}
    assert sent == set()


def test_once_the_storage_has_been_asked_nobody_gets_the_token() -> None:
    api = Api([TO_STORAGE, httpx.Response(302, headers={"location": f"{API}/user"}), FILE])
    assert api.download() == b"PK"
    assert "authorization" not in api.requests[2].headers


def test_a_renamed_repository_gives_its_files_too() -> None:
    api = Api([httpx.Response(301, headers={"location": f"{API}/repositories/1/zip"}), TO_STORAGE, FILE])
    assert api.download() == b"PK"
    assert [("authorization" in request.headers) for request in api.requests] == [True, True, False]


def test_a_forge_may_answer_with_the_file_itself() -> None:
    assert Api([FILE]).download() == b"PK"


def test_each_attempt_asks_for_a_new_url() -> None:
    expired = httpx.Response(403, text="<Error>AuthenticationFailed</Error>")
    api = Api([TO_STORAGE, expired, TO_STORAGE, httpx.ReadError("reset"), TO_STORAGE, FILE])
    assert api.download() == b"PK"
    assert [request.url.host for request in api.requests] == ["ghes.example", "blob.example"] * 3
    assert api.clock.slept == [0.5, 1.0]


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([TO_STORAGE, httpx.Response(404)], "the storage that GitHub points to did not give the file (404)"),
        ([TO_STORAGE, httpx.Response(200, content=b"x" * 101)], "the answer has more than 100 bytes"),
        (
            [httpx.Response(302, headers={"location": STORAGE.replace("https", "http")}), FILE],
            "the API at ghes.example points to another host, blob.example: not followed",
        ),
        ([TO_STORAGE, *[httpx.ConnectError("no route")] * 9], "GitHub cannot be reached: no route"),
        ([httpx.Response(410, json={"message": "Artifact has expired"})], "it is there no more (410 Artifact"),
    ],
)
def test_a_file_that_does_not_come_is_one_message_without_the_secret_url(
    answers: list[Answers], message: str
) -> None:
    with pytest.raises(ServiceError, match=re.escape(message)) as caught:
        Api(answers).download()
    assert "SIGNATURE" not in str(caught.value)
    assert TOKEN not in str(caught.value)
