"""The words for why memory is probably still alive: what that rests on, and what people usually do about it.

`quote` and `at` say how a report writes the names and places that other people wrote.
"""

from collections.abc import Callable
from dataclasses import dataclass

from leakgate.comparison.result import Cause, Evidence, Place, SiteResult
from leakgate.dhat.profile import Metric

UNKNOWN = "Cause unknown"

_END = frozenset({Metric.T_END_BYTES, Metric.T_END_BLOCKS})


@dataclass(frozen=True, slots=True)
class _Words:
    """How one cause is told.

    Attributes:
        name: With its article: `an unfinished task`.
        counted: What the evidence counts, in the singular.
        made: How that came to be, before the place.
        remedy: What people usually do about it; the end of a sentence.
    """

    name: str
    counted: str
    made: str
    remedy: str


_WORDS = {
    Cause.UNFINISHED_TASK: _Words(
        "an unfinished task",
        "task",
        "spawned",
        "keep the `JoinHandle` and await or abort it, or end the loop with a `CancellationToken`",
    ),
    Cause.REFERENCE_CYCLE: _Words(
        "a reference cycle",
        "reference-counted block",
        "made",
        "let one of the two sides hold a `Weak`, or cut the cycle where its owner ends",
    ),
    Cause.UNBOUNDED_QUEUE: _Words(
        "an unbounded queue",
        "block",
        "of the queue filled",
        "give the channel a bound, so that senders wait for the receiver",
    ),
    Cause.GROWING_COLLECTION: _Words(
        "a growing collection",
        "buffer",
        "allocated as it grew",
        "",
    ),
    Cause.DETACHED_THREAD: _Words(
        "a detached thread",
        "block",
        "of threads started",
        "keep the `JoinHandle`, tell the thread to end, and join it",
    ),
    Cause.LEAKED_RUNTIME: _Words(
        "a leaked runtime",
        "block",
        "of the runtime built",
        "drop the runtime or end it with `shutdown_timeout`, and let nothing that runs on it own it",
    ),
    Cause.STATIC_INIT: _Words(
        "a static's initialiser",
        "block",
        "made once in the process",
        "none is needed; an ignore rule with its `frame` keeps it out of the figures",
    ),
}
_EVICT = "evict what is no longer needed, or bound the collection's size"
_RESERVE = "evict or bound what it keeps, or reserve at once (`with_capacity`) what it needs"


def explain(site: SiteResult, quote: Callable[[str], str], at: Callable[[Place], str]) -> str:
    """What is thought, on what evidence: `Likely an unfinished task: all 40 tasks spawned at … were alive …`.

    Args:
        site: The site.
        quote: Writes the name of a function.
        at: Writes a place, as the reader can open it.

    Returns:
        One or two sentences. They say so where the cause is not known. What runs by itself, a runtime or a thread,
        has a cause though the code forgets its handle; then both are told.
    """
    forgets = (
        f"the code there calls {quote(site.forgets)}, whose memory nothing frees by itself" if site.forgets else ""
    )
    if site.cause is None:
        return f"{UNKNOWN}; {forgets}." if forgets else f"{UNKNOWN}."
    evidence = f": {_evidence(site, site.evidence, quote, at)}" if site.evidence else ""
    also = f" And {forgets}." if forgets else ""
    return f"Likely {_WORDS[site.cause].name}{evidence}.{also}"


def remedy(site: SiteResult) -> str | None:
    """What people usually do about the cause, a sentence of ours; None where there is none to name."""
    if site.cause is None:
        return None
    words = _WORDS[site.cause].remedy or (_EVICT if _is_left_behind(site) else _RESERVE)
    return f"Usual remedy: {words}."


def _is_left_behind(site: SiteResult) -> bool:
    if site.evidence is not None and site.evidence.metric in _END:
        return True
    return site.head.get(Metric.T_END_BYTES, 0) > 0


def _evidence(
    site: SiteResult, evidence: Evidence, quote: Callable[[str], str], at: Callable[[Place], str]
) -> str:
    """`38 of the 40 tasks spawned at src/server.rs:42 (by tokio::spawn) were alive at the peak`."""
    words = _WORDS[site.cause] if site.cause else None
    place = evidence.at or Place(function=site.function or "", file=site.file, line=site.line)
    where = f"at {at(place)}" if place.file else f"in {quote(place.function)}"
    through = f" (by {quote(evidence.through)})" if evidence.through else ""
    when = "at the end" if evidence.metric in _END else "at the peak"
    made = f"{words.made if words else 'made'} {where}{through}"
    counted, verb = _count(evidence, words.counted if words else "block")
    return f"{counted} {made} {verb} alive {when}"


def _count(evidence: Evidence, noun: str) -> tuple[str, str]:
    """How many there were of how many, and the verb that goes with it."""
    alive, allocated = evidence.alive, evidence.allocated
    nouns = noun if max(alive, allocated) == 1 else f"{noun}s"
    verb = "was" if alive == 1 else "were"
    if alive > allocated:  # not all were seen being made
        return f"{alive:,} {nouns}", verb
    if alive == allocated:
        return (f"the one {noun}", verb) if alive == 1 else (f"all {alive:,} {nouns}", verb)
    return f"{alive:,} of the {allocated:,} {nouns}", verb
