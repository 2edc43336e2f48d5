"""JSON in the shapes of GitHub's API; `openapi.py` checks them against GitHub's own description."""

from typing import Any

from github_server.state import Artifact, CheckRun, Comment, GitHub, LabelEvent, Pull, User, WorkflowRun

Json = Any

_THEN = "2026-01-01T00:00:00Z"
_USER_LINKS = "followers following gists starred subscriptions organizations repos events"
_REPOSITORY_LINKS = (
    "archive assignees blobs branches collaborators comments commits compare contents contributors deployments "
    "downloads events forks git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels "
    "languages merges milestones notifications pulls releases stargazers statuses subscribers subscription tags "
    "teams trees clone git ssh svn"
)
_REPOSITORY_COUNTS = (
    "forks forks_count open_issues open_issues_count size stargazers_count watchers watchers_count"
)


def user(account: User) -> Json:
    """An account, as others see it."""
    url = "https://api.github.com/users/" + account.login
    return {
        "login": account.login,
        "id": 41898282,
        "node_id": "MDM6Qm90NDE4OTgyODI=",
        "avatar_url": "https://avatars.githubusercontent.com/in/15368",
        "gravatar_id": "",
        "url": url,
        "html_url": "https://github.com/" + account.login,
        **{f"{link}_url": f"{url}/{link}" for link in _USER_LINKS.split()},
        "received_events_url": url + "/received_events",
        "type": account.type,
        "site_admin": False,
    }


def profile(account: User) -> Json:
    """An account, as it sees itself."""
    return {
        **user(account),
        **dict.fromkeys(("name", "company", "location", "email", "hireable", "bio"), None),
        **dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0),
        "blog": "",
        "created_at": _THEN,
        "updated_at": _THEN,
    }


def comment(github: GitHub, pull: Pull, said: Comment) -> Json:
    """A comment on a pull request."""
    return {
        "id": said.id,
        "node_id": f"IC_{said.id}",
        "url": f"{_url(github)}/issues/comments/{said.id}",
        "html_url": f"{_page(github)}/pull/{pull.number}#issuecomment-{said.id}",
        "issue_url": f"{_url(github)}/issues/{pull.number}",
        "user": user(said.author),
        "created_at": _THEN,
        "updated_at": _THEN,
        "author_association": "CONTRIBUTOR",
        "body": said.body,
        "performed_via_github_app": None,
    }


def pull_in_list(github: GitHub, pull: Pull) -> Json:
    """A pull request, as lists have it."""
    url = f"{_url(github)}/pulls/{pull.number}"
    page = f"{_page(github)}/pull/{pull.number}"
    links = ("comments", "commits", "statuses", "html", "issue", "review_comments", "review_comment", "self")
    return {
        **dict.fromkeys(("assignee", "auto_merge", "body", "milestone")),
        **dict.fromkeys(("closed_at", "merged_at"), _THEN if pull.merged_as else None),
        "_links": {link: {"href": f"{url}/{link}"} for link in links},
        "author_association": "CONTRIBUTOR",
        "base": _side(github, github.repository, pull.base_ref, "b" * 40),
        "comments_url": f"{_url(github)}/issues/{pull.number}/comments",
        "commits_url": url + "/commits",
        "created_at": _THEN,
        "diff_url": page + ".diff",
        "head": _side(github, pull.head_repository, pull.head_ref, pull.head_sha),
        "html_url": page,
        "id": 5000 + pull.number,
        "issue_url": f"{_url(github)}/issues/{pull.number}",
        "labels": [_label(name) for name in pull.labels],
        "locked": False,
        "merge_commit_sha": pull.merged_as or "c" * 40,
        "node_id": f"PR_{pull.number}",
        "number": pull.number,
        "patch_url": page + ".patch",
        "review_comment_url": url + "/comments{/number}",
        "review_comments_url": url + "/comments",
        "state": pull.state,
        "statuses_url": f"{_url(github)}/statuses/{pull.head_sha}",
        "title": "A change",
        "updated_at": _THEN,
        "url": url,
        "user": user(User("ada", "User")),
    }


def pull_alone(github: GitHub, pull: Pull) -> Json:
    """A pull request, asked for by its number."""
    counts = ("additions", "changed_files", "commits", "deletions", "review_comments")
    return {
        **pull_in_list(github, pull),
        **dict.fromkeys(counts, 1),
        "comments": len(pull.comments),
        "maintainer_can_modify": False,
        "mergeable": None,
        "mergeable_state": "unknown",
        "merged": pull.merged_as is not None,
        "merged_by": None,
    }


def label_event(number: int, said: LabelEvent) -> Json:
    """Entry `number` of what happened to an issue."""
    return {
        "id": number,
        "node_id": f"LE_{number}",
        "url": f"https://api.github.com/issues/events/{number}",
        "actor": user(said.actor),
        "event": said.event,
        "commit_id": None,
        "commit_url": None,
        "created_at": _THEN,
        "label": {"name": said.label, "color": "ededed"},
        "performed_via_github_app": None,
    }


def check_run(github: GitHub, run: CheckRun) -> Json:
    """A check run."""
    output = run.fields.get("output", {})
    return {
        **{name: run.fields.get(name) for name in ("conclusion", "started_at", "completed_at", "details_url")},
        "id": run.id,
        "node_id": f"CR_{run.id}",
        "external_id": run.fields.get("external_id", ""),
        "head_sha": run.fields["head_sha"],
        "name": run.fields["name"],
        "status": run.fields.get("status", "queued"),
        "url": f"{_url(github)}/check-runs/{run.id}",
        "html_url": f"{_page(github)}/runs/{run.id}",
        "check_suite": {"id": 1},
        "app": None,
        "pull_requests": [],
        "output": {
            **{name: output.get(name) for name in ("title", "summary", "text")},
            "annotations_count": 0,
            "annotations_url": f"{_url(github)}/check-runs/{run.id}/annotations",
        },
    }


def workflow_run(github: GitHub, run: WorkflowRun) -> Json:
    """A run of a workflow."""
    url = f"{_url(github)}/actions/runs/{run.id}"
    links = ("jobs", "logs", "check_suite", "cancel", "rerun", "artifacts", "workflow")
    return {
        **{f"{link}_url": f"{url}/{link}" for link in links},
        "id": run.id,
        "node_id": f"WFR_{run.id}",
        "run_number": run.id,
        "display_title": "A change",
        "event": run.event,
        "status": run.status,
        "conclusion": run.conclusion,
        "head_branch": run.head_branch,
        "head_sha": run.head_sha,
        "path": f".github/workflows/{run.workflow}",
        "workflow_id": 1,
        "url": url,
        "html_url": f"{_page(github)}/actions/runs/{run.id}",
        "created_at": run.created_at,
        "updated_at": run.created_at,
        "head_commit": None,
        "head_repository": repository(github, run.head_repository),
        "repository": repository(github, github.repository),
        "pull_requests": [],
    }


def artifact(github: GitHub, left: Artifact) -> Json:
    """A file that a run has left."""
    url = f"{_url(github)}/actions/artifacts/{left.id}"
    run = next(run for run in github.runs if run.id == left.run)
    return {
        "id": left.id,
        "node_id": f"A_{left.id}",
        "name": left.name,
        "size_in_bytes": len(left.content),
        "url": url,
        "archive_download_url": url + "/zip",
        "expired": left.expired,
        "created_at": run.created_at,
        "expires_at": "2026-04-01T00:00:00Z",
        "updated_at": run.created_at,
        "workflow_run": {
            "id": run.id,
            "repository_id": 1,
            "head_repository_id": 1 if run.head_repository == github.repository else 2,
            "head_branch": run.head_branch,
            "head_sha": run.head_sha,
        },
    }


def repository(github: GitHub, full_name: str) -> Json:
    """A repository: this one, or a fork of it."""
    owner, name = full_name.split("/")
    url = f"{github.url}/repos/{full_name}"
    has = ("downloads", "issues", "projects", "wiki", "pages")
    return {
        **{f"{link}_url": f"{url}/{link}" for link in _REPOSITORY_LINKS.split()},
        **dict.fromkeys(_REPOSITORY_COUNTS.split(), 0),
        **{f"has_{what}": False for what in has},
        **dict.fromkeys(("description", "homepage", "language", "license", "mirror_url")),
        "archived": False,
        "created_at": _THEN,
        "default_branch": "main",
        "disabled": False,
        "fork": full_name != github.repository,
        "full_name": full_name,
        "html_url": f"https://github.com/{full_name}",
        "id": 1 if full_name == github.repository else 2,
        "name": name,
        "node_id": "R_1",
        "owner": user(User(owner, "User")),
        "private": False,
        "pushed_at": _THEN,
        "updated_at": _THEN,
        "url": url,
    }


def _side(github: GitHub, full_name: str | None, ref: str, sha: str) -> Json:
    owner = (full_name or "ghost/gone").split("/")[0]
    return {
        "label": f"{owner}:{ref}",
        "ref": ref,
        "sha": sha,
        "repo": repository(github, full_name) if full_name else None,
        "user": user(User(owner, "User")),
    }


def _label(name: str) -> Json:
    return {
        "id": 1,
        "node_id": "LA_1",
        "url": "https://api.github.com/labels/" + name,
        "name": name,
        "description": "",
        "color": "ededed",
        "default": False,
    }


def _url(github: GitHub) -> str:
    return f"{github.url}/repos/{github.repository}"


def _page(github: GitHub) -> str:
    return f"https://github.com/{github.repository}"
