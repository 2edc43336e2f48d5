"""What leakgate.yml says, as typed values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase

from leakgate.dhat.profile import Metric, Mode
from leakgate.statistic import Statistic


class CommentMode(StrEnum):
    """When the pull request is commented on. All but `never` bring an old comment up to date."""

    ALWAYS = "always"
    ON_CHANGE = "on-change"
    ON_FAILURE = "on-failure"
    NEVER = "never"


class StopSignal(StrEnum):
    """The signal that ends a program when its load has ended."""

    TERM = "TERM"
    INT = "INT"


class NoBaseline(StrEnum):
    """What a check without a baseline does."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"


class StoreName(StrEnum):
    """Where baselines are kept."""

    FILE = "file"
    BRANCH = "branch"
    ARTIFACT = "artifact"
    REBUILD = "rebuild"


class Fallback(StrEnum):
    """What is done where the store has no baseline."""

    NONE = "none"
    REBUILD = "rebuild"


@dataclass(frozen=True, slots=True)
class Baseline:
    """Where the snapshots to compare with are kept.

    Attributes:
        store: The kind of store; None where the file does not say.
        path: The file of the store `file`, relative to the project's root.
        branch: The branch that the store `branch` keeps them on, without `refs/heads/`.
        branches: Globs for the branches whose pushes save a baseline; empty: the repository's default branch.
        fallback: What is done where the store has no baseline.
        keep: How many snapshots of each job `prune` keeps.
    """

    store: StoreName | None = None
    path: str = ".leakgate/baseline.json"
    branch: str = "leakgate-baselines"
    branches: tuple[str, ...] = ()
    fallback: Fallback = Fallback.NONE
    keep: int = 200


class CreepAction(StrEnum):
    """What follows from small steps that cross a limit together."""

    WARN = "warn"
    FAIL = "fail"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class CreepRule:
    """How growth in small steps is judged: by the lowest of the last snapshots, against the ordinary limits.

    Attributes:
        last: How many measured commits are looked back at, the base included.
        action: What follows when the steps cross the limit together.
    """

    last: int = 30
    action: CreepAction = CreepAction.WARN


@dataclass(frozen=True, slots=True)
class Limit:
    """How much one metric may grow.

    A limit is crossed when `head > maximum`, or when `head > base × ratio` and `head - base > min_delta`; with a
    base of 0 only the bytes decide.

    Attributes:
        ratio: Fails above `base × ratio`; None: growth is not limited.
        warn_ratio: Warns above `base × warn_ratio` without failing.
        min_delta: Growth of at most this many bytes (or blocks) is never reported.
        maximum: Fails above this many bytes (or blocks), also without a baseline.
    """

    ratio: float | None = None
    warn_ratio: float | None = None
    min_delta: int = 0
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class LimitChange:
    """The fields of a limit that someone gave; None leaves a field as it is."""

    ratio: float | None = None
    warn_ratio: float | None = None
    min_delta: int | None = None
    maximum: int | None = None

    def applied_to(self, limit: Limit) -> Limit:
        return Limit(
            ratio=limit.ratio if self.ratio is None else self.ratio,
            warn_ratio=limit.warn_ratio if self.warn_ratio is None else self.warn_ratio,
            min_delta=limit.min_delta if self.min_delta is None else self.min_delta,
            maximum=limit.maximum if self.maximum is None else self.maximum,
        )


@dataclass(frozen=True, slots=True)
class TestRule:
    """Other limits for some tests.

    Attributes:
        match: A glob for whole test ids, as `fnmatch.fnmatchcase` reads it: `*` crosses spaces and `::`.
        limits: Metric → what its limit has differently.
    """

    __test__ = False  # not a test case, whatever its name makes pytest think

    match: str
    limits: Mapping[Metric, LimitChange]


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """Memory that is known and accepted. Exactly one of `frame` and `test` is set.

    Attributes:
        frame: A glob for a function on a site's stack.
        test: A glob for whole test ids.
        reason: Why, for whoever reads it next.
        expires: The last day on which the rule holds; None: it always does.
    """

    frame: str | None
    test: str | None
    reason: str
    expires: date | None


@dataclass(frozen=True, slots=True)
class AcceptRule:
    """Growth that reviewers agreed to, until the baseline has it.

    Attributes:
        test: A glob for whole test ids.
        up_to: Metric → the largest value that is accepted.
        reason: Why, for whoever reads it next.
        expires: The last day on which the rule holds.
        expired: Whether that day has passed; the rule has no effect then.
    """

    test: str
    up_to: Mapping[Metric, int]
    reason: str
    expires: date
    expired: bool = False


ACCEPT_LABEL = "leakgate: accept"
"""The label that accepts growth, if the config names no other."""

DEFAULT_LIMITS: Mapping[Metric, Limit] = {
    Metric.T_GMAX_BYTES: Limit(ratio=1.5, min_delta=4 * 1024),
    Metric.T_END_BYTES: Limit(ratio=1.5, min_delta=64),
}


@dataclass(frozen=True, slots=True)
class Config:
    """One leakgate.yml, checked, or the defaults.

    Attributes:
        command: The command to profile, one word an argument.
        load: The command that drives the program that `command` runs; empty: it runs by itself.
        stop_signal: The signal that ends the program when the load has ended.
        stop_grace: Seconds that the program may take to end after that; None: any time.
        profiler: `auto` or a profiler's name.
        rounds: How often the harness runs each test: a number, or `auto`.
        valgrind_mode: What valgrind counts, with the profiler `valgrind`.
        jobs: How many tests run at the same time.
        repeat: How many measured runs each test has.
        statistic: What is made of them, metric by metric.
        confirm: How often a test that crossed a limit is measured again before it fails.
        time_limit: Seconds that one run of one test may take; None: any time.
        limits: Metric → the limit that holds for every test. A metric that is absent is not limited.
        tests: Other limits for some tests, in the order they were written.
        creep: How growth in small steps is judged.
        ignore: Memory that is not judged.
        accept: Growth that reviewers agreed to.
        accept_label: The label on a pull request that accepts its growth; empty: none does.
        baseline: Where the snapshots to compare with are kept.
        comment: When the pull request is commented on.
        no_baseline: What a check without a baseline does.
        max_missing: The share, 0 to 1, of the baseline's tests that may be missing from a run.
        source: The file this was read from, as the user wrote it; None for the defaults.
    """

    command: tuple[str, ...] = ("cargo", "test")
    load: tuple[str, ...] = ()
    stop_signal: StopSignal = StopSignal.TERM
    stop_grace: float | None = 30
    profiler: str = "auto"
    rounds: str = "auto"
    valgrind_mode: Mode = Mode.HEAP
    jobs: int = 1
    repeat: int = 1
    statistic: Statistic = Statistic.LAST
    confirm: int = 2
    time_limit: float | None = 600
    limits: Mapping[Metric, Limit] = field(default_factory=lambda: DEFAULT_LIMITS)
    tests: tuple[TestRule, ...] = ()
    creep: CreepRule = field(default_factory=CreepRule)
    ignore: tuple[IgnoreRule, ...] = ()
    accept: tuple[AcceptRule, ...] = ()
    accept_label: str = ACCEPT_LABEL
    baseline: Baseline = field(default_factory=Baseline)
    comment: CommentMode = CommentMode.ALWAYS
    no_baseline: NoBaseline = NoBaseline.PASS
    max_missing: float = 0.5
    source: str | None = None

    def limits_for(self, test_id: str) -> Mapping[Metric, Limit]:
        """The limits of one test: all rules that match it apply in order, the later one wins, field by field."""
        limits = self.limits
        for rule in self.tests:
            if fnmatchcase(test_id, rule.match):
                limits = with_changes(limits, rule.limits)
        return limits


def with_changes(limits: Mapping[Metric, Limit], changes: Mapping[Metric, LimitChange]) -> Mapping[Metric, Limit]:
    """`limits` with the given fields replaced. A metric that had no limit starts from one that limits nothing."""
    changed = {metric: change.applied_to(limits.get(metric, Limit())) for metric, change in changes.items()}
    return {**limits, **changed}


DEFAULT = Config()
CANDIDATES = ("leakgate.yml", ".github/leakgate.yml")
"""Where a config is looked for, relative to the project's root; the first one found is read."""
