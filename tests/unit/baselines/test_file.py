"""Reading either side of a comparison, the store that is one file, and writing so that a kill loses nothing."""

import errno
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from subprocess import PIPE

import pytest
from msgspec import structs

from factories import dhat, snapshot
from leakgate.baselines.file import FileStore, load
from leakgate.baselines.model import Base, Missing, Saving, Wanted
from leakgate.comparison.result import Side
from leakgate.dhat import reader
from leakgate.errors import InputError, LeakgateError, ServiceError
from leakgate.files import save
from leakgate.snapshot.model import Snapshot
from leakgate.snapshot.stored import dump
from repositories import Repository, make

STORED = snapshot("s3 put: gmax=10 end=0")
PROFILE = dhat((("s3::put (s3/src/lib.rs:2:3)",), {"tb": 5}))


def ids(loaded: Snapshot) -> list[str]:
    return [test.test for test in loaded.tests]


def failure(path: Path) -> str:
    with pytest.raises(LeakgateError) as caught:
        load(path)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_a_snapshot_is_told_from_a_dhat_file_by_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(dump(STORED))
    (tmp_path / "b.txt").write_bytes(PROFILE)

    assert load(tmp_path / "a.txt") == STORED
    assert ids(load(tmp_path / "b.txt")) == ["profile"]


def test_of_a_directory_the_ids_are_the_paths_below_it(tmp_path: Path) -> None:
    for name in ("z.json", "s3::api put.json", "nested/deep/a.b.json", "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(PROFILE)

    assert ids(load(tmp_path)) == ["nested/deep/a.b", "s3::api put", "z"]


def test_a_file_name_that_is_not_utf8_still_makes_an_id_that_can_be_stored(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.json")).write_bytes(PROFILE)

    loaded = load(tmp_path)

    assert ids(loaded) == ["caf\\xe9"]
    assert b"caf" in dump(loaded)


def test_one_damaged_file_of_a_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(PROFILE)
    (tmp_path / "b.json").write_bytes(PROFILE[:-9])

    assert failure(tmp_path).startswith(f"{tmp_path}/b.json:1:{len(PROFILE) - 8}: is cut off")


def test_what_a_link_in_a_directory_does_not_lead_to_is_no_test_that_is_quietly_missing(tmp_path: Path) -> None:
    (tmp_path / "a.json").symlink_to("nowhere")

    assert failure(tmp_path) == f"{tmp_path}/a.json: cannot be read: No such file or directory"


def test_a_directory_that_cannot_be_read_is_no_test_that_is_quietly_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", refuse)  # root, as in many containers, may read everything

    assert failure(tmp_path) == f"{tmp_path}: cannot be read: Permission denied"


def test_what_there_is_nothing_to_read_from(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.json").write_bytes(b"")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")

    assert failure(tmp_path / "empty") == f"{tmp_path}/empty: no DHAT file (*.json) in this directory"
    assert failure(tmp_path / "empty.json").startswith(f"{tmp_path}/empty.json: is empty\n  help: ")
    assert failure(tmp_path / "none") == f"{tmp_path}/none: cannot be read: No such file or directory"
    assert failure(tmp_path / "loop") == f"{tmp_path}/loop: cannot be read: Too many levels of symbolic links"
    assert failure(tmp_path / "pipe").startswith(f"{tmp_path}/pipe: is not a regular file")
    assert failure(Path("x" * 5000)) == f"{'x' * 5000}: cannot be read: File name too long"
    assert failure(Path("a\0b")) == "'a\\x00b': cannot be read: embedded null byte"


def test_a_snapshot_of_two_gigabytes_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_bytes(b'{"fingerprint": {')
    os.truncate(path, 2 << 30)  # sparse: takes no room

    assert failure(path) == f"{path}: is 2,147,483,648 bytes long, and leakgate reads at most {reader.MAX_BYTES:,}"


def test_a_file_is_written_with_the_directories_it_needs(tmp_path: Path) -> None:
    save(tmp_path / "a/b/c.json", b"new")

    assert (tmp_path / "a/b/c.json").read_bytes() == b"new"
    assert [path.name for path in (tmp_path / "a/b").iterdir()] == ["c.json"]


def test_a_new_files_mode_is_the_umasks_and_an_old_files_stays(tmp_path: Path) -> None:
    def mode(name: str) -> str:
        return oct(stat.S_IMODE((tmp_path / name).stat().st_mode))

    (tmp_path / "old").write_bytes(b"old")
    (tmp_path / "old").chmod(0o640)
    before = os.umask(0o027)
    try:
        save(tmp_path / "new", b"new")
        save(tmp_path / "old", b"new")
    finally:
        os.umask(before)
    save(tmp_path / "usual", b"new")

    assert (mode("new"), mode("old"), mode("usual")) == ("0o640", "0o640", oct(0o666 & ~before))


def test_a_link_stays_a_link_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "baseline.json").symlink_to("shared/baseline.json")

    for content in (b"first", b"second"):
        save(tmp_path / "baseline.json", content)
        assert (tmp_path / "baseline.json").is_symlink()
        assert (tmp_path / "shared/baseline.json").read_bytes() == content
    assert sorted(os.listdir(tmp_path)) == ["baseline.json", "shared"]  # noqa: PTH208 - names


def test_a_pipe_or_device_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["cat", tmp_path / "pipe"], stdout=PIPE) as reading:
        save(tmp_path / "pipe", b"a report")
        assert reading.stdout is not None
        assert reading.stdout.read() == b"a report"

    save(Path("/dev/null"), b"a report")

    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    save(path, b"old")

    with files_of_at_most(1000), pytest.raises(ServiceError) as caught:
        save(path, b"x" * 5000)

    assert str(caught.value) == f"{path}: cannot be written: File too large\n  help: check the path and its rights"
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"baseline.json": b"old"}


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    reasons = {
        Path("/dev/full"): "No space left on device",
        tmp_path: "Is a directory",
        tmp_path / "file/below": "Not a directory",
        Path("/proc/nowhere/file"): "No such file or directory",
        tmp_path / ("x" * 300): "File name too long",
        tmp_path / "a\0b": "embedded null byte",
    }
    for path, reason in reasons.items():
        with pytest.raises(ServiceError) as caught:
            save(path, b"new")
        assert str(caught.value) == f"{path}: cannot be written: {reason}\n  help: check the path and its rights"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_name_as_long_as_can_be_leaves_room_for_the_temporary_file(tmp_path: Path) -> None:
    save(tmp_path / ("x" * 255), b"new")

    assert (tmp_path / ("x" * 255)).read_bytes() == b"new"


WRITER = """
import os, sys
from pathlib import Path
from leakgate.files import save
path, size = Path(sys.argv[1]), int(sys.argv[2])
while True:
    for letter in b"ab":
        save(path, bytes([letter]) * size)
        os.write(1, b".")
"""


def test_a_kill_at_any_moment_leaves_a_whole_file(tmp_path: Path) -> None:
    path, size, kills = tmp_path / "baseline.json", 3_000_000, 15
    shutil.copy(__file__, tmp_path / "bystander")

    for number in range(kills):
        with subprocess.Popen([sys.executable, "-c", WRITER, path, str(size)], stdout=PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.read(1 + number)  # by then it is in the middle of the next one
            writer.kill()
        assert writer.returncode == -signal.SIGKILL
        content = path.read_bytes()
        assert len(content) == size
        assert len(set(content)) == 1

    left = {p.name for p in tmp_path.iterdir()} - {"baseline.json", "bystander"}
    assert all(name.startswith(".leakgate-") and name.endswith(".tmp") for name in left)
    assert len(left) <= kills


def test_two_that_write_the_same_file_at_once_do_not_mix(tmp_path: Path) -> None:
    path, size = tmp_path / "baseline.json", 300_000
    command: list[str | Path] = [sys.executable, "-c", WRITER, path, str(size)]

    with subprocess.Popen(command, stdout=PIPE) as one, subprocess.Popen(command, stdout=PIPE) as other:
        for writer in (one, other, one, other):
            assert writer.stdout is not None
            assert writer.stdout.read(5) == b"....."
            assert len(set(path.read_bytes())) == 1
        one.kill()
        other.kill()


def test_a_damaged_baseline_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_bytes(dump(STORED)[:-4])

    with pytest.raises(InputError, match="damaged snapshot: it is cut off here"):
        load(tmp_path / "b.json")


NAME = ".leakgate/baseline.json"
WANTED = Wanted(None, None, "")


def stored_in(repository: Repository) -> FileStore:
    return FileStore(repository.path / NAME, NAME, repository.checkout)


def test_the_file_that_is_checked_out_is_the_baseline_and_says_how_far_back_it_lies(tmp_path: Path) -> None:
    repository = make(tmp_path / "repository")
    measured = repository.commit()
    store = stored_in(repository)

    where = store.save(structs.replace(STORED, commit=measured), Saving(measured, "main", datetime.now(UTC)))
    repository.git("add", "--all")
    repository.commit("Save the baseline")
    repository.commit()
    found = store.find(WANTED, list)

    assert where == NAME
    assert isinstance(found, Base)
    assert (found.snapshot.commit, found.snapshot.tests) == (measured, STORED.tests)
    assert found.side == Side(
        commit=measured, distance=2, store="file", source=NAME, fingerprint=STORED.fingerprint
    )


def test_without_git_a_file_is_a_baseline_of_unknown_distance(tmp_path: Path) -> None:
    store = stored_in(Repository(tmp_path))
    save(tmp_path / NAME, dump(STORED))

    assert store.find(WANTED, list) == Base(
        STORED, Side(store="file", source=NAME, fingerprint=STORED.fingerprint)
    )


def test_a_file_that_is_not_there_is_a_missing_baseline_and_a_link_to_nothing_a_damaged_one(
    tmp_path: Path,
) -> None:
    store = stored_in(Repository(tmp_path))

    assert store.find(WANTED, list) == Missing(
        "There is no baseline in .leakgate/baseline.json yet. Make it with `leakgate profile` and "
        "`leakgate baseline save`, and commit it.",
        WANTED,
    )
    (tmp_path / ".leakgate").mkdir()
    (tmp_path / NAME).symlink_to("nowhere")
    with pytest.raises(InputError) as caught:
        store.find(WANTED, list)
    assert str(caught.value) == (
        ".leakgate/baseline.json: the baseline cannot be used: cannot be read: No such file or directory\n"
        "  help: `git checkout -- .leakgate/baseline.json`, or make it again: `leakgate baseline save`"
    )
