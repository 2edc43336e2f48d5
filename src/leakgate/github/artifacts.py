"""Artifacts: the files that a run of a workflow leaves behind, found by name and read without trust."""

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from itertools import islice

import msgspec

from leakgate.errors import InputError
from leakgate.github.archive import unzip
from leakgate.github.client import GitHubClient

MAX_BYTES = 10 * 10**6
"""The largest artifact that is downloaded. A result of 10,000 tests that pass, or of 2,000 that fail, has 2 MB."""

_PAGES = 5
"""Of a run's list of artifacts, 100 a page. More are not looked through, however many a run has made."""

_READABLE = 60
"""Characters of the key in an artifact's name; GitHub takes 256 of the whole, older servers fewer."""

_DIGEST = 10
_NAME = re.compile(r"leakgate-[a-z]+-[a-z0-9._-]{1,80}")
_LOOKS_HASHED = re.compile(rf"-[0-9a-f]{{{_DIGEST}}}$")


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """One artifact, as the API lists it.

    Attributes:
        id: Grows with time.
        name: Chosen by the workflow, which in a fork anybody may have changed.
        size_in_bytes: Packed.
        expired: Whether its content is gone.
        created_at: When it was uploaded, as far as the server says.
    """

    id: int
    name: str
    size_in_bytes: int
    expired: bool = False
    created_at: datetime | None = None


class _Artifacts(msgspec.Struct, frozen=True):
    artifacts: tuple[Artifact, ...]


def artifact_name(kind: str, key: str) -> str:
    """The name of a job's artifact: `leakgate-result-memory`.

    Two keys never share a name. Where the key has capitals, or what a name may not have (`":<>|*?/`, line ends),
    it is written without them and a part of its hash follows.

    Args:
        kind: What it holds, a word in small letters.
        key: The job's. Any text.
    """
    readable = re.sub(r"[^a-z0-9._-]+", "-", key.lower())[:_READABLE]
    if readable != key or not key or _LOOKS_HASHED.search(key):
        readable = f"{readable}-{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:_DIGEST]}"
    return f"leakgate-{kind}-{readable}"


def part_name(key: str, number: int, of: int) -> str:
    """The name of the artifact of one shard, no two of which are the same: `leakgate-part-memory-2-of-4`."""
    return f"{artifact_name('part', key)}-{number}-of-{of}"


def list_artifacts(client: GitHubClient, repository: str, run: int, kind: str) -> list[Artifact]:
    """The artifacts of one kind that a run has left: the newest of each name, in the order of their names.

    A run that is repeated keeps what its first attempt has left. Names that `artifact_name` does not make are
    passed over, so the names that are returned are safe to show.

    Raises:
        ServiceError: They cannot be listed.
    """
    newest: dict[str, Artifact] = {}
    pages = client.get_pages(f"/repos/{repository}/actions/runs/{run}/artifacts?per_page=100", _Artifacts)
    for page in islice(pages, _PAGES):
        for artifact in page.artifacts:
            ours = artifact.name.startswith(f"leakgate-{kind}-") and _NAME.fullmatch(artifact.name)
            if ours and (artifact.name not in newest or artifact.id > newest[artifact.name].id):
                newest[artifact.name] = artifact
    return sorted(newest.values(), key=lambda artifact: artifact.name)


def find_artifact(client: GitHubClient, repository: str, run: int, name: str) -> Artifact | None:
    """The newest artifact of this name that a run has left; None where there is none.

    Raises:
        ServiceError: They cannot be listed.
    """
    path = f"/repos/{repository}/actions/runs/{run}/artifacts?per_page=100&name={name}"
    pages = client.get_pages(path, _Artifacts)
    # Servers that do not know the filter list them all.
    found = [artifact for page in islice(pages, _PAGES) for artifact in page.artifacts if artifact.name == name]
    return max(found, key=lambda artifact: artifact.id, default=None)


def read_artifact(
    client: GitHubClient, repository: str, artifact: Artifact, members: Mapping[str, int], *, most: int = MAX_BYTES
) -> dict[str, bytes]:
    """The files in an artifact, which must be exactly those of `members`.

    Args:
        client: With the right `actions: read`.
        repository: `owner/name`.
        artifact: What to download.
        members: Name → the most bytes that it may have unpacked.
        most: Bytes that the artifact may have packed.

    Raises:
        InputError: It is too large, or not what it should be.
        ServiceError: It cannot be downloaded; a NotFoundError where it is no longer there.
    """
    if artifact.size_in_bytes > most:
        raise InputError(
            f"is larger than {most:,} bytes, the most that is read", where=f"artifact {artifact.name}"
        )
    data = client.download(f"/repos/{repository}/actions/artifacts/{artifact.id}/zip", most=most)
    return unzip(data, members, f"artifact {artifact.name}")
