"""match_sites(base, head, kinship) → pairs: which sites of one test are the same in two builds.

"Why did these two sites match?" is answered here. Pairs are made tier by tier, and what one tier leaves over goes
to the next. A tier comes before another where less has to have happened between the two builds:

1. *The same chain and text.* Nothing happened: neither optimisation nor inlining changes which functions of the
   source a line is in, nor what it says, wherever it moved.
2. *The same chain.* A line was edited. What it is in, and what it calls, is still the same.
3. *The same chain by symbols.* Nothing happened to the program, but one side's source could not be used, or reads
   otherwise.
4. *The same chain by former names* (`renames.py`). A function was renamed or moved: its body says so. This comes
   before 5, as only one side knows such a function.
5. *The same chain apart from functions that the other side does not know at all.* A helper was extracted, or
   inlined by hand, a wrapper came or went: a function appeared or vanished, and its callers stayed. Not where both
   sides have an innermost function of their own: then other code allocates, and nothing says that it replaces the
   former.
6. *The same user functions.* `Vec::with_capacity` became `vec!`, or a dependency's patch version, another
   toolchain or the inliner shows another function of the library. This comes after 5, which still has the call to
   go by: what is left of the function from which a helper was taken, and allocates otherwise, is not what the
   helper does.
7. *The same innermost and outermost function.* The way from the test to the code has changed, in functions that
   both sides know.
8. *The same innermost function.* Other code calls it.

From 3 on each is first tried on lines with the same text, and that before 2: where the line is still there, it was
not edited. Sites of one key are told apart by their counts: a program that did not change holds the same to the
byte. What still remains of them is one pair of all of them, with the sums of either side, so growth is neither
lost nor netted off against another function. What no tier finds is new or gone: where every old site has its own
match by then, as with a new call of an old function, a new site stays new.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from operator import attrgetter

from leakgate.comparison.renames import Kinship, Reading
from leakgate.dhat.profile import Metric
from leakgate.snapshot.model import Site

_KeyOf = tuple[object, ...] | frozenset[object] | str | None
_Key = Callable[[Site], _KeyOf]
"""What has to be equal on both sides; an empty one is no site's match."""


@dataclass(frozen=True, slots=True)
class SitePair:
    """What is one site on both sides; empty where the side does not have it. At least one is not.

    There are several of a side where no more is known than that together they are those of the other.
    """

    base: tuple[Site, ...]
    head: tuple[Site, ...]

    @property
    def base_counts(self) -> Mapping[Metric, int]:
        """Metric → what the baseline's sites hold together."""
        return _sums(self.base)

    @property
    def head_counts(self) -> Mapping[Metric, int]:
        """Metric → what the head's sites hold together."""
        return _sums(self.head)

    @property
    def identity(self) -> tuple[tuple[str, ...], str]:
        """Tells this pair from the others of its test, and brings them into an order."""
        return (self.head or self.base)[0].key

    def delta(self, metric: Metric) -> int:
        """What this pair adds to the test's metric."""
        return _held(self.head, metric) - _held(self.base, metric)

    def shown(self, metrics: Sequence[Metric]) -> Site:
        """The site to show, of the head where it has one, as its lines are the ones a reader can open.

        Of several it is the one that grew most, if the largest of one side is the largest of the other, and so on.

        Args:
            metrics: What it is about, the most important first.
        """
        if not self.head:
            return max(self.base, key=lambda site: _weight(site, metrics))
        sides = [sorted(side, key=lambda s: _weight(s, metrics), reverse=True) for side in (self.base, self.head)]
        grown = [
            ([new.counts.get(m, 0) - (old.counts.get(m, 0) if old else 0) for m in metrics], _weight(new, metrics))
            for old, new in zip_longest(*sides)
            if new
        ]
        return sides[1][grown.index(max(grown))]


_Found = tuple[list[SitePair], list[Site], list[Site]]
"""Pairs, and the sites of the baseline and of the head that are still without one."""


def match_sites(base: Iterable[Site], head: Iterable[Site], kinship: Kinship) -> Sequence[SitePair]:
    """Pair the sites of one test: each of them is in exactly one pair.

    Args:
        base: The baseline's.
        head: This run's. On either side no two have the same chain and text; their order says nothing.
        kinship: How the functions of the two snapshots are related.
    """
    known = {site.key: site for site in base}
    exact = [(known.pop(site.key, None), site) for site in head]
    left: _Found = (
        [SitePair((old,), (new,)) for old, new in exact if old],
        [*known.values()],
        [new for old, new in exact if not old],
    )
    for of_base, of_head in _LIKELY:
        left = _matched(left, partial(_on_line, of_base, kinship.base), partial(_on_line, of_head, kinship.head))
    for of_base, of_head in ((_chain, _chain), *_LIKELY):
        left = _matched(left, partial(of_base, kinship.base), partial(of_head, kinship.head))
    pairs, old, new = left
    return [*pairs, *(SitePair((site,), ()) for site in old), *(SitePair((), (site,)) for site in new)]


def _chain(_: Reading, site: Site) -> tuple[str, ...]:
    return site.chain


def _symbols(_: Reading, site: Site) -> tuple[str, ...]:
    return site.names or site.chain


_Part = Callable[[Reading, Site], _KeyOf]
_LIKELY: Sequence[tuple[_Part, _Part]] = (
    (_symbols, _symbols),
    (Reading.names, Reading.names),
    (Reading.known, Reading.innermost_known),
    (Reading.innermost_known, Reading.known),
    (Reading.users, Reading.users),
    (Reading.ends, Reading.ends),
    (Reading.innermost, Reading.innermost),
)
"""The baseline's key and the head's, from the third tier on; the fifth takes two."""


def _on_line(part: _Part, reading: Reading, site: Site) -> _KeyOf:
    """The key of one tier for lines with the same text."""
    key = part(reading, site) if site.text else None
    return (key, site.text) if key else None


def _matched(found: _Found, of_base: _Key, of_head: _Key) -> _Found:
    """What was found, with the pairs of what has the same key."""
    pairs, old, new = found
    if not old or not new:
        return found
    ours, theirs = _grouped(old, of_base), _grouped(new, of_head)
    pairs, old, new = [*pairs], [], []
    for key in ours | theirs:
        one, other = ours.get(key, []), theirs.get(key, [])
        if key and one and other:
            more, one, other = _pair_up(one, other)
            pairs += more
        old += one
        new += other
    return pairs, old, new


def _grouped(sites: Iterable[Site], key: _Key) -> dict[_KeyOf, list[Site]]:
    groups: defaultdict[_KeyOf, list[Site]] = defaultdict(list)
    for site in sites:
        groups[key(site)].append(site)
    return groups


def _pair_up(old: list[Site], new: list[Site]) -> _Found:
    """Sites of one key: one by one where they hold the same, and all that is left as one."""
    if len(old) == len(new) == 1:
        return [SitePair((old[0],), (new[0],))], [], []
    alike = _grouped(sorted(new, key=attrgetter("key"), reverse=True), _counts)
    pairs: list[SitePair] = []
    old_left: list[Site] = []
    for site in sorted(old, key=attrgetter("key")):
        if found := alike.get(_counts(site)):
            pairs.append(SitePair((site,), (found.pop(),)))
        else:
            old_left.append(site)
    new_left = sorted((site for sites in alike.values() for site in sites), key=attrgetter("key"))
    if old_left and new_left:
        return [*pairs, SitePair(tuple(old_left), tuple(new_left))], [], []
    return pairs, old_left, new_left


def _counts(site: Site) -> frozenset[object]:
    return frozenset(site.counts.items())


def _sums(sites: Iterable[Site]) -> Mapping[Metric, int]:
    sums: dict[Metric, int] = {}
    for site in sites:
        for metric, count in site.counts.items():
            sums[metric] = sums.get(metric, 0) + count
    return sums


def _held(sites: Iterable[Site], metric: Metric) -> int:
    return sum(site.counts.get(metric, 0) for site in sites)


def _weight(site: Site, metrics: Sequence[Metric]) -> list[int]:
    return [site.counts.get(metric, 0) for metric in metrics]
