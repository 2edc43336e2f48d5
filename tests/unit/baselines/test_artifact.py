"""Baselines among the artifacts of runs, against a server that keeps them as GitHub does."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import structs

from factories import snapshot
from github_server.faults import FORBIDDEN, Fault, error
from github_server.server import GitHub, serve
from github_server.state import Artifact, WorkflowRun
from leakgate.baselines.artifact import ArtifactStore, workflow_file
from leakgate.baselines.model import Base, Missing, Saving, Wanted
from leakgate.comparison.result import Side
from leakgate.errors import InputError, ServiceError, UsageError
from leakgate.github.client import connect
from leakgate.snapshot.model import Snapshot
from leakgate.snapshot.stored import dump

NOW = datetime(2026, 1, 3, tzinfo=UTC)
SHAS = {number: f"{number:x}" * 40 for number in range(1, 10)}
"""Commits on main, oldest first."""

NAME = "leakgate-baseline-memory"


def measured(number: int) -> Snapshot:
    return snapshot(f"s3 put: gmax={number} end=0", commit=SHAS[number])


def packed(data: bytes, name: str = "snapshot.json") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


@dataclass
class Repository:
    """Runs of `ci.yml` and what they left."""

    github: GitHub

    def ran(  # noqa: PLR0913 - all that can tell one run from another
        self,
        number: int,
        *,
        content: bytes | None = None,
        name: str = NAME,
        expired: bool = False,
        event: str = "push",
        branch: str = "main",
        conclusion: str = "success",
        workflow: str = "ci.yml",
        home: str = "octo/store",
        left: bool = True,
    ) -> int:
        """A run for commit `number`, later than all before; its id."""
        run = len(self.github.runs) + 1
        self.github.runs.append(
            WorkflowRun(
                run,
                SHAS[number],
                branch,
                event,
                conclusion=conclusion,
                workflow=workflow,
                head_repository=home,
                created_at="2026-01-01T00:00:00Z",
            )
        )
        if left:
            data = packed(dump(measured(number))) if content is None else content
            self.github.artifacts.append(Artifact(100 + run, run, name, data, expired))
        return run

    def find(
        self, number: int | None, branch: str | None = "main", workflow: str | None = "ci.yml"
    ) -> Base | Missing:
        wanted = Wanted(None if number is None else SHAS[number], branch, "no commit is checked out here")
        with connect(self.github.url, "ghs_workflow") as client:
            store = ArtifactStore(client, "octo/store", "memory", workflow=workflow, now=NOW)
            return store.find(wanted, lambda: (SHAS[n] for n in range(number or 0, 0, -1)))

    def found(self, number: int, branch: str | None = "main") -> int:
        """The run whose baseline is taken for commit `number`."""
        base = self.find(number, branch)
        assert isinstance(base, Base)
        assert base.side.source is not None
        return int(base.side.source.removeprefix(f"{NAME} of run "))

    def missing(self, number: int | None, workflow: str | None = "ci.yml") -> str:
        missing = self.find(number, workflow=workflow)
        assert isinstance(missing, Missing)
        return missing.reason

    @property
    def asked(self) -> list[str]:
        return [f"{said.method} {said.path}" for said in self.github.exchanges]


@pytest.fixture
def repository() -> Iterator[Repository]:
    with serve() as github:
        yield Repository(github)


def test_the_run_for_the_very_commit_is_taken(repository: Repository) -> None:
    for number in (3, 4, 5):
        repository.ran(number)
    assert repository.find(4) == Base(
        measured(4),
        Side(
            commit=SHAS[4],
            requested=SHAS[4],
            distance=0,
            age_seconds=2 * 86_400,
            store="artifact",
            source=f"{NAME} of run 2",
            fingerprint=measured(4).fingerprint,
        ),
    )
    assert repository.asked == [
        "GET /repos/octo/store/actions/workflows/ci.yml/runs",
        "GET /repos/octo/store/actions/runs/2/artifacts",
        "GET /repos/octo/store/actions/artifacts/102/zip",
    ]


def test_the_nearest_commit_before_it_stands_in_and_never_a_later_one(repository: Repository) -> None:
    for number in (2, 3, 6):
        repository.ran(number)
    base = repository.find(5)
    assert isinstance(base, Base)
    assert (base.snapshot, base.side.commit, base.side.distance) == (measured(3), SHAS[3], 2)
    assert repository.missing(1) == (
        "None of the newest 3 runs of `ci.yml` was for 111111111111 or a commit before it. "
        "Rebase onto a newer commit."
    )


def test_of_two_runs_for_one_commit_the_newer_is_taken(repository: Repository) -> None:
    repository.ran(4)
    assert repository.ran(4, event="schedule") == repository.found(4)


def test_growth_that_failed_and_was_merged_is_the_next_base(repository: Repository) -> None:
    """The push of its merge fails once more; were its baseline passed over, all that follows would fail too."""
    repository.ran(3)
    assert repository.ran(4, conclusion="failure") == repository.found(5)
    assert repository.found(3) == 1


def test_a_run_that_failed_before_it_measured_has_left_none(repository: Repository) -> None:
    repository.ran(3)
    repository.ran(4, conclusion="failure", left=False)
    assert repository.found(4) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"event": "pull_request"},
        {"event": "pull_request_target"},
        {"home": "mallory/store"},
        {"home": "mallory/store", "event": "pull_request"},
        {"conclusion": "cancelled"},
        {"conclusion": "timed_out"},
        {"conclusion": "action_required"},
        {"workflow": "other.yml"},
        {"left": False},
        {"expired": True},
        {"name": "leakgate-baseline-other"},
        {"name": "leakgate-result-memory"},
    ],
    ids=str,
)
def test_other_runs_are_passed_over(repository: Repository, other: dict[str, object]) -> None:
    repository.ran(3)
    repository.ran(4, **other)  # type: ignore[arg-type] # one of its own parameters
    assert repository.found(4) == 1


def test_a_stacked_pull_request_takes_the_run_of_the_branch_below(repository: Repository) -> None:
    run = repository.ran(3)
    assert repository.found(5, branch="feature-1") == run
    assert repository.found(5, branch=None) == run


def test_runs_of_the_base_branch_go_before_those_of_others(repository: Repository) -> None:
    repository.ran(3)
    for _ in range(120):
        repository.ran(9, branch="busy")
    assert repository.found(4) == 1


def test_many_runs_without_an_artifact_cost_few_requests(repository: Repository) -> None:
    for number in range(1, 10):
        repository.ran(number, left=False)
    assert repository.missing(9) == (
        "The runs of `ci.yml` for 999999999999 and the commits before it left no baseline of this job: was it "
        "renamed, or does it not run on pushes?"
    )
    assert len(repository.asked) == 7


def test_an_expired_one_is_said(repository: Repository) -> None:
    repository.ran(4, expired=True)
    assert repository.missing(4) == (
        "The baseline that a run of `ci.yml` left for 444444444444, or for a commit before it, has expired: "
        "push, or start the workflow on the base branch, so that there is a new one."
    )


def test_one_that_expires_in_between_is_said(repository: Repository) -> None:
    repository.ran(4)
    repository.github.plan("GET", "/zip", Fault(error(410, "Artifact has expired")))
    assert "has expired" in repository.missing(4)


@pytest.mark.parametrize("workflow", ["ci.yml", "never ran ?&/..yml"])
def test_no_run_yet_is_said(repository: Repository, workflow: str) -> None:
    assert repository.missing(4, workflow) == (
        f"No run of `{workflow}` on a tracked branch has ended yet: the next one leaves a baseline."
    )


def test_no_commit_and_no_workflow_are_said(repository: Repository) -> None:
    assert repository.missing(None) == "There is no commit to compare with: no commit is checked out here."
    assert repository.missing(4, workflow=None) == (
        "The runner does not say which workflow this is (GITHUB_WORKFLOW_REF), so its earlier runs cannot be "
        "found. Choose another `baseline: {store: …}`."
    )
    assert repository.asked == []


def test_a_missing_right_is_named(repository: Repository) -> None:
    repository.github.plan("GET", "/runs", Fault(FORBIDDEN))
    with pytest.raises(ServiceError) as caught:
        repository.find(4)
    assert str(caught.value).startswith("the runs of ci.yml cannot be listed: the token may not do this")
    assert str(caught.value).endswith("help: give the job `permissions: {actions: read}`")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no zip", f"artifact {NAME}: is not a zip file that can be read (BadZipFile)"),
        (
            packed(b"{}", "other.json"),
            f"artifact {NAME}: should hold `snapshot.json`, each once and nothing else (files in it: 1)",
        ),
        (packed(dump(measured(4))[:-9]), f"artifact {NAME} of run 1: snapshot.json:14:71: damaged snapshot: "),
        (
            packed(dump(measured(5))),
            f"artifact {NAME} of run 1: snapshot.json: is of commit {SHAS[5]}, and the run was for {SHAS[4]}",
        ),
        (
            packed(dump(structs.replace(measured(4), commit=None))),
            f"artifact {NAME} of run 1: snapshot.json: is of commit None, and the run was for {SHAS[4]}",
        ),
    ],
    ids=["no zip", "another file", "cut off", "another commit", "no commit"],
)
def test_a_damaged_one_is_an_error_that_says_where(repository: Repository, content: bytes, message: str) -> None:
    repository.ran(4, content=content)
    with pytest.raises(InputError) as caught:
        repository.find(4)
    assert str(caught.value).startswith(message)
    assert str(caught.value).endswith(
        "\n  help: delete the artifacts of run 1, or push again so that there is a newer one"
    )


def saved(repository: Repository, taken: Snapshot, outbox: Path | None) -> str:
    with connect(repository.github.url, "ghs_workflow") as client:
        store = ArtifactStore(client, "octo/store", "memory", workflow="ci.yml", now=NOW, outbox=outbox)
        assert store.name == NAME
        return store.save(taken, Saving(SHAS[4], "main", NOW))


@pytest.mark.parametrize("commit", [SHAS[4], None])
def test_what_is_saved_is_found_once_it_is_uploaded(
    repository: Repository, tmp_path: Path, commit: str | None
) -> None:
    assert saved(repository, structs.replace(measured(4), commit=commit), tmp_path / "out") == f"artifact {NAME}"
    [file] = (tmp_path / "out").iterdir()
    repository.ran(4, content=packed(file.read_bytes(), file.name))
    base = repository.find(4)
    assert isinstance(base, Base)
    assert base.snapshot == measured(4)


def test_what_cannot_be_saved_is_said(repository: Repository, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"this is a snapshot of {SHAS[5]}, and not of {SHAS[4]}"):
        saved(repository, measured(5), tmp_path)
    with pytest.raises(UsageError, match="a baseline becomes an artifact through the action alone"):
        saved(repository, measured(4), None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("ref", "file"),
    [
        ("octo/store/.github/workflows/memory.yml@refs/heads/main", "memory.yml"),
        ("octo/store/.github/workflows/memory.yml@refs/pull/7/merge", "memory.yml"),
        ("octo/store/.github/workflows/on push.yaml@refs/heads/a@b/c", "on push.yaml"),
        ("octo/store/.forgejo/workflows/memory.yml@refs/heads/main", "memory.yml"),
        ("octo/store/.github/workflows/a/b.yml@refs/heads/main", None),
        ("memory.yml@refs/heads/main", None),
        ("", None),
    ],
)
def test_the_runner_names_the_workflow(ref: str, file: str | None) -> None:
    assert workflow_file({"GITHUB_WORKFLOW_REF": ref} if ref else {}) == file
