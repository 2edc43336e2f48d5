"""Taking older snapshots off the branch of baselines: when it is due, and how it is done."""

from collections.abc import Sequence
from dataclasses import dataclass

from leakgate.baselines import index as index_rules
from leakgate.baselines import layout
from leakgate.baselines.index import Index, dump
from leakgate.baselines.shared import Change, SharedBranch

_LEFT = 2 / 3
"""Of the bytes that a job may add what pruning leaves, so that it is not due again at once."""

_WORTH = 1 / 4
"""Of the snapshots, or of their bytes, what pruning by itself must at least get rid of."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What a prune did.

    Attributes:
        dropped: How many snapshots it took away.
        kept: How many are left.
    """

    dropped: int
    kept: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What each job keeps.

    Attributes:
        keep: So many snapshots.
        most_bytes: Of so many bytes; None: of any.
        least: And so many of each branch in any case.
    """

    keep: int
    most_bytes: int | None
    least: int

    def apply(self, index: Index) -> tuple[Index, tuple[str, ...]]:
        """The index without what is beyond them, and the commits whose snapshots go."""
        return index_rules.prune(index, self.keep, self.most_bytes, self.least)


def due(index: Index, keep: int, share: int, least: int) -> Limits | None:
    """What a job should be pruned to by itself; None while that is not due, or would get rid of next to nothing.

    Args:
        index: The job's.
        keep: How many snapshots stay; there may be twice as many before.
        share: The bytes that the job may add to the branch.
        least: How many of each branch stay in any case.
    """
    count = len(index.measured)
    if count <= 2 * keep and index.written <= share:
        return None
    limits = Limits(keep, int(share * _LEFT), least)
    pruned, dropped = limits.apply(index)
    if len(dropped) < count * _WORTH and index.written - pruned.written < index.written * _WORTH:
        return None
    return limits


def prune(shared: SharedBranch, jobs: Sequence[str] | None, limits: Limits) -> Pruned:
    """Prune jobs on the branch, and let its history begin anew.

    Args:
        shared: The branch.
        jobs: Their directories; None: all.
        limits: What each keeps.

    Raises:
        InputError: The branch is not leakgate's, or damaged.
        ServiceError: It could not be done; the branch is as it was.
    """
    done = Pruned(0, 0)

    def change(tip: str | None) -> Change | None:
        nonlocal done
        done = Pruned(0, 0)
        if tip is None:
            return None
        changes: dict[str, str | None] = {}
        for job in shared.jobs(tip) if jobs is None else jobs:
            index = shared.index(tip, job)
            if index is None:
                continue
            pruned, dropped = limits.apply(index)
            done = Pruned(done.dropped + len(dropped), done.kept + len(pruned.measured))
            kept = {layout.snapshot_path(job, commit) for commit in pruned.measured}
            below = shared.scratch.ls_tree(tip, layout.snapshots_path(job), recursive=True)
            changes |= {entry.path: None for entry in below if entry.path not in kept}
            if pruned != index:
                changes[layout.index_path(job)] = shared.scratch.write_blob(dump(pruned))
        if not changes:
            return None
        title = f"Prune {done.dropped:,} of {done.dropped + done.kept:,} baselines"
        return Change(shared.scratch.write_tree(tip, changes), title, base=tip, anew=True)

    shared.land(change)
    return done
