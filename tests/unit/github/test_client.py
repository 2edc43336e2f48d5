import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import httpx
import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

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


LIMITED = httpx.Response(403, json={"message": "You have exceeded a secondary rate limit"})
TOO_MANY = httpx.Response(429)
BROKEN = httpx.Response(502)


def hinted(answer: httpx.Response, **headers: str) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(answer.status_code, content=answer.content, headers=names)


@pytest.mark.parametrize(
    ("answers", "slept"),
    [
        ([hinted(LIMITED, retry_after="7")], [7]),
        ([hinted(TOO_MANY, retry_after="7"), hinted(LIMITED, retry_after="30")], [7, 30]),
        ([hinted(TOO_MANY, retry_after="0")], [0.5]),
        ([hinted(TOO_MANY, retry_after="Fri, 15 Jan 2027 08:00:40 GMT")], [40]),
        (
            [
                hinted(
                    TOO_MANY,
                    date="Fri, 15 Jan 2027 07:00:00 GMT",
                    retry_after="Fri, 15 Jan 2027 07:00:09 GMT",
                )
            ],
            [9],
        ),
        ([hinted(LIMITED, x_ratelimit_remaining="0", x_ratelimit_reset="1800000045")], [45]),
        ([hinted(LIMITED, x_ratelimit_remaining="12", x_ratelimit_reset="1800000045")], [60]),
        ([LIMITED], [60]),
        ([hinted(TOO_MANY, retry_after="soon")], [60]),
        ([BROKEN, BROKEN, BROKEN, BROKEN], [0.5, 1, 2, 4]),
        ([hinted(httpx.Response(503), retry_after="11")], [11]),
        ([httpx.ConnectError("refused"), httpx.ReadTimeout(""), httpx.RemoteProtocolError("cut")], [0.5, 1, 2]),
        ([httpx.Response(200, content=b'{"id":', headers={"content-type": "application/json"})], [0.5]),
    ],
)
def test_what_passes_is_waited_for_as_the_server_asks(answers: list[Answers], slept: list[float]) -> None:
    api = Api([*answers, DONE])
    assert api.get() == {"id": 2}
    assert api.clock.slept == slept


@pytest.mark.parametrize(
    ("answer", "slept", "message"),
    [
        (
            hinted(TOO_MANY, retry_after="3600"),
            [],
            (
                "GitHub's rate limit is used up (429 Too Many Requests), and wants to be asked again from "
                "2027-01-15 09:00:00 UTC"
            ),
        ),
        (
            hinted(LIMITED, x_ratelimit_remaining="0", x_ratelimit_reset="1800003600"),
            [],
            (
                "GitHub's rate limit is used up (403 You have exceeded a secondary rate limit), and wants to be "
                "asked again from 2027-01-15 09:00:00 UTC"
            ),
        ),
        (
            hinted(TOO_MANY, retry_after="50"),
            [50, 50],
            (
                "GitHub's rate limit is used up (429 Too Many Requests), and wants to be asked again from "
                "2027-01-15 08:02:30 UTC"
            ),
        ),
        (LIMITED, [60], "GitHub's rate limit is used up (403 You have exceeded a secondary rate limit)"),
        (BROKEN, [0.5, 1, 2, 4], "GitHub is in trouble (502 Bad Gateway)"),
    ],
)
def test_patience_ends_and_says_until_when(answer: httpx.Response, slept: list[float], message: str) -> None:
    api = Api([answer])
    with pytest.raises(ServiceError) as caught:
        api.get()
    assert caught.value.what == message
    assert api.clock.slept == slept


def test_there_is_one_limit_over_all_requests() -> None:
    """Time that is lost in requests counts as well."""

    def slow(_: httpx.Request) -> httpx.Response:
        api.clock.now += 50
        raise httpx.ReadTimeout("")

    api = Api([slow, DONE, hinted(TOO_MANY, retry_after="65"), DONE, hinted(TOO_MANY, retry_after="10"), DONE])
    with api.client() as client:
        assert [client.get("/a", dict[str, int]) for _ in range(2)] == [{"id": 2}] * 2
        with pytest.raises(ServiceError, match="rate limit is used up"):
            client.get("/a", dict[str, int])
    assert api.clock.slept == [0.5, 65]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(403, json={"message": "Resource not accessible by integration"}),
        hinted(
            httpx.Response(403, json={"message": "Resource not accessible by personal access token"}),
            x_ratelimit_remaining="0",
            x_ratelimit_reset="1800000045",
        ),
        httpx.Response(401),
        httpx.Response(404),
        httpx.Response(422),
        httpx.Response(200, text="<html>", headers={"content-type": "text/html"}),
        httpx.Response(200, json={"id": "1"}),
        httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"),
    ],
)
def test_what_does_not_pass_is_not_asked_again(answer: Answers) -> None:
    api = Api([answer, DONE])
    with pytest.raises(ServiceError):
        api.get()
    assert len(api.requests) == 1


CUT = httpx.Response(201, content=b'{"id":', headers={"content-type": "application/json"})


@pytest.mark.parametrize("answer", [httpx.ReadTimeout(""), httpx.ReadError("reset"), BROKEN, CUT])
def test_a_write_that_may_have_been_done_is_looked_for_before_it_is_repeated(answer: Answers) -> None:
    done = Api([answer, httpx.Response(201, json={"id": 3})])
    assert done.post(found={"id": 9}) == {"id": 9}
    assert len(done.requests) == 1
    not_done = Api([answer, httpx.Response(201, json={"id": 3})])
    assert not_done.post(found=None) == {"id": 3}
    assert len(not_done.requests) == 2


@pytest.mark.parametrize(
    "answer", [hinted(LIMITED, retry_after="7"), LIMITED, httpx.ConnectError(""), httpx.ConnectTimeout("")]
)
def test_a_write_that_was_certainly_not_done_is_simply_repeated(answer: Answers) -> None:
    api = Api([answer, httpx.Response(201, json={"id": 3})])
    assert api.post(found={"id": 9}) == {"id": 3}


def test_deleting_what_is_gone_is_done() -> None:
    api = Api([httpx.ReadTimeout(""), httpx.Response(404)])
    with api.client() as client:
        client.delete("/x")
    assert api.asked == [f"DELETE {API}/x"] * 2


def test_writes_keep_the_distance_that_github_asks_for() -> None:
    api = Api([DONE])
    patience = api.clock.patience(between_writes=1.0)
    with connect(API, TOKEN, patience=patience, transport=httpx.MockTransport(api.handle)) as client:
        client.patch("/a", {}, dict[str, int])
        client.get("/a", dict[str, int])
        api.clock.now += 0.25
        client.patch("/b", {}, dict[str, int])
        api.clock.now += 5
        client.delete("/c")
    assert api.clock.slept == [0.75]


HEADER_VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126)) | st.sampled_from(
    [
        '<http://[x>; rel="next"',
        f'<{API}/x>; rel="next"',
        "<//>;rel=next",
        "gzip",
        "application/json",
        API,
        "http://[x",
    ]
)


@given(
    st.sampled_from([200, 201, 204, 301, 302, 307, 400, 401, 403, 404, 410, 418, 422, 429, 500, 503]),
    st.dictionaries(
        st.sampled_from(["link", "location", "retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "date"])
        | st.sampled_from(["content-type", "content-encoding"]),
        HEADER_VALUES,
    ),
    st.binary() | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(msgspec.json.encode),
)
@example(200, {"link": '<http://x:port/>; rel="next"'}, b"null")
@example(200, {"link": "<//>;rel=next"}, b"null")
@example(302, {"location": "http://x:port/"}, b"")
@example(302, {"location": "https://blob.example:99999/"}, b"")
@example(200, {"content-encoding": "gzip"}, b"null")
@example(200, {}, b"[" * 100_000)
def test_no_answer_is_more_than_an_error(status: int, headers: dict[str, str], content: bytes) -> None:
    """Made with the raw stream, as the network gives it: httpx decodes it while we read."""
    stream = httpx.ByteStream(content)
    api = Api([lambda _: httpx.Response(status, headers=headers, stream=stream)])
    with api.client() as client:
        for ask in (
            lambda: list(client.get_pages("/list", object)),
            lambda: client.post("/x", {}, dict[str, int], look=lambda: None),
            lambda: client.download("/zip", most=10),
        ):
            with suppress(ServiceError):
                ask()


def test_a_list_without_an_end_has_one() -> None:
    api = Api([httpx.Response(200, json=[], headers={"link": f'<{API}/list>; rel="next"'})])
    with api.client() as client, pytest.raises(ServiceError) as caught:
        list(client.get_pages("/list", list[str]))
    assert str(caught.value) == f"GET {API}/list: the list has more than 100 pages"


def test_an_answer_without_an_end_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leakgate.github.client.MAX_ANSWER", 1_000)
    with pytest.raises(ServiceError, match="the answer has more than 1,000 bytes"):
        Api([httpx.Response(200, content=b"[" * 1_001)]).get()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", "gopher://ada:secret@proxy.example"),
        ("HTTPS_PROXY", "http://ada:secret@proxy.example:port"),
        ("SSL_CERT_FILE", "/nowhere/secret.pem"),
    ],
)
def test_an_environment_that_cannot_be_used_is_one_message(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ServiceError) as caught, connect(API, TOKEN):
        pass
    assert str(caught.value) == (
        "no connection can be made with the proxy or the certificates that the environment names\n"
        "  help: check HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR"
    )
