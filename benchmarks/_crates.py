"""Crates from the registry as projects of their own, so that their tests can be run."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_SETTINGS = ("LEAKGATE_", "RUST_TEST_", "CARGO_TARGET_")
"""Variables that would change what is run, where it is built or how it is measured."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A project, and the words that its `cargo test` needs.

    Attributes:
        name: Of the crate.
        version: Of the crate, exactly; empty for a project that is not from the registry.
        words: What follows `cargo test`.
    """

    name: str
    version: str = ""
    words: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """Where `bring` puts it."""
        return f"{self.name}-{self.version}" if self.version else self.name


def environment() -> dict[str, str]:
    """This process's, without what would bend a run."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)}


def bring(suites: Sequence[Suite], directory: Path) -> None:
    """Put each crate into its folder, as it was published and with the Cargo.lock that was published in it.

    What is there already stays.
    """
    missing = [suite for suite in suites if not (directory / suite.folder).exists()]
    if not missing:
        return
    with tempfile.TemporaryDirectory(dir=directory) as name:
        fetcher = Path(name)
        (fetcher / "src").mkdir()
        (fetcher / "src/lib.rs").touch()
        needed = "".join(f'{suite.name} = "={suite.version}"\n' for suite in missing)
        (fetcher / "Cargo.toml").write_text(f'[package]\nname = "fetcher"\n[dependencies]\n{needed}')
        subprocess.run(
            ["cargo", "vendor", "--versioned-dirs", "--quiet"], cwd=fetcher, check=True, capture_output=True
        )
        for suite in missing:
            project = fetcher / "vendor" / suite.folder
            with (project / "Cargo.toml").open("a") as manifest:
                manifest.write("\n[workspace]\n")
            shutil.move(project, directory)
