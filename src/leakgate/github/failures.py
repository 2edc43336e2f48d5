"""What went wrong with a request, in words; and whether asking again may help."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec

from leakgate.errors import ServiceError
from leakgate.github.patience import asked_wait

if TYPE_CHECKING:
    import httpx

TOKEN_REMEDY = "pass `token: ${{ github.token }}`, or a token that is still valid"  # noqa: S105 - advice, no token
_PERMISSION_REMEDY = (
    "give the job `permissions: {contents: read, pull-requests: write}`; on a pull request from a fork "
    "the token can only read, whatever the permissions say"
)
_TROUBLE_REMEDY = "run the job again; https://www.githubstatus.com shows known trouble"
_NETWORK_REMEDY = "check the network, the proxy and GITHUB_API_URL"
_CERTIFICATE_REMEDY = "set SSL_CERT_FILE to the certificates of the server's own authority"
_LATER_REMEDY = "run the job again later"

_PASSING = frozenset({408, 500, 502, 503, 504})
_NOT_FOUND: Mapping[int, tuple[str, str | None]] = {
    404: ("GitHub does not find it", "check the repository and the pull request, and that the token may see them"),
    405: ("the server has no such operation", None),
    410: ("it is there no more", None),
    501: ("the server has no such operation", None),
}
_REFUSED: Mapping[int, tuple[str, str | None]] = {
    401: ("GitHub refused the token", TOKEN_REMEDY),
    407: ("the proxy wants to know who asks", "put name and password into HTTPS_PROXY"),
    422: ("GitHub refused the content", None),
}
"""Status → what happened, and what to do. 403 and 429 have several meanings: `from_answer` tells them apart."""


class ForbiddenError(ServiceError):
    """The token is valid, but may not do this."""


class NotFoundError(ServiceError):
    """There is no such thing, or the token may not know of it, or this forge has no such operation."""


class PassingTrouble(Exception):  # noqa: N818 - becomes an error only where patience ends
    """A failure that may be none a moment later.

    Attributes:
        asked: The seconds that the server asks to wait, if it does.
        throttled: Too much was asked; otherwise something broke.
        refused: The server has certainly not done what was asked.
    """

    def __init__(  # noqa: PLR0913 - what an error says, and three facts about it
        self,
        what: str,
        *,
        where: str,
        remedy: str,
        asked: float | None = None,
        throttled: bool = False,
        refused: bool = False,
    ) -> None:
        super().__init__(what)
        self._what = what
        self._where = where
        self._remedy = remedy
        self.asked = asked
        self.throttled = throttled
        self.refused = refused

    def error(self, until: float | None) -> ServiceError:
        """The error that it is when there is no more waiting.

        Args:
            until: When the server wants to be asked again, in seconds since the epoch.
        """
        what = self._what
        if until is not None:
            what += f", and wants to be asked again from {_moment(until)}"
        return ServiceError(what, where=self._where, remedy=self._remedy)


class _Answer(msgspec.Struct, frozen=True):
    message: str = ""


def from_answer(
    response: "httpx.Response", content: bytes, what: str, safe: Callable[[str], str], now: float
) -> Exception:
    """What an answer of the API that is no success means.

    Args:
        response: With a status that is no success.
        content: Its body.
        what: The request, for the message.
        safe: Makes someone else's text fit for a message.
        now: Seconds since the epoch.
    """
    status = response.status_code
    try:
        said = safe(msgspec.json.decode(content, type=_Answer).message)
    except (msgspec.MsgspecError, RecursionError):
        said = ""
    answer = f"{status} {said or response.reason_phrase}".strip()
    asked = asked_wait(response.headers, now)
    if _is_throttled(response, said.lower()):
        sentence = f"GitHub's rate limit is used up ({answer})"
        return PassingTrouble(
            sentence, where=what, remedy=_LATER_REMEDY, asked=asked, throttled=True, refused=True
        )
    if status == HTTPStatus.FORBIDDEN:
        return ForbiddenError(f"the token may not do this ({answer})", where=what, remedy=_PERMISSION_REMEDY)
    if status in _PASSING:
        return PassingTrouble(f"GitHub is in trouble ({answer})", where=what, remedy=_TROUBLE_REMEDY, asked=asked)
    if status in _NOT_FOUND:
        sentence, remedy = _NOT_FOUND[status]
        return NotFoundError(f"{sentence} ({answer})", where=what, remedy=remedy)
    default = ("GitHub is in trouble", _TROUBLE_REMEDY) if response.is_server_error else ("GitHub refused", None)
    sentence, remedy = _REFUSED.get(status, default)
    return ServiceError(f"{sentence} ({answer})", where=what, remedy=remedy)


def _is_throttled(response: "httpx.Response", said: str) -> bool:
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    if response.status_code != HTTPStatus.FORBIDDEN or "not accessible by" in said:
        return False  # a token without the right may have used up its limit as well: waiting gives it no right
    headers = response.headers
    return headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers or "rate limit" in said


def from_network(error: "httpx.HTTPError", what: str, safe: Callable[[str], str]) -> Exception:
    """What it means that there was no answer, or not all of it."""
    import httpx  # noqa: PLC0415 - takes 0.1 s to load, which only those who talk to GitHub pay

    refused = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError)
    if isinstance(error, httpx.TimeoutException):
        return PassingTrouble(
            "GitHub did not answer in time", where=what, remedy="run the job again", refused=refused
        )
    said = safe(str(error)) or type(error).__name__
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return ServiceError(f"GitHub cannot be trusted: {said}", where=what, remedy=_CERTIFICATE_REMEDY)
    return PassingTrouble(f"GitHub cannot be reached: {said}", where=what, remedy=_NETWORK_REMEDY, refused=refused)


def from_content(response: "httpx.Response", error: Exception) -> Exception:
    """What it means that a successful answer cannot be decoded."""
    what = f"{response.request.method} {response.request.url}"
    sentence = f"the answer is not what GitHub's API describes: {error}"
    remedy = "check GITHUB_API_URL"
    is_json = "json" in response.headers.get("content-type", "")
    if is_json and not isinstance(error, msgspec.ValidationError):
        return PassingTrouble(sentence, where=what, remedy=remedy)  # JSON that was cut off
    return ServiceError(sentence, where=what, remedy=remedy)


def from_storage(response: "httpx.Response", what: str) -> Exception:
    """What an answer of the storage that GitHub points to means. Its URL is a secret."""
    sentence = f"the storage that GitHub points to did not give the file ({response.status_code})"
    if response.status_code == HTTPStatus.NOT_FOUND:
        return NotFoundError(sentence, where=what, remedy=None)
    # Also 403, which it answers to a URL that has expired: a new one comes with the next attempt.
    return PassingTrouble(sentence, where=what, remedy=_TROUBLE_REMEDY)


def other_host(home: "httpx.URL", url: "httpx.URL") -> ServiceError:
    """The API points away from itself, where the token must not go."""
    return ServiceError(
        f"the API at {home.host} points to another host, {url.host}: not followed",
        remedy="check GITHUB_API_URL",
    )


def _moment(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return "a time that is no time"
