"""The store `branch`, with real git and a bare repository on disk."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import FINGERPRINT, snapshot
from leakgate.baselines import layout
from leakgate.baselines.branch import MOST_BYTES, BranchStore
from leakgate.baselines.index import Index
from leakgate.baselines.model import Base, Missing, Saving, Wanted
from leakgate.baselines.pruning import Pruned
from leakgate.baselines.shared import Retries
from leakgate.comparison.result import Side
from leakgate.dhat.profile import Metric
from leakgate.errors import InputError, ServiceError, UsageError
from leakgate.git.command import Done
from leakgate.git.credentials import remote
from leakgate.git.scratch import scratch
from leakgate.snapshot import stored
from leakgate.snapshot.model import Snapshot

START = datetime(2026, 11, 1, tzinfo=UTC)
NOW = START + timedelta(days=1)
BRANCH = "leakgate-baselines"


def commit(number: int) -> str:
    return f"{number:040x}"


def saving(number: int, branch: str = "main") -> Saving:
    return Saving(commit(number), branch, START + timedelta(minutes=number))


def measured(number: int, gmax: int = 5, fingerprint: Mapping[str, str] | None = None) -> Snapshot:
    return snapshot(
        f"s3 put: gmax={gmax} end=0",
        f"  s3::put src/lib.rs:9 from tests::put: gmax={gmax} end=0",
        commit=commit(number),
        fingerprint=fingerprint,
    )


def bare(snapshot: Snapshot) -> Snapshot:
    """What is left of a snapshot after storing it: everything but the stacks."""
    return stored.parse(stored.dump(snapshot), "test")


class Clock:
    """Time that passes by sleeping alone."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []
        self.then: Callable[[], object] = lambda: None

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        self.then()

    @property
    def retries(self) -> Retries:
        return Retries(clock=lambda: self.seconds, sleep=self.sleep, chance=lambda: 1.0)


class Project:
    """A bare repository that jobs save their baselines to."""

    def __init__(self, directory: Path, opened: ExitStack) -> None:
        self.path = directory / "project.git"
        self._open = opened
        self._by_hand = 0
        self.env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        self.notes: list[str] = []
        self.clock = Clock()
        self.git("init", "--quiet", "--bare", ".")
        self.git("config", "uploadpack.allowFilter", "true")

    def git(self, *args: str, stdin: str = "") -> str:
        self.path.mkdir(exist_ok=True)
        who = {f"GIT_{role}_{what}": "x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        done = subprocess.run(
            ["git", *args],
            cwd=self.path,
            env=self.env | who,
            input=stdin,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def store(
        self,
        key: str = "test",
        keep: int = 200,
        most_bytes: int = MOST_BYTES,
        least: int = 2,
        *,
        is_chosen: bool = True,
    ) -> BranchStore:
        """A store as each job has it: with a repository of its own."""
        made = self._open.enter_context(scratch(remote(str(self.path), Path("/")), self.env))
        return BranchStore(
            made,
            key,
            BRANCH,
            keep=keep,
            now=lambda: NOW,
            note=self.notes.append,
            retries=self.clock.retries,
            most_bytes=most_bytes,
            least=least,
            is_chosen=is_chosen,
        )

    def commits(self, key: str) -> list[int]:
        """The commits whose snapshots are there, newest first."""
        return [int(save.commit, 16) for save in self.known(key).kept]

    def known(self, key: str = "test") -> Index:
        """What the branch knows of a job."""
        index = self.store(key).history()
        assert index is not None
        return index

    def hook(self, script: str) -> None:
        hook = self.path / "hooks/pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\n{script}\n")
        hook.chmod(0o755)

    def files(self) -> list[str]:
        return self.git("ls-tree", "-r", "--name-only", BRANCH).splitlines()

    def titles(self) -> list[str]:
        return self.git("log", "--format=%s", BRANCH).splitlines()

    def replace(self, path: str, content: str, mode: str = "100644") -> None:
        """Somebody edits the branch by hand; a mode of 0 deletes the file."""
        oid = self.git("hash-object", "-w", "--stdin", stdin=content)
        self.git("read-tree", BRANCH)
        self.git("update-index", "--index-info", stdin=f"{mode} {oid}\t{path}\n")
        self.set_branch(self.git("write-tree"))

    def set_branch(self, tree: str) -> None:
        self._by_hand += 1
        message = f"by hand {self._by_hand}"
        self.git("update-ref", f"refs/heads/{BRANCH}", self.git("commit-tree", "-m", message, tree))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with ExitStack() as opened:
        yield Project(tmp_path, opened)


def no_ancestors() -> list[str]:
    raise AssertionError("the wanted commit itself is there")


class TestFind:
    def test_the_commit_itself(self, project: Project) -> None:
        for number in (1, 2, 3):
            project.store().save(measured(number, number * 10), saving(number))
        assert project.store().find(Wanted(commit(2), "main", "asked"), no_ancestors) == Base(
            bare(measured(2, 20)),
            Side(
                commit=commit(2),
                requested=commit(2),
                distance=0,
                age_seconds=86_400 - 120,
                store="branch",
                source="branch leakgate-baselines",
                fingerprint=FINGERPRINT,
            ),
            {"s3 put": {Metric.T_GMAX_BYTES: (10, 20), Metric.T_END_BYTES: (0, 0)}},
        )

    def test_else_the_nearest_ancestor_that_was_measured(self, project: Project) -> None:
        for number in (1, 2, 5):
            project.store().save(measured(number), saving(number))
        found = project.store().find(Wanted(commit(4), "main", ""), lambda: map(commit, (4, 3, 2, 1)))
        assert isinstance(found, Base)
        assert (found.side.commit, found.side.requested, found.side.distance) == (commit(2), commit(4), 2)

    @pytest.mark.parametrize(
        ("wanted", "reason"),
        [
            (
                commit(9),
                (
                    "The job `test` has measured neither 000000000000 nor any of the 2 commits before it. "
                    "Rebase onto a commit that was measured, or push to a tracked branch so that a newer one is."
                ),
            ),
            (None, "There is no commit to compare with: nobody knows."),
        ],
    )
    def test_none_of_them_was_measured(self, project: Project, wanted: str | None, reason: str) -> None:
        project.store().save(measured(1), saving(1))
        asked = Wanted(wanted, "main", "nobody knows")
        assert project.store().find(asked, lambda: map(commit, (9, 8, 7))) == Missing(reason, asked)

    def test_there_is_no_branch_yet(self, project: Project) -> None:
        asked = Wanted(commit(1), "main", "")
        assert project.store().find(asked, no_ancestors) == Missing(
            f"There is no branch `leakgate-baselines` with baselines in {project.path} yet: "
            "the next push to a tracked branch makes it.",
            asked,
        )
        assert project.store().history() is None
        assert project.store().histories() == ()

    def test_the_job_was_renamed(self, project: Project) -> None:
        project.store("old").save(measured(1), saving(1))
        asked = Wanted(commit(1), "main", "")
        assert project.store("new").find(asked, no_ancestors) == Missing(
            "The branch `leakgate-baselines` has no baseline of the job `new` yet: "
            "the job's next push to a tracked branch saves one. It has those of `old`: was the job renamed?",
            asked,
        )

    def test_jobs_are_called_what_people_call_them(self, project: Project) -> None:
        for key in ("Linux, stable", "macos"):
            project.store(key).save(measured(1), saving(1))
        with pytest.raises(UsageError) as raised:
            project.store("linux").history()
        assert str(raised.value) == (
            "the branch `leakgate-baselines` has no baseline of the job `linux`, but of `Linux, stable`, `macos`\n"
            "  help: choose one with --key 'Linux, stable'"
        )
        project.store("Größe").save(measured(1), saving(1))
        damaged = layout.directory("Größe")
        project.replace(f"{damaged}/index.json", "{")
        asked = Wanted(commit(1), "main", "")
        found = project.store("linux").find(asked, no_ancestors)
        assert isinstance(found, Missing)
        assert found.reason.endswith(
            f"It has those of `{damaged}`, `Linux, stable`, `macos`: was the job renamed?"
        )

    def test_a_person_who_names_no_job_means_the_only_one(self, project: Project) -> None:
        nobody = project.store("local", is_chosen=False)
        asked = Wanted(commit(1), "main", "")
        assert (nobody.history(), nobody.histories()) == (None, ())
        project.store("Linux, stable").save(measured(1), saving(1))

        found = nobody.find(asked, no_ancestors)

        assert isinstance(found, Base)
        assert found.snapshot == bare(measured(1))
        assert nobody.history() == project.known("Linux, stable")
        project.store("macos").save(measured(2), saving(2))
        several = "he branch `leakgate-baselines` has baselines of several jobs, `Linux, stable`, `macos`"
        assert nobody.find(asked, no_ancestors) == Missing(
            f"T{several}: choose one with --key 'Linux, stable'.", asked
        )
        with pytest.raises(UsageError) as raised:
            nobody.history()
        assert str(raised.value) == f"t{several}\n  help: choose one with --key 'Linux, stable'"
        assert [index.key for index in nobody.histories()] == ["Linux, stable", "macos"]
        project.store("local").save(measured(1, 7), saving(1))
        found = nobody.find(asked, no_ancestors)  # saved by hand, by another person who named none
        assert isinstance(found, Base)
        assert found.snapshot == bare(measured(1, 7))

    def test_two_files_are_fetched_and_no_more(self, project: Project) -> None:
        for number in (1, 2, 3):
            project.store().save(measured(number, number), saving(number))
        store = project.store()
        store.find(Wanted(commit(2), "main", ""), no_ancestors)
        scratch = store.scratch
        here = scratch.run(
            ["cat-file", "--batch-all-objects", "--batch-check=%(objecttype)"], env=scratch.variables
        )
        assert sorted(here.text.split()) == ["blob", "blob", "commit", "tree", "tree", "tree", "tree"]

    def test_a_remote_that_cannot_leave_files_out_sends_them_all(self, project: Project) -> None:
        project.git("config", "uploadpack.allowFilter", "false")
        for number in (1, 2):
            project.store().save(measured(number), saving(number))
        assert isinstance(project.store().find(Wanted(commit(2), "main", ""), no_ancestors), Base)


class TestSave:
    def test_what_is_on_the_branch(self, project: Project) -> None:
        said = project.store("Linux, stable").save(measured(1), saving(1))
        job = "linux-stable-1708e25d928e46c7"
        assert said == f"branch leakgate-baselines, {job}/snapshots/00/{commit(1)}.leakgate-snapshot.json"
        assert project.files() == [
            ".leakgate-baselines-v1",
            "README.md",
            f"{job}/index.json",
            f"{job}/snapshots/00/{commit(1)}.leakgate-snapshot.json",
        ]
        assert project.git("log", "--format=%an %ae%n%B", BRANCH) == (
            f"leakgate leakgate@users.noreply.github.com\nBaseline of 000000000000 for {job}\n\n[skip ci]"
        )

    def test_jobs_do_not_see_each_other(self, project: Project) -> None:
        project.store("Test").save(measured(1, 10), saving(1))
        project.store("test").save(measured(1, 20), saving(1))
        for key, value in (("Test", 10), ("test", 20)):
            assert project.known(key).series("main", "s3 put", Metric.T_GMAX_BYTES).values == [value]

    def test_the_same_commit_again_takes_the_place_of_the_earlier_snapshot(self, project: Project) -> None:
        newer = {**FINGERPRINT, "rustc": "1.96.0"}
        project.store().save(measured(1, 10), saving(1))
        project.store().save(measured(1, 20, newer), Saving(commit(1), "main", NOW))
        found = project.store().find(Wanted(commit(1), "main", ""), no_ancestors)
        assert isinstance(found, Base)
        assert found.snapshot == bare(measured(1, 20, newer))
        assert found.side.age_seconds == 0
        assert found.past == {"s3 put": {Metric.T_GMAX_BYTES: (20,), Metric.T_END_BYTES: (0,)}}

    def test_a_push_whose_answer_was_lost_is_not_made_twice(self, project: Project) -> None:
        project.store().save(measured(1), saving(1))
        project.store().save(measured(1), saving(1))
        assert project.titles() == ["Baseline of 000000000000 for test"]

    def test_a_snapshot_of_another_commit(self, project: Project) -> None:
        with pytest.raises(UsageError, match=r"this is a snapshot of 0+1, and not of 0+2"):
            project.store().save(measured(1), saving(2))

    def test_another_writer_comes_first_three_times(self, project: Project) -> None:
        project.store().save(measured(1), saving(1))
        others = iter((2, 3, 4))

        def somebody_else() -> None:
            if (number := next(others, None)) is not None:
                project.store("other").save(measured(number), saving(number))

        interrupted(project.store(), somebody_else).save(measured(9), saving(9))
        assert project.commits("test") == [9, 1]
        assert project.commits("other") == [4, 3, 2]
        assert project.clock.slept == [0.25, 0.5, 1.0]

    def test_two_first_savers(self, project: Project) -> None:
        def somebody_else() -> None:
            if not project.git("branch", "--list", BRANCH):
                project.store("other").save(measured(1), saving(1))

        interrupted(project.store(), somebody_else).save(measured(1), saving(1))
        assert project.titles() == ["Baseline of 000000000000 for test", "Baseline of 000000000000 for other"]

    def test_others_are_always_first(self, project: Project) -> None:
        project.store().save(measured(1), saving(1))

        def somebody_else() -> None:
            project.set_branch(project.git("rev-parse", f"{BRANCH}^{{tree}}"))

        with pytest.raises(ServiceError) as raised:
            interrupted(project.store(), somebody_else).save(measured(2), saving(2))
        assert str(raised.value) == (
            f"{project.path}: the branch `leakgate-baselines` could not be written: "
            "others did so at the same time, again and again\n  help: run the job again"
        )
        assert project.clock.slept[:7] == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0]
        assert 110 < sum(project.clock.slept) <= 120
        assert project.commits("test") == [1]

    def test_a_remote_that_answers_again_after_a_while(self, project: Project) -> None:
        away = project.path.with_name("away")
        project.path.rename(away)
        project.clock.then = lambda: away.rename(project.path) if sum(project.clock.slept) > 0.5 else None
        project.store().save(measured(1), saving(1))
        assert project.commits("test") == [1]
        assert project.clock.slept == [0.25, 0.5]

    def test_a_remote_that_does_not_answer(self, project: Project) -> None:
        store = project.store()
        project.path.rename(project.path.with_name("away"))
        with pytest.raises(ServiceError, match="does not appear to be a git repository"):
            store.save(measured(1), saving(1))
        with pytest.raises(ServiceError, match="does not appear to be a git repository"):
            store.find(Wanted(commit(1), "main", ""), no_ancestors)
        assert project.clock.slept == [0.25, 0.5, 1.0] * 2

    def test_a_branch_that_may_not_be_written(self, project: Project) -> None:
        project.hook("echo 'error: GH006: Protected branch update failed' >&2; exit 1")
        with pytest.raises(ServiceError) as raised:
            project.store().save(measured(1), saving(1))
        assert str(raised.value) == (
            f"{project.path}: cannot write refs/heads/leakgate-baselines: GH006: Protected branch update failed\n"
            "  help: check that the token or your git credentials may write to it: the workflow needs "
            "`permissions: contents: write`"
        )
        assert project.clock.slept == []


class TestPrune:
    def test_older_snapshots_go_their_values_stay_and_history_begins_anew(self, project: Project) -> None:
        for number in range(1, 7):
            project.store().save(measured(number, number), saving(number))
        project.store("other").save(measured(1), saving(1))
        assert project.store().prune(keep=4) == Pruned(dropped=2, kept=5)
        assert project.commits("test") == [6, 5, 4, 3]
        assert project.commits("other") == [1]
        assert project.titles() == ["Prune 2 of 7 baselines"]
        assert len(project.files()) == 2 + 2 + 5
        series = project.known().series("main", "s3 put", Metric.T_GMAX_BYTES)
        assert series.values == [1, 2, 3, 4, 5, 6]
        found = project.store().find(Wanted(commit(4), "main", ""), no_ancestors)
        assert isinstance(found, Base)
        assert found.past["s3 put"][Metric.T_GMAX_BYTES] == (1, 2, 3, 4)
        project.git("fsck", "--strict")

    def test_there_is_nothing_to_prune(self, project: Project) -> None:
        assert project.store().prune(keep=3) == Pruned(0, 0)
        project.store().save(measured(1), saving(1))
        assert project.store().prune(keep=3) == Pruned(0, 1)
        assert project.titles() == ["Baseline of 000000000000 for test"]

    def test_a_save_that_lands_in_between_is_not_lost(self, project: Project) -> None:
        for number in (1, 2, 3):
            project.store().save(measured(number), saving(number))
        late = iter([99])

        def somebody_else() -> None:
            if (number := next(late, None)) is not None:
                project.store().save(measured(number), saving(number))

        assert interrupted(project.store(), somebody_else).prune(keep=1) == Pruned(2, 2)
        assert project.commits("test") == [99, 3]

    def test_a_save_whose_branch_is_pruned_in_between_is_not_lost(self, project: Project) -> None:
        for number in (1, 2, 3):
            project.store().save(measured(number), saving(number))
        first = iter([True])

        def somebody_else() -> None:
            if next(first, False):
                project.store().prune(keep=1)

        interrupted(project.store(), somebody_else).save(measured(99), saving(99))
        assert project.commits("test") == [99, 3, 2]
        assert project.titles() == ["Baseline of 000000000000 for test", "Prune 1 of 3 baselines"]

    def test_it_happens_by_itself_where_there_are_many(self, project: Project) -> None:
        for number in range(1, 8):
            project.store(keep=3).save(measured(number), saving(number))
        assert project.commits("test") == [7, 6, 5]
        assert project.titles() == ["Prune 4 of 7 baselines"]
        assert project.notes == []

    def test_it_happens_by_itself_where_they_are_large(self, project: Project) -> None:
        project.store("other").save(measured(1), saving(1))
        share = int(6.5 * project.known("other").written)
        for number in range(1, 8):
            project.store(most_bytes=2 * share).save(measured(number), saving(number))
        assert project.commits("test") == [7, 6, 5, 4]  # two thirds of the share
        assert project.commits("other") == [1]
        assert project.titles() == ["Prune 3 of 7 baselines"]

    def test_it_does_not_happen_for_next_to_nothing(self, project: Project) -> None:
        for number in range(1, 7):
            project.store(most_bytes=1, least=5).save(measured(number), saving(number))
        assert len(project.titles()) == 6  # it could drop one of six
        project.store(most_bytes=1, least=5).save(measured(7), saving(7))
        assert project.titles() == ["Prune 2 of 7 baselines"]

    def test_that_it_may_not_is_a_note(self, project: Project) -> None:
        project.git("config", "receive.denyNonFastForwards", "true")
        for number in range(1, 8):
            project.store(keep=3).save(measured(number), saving(number))
        assert project.commits("test") == [7, 6, 5, 4, 3, 2, 1]
        (note,) = project.notes
        assert note == (
            "The branch `leakgate-baselines` could not be pruned: cannot write refs/heads/leakgate-baselines: "
            "denying non-fast-forward refs/heads/leakgate-baselines (you should pull first)."
        )
        assert project.clock.slept == []


class TestForeignAndDamaged:
    """The branch may be anyone's, and whoever may write to the repository may write to it."""

    def test_somebody_elses_branch(self, project: Project) -> None:
        blob = project.git("hash-object", "-w", "--stdin", stdin="mine")
        project.set_branch(project.git("mktree", stdin=f"100644 blob {blob}\tREADME.md\n"))
        before = project.git("rev-parse", BRANCH)
        for attempt in (
            lambda: project.store().save(measured(1), saving(1)),
            lambda: project.store().find(Wanted(commit(1), "main", ""), no_ancestors),
            lambda: project.store().prune(1),
        ):
            with pytest.raises(InputError) as raised:
                attempt()
            assert str(raised.value) == (
                f"{project.path}: the branch `leakgate-baselines` is not leakgate's: it has no file "
                ".leakgate-baselines-v1\n  help: name another one in leakgate.yml (`baseline: {branch: …}`), "
                "or delete it if nobody needs it"
            )
        assert project.git("rev-parse", BRANCH) == before

    def test_a_newer_leakgates_branch(self, project: Project) -> None:
        blob = project.git("hash-object", "-w", "--stdin", stdin="")
        project.set_branch(project.git("mktree", stdin=f"100644 blob {blob}\t.leakgate-baselines-v2\n"))
        with pytest.raises(InputError, match="is in another form than this leakgate knows"):
            project.store().save(measured(1), saving(1))

    @pytest.mark.parametrize("file", ["test/index.json", f"test/snapshots/00/{commit(1)}.leakgate-snapshot.json"])
    @pytest.mark.parametrize(
        ("content", "mode", "says"),
        [
            ("{", "100644", "it is cut off here"),
            ("../../../etc/passwd", "120000", "is no regular file"),
            ("{}", "100644", "not a leakgate"),
        ],
    )
    def test_a_file_that_is_damaged(self, project: Project, file: str, content: str, mode: str, says: str) -> None:
        project.store().save(measured(1), saving(1))
        project.replace(file, content, mode)
        with pytest.raises(InputError) as raised:
            project.store().find(Wanted(commit(1), "main", ""), no_ancestors)
        assert says in raised.value.what
        assert (raised.value.where or "").startswith(f"leakgate-baselines:{file}")
        helps = "begin the branch anew" if file.endswith("index.json") else "run the job of the push of"
        assert (raised.value.remedy or "").startswith(helps)

    @pytest.mark.parametrize(
        ("content", "mode"),
        [
            ("{", "100644"),
            ("{}", "100644"),
            ("../../../etc/passwd", "120000"),
            ("", "0"),
            (stored.dump(measured(2)).decode(), "100644"),
        ],
        ids=["cut off", "something else", "a link", "gone", "another commit's"],
    )
    def test_the_job_that_runs_again_replaces_a_damaged_snapshot(
        self, project: Project, content: str, mode: str
    ) -> None:
        for number in (1, 2):
            project.store().save(measured(number), saving(number))
        project.replace(f"test/snapshots/00/{commit(1)}.leakgate-snapshot.json", content, mode)
        asked = Wanted(commit(1), "main", "")
        with pytest.raises(InputError) as raised:
            project.store().find(asked, no_ancestors)
        assert raised.value.remedy == (
            f"run the job of the push of {commit(1)} again: it replaces this file, and all others stay"
        )
        project.store().save(measured(1), Saving(commit(1), "main", NOW))
        for number in (1, 2):
            found = project.store().find(Wanted(commit(number), "main", ""), no_ancestors)
            assert isinstance(found, Base)
            assert found.snapshot == bare(measured(number))

    def test_a_damaged_index_is_not_written_over(self, project: Project) -> None:
        project.store().save(measured(1), saving(1))
        project.replace("test/index.json", "{")
        before = project.git("rev-parse", BRANCH)
        with pytest.raises(InputError, match="it is cut off here") as raised:
            project.store().save(measured(2), saving(2))
        assert raised.value.remedy == (
            "begin the branch anew: `git push origin --delete leakgate-baselines`; "
            "the next push to a tracked branch makes it again"
        )
        assert project.git("rev-parse", BRANCH) == before

    def test_a_file_that_is_too_large(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        project.store().save(measured(1), saving(1))
        monkeypatch.setattr("leakgate.baselines.branch._MOST_SNAPSHOT", 100)
        with pytest.raises(InputError, match="bytes long, and leakgate reads at most 100") as raised:
            project.store().find(Wanted(commit(1), "main", ""), no_ancestors)
        assert raised.value.where == (f"leakgate-baselines:test/snapshots/00/{commit(1)}.leakgate-snapshot.json")

    def test_what_the_index_lists_is_not_there(self, project: Project) -> None:
        project.store().save(measured(1), saving(1))
        project.replace(f"test/snapshots/00/{commit(1)}.leakgate-snapshot.json", "", "0")
        with pytest.raises(InputError, match="is missing, though the index lists it"):
            project.store().find(Wanted(commit(1), "main", ""), no_ancestors)

    def test_another_commits_snapshot(self, project: Project) -> None:
        project.store().save(measured(1), saving(1))
        content = stored.dump(measured(2)).decode()
        project.replace(f"test/snapshots/00/{commit(1)}.leakgate-snapshot.json", content)
        with pytest.raises(InputError, match=f"it is the snapshot of {commit(2)}"):
            project.store().find(Wanted(commit(1), "main", ""), no_ancestors)

    def test_another_jobs_index(self, project: Project) -> None:
        project.store("other").save(measured(1), saving(1))
        project.replace("test/index.json", project.git("show", f"{BRANCH}:other/index.json"))
        with pytest.raises(InputError, match="it is the index of another job"):
            project.store().find(Wanted(commit(1), "main", ""), no_ancestors)

    def test_what_nobody_knows_among_the_snapshots_goes_when_it_is_pruned(self, project: Project) -> None:
        project.store().save(measured(1), saving(1))
        project.replace("test/snapshots/00/unknown.bin", "x")
        assert project.store().prune(keep=5) == Pruned(0, 1)
        assert "test/snapshots/00/unknown.bin" not in project.files()


class TestLayout:
    @pytest.mark.parametrize("key", ["test", "linux-stable_2", "a" * 64])
    def test_a_plain_key_is_its_own_directory(self, key: str) -> None:
        assert layout.directory(key) == key

    @pytest.mark.parametrize(
        ("key", "directory"),
        [
            ("Linux, stable", "linux-stable-1708e25d928e46c7"),
            ("test (ubuntu-latest, 1.80)", "test-ubuntu-latest-1-80-"),
            ("..", "job-"),
            (".git", "git-"),
            ("a/../../b", "a-b-"),
            ("-x", "x-"),
            ("aux", "aux-"),
            ("", "job-"),
            ("Größe\n\0", "gr-e-"),
            ("a" * 65, "a" * 40 + "-"),
            ("linux-stable-1708e25d928e46c7", "linux-stable-1708e25d928e46c7-"),
            ("\ud800", "job-"),
        ],
    )
    def test_any_other_is_a_likeness_and_a_digest(self, key: str, directory: str) -> None:
        assert layout.directory(key).startswith(directory)

    @given(st.text(), st.text())
    def test_no_two_keys_share_one(self, one: str, other: str) -> None:
        quoted = layout.directory(one)
        assert re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,79}", quoted)
        assert (quoted == layout.directory(other)) == (one == other)


def interrupted(store: BranchStore, somebody_else: Callable[[], object]) -> BranchStore:
    """The store, before each of whose pushes somebody else does something."""
    run = store.scratch.run

    def interrupting(
        args: Sequence[str], *, stdin: bytes = b"", env: Mapping[str, str] = MappingProxyType({})
    ) -> Done:
        if args[0] == "push":
            somebody_else()
        return run(args, stdin=stdin, env=env)

    return replace(store, scratch=replace(store.scratch, run=interrupting))
