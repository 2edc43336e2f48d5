from pathlib import Path

import pytest

from leakgate.profilers.around import Discovered
from leakgate.profilers.cargo.build import Metadata, Package, Target


@pytest.fixture
def found(tmp_path: Path) -> Discovered:
    """A workspace with a library and a program of one source, and a test; each of them has been built."""
    root = tmp_path / "a shop"
    targets = (
        Target("a-shop", ("lib",), str(root / "src/lib.rs")),
        Target("serve", ("bin",), str(root / "src/lib.rs")),
        Target("api", ("test",), str(root / "tests/api 1.rs")),
    )
    package = Package("id", "a-shop", str(root / "Cargo.toml"), targets, {})
    deps = root / "target/leakgate-build/debug/deps"
    deps.mkdir(parents=True)
    sources = {
        "a_shop-0123456789abcdef": "src/lib.rs src/more.rs",
        "serve-0123456789abcdef": f"{root}/src/lib.rs".replace(" ", "\\ "),
        "api-0123456789abcdef": "tests/api\\ 1.rs",
    }
    for name, listed in sources.items():
        (deps / f"{name}.d").write_text(f"{deps}/{name}.d: {listed}\n\n{deps}/{name}: {listed}\n")
        (deps / f"{name}.leakgate").write_text("harness\t")
    return Discovered(Metadata((package,), str(root), str(root / "target")), root / "target/leakgate-build")


def test_a_binary_is_known_by_what_it_was_built_from(found: Discovered) -> None:
    assert {Path(path).name: binary for path, binary in found.items()} == {
        "a_shop-0123456789abcdef": "a-shop",
        "serve-0123456789abcdef": "a-shop::bin/serve",
        "api-0123456789abcdef": "a-shop::api",
    }
    assert len(found) == 3
    assert found.note_of("api-0123456789abcdef") == found.directory / "debug/deps/api-0123456789abcdef.leakgate"
    assert not found.note_of("other-0123456789abcdef").exists()


def test_a_binary_from_elsewhere_goes_by_its_file_name(found: Discovered) -> None:
    assert found["/elsewhere/target/debug/deps/their_tests-00112233445566aa"] == "their_tests"
