"""What the comment shows, kept in the comment itself, so that a later run knows that a failure has been mended."""

import re
from dataclasses import dataclass
from typing import Self

from leakgate.comparison.result import Verdict

_SHA = r"(?:[0-9a-f]{64}|[0-9a-f]{40})"
_STATE = re.compile(
    rf"<!-- leakgate:state verdict=(?P<verdict>[a-z-]+) head=(?P<head>{_SHA})"
    rf"(?: failed=(?P<failed>{_SHA}))?(?: mended=(?P<mended>{_SHA}))? -->"
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """The comment has shown a failure that is no more.

    Attributes:
        failed: The commit that failed first.
        mended: The first commit after it that passed. The same one, where it passed when it was run again.
    """

    failed: str
    mended: str


@dataclass(frozen=True, slots=True)
class State:
    """What a comment shows.

    Attributes:
        verdict: Of the check that it shows.
        head: The commit that it shows.
        failed: The first commit of the last series of failures; None where nothing has failed yet.
        mended: The first that passed after these; None where none has.
    """

    verdict: Verdict
    head: str
    failed: str | None = None
    mended: str | None = None

    @classmethod
    def after(cls, old: Self | None, verdict: Verdict, head: str) -> Self:
        """The state after a check, where the comment showed `old` before.

        Only a pass mends: where nothing could be compared, nothing is known to be mended.
        """
        failed, mended = (old.failed, old.mended) if old else (None, None)
        if verdict in {Verdict.FAIL, Verdict.ERROR}:
            return cls(verdict, head, failed if failed and not mended else head)
        if verdict is Verdict.PASS and failed:
            return cls(verdict, head, failed, mended or head)
        return cls(verdict, head, failed, mended)

    @classmethod
    def parse(cls, line: str) -> Self | None:
        """The state that a line holds; None where it is no state line, letter for letter."""
        found = _STATE.fullmatch(line)
        if found is None or found["verdict"] not in set(Verdict):
            return None
        return cls(Verdict(found["verdict"]), found["head"], found["failed"], found["mended"])

    def __str__(self) -> str:
        commits = {"head": self.head, "failed": self.failed, "mended": self.mended}
        fields = [f"{name}={commit}" for name, commit in commits.items() if commit]
        return f"<!-- leakgate:state verdict={self.verdict} {' '.join(fields)} -->"

    @property
    def resolved(self) -> Resolved | None:
        """What the comment has to call resolved."""
        if self.verdict is not Verdict.PASS or self.failed is None or self.mended is None:
            return None
        return Resolved(self.failed, self.mended)


def is_commit(text: str) -> bool:
    """Whether this is a commit's full hash."""
    return re.fullmatch(_SHA, text) is not None
