"""The store `branch`: snapshots on a branch of their own in the project's repository."""

import shlex
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime

import msgspec

from leakgate.baselines import layout, pruning
from leakgate.baselines.index import LEAST_OF_A_BRANCH, PAST, Index, Save, add, digest, dump
from leakgate.baselines.model import Ancestors, Base, Missing, Saving, Wanted
from leakgate.baselines.pruning import Limits, Pruned
from leakgate.baselines.shared import Change, Retries, SharedBranch
from leakgate.comparison.result import Side
from leakgate.errors import InputError, LeakgateError, UsageError
from leakgate.git.scratch import Scratch
from leakgate.snapshot import stored
from leakgate.snapshot.model import Snapshot

MOST_BYTES = 150_000_000
"""What all jobs together may add to the branch before it is pruned."""

_MOST_SNAPSHOT = 256 << 20
_SHORT = 12


def _say_nothing(note: str) -> None:
    del note


@dataclass(frozen=True, slots=True)
class BranchStore:
    """Baselines of one job on a branch.

    Attributes:
        scratch: The repository of our own that everything goes through.
        key: The job.
        branch: Without `refs/heads/`.
        keep: How many snapshots of the job stay when it is pruned without being asked.
        now: The time, in UTC.
        note: Told in a sentence what went wrong without harm.
        retries: How long to go on where others write at the same time.
        most_bytes: What all jobs together may add to the branch before it is pruned without being asked.
        least: How many snapshots of each branch of the project stay in any case.
        is_chosen: Whether somebody said which job is meant. Else, where nothing is saved under the key, the only
            job on the branch is read: a person at a terminal is no job of the workflow.
    """

    scratch: Scratch
    key: str
    branch: str
    _: KW_ONLY
    keep: int
    now: Callable[[], datetime]
    note: Callable[[str], None] = _say_nothing
    retries: Retries = field(default_factory=Retries)
    most_bytes: int = MOST_BYTES
    least: int = LEAST_OF_A_BRANCH
    is_chosen: bool = True
    past: int = PAST

    def find(self, wanted: Wanted, ancestors: Ancestors) -> Base | Missing:
        """The snapshot of the wanted commit, else of its nearest ancestor that was measured.

        Raises:
            InputError: It is damaged, or the branch is not leakgate's.
            ServiceError: The branch cannot be read.
        """
        commit = wanted.commit
        if commit is None:
            return Missing(f"There is no commit to compare with: {wanted.why}.", wanted)
        return self.retries.through_outages(lambda: self._find(commit, wanted, ancestors))

    def save(self, snapshot: Snapshot, saving: Saving) -> str:
        """Put a snapshot on the branch, in place of an earlier one of the same commit.

        Raises:
            UsageError: The snapshot is of another commit.
            InputError: The branch is not leakgate's, or damaged.
            ServiceError: It could not be put there; nothing that was there before is lost.
        """
        if snapshot.commit not in {None, saving.commit}:
            raise UsageError(f"this is a snapshot of {snapshot.commit}, and not of {saving.commit}")
        snapshot = msgspec.structs.replace(snapshot, commit=saving.commit)
        data = stored.dump(snapshot)
        size = len(zlib.compress(data))
        path = layout.snapshot_path(self._job, saving.commit)
        shared = self._shared
        blob = self.scratch.write_blob(data)
        index, jobs = Index(key=self.key), 1

        def change(tip: str | None) -> Change | None:
            nonlocal index, jobs
            there = None if tip is None else shared.index(tip, self._job)
            if tip is not None and there is not None and _has(there, snapshot, saving):
                entry = self.scratch.entry(tip, path)
                if entry is not None and entry.oid == blob:
                    return None  # an earlier push arrived, and only its answer was lost
            index = add(there or Index(key=self.key), snapshot, saving, size)
            jobs = 1 if tip is None else len({*shared.jobs(tip), self._job})
            changes = {path: blob, layout.index_path(self._job): self.scratch.write_blob(dump(index))}
            if tip is None:
                changes[layout.MARKER] = self.scratch.write_blob(layout.MARKER_TEXT)
                changes[layout.README] = self.scratch.write_blob(layout.README_TEXT)
            title = f"Baseline of {saving.commit[:_SHORT]} for {self._job}"
            return Change(self.scratch.write_tree(tip, changes), title, base=tip)

        shared.land(change)
        self._prune_if_due(shared, index, self.most_bytes // jobs)
        return f"branch {self.branch}, {path}"

    def prune(self, keep: int) -> Pruned:
        """Take the older snapshots of every job off the branch, and cut off its history. Values stay.

        Args:
            keep: How many of each job stay, and at least some of each of its branches.

        Raises:
            InputError: The branch is not leakgate's, or damaged.
            ServiceError: It could not be done; the branch is as it was.
        """
        return pruning.prune(self._shared, None, Limits(keep, None, self.least))

    def history(self) -> Index | None:
        """Everything that is known of the job but the snapshots themselves; None where no job has saved any.

        Raises:
            UsageError: Others have saved, and this one has not, or nobody said which of them is meant.
            InputError: The branch is not leakgate's, or damaged.
            ServiceError: The branch cannot be read.
        """
        shared = self._shared

        def read() -> Index | Sequence[str]:
            tip = shared.tip()
            return () if tip is None else self._choose(shared, tip)

        found = self.retries.through_outages(read)
        if isinstance(found, Index):
            return found
        if not found:
            return None
        raise self._not_one_of(found)

    def histories(self) -> tuple[Index, ...]:
        """What `history` has of the job; where nobody said which one is meant, that of each. Raises the same."""
        if self.is_chosen:
            found = self.history()
            return () if found is None else (found,)
        shared = self._shared

        def read() -> tuple[Index, ...]:
            tip = shared.tip()
            return () if tip is None else shared.indexes(tip)

        return self.retries.through_outages(read)

    def _find(self, commit: str, wanted: Wanted, ancestors: Ancestors) -> Base | Missing:
        shared = self._shared
        tip = shared.tip()
        if tip is None:
            return Missing(
                f"There is no branch `{self.branch}` with baselines in {self.scratch.remote.url} yet: the next "
                "push to a tracked branch makes it.",
                wanted,
            )
        index = self._choose(shared, tip)
        if not isinstance(index, Index):
            return Missing(self._never_saved(index), wanted)
        found = _nearest(commit, index.measured, ancestors)
        if isinstance(found, int):
            return Missing(_none_near(index.key, commit, found), wanted)
        save, distance = found
        snapshot = _snapshot(shared, tip, layout.directory(index.key), save.commit)
        side = Side(
            commit=save.commit,
            requested=commit,
            distance=distance,
            age_seconds=max(0, int((self.now() - save.time).total_seconds())),
            store="branch",
            source=f"branch {self.branch}",
            fingerprint=snapshot.fingerprint,
        )
        return Base(snapshot, side, index.past(save.commit, wanted.branch, self.past))

    @property
    def _job(self) -> str:
        return layout.directory(self.key)

    @property
    def _shared(self) -> SharedBranch:
        return SharedBranch(self.scratch, self.branch, self.now, self.retries)

    def _choose(self, shared: SharedBranch, tip: str) -> Index | Sequence[str]:
        """The index of the job that is meant; where it has saved nothing, the keys of those that have."""
        index = shared.index(tip, self._job)
        if index is not None and index.saves:
            return index
        jobs = shared.jobs(tip)
        only = shared.index(tip, jobs[0]) if len(jobs) == 1 and not self.is_chosen else None
        return only or shared.keys(tip)

    def _never_saved(self, keys: Sequence[str]) -> str:
        if keys and not self.is_chosen:
            error = self._not_one_of(keys)
            return f"T{error.what[1:]}: {error.remedy}."
        others = f" It has those of {_names(keys)}: was the job renamed?" if keys else ""
        return (
            f"The branch `{self.branch}` has no baseline of the job `{self.key}` yet: the job's next push to a "
            f"tracked branch saves one.{others}"
        )

    def _not_one_of(self, keys: Sequence[str]) -> UsageError:
        if self.is_chosen:
            what = f"the branch `{self.branch}` has no baseline of the job `{self.key}`, but of {_names(keys)}"
        else:
            what = f"the branch `{self.branch}` has baselines of several jobs, {_names(keys)}"
        return UsageError(what, remedy=f"choose one with --key {shlex.quote(keys[0])}")

    def _prune_if_due(self, shared: SharedBranch, index: Index, share: int) -> None:
        """Prune the job where its snapshots have become many or large. A failure is noted: the save has landed.

        Args:
            shared: The branch.
            index: The job's, with what was saved just now.
            share: The bytes that the job may add to the branch.
        """
        limits = pruning.due(index, self.keep, share, self.least)
        if limits is None:
            return
        try:
            pruning.prune(shared, [self._job], limits)
        except LeakgateError as error:
            self.note(f"The branch `{self.branch}` could not be pruned: {error.what}.")


def _names(keys: Sequence[str]) -> str:
    return ", ".join(f"`{key}`" for key in keys)


def _none_near(key: str, commit: str, before: int) -> str:
    short = commit[:_SHORT]
    tried = f"neither {short} nor any of the {before:,} commits before it" if before else f"no {short}"
    return (
        f"The job `{key}` has measured {tried}. Rebase onto a commit that was measured, or "
        "push to a tracked branch so that a newer one is."
    )


def _snapshot(shared: SharedBranch, tip: str, job: str, commit: str) -> Snapshot:
    """The snapshot of a commit that the index of the job with that directory lists."""
    path = layout.snapshot_path(job, commit)
    again = f"run the job of the push of {commit} again: it replaces this file, and all others stay"
    try:
        snapshot = stored.parse(shared.file(tip, path, _MOST_SNAPSHOT, again), shared.place(path))
    except InputError as error:
        if error.remedy == stored.SAVE_AGAIN:  # which is for files
            error.remedy = again
        raise
    if snapshot.commit != commit:
        raise InputError(f"it is the snapshot of {snapshot.commit}", where=shared.place(path), remedy=again)
    return snapshot


def _has(index: Index, snapshot: Snapshot, saving: Saving) -> bool:
    """Whether this very save is in the index."""
    mark = digest(snapshot.fingerprint)
    return any(
        (save.commit, save.branch, save.time, save.fingerprint)
        == (saving.commit, saving.branch, saving.time, mark)
        for save in index.saves
    )


def _nearest(commit: str, measured: Mapping[str, Save], ancestors: Ancestors) -> tuple[Save, int] | int:
    """The first commit that was measured, and how far it is; else how many commits before it were looked at."""
    if commit in measured:
        return measured[commit], 0
    distance = 0
    for distance, ancestor in enumerate(ancestors()):
        if ancestor in measured:
            return measured[ancestor], distance
    return distance
