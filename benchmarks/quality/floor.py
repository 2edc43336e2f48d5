"""The quick part of the zoo against the figures that are committed: what was right has to stay right."""

from collections.abc import Iterator, Mapping

import msgspec

from quality.cases import ZooError
from quality.outcome import Found, Outcome, Quality

QUICK = (
    "session-heartbeat",
    "shared-metrics",
    "document-tree",
    "price-board",
    "order-feed",
    "pending-replies",
    "thumbnail-cache",
    "upload-scanners",
    "sync-facade",
    "spool-files",
    "lines-above",
    "renamed-function",
    "moved-to-module",
    "once-lock-table",
    "random-hash-seeds",
)
"""The cases that every change is held against: of each cause and of none, and of what must make no difference."""

_AGAIN = "`make quality` measures it"


def read(data: bytes, source: str) -> Quality:
    """The committed figures.

    Raises:
        ZooError: They cannot be read.
    """
    try:
        return msgspec.json.decode(data, type=Quality)
    except msgspec.MsgspecError as error:
        raise ZooError(f"{source}: {error}; {_AGAIN}") from None


def below(now: Quality, then: Quality) -> Iterator[str]:
    """What is worse now than it was then, of the cases that were measured now; sentences."""
    known: Mapping[str, Outcome] = {outcome.case: outcome for outcome in then.outcomes}
    for outcome in now.outcomes:
        if outcome.case in known:
            yield from _below(outcome, known[outcome.case])
        else:
            yield f"{outcome.case}: there is no committed figure of it; {_AGAIN}."


def _below(now: Outcome, then: Outcome) -> Iterator[str]:
    before = {(one.test, one.metric): one for one in then.found}
    for one in now.found:
        if (was := before.get((one.test, one.metric))) is None:
            yield f"{now.case}: there is no committed figure of `{one.test}`; {_AGAIN}."
        else:
            yield from (f"{now.case}: `{one.test}` {what}." for what in _worse(one, was))
    alarmed = {alarm.test for alarm in then.alarms}
    for test in dict.fromkeys(alarm.test for alarm in now.alarms if alarm.test not in alarmed):
        yield f"{now.case}: `{test}` fails, and nothing has grown."


def _worse(now: Found, was: Found) -> Iterator[str]:
    if was.detected and not now.detected:
        yield "is not detected any more"
    if was.attributed and not now.attributed:
        named = f"`{now.named.function}`" if now.named else "nothing"
        yield f"names {named}, and has named the guilty function"
    if was.cause_right and not now.cause_right:
        yield f"is said to be {now.said}, and was rightly called {was.said}"
    elif now.cause_wrong and not was.cause_wrong:
        yield f"is said to be {now.said}, which is wrong"
