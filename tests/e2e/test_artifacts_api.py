"""What the second stage and the store `artifact` say to GitHub, against GitHub's own description.

Needs `npm ci` done in `tests/`; `.ci/run` sees to that.
"""

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from factories import snapshot
from github_server.openapi import DESCRIPTION, Description, oldest_ghes
from github_server.server import serve
from github_server.state import Artifact, Exchange, Pull, User, WorkflowRun
from leakgate.baselines.artifact import ArtifactStore
from leakgate.baselines.model import Base, Saving, Wanted
from leakgate.comparison.result import AcceptedGrowth, Result, Side, Verdict
from leakgate.dhat.profile import Metric
from leakgate.github import event
from leakgate.github.client import connect
from leakgate.github.context import ActionsContext
from leakgate.github.second_stage import leave, publish

pytestmark = pytest.mark.ci

BASE, HEAD = "b" * 40, "a" * 40
STORE, FORK, LABEL = "octo/store", "mallory/store", "leakgate: accept"
RESULT = Result(
    verdict=Verdict.PASS,
    base=None,
    head=Side(fingerprint={}),
    tests=(),
    accepted=(AcceptedGrowth(test="s3 put", metric=Metric.T_END_BYTES, value=9, source="label", label=LABEL),),
)


def packed(directory: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in directory.iterdir():
            archive.write(file, file.name)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def exchanges(tmp_path_factory: pytest.TempPathFactory) -> list[Exchange]:
    """A baseline that is looked for and found, and a fork's result that is posted."""
    outbox, left = tmp_path_factory.mktemp("outbox"), tmp_path_factory.mktemp("left")
    now = datetime(2026, 1, 2, tzinfo=UTC)
    with serve() as github, connect(github.url, "ghs_workflow") as client:
        github.pulls = {7: Pull(7, HEAD, head_repository=FORK)}
        github.pulls[7].label(LABEL, User("ada", "User"))
        github.runs = [WorkflowRun(1, BASE), WorkflowRun(2, HEAD, "feature", "pull_request", head_repository=FORK)]
        store = ArtifactStore(client, STORE, "memory", workflow="ci.yml", now=now, outbox=outbox)
        store.save(snapshot("s3 put: gmax=1 end=0"), Saving(BASE, "main", now))
        name = leave(RESULT, "memory", left)
        github.artifacts = [Artifact(1, 1, store.name, packed(outbox)), Artifact(2, 2, name, packed(left))]
        assert isinstance(store.find(Wanted(BASE, "feature", "the parent"), lambda: [BASE]), Base)
        context = ActionsContext(
            repository=STORE,
            api_url=github.url,
            event="workflow_run",
            pull_request=None,
            job="comment",
            step_summary=None,
            output=None,
            workflow_run=event.WorkflowRun(
                id=2,
                event="pull_request",
                head_sha=HEAD,
                head_branch="feature",
                head_repository=FORK,
                head_owner="mallory",
            ),
        )
        done = publish(client, context, render=lambda *_: "text", wants_comment=lambda _: True, echo=print)
        assert len(done.posted) == 1
        return github.exchanges


@pytest.mark.parametrize("server", ["github.com", "the oldest GHES"])
def test_all_that_is_said_is_as_github_describes_it(server: str, exchanges: list[Exchange]) -> None:
    description = Description(DESCRIPTION if server == "github.com" else oldest_ghes())
    assert [problem for exchange in exchanges for problem in description.problems(exchange)] == []


def test_every_kind_of_request_is_among_what_is_checked(exchanges: list[Exchange]) -> None:
    assert list(
        dict.fromkeys(f"{exchange.method} {exchange.path} {exchange.status}" for exchange in exchanges)
    ) == [
        "GET /repos/octo/store/actions/workflows/ci.yml/runs 200",
        "GET /repos/octo/store/actions/runs/1/artifacts 200",
        "GET /repos/octo/store/actions/artifacts/1/zip 302",
        "GET /repos/octo/store/actions/runs/2/artifacts 200",
        "GET /repos/octo/store/pulls 200",
        "GET /repos/octo/store/actions/artifacts/2/zip 302",
        "GET /repos/octo/store/issues/7/events 200",
        "GET /repos/octo/store/pulls/7 200",
        "GET /repos/octo/store/issues/7/comments 200",
        "POST /repos/octo/store/issues/7/comments 201",
    ]
