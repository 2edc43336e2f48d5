"""The main job, told once: profile a suite, compare it with its baseline, judge, report.

Everything that touches the world comes in through `Edges`, so the story can be run in a test as it is.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

from msgspec import structs

from leakgate import config as configuration
from leakgate import files
from leakgate.baselines import file as baseline_file
from leakgate.comparison.compare import compare
from leakgate.comparison.judge import Provenance, judge
from leakgate.comparison.limits import ceiling
from leakgate.comparison.result import FailedTest, Result, Side, Verdict
from leakgate.completeness import failures, notes, problems
from leakgate.config import CommentMode, Config, NoBaseline
from leakgate.dhat import reader
from leakgate.dhat.profile import Metric
from leakgate.errors import InputError, UsageError
from leakgate.git.checkout import Checkout
from leakgate.output import OutputDirectory, check_replaceable, keep_profiles
from leakgate.profilers.suite import Progress, SuiteRequest, SuiteRun
from leakgate.profilers.table import Profiler
from leakgate.reports.words import plural
from leakgate.snapshot.model import Snapshot
from leakgate.snapshot.stored import dump
from leakgate.snapshot.take import TestedProfile, take


@dataclass(frozen=True, slots=True)
class Edges:
    """The world, as far as the main job needs it.

    Attributes:
        cwd: Where the command runs, and where the paths that a user gives start.
        root: The project's root, where its config and baseline are.
        env: The environment that cargo and the tests get.
        git: The repository around `cwd`.
        profilers: Profiler name → profiler.
        progress: Told of every step while tests are profiled.
        today: For rules that expire.
    """

    cwd: Path
    root: Path
    env: Mapping[str, str]
    git: Checkout
    profilers: Mapping[str, Profiler]
    progress: Progress
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the user asked for; None where they left it to the config.

    Attributes:
        command: The command that runs the tests.
        config: The config file.
        profiler: The profiler's name.
        rounds: How often the harness runs each test: a number, or `auto`.
        jobs: How many tests may run at once.
        limits: Limits as inline YAML, over those of the config.
        comment: When to comment on the pull request.
    """

    command: tuple[str, ...] | None = None
    config: Path | None = None
    profiler: str | None = None
    rounds: str | None = None
    jobs: int | None = None
    limits: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """A profiled run: its snapshot, and in sentences what spoils it and what the reader should know."""

    snapshot: Snapshot
    run: SuiteRun
    problems: tuple[str, ...]
    notes: tuple[str, ...]


def check(config: Config, base_path: Path | None, output: OutputDirectory, edges: Edges) -> Result:
    """Profile the suite, compare it with the baseline, judge.

    Args:
        config: From `read_config`.
        base_path: The baseline that was asked for; None: the config's, if it is there.
        output: Where everything that is worth keeping goes.
        edges: The world.

    The result, the snapshot and the comment are in `output` afterwards, whatever the verdict is.

    Raises:
        UsageError: The command, the config or a file is not usable.
        MeasurementError: It does not compile, or no test ran.
        ServiceError: Something cannot be written.
    """
    base, base_side = find_base(config, base_path, edges)  # before the tests: a damaged baseline costs no run
    measured = measure(config, output, edges, output.profiles, _ceilings(config, base))
    head = measured.snapshot
    origin = Provenance(
        base=_with_distance(base_side, head.commit, edges.git),
        head=Side(commit=head.commit, fingerprint=head.fingerprint),
        command=" ".join(config.command),
        failed=tuple(FailedTest(name=test.test, reason=test.reason) for test in measured.run.failed),
        problems=measured.problems,
        notes=measured.notes,
    )
    result = judge(compare(base, head), config, origin)
    output.keep(head, result)
    return result


def measure(
    config: Config,
    output: OutputDirectory,
    edges: Edges,
    profiles: Path | None,
    ceilings: Mapping[str, int] = MappingProxyType({}),
) -> Measured:
    """Run the suite under the profiler and read what it left.

    Args:
        config: What to run and how.
        output: Where the raw files of the run go.
        edges: The world.
        profiles: Where the DHAT files are kept; None: nowhere.
        ceilings: Test id → bytes at t-gmax that its limit allows.

    Raises:
        UsageError: In `profiles` there is something that is not leakgate's.
        MeasurementError: It does not compile, or no test ran.
        InputError: A test left a damaged profile. Every profile of the run stays in `output`.
    """
    if profiles is not None:
        check_replaceable(profiles)
    with output.run_directory() as run_directory:
        request = SuiteRequest(
            command=config.command,
            cwd=edges.cwd,
            env=edges.env,
            run_dir=run_directory,
            jobs=config.jobs,
            rounds=config.rounds,
            ceilings=ceilings,
        )
        run = edges.profilers[config.profiler](request, edges.progress)
        snapshot = take(
            (TestedProfile(written.test, reader.read(written.path)) for written in run.profiles),
            run.workspace,
            commit=edges.git.head(),
            fingerprint=run.fingerprint,
            unmeasured=run.unmeasured,
            failed=(test.test for test in run.failed),
        )
        if profiles is not None:
            keep_profiles(run, profiles)
    return Measured(snapshot, run, tuple(problems(run, snapshot)), (*run.notes, *notes(snapshot)))


def profile(config: Config, snapshot_path: Path, profiles: Path | None, edges: Edges) -> Measured:
    """Run the suite under the profiler and write the snapshot; the DHAT files too where they are wanted.

    Raises:
        UsageError: At one of the paths there is something that cannot be replaced.
        MeasurementError: It does not compile, or no test ran.
        InputError: A test left a damaged profile.
        ServiceError: Something cannot be written.
    """
    if (edges.cwd / snapshot_path).is_dir():
        raise UsageError(
            "is a directory", where=str(snapshot_path), remedy="name the snapshot's file with --output"
        )
    output = OutputDirectory(edges.cwd / snapshot_path.parent)
    measured = measure(config, output, edges, profiles and edges.cwd / profiles)
    files.save(edges.cwd / snapshot_path, dump(measured.snapshot))
    return measured


def save_baseline(snapshot_path: Path, config: Config, commit: str | None, edges: Edges) -> tuple[Path, int]:
    """Make a snapshot the baseline.

    Returns:
        Where it is now, and how many tests it holds.

    Raises:
        UsageError: There is no snapshot, nothing in it, or tests failed when it was made; `commit` is no hash.
        InputError: It is damaged.
        ServiceError: It cannot be written.
    """
    if commit is not None and not re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", commit):
        raise UsageError(
            f"`{commit}` is not the full hash of a commit", where="--commit", remedy="git rev-parse HEAD"
        )
    snapshot = baseline_file.load(edges.cwd / snapshot_path)
    if not snapshot.tests:
        raise UsageError(
            "no test was measured in this snapshot: it would let everything pass", where=str(snapshot_path)
        )
    if snapshot.failed:
        raise UsageError(
            f"{plural(len(snapshot.failed), 'test')} failed in this run, so it is no baseline",
            where=str(snapshot_path),
            remedy="mend the tests and profile them again",
        )
    if commit is not None:
        snapshot = structs.replace(snapshot, commit=commit)
    path = Path(config.baseline.path)
    files.save(edges.root / path, dump(snapshot))
    return path, len(snapshot.tests)


def compare_files(base_path: Path, head_path: Path, config: Config) -> Result:
    """Compare two stored measurements: snapshots, DHAT files or directories of them.

    Raises:
        UsageError: There is nothing to read at a path.
        InputError: A file cannot be read, or contradicts itself.
    """
    base, head = baseline_file.load(base_path), baseline_file.load(head_path)
    origin = Provenance(
        base=_side(base, base_path),
        head=_side(head, head_path),
        failed=tuple(FailedTest(name=name, reason="failed") for name in head.failed),
        problems=tuple(failures(len(head.failed))),
    )
    return judge(compare(base, head), config, origin)


def read_config(request: Request, edges: Edges) -> Config:
    """The config file if there is one, the defaults if not, and over them what the user asked for.

    Raises:
        ConfigError: The file is not what its schema says.
        UsageError: A file that was asked for is not there.
    """
    config = _config_file(request, edges)
    if request.limits:
        config = configuration.with_limits(config, request.limits, "--limits")
    config = replace(
        config,
        command=request.command or config.command,
        profiler=request.profiler or config.profiler,
        rounds=_rounds(request.rounds) if request.rounds else config.rounds,
        jobs=request.jobs or config.jobs,
        comment=_comment_mode(request.comment) if request.comment else config.comment,
    )
    if config.profiler not in edges.profilers:
        names = ", ".join(sorted(edges.profilers))
        raise UsageError(f"there is no profiler `{config.profiler}`", remedy=f"choose one of: {names}")
    return config


def find_base(config: Config, asked: Path | None, edges: Edges) -> tuple[Snapshot | None, Side | None]:
    """The baseline and where it comes from; None for both where there is none yet.

    Raises:
        UsageError: The baseline that was asked for on the command line is not there.
        InputError: It is there and cannot be read.
    """
    path = edges.cwd / asked if asked else edges.root / config.baseline.path
    there = os.path.lexists(path)  # a link to nothing is there, and cannot be read
    if asked is None and not there:
        return None, None
    if not there:
        raise UsageError(
            "the baseline is not there",
            where=str(asked),
            remedy="make it with `leakgate baseline save`, or leave --base out for a first run",
        )
    try:
        snapshot = baseline_file.load(path)
    except InputError as error:
        if asked is not None:  # a file of any kind that leakgate reads
            raise
        raise InputError(
            f"the baseline cannot be used: {error.what}",
            where=error.where and error.where.replace(str(path), config.baseline.path),
            remedy=f"`git checkout -- {config.baseline.path}`, or make it again: `leakgate baseline save`",
        ) from error
    return snapshot, _side(snapshot, asked or Path(config.baseline.path))


def exit_code(result: Result, config: Config) -> int:
    """The contract's exit code for a result."""
    match result.verdict:
        case Verdict.FAIL:
            return 1
        case Verdict.ERROR:
            return 3
        case Verdict.NO_BASELINE | Verdict.INCOMPARABLE:
            return 4 if config.no_baseline is NoBaseline.FAIL else 0
        case Verdict.PASS:
            return 0


def _rounds(word: str) -> str:
    if word != "auto" and not re.fullmatch("[1-9]|10", word):
        raise UsageError(f"`{word}` is not a number of rounds", where="--rounds", remedy="auto, or 1 to 10")
    return word


def _ceilings(config: Config, base: Snapshot | None) -> Mapping[str, int]:
    """For each test of the baseline the highest peak that does not fail."""
    ceilings = {}
    for test in base.tests if base else ():
        limit = config.limits_for(test.test).get(Metric.T_GMAX_BYTES)
        highest = ceiling(limit, test.metrics.get(Metric.T_GMAX_BYTES)) if limit else None
        if highest is not None:
            ceilings[test.test] = highest
    return ceilings


def _comment_mode(word: str) -> CommentMode:
    try:
        return CommentMode(word)
    except ValueError:
        raise UsageError(
            f"there is no comment mode `{word}`", remedy=f"choose one of: {', '.join(CommentMode)}"
        ) from None


def _config_file(request: Request, edges: Edges) -> Config:
    if request.config is not None:
        path = edges.cwd / request.config
        if not os.path.isfile(path):  # noqa: PTH113 - pathlib's raises for a name that is too long
            raise UsageError("the config file is not there", where=str(request.config))
        return _parse_config(path, str(request.config), edges.today)
    for name in configuration.CANDIDATES:
        path = edges.root / name
        if path.is_file():
            return _parse_config(path, name, edges.today)
    return configuration.DEFAULT


def _parse_config(path: Path, name: str, today: date) -> Config:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=name) from error
    return configuration.parse(configuration.decode(raw, name), name, today)


def _side(snapshot: Snapshot, path: Path) -> Side:
    return Side(commit=snapshot.commit, source=str(path), fingerprint=snapshot.fingerprint)


def _with_distance(side: Side | None, head: str | None, git: Checkout) -> Side | None:
    if side is None or side.commit is None or head is None:
        return side
    return Side(
        commit=side.commit,
        source=side.source,
        distance=git.distance(side.commit, head),
        fingerprint=side.fingerprint,
    )
