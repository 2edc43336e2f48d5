"""Links to the lines of the commit that was measured."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from leakgate.comparison.result import Result, Side, SiteResult

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_PLACE = re.compile(r"(?P<before>.* \()(?P<file>[^()]+?):(?P<line>\d{1,9})\)", re.DOTALL)
_LONGEST = 1000
"""Characters of a path; no file of a repository has as many, and each may take nine in a link."""


@dataclass(frozen=True, slots=True)
class Permalinks:
    """Where the measured files can be read, as long as the commit exists.

    Attributes:
        server_url: Of the pages that people read, without a slash at the end. Not to be taken from a result.
        repository: `owner/name`. Not to be taken from a result.
        commit: The full hash of what was measured; with anything else there are no links.
        absent: Files that the commit does not have.
    """

    server_url: str
    repository: str
    commit: str | None
    absent: Collection[str] = ()

    @classmethod
    def of(cls, server_url: str, repository: str, head: Side) -> "Permalinks":
        """Links to what a run has measured."""
        return cls(server_url, repository, head.commit, frozenset(head.absent))

    def to(self, file: str | None, line: int | None) -> str | None:
        """The page of a file, at its line; None where that cannot be one of the repository.

        Args:
            file: Untrusted; relative to the repository's root, or else no link.
            line: 1-based; without it the link is to the file.
        """
        if not self.commit or not _COMMIT.fullmatch(self.commit) or not file or not _is_inside(file):
            return None
        if file in self.absent:
            return None
        place = f"#L{line}" if line and line > 0 else ""
        return f"{self.server_url}/{self.repository}/blob/{self.commit}/{quote(file, safe='/')}{place}"


@dataclass(frozen=True, slots=True)
class FramePlace:
    """A line of a stack, `function (file:line)`, taken apart.

    Attributes:
        before: What stands before the file.
        file: As the report names it.
        line: 1-based.
    """

    before: str
    file: str
    line: int


def place_in(frame: str) -> FramePlace | None:
    """The place that a line of a stack names; None where it names none."""
    found = _PLACE.fullmatch(frame)
    return FramePlace(found["before"], found["file"], int(found["line"])) if found else None


def linked_files(result: Result) -> frozenset[str]:
    """All files that a report of this result has links to."""
    return frozenset(file for test in result.tests for site in test.sites for file in _files(site))


def _files(site: SiteResult) -> Iterator[str]:
    if site.file:
        yield site.file
    if site.evidence and site.evidence.at and site.evidence.at.file:
        yield site.evidence.at.file
    for number in site.own_frames:
        place = place_in(site.stack[number]) if number in range(len(site.stack)) else None
        if place:
            yield place.file


def _is_inside(file: str) -> bool:
    """Whether the path names something below the repository's root, and in one way only."""
    path = PurePosixPath(file)
    return (
        len(file) <= _LONGEST
        and file.isprintable()
        and "\\" not in file
        and not path.is_absolute()
        and ".." not in path.parts
        and str(path) == file
        and file != "."
    )
