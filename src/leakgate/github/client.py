"""GitHub's REST API over HTTP: one request in, decoded JSON or one clear error out.

What may pass is asked again within a `Patience`: throttling, trouble on the server's side, lost connections,
answers that were cut off. A write that GitHub may already have done is never blindly repeated.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, TypeVar

import msgspec

from leakgate import __version__
from leakgate.errors import ServiceError
from leakgate.github import failures
from leakgate.github.failures import PassingTrouble
from leakgate.github.patience import Patience

if TYPE_CHECKING:
    import httpx

_T = TypeVar("_T")

MAX_ANSWER = 100_000_000
"""Bytes of one JSON answer: a page of a hundred of the longest comments has some 40 MB at worst."""

MAX_PAGES = 100
"""Of one list: 10,000 entries, four times what GitHub lets a pull request have of comments."""

_MAX_REDIRECTS = 5


class GitHubClient:
    """Requests to one API with one token. Made by `connect`."""

    def __init__(self, http: "httpx.Client", token: str, patience: Patience) -> None:
        self._http = http
        self._token = token
        self._patience = patience
        self._lost = 0.0
        self._next_write = patience.monotonic()

    def get(self, path: str, into: type[_T]) -> _T:
        """GET `path`, decoded as `into`."""
        return self._persist(lambda: self._decode(*self._send("GET", path), into))

    def get_pages(self, path: str, into: type[_T]) -> Iterator[_T]:
        """GET `path` and the pages that follow it, each decoded as `into`."""
        place = path
        for _ in range(MAX_PAGES):
            page, following = self._persist(partial(self._page, place, into))
            yield page
            if following is None:
                return
            place = following
        raise ServiceError(f"the list has more than {MAX_PAGES} pages", where=f"GET {place}")

    def post(self, path: str, body: Mapping[str, object], into: type[_T], *, look: Callable[[], _T | None]) -> _T:
        """POST `body` as JSON; the answer decoded as `into`.

        Args:
            path: Below the API's URL.
            body: What to make.
            into: The type of the answer.
            look: Finds what an earlier attempt has made. Asked when it is not known whether GitHub did it (a
                timeout, a lost answer), so that one request makes one thing.
        """
        return self._persist(lambda: self._decode(*self._write("POST", path, body), into), look)

    def patch(self, path: str, body: Mapping[str, object], into: type[_T]) -> _T:
        """PATCH `body` as JSON; the answer decoded as `into`."""
        return self._persist(lambda: self._decode(*self._write("PATCH", path, body), into))

    def delete(self, path: str) -> None:
        """DELETE `path`; nothing happens where there is nothing any more."""
        try:
            self._persist(lambda: self._write("DELETE", path))
        except failures.NotFoundError:
            return

    def download(self, path: str, *, most: int) -> bytes:
        """GET a file, from wherever `path` redirects to.

        The token goes to the API alone. The URL of the storage that GitHub points to is a secret of its own, and
        is never shown.

        Args:
            path: Below the API's URL.
            most: Bytes; a larger file is an error.
        """
        return self._persist(lambda: self._fetch(path, most))

    def _persist(self, once: Callable[[], _T], look: Callable[[], _T | None] | None = None) -> _T:
        """What `once` returns, in as many attempts as patience allows.

        With `look`, `once` must not be done twice: where an attempt may have been, `look` is asked first.
        """
        for attempt in count(1):
            began = self._patience.monotonic()
            try:
                return once()
            except PassingTrouble as trouble:
                self._lost += self._patience.monotonic() - began
                self._wait(trouble, attempt)
                if look is not None and not trouble.refused:
                    found = look()
                    if found is not None:
                        return found
        raise AssertionError

    def _wait(self, trouble: PassingTrouble, attempt: int) -> None:
        """Wait before the next attempt, or raise what the trouble is where none is left."""
        patience = self._patience
        seconds = patience.after_throttling(attempt) if trouble.throttled else patience.after_trouble(attempt)
        if trouble.asked is not None:
            seconds = max(trouble.asked, patience.after_trouble(attempt))
        if attempt >= patience.attempts or seconds > patience.total - self._lost:
            until = None if trouble.asked is None else patience.now() + trouble.asked
            raise trouble.error(until) from trouble
        self._lost += seconds
        patience.sleep(seconds)

    def _write(
        self, method: str, path: str, body: Mapping[str, object] | None = None
    ) -> "tuple[httpx.Response, bytes]":
        """`_send`, not before GitHub wants the next write."""
        early = self._next_write - self._patience.monotonic()
        if early > 0:
            self._patience.sleep(early)
        try:
            return self._send(method, path, body)
        finally:
            self._next_write = self._patience.monotonic() + self._patience.between_writes

    def _page(self, path: str, into: type[_T]) -> tuple[_T, str | None]:
        response, content = self._send("GET", path)
        return self._decode(response, content, into), response.links.get("next", {}).get("url")

    def _send(
        self, method: str, path: str, body: Mapping[str, object] | None = None
    ) -> "tuple[httpx.Response, bytes]":
        """One attempt at a request to the API: a successful response and its content."""
        import httpx  # noqa: PLC0415 - takes 0.1 s to load, which only those who talk to GitHub pay

        sent = None if body is None else msgspec.json.encode(body)
        try:
            request = self._http.build_request(method, path, content=sent)
        except httpx.InvalidURL as error:  # of a next page
            raise ServiceError(
                f"the API at {self._http.base_url.host} points to an address that is none",
                remedy="check GITHUB_API_URL",
            ) from error
        what = f"{method} {request.url}"
        until = self._patience.monotonic() + self._patience.request
        self._check_origin(request.url)
        response, content = self._exchange(request, what, until, MAX_ANSWER)
        for _ in range(_MAX_REDIRECTS):
            following = response.next_request
            if following is None or following.method != method:
                break
            self._check_origin(following.url)
            response, content = self._exchange(following, what, until, MAX_ANSWER)
        if not response.is_success:
            raise self._failure(response, content, what)
        return response, content

    def _fetch(self, path: str, most: int) -> bytes:
        """One attempt at a download: from the API to the storage, whose URL is good for a minute only."""
        request = self._http.build_request("GET", path)
        what = f"GET {request.url}"
        until = self._patience.monotonic() + self._patience.request
        response, content = self._exchange(request, what, until, most)
        outside = False
        for _ in range(_MAX_REDIRECTS):
            following = response.next_request
            if following is None:
                break
            outside = outside or not self._is_api(following.url)
            if outside:
                following = self._bare(following.url)
            response, content = self._exchange(following, what, until, most)
        if response.is_success:
            return content
        raise failures.from_storage(response, what) if outside else self._failure(response, content, what)

    def _exchange(
        self, request: "httpx.Request", what: str, until: float, most: int
    ) -> "tuple[httpx.Response, bytes]":
        """Send one request and read its answer to the end, by `until` and no more than `most` bytes."""
        import httpx  # noqa: PLC0415 - takes 0.1 s to load, which only those who talk to GitHub pay

        content = bytearray()
        try:
            response = self._http.send(request, stream=True)
            try:
                for chunk in response.iter_bytes():
                    content += chunk
                    if len(content) > most:
                        raise ServiceError(f"the answer has more than {most:,} bytes", where=what)
                    # httpx limits each read alone; a server that sends a byte now and then would hold us for ever.
                    if self._patience.monotonic() > until:
                        raise httpx.ReadTimeout("", request=request)
            finally:
                response.close()
        except httpx.HTTPError as error:
            raise failures.from_network(error, what, self._safe) from error
        return response, bytes(content)

    def _decode(self, response: "httpx.Response", content: bytes, into: type[_T]) -> _T:
        try:
            return msgspec.json.decode(content, type=into)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise failures.from_content(response, error) from error

    def _failure(self, response: "httpx.Response", content: bytes, what: str) -> Exception:
        return failures.from_answer(response, content, what, self._safe, self._patience.now())

    def _bare(self, url: "httpx.URL") -> "httpx.Request":
        """A GET of a place outside the API: without our token, and in the clear only where the API is too."""
        import httpx  # noqa: PLC0415 - takes 0.1 s to load, which only those who talk to GitHub pay

        if url.scheme not in {"https", self._http.base_url.scheme}:
            raise failures.other_host(self._http.base_url, url)
        return httpx.Request("GET", url, headers={"User-Agent": self._http.headers["user-agent"]})

    def _check_origin(self, url: "httpx.URL") -> None:
        if not self._is_api(url):
            raise failures.other_host(self._http.base_url, url)

    def _is_api(self, url: "httpx.URL") -> bool:
        """Whether `url` is of the API's own origin, which alone is sent the token."""
        home = self._http.base_url
        return (url.scheme, url.host, url.port) == (home.scheme, home.host, home.port)

    def _safe(self, text: str) -> str:
        """One line of someone else's text, for a message: short, printable, without the token."""
        line = " ".join(text.replace(self._token, "***").split())
        return "".join(char for char in line if char.isprintable())[:200]


@contextmanager
def connect(
    api_url: str,
    token: str | None,
    *,
    patience: Patience | None = None,
    transport: "httpx.BaseTransport | None" = None,
) -> Iterator[GitHubClient]:
    """A client for the API at `api_url`, through the proxy that the environment names.

    Args:
        api_url: Without a slash at the end.
        token: Sent to this API alone and never shown.
        patience: How long to go on in trouble.
        transport: For tests.

    Raises:
        ServiceError: There is no token, or it cannot be one; or the environment names a proxy or certificates that
            cannot be used. Requests raise it for every failure.
    """
    import httpx  # noqa: PLC0415 - takes 0.1 s to load, which only those who talk to GitHub pay

    if not token:
        raise ServiceError("there is no token for GitHub's API", remedy=failures.TOKEN_REMEDY)
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise ServiceError("the token has characters that no token has", remedy=failures.TOKEN_REMEDY)
    headers = {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "User-Agent": f"leakgate/{__version__}",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    patience = patience or Patience()
    try:
        http = httpx.Client(base_url=api_url, headers=headers, timeout=patience.silence, transport=transport)
    except (ValueError, OSError, ImportError, httpx.InvalidURL) as error:
        # The message would show the proxy's URL, which may hold a password.
        raise ServiceError(
            "no connection can be made with the proxy or the certificates that the environment names",
            remedy="check HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR",
        ) from error
    with http:
        yield GitHubClient(http, token, patience)
