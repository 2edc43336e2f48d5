"""Profiles → Snapshot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import msgspec

from leakgate.dhat.frames import Classifier, Workspace
from leakgate.dhat.profile import MAX_COUNT, Metric, Profile
from leakgate.errors import InputError
from leakgate.snapshot.libtest import without_libtest
from leakgate.snapshot.model import Measurement, Snapshot, Spread
from leakgate.snapshot.repeats import merge_runs, share_sites
from leakgate.snapshot.sites import merge_sites
from leakgate.snapshot.sources import Sources
from leakgate.statistic import Statistic


@dataclass(frozen=True, slots=True)
class TestedProfile:
    """A profile and the test that wrote it.

    Attributes:
        test: The test id.
        profile: What it wrote.
        again: Whether the same process had run the test before.
    """

    __test__ = False  # not a test case, whatever its name makes pytest think

    test: str
    profile: Profile
    again: bool = False


@dataclass(frozen=True, slots=True)
class Movement:
    """What a test came to in further rounds, of which there is no profile.

    Attributes:
        peaks: Its t-gmax in bytes.
        left: The most bytes that were live at the end of any of the later half of many rounds in one process; None
            where there were not as many. What it keeps for itself, a cache, is filled by then.
    """

    peaks: Spread
    left: int | None = None


def take(  # noqa: PLR0913 - one for each field of a snapshot
    profiles: Iterable[TestedProfile],
    workspace: Workspace,
    *,
    commit: str | None = None,
    fingerprint: Mapping[str, str] | None = None,
    unmeasured: Iterable[str] = (),
    failed: Iterable[str] = (),
    repeat: int = 1,
    statistic: Statistic = Statistic.LAST,
    movements: Mapping[str, Movement] = MappingProxyType({}),
) -> Snapshot:
    """Everything measured in one run.

    Args:
        profiles: One for each test and each of its runs, in the order they ran; an iterator, so that large
            profiles need not be in memory together.
        workspace: What tells the user's frames from the others'.
        commit: The commit that was measured.
        fingerprint: How it was measured; without one, what the profiles themselves tell.
        unmeasured: Ids of tests that ran and wrote no profile.
        failed: Ids of tests that failed.
        repeat: How many profiles one test may have.
        statistic: What is made of them.
        movements: Test id → what it came to in further rounds, of which there is no profile.

    Raises:
        InputError: More profiles than `repeat` claim the same test id, or one adds up to more than a snapshot can
            store.
    """
    measurements: dict[str, list[Measurement]] = {}
    producers: set[str] = set()
    classifier = Classifier(workspace)
    sources = Sources(workspace)
    for tested in profiles:
        runs = measurements.setdefault(tested.test, [])
        if len(runs) == repeat:
            which = "a second" if repeat == 1 else "one more"
            raise InputError(f"{which} profile for the test `{tested.test}`", where=tested.profile.source)
        _check_totals(tested.profile)
        producers.add(str(tested.profile.producer))
        run = _measure(tested, classifier, sources)
        runs.append(share_sites(run, runs[-1]) if runs else run)
    tests = tuple(
        _with_movement(merge_runs(measurements[test], statistic), movements.get(test))
        for test in sorted(measurements)
    )
    return Snapshot(
        commit=commit,
        # A lone file tells its dialect. Who wrote it is not said: the harness and the dhat crate write the same.
        fingerprint=fingerprint if fingerprint is not None else {"dhat": "+".join(sorted(producers))},
        tests=tests,
        unmeasured=tuple(sorted(unmeasured)),
        failed=tuple(sorted(failed)),
        functions=sources.sketches({name for test in tests for site in test.sites for name in site.chain}),
    )


def _with_movement(measurement: Measurement, found: Movement | None) -> Measurement:
    if found is None:
        return measurement
    spread = dict(measurement.spread)
    peak, end = (measurement.metrics.get(metric) for metric in (Metric.T_GMAX_BYTES, Metric.T_END_BYTES))
    if peak is not None:
        spread[Metric.T_GMAX_BYTES] = _around(peak, found.peaks.runs, found.peaks.lowest, found.peaks.highest)
    if end is not None and found.left is not None:
        spread[Metric.T_END_BYTES] = _around(end, found.peaks.runs, found.left, end)
    return msgspec.structs.replace(measurement, spread=spread)


def _around(value: int, runs: int, lowest: int, highest: int) -> Spread:
    return Spread(runs=runs, lowest=min(value, lowest), highest=max(value, highest))


def _check_totals(profile: Profile) -> None:
    for metric, total in profile.totals.items():
        if total > MAX_COUNT:
            raise InputError(
                f"is absurdly large: {metric} adds up to {total:,}",
                where=f"{profile.source}: $.pps",
                remedy="profile the program again",
            )


def _measure(tested: TestedProfile, classifier: Classifier, sources: Sources) -> Measurement:
    frames = classifier.classify(tested.profile.frames)
    profile = without_libtest(tested.profile, frames)
    return Measurement(
        test=tested.test,
        units=(profile.units.bytes, profile.units.blocks),
        metrics=dict(profile.totals),
        sites=merge_sites(profile, frames, sources, again=tested.again),
    )
