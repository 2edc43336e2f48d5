"""A build with the harness in it: where it goes, and what became of each executable."""

import json
from collections.abc import Sequence
from pathlib import Path

from leakgate.errors import MeasurementError
from leakgate.profilers import inject
from leakgate.profilers.cargo.build import Metadata
from leakgate.profilers.cargo.command import CargoCommand

_OWN_ALLOCATOR = "has a `#[global_allocator]` of its own"


class NothingInjectedError(MeasurementError):
    """No executable that is to be measured could be given the harness.

    Attributes:
        dhat: Whether dhat is part of the build.
        allocator: Whether it is for a `#[global_allocator]` of the project's own.
    """

    def __init__(self, skipped: Sequence[str], *, where: str, dhat: bool) -> None:
        super().__init__(
            f"nothing can be measured: {skipped[0]}",
            where=where,
            remedy="`--profiler valgrind`, with `cargo test` or `cargo run`, runs it as it is",
        )
        self.dhat = dhat
        self.allocator = any(reason.endswith(_OWN_ALLOCATOR) for reason in skipped)


def target_directory(asked: CargoCommand, metadata: Metadata, directory: Path) -> Path:
    """Where this build goes; see `inject.py`."""
    users = directory / asked.target_dir if asked.target_dir else Path(metadata.target_directory)
    return users / inject.TARGET_DIRECTORY


def build_directory(metadata: Metadata, ours: Path) -> list[str]:
    """The setting for projects that keep what is only needed while building apart from their target directory."""
    if metadata.build_directory in {None, metadata.target_directory}:
        return []
    return [f"build.build-dir={json.dumps(str(ours))}"]


def why_not(note: Path) -> str | None:
    """What the wrapper has left word of; None: the harness is in."""
    try:
        kind, _, detail = note.read_text(encoding="utf-8", errors="replace").partition("\t")
    except FileNotFoundError:
        return "it has a test harness of its own (`harness = false`)"
    match kind:
        case "harness":
            return None
        case "allocator":
            owner = "it" if detail == "this crate" else f"the crate `{detail}`"
            return f"{owner} {_OWN_ALLOCATOR}"
        case "unsuited":
            return detail
        case _:
            return f"rustc does not accept the harness in it: {detail}"
