"""Profiles → Snapshot: everything measured in one run of a suite, small enough to store."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from leakgate.dhat.frames import ClassifiedFrame, Origin, Workspace, classify
from leakgate.dhat.profile import Metric, Profile, ProgramPoint
from leakgate.errors import InputError

SMALLEST_SHARE = 1000
"""What holds less than 1/1000 of a test's total is no site of its own in a stored snapshot."""


class Site(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Program points of one test merged under one identity that survives rebuilds.

    Attributes:
        chain: The identity: normalised names of the user's functions on the stack, innermost first, without
            repetition. Without any user function: the outermost dependency function alone.
        function: The innermost user function, the one to look at.
        file: Its source file, relative to the repository's root where it could be resolved.
        line: The line in `file`, 1-based.
        counts: Metric → value, summed over the program points merged here.
        stack: Display texts of the heaviest program point's frames, innermost first. Not stored in baselines.
    """

    chain: tuple[str, ...]
    function: str
    file: str | None = None
    line: int | None = None
    counts: Mapping[Metric, int]
    stack: tuple[str, ...] = ()


class Measurement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one test allocated.

    Attributes:
        test: The test id, `<binary id> <test name>` as cargo-nextest writes it.
        units: What `*-bytes` and `*-blocks` count: `["bytes", "blocks"]` but for ad hoc profiles.
        metrics: Metric → total. A metric that is absent was not measured, which is not 0.
        sites: The sites that hold the memory. Their counts may add up to less than `metrics`.
    """

    test: str
    units: tuple[str, str] = ("bytes", "blocks")
    metrics: Mapping[Metric, int]
    sites: tuple[Site, ...] = ()


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything measured in one run of a suite.

    Attributes:
        version: Of the stored form (`leakgate schema snapshot`).
        commit: The full hash of the commit that was measured, if it was in git.
        fingerprint: What must be equal for two snapshots to be comparable.
        tests: One measurement a test, sorted by test id.
        unmeasured: Ids of the tests that ran and wrote no profile.
    """

    version: int = 1
    commit: str | None = None
    fingerprint: Mapping[str, str]
    tests: tuple[Measurement, ...]
    unmeasured: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TestedProfile:
    """A profile and the test that wrote it."""

    __test__ = False  # not a test case, whatever its name makes pytest think

    test: str
    profile: Profile


def take(
    profiles: Iterable[TestedProfile],
    workspace: Workspace,
    *,
    commit: str | None = None,
    fingerprint: Mapping[str, str] | None = None,
    unmeasured: Iterable[str] = (),
) -> Snapshot:
    """Everything measured in one run.

    Args:
        profiles: One for each test; an iterator, so that large profiles need not be in memory together.
        workspace: What tells the user's frames from the others'.
        commit: The commit that was measured.
        fingerprint: How it was measured; without one, what the profiles themselves tell.
        unmeasured: Ids of tests that ran and wrote no profile.

    Raises:
        InputError: Two profiles claim the same test id.
    """
    measurements: dict[str, Measurement] = {}
    producers: set[str] = set()
    for tested in profiles:
        if tested.test in measurements:
            raise InputError(f"a second profile for the test `{tested.test}`", where=tested.profile.source)
        producers.add(str(tested.profile.producer))
        measurements[tested.test] = Measurement(
            test=tested.test,
            units=(tested.profile.units.bytes, tested.profile.units.blocks),
            metrics=dict(tested.profile.totals),
            sites=merge_sites(tested.profile, workspace),
        )
    return Snapshot(
        commit=commit,
        fingerprint=fingerprint if fingerprint is not None else {"profiler": "+".join(sorted(producers))},
        tests=tuple(measurements[test] for test in sorted(measurements)),
        unmeasured=tuple(sorted(unmeasured)),
    )


def merge_sites(profile: Profile, workspace: Workspace) -> tuple[Site, ...]:
    """The program points of one profile, merged by the chain of functions that leads to them.

    The chain is: the function that the innermost user function called to allocate, then the user's functions,
    innermost first, each once in a row. No line and no hash is part of it, so it survives moved code; the called
    function keeps two different allocations of one user function apart.

    Points that hold nothing at t-gmax and at t-end and less than 1/`SMALLEST_SHARE` of the total are left out:
    in a long run these are most points, and none of them can explain growth.

    Returns:
        Sites, heaviest first: by t-end, then t-gmax, then total bytes.
    """
    merged: dict[tuple[str, ...], _Sum] = {}
    frames = classify(profile.frames, workspace)
    user = [frame.function if frame.origin is Origin.USER else None for frame in frames]
    least = profile.totals[Metric.TOTAL_BYTES] / SMALLEST_SHARE
    for point in profile.points:
        if not point.gb and not point.eb and point.tb <= least:
            continue
        stack = point.stack
        chain = _chain(stack, frames, user)
        known = merged.get(chain)
        if known is None:
            known = merged[chain] = _Sum()
        known.add(point, stack)
    metrics = tuple(profile.totals)
    texts = [_display(frame) for frame in frames]
    sites = [_site(chain, total, metrics, frames, texts) for chain, total in merged.items()]
    sites.sort(key=_weight, reverse=True)
    return tuple(sites)


def _chain(stack: Sequence[int], frames: Sequence[ClassifiedFrame], user: Sequence[str | None]) -> tuple[str, ...]:
    chain: list[str] = []
    for depth, index in enumerate(stack):
        name = user[index]
        if name is None:
            continue
        if not chain:
            chain = [frames[stack[depth - 1]].function, name] if depth else [name]
        elif name != chain[-1]:
            chain.append(name)
    if chain:
        return tuple(chain)
    outermost = next((i for i in reversed(stack) if frames[i].origin is Origin.DEPENDENCY), None)
    if outermost is None:
        outermost = stack[0] if stack else 0
    return (frames[outermost].function,)


class _Sum:
    """The counts of one site while its points are added up, and its heaviest point, which stands for its line."""

    __slots__ = ("counts", "heaviest", "stack")

    def __init__(self) -> None:
        self.counts = [0] * len(Metric)
        self.heaviest = (-1, -1, -1)
        self.stack: Sequence[int] = ()

    def add(self, point: ProgramPoint, stack: Sequence[int]) -> None:
        counts = self.counts
        counts[0] += point.tb
        counts[1] += point.tbk
        counts[2] += point.gb or 0
        counts[3] += point.gbk or 0
        counts[4] += point.eb or 0
        counts[5] += point.ebk or 0
        weight = (point.eb or 0, point.gb or 0, point.tb)
        if weight > self.heaviest:
            self.heaviest, self.stack = weight, stack


def _site(
    chain: tuple[str, ...],
    total: _Sum,
    metrics: Sequence[Metric],
    frames: Sequence[ClassifiedFrame],
    texts: Sequence[str],
) -> Site:
    innermost = next((i for i in total.stack if frames[i].origin is Origin.USER), None)
    frame = frames[innermost] if innermost is not None else None
    by_metric = dict(zip(Metric, total.counts, strict=True))
    return Site(
        chain=chain,
        function=frame.function if frame else chain[0],
        file=frame.file if frame else None,
        line=frame.line if frame and frame.file else None,
        counts={metric: by_metric[metric] for metric in metrics},
        stack=tuple(texts[i] for i in total.stack),
    )


def _display(frame: ClassifiedFrame) -> str:
    place = f"{frame.file}:{frame.line}" if frame.file and frame.line else frame.file
    return f"{frame.function} ({place})" if place else frame.function


def _weight(site: Site) -> tuple[int, int, int]:
    counts = site.counts
    return (
        counts.get(Metric.T_END_BYTES, 0),
        counts.get(Metric.T_GMAX_BYTES, 0),
        counts.get(Metric.TOTAL_BYTES, 0),
    )


def dump(snapshot: Snapshot) -> bytes:
    """The stored form: JSON with one line a test and one a site, sorted, so that git diffs it well.

    Left out, to keep it small: stacks, and sites that hold less than 1/`SMALLEST_SHARE` of their test's every
    metric. A site may thus seem new that was there before, but only with less than that share.
    """
    lines = ["{", f'"version": {snapshot.version},']
    if snapshot.commit:
        lines.append(f'"commit": {_json(snapshot.commit)},')
    lines.append(f'"fingerprint": {_json(dict(sorted(snapshot.fingerprint.items())))},')
    lines.append(f'"unmeasured": {_json(snapshot.unmeasured)},')
    lines.append('"tests": [')
    for n, test in enumerate(snapshot.tests):
        sites = sorted(_stored_sites(test), key=lambda site: site.chain)
        head = _json(msgspec.structs.replace(test, sites=()))
        comma = "," if n + 1 < len(snapshot.tests) else ""
        if not sites:
            lines.append(head + comma)
            continue
        lines.append(head[:-1] + ', "sites": [')
        lines += [f"  {_json(site)}{',' if k + 1 < len(sites) else ''}" for k, site in enumerate(sites)]
        lines.append("]}" + comma)
    lines += ["]", "}", ""]
    return "\n".join(lines).encode()


def parse(data: bytes, source: str) -> Snapshot:
    """Read a stored snapshot. It may come from anywhere, so everything in it is checked.

    Raises:
        InputError: It is cut off, of another version, or not what `leakgate schema snapshot` says.
    """
    try:
        snapshot = msgspec.json.decode(data, type=Snapshot)
    except msgspec.ValidationError as error:
        raise InputError(f"not a leakgate snapshot: {error}", where=source, remedy=_SAVE_AGAIN) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError(f"damaged snapshot: {error}", where=source, remedy=_SAVE_AGAIN) from None
    if snapshot.version != 1:
        raise InputError(
            f"snapshot version {snapshot.version}; this leakgate reads version 1",
            where=source,
            remedy="save the baseline again with this version of leakgate, or update leakgate",
        )
    names = [test.test for test in snapshot.tests]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"the test `{name}` is in the snapshot twice", where=source, remedy=_SAVE_AGAIN)
    return snapshot


_SAVE_AGAIN = "make it again: `leakgate profile`, then `leakgate baseline save`"


def _stored_sites(test: Measurement) -> Iterable[Site]:
    least = {metric: total / SMALLEST_SHARE for metric, total in test.metrics.items()}
    for site in test.sites:
        if any(count > least.get(metric, 0) for metric, count in site.counts.items() if count):
            yield msgspec.structs.replace(site, stack=())


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=-1).decode()
