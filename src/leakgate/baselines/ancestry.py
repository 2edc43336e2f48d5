"""Which commit a head is to be compared with."""

from collections.abc import Sequence
from typing import Protocol

from leakgate.baselines.model import Wanted
from leakgate.baselines.trusted import is_tracked
from leakgate.github.context import ActionsContext
from leakgate.github.event import PullRequest

_PARENT_EVENTS = frozenset({"push", "release"})
_PARENTS_OF_A_MERGE = 2


class History(Protocol):
    """Questions about commits. An answer may cost a fetch, so that no more is asked than is needed."""

    def parents(self, commit: str) -> tuple[str, ...] | None:
        """A commit's parents in their order; None where the commit cannot be read."""
        ...

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor; None where there is none, or it cannot be found out."""
        ...

    def branch_tip(self, name: str) -> str | None:
        """The newest commit of the repository's branch; None where it has none of that name."""
        ...

    def default_branch(self) -> str | None:
        """The repository's default branch, where it is known."""
        ...


def wanted(  # noqa: PLR0911 - one return a case
    context: ActionsContext | None, history: History, head: str | None, branches: Sequence[str] = ()
) -> Wanted:
    """The commit that `head` should be compared with, and how it was chosen.

    - A pull request: what its head was merged into, which the merge commit that GitHub makes and
      `actions/checkout` checks out names as its other parent. Where something else is checked out: where it
      branches off the pull request's base branch.
    - A merge queue: what the group was put on top of.
    - A push or a release: the parent of the commit.
    - On a tracked branch at any other time (a schedule, a run by hand): the commit itself.
    - Everywhere else, also on a developer's machine: where it branches off the default branch.

    Args:
        context: The run; None outside GitHub Actions.
        history: Answers questions about commits.
        head: The commit that is checked out; None where there is none.
        branches: Globs for tracked branches; empty: the default branch.

    Raises:
        ServiceError: History had to be fetched and could not be.
    """
    if head is None:
        return Wanted(None, None, "no commit is checked out here")
    if context is None:
        return _on_this_machine(history, head)
    if context.event == "pull_request" and context.pull is not None:
        return _of_pull_request(context, context.pull, history, head)
    if context.merge_group is not None:
        base = context.merge_group.base_branch or context.default_branch
        if context.merge_group.base_sha:
            return Wanted(context.merge_group.base_sha, base, "what the merge queue put these changes on top of")
        return _off_branch(history, head, base, ())
    if context.event in _PARENT_EVENTS:
        return _parent(context, history, head)
    default = context.default_branch or history.default_branch()
    if is_tracked(context.branch, branches, default):
        return Wanted(head, context.branch, f"this commit itself, as it is on {context.branch}")
    return _off_default(history, head, default)


def _of_pull_request(context: ActionsContext, pull: PullRequest, history: History, head: str) -> Wanted:
    base = pull.base_branch or context.default_branch or history.default_branch()
    parents = history.parents(head) or ()
    if len(set(parents)) == _PARENTS_OF_A_MERGE and head != pull.head_sha:
        if pull.head_sha in parents:
            [other] = (parent for parent in parents if parent != pull.head_sha)
            return Wanted(other, base, f"the merge commit's parent on {base}")
        # The head has moved since GitHub made this merge commit: its first parent counts all the same.
        if head == context.sha and (context.ref or "").endswith("/merge"):
            return Wanted(parents[0], base, f"the merge commit's first parent, on {base}")
    return _off_branch(history, head, base, (pull.base_sha,) if pull.base_sha else ())


def _parent(context: ActionsContext, history: History, head: str) -> Wanted:
    what = "pushed" if context.branch else "tagged"
    parents = history.parents(head)
    if parents is None:
        return Wanted(None, context.branch, f"the {what} commit cannot be read")
    if not parents:
        return Wanted(None, context.branch, f"the {what} commit is the first one, without a parent")
    return Wanted(parents[0], context.branch, f"the parent of the {what} commit")


def _on_this_machine(history: History, head: str) -> Wanted:
    found = _off_default(history, head, history.default_branch())
    if found.commit is not None or found.branch is None:
        return found
    remedy = "`git fetch --prune` and `git remote set-head origin --auto` bring this clone up to date"
    return Wanted(None, found.branch, f"{found.why}; {remedy}")


def _off_default(history: History, head: str, default: str | None) -> Wanted:
    if default is None:
        why = "which branch is the default one is not known: no remote says so, and none is called main or master"
        return Wanted(None, None, why)
    return _off_branch(history, head, default, ())


def _off_branch(history: History, head: str, branch: str | None, older_tips: Sequence[str]) -> Wanted:
    """Where `head` branches off a branch, of which other tips are known from earlier."""
    tip = history.branch_tip(branch) if branch else None
    merged = False
    for other in (*((tip,) if tip else ()), *older_tips):
        base = history.merge_base(head, other)
        if base == head:
            merged = True  # by now; where it branched off, an older tip may still say
        elif base is not None:
            return Wanted(base, branch, f"where these changes branch off {branch}")
    if merged:
        return Wanted(head, branch, f"this commit itself, which is on {branch}")
    if tip is None:
        return Wanted(None, branch, f"there is no branch {branch} to compare with")
    return Wanted(None, branch, f"these changes and {branch} have no common commit that could be found")
