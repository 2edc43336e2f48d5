"""What a bisection found, for a person at a terminal; and its progress, a line a commit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leakgate.comparison.result import METRIC_NAMES, Result
from leakgate.dhat.profile import Metric
from leakgate.reports import console
from leakgate.reports.untrusted import plain
from leakgate.reports.words import amount

_SUBJECT = 60
"""Characters of a commit's subject in a line of progress."""

_HASH = 12
_UNITS = ("bytes", "blocks")


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit, and what came of measuring it. Untrusted text.

    Attributes:
        commit: Its full hash.
        author: Name and address.
        date: Of the author, ISO 8601.
        subject: The first line of its message.
        word: Its figures and whether they cross the limit, or why it has none.
    """

    commit: str
    author: str
    date: str
    subject: str
    word: str


@dataclass(frozen=True, slots=True)
class Culprit:
    """What a bisection found.

    Attributes:
        test: The test id.
        suspects: The first commit that crossed the limit; several, oldest first, where some could not be measured.
            The last of them has crossed.
        against: The commit that the result holds it against.
        why: What that one is: `its parent`.
        result: The comparison of the two.
    """

    test: str
    suspects: tuple[Commit, ...]
    against: Commit
    why: str
    result: Result

    @property
    def is_certain(self) -> bool:
        """Whether it is one commit."""
        return len(self.suspects) == 1


def render(culprit: Culprit, *, width: int = 120, color: bool = False) -> str:
    """The commit, and where the memory that it added is allocated."""
    return "\n".join((*_head(culprit), "", console.render(culprit.result, width=width, color=color)))


def line(place: str, commit: Commit) -> str:
    """A line of progress: `step 3, about 2 more: abc123def456 Keep every upload → t-end 40 KiB, crossed`."""
    return f"{place}: {commit.commit[:_HASH]} {plain(commit.subject, _SUBJECT)} → {plain(commit.word)}"


def measured(figures: Mapping[Metric, int], *, crossed: bool) -> str:
    """`t-end 40 KiB, t-gmax 1.5 MiB, crossed`."""
    values = (f"{METRIC_NAMES[metric]} {amount(value, metric, _UNITS)}" for metric, value in figures.items())
    return ", ".join(values) + (", crossed" if crossed else "")


def _head(culprit: Culprit) -> Iterator[str]:
    test = plain(culprit.test)
    if culprit.is_certain:
        [first] = culprit.suspects
        yield f"The first commit in which `{test}` crosses its limit:"
        yield ""
        yield f"  commit   {first.commit}"
        yield f"  author   {plain(first.author)}"
        yield f"  date     {plain(first.date)}"
        yield f"  subject  {plain(first.subject)}"
        compared = "Compared"
    else:
        yield f"The first commit in which `{test}` crosses its limit is one of these {len(culprit.suspects)}:"
        yield ""
        for suspect in culprit.suspects:
            yield f"  {suspect.commit[:_HASH]}  {plain(suspect.subject)} → {plain(suspect.word)}"
        compared = "The last of them compared"
    yield ""
    yield f"{compared} with {culprit.why}, {culprit.against.commit[:_HASH]} {plain(culprit.against.subject)}:"
