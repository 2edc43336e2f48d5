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

from leakgate.bisect.ends import Ends, Question, World, values
from leakgate.bisect.step import (
    Bench,
    Outcome,
    Record,
    Task,
    crossed_metrics,
    held_against,
    test_of,
    without_repository,
)
from leakgate.config import Config
from leakgate.errors import ServiceError, UsageError
from leakgate.git.replica import Replica, replicate
from leakgate.profilers.suite import Note, TestStarted
from leakgate.reports.culprit import Commit, Culprit, line, measured
from leakgate.reports.words import plural
from leakgate.snapshot.model import Snapshot

_ONLY_SKIPPED_LEFT, _MERGE_BASE_IS_BAD = 2, 3
"""Exit codes of `git bisect run`."""

_HASH = 12


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
    ends = question.commits(world.edges)
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
        task = self._ends(config)
        self.bench.write_task(task)
        if commits == 1:
            return self._culprit(task, [self.bad])
        self.replica.tidy()  # what the last build has changed would be in git's way
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

    def _ends(self, config: Config) -> Task:
        """Measure both ends, and find out which test is meant and what it crosses."""
        ends = Ends(self.question, self.bench, self.world)
        self._begin("the good end", self.good)
        task, base = ends.good(self.good, config)
        self._end("good", self.good, base, measured(values(base, task.metrics), crossed=False))
        self._begin("the bad end", self.bad)
        task, head = ends.bad(task, base)
        self._end("bad", self.bad, head, measured(values(head, task.metrics), crossed=True))
        return task

    def _begin(self, what: str, commit: str) -> None:
        self.world.edges.progress(TestStarted(what))
        self.replica.switch_to(commit)

    def _end(self, which: str, commit: str, snapshot: Snapshot, word: str) -> None:
        self.bench.keep(commit, snapshot)
        self._say(which, commit, word)

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
            self.world.show(said)
            raise ServiceError(f"`git bisect run` ended with {code}", remedy="see what it printed above")
        return code, said

    def _tell(self, number: int, record: Record) -> None:
        more = f", about {record.left} more" if record.left else ""
        self._say(f"step {number}{more}", record.commit, _word(record))

    def _check_verdicts(self, said: Sequence[str]) -> None:
        """Git takes any exit code of a step for a verdict, that of a Python which cannot start too.

        Raises:
            ServiceError: It knows a verdict that no step has noted.
        """
        noted = {
            "bad": {self.bad, *self._commits(Outcome.CROSSED)},
            "good": {self.good, *self._commits(Outcome.FINE)},
        }
        noted["skip"] = {*self._commits(Outcome.SKIPPED)}
        refs = self.replica.do("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/bisect").text
        for ref in refs.splitlines():
            name, _, commit = ref.partition(" ")
            if commit not in noted[name.partition("-")[0]]:
                self.world.show(said)
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
            return measured(values(self.bench.snapshot(commit), task.metrics), crossed=True)
        record = next((record for record in self.bench.records() if record.commit == commit), None)
        return _word(record) if record else "not measured"

    def _commit(self, commit: str, word: str) -> Commit:
        info = self.replica.info(commit)
        return Commit(info.commit, info.author, info.date, info.subject, word)

    def _say(self, place: str, commit: str, word: str) -> None:
        self.world.edges.progress(Note(line(place, self._commit(commit, word))))


def _word(record: Record) -> str:
    if record.reason is not None:
        return f"skipped: {record.reason}"
    return measured(record.figures, crossed=record.outcome is Outcome.CROSSED)
