"""What a run leaves on disk, and what it never touches."""

import errno
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import snapshot
from leakgate.comparison.result import Result, Side, Verdict
from leakgate.dhat.frames import Workspace
from leakgate.errors import InputError, MeasurementError, ServiceError, UsageError
from leakgate.output import OutputDirectory, check_replaceable, keep_profiles
from leakgate.profilers.suite import SuiteRun, TestProfile

NOTHING = SuiteRun((), (), (), 0, None, {}, Workspace({}, ()))
HEAD = snapshot("s3 put: gmax=10 end=0")
RESULT = Result(verdict=Verdict.NO_BASELINE, base=None, head=Side(fingerprint={}), tests=())


def files(directory: Path) -> dict[str, str]:
    """Path → text of every file that is not the mark."""
    return {
        path.relative_to(directory).as_posix(): path.read_text()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.name != ".leakgate-profiles"
    }


def suite(raw: Path, *tests: str) -> SuiteRun:
    """A run whose profiles each hold their test's id."""
    raw.mkdir()
    profiles = []
    for number, test in enumerate(tests):
        (raw / f"{number:05}").write_text(test)
        profiles.append(TestProfile(test, raw / f"{number:05}"))
    return SuiteRun(tuple(profiles), (), (), 0, None, {}, Workspace({}, ()))


def test_the_layout(tmp_path: Path) -> None:
    output = OutputDirectory(tmp_path / "target/leakgate")

    with output.run_directory() as raw:
        assert raw.parent == output.path
        keep_profiles(suite(raw / "raw", "s3 put", "s3::bin/serve"), output.profiles)
    output.keep(HEAD, RESULT)

    assert sorted(files(output.path)) == [
        "comment.md",
        "profiles/s3 put.json",
        "profiles/s3::bin/serve.json",
        "result.json",
        "snapshot.json",
    ]
    assert {path.name for path in output.path.iterdir()} == {
        "comment.md", "profiles", "result.json", "snapshot.json",
    }  # fmt: skip


def test_a_later_run_replaces_the_profiles_of_an_earlier_one_whole(tmp_path: Path) -> None:
    keep_profiles(suite(tmp_path / "1", "s3 a", "s3 b"), tmp_path / "kept")
    keep_profiles(suite(tmp_path / "2", "s3 b", "s3 c"), tmp_path / "kept")

    assert files(tmp_path / "kept") == {"s3 b.json": "s3 b", "s3 c.json": "s3 c"}


PATHS = {
    "plain": "plain.json",
    "a/b": "a/b.json",
    "..": "...json",
    "../../out": "3.json",
    "a/../../out": "4.json",
    "/absolute": "5.json",
    "x" * 300: "6.json",
    "a\0b": "7.json",
    "a//b": "8.json",
    "./a": "9.json",
    "long/" * 900 + "way": "10.json",
    "tests::put\nmany": "tests::put\nmany.json",
    # each in the way of the other
    "a.b/c": "a.b/c.json",
    "a.b": "a.b.json",
    "a.b.json/c": "14.json",
    "17": "17.json",
    "16": "16.json",
    "/17": "17-.json",
}


def test_an_id_that_is_no_path_inside_the_directory_gets_its_number(tmp_path: Path) -> None:
    keep_profiles(suite(tmp_path / "raw", *PATHS), tmp_path / "deep/kept")

    assert files(tmp_path / "deep/kept") == {path: test for test, path in PATHS.items()}
    assert {path.name for path in tmp_path.iterdir()} == {"raw", "deep"}


@settings(deadline=None)  # disks are slow on a busy machine
@given(st.lists(st.text("a./\0\n-0 1" + "é", max_size=12), max_size=6, unique=True))
def test_no_profile_is_lost_or_written_elsewhere(
    tmp_path_factory: pytest.TempPathFactory, tests: list[str]
) -> None:
    root = tmp_path_factory.mktemp("root")

    keep_profiles(suite(root / "raw", *tests), root / "deep/kept")

    assert sorted(files(root / "deep/kept").values()) == sorted(tests)
    assert {path.name for path in root.iterdir()} <= {"raw", "deep"}
    assert [path.name for path in (root / "deep").iterdir()] == ["kept"]


def test_a_directory_that_is_not_leakgates_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/cat.json").write_text("meow")
    (tmp_path / "file").write_text("text")
    (tmp_path / "link").symlink_to("photos")

    for name in ("photos", "file", "link"):
        with pytest.raises(UsageError) as caught:
            keep_profiles(NOTHING, tmp_path / name)
        assert str(caught.value) == (
            f"{tmp_path}/{name}: the profiles would go here, and there is something that is not leakgate's\n"
            "  help: remove it, or name another directory"
        )
    assert files(tmp_path) == {"photos/cat.json": "meow", "file": "text"}


def test_profiles_that_a_link_leads_to_are_replaced_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "kept").symlink_to("elsewhere")

    for number in "12":
        keep_profiles(suite(tmp_path / number, f"s3 {number}"), tmp_path / "kept")

    assert (tmp_path / "kept").is_symlink()
    assert files(tmp_path / "elsewhere") == {"s3 2.json": "s3 2"}


def test_an_empty_directory_may_be_used(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()

    keep_profiles(suite(tmp_path / "raw", "s3 a"), tmp_path / "kept")

    check_replaceable(tmp_path / "kept")
    assert files(tmp_path / "kept") == {"s3 a.json": "s3 a"}


def test_the_kept_profiles_can_be_read_by_others(tmp_path: Path) -> None:
    keep_profiles(suite(tmp_path / "raw", "s3 a"), tmp_path / "kept")

    assert oct((tmp_path / "kept").stat().st_mode)[-3:] == "755"


def test_two_runs_at_once_have_raw_files_of_their_own(tmp_path: Path) -> None:
    output = OutputDirectory(tmp_path)

    with output.run_directory() as one, output.run_directory() as other:
        assert one != other
        (one / "raw").write_text("one")
        keep_profiles(suite(one / "profiles", "s3 one"), output.profiles)
        keep_profiles(suite(other / "profiles", "s3 other"), output.profiles)
        assert (one / "raw").read_text() == "one"

    assert files(tmp_path) == {"profiles/s3 other.json": "s3 other"}


def test_the_raw_files_go_with_the_run_unless_a_profile_in_it_is_damaged(tmp_path: Path) -> None:
    output = OutputDirectory(tmp_path)
    for error in (MeasurementError("no test ran"), KeyboardInterrupt()):
        with pytest.raises(type(error)), output.run_directory():
            raise error
    assert list(tmp_path.iterdir()) == []

    damaged = InputError("is cut off", where="00001.json", remedy="profile the program again")
    with pytest.raises(InputError) as caught:
        a_run_with_a_damaged_profile(output, damaged)
    (raw,) = tmp_path.glob("run-*")

    assert str(caught.value) == (
        f"00001.json: is cut off\n  help: profile the program again; all profiles of this run are in {raw}"
    )
    assert (raw / "00001.json").read_text() == "{"


def test_a_disk_that_gets_full_under_a_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(ServiceError) as caught, OutputDirectory(tmp_path).run_directory():
        raise OSError(errno.ENOSPC, "No space left on device")

    assert str(caught.value) == (
        f"{tmp_path}: cannot be written: No space left on device\n  help: name another directory with --output"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [FileNotFoundError(), InputError("cannot be read", where="00001.json")])
def test_raw_files_that_a_test_has_removed_are_told(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(ServiceError) as caught:
        a_run_that_is_removed(OutputDirectory(tmp_path), error)

    assert re.fullmatch(
        rf"{tmp_path}/run-\w+: was removed while the tests ran\n"
        r"  help: does one of them clean the target directory\? name another directory with --output",
        str(caught.value),
    )


def a_run_that_is_removed(output: OutputDirectory, error: Exception) -> None:
    with output.run_directory() as raw:
        raw.rmdir()
        raise error


def a_run_with_a_damaged_profile(output: OutputDirectory, error: InputError) -> None:
    with output.run_directory() as raw:
        (raw / "00001.json").write_text("{")
        raise error


def test_a_test_that_removes_the_output_directory_does_not_lose_the_result(tmp_path: Path) -> None:
    output = OutputDirectory(tmp_path / "out")
    with output.run_directory():
        shutil.rmtree(output.path)

    output.keep(HEAD, RESULT)

    assert sorted(files(output.path)) == ["comment.md", "result.json", "snapshot.json"]


def test_an_output_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ServiceError) as caught, OutputDirectory(tmp_path / "file/out").run_directory():
        pass
    with pytest.raises(ServiceError, match="cannot be written: a file is in the way"):
        OutputDirectory(tmp_path / "file").keep(HEAD, RESULT)
    with pytest.raises(ServiceError, match="cannot be written: a file is in the way"):
        keep_profiles(NOTHING, tmp_path / "file/kept")

    assert str(caught.value) == (
        f"{tmp_path}/file/out: cannot be written: Not a directory\n  help: name another directory with --output"
    )
