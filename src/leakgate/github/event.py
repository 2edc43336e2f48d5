"""What a runner's event payload says, as far as leakgate asks, checked where a wrong value would matter.

Hashes and branches become arguments of git and parts of URLs, so they must look like what they are. What is only
good to know may be missing: `act`, Gitea and Forgejo leave fields out that GitHub always writes.
"""

import re
from typing import Annotated

import msgspec

_SHA = r"\A([0-9a-f]{40}|[0-9a-f]{64})\Z"
_BRANCH = re.compile(r"(?![-/])(?!.*(\.\.|@\{|//))[^\x00-\x20\x7f~^:?*\[\\]{1,255}(?<![/.])")
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_PULL_REQUEST_EVENTS = frozenset({"pull_request", "pull_request_target"})

Sha = Annotated[str, msgspec.Meta(pattern=_SHA)]
Number = Annotated[int, msgspec.Meta(ge=1)]


class PullRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A pull request, as it was when the event happened; the API knows how it is now.

    Attributes:
        number: Its number.
        head_sha: The newest commit of its branch.
        head_branch: The name of that branch, chosen by whoever opened it.
        head_repository: `owner/name` of the repository that the branch is in; None where that is gone.
        head_owner: Who that repository belongs to.
        base_branch: The branch that it is to be merged into.
        base_sha: That branch's tip, out of date as soon as the merge ref is made anew.
        labels: The names of its labels: any text.
        is_fork: Whether the branch is in another repository, or in one that is gone.
    """

    number: int
    head_sha: str | None = None
    head_branch: str | None = None
    head_repository: str | None = None
    head_owner: str | None = None
    base_branch: str | None = None
    base_sha: str | None = None
    labels: tuple[str, ...] = ()
    is_fork: bool = False


class MergeGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Pull requests that a merge queue tries together.

    Attributes:
        head_sha: The commit that is tried.
        base_sha: Its parent: the tip of the branch, or the group that is queued before; None on older servers.
        base_branch: The branch that it is to be merged into.
    """

    head_sha: str
    base_sha: str | None = None
    base_branch: str | None = None


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """A branch or tag that moved.

    Attributes:
        deleted: Whether it was deleted.
    """

    deleted: bool = False


class WorkflowRun(msgspec.Struct, frozen=True, kw_only=True):
    """Another workflow's run that ended: what the second stage for forks is started by.

    Attributes:
        id: Of the run.
        event: What started it, such as `pull_request`.
        head_sha: The commit it ran for; of a pull request its head, not the merge commit.
        head_branch: That commit's branch.
        head_repository: `owner/name` of the repository that the branch is in; None where that is gone.
        head_owner: Who that repository belongs to.
    """

    id: int
    event: str
    head_sha: str
    head_branch: str | None = None
    head_repository: str | None = None
    head_owner: str | None = None


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """An event; of the last four only the one that its name promises is there.

    Attributes:
        default_branch: Of the repository.
        sender: Who caused it.
        pull: For `pull_request` and `pull_request_target`.
        merge_group: For `merge_group`.
        push: For `push`.
        workflow_run: For `workflow_run`.
    """

    default_branch: str | None = None
    sender: str | None = None
    pull: PullRequest | None = None
    merge_group: MergeGroup | None = None
    push: Push | None = None
    workflow_run: WorkflowRun | None = None


def read(name: str, text: str, repository: str) -> Payload:
    """Read the payload of the event `name` in the repository `owner/name`.

    Raises:
        ValueError: It is not what a runner writes for this event; the text says why.
    """
    try:
        event = msgspec.json.decode(text, type=_Event)
        return Payload(
            default_branch=_branch(event.repository.default_branch, "repository.default_branch")
            if event.repository
            else None,
            sender=event.sender.login if event.sender else None,
            pull=_pull(text, repository) if name in _PULL_REQUEST_EVENTS else None,
            merge_group=_merge_group(text) if name == "merge_group" else None,
            push=_push(text) if name == "push" else None,
            workflow_run=_workflow_run(text) if name == "workflow_run" else None,
        )
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error


class _User(msgspec.Struct, frozen=True):
    login: str | None = None


class _Repository(msgspec.Struct, frozen=True):
    full_name: str | None = None
    default_branch: str | None = None
    owner: _User | None = None


class _Event(msgspec.Struct, frozen=True):
    repository: _Repository | None = None
    sender: _User | None = None


class _Branch(msgspec.Struct, frozen=True):
    sha: Sha | None = None
    ref: str | None = None
    repo: _Repository | msgspec.UnsetType | None = msgspec.UNSET


class _Label(msgspec.Struct, frozen=True):
    name: str


class _PullRequest(msgspec.Struct, frozen=True):
    number: Number
    head: _Branch = _Branch()
    base: _Branch = _Branch()
    labels: tuple[_Label, ...] | None = None


class _PullRequestEvent(msgspec.Struct, frozen=True):
    pull_request: _PullRequest


class _MergeGroup(msgspec.Struct, frozen=True):
    head_sha: Sha
    base_sha: Sha | None = None
    base_ref: str | None = None


class _MergeGroupEvent(msgspec.Struct, frozen=True):
    merge_group: _MergeGroup


class _PushEvent(msgspec.Struct, frozen=True):
    deleted: bool = False


class _WorkflowRun(msgspec.Struct, frozen=True):
    id: Number
    event: str
    head_sha: Sha
    head_branch: str | None = None
    head_repository: _Repository | None = None


class _WorkflowRunEvent(msgspec.Struct, frozen=True):
    workflow_run: _WorkflowRun


def _pull(text: str, repository: str) -> PullRequest:
    pull = msgspec.json.decode(text, type=_PullRequestEvent).pull_request
    # Without the field it is a payload that someone wrote for `act`; with null in it a fork that was deleted.
    repo = pull.head.repo
    known = None if repo is msgspec.UNSET else repo
    full_name = _repository(known)
    return PullRequest(
        number=pull.number,
        head_sha=pull.head.sha,
        head_branch=_branch(pull.head.ref, "pull_request.head.ref"),
        head_repository=full_name,
        head_owner=_owner(known),
        base_branch=_branch(pull.base.ref, "pull_request.base.ref"),
        base_sha=pull.base.sha,
        labels=tuple(label.name for label in pull.labels or ()),
        is_fork=repo is not msgspec.UNSET and (full_name or "").lower() != repository.lower(),
    )


def _merge_group(text: str) -> MergeGroup:
    group = msgspec.json.decode(text, type=_MergeGroupEvent).merge_group
    branch = group.base_ref and group.base_ref.removeprefix("refs/heads/")
    return MergeGroup(
        head_sha=group.head_sha, base_sha=group.base_sha, base_branch=_branch(branch, "merge_group.base_ref")
    )


def _push(text: str) -> Push:
    return Push(deleted=msgspec.json.decode(text, type=_PushEvent).deleted)


def _workflow_run(text: str) -> WorkflowRun:
    run = msgspec.json.decode(text, type=_WorkflowRunEvent).workflow_run
    return WorkflowRun(
        id=run.id,
        event=run.event,
        head_sha=run.head_sha,
        head_branch=_branch(run.head_branch, "workflow_run.head_branch"),
        head_repository=_repository(run.head_repository),
        head_owner=_owner(run.head_repository),
    )


def _branch(name: str | None, where: str) -> str | None:
    if name and not _BRANCH.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a branch - at `$.{where}`")
    return name or None


def _repository(repository: _Repository | None) -> str | None:
    name = repository.full_name if repository else None
    if name and not is_repository(name):
        raise ValueError(f"{name!r} does not name a repository (owner/name)")
    return name or None


def _owner(repository: _Repository | None) -> str | None:
    if repository is None:
        return None
    login = repository.owner.login if repository.owner else None
    return login or (repository.full_name or "").partition("/")[0] or None


def is_repository(name: str) -> bool:
    """Whether it is `owner/name`. It becomes part of request paths, where `..` would mean another path."""
    return bool(_REPOSITORY.fullmatch(name)) and not {".", ".."} & set(name.split("/"))
