"""The doctor's story: from the config to the workflows, in the order in which a check meets them."""

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

from leakgate.config import Config
from leakgate.doctor import baseline, configuration, profiler, project, toolchain, workflows
from leakgate.doctor.report import Finding, Report, Section, error, fine, info, report
from leakgate.edges import Edges
from leakgate.errors import LeakgateError, MeasurementError, UsageError
from leakgate.measuring import load_of
from leakgate.profilers import around, valgrind
from leakgate.profilers.cargo import command, settings
from leakgate.profilers.cargo.build import read_metadata
from leakgate.profilers.cargo.command import CargoCommand
from leakgate.profilers.driving import refuse_load
from leakgate.profilers.process import ProcessRunner, run
from leakgate.profilers.session import Session
from leakgate.profilers.session import toolchain as ask_rustc
from leakgate.profilers.suite import OutputLine, Progress, ProgressEvent, SuiteRequest
from leakgate.request import Request

_AROUND = (
    "each `cargo test` and `cargo nextest run` that it starts is measured by the harness: docs/runners.md. What "
    "they build is not known before; `leakgate doctor -- cargo test` looks at that"
)
_METADATA = "cargo metadata --no-deps"
_INSTALL_RUST = "install Rust: https://rustup.rs"


def examine(request: Request, edges: Edges, start: ProcessRunner = run) -> Report:
    """Look at everything that a check needs. What cannot be looked at is a finding, and the rest is looked at.

    Args:
        request: What the user asks of the check.
        edges: The world.
        start: Runs a process.
    """
    config, first = configuration.examine(request, edges)
    found, fingerprint = _of_command(config, request, edges, start)
    return report(
        (
            first,
            *found,
            baseline.examine(config, edges, fingerprint),
            workflows.examine(edges.git.root() or edges.root, config),
        )
    )


def _of_command(
    config: Config, request: Request, edges: Edges, start: ProcessRunner
) -> tuple[list[Section], dict[str, str] | None]:
    """The sections on the command, and what is known of the run's fingerprint."""
    if command.is_around(config.command) and config.profiler in {"auto", "harness"}:
        return [_around(config, request, _session(config, edges, _Heard(), start))], None
    if config.profiler == "valgrind" and valgrind.is_program(config.command):
        return _of_program(config, request, edges, start), None
    try:
        asked = command.parse(config.command)
    except UsageError as trouble:
        return [Section(key="command", findings=(_command(config, request), _of(trouble, "runs")))], None
    return _of_cargo(asked, config, request, edges, start)


def _around(config: Config, request: Request, session: Session) -> Section:
    refused = _refused(lambda: around.refuse(session.request))
    return Section(key="command", findings=(_command(config, request), info("runs", _AROUND), *refused))


def _refused(refuse: Callable[[], None]) -> Iterator[Finding]:
    try:
        refuse()
    except UsageError as trouble:
        yield _of(trouble, "command")


def _of_program(config: Config, request: Request, edges: Edges, start: ProcessRunner) -> list[Section]:
    """The sections on a program that valgrind runs without cargo."""
    session = _session(config, edges, _Heard(), start)
    runs = info("runs", "valgrind runs this program as it is; it must have been compiled before")
    refused = _refused(lambda: refuse_load(session.request, valgrind.NO_LOAD))
    tool = profiler.of_valgrind("valgrind", profiler.tools(session), config.valgrind_mode)
    return [
        Section(key="command", findings=(_command(config, request), runs, *refused)),
        Section(key="profiler", findings=(tool,)),
    ]


def _session(config: Config, edges: Edges, progress: Progress, start: ProcessRunner) -> Session:
    asked = SuiteRequest(
        config.command,
        edges.cwd,
        edges.env,
        run_dir=Path(),  # nothing is written
        valgrind_mode=config.valgrind_mode,
        load=load_of(config),
    )
    return Session(asked, progress, start)


class _Heard:
    """What cargo told people."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, event: ProgressEvent) -> None:
        if isinstance(event, OutputLine):
            self.lines.append(event.text)

    @property
    def complaint(self) -> str | None:
        """The first error."""
        return next((line.removeprefix("error: ") for line in self.lines if line.startswith("error")), None)


def _of_cargo(
    asked: CargoCommand, config: Config, request: Request, edges: Edges, start: ProcessRunner
) -> tuple[list[Section], dict[str, str] | None]:
    """The sections on what cargo would do, and what is known of the run's fingerprint."""
    heard = _Heard()
    session = _session(config, edges, heard, start)
    configured = _command(config, request)
    try:
        directory = asked.directory(edges.cwd)
        version = session.output([*asked.program, "--version"], cwd=directory)
        metadata = read_metadata(session.output(asked.metadata()))
        users = settings.read(directory, edges.env, asked.settings)
        compiler = ask_rustc(asked, session, users.rustc)
    except LeakgateError as trouble:
        found = _of(trouble, "cargo", heard.complaint)
        return [Section(key="command", findings=(configured, found))], None
    choice = profiler.choose(config, request, asked, metadata)
    tools = profiler.tools(session)
    known = project.Known(
        choice.profiler,
        stands_in=profiler.stands_in(config, edges, tools),
        of_target=toolchain.cfg(asked, compiler, users, session),
    )
    described = profiler.describe_command(choice, asked, metadata, users, session)
    sections = [
        Section(key="command", findings=(configured, *described)),
        project.examine(asked, metadata, session, known),
        toolchain.examine(asked, compiler, version, Path(metadata.workspace_root), session),
        profiler.examine(choice, asked, metadata, tools, session),
    ]
    return sections, dict(baseline.expected(choice, asked, compiler, users, config))


def _command(config: Config, request: Request) -> Finding:
    shown = f"`{shlex.join(config.command)}`"
    if request.command is not None:
        return fine("configured", f"{shown}, as given on the command line")
    return fine("configured", f"{shown}, by {config.source or 'default'}")


def _of(trouble: LeakgateError, key: str, complaint: str | None = None) -> Finding:
    """An error as a finding.

    Args:
        trouble: The error.
        key: What was looked at.
        complaint: What cargo said, where that tells more.
    """
    if isinstance(trouble, MeasurementError) and complaint is not None:
        no_project = "could not find `Cargo.toml`" in complaint
        remedy = "go to the directory of a cargo project" if no_project else f"see what `{_METADATA}` says"
        return error(key, complaint, remedy, trouble.exit_code)
    not_there = trouble.what.startswith("`cargo`")
    return error(
        key, trouble.what, _INSTALL_RUST if not_there else trouble.remedy or _INSTALL_RUST, trouble.exit_code
    )
