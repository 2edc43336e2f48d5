"""What a search for a baseline is given and what it brings back."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from leakgate.comparison.result import Side
from leakgate.dhat.profile import Metric
from leakgate.snapshot.model import Snapshot

Past = Mapping[str, Mapping[Metric, tuple[int, ...]]]
"""Test id → metric → its values at the last measured commits up to the base, oldest first."""

Ancestors = Callable[[], Iterable[str]]
"""The wanted commit, then its first-parent ancestors, nearest first. Asked only where needed: it may fetch."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The commit that a head should be compared with.

    Attributes:
        commit: Its full hash; None where none could be found out.
        branch: The branch that it is on, as far as known.
        why: How it was chosen, in words: `the merge commit's parent on main`.
    """

    commit: str | None
    branch: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Base:
    """A baseline that was found.

    Attributes:
        snapshot: What was measured.
        side: Where it comes from.
        past: Earlier values, for stores that keep them.
    """

    snapshot: Snapshot
    side: Side
    past: Past = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Missing:
    """There is no baseline to compare with, which is no error.

    Attributes:
        reason: Why, and what to do; whole sentences.
        wanted: What was looked for.
    """

    reason: str
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Saving:
    """What a store notes beside a snapshot.

    Attributes:
        commit: The commit that was measured, its full hash.
        branch: The branch it was pushed to.
        time: When it is saved, in UTC.
    """

    commit: str
    branch: str
    time: datetime


class Store(Protocol):
    """A place where snapshots are kept."""

    def find(self, wanted: Wanted, ancestors: Ancestors) -> Base | Missing:
        """The snapshot of the wanted commit, else the nearest that may stand for it.

        Raises:
            InputError: There is one, and it is damaged.
            ServiceError: The store cannot be read.
        """
        ...

    def save(self, snapshot: Snapshot, saving: Saving) -> str:
        """Keep a snapshot.

        Returns:
            Where it is now, in words.

        Raises:
            UsageError: This store cannot be saved to.
            ServiceError: It could not be kept; nothing that was there before is lost.
        """
        ...
