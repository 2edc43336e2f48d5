"""A check from a subdirectory is the same check."""

from pathlib import Path

import pytest

from leakgate.project import find_root


def tree(root: Path, *files: str) -> None:
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("[workspace]\n" if name == "Cargo.toml" else "[package]\n")


@pytest.mark.parametrize(
    ("files", "cwd", "root"),
    [
        ((".git/HEAD", "leakgate.yml", "a/src/lib.rs"), "a/src", "."),
        ((".git/HEAD", ".leakgate/baseline.json", "a/src/lib.rs"), "a/src", "."),
        ((".git/HEAD", ".github/leakgate.yml", "a/src/lib.rs"), "a/src", "."),
        # the nearest wins: a monorepo has several
        ((".git/HEAD", "leakgate.yml", "a/.leakgate/baseline.json", "a/src/lib.rs"), "a/src", "a"),
        # without anything of leakgate's: the workspace, else the package
        ((".git/HEAD", "Cargo.toml", "a/Cargo.toml", "a/src/lib.rs"), "a/src", "."),
        ((".git/HEAD", "a/Cargo.toml", "a/src/lib.rs"), "a/src", "a"),
        ((".git/HEAD", "a/src/lib.rs"), "a/src", "a/src"),
        # not outside of the repository, and not without one
        (("leakgate.yml", "a/.git/HEAD", "a/src/lib.rs"), "a/src", "a/src"),
        (("leakgate.yml", "a/src/lib.rs"), "a/src", "a/src"),
    ],
)
def test_the_root(tmp_path: Path, files: tuple[str, ...], cwd: str, root: str) -> None:
    tree(tmp_path, *files)
    assert find_root(tmp_path / cwd) == tmp_path / root
