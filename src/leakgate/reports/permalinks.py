"""Links to the lines of the commit that was measured."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LONGEST = 1000
"""Characters of a path; no file of a repository has as many, and each may take nine in a link."""


@dataclass(frozen=True, slots=True)
class Permalinks:
    """Where the measured files can be read, as long as the commit exists.

    Attributes:
        server_url: Of the pages that people read, without a slash at the end. Not to be taken from a result.
        repository: `owner/name`. Not to be taken from a result.
        commit: The full hash of what was measured; with anything else there are no links.
    """

    server_url: str
    repository: str
    commit: str | None

    def to(self, file: str | None, line: int | None) -> str | None:
        """The page of a file, at its line; None where that cannot be one of the repository.

        Args:
            file: Untrusted; relative to the repository's root, or else no link.
            line: 1-based; without it the link is to the file.
        """
        if not self.commit or not _COMMIT.fullmatch(self.commit) or not file or not _is_inside(file):
            return None
        place = f"#L{line}" if line and line > 0 else ""
        return f"{self.server_url}/{self.repository}/blob/{self.commit}/{quote(file, safe='/')}{place}"


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
