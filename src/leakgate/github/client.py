"""GitHub's REST API over HTTP: one request in, decoded JSON or one clear error out."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

import msgspec

from leakgate import __version__
from leakgate.errors import ServiceError

if TYPE_CHECKING:
    import httpx

_T = TypeVar("_T")

_MAX_REDIRECTS = 3
_TIMEOUT_S = 20.0
_TOKEN_REMEDY = "pass `token: ${{ github.token }}`, or a token that is still valid"  # noqa: S105 - advice, no token
_PERMISSION_REMEDY = (
    "give the job `permissions: {contents: read, pull-requests: write}`; on a pull request from a fork "
    "the token can only read, whatever the permissions say"
)
_TROUBLE_REMEDY = "run the job again; https://www.githubstatus.com shows known trouble"
_FAILURES: Mapping[int, tuple[str, str | None]] = {
    401: ("GitHub refused the token", _TOKEN_REMEDY),
    404: ("GitHub does not find it", "check the repository and the pull request, and that the token may see them"),
    422: ("GitHub refused the content", None),
}
"""Status → what happened, and what to do. 403 and 429 have several meanings and are told apart in `_failure`."""


class ForbiddenError(ServiceError):
    """The token is valid, but may not do this."""


class _Answer(msgspec.Struct, frozen=True):
    message: str = ""


class GitHubClient:
    """Requests to one API with one token. Made by `connect`."""

    def __init__(self, http: "httpx.Client", token: str) -> None:
        self._http = http
        self._token = token

    def get(self, path: str, into: type[_T]) -> _T:
        """GET `path`, decoded as `into`."""
        return self._decode(self._send("GET", path), into)

    def get_pages(self, path: str, into: type[_T]) -> Iterator[_T]:
        """GET `path` and the pages that follow it, each decoded as `into`."""
        following: str | None = path
        while following:
            response = self._send("GET", following)
            yield self._decode(response, into)
            following = response.links.get("next", {}).get("url")

    def post(self, path: str, body: Mapping[str, object], into: type[_T]) -> _T:
        """POST `body` as JSON; the answer decoded as `into`."""
        return self._decode(self._send("POST", path, body), into)

    def patch(self, path: str, body: Mapping[str, object], into: type[_T]) -> _T:
        """PATCH `body` as JSON; the answer decoded as `into`."""
        return self._decode(self._send("PATCH", path, body), into)

    def _send(self, method: str, path: str, body: Mapping[str, object] | None = None) -> "httpx.Response":
        import httpx  # noqa: PLC0415 - takes 0.1 s to load, which only those who talk to GitHub pay

        content = None if body is None else msgspec.json.encode(body)
        request = self._http.build_request(method, path, content=content)
        what = f"{method} {request.url}"
        try:
            self._check_origin(request)
            response = self._http.send(request)
            for _ in range(_MAX_REDIRECTS):
                if response.next_request is None or response.next_request.method != method:
                    break
                self._check_origin(response.next_request)
                response = self._http.send(response.next_request)
        except httpx.TimeoutException as error:
            raise ServiceError(
                f"GitHub did not answer within {_TIMEOUT_S:.0f} s", where=what, remedy="run the job again"
            ) from error
        except httpx.HTTPError as error:
            raise ServiceError(
                f"GitHub cannot be reached: {self._safe(str(error)) or type(error).__name__}",
                where=what,
                remedy="check the network, the proxy and GITHUB_API_URL",
            ) from error
        if not response.is_success:
            raise self._failure(response, what)
        return response

    def _check_origin(self, request: "httpx.Request") -> None:
        """The token goes to the API's own origin, wherever a redirect or a `Link` header points."""
        home, url = self._http.base_url, request.url
        if (url.scheme, url.host, url.port) != (home.scheme, home.host, home.port):
            raise ServiceError(
                f"the API at {home.host} points to another host, {url.host}: not followed",
                remedy="check GITHUB_API_URL",
            )

    def _decode(self, response: "httpx.Response", into: type[_T]) -> _T:
        try:
            return msgspec.json.decode(response.content, type=into)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise ServiceError(
                f"the answer is not what GitHub's API describes: {error}",
                where=f"{response.request.method} {response.request.url}",
                remedy="check GITHUB_API_URL",
            ) from error

    def _failure(self, response: "httpx.Response", what: str) -> ServiceError:
        status = response.status_code
        try:
            said = self._safe(msgspec.json.decode(response.content, type=_Answer).message)
        except (msgspec.MsgspecError, RecursionError):
            said = ""
        answer = f"{status} {said or response.reason_phrase}".strip()
        limited = response.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in response.headers
        if status == HTTPStatus.TOO_MANY_REQUESTS or (
            status == HTTPStatus.FORBIDDEN and (limited or "rate limit" in said.lower())
        ):
            return ServiceError(
                f"GitHub's rate limit is used up ({answer})", where=what, remedy="run the job again later"
            )
        if status == HTTPStatus.FORBIDDEN:
            return ForbiddenError(f"the token may not do this ({answer})", where=what, remedy=_PERMISSION_REMEDY)
        default = (
            ("GitHub is in trouble", _TROUBLE_REMEDY) if response.is_server_error else ("GitHub refused", None)
        )
        sentence, remedy = _FAILURES.get(status, default)
        return ServiceError(f"{sentence} ({answer})", where=what, remedy=remedy)

    def _safe(self, text: str) -> str:
        """One line of someone else's text, for a message: short, printable, without the token."""
        line = " ".join(text.replace(self._token, "***").split())
        return "".join(char for char in line if char.isprintable())[:200]


@contextmanager
def connect(
    api_url: str, token: str | None, *, transport: "httpx.BaseTransport | None" = None
) -> Iterator[GitHubClient]:
    """A client for the API at `api_url`.

    Args:
        api_url: Without a slash at the end.
        token: Sent to this API alone and never shown.
        transport: For tests.

    Raises:
        ServiceError: There is no token, or it cannot be one. Requests raise it for every failure.
    """
    import httpx  # noqa: PLC0415 - takes 0.1 s to load, which only those who talk to GitHub pay

    if not token:
        raise ServiceError("there is no token for GitHub's API", remedy=_TOKEN_REMEDY)
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise ServiceError("the token has characters that no token has", remedy=_TOKEN_REMEDY)
    headers = {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "User-Agent": f"leakgate/{__version__}",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    with httpx.Client(base_url=api_url, headers=headers, timeout=_TIMEOUT_S, transport=transport) as http:
        yield GitHubClient(http, token)
