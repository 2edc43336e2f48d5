"""One run of the suite, or of some of its tests, under the profiler: its snapshot and what is to be said of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from leakgate.comparison.compare import RUNS
from leakgate.completeness import notes, problems
from leakgate.config import Config
from leakgate.dhat import reader
from leakgate.edges import Edges
from leakgate.output import OutputDirectory, check_replaceable, keep_profiles
from leakgate.profilers import suite
from leakgate.profilers.suite import Load, SuiteRequest, SuiteRun
from leakgate.snapshot.model import Snapshot, Spread
from leakgate.snapshot.take import Movement, TestedProfile, take


@dataclass(frozen=True, slots=True)
class Measured:
    """A profiled run: its snapshot, and in sentences what spoils it and what the reader should know."""

    snapshot: Snapshot
    run: SuiteRun
    problems: tuple[str, ...]
    notes: tuple[str, ...]


def measure(  # noqa: PLR0913 - what to run where, and what differs from run to run
    config: Config,
    output: OutputDirectory,
    edges: Edges,
    profiles: Path | None,
    ceilings: Mapping[str, int] = MappingProxyType({}),
    *,
    only: tuple[str, ...] = (),
) -> Measured:
    """Run the suite under the profiler and read what it left.

    Args:
        config: What to run and how.
        output: Where the raw files of the run go.
        edges: The world.
        profiles: Where the DHAT files are kept; None: nowhere.
        ceilings: Test id → bytes at t-gmax that its limit allows.
        only: Ids of the tests to run, each in a process of its own; empty: the whole suite.

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
            only=only,
            repeat=config.repeat,
            time_limit=config.time_limit,
            valgrind_mode=config.valgrind_mode,
            load=load_of(config),
        )
        run = edges.profilers[config.profiler](request, edges.progress)
        snapshot = take(
            (TestedProfile(written.test, reader.read(written.path), written.again) for written in run.profiles),
            run.workspace,
            commit=edges.git.head(),
            fingerprint={**run.fingerprint, **_of_runs(config)},
            unmeasured=run.unmeasured,
            failed=(test.test for test in run.failed),
            repeat=config.repeat,
            statistic=config.statistic,
            movements={test: _movement(found) for test, found in run.movements.items()},
        )
        if profiles is not None:
            keep_profiles(run, profiles)
    return Measured(snapshot, run, tuple(problems(run, snapshot)), (*run.notes, *notes(snapshot, config.repeat)))


def _movement(found: suite.Movement) -> Movement:
    return Movement(Spread(runs=found.runs, lowest=found.lowest, highest=found.highest), found.left)


def load_of(config: Config) -> Load | None:
    """What drives the program that the command runs, if it is to be driven."""
    return Load(config.load, config.stop_signal, config.stop_grace) if config.load else None


def _of_runs(config: Config) -> Mapping[str, str]:
    """What a fingerprint says of the runs that each figure stands for; nothing where it is a single one."""
    return {RUNS: f"{config.statistic} of {config.repeat} runs"} if config.repeat > 1 else {}
