import os
import time
from pathlib import Path

import pytest

from leakgate.profilers.child.collect import Collector, announced

DHAT = '{"dhatFileVersion":2,"mode":"rust-heap"}'


def saved(path: str) -> str:
    return f"dhat: The data has been saved to {path}, and is viewable with dhat/dh_view.html\n"


@pytest.fixture
def cwd(tmp_path: Path) -> Path:
    (tmp_path / "package").mkdir()
    return tmp_path / "package"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    (tmp_path / "store").mkdir()
    return tmp_path / "store"


def test_the_paths_that_dhat_announces_are_found_in_any_output() -> None:
    cut = saved("x")[:50] + "\n"
    output = (
        "dhat: Total: 1 bytes\n" + saved("a b.json") + "noise " + saved("/tmp/ü.json") + cut + saved("a b.json")
    )

    assert announced(output.encode()) == ["a b.json", "/tmp/ü.json", "a b.json"]


def test_a_new_profile_is_moved_and_the_users_own_file_put_back(cwd: Path, store: Path) -> None:
    (cwd / "dhat-heap.json").write_text(DHAT + "mine")
    (cwd / "untouched.json").write_text(DHAT)
    before = (cwd / "dhat-heap.json").stat().st_mtime_ns
    collector = Collector(str(cwd), str(store))
    for content in ("first", "second"):
        (cwd / "dhat-heap.json").write_text(DHAT + content)
        (cwd / "new.json").write_text(DHAT + content)
        (cwd / "settings.json").write_text("{}")
        (cwd / "notes.txt").write_text(DHAT)

        taken = collector.sweep()

        assert {Path(path).name: Path(stored).read_text() for path, stored in taken} == {
            "dhat-heap.json": DHAT + content,
            "new.json": DHAT + content,
        }
        assert {Path(stored).parent for _, stored in taken} == {store}
    assert (cwd / "dhat-heap.json").read_text() == DHAT + "mine"
    assert (cwd / "dhat-heap.json").stat().st_mtime_ns == before
    assert sorted(path.name for path in cwd.iterdir()) == [
        "dhat-heap.json",
        "notes.txt",
        "settings.json",
        "untouched.json",
    ]
    assert collector.sweep() == []


def test_a_directory_that_a_test_removed_holds_nothing(cwd: Path, store: Path) -> None:
    collector = Collector(str(cwd), str(store))
    cwd.rmdir()

    assert collector.sweep() == []


def test_a_profile_that_was_begun_is_taken_too(cwd: Path, store: Path) -> None:
    collector = Collector(str(cwd), str(store))
    (cwd / "dhat-heap.json").touch()
    (cwd / "other.json").touch()

    assert [Path(path).name for path, _ in collector.sweep()] == ["dhat-heap.json"]


def test_a_profile_elsewhere_is_copied_and_only_when_it_is_new(cwd: Path, store: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.json"
    collector = Collector(str(cwd), str(store))
    began = time.time()
    elsewhere.write_text(DHAT)

    stored = collector.take("../elsewhere.json", began)

    assert stored is not None
    assert Path(stored).read_text() == DHAT == elsewhere.read_text()
    assert collector.take(str(elsewhere), began) is None


def test_what_a_test_prints_moves_no_file_that_it_did_not_write(cwd: Path, store: Path, tmp_path: Path) -> None:
    (cwd / "dhat-heap.json").write_text(DHAT)
    collector = Collector(str(cwd), str(store))
    (tmp_path / "old.json").write_text(DHAT)
    os.utime(tmp_path / "old.json", (1, 1))
    (tmp_path / "text.json").write_text("not a profile")
    (tmp_path / "real.json").write_text(DHAT)
    (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
    files = ["dhat-heap.json", "../old.json", "../text.json", "../link.json", "../none.json", "..", "nul\0.json"]

    assert [collector.take(path, time.time()) for path in files] == [None] * len(files)
    assert list(store.glob("*.json")) == []
