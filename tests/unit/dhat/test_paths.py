from pathlib import PurePosixPath

import pytest

from leakgate.dhat.paths import SourceIndex, is_cut_std_path, is_dependency_path, is_own_package, is_std_path

FILES = (
    "src/lib.rs",
    "src/heap.rs",
    "s3-server/src/lib.rs",
    "s3-server/src/store.rs",
    "s3-server/src/api/put.rs",
    "s3-server/tests/api.rs",
    "s3-client/src/lib.rs",
    "s3-client/src/store.rs",
    "s3-client/src/api/put.rs",
    "s3-client/tests/common/mod.rs",
    "tools/deep/down/here/src/main.rs",
)
INDEX = SourceIndex(
    FILES,
    {"root": PurePosixPath(), "s3_server": PurePosixPath("s3-server"), "s3_client": PurePosixPath("s3-client")},
)


@pytest.mark.parametrize(
    ("path", "crate", "expected"),
    [
        ("/home/me/repo/s3-server/src/store.rs", "s3_server", "s3-server/src/store.rs"),
        ("s3-server/src/store.rs", "s3_server", "s3-server/src/store.rs"),
        ("/build/s3-server/src/store.rs", "", "s3-server/src/store.rs"),
        # cut to `src/api/put.rs`: two files agree, the crate's directory decides, and without it none is right
        ("src/api/put.rs", "s3_server", "s3-server/src/api/put.rs"),
        ("src/api/put.rs", "s3_client", "s3-client/src/api/put.rs"),
        ("src/api/put.rs", "", None),
        ("src/lib.rs", "s3_server", "s3-server/src/lib.rs"),
        # the root package: dhat-rs keeps the name of the checkout's directory
        ("repo/src/lib.rs", "root", "src/lib.rs"),
        ("src/lib.rs", "root", "src/lib.rs"),
        ("/home/me/repo/src/lib.rs", "root", "src/lib.rs"),
        ("repo/src/heap.rs", "", "src/heap.rs"),
        # targets with crate names of their own
        ("s3-server/tests/api.rs", "api", "s3-server/tests/api.rs"),
        ("tests/common/mod.rs", "api", "s3-client/tests/common/mod.rs"),
        ("here/src/main.rs", "here", "tools/deep/down/here/src/main.rs"),
        ("repo/src/heap.rs", "heap", "src/heap.rs"),
        # others' files, however much they look like ours
        ("tokio/src/lib.rs", "tokio", None),
        ("a1b2c3d/src/lib.rs", "", None),
        ("std/src/lib.rs", "", None),
        ("src/vec/mod.rs", "", None),
        ("bytes-1.10.1/src/lib.rs", "", None),
        ("s3-server/src/gone.rs", "s3_server", None),
        ("", "", None),
        ("/", "root", None),
    ],
)
def test_finds_the_file_that_a_path_means(path: str, crate: str, expected: str | None) -> None:
    assert INDEX.resolve(path, crate) == expected


STD = "std"
DEPENDENCY = "dependency"
CUT_STD = "maybe std"
OWN = "own package"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/alloc/src/vec/mod.rs", {STD, OWN}),
        ("/rust/deps/hashbrown-0.16.1/src/raw/alloc.rs", {STD, OWN}),
        ("/home/me/.rustup/toolchains/stable/lib/rustlib/src/rust/library/core/src/option.rs", {STD, OWN}),
        ("/home/me/.cargo/registry/src/registry-1/tokio-1.54.1/src/sync/mpsc/block.rs", {DEPENDENCY, OWN}),
        ("C:/Users/me/.cargo/registry/src/registry-1/windows-sys-0.61.2/src/lib.rs", {DEPENDENCY, OWN}),
        ("/home/me/.cargo/git/checkouts/axum-4c1e0fcd/1a2b3c4/axum/src/lib.rs", {DEPENDENCY, OWN}),
        ("/opt/cargo/registry/src/registry-1/zstd-sys-2.0.15+zstd.1.5.7/zstd/lib/common/pool.c", {DEPENDENCY}),
        ("tokio-1.54.1/src/lib.rs", {DEPENDENCY}),
        ("wasi-0.11.1+wasi-snapshot-preview1/src/lib.rs", {DEPENDENCY}),
        ("core/src/option.rs", {CUT_STD}),
        ("1a2b3c4/src/lib.rs", set()),
        ("src/vec/mod.rs", set()),
        ("runtime/task/core.rs", set()),
        ("s3-server/src/store.rs", {OWN}),
        ("s3-server/tests/api.rs", {OWN}),
        ("/home/me/repo/src/rustc/lib.rs", {OWN}),
        ("sysdeps/nptl/libc_start_call_main.h", set()),
    ],
)
def test_tells_whose_a_path_is(path: str, expected: set[str]) -> None:
    answers = {
        STD: is_std_path(path),
        DEPENDENCY: is_dependency_path(path),
        CUT_STD: is_cut_std_path(path),
        OWN: is_own_package(path),
    }

    assert {name for name, answer in answers.items() if answer} == expected
