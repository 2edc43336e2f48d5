"""A stack as a report shows it."""

import pytest

from leakgate.dhat.frames import ClassifiedFrame, Origin
from leakgate.snapshot.stacks import fold


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
    assert list(fold([library, user])) == [f"lib::call ({shown}:7)", "app::put (src/lib.rs:3)"]
