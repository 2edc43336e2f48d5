"""What libtest has printed of a plain `cargo test`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_BINARY = re.compile(r"^ +Running (?P<what>unittests )?\S+ \(\S*/(?P<stem>[^/]+)-[0-9a-f]{16}\)$")
_TEST = re.compile(r"^test (?P<name>.+?)(?: - should panic)? \.\.\. (?P<word>ok|FAILED)$")
_LISTED = re.compile(r"^    (?P<name>\S.*)$")
_RESULT = re.compile(r"^test result: .* (?P<passed>\d+) passed; (?P<failed>\d+) failed;")


@dataclass(frozen=True, slots=True)
class Plain:
    """A plain run.

    Attributes:
        ran: How many tests have passed or failed.
        failed: The ids of those that failed.
        seen: The ids of all whose line could be read; a test that prints past libtest may hide one.
    """

    ran: int
    failed: frozenset[str]
    seen: frozenset[str]


def read(lines: Iterable[str], package: str) -> Plain:
    """Read cargo's and libtest's output, of a package without programs of its own."""
    binary, ran = package, 0
    failed: set[str] = set()
    seen: set[str] = set()
    listed: list[str] | None = None
    for line in lines:
        if found := _BINARY.match(line):
            binary = package if found["what"] else f"{package}::{found['stem']}"
        elif found := _TEST.match(line):
            seen.add(f"{binary} {found['name']}")
        elif found := _RESULT.match(line):
            ran += int(found["passed"]) + int(found["failed"])
            failed.update(f"{binary} {name}" for name in listed or ())
            listed = None
        elif line == "failures:":
            listed = []  # the first such line is followed by what they printed, the second by their names
        elif listed is not None and (found := _LISTED.match(line)):
            listed.append(found["name"])
    return Plain(ran, frozenset(failed), frozenset(seen))
