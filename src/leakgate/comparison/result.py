"""The outcome of one check, as every report and GitHub's edge read it (`leakgate schema result`)."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from leakgate.dhat.profile import Metric

METRIC_NAMES = {
    Metric.T_GMAX_BYTES: "t-gmax",
    Metric.T_END_BYTES: "t-end",
    Metric.TOTAL_BYTES: "total",
    Metric.T_GMAX_BLOCKS: "t-gmax blocks",
    Metric.T_END_BLOCKS: "t-end blocks",
    Metric.TOTAL_BLOCKS: "total blocks",
}
"""`t-gmax` and `t-end` mean bytes wherever a person reads them."""

LEAKS_FIRST = (
    Metric.T_END_BYTES,
    Metric.T_GMAX_BYTES,
    Metric.T_END_BLOCKS,
    Metric.T_GMAX_BLOCKS,
    Metric.TOTAL_BYTES,
    Metric.TOTAL_BLOCKS,
)
"""What a test left behind is worse news than what it needed for a while."""


class Verdict(StrEnum):
    """The word of the whole check."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    NO_BASELINE = "no-baseline"
    INCOMPARABLE = "incomparable"
    ERROR = "error"
    """The tests failed or too little was measured: no word about memory can be given."""


class Status(StrEnum):
    """The word on one test or one of its metrics."""

    PASS = "pass"  # noqa: S105 - a status, no password
    WARN = "warn"
    FAIL = "fail"
    ACCEPTED = "accepted"
    """A limit was crossed, and somebody agreed to it."""
    NEW = "new"
    GONE = "gone"
    IGNORED = "ignored"


class MetricSpread(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one metric of one test came to in several runs.

    Attributes:
        runs: How many measured it.
        lowest: Its lowest value.
        highest: Its highest value.
        crossed: In how many of them it crossed a limit that fails; None where it was not measured again for that.
    """

    runs: int
    lowest: int
    highest: int
    crossed: int | None = None


class Creep(msgspec.Struct, frozen=True, kw_only=True):
    """Growth in steps each of which was within the limit, and which cross it together.

    Attributes:
        lowest: The lowest earlier value since the last step that crossed the limit by itself.
        commits: How many measured commits lie between that value and this one, this one included.
    """

    lowest: int
    commits: int


class MetricResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One metric of one test on both sides.

    Attributes:
        base: The baseline's value; None where there is none.
        head: This run's value; None for a test that is gone.
        delta: `head - base`; None where either is.
        ratio: `head / base`; None where either is, or base is 0.
        status: Whether a limit was crossed.
        grown: Whether growth crossed the limit, and not the absolute size alone.
        limit: What was crossed of the limit, or else all of it, in words: `1.5× and +4 KiB`, `max 2 MiB`. None
            where nothing limits this metric.
        trend: Its values at the last measured commits up to the base, oldest first, without the head's. Empty
            where they are not known or nothing limits this metric.
        spread: What it came to in all runs of this check, where it was measured more than once. `head` is one of
            them.
        creep: The small steps that have crossed the limit together, where this change is one of them.
        moves: Whether it was as high as this before, and came back, more than once: then crossing the limit warns.
    """

    base: int | None
    head: int | None
    delta: int | None
    ratio: float | None
    status: Status
    grown: bool
    limit: str | None
    trend: tuple[int, ...] = ()
    spread: MetricSpread | None = None
    creep: Creep | None = None
    moves: bool = False


class Cause(StrEnum):
    """Why a block is probably still alive. Read from stacks and counts; DHAT knows of no references."""

    UNFINISHED_TASK = "unfinished-task"
    REFERENCE_CYCLE = "reference-cycle"
    UNBOUNDED_QUEUE = "unbounded-queue"
    GROWING_COLLECTION = "growing-collection"
    DETACHED_THREAD = "detached-thread"
    LEAKED_RUNTIME = "leaked-runtime"
    STATIC_INIT = "static-init"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the user's source.

    Attributes:
        function: The function that it is in.
        file: Relative to the repository's root; None where it is not known.
        line: 1-based.
    """

    function: str
    file: str | None
    line: int | None


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a cause rests on. The reports have the words for it, and the remedy.

    Attributes:
        metric: `t-gmax-blocks` or `t-end-blocks`: the instant that it is about.
        alive: Blocks that were alive then, of those that tell the cause: task cells, queue buffers, `Arc`s, …
        allocated: How many of these were ever allocated.
        at: Where they were allocated, if that is not the site itself: the line that spawned the task, that filled
            the queue.
        through: The library function that made them: `tokio::task::spawn::spawn`.
    """

    metric: Metric
    alive: int
    allocated: int
    at: Place | None = None
    through: str | None = None


class SiteResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One site of one test on both sides; `function` is None for the residual that makes sites add up.

    Attributes:
        function: The innermost user function; where none is on the stack, the outermost function of a dependency,
            else of std.
        file: Its source file, relative to the repository's root where known.
        line: 1-based.
        own: Whether `function` is the user's.
        renamed_from: What the function was probably called in the baseline; None where it has its name still.
        cause: Why a block is probably still alive; None where nothing is claimed.
        evidence: What the cause rests on; None without a cause.
        forgets: The call that keeps memory on purpose (`Box::leak`), where a function on the stack has one.
        base: Metric → bytes or blocks in the baseline; empty where the site is new.
        head: The same now; empty where the site is gone.
        delta: head - base, absent counting as 0, for every metric of the test; what `head` has where nothing was
            compared.
        stack: The stack for display, innermost frame first, with runs of library frames folded into their number.
        own_frames: Which lines of `stack` are the user's functions, from 0.
    """

    function: str | None
    file: str | None
    line: int | None
    own: bool = True
    renamed_from: str | None = None
    cause: Cause | None
    evidence: Evidence | None = None
    forgets: str | None = None
    base: Mapping[Metric, int]
    head: Mapping[Metric, int]
    delta: Mapping[Metric, int]
    stack: tuple[str, ...]
    own_frames: tuple[int, ...] = ()


class TestResult(msgspec.Struct, frozen=True, kw_only=True):
    """One test on both sides.

    Attributes:
        name: The test id.
        status: The worst of its metrics (`fail`, `warn`, `accepted`), or `new`, `gone`, `ignored`.
        units: What `*-bytes` and `*-blocks` count.
        metrics: Every metric that either side measured.
        sites: What grew, sorted by what its function adds to the crossed metrics, leaks first, then by what it
            adds itself. Empty unless a limit was crossed.
    """

    __test__ = False  # not a test case, whatever its name makes pytest think

    name: str
    status: Status
    units: tuple[str, str]
    metrics: Mapping[Metric, MetricResult]
    sites: tuple[SiteResult, ...]

    @property
    def head_measured(self) -> bool:
        """Whether this run measured the test: not so for one that is gone."""
        return any(metric.head is not None for metric in self.metrics.values())


class Side(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where one side of the comparison comes from.

    Attributes:
        commit: The commit that was measured.
        requested: The commit that was asked for; None where a file was.
        distance: How many commits `commit` lies before `requested` along first parents, 0 where it is the very
            one; for a file, how many it lies before the head.
        age_seconds: How long before this run it was measured, in seconds.
        store: The kind of store that it was found in.
        source: The file, for a side that was read from one.
        fingerprint: What must be equal for two sides to be comparable.
        absent: Files that the sites name and the commit does not have: of a submodule, ignored by git, or not
            committed. Only of the head.
    """

    commit: str | None = None
    requested: str | None = None
    distance: int | None = None
    age_seconds: int | None = None
    store: str | None = None
    source: str | None = None
    fingerprint: Mapping[str, str]
    absent: tuple[str, ...] = ()


class FailedTest(msgspec.Struct, frozen=True, kw_only=True):
    """A test that failed, so that its memory says nothing.

    Attributes:
        name: The test id.
        reason: In words: `failed`, `killed by SIGSEGV`, `exited with 7`.
    """

    name: str
    reason: str


class IgnoredGrowth(msgspec.Struct, frozen=True, kw_only=True):
    """What one ignore rule kept out of the judgement, or what initialisers of statics made.

    Attributes:
        rule: The rule's glob; `static-init` of what was left out without one.
        reason: Why it is there, in the words of `leakgate.yml`.
        expires: The ISO date after which it becomes an error.
        tests: How many tests it touched.
        t_end_bytes: Bytes live at t-end that it left out, over all tests.
    """

    rule: str
    reason: str
    expires: str | None
    tests: int
    t_end_bytes: int


class AcceptedGrowth(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A metric of a test that crossed a limit, and that somebody agreed to.

    Attributes:
        test: The test id.
        metric: What crossed its limit.
        value: This run's value.
        source: `label`, or the config file that has the entry.
        label: The label on the pull request; None for an entry.
        by: Who put the label there; None where that is not known, and for an entry.
        up_to: The largest value that the entry accepts; None for a label.
        reason: Why, in the words of the entry.
        expires: The ISO date after which the entry has no effect.
    """

    test: str
    metric: Metric
    value: int
    source: str
    label: str | None = None
    by: str | None = None
    up_to: int | None = None
    reason: str | None = None
    expires: str | None = None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one check.

    Attributes:
        version: Of this format.
        verdict: The word of the whole check.
        problems: Why the verdict is `error`; sentences.
        warnings: What in the configuration has no effect, and looks as if it had; sentences.
        notes: What else the reader should know; sentences.
        base: The baseline's side; None when there was none.
        base_missing: Why there was none, and what to do; sentences.
        head: This run's side.
        command: The command that was profiled, to reproduce the run; None for stored snapshots.
        tests: One entry a test on either side, worst first, then by name.
        unmeasured: Tests that ran and wrote no profile.
        failed: Tests that failed.
        ignored: What was left out: by ignore rules, and what initialisers of statics made.
        accepted: What crossed a limit and somebody agreed to, by the name of the test.
    """

    version: int = 1
    verdict: Verdict
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    base: Side | None
    base_missing: str | None = None
    head: Side
    command: str | None = None
    tests: tuple[TestResult, ...]
    unmeasured: tuple[str, ...] = ()
    failed: tuple[FailedTest, ...] = ()
    ignored: tuple[IgnoredGrowth, ...] = ()
    accepted: tuple[AcceptedGrowth, ...] = ()
