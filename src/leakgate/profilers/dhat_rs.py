"""The `dhat-rs` profiler: a project that carries dhat itself, behind a feature, as dhat's documentation teaches.

Cargo runs the user's own command, and each test runs in a process of its own (`separate.py`), whose DHAT files are
kept.
"""

import shlex
import tomllib
from pathlib import Path

from leakgate.errors import UsageError
from leakgate.profilers import blinding, separate, workspace
from leakgate.profilers.cargo import command
from leakgate.profilers.cargo.build import Metadata, built_for, dhat_features, read_metadata
from leakgate.profilers.cargo.command import CargoCommand, Verb
from leakgate.profilers.driving import refuse_load
from leakgate.profilers.outcome import insist, unaccounted
from leakgate.profilers.process import ProcessRunner, run
from leakgate.profilers.session import Session, compile_suite, toolchain
from leakgate.profilers.suite import Building, Progress, SuiteRequest, SuiteRun

DHAT_DOCUMENTATION = "https://docs.rs/dhat/latest/dhat/#configuration-cargotoml"


def profile(request: SuiteRequest, progress: Progress, start: ProcessRunner = run) -> SuiteRun:
    """Run a cargo command and keep the profiles that its tests write.

    Args:
        request: The command, `cargo test …` or `cargo run …`, and where it runs.
        progress: Told of each step.
        start: Runs a process.

    Returns:
        What was measured. Failing tests are in it, no exception.

    Raises:
        UsageError: A command that cannot be profiled, or a build without dhat.
        MeasurementError: It does not compile, no test ran, or cargo was killed.
        KeyboardInterrupt: A signal came; everything that was started has ended.
    """
    asked = command.parse(request.command)
    refuse(asked, request)
    session = Session(request, progress, start)
    metadata = read_metadata(session.output(asked.metadata()))
    if (lack := missing(metadata)) is not None:
        raise lack
    progress(Building())
    build = compile_suite(asked, metadata, session)
    if not build.dhat:
        raise _without_dhat(metadata)
    compiler = toolchain(asked, session)
    targets = asked.targets or built_for(build.binaries, metadata) or (compiler.host,)
    ledger, code = separate.measure(asked, build, targets, session, request.env)
    insist(asked, ledger, code, shlex.join(request.command))
    return SuiteRun(
        profiles=tuple(ledger.profiles),
        unmeasured=tuple(sorted(ledger.unmeasured)),
        failed=tuple(ledger.failed),
        ignored=ledger.ignored,
        unaccounted=unaccounted(ledger, code),
        fingerprint={
            "profiler": "dhat-rs",
            "profiler-version": ",".join(build.dhat),
            "rustc": compiler.release,
            "target": ",".join(targets),
            "cargo-profile": asked.cargo_profile,
            "features": asked.features,
            "allocator": "dhat",
            "rounds": "1",
        },
        workspace=workspace.find(metadata, request.env, start),
        notes=(
            *ledger.notes,
            *blinding.without_lines([profile.path for profile in ledger.profiles], asked.cargo_profile),
        ),
    )


def missing(metadata: Metadata) -> UsageError | None:
    """That no build of this project can have dhat, where its lock file shows it."""
    locked = _locked(Path(metadata.workspace_root))
    return _without_dhat(metadata) if locked and "dhat" not in locked else None


def refuse(asked: CargoCommand, request: SuiteRequest) -> None:
    """Say no to what a project's own dhat cannot do, before anything is compiled."""
    refuse_load(request, "a program with dhat in it does not say when it can be driven")
    if asked.verb is Verb.NEXTEST:
        raise UsageError(
            "a project's own dhat cannot be measured under nextest",
            where=shlex.join(request.command),
            remedy="use `cargo test`, where each test gets a process of its own too; or leave out the feature "
            "that brings dhat",
        )


def _without_dhat(metadata: Metadata) -> UsageError:
    """Why there is no dhat in the build, as far as the project shows."""
    features = dhat_features(metadata)
    if features:
        names = " or ".join(f"`--features {feature}`" for feature in features)
        return UsageError(
            "dhat is not part of this build: its feature is off", remedy=f"add {names} to the command"
        )
    where = str(Path(metadata.workspace_root) / "Cargo.toml")
    if "dhat" in _locked(Path(metadata.workspace_root)):
        return UsageError(
            "dhat is not part of this build",
            where=where,
            remedy="switch on the feature that brings it, with --features",
        )
    return UsageError(
        "dhat is not among the project's dependencies, so nothing writes a profile",
        where=where,
        remedy=f"add it behind a feature, in four lines: {DHAT_DOCUMENTATION}",
    )


def _locked(root: Path) -> set[str]:
    """The names of all packages in the lock file."""
    try:
        lock = tomllib.loads((root / "Cargo.lock").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    return {package.get("name", "") for package in lock.get("package", [])}
