"""compare(base, head) → Comparison: both sides put beside each other, nothing judged yet.

No test is ever dropped: one that only the head has is *new*, one that only the baseline has is *gone*.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from leakgate.comparison.matching import SitePair, match_sites
from leakgate.comparison.renames import Kinship, relate
from leakgate.dhat.profile import Metric
from leakgate.snapshot.model import Measurement, Snapshot

RUNS = "runs"
"""The field of a fingerprint that says of how many runs a figure is made, and how: `p99 of 20 runs`."""


@dataclass(frozen=True, slots=True)
class MetricPair:
    """One metric on both sides; None where a side did not measure it, which is not 0."""

    base: int | None
    head: int | None

    @property
    def delta(self) -> int | None:
        """`head - base`, None where either is unknown."""
        return None if self.base is None or self.head is None else self.head - self.base

    @property
    def ratio(self) -> float | None:
        """`head / base`, None where either is unknown or the base is 0: no ratio describes growth from nothing."""
        return None if self.head is None or not self.base else self.head / self.base


@dataclass(frozen=True)
class TestPair:
    """One test on both sides; None where the side does not have it.

    Attributes:
        name: The test id.
        base: What the baseline measured.
        head: What this run measured.
        kinship: How the functions of the two snapshots are related.
    """

    __test__ = False  # not a test case, whatever its name makes pytest think

    name: str
    base: Measurement | None
    head: Measurement | None
    kinship: Kinship = field(default_factory=Kinship)

    @property
    def units(self) -> tuple[str, str]:
        """What `*-bytes` and `*-blocks` count in this test."""
        measurement = self.head or self.base
        return measurement.units if measurement else ("bytes", "blocks")

    @property
    def metrics(self) -> Mapping[Metric, MetricPair]:
        """Every metric that either side measured, in the order of `Metric`."""
        base = self.base.metrics if self.base else {}
        head = self.head.metrics if self.head else {}
        return {m: MetricPair(base.get(m), head.get(m)) for m in Metric if m in base or m in head}

    @cached_property
    def sites(self) -> Sequence[SitePair]:
        """The sites of both sides, matched when they are first asked for: few tests' ever are."""
        base, head = (side.sites if side else () for side in (self.base, self.head))
        return match_sites(base, head, self.kinship)


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of the fingerprint in which the two sides differ."""

    field: str
    base: str
    head: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two snapshots beside each other.

    Attributes:
        base: The baseline; None when there is none.
        head: This run.
        differences: Why the two are not comparable; empty when they are.
        tests: Every test of either side, sorted by test id.
    """

    base: Snapshot | None
    head: Snapshot
    differences: tuple[Difference, ...]
    tests: tuple[TestPair, ...]


def compare(base: Snapshot | None, head: Snapshot, kinship: Kinship | None = None) -> Comparison:
    """Put two snapshots beside each other.

    Args:
        base: The baseline; None without one.
        head: This run.
        kinship: How their functions are related, where the two do not tell: they are parts of those that do.
    """
    differences = differing(base.fingerprint, head.fingerprint) if base else ()
    before = {m.test: m for m in base.tests} if base else {}
    after = {m.test: m for m in head.tests}
    names = sorted(before.keys() | after.keys())
    kinship = kinship or relate(base, head)
    return Comparison(
        base,
        head,
        differences,
        tuple(TestPair(name, before.get(name), after.get(name), kinship) for name in names),
    )


def differing(base: Mapping[str, str], head: Mapping[str, str]) -> tuple[Difference, ...]:
    """The fields in which two fingerprints differ; empty: what was measured is comparable.

    Only fields that both sides know are held against each other: a lone DHAT file does not say which compiler
    built its program.
    """
    base, head = _with_unsaid(base), _with_unsaid(head)
    return tuple(
        Difference(field, base[field], head[field])
        for field in sorted(base.keys() & head.keys())
        if base[field] != head[field]
    )


def _with_unsaid(fingerprint: Mapping[str, str]) -> Mapping[str, str]:
    """What a profiler does not say, and a lone DHAT file does not know: that each figure is of one run."""
    return {RUNS: "1 run", **fingerprint} if "profiler" in fingerprint else fingerprint
