"""The verbs: read arguments, call one function, print, exit. No logic.

Modules are imported inside the verbs that need them: `leakgate --version` answers at once.
"""

import os
import signal
import sys
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TextIO

import typer
from typer.exceptions import TyperException

from leakgate import __version__
from leakgate.errors import LeakgateError, MeasurementError, ServiceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from leakgate.check import Edges, Request
    from leakgate.comparison.result import Result
    from leakgate.output import OutputDirectory
    from leakgate.reports.formats import FormatName

app = typer.Typer(
    name="leakgate",
    help="The memory gate for Rust in CI: profile a test suite's heap, compare it with a baseline, name the line "
    "that grew.",
    epilog="Exit codes: 0 pass or no baseline yet · 1 a limit was crossed · 2 bad usage, config or input · "
    "3 tests failed or nothing was measured · 4 git, store or GitHub trouble · 70 a bug of leakgate · "
    "130 interrupted.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
baseline_app = typer.Typer(help="Keep the snapshots that later runs are compared with.", rich_markup_mode=None)
app.add_typer(baseline_app, name="baseline")

DEFAULT_OUTPUT = Path("target/leakgate")
_RAW_ARGUMENTS = {"allow_interspersed_args": False}
_BUG = 70
_INTERRUPTED = 130
_WIDTH = 120
"""Columns of a report that goes to a file or a log."""

Command = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[-- COMMAND…]",
        help="The command that runs the tests, `cargo test …` or `cargo run …`.",
        show_default="from the config, else cargo test",
    ),
]
ConfigPath = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="LEAKGATE_CONFIG",
        help="The config file.",
        show_default="leakgate.yml or .github/leakgate.yml, if there",
    ),
]
ProfilerName = Annotated[
    str | None,
    typer.Option("--profiler", envvar="LEAKGATE_PROFILER", help="auto, harness or dhat-rs.", show_default="auto"),
]
Rounds = Annotated[
    str | None,
    typer.Option(
        "--rounds",
        envvar="LEAKGATE_ROUNDS",
        help="How often the harness runs each test, auto or a number; the last round is judged. auto: a second "
        "time where the first left bytes behind or crossed a limit.",
        show_default="auto",
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        envvar="LEAKGATE_JOBS",
        min=1,
        help="Tests that may run at once, where their profiles cannot overwrite each other: when the code names "
        "them by $LEAKGATE_PROFILE or by the process id.",
        show_default="1",
    ),
]
Formats = Annotated[
    list[str] | None,
    typer.Option("--format", help="What to print: console, markdown or json.", show_default="console"),
]


@app.callback()
def root(
    *,
    version: Annotated[bool, typer.Option("--version", "-V", help="Print the version and exit.")] = False,
) -> None:
    """Print the version, or go on to the verb."""
    if version:
        typer.echo(f"leakgate {__version__}")
        raise typer.Exit


@app.command(context_settings=_RAW_ARGUMENTS)
def check(
    *,
    command: Command = None,
    config: ConfigPath = None,
    base: Annotated[
        Path | None,
        typer.Option(
            "--base",
            envvar="LEAKGATE_BASE",
            help="The baseline: a snapshot, a DHAT file or a directory of DHAT files.",
            show_default="the config's, .leakgate/baseline.json, if there",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            envvar="LEAKGATE_OUTPUT",
            help="Where result.json, snapshot.json, comment.md and the profiles go.",
            show_default="target/leakgate in the project",
        ),
    ] = None,
    profiler: ProfilerName = None,
    rounds: Rounds = None,
    jobs: Jobs = None,
    limits: Annotated[
        str | None,
        typer.Option("--limits", envvar="LEAKGATE_LIMITS", help="Limits as YAML: 't-end: {max: 1 MiB}'."),
    ] = None,
    formats: Formats = None,
) -> None:
    """Profile the tests, compare with the baseline, report; exit 1 when a limit was crossed.

    Without a baseline the run is measured and kept, and nothing is judged but absolute limits. Save it:

        leakgate check -- cargo test

        leakgate baseline save target/leakgate/snapshot.json
    """
    from leakgate import check as gate
    from leakgate.output import OutputDirectory

    names = _formats(formats)
    with _edges() as edges:
        settings = gate.read_config(
            _request(command, config, profiler=profiler, rounds=rounds, jobs=jobs, limits=limits),
            edges,
        )
        directory = OutputDirectory(output or _in_project(edges))
        result = gate.check(settings, base, directory, edges)
    _print(_render(result, names))
    _report(result, directory)
    raise typer.Exit(gate.exit_code(result, settings))


@app.command(context_settings=_RAW_ARGUMENTS)
def profile(
    *,
    command: Command = None,
    config: ConfigPath = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="The snapshot to write.",
            show_default="target/leakgate/snapshot.json in the project",
        ),
    ] = None,
    keep_profiles: Annotated[
        Path | None,
        typer.Option("--keep-profiles", help="Also keep the tests' DHAT files here, for dhat's viewer."),
    ] = None,
    profiler: ProfilerName = None,
    rounds: Rounds = None,
    jobs: Jobs = None,
) -> None:
    """Profile the tests and write a snapshot; compare and judge nothing.

    leakgate profile --output base.json -- cargo test
    """
    from leakgate import check as gate
    from leakgate.reports.words import plural

    with _edges() as edges:
        settings = gate.read_config(_request(command, config, profiler=profiler, rounds=rounds, jobs=jobs), edges)
        output = output or _in_project(edges, "snapshot.json")
        measured = gate.profile(settings, output, keep_profiles, edges)
    tests = plural(len(measured.snapshot.tests), "test")
    _note(f"{tests} measured, {len(measured.snapshot.unmeasured)} not: {output}")
    for note in measured.notes:
        _note(f"note: {note}")
    for problem in measured.problems:
        _note(f"error: {problem}")
    if measured.problems:
        raise typer.Exit(MeasurementError.exit_code)


@app.command()
def compare(
    base: Annotated[
        Path, typer.Argument(metavar="BASE", help="A snapshot, a DHAT file or a directory of DHAT files.")
    ],
    head: Annotated[Path, typer.Argument(metavar="HEAD", help="The same, measured later.")],
    *,
    config: ConfigPath = None,
    formats: Formats = None,
    output: Annotated[Path | None, typer.Option("--output", help="Write the report to this file.")] = None,
) -> None:
    """Compare two stored measurements and judge them like `check`.

    leakgate compare base/dhat-heap.json head/dhat-heap.json --format markdown
    """
    from leakgate import check as gate

    names = _formats(formats)
    with _edges() as edges:
        settings = gate.read_config(_request(None, config), edges)
        result = gate.compare_files(base, head, settings)
    text = _render(result, names, to_file=output is not None)
    if output is None:
        _print(text)
    else:
        from leakgate.files import save

        save(output, text.encode())
    raise typer.Exit(gate.exit_code(result, settings))


@baseline_app.command("save")
def baseline_save(
    snapshot: Annotated[
        Path | None,
        typer.Argument(
            metavar="[SNAPSHOT]",
            help="The snapshot of a run.",
            show_default="target/leakgate/snapshot.json in the project",
        ),
    ] = None,
    *,
    config: ConfigPath = None,
    commit: Annotated[
        str | None, typer.Option("--commit", help="The commit it was measured at.", show_default="as recorded")
    ] = None,
    store: Annotated[str, typer.Option("--store", help="Where to: file.")] = "file",
) -> None:
    """Make a snapshot the baseline of later runs: a small file to commit, whole or not written at all.

    leakgate baseline save target/leakgate/snapshot.json
    """
    from leakgate import check as gate
    from leakgate.reports.words import plural

    if store != "file":
        raise UsageError(f"there is no baseline store `{store}`", remedy="choose: file")
    with _edges() as edges:
        settings = gate.read_config(_request(None, config), edges)
        measured = snapshot or _in_project(edges, "snapshot.json")
        path, tests = gate.save_baseline(measured, settings, commit, edges)
    _note(f"{plural(tests, 'test')} saved as the baseline in {path}; commit that file")


@baseline_app.command("show")
def baseline_show(*, config: ConfigPath = None) -> None:
    """Print what the baseline says of each test.

    leakgate baseline show
    """
    from leakgate import check as gate
    from leakgate.reports import snapshot_table

    with _edges() as edges:
        settings = gate.read_config(_request(None, config), edges)
        base, side = gate.find_base(settings, None, edges)
    if base is None or side is None:
        raise UsageError(
            "there is no baseline yet", where=settings.baseline.path, remedy="`leakgate baseline save`"
        )
    _print(snapshot_table.render(base, side))


@app.command()
def publish(
    output: Annotated[
        Path | None,
        typer.Argument(
            metavar="[OUTPUT_DIR]",
            envvar="LEAKGATE_OUTPUT",
            help="What `check` was given as --output.",
            show_default="target/leakgate in the project",
        ),
    ] = None,
    *,
    config: ConfigPath = None,
    comment: Annotated[
        str | None,
        typer.Option(
            "--comment",
            envvar="LEAKGATE_COMMENT",
            help="When to comment: always, on-change, on-failure or never.",
            show_default="from the config, else always",
        ),
    ] = None,
) -> None:
    """On GitHub, comment on the pull request what `check` found, in a step of its own that has the token.

    The token is read from LEAKGATE_TOKEN, else GITHUB_TOKEN. Do not give it to `check`: the tests could read it.

    leakgate publish target/leakgate
    """
    from leakgate import check as gate
    from leakgate.github import job
    from leakgate.output import OutputDirectory
    from leakgate.reports import markdown

    with _edges() as edges:
        settings = gate.read_config(_request(None, config, comment=comment), edges)
    context = job.required_context(os.environ)
    result = OutputDirectory(output or _in_project(edges)).read_result()
    body = markdown.render(result)
    job.comment(result, body, settings.comment, context, env=os.environ, echo=_echo)


@app.command()
def schema(
    name: Annotated[str, typer.Argument(metavar="NAME", help="config, snapshot or result.")],
) -> None:
    """Print the JSON Schema of the config file, of stored snapshots or of `--format json`.

    leakgate schema config > leakgate.schema.json
    """
    from leakgate import schemas

    if name not in schemas.NAMES:
        raise UsageError(f"there is no schema `{name}`", remedy=f"choose one of: {', '.join(schemas.NAMES)}")
    _print(schemas.text(name))


@app.command()
def demo(
    *,
    output: Annotated[
        Path, typer.Option("--output", help="Where the demo's profiles and the comment go.")
    ] = DEFAULT_OUTPUT / "demo",
) -> None:
    """Show the gate at work: the example service before and after a leak, and the comment it gets.

    leakgate demo
    """
    from leakgate import demo as show

    with _edges() as edges:
        show.run(output, edges, _print)


def main() -> NoReturn:
    """Run the command line. Failures are a short message on standard error and an exit code, never a traceback."""
    signal.signal(signal.SIGTERM, _interrupt)
    _prepare_streams()
    try:
        code = app(standalone_mode=False) or 0
        if code == _INTERRUPTED:  # typer makes this of a KeyboardInterrupt
            _note("interrupted: nothing was compared")
    except TyperException as error:
        _note(f"error: {error.format_message()}\n  help: leakgate --help, or leakgate VERB --help")
        code = UsageError.exit_code
    except LeakgateError as error:
        _note(f"error: {error}")
        _annotate(error)
        code = error.exit_code
    except Exception as error:
        if os.environ.get("LEAKGATE_DEBUG") == "1":
            raise
        _note(f"error: a bug of leakgate {__version__}: {type(error).__name__}: {error}")
        _note("  help: run it again with LEAKGATE_DEBUG=1 and report what it prints")
        code = _BUG
    sys.exit(code)


def _prepare_streams() -> None:
    """Make the standard streams ones that can always be written to."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - open to the end
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without `Δ` still gets the figures


def _interrupt(_signal: int, _frame: "FrameType | None") -> None:
    raise KeyboardInterrupt


def _request(
    command: list[str] | None,
    config: Path | None,
    *,
    profiler: str | None = None,
    rounds: str | None = None,
    jobs: int | None = None,
    limits: str | None = None,
    comment: str | None = None,
) -> "Request":
    import shlex

    from leakgate.check import Request

    if not command and (text := os.environ.get("LEAKGATE_COMMAND", "").strip()):
        try:
            command = shlex.split(text)
        except ValueError as error:
            raise UsageError(f"LEAKGATE_COMMAND is no command line: {error}") from error
    return Request(
        command=tuple(command) if command else None,
        config=config,
        profiler=profiler,
        rounds=rounds,
        jobs=jobs,
        limits=limits,
        comment=comment,
    )


def _in_project(edges: "Edges", name: str = "") -> Path:
    """A place in the project's output directory, as seen from here."""
    return Path(os.path.relpath(edges.root / DEFAULT_OUTPUT / name))


@contextmanager
def _edges() -> "Iterator[Edges]":
    """The real world, with a progress display on standard error while it is in use."""
    from datetime import UTC, datetime

    from leakgate.check import Edges
    from leakgate.git.checkout import Checkout
    from leakgate.git.command import runner
    from leakgate.profilers.table import PROFILERS
    from leakgate.progress import display
    from leakgate.project import find_root

    cwd = Path.cwd()
    # The tests are the pull request's code: nothing of ours is for them, the token least of all.
    env = {name: value for name, value in os.environ.items() if not name.startswith("LEAKGATE_")}
    with display(sys.stderr, env) as progress:
        yield Edges(
            cwd=cwd,
            root=find_root(cwd),
            env=env,
            git=Checkout(runner(cwd, env)),
            profilers=PROFILERS,
            progress=progress,
            today=datetime.now(tz=UTC).date(),
        )


def _formats(names: list[str] | None) -> "list[FormatName]":
    from leakgate.reports.formats import FORMATS

    chosen: list[FormatName] = []
    for name in names or ["console"]:
        if name not in FORMATS:
            raise UsageError(f"there is no report format `{name}`", remedy=f"choose among: {', '.join(FORMATS)}")
        chosen.append(name)
    return chosen


def _render(result: "Result", formats: "list[FormatName]", *, to_file: bool = False) -> str:
    import shutil

    from leakgate.reports.formats import render

    terminal = sys.stdout.isatty() and not to_file
    color = (terminal and "NO_COLOR" not in os.environ) or (not to_file and bool(os.environ.get("FORCE_COLOR")))
    width = shutil.get_terminal_size().columns if terminal else _WIDTH
    return "\n".join(render(result, name, width=width, color=color) for name in formats)


def _report(result: "Result", output: "OutputDirectory") -> None:
    """Inside GitHub Actions: annotations, summary, outputs. Trouble there never changes the verdict."""
    from leakgate.github.job import Files, report

    files = Files(result=output.result, snapshot=output.snapshot, comment=output.comment)
    try:
        report(result, files, env=os.environ, echo=_echo)
    except ServiceError as error:
        _note(f"warning: not everything could be told to GitHub: {error}")
        _annotate(error)


def _annotate(error: LeakgateError) -> None:
    if os.environ.get("GITHUB_ACTIONS") == "true":
        from leakgate.github.commands import Level, annotation

        level = Level.WARNING if isinstance(error, ServiceError) else Level.ERROR
        _note(annotation(level, str(error), title="leakgate"))


def _print(text: str) -> None:
    """The report, on standard output; inside GitHub Actions nothing in it is taken for a workflow command."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        import secrets

        from leakgate.github.commands import quote

        text = quote(text, secrets.token_hex(16)) + "\n"
    _write(sys.stdout, text)


def _echo(line: str) -> None:
    """A line for the runner, which reads workflow commands from standard output."""
    _write(sys.stdout, line)


def _note(text: str) -> None:
    """A message to the person, on standard error."""
    _write(sys.stderr, text)


def _write(stream: TextIO, text: str) -> None:
    """Write to a standard stream. One that nobody reads any more (`| head`) is no reason to lose the verdict."""
    try:
        stream.write(text if text.endswith("\n") else text + "\n")
        stream.flush()
    except OSError as error:
        # What is still buffered must not fail a second time when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if stream is sys.stdout and not isinstance(error, BrokenPipeError):
            raise ServiceError(
                f"the report cannot be written: {error.strerror or error}", where="standard output"
            ) from error
