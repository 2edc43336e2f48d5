import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from leakgate.errors import ServiceError, UsageError
from leakgate.profilers import cache


def test_where_it_is() -> None:
    assert cache.directory({"HOME": "/home/a"}) == Path("/home/a/.cache/leakgate")
    assert cache.directory({"HOME": "/home/a", "XDG_CACHE_HOME": "/c"}) == Path("/c/leakgate")
    assert cache.directory({"HOME": "/home/a", "XDG_CACHE_HOME": "relative"}) == Path("/home/a/.cache/leakgate")
    with pytest.raises(UsageError, match="no directory for leakgate's cache"):
        cache.directory({})


def test_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    place = tmp_path / "a" / "b"
    made: list[Path] = []

    def make(new: Path) -> None:
        made.append(new)
        (new / "file").write_text("content")

    assert [cache.made_once(place, make) for _ in range(2)] == [place, place]
    assert len(made) == 1
    assert (place / "file").read_text() == "content"
    assert list(place.parent.iterdir()) == [place]


def test_of_several_at_once_one_stays_whole(tmp_path: Path) -> None:
    place = tmp_path / "entry"
    together = Barrier(4)

    def make(new: Path) -> None:
        (new / "one").write_text("1")
        together.wait()
        (new / "two").write_text("2")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: cache.made_once(place, make), range(4)))
    assert sorted(path.name for path in place.iterdir()) == ["one", "two"]
    assert list(tmp_path.iterdir()) == [place]


def test_what_failed_leaves_nothing(tmp_path: Path) -> None:
    def make(new: Path) -> None:
        (new / "half").write_text("")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        cache.made_once(tmp_path / "entry", make)
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServiceError, match="leakgate's cache cannot be written") as caught:
        cache.made_once(tmp_path / "file" / "entry", lambda _new: None)
    assert caught.value.remedy == "set XDG_CACHE_HOME to a directory that can be written"


def test_only_the_owner_may_look_into_it(tmp_path: Path) -> None:
    """Programs that are run lie in it."""
    cache.made_once(tmp_path / "leakgate" / "entry", lambda _new: None)
    assert stat.S_IMODE((tmp_path / "leakgate").stat().st_mode) == 0o700


def test_trimming_keeps_what_was_used_last(tmp_path: Path) -> None:
    now = time.time()
    for name, age in (("new", 0), ("kept", 20), ("old", 30), ("ancient", 40)):
        (tmp_path / name / "inner").mkdir(parents=True)
        (tmp_path / name / "inner" / "file").write_bytes(bytes(100_000))
        os.utime(tmp_path / name, (now - age,) * 2)
    cache.touch(tmp_path / "ancient")

    cache.trim(tmp_path, 350_000)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ancient", "kept", "new"]

    cache.trim(tmp_path, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["ancient"]
    cache.trim(tmp_path / "none", 1)
