"""How long to go on where GitHub asks to wait, or does not answer.

https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

_LONGEST_BACKOFF_S = 8.0
_THROTTLED_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """The limits of one client, and the clocks that they are measured with.

    Attributes:
        attempts: How often one request is sent at most.
        total: Seconds that one client loses at most to waiting and to failed requests, over all its requests.
        request: Seconds that one attempt may take, with the answer's body.
        silence: Seconds to wait for a connection, and for each piece of an answer.
        between_writes: Seconds from one write to the next.
        sleep: Waits so many seconds.
        monotonic: Seconds from some start.
        now: Seconds since the epoch.
        chance: A random number, 0 to 1: several jobs that fail at once must not come back at once.
    """

    attempts: int = 5
    total: float = 120.0
    request: float = 60.0
    silence: float = 20.0
    between_writes: float = 1.0
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    chance: Callable[[], float] = random.random

    def after_trouble(self, attempt: int) -> float:
        """Seconds to wait after failed attempt number `attempt` (from 1), where the server does not say."""
        return min(_LONGEST_BACKOFF_S, 0.5 * 2.0 ** (attempt - 1)) * (1 + self.chance()) / 2

    def after_throttling(self, attempt: int) -> float:
        """The same, where the server throttles without saying for how long: GitHub asks for a minute and more."""
        return _THROTTLED_S * 2.0 ** (attempt - 1)


def asked_wait(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds that an answer asks to wait; None where it does not say, or not in a way that can be read.

    Args:
        headers: The answer's; names in lower case, or a mapping that does not care.
        now: Seconds since the epoch by our clock; the answer's own `date` goes before it, as clocks differ.
    """
    server_now = _http_date(headers.get("date", ""))
    now = now if server_now is None else server_now
    after = headers.get("retry-after", "").strip()
    if after:
        until = _http_date(after)
        seconds = _number(after) if until is None else until - now
        if seconds is not None:
            return max(seconds, 0.0)
    if headers.get("x-ratelimit-remaining", "").strip() == "0":
        reset = _number(headers.get("x-ratelimit-reset", ""))
        if reset is not None:
            return max(reset - now, 0.0)
    return None


def _number(text: str) -> float | None:
    text = text.strip()
    # A limit on the digits: more of them is no time, and Python refuses to read some 4,300.
    return float(text) if text.isascii() and text.isdecimal() and len(text) <= 12 else None  # noqa: PLR2004 - see above


def _http_date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
