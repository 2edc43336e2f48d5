from contextlib import suppress

import httpx
import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from github_server.canned import API, DONE, TOKEN, Api
from leakgate.errors import ServiceError
from leakgate.github.client import connect
from leakgate.github.failures import ForbiddenError


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
