"""Which test binaries a command builds: held against what cargo documents."""

import pytest

from leakgate.profilers.cargo.build import Metadata, Package, Target
from leakgate.profilers.cargo.command import parse
from leakgate.profilers.cargo.selection import test_binaries as binaries_of

STORE = Package(
    id="path+file:///shop/store#0.1.0",
    name="store",
    manifest_path="/shop/store/Cargo.toml",
    targets=(
        Target("store", ("lib",)),
        Target("serve", ("bin",)),
        Target("api", ("test",)),
        Target("api_slow", ("test",), required_features=("slow",)),
        Target("demo", ("example",), test=False),
        Target("speed", ("bench",), test=False),
        Target("build-script-build", ("custom-build",), test=False),
    ),
    features={"default": (), "slow": (), "everything": ("slow",)},
)
TOOLS = Package(
    id="path+file:///shop/tools#tools@0.2.0",
    name="tools",
    manifest_path="/shop/tools/Cargo.toml",
    targets=(Target("tools", ("proc-macro",)),),
    features={},
)
SHOP = Metadata((STORE, TOOLS), "/shop", "/shop/target", workspace_default_members=(STORE.id,))
USUAL = "store store::bin/serve store::api"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", USUAL),
        ("--workspace", f"{USUAL} tools"),
        ("--all", f"{USUAL} tools"),
        ("--workspace --exclude store", "tools"),
        ("-p tools", "tools"),
        ("--package=to*", "tools"),
        ("-p tools@0.2.0", "tools"),
        ("-p path+file:///shop/tools#tools@0.2.0", "tools"),
        ("-p elsewhere", ""),
        ("--lib", "store"),
        ("--bins", "store::bin/serve"),
        ("--bin serve", "store::bin/serve"),
        ("--test api", "store::api"),
        ("--test api*", "store::api"),
        ("--tests", USUAL),
        ("--lib --test api", "store store::api"),
        ("--examples", "store::example/demo"),
        ("--example demo", "store::example/demo"),
        ("--benches", "store::bench/speed"),
        ("--all-targets", f"{USUAL} store::example/demo store::bench/speed"),
        ("--features slow", f"{USUAL} store::api_slow"),
        ("--features store/everything", f"{USUAL} store::api_slow"),
        ("--all-features", f"{USUAL} store::api_slow"),
    ],
)
def test_what_cargo_test_builds(arguments: str, expected: str) -> None:
    asked = parse(["cargo", "test", *arguments.split()])
    assert [binary.id for binary in binaries_of(asked, SHOP)] == expected.split()


def test_a_cargo_that_names_no_default_members_means_all() -> None:
    shop = Metadata((STORE, TOOLS), "/shop", "/shop/target")
    assert [binary.id for binary in binaries_of(parse(["cargo", "test", "--lib"]), shop)] == ["store", "tools"]
