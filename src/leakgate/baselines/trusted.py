"""Which runs may save a baseline: what they measured must be what reviewed history holds, and nothing else."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from leakgate.github.context import ActionsContext

_TRUSTED_EVENTS = frozenset({"push", "schedule", "workflow_dispatch"})
"""What only someone with the right to push can cause. `workflow_run` is not among them: a fork can cause one."""

_MERGE_QUEUE = "gh-readonly-queue/"
"""Where merge queues try commits that are not merged yet; a workflow on every push runs for these branches too."""


def may_save(  # noqa: PLR0911 - one return a reason
    context: ActionsContext, branches: Sequence[str], commit: str | None
) -> str | None:
    """Whether this run may save what it measured as the baseline of its commit.

    The verdict does not matter: what fails on a tracked branch is merged all the same, and the next change must be
    compared with it.

    Args:
        context: The run.
        branches: Globs for tracked branches; empty: the repository's default branch.
        commit: The commit that was measured.

    Returns:
        None where it may; else why not, to be read after "no baseline is saved, as".
    """
    event, branch = context.event, context.branch
    if event not in _TRUSTED_EVENTS:
        return f"the event is {event or 'unknown'}, and only push, schedule and workflow_dispatch save one"
    if context.push is not None and context.push.deleted:
        return "the branch was deleted"
    if branch is None:
        return f"{context.ref or 'the ref of this run'} is no branch"
    if not branches and context.default_branch is None:
        return "the event does not say which branch is the default one: name it in `baseline.branches`"
    if not is_tracked(branch, branches, context.default_branch):
        tracked = ", ".join(branches) or context.default_branch
        return f"the branch {branch} is not tracked (tracked: {tracked})"
    if commit is None or commit != context.sha:
        return f"{_short(commit)} was measured, and this run is about {_short(context.sha)}"
    return None


def is_tracked(branch: str | None, branches: Sequence[str], default_branch: str | None) -> bool:
    """Whether pushes to this branch save a baseline.

    Args:
        branch: Its name; None for no branch.
        branches: Globs for tracked branches, in which `*` crosses slashes; empty: the default branch alone.
        default_branch: The repository's, as far as known.
    """
    if branch is None or branch.startswith(_MERGE_QUEUE):
        return False
    if not branches:
        return branch == default_branch
    return any(fnmatchcase(branch, glob) for glob in branches)


def _short(commit: str | None) -> str:
    return f"commit {commit[:10]}" if commit else "no known commit"
