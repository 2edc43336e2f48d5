"""The crates of the field, `crates.toml`, and what is known of each."""

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from _crates import Suite

LIST = Path(__file__).with_name("crates.toml")

_WORDS = ("--tests",)


@dataclass(frozen=True, slots=True)
class Known:
    """A known exception.

    Attributes:
        kinds: Of `failed`, `unmeasured`, `t-end`, `t-gmax`, `crossed` and `alarm`.
        tests: Patterns of test ids, as `fnmatch` reads them.
        cause: Why, in a sentence without its full stop.
    """

    kinds: tuple[str, ...]
    tests: tuple[str, ...]
    cause: str

    def covers(self, kind: str, test: str) -> bool:
        return kind in self.kinds and any(fnmatchcase(test, pattern) for pattern in self.tests)


@dataclass(frozen=True, slots=True)
class Entry:
    """A crate of the list.

    Attributes:
        suite: The crate and its command.
        known: Its known exceptions.
        about: What to know of the command, a sentence without its full stop.
    """

    suite: Suite
    known: tuple[Known, ...] = ()
    about: str | None = None

    @property
    def title(self) -> str:
        return f"{self.suite.name} {self.suite.version}"

    def cause(self, kind: str, test: str) -> str | None:
        """Why this is so for this test, where the list says it."""
        return next((one.cause for one in self.known if one.covers(kind, test)), None)


def read(text: str) -> list[Entry]:
    """Read the list."""
    return [
        Entry(
            Suite(crate["name"], crate["version"], tuple(crate.get("words", _WORDS))),
            tuple(Known(tuple(one["kinds"]), tuple(one["tests"]), one["cause"]) for one in crate.get("known", ())),
            crate.get("about"),
        )
        for crate in tomllib.loads(text)["crate"]
    ]
