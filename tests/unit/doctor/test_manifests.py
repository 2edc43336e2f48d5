"""What a manifest and the sources show."""

import tomllib
from pathlib import Path

import pytest

from leakgate.doctor import manifests
from leakgate.doctor.manifests import Allocator
from leakgate.profilers.cargo.build import Target

MANIFEST = tomllib.loads(
    """
[lib]
harness = false
[[test]]
name = "own"
harness = false
[[test]]
name = "usual"
[[bench]]
name = "speed"
harness = false
"""
)


@pytest.mark.parametrize(
    ("target", "table"),
    [
        (Target("store", ("lib",)), "[lib]"),
        (Target("own", ("test",)), "[[test]]"),
        (Target("usual", ("test",)), None),
        (Target("found", ("test",)), None),
        (Target("own", ("bin",)), None),
        (Target("speed", ("bench",)), "[[bench]]"),
    ],
)
def test_a_harness_of_its_own(target: Target, table: str | None) -> None:
    assert manifests.own_harness(MANIFEST, target) == table


@pytest.mark.parametrize("text", ["lib = 1", 'test = "x"', "[[test]]", "", "[test]\nharness = false"])
def test_a_manifest_that_makes_no_sense_is_cargos_to_refuse(text: str) -> None:
    manifest = tomllib.loads(text)
    assert manifests.own_harness(manifest, Target("store", ("lib",))) is None
    assert manifests.own_harness(manifest, Target("own", ("test",))) is None


def test_a_manifest_that_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text("[package")
    assert manifests.read(tmp_path / "Cargo.toml") == {}
    assert manifests.read(tmp_path / "missing.toml") == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("#[global_allocator]\nstatic A: A = A;", [(1, None)]),
        ("mod a {\n    #[global_allocator]\n}", [(2, None)]),
        ('#[cfg(feature = "heap")]\n#[global_allocator]', [(2, 'feature = "heap"')]),
        ("#[cfg(all(test, unix))] #[global_allocator]", [(1, "all(test, unix)")]),
        ('#[cfg_attr(feature = "heap", global_allocator)]', [(1, 'feature = "heap"')]),
        ("#[cfg(unix)]\nuse x;\n#[global_allocator]", [(3, None)]),
        ("// #[global_allocator]", []),
        ("/// #[global_allocator]", []),
        ('"see #[global_allocator]"', []),
        ("#[global_allocator]\n#[global_allocator]", [(1, None), (2, None)]),
    ],
)
def test_allocators(tmp_path: Path, source: str, found: list[tuple[int, str | None]]) -> None:
    (tmp_path / "lib.rs").write_text(source)
    assert list(manifests.allocators(tmp_path, ["gone.rs", "lib.rs"])) == [
        Allocator("lib.rs", line, condition) for line, condition in found
    ]
