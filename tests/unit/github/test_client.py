import httpx
import pytest

from leakgate.errors import ServiceError
from leakgate.github.client import ForbiddenError, connect

API = "https://ghes.example/api/v3"
TOKEN = "ghs_secret"


def ask(answer: httpx.Response | Exception, method: str = "get") -> tuple[object, list[httpx.Request]]:
    """One request to an API that answers once with `answer`, then with 200."""
    requests: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        if len(requests) > 1:
            return httpx.Response(200, json={"id": 2})
        if isinstance(answer, Exception):
            raise answer
        return answer

    with connect(API, TOKEN, transport=httpx.MockTransport(handle)) as client:
        if method == "get":
            return client.get("/repos/octo/store", dict[str, int]), requests
        return client.post("/repos/octo/store", {"body": "x"}, dict[str, int]), requests


def test_a_request_is_what_github_asks_for() -> None:
    value, [request] = ask(httpx.Response(201, json={"id": 1}), "post")
    assert value == {"id": 1}
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
            "GitHub's rate limit is used up (429 Too Many Requests)\n  help: run the job again later",
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
        (httpx.ReadTimeout(""), "GitHub did not answer within 20 s\n  help: run the job again"),
        (
            httpx.Response(200, text="<html>"),
            (
                "the answer is not what GitHub's API describes: JSON is malformed: invalid character (byte 0)\n"
                "  help: check GITHUB_API_URL"
            ),
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
        ask(answer)
    assert str(caught.value) == PLACE + message


def test_only_a_missing_permission_is_forbidden() -> None:
    with pytest.raises(ForbiddenError):
        ask(httpx.Response(403, json={"message": "Resource not accessible by integration"}))


def test_a_renamed_repository_is_followed_on_the_same_host() -> None:
    value, requests = ask(httpx.Response(301, headers={"location": f"{API}/repositories/1"}))
    assert value == {"id": 2}
    assert [str(request.url) for request in requests] == [f"{API}/repos/octo/store", f"{API}/repositories/1"]
    assert requests[1].headers["authorization"] == "Bearer ghs_secret"


@pytest.mark.parametrize(
    "place", ["https://evil.example/x", "http://ghes.example/x", "https://ghes.example:8443/x"]
)
def test_the_token_never_goes_to_another_host(place: str) -> None:
    with pytest.raises(ServiceError, match=r"points to another host, .*: not followed"):
        ask(httpx.Response(307, headers={"location": place}))


def test_a_redirect_never_turns_a_write_into_a_read() -> None:
    with pytest.raises(ServiceError, match="GitHub refused"):
        ask(httpx.Response(301, headers={"location": f"{API}/repositories/1"}), "post")


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
