"""Which profiler measures, why that one, and what it needs on this machine."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from leakgate.config import Config
from leakgate.dhat.profile import Mode
from leakgate.doctor import debug_info, manifests
from leakgate.doctor.report import Finding, Section, error, fine, info, warning
from leakgate.edges import Edges
from leakgate.errors import UsageError
from leakgate.profilers import auto, dhat_rs, harness, injected, valgrind, valgrind_tool
from leakgate.profilers.auto import Choice
from leakgate.profilers.cargo.build import Metadata, dhat_features, dhat_switched_on
from leakgate.profilers.cargo.command import CargoCommand, Verb
from leakgate.profilers.cargo.settings import BuildSettings
from leakgate.profilers.session import Session
from leakgate.request import Request

_INSTALL_VALGRIND = "sudo apt-get install valgrind"
_INSTALL_NEXTEST = "cargo install --locked cargo-nextest"
_REFUSALS = {"dhat-rs": dhat_rs.refuse, "harness": harness.refuse, "valgrind": valgrind.refuse}
"""Profiler → what refuses commands that it cannot measure."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What was found on this machine: each tool's version, None where there is none."""

    valgrind: str | None
    nextest: str | None


def choose(config: Config, request: Request, asked: CargoCommand, metadata: Metadata) -> Choice:
    """The profiler that will measure, and why."""
    if config.profiler == "auto":
        return auto.choose(asked, metadata)
    where = "the command line" if request.profiler else config.source
    return Choice(config.profiler, f"{where} says so")


def tools(session: Session) -> Tools:
    """Ask the tools beside cargo for their versions."""
    return Tools(
        _version(session, ["valgrind", "--version"]), _version(session, ["cargo", "nextest", "--version"])
    )


def stands_in(config: Config, edges: Edges, found: Tools) -> str | None:
    """The profiler that `auto` takes where the harness can measure nothing."""
    usable = config.profiler == "auto" and "valgrind" in edges.profilers and found.valgrind is not None
    return "valgrind" if usable else None


def examine(choice: Choice, asked: CargoCommand, metadata: Metadata, found: Tools, session: Session) -> Section:
    """The findings on the profiler."""
    findings = (
        fine("profiler", f"{choice.profiler}: {choice.why}"),
        *_needs(choice.profiler, asked, metadata, session),
        of_valgrind(choice.profiler, found, session.request.valgrind_mode),
        _nextest(session.request.command, found),
    )
    return Section(key="profiler", findings=findings)


def describe_command(
    choice: Choice, asked: CargoCommand, metadata: Metadata, users: BuildSettings, session: Session
) -> tuple[Finding, ...]:
    """What will really run, and where it is built."""
    runs = info("runs", f"`{shlex.join(asked.measure())}`")
    if choice.profiler != "harness":
        return (
            runs,
            info("target-directory", asked.target_dir or metadata.target_directory),
            *_wrappers(users, ""),
        )
    into = "the program" if asked.verb is Verb.RUN else "each test target"
    ours = injected.target_directory(asked, metadata, asked.directory(session.request.cwd))
    return (
        runs,
        info("target-directory", f"{ours}, apart from yours: every crate is compiled with frame pointers"),
        info("injected", f"leakgate's harness into {into}, by `--config build.rustc-wrapper=…`"),
        *_wrappers(users, ", called behind leakgate's own"),
    )


def _wrappers(users: BuildSettings, how: str) -> Iterator[Finding]:
    for name, program in (("rustc-wrapper", users.wrapper), ("rustc-workspace-wrapper", users.workspace_wrapper)):
        if program:
            yield info("wrapper", f"your `{name}` `{program}` stays in force{how}")


def _needs(profiler: str, asked: CargoCommand, metadata: Metadata, session: Session) -> Iterator[Finding]:
    try:
        if profiler in _REFUSALS:
            _REFUSALS[profiler](asked, session.request)
    except UsageError as trouble:
        yield _refused("command", trouble)
    if profiler == "harness":
        yield fine("debug-info", "the harness sees to it: line tables in your crates, and nothing is stripped")
        return
    if profiler == "dhat-rs":
        yield from _dhat(asked, metadata)
    manifest = manifests.read(Path(metadata.workspace_root) / "Cargo.toml")
    lack = debug_info.lack(manifest, asked.cargo_profile, session.request.env)
    if lack is None:
        yield fine("debug-info", f"the cargo profile `{asked.cargo_profile}` names functions and lines")
    else:
        yield warning("debug-info", lack.what, lack.remedy)


def _dhat(asked: CargoCommand, metadata: Metadata) -> Iterator[Finding]:
    lack = dhat_rs.missing(metadata)
    features = dhat_features(metadata)
    if lack is not None:
        yield _refused("dhat", lack)
    elif features and dhat_switched_on(metadata, asked.features) is None:
        names = " or ".join(f"`--features {feature}`" for feature in features)
        yield warning("dhat", "the feature that brings dhat seems to be off", f"add {names} to the command")
    else:
        yield fine("dhat", "the project brings it")


def _refused(key: str, trouble: UsageError) -> Finding:
    return error(key, trouble.what, trouble.remedy or "leakgate check --help", trouble.exit_code)


def of_valgrind(profiler: str, found: Tools, mode: Mode) -> Finding:
    """The finding on valgrind.

    Args:
        profiler: Which one measures.
        found: The tools of this machine.
        mode: What valgrind is to count, where it measures.
    """
    if found.valgrind is not None and profiler == "valgrind":
        try:
            return fine("valgrind", valgrind_tool.read("valgrind", found.valgrind, mode).version)
        except UsageError as trouble:
            return _refused("valgrind", trouble)
    if found.valgrind is not None:
        return info("valgrind", found.valgrind)
    if profiler == "valgrind":
        return error("valgrind", "it is not installed", _INSTALL_VALGRIND, UsageError.exit_code)
    return info("valgrind", "it is not installed, and not needed by this profiler")


def _nextest(command: Sequence[str], found: Tools) -> Finding:
    if found.nextest is not None:
        return info("nextest", found.nextest)
    if "nextest" in command:
        return error("nextest", "it is not installed", _INSTALL_NEXTEST, UsageError.exit_code)
    return info("nextest", "it is not installed, and not needed by this command")


def _version(session: Session, argv: Sequence[str]) -> str | None:
    """The first line of what a tool says of itself; None where there is none."""
    lines: list[str] = []
    try:
        code = session.start(
            argv,
            cwd=session.request.cwd,
            env=session.request.env,
            on_line=lambda _: None,
            on_stdout=lines.append,
        )
    except UsageError:
        return None
    return lines[0].strip() if code == 0 and lines else None
