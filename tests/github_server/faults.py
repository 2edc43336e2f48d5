"""What can go wrong with a request, each as a value. A test plans them with `GitHub.plan`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

Json = Any


@dataclass(frozen=True)
class Answer:
    """What the server says: JSON, or nothing where `body` is None."""

    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)


class Delivery(Enum):
    """How the answer reaches the client."""

    WHOLE = "whole"
    RESET = "the connection is closed without a byte"
    CUT = "the connection is closed in the middle of the body"
    CUT_UNNOTICED = "half of the body, as if it were all"
    TRICKLE = "a byte now and then, for ever"
    SILENCE = "nothing, for ever"


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request.

    Attributes:
        answer: Said instead of the API's answer; the request then has no effect.
        delivery: How the answer is sent.
        lost: The request has no effect, whatever is answered.
        change: Happens just before.
    """

    answer: Answer | None = None
    delivery: Delivery = Delivery.WHOLE
    lost: bool = False
    change: Callable[[], object] | None = None


@dataclass(frozen=True)
class Planned:
    """A fault that waits for its request."""

    method: str
    path: str
    fault: Fault


def error(status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """An error as GitHub answers it."""
    return Answer(status, {"message": message, "documentation_url": "https://docs.github.com/rest"}, headers or {})


FORBIDDEN = error(403, "Resource not accessible by integration")
_SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."

NO_PERMISSION = Fault(error(403, FORBIDDEN.body["message"]))
SECONDARY_LIMIT = Fault(error(403, _SECONDARY, {"Retry-After": "7"}))
SECONDARY_LIMIT_WITHOUT_HINT = Fault(error(403, _SECONDARY))
TOO_MANY = Fault(error(429, _SECONDARY, {"Retry-After": "9"}))
TOO_MANY_WITHOUT_HINT = Fault(error(429, _SECONDARY))
BAD_GATEWAY = Fault(Answer(502, {"message": "Server Error"}))
RESET = Fault(delivery=Delivery.RESET, lost=True)
RESET_BUT_DONE = Fault(delivery=Delivery.RESET)
CUT = Fault(delivery=Delivery.CUT)
CUT_UNNOTICED = Fault(delivery=Delivery.CUT_UNNOTICED)
TRICKLE = Fault(delivery=Delivery.TRICKLE)
SILENCE = Fault(delivery=Delivery.SILENCE)


def used_up(reset: float) -> Fault:
    """The hour's requests are used up until `reset`, seconds since the epoch."""
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(reset))}
    return Fault(error(403, "API rate limit exceeded for installation ID 1.", headers))


def lost(fault: Fault) -> Fault:
    """`fault`, of a request that has no effect either."""
    return replace(fault, lost=True)
