"""The store `artifact`: snapshots among the files that runs of the same workflow have left, found through the API.

Anyone's pull request can run the workflow and leave what it likes, under any name. So snapshots are taken from
runs of our own repository alone, for events that no pull request causes, and commits in the base's own history.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from urllib.parse import quote, urlencode

import msgspec

from leakgate import files
from leakgate.baselines.model import Ancestors, Base, Missing, Saving, Wanted
from leakgate.comparison.result import Side
from leakgate.errors import InputError, ServiceError, UsageError
from leakgate.github.artifacts import Artifact, artifact_name, find_artifact, read_artifact
from leakgate.github.client import GitHubClient
from leakgate.github.failures import ForbiddenError, NotFoundError
from leakgate.snapshot.model import Snapshot
from leakgate.snapshot.stored import dump, parse

_FILE = "snapshot.json"
_LARGEST = 256 << 20
_LARGEST_PACKED = 50 * 10**6
_EVENTS = frozenset({"push", "schedule", "workflow_dispatch"})
"""What baselines are saved on. A pull request's run is never asked, whoever opened it."""

_CONCLUSIONS = frozenset({"success", "failure", None})
"""How a run may have ended. One that failed counts: growth that is merged makes the run of its push fail, and is
in the next base. A run that did not measure all has left no baseline. Some forges name no conclusion."""

_RUNS = 100
"""The newest of the workflow's runs that are looked at: one page."""

_TRIED = 5
"""Runs whose artifacts are asked for; each takes a request."""

_ANCESTORS = 5000
"""Commits back from the wanted one, as far as a run is looked for."""

_SHORT = 12
_WORKFLOW = re.compile(r"[^/]+/[^/]+/\.[a-z]+/workflows/(?P<file>[^/@]+)@.*", re.DOTALL)


class _Repository(msgspec.Struct, frozen=True):
    full_name: str = ""


class _Run(msgspec.Struct, frozen=True):
    id: int
    head_sha: str
    event: str
    conclusion: str | None = None
    head_repository: _Repository | None = None


class _Runs(msgspec.Struct, frozen=True):
    workflow_runs: tuple[_Run, ...]


def workflow_file(env: Mapping[str, str]) -> str | None:
    """The name of the workflow's file, such as `memory.yml`; None where the runner does not say.

    Args:
        env: The runner's variables.
    """
    found = _WORKFLOW.fullmatch(env.get("GITHUB_WORKFLOW_REF", ""))
    return found["file"] if found else None


@dataclass(frozen=True, slots=True)
class ArtifactStore:
    """Baselines of one job, each an artifact of the run that measured it.

    Attributes:
        client: With the right `actions: read`.
        repository: `owner/name`.
        key: The job's.
        workflow: The name of the workflow's file, from `workflow_file`.
        now: The time, with its zone.
        outbox: Where `save` puts the file that a later step of the job uploads as the artifact `name`; None where
            no step does.
    """

    client: GitHubClient
    repository: str
    key: str
    _: KW_ONLY
    workflow: str | None
    now: datetime
    outbox: Path | None = None

    @property
    def name(self) -> str:
        """The artifact's."""
        return artifact_name("baseline", self.key)

    def find(self, wanted: Wanted, ancestors: Ancestors) -> Base | Missing:
        """The snapshot of the newest run for the wanted commit, else for its nearest ancestor with one.

        Raises:
            InputError: There is one, and it is damaged.
            ServiceError: GitHub did not say what there is.
        """
        if wanted.commit is None:
            return Missing(f"There is no commit to compare with: {wanted.why}.", wanted)
        if self.workflow is None:
            return Missing(
                "The runner does not say which workflow this is (GITHUB_WORKFLOW_REF), so its earlier runs "
                "cannot be found. Choose another `baseline: {store: …}`.",
                wanted,
            )
        seen: set[int] = set()
        tried: list[str] = []
        for runs in self._ended(self.workflow, wanted.branch):
            new = [run for run in runs if run.id not in seen]
            seen.update(run.id for run in new)
            for distance, run in islice(_nearest(new, ancestors), _TRIED):
                found = self._read(run)
                if not isinstance(found, str):
                    snapshot, artifact = found
                    return Base(snapshot, self._side(snapshot, run, artifact, wanted, distance))
                tried.append(found)
        return Missing(_why(self.workflow, wanted.commit, len(seen), tried), wanted)

    def save(self, snapshot: Snapshot, saving: Saving) -> str:
        """Put the file where a later step of the job uploads it.

        Raises:
            UsageError: No step does; or the snapshot is of another commit.
            ServiceError: It is too large to be read back, or cannot be written.
        """
        if self.outbox is None:
            raise UsageError(
                "a baseline becomes an artifact through the action alone",
                remedy="use leakgate/leakgate in a workflow",
            )
        if snapshot.commit not in {None, saving.commit}:
            raise UsageError(f"this is a snapshot of {snapshot.commit}, and not of {saving.commit}")
        data = dump(msgspec.structs.replace(snapshot, commit=saving.commit))
        if len(data) > _LARGEST:
            raise ServiceError(f"the snapshot has {len(data):,} bytes; at most {_LARGEST:,} would be read back")
        files.save(self.outbox / _FILE, data)
        return f"artifact {self.name}"

    def _ended(self, workflow: str, branch: str | None) -> Iterator[Sequence[_Run]]:
        """The newest runs that have ended, first of one branch, then of all: pull requests may be stacked."""
        path = f"/repos/{self.repository}/actions/workflows/{quote(workflow, safe='')}/runs"
        queries = [{"branch": branch}] if branch else []
        for query in (*queries, {"event": "push"}):
            asked = urlencode({**query, "status": "completed", "per_page": _RUNS})
            try:
                runs = self.client.get(f"{path}?{asked}", _Runs).workflow_runs
            except NotFoundError:  # the workflow is new, and never ran where it is kept
                runs = ()
            except ForbiddenError as error:
                raise ServiceError(
                    f"the runs of {workflow} cannot be listed: {error.what}",
                    remedy="give the job `permissions: {actions: read}`",
                ) from error
            yield [run for run in runs if self._is_trusted(run)]

    def _is_trusted(self, run: _Run) -> bool:
        """Asked again of each run: a server may ignore a filter, and a fork's branch may be called main too."""
        home = (run.head_repository.full_name if run.head_repository else "").casefold()
        ours = home == self.repository.casefold()
        return ours and run.event in _EVENTS and run.conclusion in _CONCLUSIONS

    def _read(self, run: _Run) -> tuple[Snapshot, Artifact] | str:
        """What a run has left; or why it is of no use, as the end of a sentence."""
        artifact = find_artifact(self.client, self.repository, run.id, self.name)
        if artifact is None:
            return "left none"
        if artifact.expired:
            return "has expired"
        try:
            return self._parse(run, artifact), artifact
        except NotFoundError:
            return "has expired"
        except InputError as error:
            error.remedy = f"delete the artifacts of run {run.id}, or push again so that there is a newer one"
            raise

    def _parse(self, run: _Run, artifact: Artifact) -> Snapshot:
        members = {_FILE: _LARGEST}
        content = read_artifact(self.client, self.repository, artifact, members, most=_LARGEST_PACKED)
        source = f"artifact {self.name} of run {run.id}: {_FILE}"
        snapshot = parse(content[_FILE], source)
        if snapshot.commit != run.head_sha:
            raise InputError(f"is of commit {snapshot.commit}, and the run was for {run.head_sha}", where=source)
        return snapshot

    def _side(self, snapshot: Snapshot, run: _Run, artifact: Artifact, wanted: Wanted, distance: int) -> Side:
        made = artifact.created_at
        return Side(
            commit=run.head_sha,
            requested=wanted.commit,
            distance=distance,
            age_seconds=None if made is None else max(0, int((self.now - made).total_seconds())),
            store="artifact",
            source=f"{self.name} of run {run.id}",
            fingerprint=snapshot.fingerprint,
        )


def _nearest(runs: Sequence[_Run], ancestors: Ancestors) -> Iterator[tuple[int, _Run]]:
    """The runs that were for the wanted commit or one before it, nearest first, with how far back each lies."""
    of_commit: dict[str, list[_Run]] = {}
    for run in runs:
        of_commit.setdefault(run.head_sha, []).append(run)
    commits: Iterable[str] = ancestors() if of_commit else ()
    for distance, commit in enumerate(islice(commits, _ANCESTORS)):
        for run in of_commit.pop(commit, ()):
            yield distance, run
        if not of_commit:
            return


def _why(workflow: str, commit: str, runs: int, tried: Sequence[str]) -> str:
    short = commit[:_SHORT]
    if not runs:
        return f"No run of `{workflow}` on a tracked branch has ended yet: the next one leaves a baseline."
    if not tried:
        return (
            f"None of the newest {runs:,} runs of `{workflow}` was for {short} or a commit before it. "
            "Rebase onto a newer commit."
        )
    if "has expired" in tried:
        return (
            f"The baseline that a run of `{workflow}` left for {short}, or for a commit before it, has expired: "
            "push, or start the workflow on the base branch, so that there is a new one."
        )
    return (
        f"The runs of `{workflow}` for {short} and the commits before it left no baseline of this job: was it "
        "renamed, or does it not run on pushes?"
    )
