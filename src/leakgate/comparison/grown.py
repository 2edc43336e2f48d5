"""What holds more at one instant than in the baseline, and how near two such sites are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from leakgate.comparison.matching import SitePair
from leakgate.dhat.profile import Metric
from leakgate.snapshot.doubling import most_blocks
from leakgate.snapshot.model import Kind, Site, Within

LOOKED_AT = 400
"""Of one test's sites that grew: the heaviest. Each is held against each other, and the reports show fifty."""

REGROWN = 3
"""Blocks for each that lives: enlarged twice at least, from a `Vec`'s first 4 places to 16."""

RUNS_IN = {Kind.TASK: Within.TASK, Kind.BLOCKING_TASK: Within.POOL, Kind.THREAD: Within.THREAD}
COLLECTIONS = (Kind.LIST, Kind.MAP)
POINTERS = (Kind.ARC, Kind.RC)

_TEXTS = re.compile(r"alloc::fmt::format$|::to_string$|\bstr::\w+$")
"""What makes a text, which is enlarged while it is written."""

_ENDS_BY_ITSELF = frozenset({Kind.RUNTIME, *RUNS_IN})
"""What runs on, or is freed, whatever becomes of its handle: to forget that keeps no more than the handle."""


class Near(IntEnum):
    """How near two sites are."""

    UNRELATED = 0
    DISTANT = 1
    """An outer function of both, or the same thread."""
    CALLS = 2
    """The function of one is called by that of the other."""
    SAME = 3
    """One function, or what a task or thread runs."""


@dataclass(frozen=True, slots=True)
class Grown:
    """A site at one instant, beside the baseline.

    Attributes:
        number: Its place among the test's sites.
        site: The head's side.
        users: The user's functions on its chain, innermost first.
        held: Bytes that it holds.
        bytes: By how many it grew.
        blocks: By how many blocks.
        alive: Blocks that lived.
        allocated: Blocks that were ever allocated. One that was enlarged counts once more each time.
        by_size: Whether most of the growth is of blocks that became larger. None without the site in the baseline.
    """

    number: int
    site: Site
    users: Sequence[str]
    held: int
    bytes: int
    blocks: int
    alive: int
    allocated: int
    by_size: bool | None

    def lives(self, share: float) -> bool:
        """Whether at least this share of what was ever allocated lived."""
        return self.alive >= share * self.allocated

    def survives(self, share: float) -> bool:
        """The same of buffers: what was enlarged was not freed, though DHAT counts a block more each time."""
        grows = self.site.kind is Kind.LIST or _TEXTS.search(self.site.chain[0])
        if not grows or not self.alive:
            return self.lives(share)
        return self.alive * most_blocks(self.held / self.alive) >= share * self.allocated

    @property
    def was_enlarged(self) -> bool:
        """Whether its blocks became larger as they were filled.

        DHAT counts a realloc as one more block where the first was allocated, wherever it happens.
        """
        if self.allocated <= self.alive:
            return False
        return self.allocated >= REGROWN * self.alive if self.by_size is None else self.by_size


def users(site: Site) -> Sequence[str]:
    """The user's functions on the chain, innermost first."""
    if site.function in site.chain:
        return site.chain[site.chain.index(site.function) :]
    return site.chain


def near(one: Grown, holder: Grown) -> Near:
    """How near a site is to what may hold it."""
    if runs_in(one.site, holder.site) or one.site.function == holder.site.function:
        return Near.SAME
    own, others = one.users, holder.users
    if holder.site.function in own and holder.site.function != others[-1]:
        return Near.CALLS
    if one.site.function in others and one.site.function != own[-1]:
        return Near.CALLS
    if not set(own).isdisjoint(others):
        return Near.DISTANT
    same_thread = holder.site.kind in RUNS_IN and one.site.within is RUNS_IN[holder.site.kind]
    return Near.DISTANT if same_thread else Near.UNRELATED


def runs_in(site: Site, holder: Site) -> bool:
    """Whether it was allocated by what this task or thread runs: the function it was given, or a block in it."""
    if holder.kind not in RUNS_IN or site.within is not RUNS_IN[holder.kind]:
        return False
    own = users(site)
    return holder.function in own or any(name.rpartition("::")[2] in holder.starts for name in own)


class Instant:
    """The peak or the end of a test.

    Args:
        sites: All of the test's.
        at_end: Which of the two.
        again: Whether a test that leaves memory behind is measured as it runs again in the same process.
    """

    def __init__(self, sites: Sequence[SitePair], *, at_end: bool, again: bool) -> None:
        self.at_end = at_end
        self.again = again
        self._sites = sites
        self._bytes = Metric.T_END_BYTES if at_end else Metric.T_GMAX_BYTES
        self.blocks = Metric.T_END_BLOCKS if at_end else Metric.T_GMAX_BLOCKS
        grown = [
            self._seen(number, pair)
            for number, pair in enumerate(sites)
            if pair.head and pair.delta(self._bytes) > 0
        ]
        grown.sort(key=lambda one: (-one.bytes, one.number))
        del grown[LOOKED_AT:]
        grown.sort(key=lambda one: one.number)
        self.forgotten = [one for one in grown if _is_forgotten(one.site)]
        self.static = [one for one in grown if one.site.once and not _is_forgotten(one.site)]
        self.others = [one for one in grown if not one.site.once and not _is_forgotten(one.site)]
        self._of: dict[tuple[Kind, ...], Sequence[Grown]] = {}

    def of(self, *kinds: Kind) -> Sequence[Grown]:
        """The sites of these kinds that have more blocks, but for statics' and what is forgotten on purpose."""
        if kinds not in self._of:
            self._of[kinds] = [one for one in self.others if one.site.kind in kinds and one.blocks > 0]
        return self._of[kinds]

    @cached_property
    def of_tasks(self) -> Sequence[Site]:
        """What tasks allocated, whether it grew or not: the most of it."""
        found = [site for pair in self._sites for site in pair.head if site.within is Within.TASK]
        return sorted(found, key=lambda site: -site.counts.get(Metric.TOTAL_BYTES, 0))[:LOOKED_AT]

    def alive(self, site: Site) -> int:
        """Blocks of a site that lived."""
        return site.counts.get(self.blocks, 0)

    def all_of(self, kind: Kind) -> Sequence[Grown]:
        """The sites of a kind that are alive, be it that they hold no more than in the baseline."""
        return [
            self._seen(number, pair)
            for number, pair in enumerate(self._sites)
            if any(site.kind is kind and self.alive(site) for site in pair.head)
        ]

    def _seen(self, number: int, pair: SitePair) -> Grown:
        base, head = pair.base_counts, pair.head_counts
        alive, before = head.get(self.blocks, 0), base.get(self.blocks, 0)
        held, size = head.get(self._bytes, 0), pair.delta(self._bytes)
        enlarged = held - base.get(self._bytes, 0) / before * alive if before else 0
        site = pair.shown((self._bytes,))
        return Grown(
            number=number,
            site=site,
            users=users(site),
            held=held,
            bytes=size,
            blocks=pair.delta(self.blocks),
            alive=alive,
            allocated=max(alive, head.get(Metric.TOTAL_BLOCKS, 0)),
            by_size=2 * enlarged > size if before else None,
        )


def _is_forgotten(site: Site) -> bool:
    return site.forgets is not None and site.kind not in _ENDS_BY_ITSELF
