"""The files that runs leave, against a server that keeps them as GitHub does."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_server.server import GitHub, serve
from github_server.state import Artifact as Stored
from github_server.state import WorkflowRun
from leakgate.errors import InputError
from leakgate.github.artifacts import (
    Artifact,
    artifact_name,
    find_artifact,
    list_artifacts,
    part_name,
    read_artifact,
)
from leakgate.github.client import connect
from leakgate.github.failures import NotFoundError

REPOSITORY = "octo/store"


@pytest.fixture
def github() -> Iterator[GitHub]:
    with serve() as github:
        github.runs = [WorkflowRun(number, "a" * 40, event="pull_request") for number in (5, 6, 7)]
        yield github


def packed(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def named(github: GitHub, kind: str, run: int = 5) -> list[tuple[str, int]]:
    with connect(github.url, "ghs_workflow") as client:
        return [(artifact.name, artifact.id) for artifact in list_artifacts(client, REPOSITORY, run, kind)]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("memory", "leakgate-result-memory"),
        ("memory-2.x_y", "leakgate-result-memory-2.x_y"),
        ("Memory", "leakgate-result-memory-c3963aedaa"),
        ("memory 3", "leakgate-result-memory-3-b470259680"),
        ("memory services/store", "leakgate-result-memory-services-store-3951440c40"),
        ("", "leakgate-result--e3b0c44298"),
        ("\udcff", "leakgate-result---8f1d0f9c88"),
    ],
)
def test_a_name_shows_the_key(key: str, name: str) -> None:
    assert artifact_name("result", key) == name


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=300))
def test_a_name_is_one_that_github_takes(key: str) -> None:
    name = artifact_name("baseline", key)
    assert len(name) <= 100
    assert not re.search(r'[":<>|*?\r\n\\/]', name)


@given(st.sets(st.text("aA- b/\n0", max_size=4), max_size=20))
def test_two_keys_have_two_names(keys: set[str]) -> None:
    keys |= {artifact_name("result", key).removeprefix("leakgate-result-") for key in keys}
    assert len({artifact_name("result", key) for key in keys}) == len(keys)


def test_the_newest_of_each_name_is_listed_and_others_are_passed_over(github: GitHub) -> None:
    github.artifacts = [
        Stored(1, 5, "leakgate-result-memory", b""),
        Stored(2, 5, "leakgate-result-build", b""),
        Stored(3, 5, "leakgate-result-memory", b""),
        Stored(4, 5, "leakgate-baseline-memory", b""),
        Stored(5, 5, "coverage", b""),
        Stored(6, 6, "leakgate-result-memory", b""),
        Stored(7, 5, "leakgate-result-", b""),
        Stored(8, 5, "leakgate-result-x\n::error::y", b""),
        Stored(9, 5, "leakgate-result-" + "x" * 200, b""),
    ]
    assert named(github, "result") == [("leakgate-result-build", 2), ("leakgate-result-memory", 3)]
    assert named(github, "result", run=7) == []


def test_the_part_of_a_shard_is_taken_for_no_other_kind(github: GitHub) -> None:
    part = part_name("result-x", 2, 4)
    assert part == "leakgate-part-result-x-2-of-4"
    assert part_name("Memory", 2, 4).startswith("leakgate-part-memory-")
    github.artifacts = [Stored(1, 5, part, b""), Stored(2, 5, artifact_name("result", "memory"), b"")]
    assert named(github, "result") == [("leakgate-result-memory", 2)]
    assert named(github, "baseline") == []


def test_all_pages_are_read_up_to_a_limit(github: GitHub) -> None:
    github.artifacts = [Stored(number, 5, f"leakgate-result-{number}", b"") for number in range(1, 251)]
    assert len(named(github, "result")) == 250
    github.artifacts = [Stored(number, 5, f"leakgate-result-{number}", b"") for number in range(1, 1001)]
    github.exchanges.clear()
    assert len(named(github, "result")) == 500
    assert len(github.exchanges) == 5


def test_one_is_found_by_its_name(github: GitHub) -> None:
    github.artifacts = [
        Stored(1, 5, "leakgate-baseline-memory", b""),
        Stored(2, 5, "leakgate-baseline-memory", b""),
        Stored(3, 5, "leakgate-baseline-memory-2", b""),
    ]
    with connect(github.url, "ghs_workflow") as client:
        found = find_artifact(client, REPOSITORY, 5, "leakgate-baseline-memory")
        assert found is not None
        assert found.id == 2
        assert find_artifact(client, REPOSITORY, 5, "leakgate-baseline-other") is None
        assert find_artifact(client, REPOSITORY, 6, "leakgate-baseline-memory") is None


def test_the_files_in_it_are_read(github: GitHub) -> None:
    content = packed({"run.json": b"{}", "result.json": b"[]"})
    github.artifacts = [Stored(3, 5, "leakgate-result-memory", content)]
    with connect(github.url, "ghs_workflow") as client:
        [artifact] = list_artifacts(client, REPOSITORY, 5, "result")
        assert artifact.size_in_bytes == len(content)
        files = read_artifact(client, REPOSITORY, artifact, {"run.json": 10, "result.json": 10})
        assert files == {"run.json": b"{}", "result.json": b"[]"}
        with pytest.raises(InputError) as caught:
            read_artifact(client, REPOSITORY, artifact, {"run.json": 10, "result.json": 1})
    assert str(caught.value) == (
        "artifact leakgate-result-memory: result.json: unpacks to more than 1 bytes, the most that is read"
    )


def test_one_that_is_too_large_is_not_downloaded(github: GitHub) -> None:
    artifact = Artifact(id=3, name="leakgate-result-memory", size_in_bytes=10_000_001)
    with connect(github.url, "ghs_workflow") as client, pytest.raises(InputError) as caught:
        read_artifact(client, REPOSITORY, artifact, {})
    assert str(caught.value) == (
        "artifact leakgate-result-memory: is larger than 10,000,000 bytes, the most that is read"
    )
    assert github.exchanges == []


def test_one_that_has_expired_is_not_there(github: GitHub) -> None:
    github.artifacts = [Stored(3, 5, "leakgate-result-memory", b"", expired=True)]
    with connect(github.url, "ghs_workflow") as client:
        [artifact] = list_artifacts(client, REPOSITORY, 5, "result")
        assert artifact.expired
        with pytest.raises(NotFoundError):
            read_artifact(client, REPOSITORY, artifact, {})
