"""Which commit was the first to cross a limit, told once: measure both ends, let git search, show what was added.

Built on `git bisect run`, in a replica of the clone: the clone itself is only read. The limits are those of the
checkout that the bisection is started in. Every commit is measured here and now: a baseline from another machine
may differ for reasons of its own.
"""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from msgspec import structs

from leakgate.bisect_step import (
    Bench,
    GitIn,
    NotMeasuredError,
    Outcome,
    Record,
    Task,
    crossed_metrics,
    figures,
    held_against,
    leaks_first,
    measure_here,
    only,
    test_of,
    without_repository,
)
from leakgate.comparison.choosing import choose_one
from leakgate.comparison.result import METRIC_NAMES, Result, Status
from leakgate.config import Config
from leakgate.dhat.profile import Metric
from leakgate.edges import Edges
from leakgate.errors import MeasurementError, ServiceError, UsageError
from leakgate.git.replica import Replica, replicate
from leakgate.profilers import cargo
from leakgate.profilers.cargo import Verb
from leakgate.profilers.process import ProcessRunner
from leakgate.profilers.suite import Note, OutputLine, TestStarted
from leakgate.reports.culprit import Commit, Culprit, line, measured
from leakgate.reports.words import amount, plural, rows
from leakgate.snapshot.model import Snapshot

_ONLY_SKIPPED_LEFT, _MERGE_BASE_IS_BAD = 2, 3
"""Exit codes of `git bisect run`."""

_HASH = 12


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


def bisect(question: Question, config: Config, world: World) -> Culprit:
    """Find the first commit after `good` in which the test crosses its limit against `good`, accepted or not.

    Args:
        question: The two ends and the test.
        config: The limits, and how to measure.
        world: The world.

    Raises:
        UsageError: An end is no commit, the test is not there, or it does not cross its limit between the two.
        MeasurementError: An end cannot be measured.
        ServiceError: Git refuses.
        KeyboardInterrupt: A signal came; everything that was started has ended, and nothing is left behind.
    """
    ends = _ends(question, world.edges)
    git = world.edges.git.run
    env = without_repository(world.edges.env, git)
    with tempfile.TemporaryDirectory(prefix="leakgate-bisect-", ignore_cleanup_errors=True) as directory:
        bench = Bench(Path(os.path.realpath(directory)))
        replica = replicate(git, world.edges.cwd, bench.tree, world.git_in)
        inside = replace(world, edges=replace(world.edges, env=env))
        return _Search(question, *ends, bench=bench, replica=replica, world=inside).run(replace(config, accept=()))


@dataclass(frozen=True, slots=True)
class _Search:
    question: Question
    good: str
    bad: str
    bench: Bench
    replica: Replica
    world: World

    def run(self, config: Config) -> Culprit:
        commits = self._between()
        task, base = self._good_end(config)
        task = self._bad_end(task, base)
        self.bench.write_task(task)
        if commits == 1:
            return self._culprit(task, [self.bad])
        self.replica.do("bisect", "start", self.bad, self.good)
        code, said = self._let_git_search()
        self._check_verdicts(said)
        return self._culprit(task, self._suspects(code))

    def _between(self) -> int:
        """How many commits may be the one."""
        count = self.replica.checkout.distance(self.good, self.bad)
        if not self.replica.git(["merge-base", self.good, self.bad]).ok:
            raise UsageError(
                f"`{self.question.good}` and `{self.question.bad}` have no common history in this clone",
                remedy="if it is a shallow one, `git fetch --unshallow`",
            )
        if not count:
            raise UsageError(
                f"no commit lies between `{self.question.good}` and `{self.question.bad}`",
                remedy="--good is the older one",
            )
        steps = f", about {plural(count.bit_length() - 1, 'step')}" if count > 1 else ""
        ahead = f"the good end, the bad end, then {plural(count, 'commit')} to search{steps}"
        self.world.edges.progress(Note(f"measuring {ahead}"))
        return count

    def _good_end(self, config: Config) -> tuple[Task, Snapshot]:
        """Measure the good end, and find out which test is meant."""
        self.replica.switch_to(self.good)
        name = f"--good {self.question.good}"
        task = _task(self.question.test, self.good, config, self.world.edges)
        try:
            task, snapshot = self._find_test(task)
            base = only(task.test, snapshot)
            test = test_of(held_against(base, base, task.config))
        except NotMeasuredError as error:
            raise self._end_is_not_measured(name, error) from error
        except UsageError as error:
            error.where = error.where or name
            raise
        if crossed := crossed_metrics(test):
            raise UsageError(
                f"`{task.test}` crosses a limit already here: {measured(figures(test, crossed), crossed=False)}, "
                f"and {test.metrics[crossed[0]].limit}",
                where=name,
                remedy="name an older commit",
            )
        self.bench.keep(self.good, base)
        limited = leaks_first(metric for metric, row in test.metrics.items() if row.limit)
        self._say("good", self.good, measured(figures(test, limited), crossed=False))
        return task, base

    def _find_test(self, task: Task) -> tuple[Task, Snapshot]:
        """The task for the test that is meant, and what was measured by its command.

        The suite as a whole is measured only where the test was not named in full.
        """
        whole = task.config
        narrow = _narrowed(whole, task.test)
        if narrow != whole:
            attempt = _with(task, narrow, task.test)
            try:
                snapshot = self._measure(attempt)
            except NotMeasuredError:
                pass  # it does not compile, which is told below, or it has another name
            else:
                if any(measurement.test == task.test for measurement in snapshot.tests):
                    return attempt, snapshot
        snapshot = self._measure(task)
        test = choose_one(task.test, [measurement.test for measurement in snapshot.tests] + list(snapshot.failed))
        narrow = _narrowed(whole, test)
        if test != task.test and narrow != whole:
            return _with(task, narrow, test), self._measure(_with(task, narrow, test))
        return _with(task, whole, test), snapshot

    def _bad_end(self, task: Task, base: Snapshot) -> Task:
        """Measure the bad end, and see that there is something to search for."""
        self.replica.switch_to(self.bad)
        name = f"--bad {self.question.bad}"
        try:
            head = only(task.test, self._measure(task, base))
            result = held_against(base, head, task.config)
        except NotMeasuredError as error:
            raise self._end_is_not_measured(name, error) from error
        test = test_of(result)
        crossed = crossed_metrics(test)
        if not crossed:
            raise UsageError(_does_not_cross(result), where=name, remedy=_why_not(result))
        self.bench.keep(self.bad, head)
        self._say("bad", self.bad, measured(figures(test, crossed), crossed=True))
        return _with(task, task.config, task.test, crossed)

    def _measure(self, task: Task, base: Snapshot | None = None) -> Snapshot:
        self.world.edges.progress(TestStarted("the bad end" if base else "the good end"))
        return measure_here(task, self.bench, self.world.edges, self.world.git_in, base)

    def _let_git_search(self) -> tuple[int, Sequence[str]]:
        """Run `git bisect run` to its end. Returns: its exit code, and what git and the steps printed."""
        told = 0
        said: list[str] = []
        self.world.edges.progress(TestStarted("the commits in between"))

        def tell() -> None:
            nonlocal told
            for record in self.bench.records()[told:]:
                told += 1
                self._tell(told, record)

        code = self.world.start(
            ["git", "bisect", "run", *self.world.step, str(self.bench.path)],
            cwd=self.bench.tree,
            env=self.world.edges.env,
            on_line=said.append,
            on_tick=tell,
        )
        tell()
        stopped = [record for record in self.bench.records() if record.outcome is Outcome.STOPPED]
        if stopped:
            raise ServiceError(
                f"the search stopped: {stopped[0].reason}", where=f"commit {stopped[0].commit[:_HASH]}"
            )
        if code == _MERGE_BASE_IS_BAD:
            raise UsageError(
                f"the test crosses its limit already where `{self.question.good}` and `{self.question.bad}` part: "
                f"`{self.question.good}` has mended it",
                remedy="name a commit before that as --good",
            )
        if code not in {0, _ONLY_SKIPPED_LEFT}:
            self._show(said)
            raise ServiceError(f"`git bisect run` ended with {code}", remedy="see what it printed above")
        return code, said

    def _tell(self, number: int, record: Record) -> None:
        more = f", about {record.left} more" if record.left else ""
        self._say(f"step {number}{more}", record.commit, _word(record))

    def _show(self, output: Sequence[str]) -> None:
        for text in output:
            self.world.edges.progress(OutputLine(f"    {text}"))

    def _check_verdicts(self, said: Sequence[str]) -> None:
        """Git takes any exit code of a step for a verdict, that of a Python which cannot start too.

        Raises:
            ServiceError: It knows a verdict that no step has noted.
        """
        taken = self.replica.do("for-each-ref", "--format=%(objectname)", "refs/bisect").text.split()
        noted = {self.good, self.bad, *(record.commit for record in self.bench.records())}
        if not noted.issuperset(taken):
            self._show(said)
            raise ServiceError("a step ended without a verdict of its own", remedy="see what it printed above")

    def _suspects(self, code: int) -> list[str]:
        """The commits that may be the first to cross, oldest first. The last has crossed for certain."""
        first_bad = self.replica.do("rev-parse", "--verify", "refs/bisect/bad").text
        if code != _ONLY_SKIPPED_LEFT:
            return [first_bad]
        good = self.replica.do("for-each-ref", "--format=%(objectname)", "refs/bisect/good-*").text.split()
        return self.replica.do("rev-list", "--reverse", "--topo-order", first_bad, "--not", *good).text.split()

    def _culprit(self, task: Task, suspects: Sequence[str]) -> Culprit:
        """Put beside the commit what it must be compared with."""
        head = self.bench.snapshot(suspects[-1])
        against = self._last_good(suspects[-1])
        parents = self.replica.checkout.parents(suspects[-1]) or ()
        why = "its parent" if against in parents else "the last good commit"
        result = held_against(self.bench.snapshot(against), head, task.config)
        if against != self.good and not crossed_metrics(test_of(result)):
            # It grew little by little: against its parent alone there is nothing to show.
            against, why = self.good, f"the good end, for compared with {why} alone it crosses nothing"
            result = held_against(self.bench.snapshot(against), head, task.config)
        return Culprit(
            test=task.test,
            suspects=tuple(self._commit(commit, self._word_on(commit, task)) for commit in suspects),
            against=self._commit(against, ""),
            why=why,
            result=result,
        )

    def _last_good(self, commit: str) -> str:
        """The nearest commit before this one that was measured and found good."""
        git = self.replica.checkout
        found = [self.good, *self._commits(Outcome.FINE)]
        before = [good for good in found if self.replica.contains(commit, good)]
        return min(before, key=lambda good: git.distance(good, commit) or 0, default=self.good)

    def _commits(self, outcome: Outcome) -> list[str]:
        return [record.commit for record in self.bench.records() if record.outcome is outcome]

    def _word_on(self, commit: str, task: Task) -> str:
        if commit == self.bad:
            [test] = self.bench.snapshot(commit).tests
            return measured({metric: test.metrics[metric] for metric in task.metrics}, crossed=True)
        record = next((record for record in self.bench.records() if record.commit == commit), None)
        return _word(record) if record else "not measured"

    def _commit(self, commit: str, word: str) -> Commit:
        info = self.replica.info(commit)
        return Commit(info.commit, info.author, info.date, info.subject, word)

    def _say(self, place: str, commit: str, word: str) -> None:
        self.world.edges.progress(Note(line(place, self._commit(commit, word))))

    def _end_is_not_measured(self, name: str, error: NotMeasuredError) -> MeasurementError:
        self._show(error.output)
        return MeasurementError(
            f"cannot be measured: {error.what}", where=name, remedy="name a commit that can be"
        )


def _ends(question: Question, edges: Edges) -> tuple[str, str]:
    """The full hashes of both ends."""
    if not edges.git.run(["rev-parse", "--show-toplevel"]).ok:
        raise UsageError(
            "there is no git working tree here", where=str(edges.cwd), remedy="go to the project's clone"
        )
    hashes = []
    for option, name in (("--good", question.good), ("--bad", question.bad)):
        done = edges.git.run(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"])
        if not done.ok:
            raise UsageError(
                f"`{name}` is no commit in this clone",
                where=option,
                remedy="name a commit, a tag or a branch; `git fetch --unshallow --tags` fetches what is missing",
            )
        hashes.append(done.text)
    return hashes[0], hashes[1]


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


def _with(task: Task, config: Config, test: str, metrics: tuple[Metric, ...] = ()) -> Task:
    return structs.replace(task, config=config, test=test, metrics=metrics)


def _narrowed(config: Config, test: str) -> Config:
    """The config with a command that runs this test alone, where that is certain to run it as the whole would.

    `-p` and `--test` are left alone: which packages are built decides which features they are built with.
    """
    asked = cargo.parse(config.command)
    _, _, name = test.partition(" ")
    if asked.verb is not Verb.TEST or not name or name.startswith("-") or asked.filters:
        return config  # with two filters libtest runs what either matches
    exact = () if "--exact" in asked.rest else ("--exact",)
    return replace(config, command=(*config.command, *(() if asked.rest else ("--",)), *exact, name))


def _word(record: Record) -> str:
    if record.reason is not None:
        return f"skipped: {record.reason}"
    return measured(record.figures, crossed=record.outcome is Outcome.CROSSED)


def _does_not_cross(result: Result) -> str:
    test = test_of(result)
    values = (
        f"{METRIC_NAMES[metric]} {amount(row.base, metric, test.units)} → {amount(row.head, metric, test.units)}"
        for metric, row in rows(test)
    )
    return f"`{test.name}` crosses no limit here: {', '.join(values)}"


def _why_not(result: Result) -> str:
    test = test_of(result)
    if test.status is Status.IGNORED:
        return "a rule of the config ignores it"
    limits = (f"{METRIC_NAMES[metric]} {row.limit}" for metric, row in test.metrics.items() if row.limit)
    return f"its limits: {'; '.join(limits) or 'none'}; `--limits` sets others"
