"""One commit of a bisection: measure one test there, and hold it against the good end.

`ends` does this with both ends. `leakgate bisect-step`, which is what `git bisect run` starts, does it with
the commits in between.
"""

import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path

import msgspec

from leakgate.comparison.compare import compare
from leakgate.comparison.judge import Provenance, judge
from leakgate.comparison.limits import ceilings
from leakgate.comparison.result import Result, Side, Status, TestResult
from leakgate.config import Config
from leakgate.dhat.profile import Metric
from leakgate.edges import Edges
from leakgate.errors import InputError, LeakgateError, MeasurementError
from leakgate.git.checkout import Checkout
from leakgate.git.command import GitRunner
from leakgate.git.replica import Replica
from leakgate.measuring import measure
from leakgate.output import OutputDirectory
from leakgate.profilers.suite import OutputLine, ProgressEvent
from leakgate.snapshot.model import Snapshot

GitIn = Callable[[Path], GitRunner]
"""Makes a git runner for a directory."""

_LINES_KEPT = 200
"""Of what cargo and the tests print, so many lines from the first error on are kept in case they are needed."""


class Outcome(IntEnum):
    """What a commit is, by the exit code that says so to `git bisect run`."""

    FINE = 0
    CROSSED = 1
    SKIPPED = 125
    STOPPED = 128


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one commit.

    Attributes:
        commit: Its full hash.
        outcome: The word on it.
        figures: Metric → value; empty where it was not measured.
        reason: Why it was skipped or the bisection stopped; None otherwise.
        left: About how many steps are left after this one.
    """

    commit: str
    outcome: Outcome
    figures: Mapping[Metric, int] = {}
    reason: str | None = None
    left: int = 0


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What the steps have in common.

    Attributes:
        config: Of the checkout that the bisection was started in; its command is narrowed to the test.
        test: The test id.
        metrics: Those that the bad end crossed.
        good: The full hash of the good end.
        place: Where in the working tree the command runs.
        root: Where in the working tree the workspace is.
        lockfile: The workspace's Cargo.lock as the user has it, for commits that have none; None without one.
    """

    config: Config
    test: str
    metrics: tuple[Metric, ...]
    good: str
    place: str
    root: str
    lockfile: str | None


class NotMeasuredError(MeasurementError):
    """A commit has no figures for the test.

    Attributes:
        output: What cargo and the tests printed from the first error on. Untrusted text.
    """

    def __init__(self, what: str, output: tuple[str, ...] = ()) -> None:
        super().__init__(what)
        self.output = output

    @property
    def reason(self) -> str:
        """What happened, with the first error that cargo or rustc named."""
        first = next((line for line in self.output if line.startswith("error")), None)
        return f"{self.what} ({first})" if first else self.what


@dataclass(frozen=True, slots=True)
class Bench:
    """The temporary directory of a bisection, by which its processes know of each other.

    Attributes:
        path: The directory.
    """

    path: Path

    @property
    def tree(self) -> Path:
        """The replica of the user's clone."""
        return self.path / "tree"

    def write_task(self, task: Task) -> None:
        (self.path / "task.json").write_bytes(msgspec.json.encode(task))

    def read_task(self) -> Task:
        return msgspec.json.decode((self.path / "task.json").read_bytes(), type=Task)

    def note(self, record: Record) -> None:
        with self._journal.open("ab") as journal:
            journal.write(msgspec.json.encode(record) + b"\n")

    def records(self) -> list[Record]:
        """What was noted so far, in its order."""
        lines = self._journal.read_bytes().split(b"\n")[:-1] if self._journal.exists() else []
        return [msgspec.json.decode(line, type=Record) for line in lines]

    def keep(self, commit: str, snapshot: Snapshot) -> None:
        (self.path / f"{commit}.json").write_bytes(msgspec.json.encode(snapshot))  # with its stacks

    def snapshot(self, commit: str) -> Snapshot:
        """What was kept of a commit."""
        return msgspec.json.decode((self.path / f"{commit}.json").read_bytes(), type=Snapshot)

    @property
    def _journal(self) -> Path:
        return self.path / "records.jsonl"


def step(bench: Bench, edges: Edges, git_in: GitIn) -> int:
    """Measure the commit that `git bisect` has checked out, and note what came of it.

    Returns:
        The exit code for `git bisect run`. Whatever goes wrong stops the bisection: no failure of ours may be
        taken for the word on a commit.
    """
    replica = Replica(bench.tree, git_in(bench.tree))
    commit = replica.checkout.head() or "HEAD"
    try:
        record = _word_on(commit, bench, edges, git_in)
        replica.tidy()  # what a build has changed would be in git's way to the next commit
    except LeakgateError as error:
        record = Record(commit=commit, outcome=Outcome.STOPPED, reason=str(error))
    except Exception as error:  # noqa: BLE001 - an exit code of Python's own would be taken for a verdict
        record = Record(commit=commit, outcome=Outcome.STOPPED, reason=f"{type(error).__name__}: {error}")
    bench.note(msgspec.structs.replace(record, left=_steps_left(replica)))
    return record.outcome


def _word_on(commit: str, bench: Bench, edges: Edges, git_in: GitIn) -> Record:
    task = bench.read_task()
    base = bench.snapshot(task.good)
    try:
        head = only(task.test, measure_here(task, bench, edges, git_in, base))
        test = test_of(held_against(base, head, task.config))
    except NotMeasuredError as error:
        return Record(commit=commit, outcome=Outcome.SKIPPED, reason=error.reason)
    bench.keep(commit, head)
    crossed = set(crossed_metrics(test)) & set(task.metrics)
    return Record(
        commit=commit,
        outcome=Outcome.CROSSED if crossed else Outcome.FINE,
        figures=figures(test, task.metrics),
    )


def measure_here(task: Task, bench: Bench, edges: Edges, git_in: GitIn, base: Snapshot | None = None) -> Snapshot:
    """Measure what is checked out in the replica. All steps share a target directory: each builds what changed.

    Args:
        task: Its command, place and lockfile count.
        bench: Where the replica is.
        edges: The world; its place and target directory are replaced.
        git_in: Makes a git runner for a directory.
        base: What it will be held against; a test that crosses its limit runs a second time.

    Raises:
        NotMeasuredError: It does not compile, or no such test ran.
        LeakgateError: Something is wrong that other commits share.
    """
    place = bench.tree / task.place
    if not place.is_dir():
        raise NotMeasuredError(f"there is no directory `{task.place}`")
    said: list[str] = []

    def listen(event: ProgressEvent) -> None:
        if isinstance(event, OutputLine) and (said or event.text.startswith("error")) and len(said) < _LINES_KEPT:
            said.append(event.text)

    git = git_in(place)
    _pin(task, bench, git_in)
    inside = replace(
        edges,
        cwd=place,
        env={**without_repository(edges.env, git), "CARGO_TARGET_DIR": str(bench.path / "target")},
        git=Checkout(git),
        progress=listen,
    )
    output = OutputDirectory(bench.path / "out")
    try:
        return measure(task.config, output, inside, None, ceilings(task.config, base)).snapshot
    except (MeasurementError, InputError) as error:
        raise NotMeasuredError(error.what, tuple(said)) from error


def _pin(task: Task, bench: Bench, git_in: GitIn) -> None:
    """Give a commit that has no Cargo.lock the user's: else the newest dependencies would be measured."""
    root = bench.tree / task.root
    if task.lockfile and (root / "Cargo.toml").exists():
        in_git = git_in(root)(["ls-files", "--error-unmatch", "--", "Cargo.lock"]).ok
        if not in_git:
            shutil.copyfile(task.lockfile, root / "Cargo.lock")  # over what the last step has made of it


def without_repository(env: Mapping[str, str], git: GitRunner) -> Mapping[str, str]:
    """The environment without what would lead git to another repository than the one it runs in."""
    names = git(["rev-parse", "--local-env-vars"]).text.split()
    return {name: value for name, value in env.items() if name not in names or name.startswith("GIT_CONFIG")}


def only(test: str, snapshot: Snapshot) -> Snapshot:
    """The snapshot of one test alone.

    Raises:
        NotMeasuredError: It is not in there.
    """
    found = tuple(measurement for measurement in snapshot.tests if measurement.test == test)
    if found:
        return msgspec.structs.replace(snapshot, tests=found, unmeasured=(), failed=())
    if test in snapshot.failed:
        raise NotMeasuredError("the test failed")
    if test in snapshot.unmeasured:
        raise NotMeasuredError("the test wrote no profile")
    raise NotMeasuredError("there is no such test")


def held_against(base: Snapshot, head: Snapshot, config: Config) -> Result:
    """Judge one test by the config's limits.

    Raises:
        NotMeasuredError: The two were not measured alike.
    """
    comparison = compare(base, head)
    if comparison.differences:
        fields = "; ".join(f"{d.field} is `{d.head}`, not `{d.base}`" for d in comparison.differences)
        raise NotMeasuredError(f"it cannot be compared: {fields}")
    sides = [Side(commit=side.commit, fingerprint=side.fingerprint) for side in (base, head)]
    return judge(comparison, config, Provenance(base=sides[0], head=sides[1]))


def test_of(result: Result) -> TestResult:
    """The only test of a result."""
    [test] = result.tests
    return test


def crossed_metrics(test: TestResult) -> tuple[Metric, ...]:
    """The metrics whose limit a test crossed."""
    return leaks_first(metric for metric, row in test.metrics.items() if row.status == Status.FAIL)


def leaks_first(metrics: Iterable[Metric]) -> tuple[Metric, ...]:
    """The metrics, those of what a test leaves behind before the others."""
    return tuple(sorted(metrics, key=lambda metric: not metric.startswith("t-end")))


def figures(test: TestResult, metrics: tuple[Metric, ...]) -> Mapping[Metric, int]:
    """The values of these metrics, as far as they were measured."""
    values = {metric: test.metrics[metric].head for metric in metrics if metric in test.metrics}
    return {metric: value for metric, value in values.items() if value is not None}


def _steps_left(replica: Replica) -> int:
    """Git's own guess of how many steps are left after the commit that it has checked out; 0 where it has none."""
    good = replica.git(["for-each-ref", "--format=%(objectname)", "refs/bisect/good-*"]).text.split()
    done = replica.git(["rev-list", "--bisect-vars", "refs/bisect/bad", "--not", *good])
    for line in done.text.splitlines():
        with suppress(ValueError):
            name, _, number = line.partition("=")
            if name == "bisect_steps":
                return int(number)
    return 0
