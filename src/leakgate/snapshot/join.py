"""The parts of a sharded suite → one snapshot, as if one job had measured it all.

The gate fails closed: a shard that is missing or there twice, a part of another commit or measured in another way
is a problem with a name, and a problem makes the verdict `error`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from leakgate.snapshot.model import Snapshot

_NAMES_LISTED = 10
_HASH = 12


@dataclass(frozen=True, slots=True)
class Part:
    """What one job of a matrix has measured.

    Attributes:
        source: The file that it was read from.
        snapshot: What is in it.
        problems: What makes it too thin for any verdict; sentences.
    """

    source: str
    snapshot: Snapshot
    problems: tuple[str, ...] = ()

    @property
    def number(self) -> int | None:
        """Of the shard, from 1; None where the part does not say which one it is."""
        return self.snapshot.shard.number if self.snapshot.shard else None

    @property
    def name(self) -> str:
        """How people call it: `shard 2 of 4`, else its file."""
        shard = self.snapshot.shard
        return f"shard {shard.number} of {shard.of}" if shard else f"`{self.source}`"


@dataclass(frozen=True, slots=True)
class Joined:
    """All parts together.

    Attributes:
        snapshot: The whole suite's.
        reasons: Why tests failed, as far as the parts say: test id → words.
        problems: What makes it too thin for any verdict; sentences.
        notes: What else the reader should know; sentences.
        command: What every part ran; None where they ran different things, or do not say.
    """

    snapshot: Snapshot
    reasons: Mapping[str, str]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    command: str | None


def join(parts: Sequence[Part], commit: str | None) -> Joined:
    """One snapshot of them all. Of a shard that is there twice, and of a test, the first one counts.

    Args:
        parts: At least one, in any order.
        commit: The one that must have been measured; None where that is not known: then the parts must agree.
    """
    ordered = sorted(parts, key=lambda part: (part.number or 0, part.source))
    once = [next(same) for _, same in groupby(ordered, key=lambda part: part.number or part.source)]
    first = once[0].snapshot
    shards = [part.snapshot.shard for part in once if part.snapshot.shard]
    commands = {part.snapshot.shard.command if part.snapshot.shard else None for part in once}
    tests = {test.test: test for part in reversed(once) for test in part.snapshot.tests}
    return Joined(
        snapshot=Snapshot(
            commit=first.commit,
            fingerprint=first.fingerprint,
            tests=tuple(tests[name] for name in sorted(tests)),
            unmeasured=_sorted(part.snapshot.unmeasured for part in once),
            failed=_sorted(part.snapshot.failed for part in once),
            functions={
                name: sketch for part in reversed(once) for name, sketch in sorted(part.snapshot.functions.items())
            },
        ),
        reasons={test: reason for shard in shards for test, reason in shard.reasons.items()},
        problems=(
            *_numbering(ordered),
            *_commits(once, commit),
            *_fingerprints(once),
            *_doubled_tests(once),
            *(f"{_capital(part.name)}: {problem}" for part in once for problem in part.problems),
        ),
        notes=(*_unnumbered(once), *dict.fromkeys(note for shard in shards for note in shard.notes)),
        command=commands.pop() if len(commands) == 1 else None,
    )


def _numbering(parts: Sequence[Part]) -> Iterator[str]:
    """Every shard must be there, and once."""
    numbered = [part for part in parts if part.number is not None]
    if not numbered:
        return
    nameless = [part.name for part in parts if part.number is None]
    if nameless:
        yield f"{_list(nameless)} {_is(nameless)} without a shard's number, and others have one: `--shard N/M`."
    totals = sorted({part.snapshot.shard.of for part in numbered if part.snapshot.shard})
    if len(totals) > 1:
        examples = (next(part.name for part in numbered if part.name.endswith(f" of {of}")) for of in totals)
        yield f"The parts do not agree on how many shards there are: {_list([*examples])}."
        return
    found = Counter(part.number for part in numbered)
    missing = [str(number) for number in range(1, totals[0] + 1) if number not in found]
    if missing:
        several = len(missing) > 1
        yield (
            f"Shard{'s' * several} {_list(missing)} of {totals[0]} {_is(missing)} missing: "
            f"{'their jobs' if several else 'its job'} left no part, or it was not fetched."
        )
    for number, times in found.items():
        if times > 1:
            sources = [f"`{part.source}`" for part in numbered if part.number == number]
            yield f"Shard {number} of {totals[0]} is there {times} times: {_list(sources)}."


def _unnumbered(parts: Sequence[Part]) -> Iterator[str]:
    if len(parts) > 1 and all(part.number is None for part in parts):
        yield "No part has a shard's number (`--shard N/M`), so one that is missing might not be noticed."


def _commits(parts: Sequence[Part], commit: str | None) -> Iterator[str]:
    """All must be of one commit: the one that is checked out where they are joined."""
    wanted, where = commit, "is checked out here"
    if wanted is None:
        known = next((part for part in parts if part.snapshot.commit), None)
        if known is None:
            return
        wanted, where = known.snapshot.commit, f"is that of {known.name}"
    for part in parts:
        measured = part.snapshot.commit
        if measured is None:
            yield f"{_capital(part.name)} does not say which commit was measured."
        elif measured != wanted:
            yield f"{_capital(part.name)} measured the commit {_short(measured)}, and {_short(wanted)} {where}."


def _fingerprints(parts: Sequence[Part]) -> Iterator[str]:
    """All must be measured in the same way, or together they are comparable with nothing."""
    first = parts[0]
    for part in parts[1:]:
        here, there = part.snapshot.fingerprint, first.snapshot.fingerprint
        differing = [field for field in sorted(here.keys() | there.keys()) if here.get(field) != there.get(field)]
        if differing:
            fields = (f"{field} `{here.get(field, '')}`, not `{there.get(field, '')}`" for field in differing)
            yield f"{_capital(part.name)} was measured otherwise than {first.name}: {'; '.join(fields)}."


def _doubled_tests(parts: Sequence[Part]) -> Iterator[str]:
    """No test may be in two parts: which of its figures counts would be a matter of luck."""
    owners: dict[str, list[str]] = {}
    for part in parts:
        snapshot = part.snapshot
        for test in {*(test.test for test in snapshot.tests), *snapshot.unmeasured, *snapshot.failed}:
            owners.setdefault(test, []).append(part.name)
    doubled = [test for test in sorted(owners) if len(owners[test]) > 1]
    for test in doubled[:_NAMES_LISTED]:
        yield f"The test `{test}` is in {_list(owners[test])}: each must be in one shard only."
    if len(doubled) > _NAMES_LISTED:
        yield f"{len(doubled) - _NAMES_LISTED} more tests are in more than one shard."


def _sorted(groups: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(sorted({name for group in groups for name in group}))


def _list(names: Sequence[str]) -> str:
    shown = [*names[:_NAMES_LISTED]]
    if len(names) > _NAMES_LISTED:
        shown.append(f"{len(names) - _NAMES_LISTED} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _is(names: Sequence[str]) -> str:
    return "are" if len(names) > 1 else "is"


def _short(commit: str | None) -> str:
    return (commit or "")[:_HASH]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
