"""A machine with a toolchain on it, which is not this one: what programs say, word for word."""

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from leakgate.edges import Edges
from leakgate.errors import UsageError
from leakgate.git.checkout import Checkout
from leakgate.git.command import runner
from leakgate.profilers.table import PROFILERS
from repositories import ENV

NOW = datetime(2026, 5, 1, tzinfo=UTC)
RUSTC = """\
rustc 1.95.0 (59807616e 2026-04-14)
binary: rustc
commit-hash: 59807616e1fa2540724bfbac14d7976d7e4a3860
host: x86_64-unknown-linux-gnu
release: 1.95.0
"""
CFG = """\
target_env="gnu"
target_os="linux"
unix
"""


@dataclass
class Machine:
    """A cargo project, and what the programs around it say.

    Attributes:
        root: The workspace's root.
        packages: What cargo knows of the members.
        says: Command line → what it prints. A program that is in none of them is not installed.
        env: The environment.
        asked: Every command that was run.
    """

    root: Path
    packages: list[dict[str, Any]] = field(default_factory=list)
    says: dict[str, str] = field(
        default_factory=lambda: {
            "cargo --version": "cargo 1.95.0 (f2d3ce0bd 2026-03-21)\n",
            "rustc -vV": RUSTC,
            "rustc --print cfg": CFG,
        }
    )
    env: dict[str, str] = field(default_factory=lambda: {"PATH": "/nowhere", "HOME": "/nowhere"})
    asked: list[str] = field(default_factory=list)

    def write(self, **files: str) -> None:
        """Files of the project, by their paths."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def member(
        self,
        name: str,
        *targets: str,
        features: Mapping[str, Sequence[str]] | None = None,
        uses: Sequence[str] = (),
        toml: str = "",
    ) -> None:
        """A member of the workspace in a directory of its name.

        Args:
            name: The package's.
            targets: Paths of the targets' sources: `src/lib.rs`, `src/main.rs`, `tests/api.rs`.
            features: Its features.
            uses: Members that it depends on, each with `dev:` or `optional:` in front where it is such.
            toml: The rest of its Cargo.toml.
        """
        self.write(**{f"{name}/Cargo.toml": f'[package]\nname = "{name}"\n{toml}'})
        for target in targets:
            if not (self.root / name / target).exists():
                self.write(**{f"{name}/{target}": ""})
        self.packages.append(
            {
                "id": f"path+file://{self.root}/{name}#0.1.0",
                "name": name,
                "manifest_path": str(self.root / name / "Cargo.toml"),
                "targets": [self._target(name, target) for target in targets],
                "features": features or {},
                "dependencies": [self._dependency(word) for word in uses],
            }
        )

    def start(  # noqa: PLR0913 - see ProcessRunner
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        on_line: Callable[[str], None],
        on_stdout: Callable[[str], None] | None = None,
        on_tick: Callable[[], None] | None = None,
        inherit: Sequence[int] = (),
    ) -> int:
        """A process runner."""
        del cwd, env, on_tick, inherit
        words = shlex.join(argv)
        self.asked.append(words)
        said = self._metadata() if words.startswith("cargo metadata") else self.says.get(words)
        if said is None:
            if argv[0] in {line.split()[0] for line in self.says}:
                on_line("error: could not find `Cargo.toml` in `/shop` or any parent")
                return 101
            raise UsageError(f"`{argv[0]}` was not found", remedy="install it, or add it to PATH")
        for line in said.splitlines():
            (on_stdout or on_line)(line)
        return 0

    def edges(self, cwd: Path | None = None) -> Edges:
        """The world around it."""
        return Edges(
            cwd=cwd or self.root,
            root=self.root,
            env=self.env,
            git=Checkout(runner(cwd or self.root, ENV)),
            profilers=PROFILERS,
            progress=lambda _: None,
            note=lambda _: None,
            now=NOW,
        )

    def _metadata(self) -> str | None:
        if not self.packages:
            return None
        return json.dumps(
            {
                "packages": self.packages,
                "workspace_root": str(self.root),
                "target_directory": str(self.root / "target"),
                "workspace_default_members": [package["id"] for package in self.packages],
            }
        )

    def _dependency(self, word: str) -> dict[str, Any]:
        how, _, name = word.rpartition(":")
        kind = "dev" if how == "dev" else None
        return {"path": str(self.root / name), "kind": kind, "optional": how == "optional"}

    def _target(self, package: str, source: str) -> dict[str, Any]:
        path = Path(source)
        kinds = {"src/lib.rs": "lib", "src/main.rs": "bin", "src/macro.rs": "proc-macro"}
        kind = kinds.get(source) or {"tests": "test", "benches": "bench", "examples": "example"}[path.parts[0]]
        return {
            "name": package if source.startswith("src/") else path.stem,
            "kind": [kind],
            "src_path": str(self.root / package / source),
            "test": kind not in {"bench", "example"},
        }
