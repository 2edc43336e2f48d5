"""A build with the harness in it: where it goes, and what became of each executable."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from leakgate.errors import MeasurementError
from leakgate.profilers import inject
from leakgate.profilers.cargo import settings
from leakgate.profilers.cargo.build import Binary, Build, Metadata, built_for
from leakgate.profilers.cargo.command import CargoCommand
from leakgate.profilers.inject import Injection
from leakgate.profilers.session import Session, Toolchain, compile_suite, toolchain

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


@dataclass(frozen=True, slots=True)
class Ground:
    """What a build stands on.

    Attributes:
        directory: Where cargo runs.
        users: What its configuration says.
        compiler: The compiler.
        named: The triples that are built for, where the command or the configuration names any.
    """

    directory: Path
    users: settings.BuildSettings
    compiler: Toolchain
    named: tuple[str, ...]


def survey(asked: CargoCommand, session: Session) -> Ground:
    """Ask cargo's configuration and the compiler; nothing is compiled."""
    directory = asked.directory(session.request.cwd)
    users = settings.read(directory, session.request.env, asked.settings)
    compiler = toolchain(asked, session, users.rustc)
    named = tuple(compiler.host if name == "host-tuple" else name for name in asked.targets or users.targets)
    return Ground(directory, users, compiler, named)


@dataclass(frozen=True, slots=True)
class Injected:
    """What is compiled.

    Attributes:
        command: The user's command, as it runs what was compiled.
        env: Its variables.
        build: The executables.
        targets: The triples that they are for.
    """

    command: CargoCommand
    env: Mapping[str, str]
    build: Build
    targets: tuple[str, ...]


def compile_with(
    injection: Injection, asked: CargoCommand, metadata: Metadata, ground: Ground, session: Session
) -> Injected:
    """Compile what the command runs, with the harness in it.

    Raises:
        MeasurementError: It does not compile.
    """
    plan = session.request.run_dir.resolve() / inject.PLAN
    plan.write_bytes(injection.plan(ground.users))
    env = inject.environment(session.request.env, plan)
    ours = target_directory(asked, metadata, ground.directory)
    harnessed = asked.with_settings([*injection.settings, *_build_directory(metadata, ours)], ours)
    build = compile_suite(harnessed, metadata, session, env)
    found = built_for(build.binaries, msgspec.structs.replace(metadata, target_directory=str(ours)))
    return Injected(harnessed, env, build, ground.named or found or (ground.compiler.host,))


def sorted_out(
    binaries: Mapping[str, Binary], reason: Callable[[Path], str | None]
) -> tuple[dict[str, str], list[str]]:
    """The binaries that have the harness, by real path, and of each of the others why not, in a sentence.

    Args:
        binaries: Those that are to be measured, by path.
        reason: Says why one has no harness; None: it has.
    """
    measurable: dict[str, str] = {}
    skipped: list[str] = []
    for path, binary in binaries.items():
        why = reason(Path(path))
        if why is None:
            measurable[os.path.realpath(path)] = binary.id
        else:
            skipped.append(f"`{binary.id}` was not measured: {why}")
    return measurable, skipped


def target_directory(asked: CargoCommand, metadata: Metadata, directory: Path) -> Path:
    """Where this build goes; see `inject.py`."""
    users = directory / asked.target_dir if asked.target_dir else Path(metadata.target_directory)
    return users / inject.TARGET_DIRECTORY


def _build_directory(metadata: Metadata, ours: Path) -> list[str]:
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
