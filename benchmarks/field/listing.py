"""The crates of the field, `crates.toml`, and what is known of each."""

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from _crates import Suite

LIST = Path(__file__).with_name("crates.toml")


@dataclass(frozen=True, slots=True)
class Known:
    """A known exception.

    Attributes:
        kind: `failed`, `unmeasured`, `t-end`, `t-gmax` or `alarm`.
        tests: A pattern of test ids, as `fnmatch` reads them.
        cause: Why, in a sentence.
    """

    kind: str
    tests: str
    cause: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A crate of the list, and its known exceptions."""

    suite: Suite
    known: tuple[Known, ...]

    @property
    def title(self) -> str:
        return f"{self.suite.name} {self.suite.version}"

    def cause(self, kind: str, test: str) -> str | None:
        """Why this is so for this test, where the list says it."""
        return next((one.cause for one in self.known if one.kind == kind and fnmatchcase(test, one.tests)), None)


def read(text: str) -> list[Entry]:
    """Read the list."""
    return [
        Entry(
            Suite(crate["name"], crate["version"], tuple(crate.get("words", ["--tests"]))),
            tuple(Known(**known) for known in crate.get("known", ())),
        )
        for crate in tomllib.loads(text)["crate"]
    ]
