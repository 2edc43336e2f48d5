"""relate(base, head) → Kinship: which function of the head is probably which of the baseline.

"Why is this function called renamed?" is answered here: it is the only one whose body, or whose name in another
place, is like that of a function that is no longer there.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from leakgate.snapshot.model import Site, Sketch, Snapshot

_ALIKE = 0.5
"""How alike two bodies have to be. What is estimated from 24 hashes is off by 0.1 at 0.5 (√(J(1−J)/24)). Fewer
than one pair in a hundred of functions that have nothing to do with each other is as alike, mostly one-liners. So
only the best match counts."""

_SAME_NAME = 0.25
"""What the same name, of the same type if it has one, is worth beside the body's likeness: a function that was
moved may be edited more on the way. Without the type the name of a method says nothing: every other type has a
`new`, and a trait gives all its methods theirs."""

_COMMON = 64
"""A hash that more functions of the baseline have than this makes no two of them worth comparing. It keeps the
search short where thousands of functions are new."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How the chains of one side are read, so that they can be held against the other side's.

    Attributes:
        by_source: Whether both sides name functions as their sources do; else the symbol tables' names count.
        former: The head's name → the baseline's, for functions that were probably renamed or moved. No name twice.
            Empty for the baseline itself.
        unknown: Functions of this side that the other does not know by any name.
    """

    by_source: bool = True
    former: Mapping[str, str] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()

    def names(self, site: Site) -> tuple[str, ...]:
        """The whole chain, by former names."""
        names = self._spelled(site)
        return tuple([self.former.get(name, name) for name in names]) if self.former else names

    def users(self, site: Site) -> tuple[str, ...]:
        """The user's functions of it, innermost first; empty where it is one library function alone."""
        return self.names(site)[_called(site) :] if len(site.chain) > 1 else ()

    def known(self, site: Site) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """The called function, and the user's that the other side knows too; None where it knows none."""
        # Without what came between, a function may call itself; as in every chain, it counts once then.
        left = tuple([name for name, _ in groupby(n for n in self.users(site) if n not in self.unknown)])
        return (self.names(site)[: _called(site)], left) if left else None

    def innermost_known(self, site: Site) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """As `known`, and None where the other side does not know the innermost function."""
        return None if self.unknown.intersection(self.users(site)[:1]) else self.known(site)

    def ends(self, site: Site) -> tuple[str, str] | None:
        """The innermost and the outermost of the user's functions."""
        users = self.users(site)
        return (users[0], users[-1]) if users else None

    def innermost(self, site: Site) -> str | None:
        """The innermost of the user's functions."""
        users = self.users(site)
        return users[0] if users else None

    def spelled_now(self, site: Site) -> tuple[str, ...]:
        """The user's functions by the names they have on this side."""
        return self._spelled(site)[_called(site) :] if len(site.chain) > 1 else ()

    def _spelled(self, site: Site) -> tuple[str, ...]:
        return site.chain if self.by_source else site.names or site.chain


@dataclass(frozen=True, slots=True)
class Kinship:
    """How the user's functions in two snapshots are related: how to read the chains of either."""

    base: Reading = field(default_factory=Reading)
    head: Reading = field(default_factory=Reading)

    def renamed_from(self, head: Site, base: Iterable[Site]) -> str | None:
        """What the head's innermost user function is called in one of the baseline's sites; None: nothing else."""
        old = next((self.head.former.get(name) for name in self.head.spelled_now(head)[:1]), None)
        return next((site.function for site in base if old and self.base.innermost(site) == old), None)


def relate(base: Snapshot | None, head: Snapshot) -> Kinship:
    """Compare the functions that two snapshots know.

    A function that both know by the same name is the same. Of the others each is paired with the one on the other
    side that it is most like, if that is true the other way round too and nothing else is as like. Where no body
    is known, the name has to say it, that one function has on either side, of the same type if it is a method.
    """
    if base is None:
        return Kinship()
    by_source = bool(base.functions and head.functions)
    before, after = (_functions(side, Reading(by_source=by_source)) for side in (base, head))
    old = {name: before[name] for name in before.keys() - after.keys()}
    new = {name: after[name] for name in after.keys() - before.keys()}
    former = _by_body(old, new)
    former |= _by_name(
        {name: old[name] for name in old.keys() - set(former.values())},
        {name: new[name] for name in new.keys() - former.keys()},
    )
    return Kinship(
        base=Reading(by_source=by_source, unknown=frozenset(old.keys() - set(former.values()))),
        head=Reading(by_source=by_source, former=former, unknown=frozenset(new.keys() - former.keys())),
    )


def _functions(snapshot: Snapshot, reading: Reading) -> Mapping[str, Sketch]:
    """The user's functions in all chains; the body is empty where it is not known, as of what a macro makes."""
    names: set[str] = set()
    for test in snapshot.tests:
        for site in test.sites:
            names.update(reading.users(site))
    return dict.fromkeys(names, ()) | (dict(snapshot.functions) if reading.by_source else {})


def _called(site: Site) -> int:
    """How many names of the chain come before the user's: 1, or 0 where the user's own function allocates."""
    return int(site.chain[0] != site.function)


def _by_body(old: Mapping[str, Sketch], new: Mapping[str, Sketch]) -> dict[str, str]:
    """New → old for the functions that are most like each other."""
    having = defaultdict(list)
    for name, sketch in old.items():
        for part in sketch:
            having[part].append(name)
    rare = {part: names for part, names in having.items() if len(names) <= _COMMON}
    own_names = {name: _own_name(name) for name in (*old, *new)}
    bodies = {name: frozenset(sketch) for name, sketch in old.items()}
    namesakes = defaultdict(list)
    for name in old:
        namesakes[own_names[name]].append(name)
    best_old: dict[str, tuple[tuple[float, int], list[str]]] = {}
    best_new: dict[str, tuple[tuple[float, int], list[str]]] = {}
    for name, sketch in new.items():
        candidates = {other for part in sketch for other in rare.get(part, ())}
        candidates.update(namesakes.get(own_names[name], ())[:_COMMON])
        body = frozenset(sketch)
        for other in candidates:
            for_name = _SAME_NAME * (own_names[name] == own_names[other])
            shared = body & bodies[other]
            # No more of them than these are in the sample. Most candidates are out by that, and cost no sorting.
            if len(shared) < (_ALIKE - for_name) * max(len(body), len(bodies[other])):
                continue
            score = _likeness(body, bodies[other]) + for_name
            if score >= _ALIKE:
                _keep_best(best_old, name, other, (score, _shared_segments(name, other)))
                _keep_best(best_new, other, name, (score, _shared_segments(name, other)))
    return {
        name: others[0]
        for name, (_, others) in best_old.items()
        if len(others) == 1 and best_new[others[0]][1] == [name]
    }


def _keep_best(
    best: dict[str, tuple[tuple[float, int], list[str]]], name: str, other: str, score: tuple[float, int]
) -> None:
    """Of all that `name` could be, remember those of the highest score."""
    highest, _ = best.get(name, ((0.0, 0), []))
    if score > highest:
        best[name] = score, [other]
    elif score == highest:
        best[name][1].append(other)


def _likeness(one: frozenset[int], other: frozenset[int]) -> float:
    """The estimated share of what both bodies consist of that is in either: 1 for the same text."""
    # The smallest of both together are a fair sample of both together; each side knows whether it has them.
    sample = sorted(one | other)[: max(len(one), len(other))]
    return sum(part in one and part in other for part in sample) / len(sample) if sample else 0.0


def _by_name(old: Mapping[str, Sketch], new: Mapping[str, Sketch]) -> dict[str, str]:
    """New → old for functions without a known body that were moved to another module."""
    namesakes: dict[tuple[str, ...], tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for side, names in enumerate((old, new)):
        for name in names:
            namesakes[_own_name(name)][side].append(name)
    return {
        after[0]: before[0]
        for before, after in namesakes.values()
        if len(before) == len(after) == 1 and not (old[before[0]] and new[after[0]])
    }


def _own_name(name: str) -> tuple[str, ...]:
    """A function's name without the modules: `put`, `Store` and `put`, of a trait's `Store`, `Display` and `fmt`.

    Types are told from modules by their first letter, of which rustc takes care.
    """
    implementor, _, method = name.rpartition(">::")
    if implementor:
        return (*[_last(part) for part in implementor.removeprefix("<").split(" as ", 1)], method)
    owner, _, method = name.rpartition("::")
    return (_last(owner), method) if _last(owner)[:1].isupper() else (method,)


def _last(path: str) -> str:
    return path.rpartition("::")[2]


def _shared_segments(one: str, other: str) -> int:
    """What two paths have in common: of two functions that are equally like a third, the nearer one counts."""
    mine, theirs = one.split("::"), other.split("::")
    return len(set(mine) & set(theirs))
