"""The two ends of a bisection: which commits and test are meant, and whether there is anything to search for."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from msgspec import structs

from leakgate.bisect.step import (
    Bench,
    GitIn,
    NotMeasuredError,
    Task,
    crossed_metrics,
    figures,
    held_against,
    leaks_first,
    measure_here,
    only,
    test_of,
)
from leakgate.comparison.choosing import choose_one
from leakgate.comparison.result import METRIC_NAMES, Result, Status
from leakgate.config import Config
from leakgate.dhat.profile import Metric
from leakgate.edges import Edges
from leakgate.errors import MeasurementError, UsageError
from leakgate.profilers.cargo import command as cargo_command
from leakgate.profilers.cargo import nextest
from leakgate.profilers.cargo.command import Verb
from leakgate.profilers.process import ProcessRunner
from leakgate.profilers.suite import OutputLine
from leakgate.reports.culprit import measured
from leakgate.reports.words import amount, rows
from leakgate.snapshot.model import Snapshot


@dataclass(frozen=True, slots=True)
class World:
    """What a bisection needs of the world.

    Attributes:
        edges: As for a check.
        git_in: Makes a git runner for a directory.
        start: Runs a process.
        step: The command that starts `leakgate bisect-step`; the bench's path is added to it.
    """

    edges: Edges
    git_in: GitIn
    start: ProcessRunner
    step: tuple[str, ...]

    def show(self, output: Sequence[str]) -> None:
        """Show what a command has printed, set apart from what is said by us."""
        for text in output:
            self.edges.progress(OutputLine(f"    {text}"))


@dataclass(frozen=True, slots=True)
class Question:
    """What the user asked.

    Attributes:
        good: A commit, by any name that git knows, in which the test was well.
        bad: One in which it is not.
        test: The test, by any name that `choose_one` takes.
    """

    good: str
    bad: str
    test: str

    def commits(self, edges: Edges) -> tuple[str, str]:
        """The full hashes of both ends.

        Raises:
            UsageError: One of them is no commit in the clone.
        """
        if not edges.git.run(["rev-parse", "--show-toplevel"]).ok:
            raise UsageError(
                "there is no git working tree here", where=str(edges.cwd), remedy="go to the project's clone"
            )
        return _commit("--good", self.good, edges), _commit("--bad", self.bad, edges)


@dataclass(frozen=True, slots=True)
class Ends:
    """Measures what is checked out in the replica as one of the ends."""

    question: Question
    bench: Bench
    world: World

    def good(self, commit: str, config: Config) -> tuple[Task, Snapshot]:
        """Measure the good end, and find out which test is meant.

        Args:
            commit: Its full hash.
            config: What is to be measured and by which limits.

        Raises:
            UsageError: There is no such test, or it crosses a limit here already.
            MeasurementError: It cannot be measured.
        """
        where = f"--good {self.question.good}"
        try:
            task, snapshot = self._find_test(_task(self.question.test, commit, config, self.world.edges))
            base = only(task.test, snapshot)
            test = test_of(held_against(base, base, task.config))
        except NotMeasuredError as error:
            raise self._not_measured(where, error) from error
        except UsageError as error:
            error.where = error.where or where
            raise
        if crossed := crossed_metrics(test):
            raise UsageError(
                f"`{task.test}` crosses a limit already here: {measured(figures(test, crossed), crossed=False)}, "
                f"and {test.metrics[crossed[0]].limit}",
                where=where,
                remedy="name an older commit",
            )
        limited = leaks_first(metric for metric, row in test.metrics.items() if row.limit)
        return structs.replace(task, metrics=limited), base

    def bad(self, task: Task, base: Snapshot) -> tuple[Task, Snapshot]:
        """Measure the bad end, and see that there is something to search for.

        Args:
            task: As the good end has it.
            base: What the good end has measured.

        Raises:
            UsageError: The test crosses no limit here.
            MeasurementError: It cannot be measured.
        """
        where = f"--bad {self.question.bad}"
        try:
            head = only(task.test, self._measure(task, base))
            result = held_against(base, head, task.config)
        except NotMeasuredError as error:
            raise self._not_measured(where, error) from error
        crossed = crossed_metrics(test_of(result))
        if not crossed:
            raise UsageError(_does_not_cross(result), where=where, remedy=_why_not(result))
        return structs.replace(task, metrics=crossed), head

    def _find_test(self, task: Task) -> tuple[Task, Snapshot]:
        """The task for the test that is meant, and what was measured by its command.

        The suite as a whole is measured only where the test was not named in full.
        """
        alone = _alone(task, task.test)
        if alone != task:
            try:
                snapshot = self._measure(alone)
            except NotMeasuredError:
                pass  # it does not compile, which is told below, or it has another name
            else:
                if any(measurement.test == task.test for measurement in snapshot.tests):
                    return alone, snapshot
        snapshot = self._measure(task)
        test = choose_one(task.test, [*(measurement.test for measurement in snapshot.tests), *snapshot.failed])
        found = _alone(task, test) if test != task.test else task
        return found, snapshot if found.config == task.config else self._measure(found)

    def _measure(self, task: Task, base: Snapshot | None = None) -> Snapshot:
        return measure_here(task, self.bench, self.world.edges, self.world.git_in, base)

    def _not_measured(self, where: str, error: NotMeasuredError) -> MeasurementError:
        self.world.show(error.output)
        return MeasurementError(
            f"cannot be measured: {error.what}", where=where, remedy="name a commit that can be"
        )


def values(snapshot: Snapshot, metrics: Sequence[Metric]) -> Mapping[Metric, int]:
    """What the only test of a snapshot has of these metrics."""
    [test] = snapshot.tests
    return {metric: test.metrics[metric] for metric in metrics}


def _commit(option: str, name: str, edges: Edges) -> str:
    done = edges.git.run(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"])
    if not done.ok:
        raise UsageError(
            f"`{name}` is no commit in this clone",
            where=option,
            remedy="name a commit, a tag or a branch; `git fetch --unshallow --tags` fetches what is missing",
        )
    return done.text


def _task(test: str, good: str, config: Config, edges: Edges) -> Task:
    top = Path(edges.git.run(["rev-parse", "--show-toplevel"]).text)
    lockfile = edges.root / "Cargo.lock"
    return Task(
        config=config,
        test=test,
        metrics=(),
        good=good,
        place=os.path.relpath(os.path.realpath(edges.cwd), top),
        root=os.path.relpath(os.path.realpath(edges.root), top),
        lockfile=str(lockfile) if lockfile.exists() else None,
    )


def _alone(task: Task, test: str) -> Task:
    """The task with a command that runs this test alone, where it is certain to run as among the others.

    `-p` and `--test` are left alone: which packages are built decides which features they are built with.
    """
    command = task.config.command
    if cargo_command.is_around(command):
        return structs.replace(task, test=test)
    asked = cargo_command.parse(command)
    binary, _, name = test.partition(" ")
    if asked.verb is Verb.NEXTEST and not (asked.filters or asked.filtersets or asked.partition or asked.rest):
        command = (*command, *nextest.choosing(binary, name))
    if asked.verb is Verb.TEST and name and not name.startswith("-") and not asked.filters:
        exact = () if "--exact" in asked.rest else ("--exact",)
        command = (*command, *(() if asked.rest else ("--",)), *exact, name)
    # Beside another filter it stays as it is: of two filters libtest runs what either matches.
    return structs.replace(task, test=test, config=replace(task.config, command=command))


def _does_not_cross(result: Result) -> str:
    test = test_of(result)
    changes = (
        f"{METRIC_NAMES[metric]} {amount(row.base, metric, test.units)} → {amount(row.head, metric, test.units)}"
        for metric, row in rows(test)
    )
    return f"`{test.name}` crosses no limit here: {', '.join(changes)}"


def _why_not(result: Result) -> str:
    test = test_of(result)
    if test.status is Status.IGNORED:
        return "a rule of the config ignores it"
    limits = (f"{METRIC_NAMES[metric]} {row.limit}" for metric, row in test.metrics.items() if row.limit)
    return f"its limits: {'; '.join(limits) or 'none'}; `--limits` sets others"
