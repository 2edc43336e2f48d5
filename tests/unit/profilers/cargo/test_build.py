import json

import pytest

from leakgate.errors import MeasurementError
from leakgate.profilers.cargo.build import (
    Binary,
    Build,
    Metadata,
    Package,
    Target,
    binary_id,
    built_for,
    dhat_features,
    dhat_switched_on,
    read_build,
    read_metadata,
)

STORE = "path+file:///home/me/shop/store#store-core@0.1.0"
METADATA = Metadata(
    packages=(
        Package(
            id=STORE,
            name="store-core",
            manifest_path="/home/me/shop/store/Cargo.toml",
            targets=(Target("store_core", ("lib",)),),
            features={"heap": ("dep:dhat",), "default": (), "ad-hoc": ("dhat/ad-hoc",), "dhat-like": ("dhatter",)},
        ),
    ),
    workspace_root="/home/me/shop",
    target_directory="/home/me/shop/target",
)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("lib", "store"),
        ("rlib", "store"),
        ("cdylib", "store"),
        ("proc-macro", "store"),
        ("test", "store::api"),
        ("bin", "store::bin/api"),
        ("example", "store::example/api"),
        ("bench", "store::bench/api"),
    ],
)
def test_binary_ids_are_cargo_nextests(kind: str, expected: str) -> None:
    assert binary_id("store", Target("api", (kind,))) == expected


def artifact(package: str, kind: str, name: str, executable: str | None = None, *, test: bool = False) -> str:
    target = {"name": name, "kind": [kind], "src_path": "src/lib.rs"}
    message = {"reason": "compiler-artifact", "package_id": package, "target": target, "executable": executable}
    return json.dumps({**message, "profile": {"test": test, "opt_level": "0"}, "fresh": True})


def test_a_build_is_its_executables_by_name_and_the_dhat_in_it() -> None:
    registry = "registry+https://github.com/rust-lang/crates.io-index"
    lines = [
        artifact(f"{registry}#dhat@0.3.3", "lib", "dhat"),
        artifact("path+file:///forks/dhat#0.4.0", "lib", "dhat"),
        artifact(f"dhat 0.2.0 ({registry})", "lib", "dhat"),
        artifact(f"{registry}#libc@0.2.1", "custom-build", "build-script-build"),
        artifact(STORE, "test", "dhat", "/t/debug/deps/dhat-1", test=True),
        artifact(STORE, "lib", "store_core", "/t/debug/deps/store_core-1", test=True),
        artifact(STORE, "bin", "serve", "/t/debug/serve"),
        "printed by a build script",
        "{not json",
        '{"reason":"build-script-executed","package_id":"x"}',
        '{"reason":"build-finished","success":true}',
    ]

    assert read_build(lines, METADATA) == Build(
        binaries={
            "/t/debug/deps/dhat-1": Binary("store-core::dhat", test=True),
            "/t/debug/deps/store_core-1": Binary("store-core", test=True),
            "/t/debug/serve": Binary("store-core::bin/serve", test=False),
        },
        dhat=("0.2.0", "0.3.3", "0.4.0"),
    )


def test_the_features_that_bring_dhat_are_found_by_what_they_switch_on() -> None:
    assert dhat_features(METADATA) == ("store-core/ad-hoc", "store-core/heap")


@pytest.mark.parametrize(
    ("path", "triples"),
    [
        ("/home/me/shop/target/debug/deps/api-1", ()),
        ("/home/me/shop/target/my-own/deps/api-1", ()),
        ("/home/me/shop/target/aarch64-apple-darwin/debug/deps/api-1", ("aarch64-apple-darwin",)),
        ("/elsewhere/aarch64-apple-darwin/debug/deps/api-1", ()),
    ],
)
def test_the_target_is_told_by_where_cargo_puts_executables(path: str, triples: tuple[str, ...]) -> None:
    assert built_for([path], METADATA) == triples


@pytest.mark.parametrize("text", ["", "[]", '{"packages": 1}', "nul\0"])
def test_metadata_that_cargo_does_not_write_is_an_error(text: str) -> None:
    with pytest.raises(MeasurementError, match="cargo metadata wrote something unexpected: "):
        read_metadata(text)


def package(name: str, **features: tuple[str, ...]) -> Package:
    return Package(name, name, f"/{name}/Cargo.toml", (), dict(features))


@pytest.mark.parametrize(
    ("features", "found"),
    [
        ("default", None),
        ("default,fast", None),
        ("default,heap", "store/heap"),
        ("store/heap", "store/heap"),
        ("app/heap", None),
        ("app/profile", "store/heap"),
        ("profile", "store/heap"),
        ("weak", "store/heap"),
        ("all", "store/heap"),
        ("dhat", "tool/dhat"),
    ],
)
def test_a_command_switches_dhat_on_directly_or_through_other_features(features: str, found: str | None) -> None:
    packages = (
        package("store", default=("fast",), fast=(), heap=("dep:dhat",)),
        package("app", default=(), profile=("store/heap",), weak=("store?/heap", "weak")),
        package("tool", dhat=("dep:dhat",)),
    )
    assert dhat_switched_on(Metadata(packages, "/", "/target"), features) == found


def test_a_default_feature_may_switch_dhat_on() -> None:
    metadata = Metadata((package("store", default=("heap",), heap=("dhat",)),), "/", "/target")
    assert dhat_switched_on(metadata, "default") == "store/heap"
    assert dhat_switched_on(metadata, "") is None
