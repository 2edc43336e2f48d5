"""A stack as a report shows it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.dhat.frames import ClassifiedFrame, Origin
from leakgate.snapshot.stacks import FoldedStack, fold


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (
            "/home/me/.cargo/registry/src/registry-1/tokio-1.54.1/src/task/spawn.rs",
            "tokio-1.54.1/src/task/spawn.rs",
        ),
        ("/home/me/.cargo/git/checkouts/bytes-0a1b2c/9f8e7d6/src/bytes.rs", "bytes-0a1b2c/9f8e7d6/src/bytes.rs"),
        ("/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/alloc/src/sync.rs", "alloc/src/sync.rs"),
        ("/home/me/.rustup/toolchains/stable/lib/rustlib/src/rust/library/std/src/io/mod.rs", "std/src/io/mod.rs"),
        ("/rust/deps/hashbrown-0.16.1/src/raw/alloc.rs", "hashbrown-0.16.1/src/raw/alloc.rs"),
        ("runtime/task/core.rs", "runtime/task/core.rs"),
    ],
)
def test_a_librarys_path_begins_at_its_name(path: str, shown: str) -> None:
    library = ClassifiedFrame("lib::call", Origin.DEPENDENCY, None, 7, path)
    user = ClassifiedFrame("app::put", Origin.USER, "src/lib.rs", 3, "/repo/src/lib.rs")
    assert fold([library, user]) == FoldedStack((f"lib::call ({shown}:7)", "app::put (src/lib.rs:3)"), (1,))


def frames(text: str) -> list[ClassifiedFrame]:
    """`app::put tokio::spawn …`, innermost first."""
    origins = {
        "app": Origin.USER,
        "alloc": Origin.STD,
        "core": Origin.STD,
        "std": Origin.STD,
        "???": Origin.UNKNOWN,
    }
    return [ClassifiedFrame(name, origins.get(name.split("::")[0], Origin.DEPENDENCY)) for name in text.split()]


@pytest.mark.parametrize(
    ("run", "shown"),
    [
        ("tokio::a", "⋯ 1 tokio frame"),
        ("tokio::a tokio::b", "⋯ 2 tokio frames"),
        ("tokio::a std::b core::c", "⋯ 3 tokio frames"),  # the standard library is how one crate calls itself
        ("tokio::a hyper::b", "⋯ 2 library frames"),
        ("alloc::a alloc::b", "⋯ 2 alloc frames"),
        ("core::a std::b", "⋯ 2 library frames"),
        ("???", "⋯ 1 library frame"),
    ],
)
def test_a_run_of_library_frames_is_counted_by_whose_they_are(run: str, shown: str) -> None:
    assert fold(frames(f"app::put {run}")) == FoldedStack(("app::put", shown), (0,))


@given(st.lists(st.sampled_from(["app::put", "tokio::a", "hyper::b", "alloc::c", "???"]), max_size=30))
def test_every_frame_is_shown_or_counted(names: list[str]) -> None:
    folded = fold(frames(" ".join(names)))
    counted = [int(line.split()[1]) for line in folded.lines if line.startswith("⋯")]
    assert len(folded.lines) - len(counted) + sum(counted) == len(names)
    assert [folded.lines[index] for index in folded.own] == [name for name in names if name == "app::put"]
