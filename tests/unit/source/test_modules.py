"""File → module."""

import pytest

from leakgate.source.modules import Modules

ROOTS = {
    "crates/s3/src/lib.rs": "s3",
    "crates/s3/src/main.rs": "s3d",
    "crates/s3/src/bin/tool.rs": "tool",
    "crates/s3/src/bin/big/main.rs": "big",
    "crates/s3/tests/api.rs": "api",
    "crates/s3/tests/load.rs": "load",
    "odd/source/root.rs": "odd",
    "lib.rs": "top",
}


@pytest.mark.parametrize(
    ("file", "crate", "module"),
    [
        ("crates/s3/src/lib.rs", "s3", "s3"),
        ("crates/s3/src/main.rs", "", "s3d"),
        ("crates/s3/src/store/index.rs", "s3", "s3::store::index"),
        ("crates/s3/src/store/mod.rs", "", "s3::store"),
        ("crates/s3/src/store.rs", "s3d", "s3d::store"),
        ("crates/s3/src/store.rs", "core", "s3::store"),
        ("crates/s3/src/bin/tool.rs", "tool", "tool"),
        ("crates/s3/src/bin/big/work.rs", "big", "big::work"),
        ("crates/s3/tests/common/mod.rs", "load", "load::common"),
        ("crates/s3/tests/common/mod.rs", "", "api::common"),
        ("odd/source/deep/x.rs", "odd", "odd::deep::x"),
        ("src/shared/x.rs", "", "top::src::shared::x"),
    ],
)
def test_a_file_is_a_module_of_the_nearest_crate(file: str, crate: str, module: str) -> None:
    assert Modules(ROOTS).of(file, crate) == module


def test_a_file_below_no_crate_is_no_module_that_we_know() -> None:
    assert Modules({"a/src/lib.rs": "a"}).of("a/shared/x.rs", "a") is None
    assert Modules(ROOTS).of("odd/shared/x.rs", "odd") is None
