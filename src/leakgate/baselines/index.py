"""What a branch of baselines knows of one job without reading a snapshot: which there are, and how values went.

An index lists *saves*: a commit of a branch, when it was measured, and whether its snapshot is kept. Of the last
`MOST_SAVES` it has the values too, of each test as changes alone: most tests measure the same at most commits.
Everything here is pure; the order in which saves arrive makes no difference.
"""

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Annotated

import msgspec

from leakgate.baselines import runs
from leakgate.baselines.model import Past, Saving
from leakgate.baselines.runs import Number, Values
from leakgate.comparison.trend import Point, Series
from leakgate.dhat.profile import Metric
from leakgate.errors import InputError
from leakgate.snapshot.damage import UNDECODABLE, explain, version
from leakgate.snapshot.model import Commit, Snapshot

MOST_SAVES = 1000
"""Of so many saves, and of up to a twentieth more, the values are kept."""

PAST = 30
"""How many values a comparison is given of each test."""

LEAST_OF_A_BRANCH = 20
"""So many snapshots of each branch stay whatever their number and size."""

_VERSION = 1
_DIGEST = 12


class Save(msgspec.Struct, frozen=True, kw_only=True):
    """One snapshot that was saved.

    Attributes:
        number: Its place among the saves of this job. Later saves have higher numbers; there may be gaps.
        commit: The commit that was measured.
        branch: The branch it was pushed to.
        time: When it was saved.
        fingerprint: A key of the index's `fingerprints`.
        bytes: What the snapshot takes, compressed; 0 where it has been pruned and only its values are left.
    """

    number: Number
    commit: Commit
    branch: str
    time: Annotated[datetime, msgspec.Meta(tz=True)]
    fingerprint: str
    bytes: Number


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """Every save of one job.

    Attributes:
        version: Of this form.
        key: The job.
        written: Bytes of snapshots that were added to the branch since its history began.
        first: The number of the oldest save whose values are here.
        fingerprints: A short digest → the fingerprint.
        saves: In the order of their times.
        history: Test → branch → metric → its values.
    """

    version: int = _VERSION
    key: str
    written: Number = 0
    first: Number = 0
    fingerprints: Mapping[str, Mapping[str, str]] = {}
    saves: tuple[Save, ...] = ()
    history: Values = {}

    @property
    def branches(self) -> tuple[str, ...]:
        """Every branch with a save, by name."""
        return tuple(sorted({save.branch for save in self.saves}))

    @property
    def measured(self) -> Mapping[str, Save]:
        """Commit → its newest save, for every commit whose snapshot is kept."""
        return {save.commit: save for save in self.saves if save.bytes}

    @property
    def kept(self) -> tuple[Save, ...]:
        """Every save whose snapshot is kept, newest first."""
        return tuple(save for save in reversed(self.saves) if save.bytes)

    def tests(self, branch: str) -> tuple[str, ...]:
        """Every test of a branch that has values, by id."""
        return tuple(sorted(test for test, branches in self.history.items() if branch in branches))

    def series(self, branch: str, test: str, metric: Metric) -> Series:
        """A metric of a test over all saves of a branch that have values; empty where it is not known there."""
        values = self.history.get(test, {}).get(branch, {}).get(metric, ())
        points = [
            Point(save.commit, branch, save.time, runs.value_at(values, save.number), save.fingerprint)
            for save in (self._valued(branch) if values else ())
        ]
        return Series(test, metric, tuple(points))

    def past(self, commit: str, branch: str | None, last: int = PAST) -> Past:
        """The values of every test up to a commit.

        Args:
            commit: The commit that the values lead up to.
            branch: Preferred, where the commit was saved on more than one.
            last: How many saves; only those of the same branch with the same fingerprint count, since another
                compiler alone changes values.
        """
        upto = None
        for save in self.saves:
            if save.commit == commit and (upto is None or save.branch == branch or upto.branch != branch):
                upto = save
        if upto is None:
            return {}
        numbers = [
            save.number
            for save in self._valued(upto.branch)
            if save.number <= upto.number and save.fingerprint == upto.fingerprint
        ][-last:]
        past = {}
        for test, branches in self.history.items():
            metrics = {
                metric: found
                for metric, values in branches.get(upto.branch, {}).items()
                if (found := runs.values_at(values, numbers))
            }
            if metrics:
                past[test] = metrics
        return past

    def _valued(self, branch: str) -> tuple[Save, ...]:
        return tuple(save for save in self.saves if save.branch == branch and save.number >= self.first)


def digest(fingerprint: Mapping[str, str]) -> str:
    """A short text that differs where fingerprints do."""
    return hashlib.sha256(msgspec.json.encode(fingerprint, order="deterministic")).hexdigest()[:_DIGEST]


def add(index: Index, snapshot: Snapshot, saving: Saving, size: int, most: int = MOST_SAVES) -> Index:
    """The index with one save more. The same commit of the same branch again takes the place of the earlier save.

    Args:
        index: The one so far.
        snapshot: What was measured.
        saving: Its commit, branch and time.
        size: The bytes that the stored snapshot takes, compressed.
        most: Of how many saves values are kept.
    """
    index = _without(index, saving)
    index, number = _with_room(index, saving)
    mark = digest(snapshot.fingerprint)
    save = Save(
        number=number,
        commit=saving.commit,
        branch=saving.branch,
        time=saving.time,
        fingerprint=mark,
        bytes=size,
    )
    at = bisect_left(index.saves, number, key=lambda save: save.number)
    saves = (*index.saves[:at], save, *index.saves[at:])
    history = index.history
    if number >= index.first:
        values = {test.test: test.metrics for test in snapshot.tests}
        history = runs.put(history, saving.branch, number, values, _next_on(saves, save))
    return _bounded(
        msgspec.structs.replace(
            index,
            written=index.written + size,
            fingerprints={**index.fingerprints, mark: dict(snapshot.fingerprint)},
            saves=saves,
            history=history,
        ),
        most,
    )


def prune(
    index: Index, keep: int, most_bytes: int | None = None, least: int = LEAST_OF_A_BRANCH
) -> tuple[Index, tuple[str, ...]]:
    """The index without its older snapshots, whose values stay.

    Args:
        index: The one so far.
        keep: How many snapshots are kept, the newest ones.
        most_bytes: What they may take together.
        least: How many are kept of each branch in any case.

    Returns:
        The index, and the commits whose snapshots are to go.
    """
    kept: set[str] = set()
    seen: set[str] = set()
    of_branch: dict[str, int] = {}
    total = 0
    for save in reversed(index.saves):
        if not save.bytes:
            continue
        fits = len(kept) < keep and (most_bytes is None or total + save.bytes <= most_bytes)
        if save.commit not in seen and fits:
            kept.add(save.commit)
            total += save.bytes
        seen.add(save.commit)
        of_branch[save.branch] = of_branch.get(save.branch, 0) + 1
        if of_branch[save.branch] <= least and save.commit not in kept:
            kept.add(save.commit)
            total += save.bytes
    dropped = sorted(seen - kept)
    saves = tuple(
        msgspec.structs.replace(save, bytes=save.bytes if save.commit in kept else 0) for save in index.saves
    )
    pruned = msgspec.structs.replace(index, written=total, saves=saves)
    return _bounded(pruned, len(saves)), tuple(dropped)


def dump(index: Index) -> bytes:
    """The stored form: JSON with a line for each save and each test, so that git stores what changed alone."""
    lines = [
        "{",
        f'"version": {index.version},',
        f'"key": {_json(index.key)},',
        f'"written": {index.written},',
        f'"first": {index.first},',
        '"fingerprints": {',
        *_commas(f"  {_json(name)}: {_json(value)}" for name, value in sorted(index.fingerprints.items())),
        "},",
        '"saves": [',
        *_commas(f"  {_json(save)}" for save in index.saves),
        "],",
        '"history": {',
        *_commas(f"  {_json(test)}: {_json(branches)}" for test, branches in sorted(index.history.items())),
        "}",
        "}",
        "",
    ]
    return "\n".join(lines).encode()


def parse(data: bytes, source: str, remedy: str) -> Index:
    """Read a stored index. It may have been written by anyone, so everything in it is checked.

    Args:
        data: The file's bytes.
        source: Its name.
        remedy: How to get a whole one.

    Raises:
        InputError: It is damaged, of another version, or contradicts itself.
    """
    try:
        index = msgspec.json.decode(data, type=Index)
    except UNDECODABLE as error:
        _check_version(version(data), source)
        raise explain(error, data, source, kind="index", remedy=remedy) from None
    _check_version(index.version, source)
    problem = _contradiction(index)
    if problem is not None:
        raise InputError(f"contradicts itself: {problem}", where=source, remedy=remedy)
    return index


def _check_version(found: int | None, source: str) -> None:
    if found not in {None, _VERSION}:
        raise InputError(
            f"index version {found}; this leakgate reads version {_VERSION}",
            where=f"{source}: $.version",
            remedy="update leakgate, everywhere that it saves baselines",
        )


def _contradiction(index: Index) -> str | None:
    """What the types cannot say: everything is in order, and nothing is there twice."""
    if any(one.number >= other.number or one.time > other.time for one, other in pairwise(index.saves)):
        return "its saves are not in the order of their numbers and times"
    if len({(save.commit, save.branch) for save in index.saves}) < len(index.saves):
        return "a commit was saved twice on one branch"
    if any(save.fingerprint not in index.fingerprints for save in index.saves):
        return "a save has a fingerprint that is not listed"
    test = runs.disordered(index.history)
    return None if test is None else f"the values of {test!r} are not in order"


def _with_room(index: Index, saving: Saving) -> tuple[Index, int]:
    """A number for a new save at its place in time; where none is free, the saves behind move up by one."""
    rank = (saving.time, saving.commit, saving.branch)
    at = bisect_left(index.saves, rank, key=lambda save: (save.time, save.commit, save.branch))
    number = index.saves[at - 1].number + 1 if at else 0
    if at == len(index.saves) or number < index.saves[at].number:
        return index, number
    moved = msgspec.structs.replace(
        index,
        # A save that goes before all those with values has none, also where it takes the number of the first.
        first=index.first + (index.first > 0 and number <= index.first),
        saves=tuple(
            msgspec.structs.replace(save, number=save.number + (save.number >= number)) for save in index.saves
        ),
        history=runs.moved_up(index.history, number),
    )
    return moved, number


def _without(index: Index, saving: Saving) -> Index:
    """The index without what was saved of this commit on this branch before."""
    old = next((s for s in index.saves if (s.commit, s.branch) == (saving.commit, saving.branch)), None)
    if old is None:
        return index
    return msgspec.structs.replace(
        index,
        saves=tuple(save for save in index.saves if save is not old),
        history=runs.take(index.history, old.branch, old.number, _next_on(index.saves, old)),
    )


def _bounded(index: Index, most: int) -> Index:
    """The index without values older than the last `most` saves, and without what nothing refers to any more.

    Values go in batches, of a twentieth of `most`: most saves then change few lines of the file.
    """
    first = index.first
    valued = len(index.saves) - bisect_left(index.saves, first, key=lambda save: save.number)
    if valued > most + most // 20:
        first = index.saves[-most].number
    saves = tuple(save for save in index.saves if save.bytes or save.number >= first)
    history = index.history
    if len(saves) < len(index.saves) or first > index.first:
        oldest = {save.branch: save.number for save in reversed(saves) if save.number >= first}
        history = runs.since(history, oldest)
    used = {save.fingerprint for save in saves}
    fingerprints = {mark: value for mark, value in index.fingerprints.items() if mark in used}
    return msgspec.structs.replace(index, first=first, saves=saves, history=history, fingerprints=fingerprints)


def _next_on(saves: Sequence[Save], save: Save) -> int | None:
    """The number of the next save of the same branch."""
    at = bisect_right(saves, save.number, key=lambda save: save.number)
    return next((later.number for later in saves[at:] if later.branch == save.branch), None)


def _commas(items: Iterable[str]) -> list[str]:
    """The items of a JSON array or object, a line each."""
    lines = list(items)
    return [f"{line}," for line in lines[:-1]] + lines[-1:]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
