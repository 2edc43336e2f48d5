"""The parts of a suite as files: which shard a job measures, and what is read of what the jobs have left."""

from pathlib import Path

import pytest
from msgspec import structs

from factories import snapshot
from leakgate import shards
from leakgate.errors import InputError, MeasurementError, UsageError
from leakgate.shards import ShardName, read_parts, shard_name, shard_of, whole_command
from leakgate.snapshot.model import Shard
from leakgate.snapshot.stored import dump


def left(path: Path, number: int, of: int = 2, **told: object) -> Path:
    """A part, as a job leaves it."""
    taken = snapshot(f"s3 t{number}: gmax=1 end=0")
    shard = structs.replace(Shard(number=number, of=of), **told)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(dump(structs.replace(taken, shard=shard)))
    return path


def test_a_shard_is_its_number_of_how_many() -> None:
    assert shard_name("2/4", {}) == ShardName(2, 4)
    assert shard_name(" 1000/1000 ", {}) == ShardName(1000, 1000)
    assert str(ShardName(2, 4)) == "shard 2 of 4"
    assert ShardName(2, 4).file_in(Path("parts")) == Path("parts/part-2-of-4.json")


def test_a_shard_may_be_the_place_of_the_job_in_its_matrix() -> None:
    assert shard_name("auto", {"LEAKGATE_JOB_INDEX": "0", "LEAKGATE_JOB_TOTAL": "3"}) == ShardName(1, 3)
    assert shard_name("auto", {"LEAKGATE_JOB_INDEX": "2", "LEAKGATE_JOB_TOTAL": "3"}) == ShardName(3, 3)


def test_a_partition_of_nextest_is_the_shard_that_is_measured() -> None:
    command = ["cargo", "nextest", "run", "--partition", "hash:2/4"]
    assert shard_of(command, None) == shard_of(command, ShardName(2, 4)) == ShardName(2, 4)
    assert shard_of(["cargo", "nextest", "run"], None) is None
    assert shard_of(["make", "part-1"], None) is None
    assert shard_of(["cargo", "test", "-p", "store"], ShardName(1, 4)) == ShardName(1, 4)
    assert shard_of(["make", "part-1"], ShardName(1, 4)) == ShardName(1, 4)
    with pytest.raises(
        UsageError, match="it measures shard 1 of 4, and the command asks nextest for another"
    ) as caught:
        shard_of(command, ShardName(1, 4))
    assert caught.value.remedy == "write `--partition hash:1/4`"


@pytest.mark.parametrize(
    "text", ["", "2", "0/2", "3/2", "1/0", "1/1001", "-1/2", "1/2/3", "a/b", "../1", "²/4", "1 /2"]
)
def test_anything_else_is_no_shard(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        shard_name(text, {})
    assert str(caught.value) == (
        f"--shard: `{text}` is no shard\n"
        "  help: its number and how many there are, from 1/1 to 1000/1000: `--shard 2/4`"
    )


@pytest.mark.parametrize("env", [{}, {"LEAKGATE_JOB_INDEX": "", "LEAKGATE_JOB_TOTAL": ""}])
def test_a_runner_that_does_not_say_the_place_in_the_matrix(env: dict[str, str]) -> None:
    """Such as act, and what is made from it."""
    with pytest.raises(UsageError) as caught:
        shard_name("auto", env)
    assert str(caught.value) == (
        "--shard: the shard is `auto`, and the runner does not say the job's place in a matrix\n"
        "  help: name it: `2/4`, or in the workflow `${{ matrix.part }}/4`"
    )


def test_what_is_run_again_is_the_whole_suite() -> None:
    parted = ("cargo", "nextest", "run", "--partition=hash:2/4", "--workspace")
    assert whole_command(parted) == "cargo nextest run --workspace --no-fail-fast"
    assert whole_command(("cargo", "test", "-p", "store")) == "cargo test -p store"


def test_every_json_below_a_directory_is_a_part_and_so_is_a_file(tmp_path: Path) -> None:
    left(tmp_path / "parts/leakgate-part-memory-1-of-3/part-1-of-3.json", 1, 3)
    left(tmp_path / "parts/leakgate-part-memory-2-of-3/part-2-of-3.json", 2, 3)
    (tmp_path / "parts/README.md").write_text("no part")
    alone = left(tmp_path / "third", 3, 3)

    parts = read_parts([tmp_path / "parts", alone, alone])

    assert [(part.name, part.source) for part in parts] == [
        ("shard 1 of 3", "leakgate-part-memory-1-of-3/part-1-of-3.json"),
        ("shard 2 of 3", "leakgate-part-memory-2-of-3/part-2-of-3.json"),
        ("shard 3 of 3", str(alone)),
    ]


def test_a_part_brings_along_what_spoils_it(tmp_path: Path) -> None:
    told = left(tmp_path / "told.json", 1, problems=("3 of 4 test binaries did not run",))
    failed, empty = tmp_path / "failed.json", tmp_path / "empty.json"
    failed.write_bytes(dump(structs.replace(snapshot("s3 a: gmax=1"), failed=("s3 b",))))
    empty.write_bytes(dump(snapshot()))

    parts = read_parts([told, failed, empty])

    assert [part.problems for part in parts] == [
        ("3 of 4 test binaries did not run",),
        ("1 test failed.",),
        ("Nothing was measured.",),
    ]


def test_a_part_that_hides_that_tests_failed_does_not_hide_it(tmp_path: Path) -> None:
    part = structs.replace(snapshot("s3 a: gmax=1"), failed=("s3 b",), shard=Shard(number=1, of=1))
    (tmp_path / "part.json").write_bytes(dump(part))
    assert read_parts([tmp_path])[0].problems == ("1 test failed.",)


def test_without_any_part_nothing_was_measured(tmp_path: Path) -> None:
    with pytest.raises(MeasurementError) as caught:
        read_parts([tmp_path])
    assert str(caught.value) == (
        f"{tmp_path}: no job has left a part of the suite\n"
        "  help: see the logs of the jobs that measure; docs/shards.md has the workflow to copy"
    )


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match="nowhere: is not there\n  help: --head takes parts, or directories of them"
    ):
        read_parts([tmp_path / "nowhere"])


AGAIN = "\n  help: run its job again; each job of the matrix leaves a part by `leakgate profile --shard N/M`"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"version": 1', ":1:14: damaged snapshot: it is cut off here"),
        (b'{"dhatFileVersion": 2}', ": $: not a leakgate snapshot: object missing required field `fingerprint`"),
        (b"", ": is empty"),
    ],
)
def test_what_is_no_part_is_not_passed_over(tmp_path: Path, data: bytes, message: str) -> None:
    left(tmp_path / "a.json", 1)
    (tmp_path / "b.json").write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_parts([tmp_path])
    assert str(caught.value) == f"{tmp_path}/b.json{message}{AGAIN}"


def test_a_part_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = left(tmp_path / "a.json", 1)
    monkeypatch.setattr(shards, "_LARGEST_PART", part.stat().st_size - 1)
    with pytest.raises(InputError, match=r"is longer than .* bytes, the most of a part of a suite"):
        read_parts([tmp_path])


def test_a_link_out_of_the_directory_to_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").symlink_to("/dev/zero")
    with pytest.raises(InputError, match=r"a\.json: is not a regular file"):
        read_parts([tmp_path])


def test_more_parts_than_a_suite_can_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "MOST_SHARDS", 2)
    for number in (1, 2, 3):
        left(tmp_path / f"{number}.json", number, 3)
    with pytest.raises(InputError, match="there are 3 parts; 2 are read at most"):
        read_parts([tmp_path])
